"""What loaders of acted corpora share: the only rating is what the actor meant."""

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
    """Make a corpus of recordings whose path says who acts what.

    Parameters
    ----------
    name : str
        Of the corpus.
    root : Path
    files : iterable of Path
    parse : callable
        Takes a path; returns a dict with ``speaker``, ``text`` and ``emotion`` and what else the
        path tells, or None if it is not of this corpus.
    emotions : dict of str to int
        Recordings of each emotion in a complete copy.
    wanted : sequence of str or None
        Emotions to load; None is all that are there.
    example : str
        A path as it should be, for messages.
    sampling_rate : int
    descr : str
        To be filled with ``n``, ``n_speakers`` and ``counts``.

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
        Once, if the copy is not complete, or has files of other names.
    """
    data, remarks = list_recordings(name, root, files, parse, emotions, wanted, example)
    if remarks:
        # Of whoever called the loader: above it stands what validates its parameters.
        warnings.warn(f"{name} in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=4)
    acted = data["emotion"].to_numpy(object)
    present = sorted(set(acted))
    return Bunch(
        data=data,
        ratings=Ratings.from_labels(acted, target_classes=present),
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
        As of `acted_corpus`.

    Returns
    -------
    data : DataFrame
        Columns ``file`` and what `parse` tells.
    remarks : list of str
        What is odd about this copy.

    Raises
    ------
    ValueError, FileNotFoundError
        As `acted_corpus`.
    """
    names = sorted(emotions)
    wanted = names if wanted is None else sorted(set(np.asarray(wanted).tolist()))
    unknown = [emotion for emotion in wanted if emotion not in emotions]
    if unknown:
        raise ValueError(f"emotions must be among {names}, got {unknown}.")
    found = [(file, parse(file)) for file in sorted(files)]
    strange = [file.relative_to(root).as_posix() for file, row in found if row is None]
    rows = [
        {"file": str(file), **row}
        for file, row in found
        if row is not None and row["emotion"] in wanted
    ]
    if not rows:
        raise FileNotFoundError(
            f"no recording of {join_names(wanted)} in {root}; files must be named like {example}."
        )
    data = pd.DataFrame(rows)
    complete = sum(emotions[emotion] for emotion in wanted)
    remarks = []
    if len(data) < complete:
        remarks.append(f"{len(data)} of the {complete} utterances that a complete copy has")
    if strange:
        remarks.append(f"left out, because not named like {name}'s files: {join_names(strange)}")
    return data, remarks


def find_files(root, pattern):
    """Return the folder of a corpus and the files in it, at any depth, that match a pattern."""
    root = Path(root).expanduser()
    return root, root.rglob(pattern)
