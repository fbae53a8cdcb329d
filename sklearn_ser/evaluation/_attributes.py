"""Attributes of samples, such as the gender of the speaker, and the groups that they form."""

import warnings

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like, is_scalar
from sklearn.utils.validation import _num_samples

from sklearn_ser.evaluation._arguments import get_column
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._blank import BLANK
from sklearn_ser.utils._ids import make_ids
from sklearn_ser.utils._kinds import find_kinds, show_labels
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import as_column
from sklearn_ser.utils._text import fold

UNKNOWN = "unknown"
# A column of more different values is a measurement if they are numbers, and names its rows if
# most rows differ.
MOST_VALUES = 20


def get_attributes(data):
    """Return the columns of the data of a corpus that hold one scalar per sample.

    Parameters
    ----------
    data : container of length n_samples
        A DataFrame, Sequences with speakers or sessions, or anything else, which has none.

    Returns
    -------
    DataFrame of length n_samples
        Indexed by the number of the sample.
    """
    if isinstance(data, pd.DataFrame):
        table = data.loc[:, ~data.columns.duplicated()].reset_index(drop=True)
        return table[[name for name in table if _holds_scalars(table[name])]]
    found = {name: get_column(data, name, required=False) for name in ("speaker", "session")}
    known = {name: values for name, values in found.items() if values is not None}
    return pd.DataFrame(known, index=range(_num_samples(data)))


def _holds_scalars(column):
    return column.dtype != object or not any(map(is_list_like, column))


def group_samples(by, attributes, n_samples, ids=None):
    """Group samples by an attribute.

    Parameters
    ----------
    by : str or array-like of shape (n_samples,)
        See `Evaluation.summary`.
    attributes : DataFrame of length n_samples, or None
    n_samples : int
    ids : SampleIds or None, default=None
        Names of the samples, to which the index of a Series is compared.

    Returns
    -------
    name : str
        Of the attribute.
    values : list
        The different values: in the order of their categories, or sorted. If any are missing, the
        last one is "unknown".
    codes : ndarray of int of shape (n_samples,)
        The place of each sample's value in this list.
    n_known : int
        The number of values that are not "unknown".

    Raises
    ------
    ValueError
        See `Evaluation.summary`.

    Warns
    -----
    UserWarning
        If values differ by case only.
    """
    name, column = _find_column(by, attributes, n_samples, ids)
    odd = [i for i, value in enumerate(column) if is_list_like(value)]
    if odd:
        raise ValueError(
            f"{name!r} must have one text, number or boolean per sample; not for samples "
            f"{join_names(odd)}."
        )
    column = _tidy(column)
    known = column.notna()
    if not known.any():
        raise ValueError(f"{name!r} must have values to group by; all {n_samples} are missing.")
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = _to_categories(name, column.where(known))
    codes = column.where(known).cat.remove_unused_categories().cat
    values, codes = codes.categories.tolist(), codes.codes.to_numpy()
    _warn_of_spellings(name, values)
    n_known = len(values)
    if n_known > MOST_VALUES and n_known > known.sum() / 2:
        raise ValueError(
            f"{name!r} must have few different values to group by; it has {n_known} for "
            f"{known.sum()} samples: {show_labels(values)}."
        )
    if known.all():
        return name, values, codes, n_known
    return name, [*values, UNKNOWN], np.where(codes < 0, n_known, codes), n_known


def _find_column(by, attributes, n_samples, ids):
    """Return the name of an attribute, and its values as a Series."""
    if is_scalar(by):
        known = [] if attributes is None else attributes.columns.tolist()
        if by not in known:
            raise ValueError(
                "by must be the name of a column of the data, or one value per sample; got "
                f"{by!r}, and there are {join_names(map(repr, known)) or 'no columns'}."
            )
        name, values = by, attributes[by]
    else:
        name = getattr(by, "name", None)
        name = "by" if name is None else name
        values = by
    if not isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        values = as_column(values, n_samples, "by")
    if len(values) != n_samples:
        raise ValueError(f"by must have one value per sample: {n_samples}, got {len(values)}.")
    if values is by and isinstance(by, pd.Series):
        values = _align(by, n_samples, ids)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        # Altered recordings are in the group of their speaker.
        values = get_persons(values)
    return name, pd.Series(values).reset_index(drop=True)


def _align(series, n_samples, ids):
    """Return a Series in the order of the samples, as far as its index tells."""
    own = make_ids(series.index, n_samples)
    numbers = np.arange(n_samples)
    if np.array_equal(own.values, numbers):
        return series
    # Numbers from 0 are the names of nothing: they number the rows of any table.
    named = ids is not None and not np.array_equal(ids.values, numbers)
    if named and np.array_equal(own.values, ids.values):
        return series
    if named and set(own) == set(ids) and series.index.is_unique:
        rows = {name: row for row, name in enumerate(own)}
        return series.iloc[[rows[name] for name in ids]]
    if own.kind == "integer" and not (named and ids.kind == "integer"):
        if (np.diff(own.values) > 0).all():
            return series  # a table that lost some of its rows is still in order
    samples = f"0 to {n_samples - 1}"
    if named:
        samples = f"{samples}, or names such as {join_names(map(repr, ids), most=2)}"
    raise ValueError(
        f"the index of by must be that of the samples ({samples}), in order; got "
        f"{join_names(map(repr, own), most=3)}. Put by into the order of the samples, such as by "
        "by.sort_index(), or, if it has this order, pass by.to_numpy()."
    )


def _tidy(column):
    """Return a column whose texts have no spaces around them, or are missing if they say so."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        texts = "text" in find_kinds(column)
        return column.astype(object).map(_tidy_value) if texts else column
    categories = [_tidy_value(value) for value in column.cat.categories]
    if categories == column.cat.categories.tolist():
        return column
    known = [value for value in dict.fromkeys(categories) if value is not None]
    return column.astype(object).map(_tidy_value).astype(pd.CategoricalDtype(known))


def _tidy_value(value):
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    return None if fold(text) in {*BLANK, UNKNOWN, "unk"} else text


def _warn_of_spellings(name, values):
    """Warn if values differ by case, or by how Unicode writes the same letters, only."""
    spellings = {}
    for value in values:
        if isinstance(value, str):
            spellings.setdefault(fold(value), []).append(value)
    alike = [show_labels(found) for found in spellings.values() if len(found) > 1]
    if alike:
        warnings.warn(
            f"{name!r} has values that differ by case only: {join_names(alike, most=3)}. Each is "
            "a group of its own; if they mean the same, spell them in one way.",
            UserWarning,
            stacklevel=5,
        )


def _to_categories(name, column):
    """Return a column as categories, in sorted order."""
    present = column.dropna()
    kinds = sorted(find_kinds(present))
    if len(kinds) > 1:
        raise ValueError(
            f"{name!r} must have values of one kind, got {' and '.join(kinds)}: "
            f"{show_labels(present)}."
        )
    values = sorted(present.unique().tolist())
    if kinds == ["numbers"] and len(values) > MOST_VALUES:
        raise ValueError(
            f"{name!r} must have few different values to group by; it has {len(values)} different "
            f"numbers, from {values[0]} to {values[-1]}: cut it into groups first with "
            "pandas.cut, or, if they are names, make them text."
        )
    return column.astype(pd.CategoricalDtype(values))
