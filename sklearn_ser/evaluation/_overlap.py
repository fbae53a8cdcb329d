"""Find speakers and recordings that are both in training and in test data."""

import os
from numbers import Real

import pandas as pd

from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._text import fold


def find_same_speakers(speakers, training_speakers):
    """Return the speakers whose names are in the training data, as text and in order.

    Names are the same if they look the same but for case or spaces, or differ by being numbers or
    text.

    Parameters
    ----------
    speakers, training_speakers : iterable
        None and NaN are unknown speakers.

    Returns
    -------
    list of str
    """
    known = {_get_key(name) for name in get_persons(list(training_speakers))} - {None}
    names = {str(name) for name in get_persons(list(speakers)) if _get_key(name) in known}
    return sorted(names)


def find_same_files(files, training_files):
    """Return the files whose names are in the training data, in any folder and any format."""
    known = {_get_name(file) for file in training_files}
    return [file for file in files if _get_name(file) in known]


def describe_same_files(again, files, name=str):
    """Say which files have names that are in the training data.

    Parameters
    ----------
    again : list of str
        As `find_same_files` returns it.
    files : sequence of str
        All of them.
    name : callable, default=str
        Returns what is shown of a file.

    Returns
    -------
    str
    """
    return (
        f"{len(again)} of {len(files)} recordings have the names of recordings that the model was "
        f"trained on: {join_names(map(name, again), most=3)}"
    )


def describe_overlap(speakers, files, training_speakers, training_files):
    """Say whether speakers of a test are in the training data, as far as that is known.

    Parameters
    ----------
    speakers : sequence of shape (n_samples,), or None
        None if the test data have no speakers.
    files : sequence of str of shape (n_samples,), or None
        None if the test data have no files.
    training_speakers, training_files : iterable
        Empty if unknown.

    Returns
    -------
    shared : bool
        Whether any speaker is known to be in the training data.
    said : str
    """
    training_speakers, training_files = list(training_speakers), list(training_files)
    both = [] if speakers is None else find_same_speakers(speakers, training_speakers)
    again = [] if files is None else find_same_files(files, training_files)
    paths = {os.path.realpath(file) for file in training_files}
    heard = [file for file in again if os.path.realpath(file) in paths]
    parts = []
    if both:
        parts.append(f"{join_names(both)} are in the training data")
    elif heard:
        parts.append(f"{len(heard)} of {len(files)} recordings are in the training data")
    elif not training_speakers:
        parts.append("it is not known who is in the training data")
    elif _has_unknown(training_speakers):
        parts.append(
            "it is not known whether speakers are in the training data, where some are unknown"
        )
    elif speakers is None or _has_unknown(speakers):
        parts.append(
            "it is not known whether speakers are in the training data, since some are unknown"
        )
    elif again:
        parts.append("it is not known whether speakers are in the training data")
    else:
        parts.append("no speaker is in the training data")
    if again:
        parts.append(describe_same_files(again, files, os.path.basename))
    return bool(both or heard), "; ".join(parts)


def _has_unknown(speakers):
    return any(_get_key(name) is None for name in get_persons(list(speakers)))


def _get_key(name):
    """Return a name as text that is the same for all spellings; None if it is missing."""
    if pd.api.types.is_scalar(name) and pd.isna(name):
        return None
    if isinstance(name, Real) and not isinstance(name, bool) and float(name).is_integer():
        name = int(name)
    return fold(str(name)) or None


def _get_name(file):
    """Return the name of a file without its folder and format."""
    name = str(file).replace("\\", "/").rpartition("/")[2]
    return fold(os.path.splitext(name)[0])
