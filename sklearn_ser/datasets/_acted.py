"""Code shared by loaders of acted corpora, where the actor's intention is the only rating."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names


def make_acted_corpus(
    name, root, files, parse, *, emotions, wanted, example, sampling_rate, descr
):
    """Make a corpus of recordings whose paths give the speaker and the acted emotion.

    Parameters
    ----------
    name : str
        Name of the corpus.
    root : Path
    files : iterable of Path
    parse : callable
        Takes a path, and returns a dict with ``speaker``, ``text``, ``emotion`` and any other
        information in the path, or None if the file does not belong to the corpus.
    emotions : dict of str to int
        Number of recordings of each emotion in a complete copy.
    wanted : sequence of str or None
        Emotions to load; None loads all emotions that are present.
    example : str
        A correct path, for messages.
    sampling_rate : int
        In Hz.
    descr : str
        Template of ``DESCR`` with the fields ``n``, ``n_speakers`` and ``counts``.

    Returns
    -------
    Bunch

    Raises
    ------
    ValueError
        If an emotion is unknown.
    FileNotFoundError
        If there is no recording of these emotions.

    Warns
    -----
    UserWarning
        If the copy is incomplete or has files with other names.
    """
    data, remarks = list_recordings(name, root, files, parse, emotions, wanted, example)
    if remarks:
        # Levels of the stack: this function, the loader, its validation of parameters, its caller.
        warnings.warn(f"{name} in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=4)
    acted = data["emotion"].to_numpy(object)
    present = sorted(set(acted))
    return Bunch(
        data=data,
        ratings=Ratings.from_labels(acted, target_classes=present).with_ids(data["file"]),
        target=acted,
        target_names=present,
        sampling_rate=sampling_rate,
        DESCR=descr.format(
            n=len(data), n_speakers=data["speaker"].nunique(), counts=count_labels(data["emotion"])
        ),
    )


def list_recordings(name, root, files, parse, emotions, wanted, example):
    """Make a table of the recordings of some emotions.

    Parameters
    ----------
    name, root, files, parse, emotions, wanted, example
        See `make_acted_corpus`.

    Returns
    -------
    data : DataFrame
        With ``file`` and the columns that `parse` returns.
    remarks : list of str
        Anything unusual about this copy.

    Raises
    ------
    ValueError, FileNotFoundError
        See `make_acted_corpus`.
    """
    names = sorted(emotions)
    wanted = names if wanted is None else sorted(set(np.asarray(wanted).tolist()))
    unknown = [emotion for emotion in wanted if emotion not in emotions]
    if unknown:
        raise ValueError(f"emotions must be among {names}, got {unknown}.")
    found = [(file, parse(file)) for file in sorted(files)]
    unknown_files = [file.relative_to(root).as_posix() for file, row in found if row is None]
    rows = [
        {"file": str(file), **row}
        for file, row in found
        if row is not None and row["emotion"] in wanted
    ]
    if not rows:
        raise FileNotFoundError(
            f"there is no recording of {join_names(wanted)} in {root}; files must be named like "
            f"{example}."
        )
    data = pd.DataFrame(rows)
    complete = sum(emotions[emotion] for emotion in wanted)
    remarks = []
    if len(data) < complete:
        remarks.append(f"it has {len(data)} of the {complete} utterances of a complete copy")
    if unknown_files:
        remarks.append(
            f"files that are not named like those of {name} are ignored: "
            f"{join_names(unknown_files)}"
        )
    return data, remarks


def find_files(root, pattern):
    """Return the folder of a corpus, and the files at any depth in it that match a pattern."""
    root = Path(root).expanduser()
    return root, root.rglob(pattern)
