"""Samples of unequal length in one array: the base class of the containers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_ser.utils._ids import SampleIds, make_ids
from sklearn_ser.utils._saving import SavedByName


def gather(offsets, rows):
    """Find the positions of the values of some rows, and the offsets of these rows once taken.

    Parameters
    ----------
    offsets : ndarray of shape (n_samples + 1,)
    rows : ndarray of int of shape (n_rows,)
        Rows in the desired order; a row may occur more than once.

    Returns
    -------
    positions : ndarray of int of shape (n_values,)
    taken_offsets : ndarray of int64 of shape (n_rows + 1,)
    """
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    taken = np.concatenate([[0], np.cumsum(lengths)])
    positions = np.arange(taken[-1]) + np.repeat(starts - taken[:-1], lengths)
    return positions, taken


def check_offsets(offsets, n_values):
    """Raise a ValueError if offsets do not rise from 0 to the number of values.

    Parameters
    ----------
    offsets : ndarray of int64
    n_values : int

    Raises
    ------
    ValueError
        If the offsets are not valid.
    """
    # Offsets are compared, since their differences may overflow.
    if (
        offsets.ndim != 1
        or len(offsets) == 0
        or offsets[0] != 0
        or offsets[-1] != n_values
        or (offsets[1:] < offsets[:-1]).any()
    ):
        raise ValueError(
            f"offsets must rise from 0 to the number of values ({n_values}), got "
            f"{np.array2string(offsets, threshold=6)}."
        )


def as_column(values, n_samples, name):
    """Return one optional value per sample as a 1-D array of objects.

    Parameters
    ----------
    values : iterable of length n_samples, or None
    n_samples : int
    name : str
        Name of the values, for messages.

    Returns
    -------
    ndarray of object of shape (n_samples,), or None
        Missing values (None, NaN, NaT, NA or masked) are None.

    Raises
    ------
    ValueError
        If there are more or fewer values than samples.
    """
    if values is None:
        return None
    column = np.empty(n_samples, dtype=object)
    values = values.tolist() if isinstance(values, np.ma.MaskedArray) else list(values)
    if len(values) != n_samples:
        raise ValueError(f"{name} must have one value per sample: {n_samples}, got {len(values)}.")
    # Not ``column[:] = values``: numpy would unpack values that are sequences themselves.
    for row, value in enumerate(values):
        column[row] = str(value) if isinstance(value, np.str_) else value
    # pandas knows every kind of missing value; NA compares with nothing.
    column[pd.isna(column)] = None
    return column


def reduce_samples(function, values, offsets, empty, **options):
    """Reduce the values of each sample to one row.

    Parameters
    ----------
    function : ufunc
        Such as ``np.add``.
    values : ndarray of shape (n_values, n_columns)
    offsets : ndarray of shape (n_samples + 1,)
    empty : float
        Result for samples without values.
    **options
        Passed to ``function.reduceat``.

    Returns
    -------
    ndarray of shape (n_samples, n_columns)
    """
    filled = np.diff(offsets) > 0
    # reduceat reduces up to the next start, and samples without values have none.
    reduced = function.reduceat(values, offsets[:-1][filled], axis=0, **options)
    if filled.all():
        return reduced
    rows = np.full((len(filled), values.shape[1]), empty, dtype=reduced.dtype)
    rows[filled] = reduced
    return rows


class Ragged(SavedByName):
    """Values of all samples in one array, and the offsets that cut it into samples.

    For scikit-learn's splitters and searches, it behaves as a 1-D array of samples: it has ``len``
    and ``shape == (n_samples,)``, and rows are indexed by a slice, an integer array or a mask,
    alone or followed by ``...``. Rows are gathered by one vectorised take; a slice with step 1 is
    a view.

    Parameters
    ----------
    values : ndarray of shape (n_values, n_columns)
    offsets : array-like of int of shape (n_samples + 1,)
        Sample ``i`` is ``values[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    ValueError
        If the offsets do not rise from 0 to the number of values.
    """

    # Names of attributes with one entry per sample (or None), which are indexed with the samples.
    _columns: tuple[str, ...] = ()
    # Indexed with the samples, too; not compared, since samples may be named in several ways.
    ids: SampleIds | None = None

    def __init__(self, values: NDArray, offsets: ArrayLike) -> None:
        offsets = np.asarray(offsets, dtype=np.int64)
        check_offsets(offsets, len(values))
        self.values = values
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __sizeof__(self):
        # Clusters use it to decide what to send only once.
        return object.__sizeof__(self) + self.values.nbytes + self.offsets.nbytes

    @property
    def shape(self) -> tuple[int]:
        """Tuple: ``(n_samples,)``, as for a 1-D array."""
        return (len(self),)

    @property
    def ndim(self) -> int:
        """int: always 1."""
        return 1

    @property
    def lengths(self) -> NDArray:
        """Ndarray of int of shape (n_samples,): number of values of each sample."""
        return np.diff(self.offsets)

    @overload
    def __getitem__(self, key: int | np.integer) -> Any: ...

    @overload
    def __getitem__(self, key: slice | Sequence[Any] | NDArray) -> Self: ...

    def __getitem__(self, key):
        if isinstance(key, tuple):
            # scikit-learn indexes by ``container[rows, ...]``.
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError("samples can be indexed by rows alone, or by rows and '...'")
            key = key[0]
        if isinstance(key, (int, np.integer)) and not isinstance(key, (bool, np.bool_)):
            if not -len(self) <= key < len(self):
                raise IndexError(f"sample {key} is out of range for {len(self)} samples")
            return self._row(int(key) % len(self))
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step == 1:
                return self._slice(start, max(start, stop))
            rows = np.arange(start, stop, step)
        else:
            rows = np.asarray(key)
            if rows.dtype == bool:
                if rows.shape != self.shape:
                    raise IndexError(
                        f"a mask must have one entry per sample: {len(self)}, got shape "
                        f"{rows.shape}"
                    )
                rows = np.flatnonzero(rows)
            elif rows.size == 0:
                rows = rows.astype(np.int64)
            # Indexing a range resolves negative rows and raises for wrong types and rows out of
            # range.
            rows = np.arange(len(self))[rows]
        positions, offsets = gather(self.offsets, rows)
        return self._rebuild(np.take(self.values, positions, axis=0), offsets, rows)

    def __iter__(self):
        return (self._row(i) for i in range(len(self)))

    def __array__(self, dtype=None, copy=None):
        if dtype is not None and np.dtype(dtype) != object:
            raise TypeError(
                f"{type(self).__name__} can only become an array of objects, not {dtype}"
            )
        if copy is False:
            raise ValueError(f"{type(self).__name__} cannot become an array without a copy")
        rows = np.empty(len(self), dtype=object)
        for i, row in enumerate(self):
            rows[i] = row
        return rows

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return (
            np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.values, other.values)
            and all(
                np.array_equal(getattr(self, name), getattr(other, name)) for name in self._columns
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self):
        return f"{type(self).__name__}(n_samples={len(self)}, n_values={len(self.values)})"

    def _row(self, i):
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def _slice(self, start, stop):
        first, last = self.offsets[start], self.offsets[stop]
        offsets = self.offsets[start : stop + 1] - first
        return self._rebuild(self.values[first:last], offsets, slice(start, stop))

    def _rebuild(self, values, offsets, rows):
        new = copy.copy(self)
        new.values, new.offsets = values, offsets
        for name in self._columns:
            column = getattr(self, name)
            setattr(new, name, None if column is None else column[rows])
        new.ids = None if self.ids is None else self.ids[rows]
        return new

    def with_ids(self, ids: Any) -> Self:
        """Return the same samples with other ids.

        Parameters
        ----------
        ids : array-like, Index or range of shape (n_samples,), or None
            What each sample is: a file, a tuple, a number. A range, such as the default index of
            a DataFrame, numbers rows and is not compared with another range. None forgets the ids.

        Returns
        -------
        same class

        Raises
        ------
        ValueError
            If there are more or fewer ids than samples.
        """
        new = copy.copy(self)
        new.ids = None if ids is None else make_ids(ids, len(self))
        return new
