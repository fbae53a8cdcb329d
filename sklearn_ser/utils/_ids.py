"""Ids of samples, by which features and ratings of the same samples are told from others."""

from __future__ import annotations

import datetime
import os
import warnings
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length

from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._saving import SavedByName

# Pairs of ids that a message shows, and ids of each side if none are in common.
N_PAIRS = 5
N_EXAMPLES = 2


class SampleIds(SavedByName):
    """The id of each sample: a file, a tuple, a number, or the row of a table.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
    is_range : bool
        Whether the ids were the plain row numbers of a table, which say nothing of the samples.
    """

    def __init__(self, values: NDArray, is_range: bool) -> None:
        self.values = values
        self.is_range = is_range

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Any) -> SampleIds:
        return SampleIds(self.values[rows], self.is_range)

    def __iter__(self):
        return iter(self.values.tolist())

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)

    def __repr__(self):
        return f"SampleIds({join_names(map(repr, map(to_plain, self)), most=4)})"

    @property
    def kind(self) -> str:
        """Str: "text", "tuple", "integer" or "other"; ids of different kinds are not compared."""
        inferred = pd.api.types.infer_dtype(self.values, skipna=False)
        if inferred in ("string", "integer"):
            return {"string": "text", "integer": "integer"}[inferred]
        return "tuple" if all(isinstance(value, tuple) for value in self) else "other"


def make_ids(ids: Any, n_samples: int, is_range: bool | None = None) -> SampleIds:
    """Return ids as `SampleIds`.

    Parameters
    ----------
    ids : SampleIds, Index, range, or iterable of length n_samples
    n_samples : int
    is_range : bool, default=None
        As of `SampleIds`; None is what the ids look like.

    Returns
    -------
    SampleIds

    Raises
    ------
    ValueError
        If there are more or fewer ids than samples.
    TypeError
        If ids are a whole table.
    """
    if isinstance(ids, pd.DataFrame):
        raise TypeError(
            "ids must be one per sample, such as a column or the index of a table; got a whole "
            f"table with the columns {list_values(ids)}."
        )
    if not isinstance(ids, SampleIds):
        values = _as_values(ids)
        if is_range is None:
            plain = isinstance(ids, (range, pd.RangeIndex))
            is_range = plain or np.array_equal(values, np.arange(len(values)))
        ids = SampleIds(values, is_range)
    if len(ids) != n_samples:
        raise ValueError(f"there must be one id per sample: {n_samples}, got {len(ids)}.")
    return ids


def _as_values(ids):
    """Return ids as a 1-D array: of integers if all are, else of objects."""
    if isinstance(ids, (range, pd.Index, pd.Series)):
        values = np.asarray(ids) if isinstance(ids, range) else ids.to_numpy()
        if values.dtype.kind in "mM":  # numpy would turn some times into integers
            values = ids.astype(object).to_numpy()
    elif isinstance(ids, np.ndarray) and ids.ndim == 1:
        values = ids
    else:
        ids = list(ids)
        values = np.empty(len(ids), dtype=object)
        for row, value in enumerate(ids):  # numpy would unpack tuples
            values[row] = os.fspath(value) if isinstance(value, os.PathLike) else value
    if values.dtype.kind in "iu":
        return values
    values = values.astype(object)
    # A missing id is None, because NaN would differ from itself.
    values[pd.isna(values)] = None
    kind = pd.api.types.infer_dtype(values, skipna=False)
    # Row numbers become floats where tables with missing values are joined.
    whole = kind in ("floating", "mixed-integer-float") and all(map(_is_whole, values))
    if kind == "integer" or whole:
        return values.astype(np.int64)
    for row, value in enumerate(values):
        if isinstance(value, tuple):
            values[row] = tuple(map(_simplify, value))
    return values


def _is_whole(value):
    return value is not None and float(value).is_integer()


def _simplify(part):
    """Return a part of a tuple as tables without an index have it: in seconds, or None."""
    if pd.api.types.is_scalar(part) and pd.isna(part):
        return None
    return part.total_seconds() if isinstance(part, datetime.timedelta) else part


def concatenate_ids(parts: Iterable[SampleIds | None]) -> SampleIds | None:
    """Join the ids of several containers; None unless all of them have ids."""
    parts = list(parts)
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    values = [part.values.astype(object) for part in known]
    return SampleIds(_as_values(np.concatenate(values)), all(part.is_range for part in known))


def check_same_samples(X: Any, y: Any, X_ids: SampleIds | None, y_ids: SampleIds | None) -> None:
    """Raise an error if X and y are not of the same samples, as far as lengths and ids can tell.

    Parameters
    ----------
    X, y : containers of samples
    X_ids, y_ids : SampleIds or None
        None if unknown.

    Raises
    ------
    ValueError
        If X and y differ in length; if text or tuples as ids are partly the same, and not in the
        same places; or if other ids, such as integers or dates, are the same in another order.

    Warns
    -----
    UserWarning
        If no id of X is one of y; or if integers as ids differ, and either only one side numbers
        its rows or some are the same.
    """
    check_consistent_length(X, y)
    if X_ids is None or y_ids is None or len(X_ids) != len(y_ids):
        return
    if np.array_equal(X_ids.values, y_ids.values):
        return
    kind = X_ids.kind
    if kind != y_ids.kind:
        return
    if kind == "integer":
        _compare_integers(X_ids, y_ids)
    elif kind == "other":
        check_same_order(X_ids, y_ids)
    elif set(X_ids) & set(y_ids):
        _raise_other_order(X_ids, y_ids)
    else:
        _warn(
            "no sample of X is one of y by name: X has "
            f"{_show(X_ids)}, y has {_show(y_ids)}. They are paired by position. If the names "
            "mean the same samples, join them by name: y.reindex(ids of X, key=function)."
        )


def check_same_order(X_ids: SampleIds, y_ids: SampleIds) -> None:
    """Raise a ValueError if X and y have the same ids in another order."""
    same = np.array_equal(X_ids.values, y_ids.values)
    if not same and Counter(X_ids) == Counter(y_ids):
        _raise_other_order(X_ids, y_ids)


def _compare_integers(X_ids, y_ids):
    if X_ids.is_range and y_ids.is_range:
        return
    check_same_order(X_ids, y_ids)
    if not X_ids.is_range and len(set((X_ids.values - y_ids.values).tolist())) == 1:
        return  # the same rows of two tables, each of which numbers its rows
    if X_ids.is_range != y_ids.is_range or set(X_ids) & set(y_ids):
        _warn(
            f"X and y have different row numbers: X has {_show(X_ids)}, y has {_show(y_ids)}. "
            "They are paired by position. If rows were removed from one of them, join them by "
            "name: y.reindex(ids of X)."
        )


def _raise_other_order(X_ids, y_ids):
    rows = np.flatnonzero([a != b for a, b in zip(X_ids, y_ids, strict=True)])
    pairs = [f"{i} ({X_ids.values[i]!s} and {y_ids.values[i]!s})" for i in rows]
    raise ValueError(
        "X and y must be of the same samples, in the same order; X and y differ in "
        f"{len(rows)} of {len(X_ids)} samples: {join_names(pairs, most=N_PAIRS)}. To join them by "
        "name: y.reindex(ids of X)."
    )


def _show(ids):
    return join_names([repr(to_plain(value)) for value in ids], most=N_EXAMPLES)


def _warn(message):
    warnings.warn(message, UserWarning, stacklevel=4)
