"""Code shared by loaders of corpora: counts, recordings of known names, and ratings."""

from pathlib import Path

import pandas as pd

from sklearn_ser.datasets._files import describe_copies, find_recordings, group_copies
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names, say_count


def count_labels(labels):
    """Count labels, and return text such as "anger 3, sadness 2"; None is ignored."""
    counts = pd.Series(labels).value_counts().sort_index()
    return ", ".join(f"{label} {count}" for label, count in counts.items())


def locate_recordings(root, expected, get_name):
    """Find the recordings of samples by their official names, wherever they are in a folder.

    Parameters
    ----------
    root : Path
    expected : dict of str to Path
        For each name, the path in the official layout, which is preferred, and which is returned
        if there is no recording.
    get_name : callable
        Takes a path, and returns the official name of the recording, or None.

    Returns
    -------
    files : list of Path
        One per name.
    remarks : list of str
        On recordings that are missing, there more than once, or not among the names.
    """
    found = [(file, get_name(file)) for file in find_recordings(root)]
    found = [(file, name) for file, name in found if name is not None]
    groups = group_copies(*zip(*found, strict=True)) if found else {}
    files, copies = [], []
    for name, path in expected.items():
        present = groups.get(name, [])
        file = path if path in present or not present else present[0]
        files.append(file)
        # Official copies may have every recording in a second format.
        same = [other for other in present if other != file and other.suffix == file.suffix]
        if same:
            copies.append([file, *same])
    remarks = [*_find_missing(files), *describe_copies(root, copies)]
    unrated = [group[0].name for name, group in groups.items() if name not in expected]
    if unrated:
        count = say_count(
            len(unrated),
            "recording has no ratings and is left out",
            "recordings have no ratings and are left out",
        )
        remarks.append(f"{count} ({join_names(unrated, most=3)})")
    return files, remarks


def rate(table, n_samples, target_classes, consensus):
    """Make ratings with the consensus of a corpus.

    Parameters
    ----------
    table : DataFrame
        With ``sample`` (0 to n_samples - 1), ``annotator`` and ``label``.
    n_samples : int
    target_classes : sequence of str
    consensus : sequence of str or None of shape (n_samples,)
        Its labels need not be among those of the table: raters may have been left out.

    Returns
    -------
    Ratings
    """
    unheard = sorted(set(consensus) - {None} - set(table["label"]))
    # The labels of a further sample, which is cut off again, remain in the vocabulary.
    extra = pd.DataFrame({"sample": n_samples, "annotator": None, "label": unheard}, dtype=object)
    table = pd.concat([table.astype(object), extra])
    # A part of a corpus may lack target classes: as categories, they are known.
    known = sorted({*table["label"], *target_classes})
    ratings = Ratings.from_long(
        table.assign(label=pd.Categorical(table["label"], known)),
        samples=range(n_samples + 1),
        target_classes=target_classes,
    )
    return ratings[:n_samples].with_consensus(consensus)


def _find_missing(files):
    absent = [file for file in files if not Path(file).is_file()]
    count = say_count(len(absent), "recording is", "recordings are")
    return [f"{count} missing ({join_names(absent, most=2)})"] if absent else []
