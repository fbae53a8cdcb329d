"""Columns and cells of labels or names as users have them, before anything is converted.

numpy turns NaN in a list of text into the text 'nan', and 1 into '1'. Lists therefore become
arrays of objects, in which missing values are still missing and every value is of its own kind.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from sklearn_ser.utils._arrays import unmask
from sklearn_ser.utils._kinds import as_labels, infer_type, list_values
from sklearn_ser.utils._messages import join_names

# The type of text that numpy makes of floats.
FLOATS_AS_TEXT = np.dtype("<U32")


def read_column(values, name="labels"):
    """Return a column in which pandas finds every missing value.

    Parameters
    ----------
    values : array-like or iterable of shape (n,)
    name : str, default="labels"
        What the values are, for messages.

    Returns
    -------
    Series, Index, ExtensionArray or ndarray of shape (n,)

    Raises
    ------
    TypeError
        If values are text, or have no order.
    ValueError
        If values are not one-dimensional, or numpy has made text of NaN.
    """
    if isinstance(values, (str, bytes, Mapping, set, frozenset)) or not _has_values(values):
        raise TypeError(f"{name} must be a sequence, got {join_names([repr(values)])[:200]}.")
    if isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        column = values
    elif isinstance(values, np.ma.MaskedArray):
        column = unmask(values)
    elif hasattr(values, "__array__"):
        column = np.asarray(values)
    else:
        column = as_labels(list(values))
    if column.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), got {column.shape}.")
    if column.dtype == FLOATS_AS_TEXT:
        _check_no_nan_as_text(column)
    return _find_masked(column)


def _has_values(values):
    return isinstance(values, Iterable) or hasattr(values, "__array__")


def _find_masked(column):
    """Return a column with None in place of the constant ``numpy.ma.masked``."""
    if column.dtype != object or not infer_type(column).startswith("mixed"):
        return column
    masked = np.array([value is np.ma.masked for value in column], dtype=bool)
    if not masked.any():
        return column
    column = np.array(column, dtype=object)
    column[masked] = None
    return column


def _check_no_nan_as_text(values, samples=None):
    bad = np.nonzero(values == "nan")[0]
    if len(bad):
        found = np.unique(bad if samples is None else np.asarray(samples)[bad])
        raise ValueError(
            "numpy has turned NaN into the text 'nan', in samples "
            f"{join_names(found)} of an array of type {values.dtype}. "
            "Use a list or an array of objects, in which NaN and None mean that there is no label."
        )


def read_cells(table, columns="n_annotators"):
    """Return a table as an array of objects, in which pandas finds every missing value.

    Parameters
    ----------
    table : DataFrame, array-like or nested list of shape (n_rows, n_columns)
    columns : str, default="n_annotators"
        What the number of columns is, for messages.

    Returns
    -------
    ndarray of object of shape (n_rows, n_columns)

    Raises
    ------
    ValueError
        If the table does not have this shape.
    """
    if isinstance(table, np.ma.MaskedArray):
        cells = unmask(table)
    elif isinstance(table, (list, tuple)):
        cells = _fill_cells(table, columns)
    else:
        cells = np.asarray(table)
        if cells.dtype == FLOATS_AS_TEXT:
            _check_no_nan_as_text(cells)
        cells = np.asarray(table, dtype=object)
    if cells.ndim != 2:
        raise ValueError(f"the table must have shape (n_samples, {columns}), got {cells.shape}.")
    return _find_masked(cells.ravel()).reshape(cells.shape)


def read_numbers(table, columns="n_classes"):
    """Return a table of numbers as floats.

    Parameters
    ----------
    table, columns
        As in `read_cells`.

    Returns
    -------
    numbers : ndarray of float of shape (n_rows, n_columns)
        NaN where a cell is missing or no number.
    missing : ndarray of bool of shape (n_rows, n_columns)
    """
    if isinstance(table, np.ndarray) and table.ndim == 2 and table.dtype.kind in "iufb":
        if not isinstance(table, np.ma.MaskedArray):
            numbers = table.astype(np.float64)
            return numbers, np.isnan(numbers)
    cells = read_cells(table, columns)
    column = pd.Series(cells.ravel(), dtype=object)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return numbers.reshape(cells.shape), column.isna().to_numpy().reshape(cells.shape)


def is_row(value):
    """Return whether a value of a list can be a row of a table."""
    return isinstance(value, (list, tuple, np.ndarray, pd.Series, pd.Index)) and np.ndim(value) > 0


def _fill_cells(rows, columns):
    """Return a nested list as an array of cells, some of which may be lists themselves."""
    odd = [i for i, row in enumerate(rows) if not _has_length(row)]
    if odd:
        raise ValueError(
            f"the table must have shape (n_samples, {columns}); no list of cells in rows "
            f"{join_names(odd)}."
        )
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(
            "every row must have as many cells as the others: one cell per annotator, got "
            f"{list_values(sorted(widths))} cells. Fill up shorter rows with None."
        )
    cells = np.empty((len(rows), widths.pop() if widths else 0), dtype=object)
    for i, row in enumerate(rows):
        if getattr(row, "dtype", None) == FLOATS_AS_TEXT:
            _check_no_nan_as_text(row, [i] * len(row))
        for j, cell in enumerate(row):
            cells[i, j] = cell
    return cells


def _has_length(row):
    return hasattr(row, "__len__") and not isinstance(row, (str, bytes, Mapping, set, frozenset))


def list_cell(cell):
    """Return the labels in a cell, which may hold several."""
    if isinstance(cell, (set, frozenset)):
        # It has no order of its own; sorting makes its first label the same in every run.
        return sorted(cell, key=str)
    return list(cell) if isinstance(cell, (list, tuple)) else [cell]


def list_categories(columns):
    """Return the values that pandas columns are known to allow: those of categorical columns."""
    return [
        category
        for column in columns
        if isinstance(getattr(column, "dtype", None), pd.CategoricalDtype)
        for category in column.dtype.categories.tolist()
    ]
