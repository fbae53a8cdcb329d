"""Remarks on recordings that say nothing, whatever a model says of them."""

import warnings

import pandas as pd

from sklearn_ser.features._errors import list_remarks
from sklearn_ser.speech._remarks import SHORTEST

# What recordings are, by the kind of remark.
_ARE = {"silent": "silent", "short": f"shorter than {SHORTEST} s"}


def choose_remarks(remarks, places):
    """Return the remark on each recording that says nothing of emotions.

    Parameters
    ----------
    remarks : dict of int to tuple of Remark
        By the place of the recording.
    places : sequence of int

    Returns
    -------
    list of (str or None)
        One per place.
    """
    return [
        next((f"is {_ARE[kind]}" for kind, _ in remarks.get(place, ()) if kind in _ARE), None)
        for place in map(int, places)
    ]


def name_samples(X):
    """Return what samples are, for messages: recordings, or parts of so many recordings.

    Parameters
    ----------
    X : any container of samples

    Returns
    -------
    str
    """
    is_table = isinstance(X, pd.DataFrame) and "file" in X
    if not is_table or not any(X[name].notna().any() for name in ("start", "end") if name in X):
        return "recordings"
    n_files = X["file"].nunique()
    return f"parts of {n_files} recordings" if n_files > 1 else "parts of one recording"


def warn_of_remarks(table, what):
    """Warn of predictions that have a remark, once per kind.

    Parameters
    ----------
    table : DataFrame
        With ``remark`` and, if known, ``file``.
    what : str
        As `name_samples` returns it.
    """
    files = table.get("file", [None] * len(table))
    pairs = list(zip(files, table["remark"], strict=True))
    for they in _ARE.values():
        said = [(r, file, "") for r, (file, remark) in enumerate(pairs) if remark == f"is {they}"]
        if said:
            warnings.warn(
                f"{len(said)} of {len(table)} {what} are {they}, so that their predictions "
                f"mean nothing: {list_remarks(said)}. A column 'remark' says so.",
                UserWarning,
                stacklevel=3,
            )
