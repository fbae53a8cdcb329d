"""Code shared by loaders of acted corpora, where the actor's intention is the only rating."""

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels
from sklearn_ser.datasets._files import (
    describe_copies,
    describe_folder,
    find_recordings,
    group_copies,
)
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names


def make_acted_corpus(
    name, root, parse, *, emotions, wanted, example, sampling_rate, descr, files=None
):
    """Make a corpus of recordings whose paths give the speaker and the acted emotion.

    Parameters
    ----------
    name : str
        Name of the corpus.
    root : Path
    parse : callable
        Takes an absolute path, and returns the official name of the recording and a dict with
        ``speaker``, ``text``, ``emotion`` and any other information in the path, or None if the
        file does not belong to the corpus. Files with the same official name are copies.
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
    files : list of Path, default=None
        By default, all audio files in `root`.

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
        If the copy is incomplete, has recordings more than once or has files with other names.
    """
    data, remarks = list_recordings(name, root, parse, emotions, wanted, example, files)
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


def list_recordings(name, root, parse, emotions, wanted, example, files=None):
    """Make a table of the recordings of some emotions, each of which is there once.

    Parameters
    ----------
    name, root, parse, emotions, wanted, example, files
        See `make_acted_corpus`.

    Returns
    -------
    data : DataFrame
        With ``file`` and the columns that `parse` returns, sorted by path.
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
    if unknown or not wanted:
        raise ValueError(f"emotions must be among {names}, got {unknown}.")
    files = find_recordings(root) if files is None else files
    # Absolute, since the folders that name a speaker may be those of root itself.
    parsed = {file: parse(Path(os.path.abspath(file))) for file in files}
    found = {file: pair for file, pair in parsed.items() if pair and pair[1]["emotion"] in wanted}
    if not found:
        raise FileNotFoundError(
            f"there is no recording of {join_names(wanted)} in {root}; files must be named like "
            f"{example}. {describe_folder(root)}"
        )
    groups = group_copies(found, (official for official, _ in found.values()))
    data = pd.DataFrame(
        [{"file": str(file), **found[file][1]} for file in sorted(c[0] for c in groups.values())]
    )
    complete = sum(emotions[emotion] for emotion in wanted)
    remarks = []
    if len(data) < complete:
        remarks.append(f"it has {len(data)} of the {complete} utterances of a complete copy")
    elif len(data) > complete:
        remarks.append(
            f"it has {len(data)} utterances, more than the {complete} of a complete copy"
        )
    remarks += describe_copies(root, groups.values())
    strange = [file.relative_to(root).as_posix() for file, pair in parsed.items() if pair is None]
    if strange:
        remarks.append(
            f"files that are not named like those of {name} are ignored: {join_names(strange)}"
        )
    return data, remarks
