"""Tell ratings from other tables that have the same shape: votes, shares, one row per rating."""

import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import DataConversionWarning

from sklearn_ser.ratings._values import is_row, read_cells, read_column, read_numbers
from sklearn_ser.utils._kinds import find_kinds, list_values
from sklearn_ser.utils._messages import join_names

# A column is refused only if it has at least so many labels: of fewer, any may be different.
FEWEST_LABELS = 10
# Columns of a table of recordings, and the fewest labels by which they are told from raters who
# are called so; raters share labels with others.
ABOUT_RECORDINGS = {"speaker": FEWEST_LABELS, "session": FEWEST_LABELS}
ABOUT_RECORDINGS |= dict.fromkeys(["file", "signal", "start", "end", "channel"], 1)
# A column of which so many labels occur nowhere else in the table holds names, not labels ...
NAMES = 0.9
# ... and so many different ones are more than a rater uses whom no other rater ever agrees with.
MANY_LABELS = 5


def check_raters(codes, column, annotators, n_samples):
    """Raise ValueError if columns of a wide table cannot be raters.

    Raters agree now and then. A column that holds files or other names has values that occur only
    once in the whole table. In a table with one row per rating, no two columns share a value.

    Parameters
    ----------
    codes : ndarray of int of shape (n_labels,)
        Codes of all labels in the table, at least 0.
    column : ndarray of int of shape (n_labels,)
    annotators : sequence of shape (n_columns,)
    n_samples : int
    """
    if len(annotators) < 2 or len(codes) == 0:
        return
    n_labels = np.bincount(column, minlength=len(annotators))
    if _is_long(codes, column, n_labels, n_samples):
        raise ValueError(
            f"y has the columns {list_values(annotators)}, of which no two have a value in "
            "common: it looks like one row per rating. A table as y has one row per sample "
            "and one column per rater; for one row per rating, see Ratings.from_long."
        )
    once = np.bincount(codes)[codes] == 1
    n_once = np.bincount(column, once, minlength=len(annotators))
    # With hardly anybody to agree with, different labels say nothing.
    others = len(codes) - n_labels >= n_labels / 2
    bad = (n_labels >= FEWEST_LABELS) & (n_once >= NAMES * n_labels) & others
    if bad.any():
        raise ValueError(
            "every column must be a rater who shares labels with others; nearly all values of "
            f"columns {list_values(annotators[i] for i in np.flatnonzero(bad))} occur only once "
            "in the table, as files or other names do. Drop these columns, or make them the "
            "index, or see Ratings.from_long for one row per rating."
        )
    odd = _find_about_recordings(codes, column, annotators)
    if odd:
        raise ValueError(
            f"every column must be a rater; the columns {list_values(odd)} describe recordings, "
            "and share no label with the others. Drop these columns, or see Ratings.from_long for "
            "one row per rating."
        )


def _find_about_recordings(codes, column, annotators):
    """Return the columns called as in a table of recordings that share no value with others."""
    fewest = np.array([ABOUT_RECORDINGS.get(name, np.inf) for name in annotators])
    of_others = codes[np.isinf(fewest)[column]]
    odd = []
    for i in np.flatnonzero(np.isfinite(fewest)):
        labels = codes[column == i]
        if len(labels) >= fewest[i] and not np.isin(labels, of_others).any():
            odd.append(annotators[i])
    return odd


def _is_long(codes, column, n_labels, n_samples):
    """Return whether no two columns share a value, and one has too many for labels."""
    filled = n_labels >= n_samples / 2
    if n_samples < FEWEST_LABELS or filled.sum() < 3:
        return False
    owner = np.empty(codes.max() + 1, dtype=np.intp)
    owner[codes] = column
    if (owner[codes] != column).any():
        return False
    return np.bincount(owner[np.unique(codes)]).max() >= MANY_LABELS


def recognise_form(y):
    """Return the form of y, and y as the reader of that form expects it.

    Parameters
    ----------
    y : any form that `check_ratings` accepts

    Returns
    -------
    form : {"wide", "labels", "rows"}
    table : DataFrame, Series or ndarray

    Raises
    ------
    ValueError
        If y has none of these forms.
    """
    table = _convert(y)
    if table.ndim == 2 and table.shape[1] == 1 and not isinstance(table, pd.DataFrame):
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected: one label per sample, "
            "shape (n_samples,).",
            DataConversionWarning,
            stacklevel=4,
        )
        table = read_column(table.ravel())
    if table.ndim == 1:
        return _recognise_column(table)
    if table.ndim != 2 or (table.shape[1] != 1 and _holds_numbers(table)):
        raise ValueError(_describe_numbers(table))
    return "wide", table


def _convert(y):
    """Return y as a table, or as a column in which pandas finds every missing value."""
    if hasattr(y, "toarray"):  # a sparse matrix
        y = y.toarray()
    if isinstance(y, (list, tuple)) and len(y) and all(map(is_row, y)):
        return read_cells(y)
    if isinstance(y, (pd.DataFrame, np.ma.MaskedArray)):
        return y if y.ndim > 1 else read_column(y)
    if hasattr(y, "__array__") and not isinstance(y, (pd.Series, pd.Index)):
        y = np.asarray(y)
        return y if y.ndim > 1 else read_column(y)
    return read_column(y, "y")


def _recognise_column(y):
    dicts = np.array([False])
    if y.dtype == object and len(y):
        dicts = np.array([isinstance(value, dict) for value in y], dtype=bool)
    if not dicts.any():
        return "labels", y
    if not dicts.all():
        plain = join_names(np.flatnonzero(~dicts))
        raise ValueError(f"y must hold only dicts or only labels; no dicts for samples {plain}.")
    return "rows", np.asarray(y)


def _holds_numbers(table):
    """Return whether all cells that are not missing hold numbers or booleans."""
    if isinstance(table, pd.DataFrame):
        columns = (column for _, column in table.items())
    else:
        columns = (read_cells(table).ravel(),)
    some = False
    for column in columns:  # the first column of text ends the search
        if not find_kinds(column) <= {"numbers", "booleans"}:
            return False
        some = some or not pd.isna(column).all()
    return some


def _describe_numbers(table):
    use = (
        "Use Ratings.from_counts for the number of raters per class, Ratings.from_shares for the "
        "share of a known number of raters, or Ratings.from_wide for one label per annotator."
    )
    if table.ndim == 2:
        numbers, missing = read_numbers(table)
        rows = np.flatnonzero(((numbers != np.floor(numbers)) & ~missing).any(axis=1))
        if len(rows):
            return (
                f"y of shape {table.shape} holds fractions, in samples {join_names(rows)}: "
                f"probabilities and shares of votes are no ratings. {use}"
            )
    return (
        f"y of shape {table.shape} is ambiguous as ratings: it may hold counts or labels of "
        f"annotators. {use}"
    )
