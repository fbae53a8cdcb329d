"""Ids of recordings and frames, in every form in which users have them."""

import os

import numpy as np
import pandas as pd

from sklearn_ser.utils._ids import check_same_samples, make_ids
from sklearn_ser.utils._ragged import Ragged

# What names a recording, or a part of it.
PARTS = ("file", "start", "end", "channel")


def get_ids(X):
    """Return the ids of the samples of X, as far as it knows them.

    Parameters
    ----------
    X : Sequences, Ratings, DataFrame, Series, sequence of paths, or anything else
        Of a DataFrame with a column ``file``, the ids are the files, or tuples of file, start, end
        and channel if files repeat. Of other tables, they are the index.

    Returns
    -------
    SampleIds or None
    """
    if isinstance(X, Ragged):
        return X.ids
    if isinstance(X, pd.DataFrame):
        return make_ids(_name_recordings(X), len(X))
    if isinstance(X, pd.Series):
        return make_ids(X.index, len(X))
    if isinstance(X, (list, tuple)) and X and all(isinstance(x, (str, os.PathLike)) for x in X):
        return make_ids(X, len(X))
    if isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype.kind == "U":
        return make_ids(X, len(X))
    return None


def _name_recordings(frame):
    if "file" not in frame.columns or frame["file"].isna().any():
        return frame.index
    files = [os.fspath(file) for file in frame["file"]]
    if len(set(files)) == len(files):
        return files
    columns = [
        frame[name].astype(object).where(frame[name].notna(), None)
        if name in frame.columns
        else [None] * len(frame)
        for name in PARTS[1:]
    ]
    return list(zip(files, *columns, strict=True))


def check_samples(X, y):
    """Raise an error if X and y are not of the same samples, as far as can be told.

    Parameters
    ----------
    X : container of samples
        As users have it: behind `check_sequences`, a table has no ids left.
    y : Ratings, DataFrame, Series or other container of samples

    Raises
    ------
    ValueError
        If they differ in length, or have the same ids in other places.

    Warns
    -----
    UserWarning
        If ids suggest that they are of other samples.
    """
    # Text is a path in X, and a label in y.
    y_ids = getattr(y, "ids", None)
    if isinstance(y, (pd.DataFrame, pd.Series)):
        y_ids = make_ids(y.index, len(y))
    check_same_samples(X, y, get_ids(X), y_ids)
