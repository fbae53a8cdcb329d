"""Ids of recordings and frames, in every form in which users have them."""

import os

import numpy as np
import pandas as pd

from sklearn_ser.speech._recordings import as_table, parse_column
from sklearn_ser.utils._ids import check_same_order, check_same_samples, make_ids
from sklearn_ser.utils._ragged import Ragged

# What names a part of a recording, besides its file.
PARTS = ("start", "end", "channel")


def get_ids(X):
    """Return the ids of the samples of X, as far as it knows them.

    Parameters
    ----------
    X : Sequences, Ratings, DataFrame, Series, Index, sequence of paths, or anything else
        Of a table of recordings, the ids are the files, or tuples of file, start, end and, if the
        table has channels, channel, if files repeat or the index has these parts. Start and end
        are in seconds, as `check_audio` reads them. Of a Series of paths, they are the paths; of
        other tables, the index.

    Returns
    -------
    SampleIds or None
    """
    if isinstance(X, Ragged):
        return X.ids
    if isinstance(X, (pd.DataFrame, pd.Series, pd.MultiIndex)):
        return make_ids(_name_rows(X), len(X))
    if isinstance(X, pd.Index):
        return make_ids(X, len(X))
    if isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.ndim == 1):
        return make_ids(list(X), len(X)) if _are_paths(X) else None
    return None


def _are_paths(X):
    return len(X) > 0 and all(isinstance(x, (str, os.PathLike)) for x in X)


def _name_rows(X):
    index = X if isinstance(X, pd.MultiIndex) else X.index
    table = as_table(X)
    if table is None and isinstance(X, pd.Series) and _are_paths(X):
        return X.tolist()
    if table is None or "file" not in table.columns or table["file"].isna().any():
        return index
    files = [os.fspath(file) for file in table["file"]]
    is_of_parts = table is not X and isinstance(index, pd.MultiIndex)
    if len(set(files)) == len(files) and not is_of_parts:
        return files
    names = PARTS if "channel" in table.columns else PARTS[:-1]
    return list(zip(files, *(parse_column(table, name)[0] for name in names), strict=True))


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
    if y_ids is not None and isinstance(X, (pd.DataFrame, pd.Series)):
        # A table that names files has row numbers, too, and y may have the same in another order.
        check_same_order(make_ids(X.index, len(X)), y_ids)
