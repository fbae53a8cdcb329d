"""Read ratings from tables.

Every reader returns ``(values, offsets, annotators, labels)``, from which `Ratings` are made.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets

from sklearn_ser.ratings._codes import ANONYMOUS, sort_codes
from sklearn_ser.utils._messages import join_names


def encode(values):
    """Replace values by codes into their sorted vocabulary; a missing value has code -1.

    Returns
    -------
    codes : ndarray of int of shape (n,)
    vocabulary : ndarray
        Of strings if all values are strings, otherwise of the values' own type.

    Raises
    ------
    TypeError
        If values are containers, which are neither labels nor names.
    """
    if not isinstance(values, (np.ndarray, pd.Series)):
        column = np.empty(len(values), dtype=object)
        column[:] = values
        values = column
    try:
        codes, found = pd.factorize(values)
        odd = [value for value in found.tolist() if isinstance(value, (tuple, frozenset))]
    except TypeError:
        odd = [value for value in values if isinstance(value, (list, set, dict, np.ndarray))]
    if odd:
        raise TypeError(
            "labels and annotators must be plain values, such as strings or numbers; got "
            f"{join_names(odd)}."
        )
    rank, vocabulary = pd.factorize(found, sort=True)
    codes = np.append(rank, ANONYMOUS)[codes]
    vocabulary = np.asarray(vocabulary)
    if vocabulary.dtype == object:
        natural = np.array(vocabulary.tolist())
        # numpy would turn a mix of 1 and "a" into strings; such a vocabulary keeps its objects.
        if natural.shape == vocabulary.shape and natural.tolist() == vocabulary.tolist():
            vocabulary = natural
    return codes, vocabulary


def encode_with(values, vocabulary, n_values=None):
    """Replace values by codes into a given vocabulary; a missing value has code -1.

    Raises
    ------
    ValueError
        If values are not in the vocabulary, or there are not `n_values`.
    """
    values = list(values)
    if n_values is not None and len(values) != n_values:
        raise ValueError(f"one label per sample is needed: {n_values}, got {len(values)}.")
    code = {value: i for i, value in enumerate(vocabulary.tolist())}
    missing = pd.isna(pd.Series(values, dtype=object)).to_numpy()
    unknown = {value for value, gone in zip(values, missing, strict=True) if not gone} - set(code)
    if unknown:
        raise ValueError(
            f"labels must be among {list_values(code)}, got "
            f"{list_values(sorted(unknown, key=str))}."
        )
    return np.array([code.get(value, -1) for value in values], dtype=np.intp)


def list_values(values):
    """Format values for an error message as Python does, so that 1 and "1" differ."""
    return f"[{join_names(map(repr, values))}]"


def list_samples(frame, sample, samples):
    """Return the ids of the samples of a long table: as given, else by first appearance."""
    _check_columns(frame, [sample])
    return pd.unique(frame[sample]) if samples is None else samples


def _check_columns(frame, names):
    absent = [name for name in names if name not in (*frame.columns, None)]
    if absent:
        raise ValueError(f"columns {absent} are not in the table, which has {list_values(frame)}.")


def read_long(frame, sample, annotator, label, samples):
    """Read one row per (sample, annotator, label)."""
    _check_columns(frame, [sample, annotator, label])
    index = pd.Index(samples)
    if not index.is_unique:
        repeated = index[index.duplicated()].unique().tolist()
        raise ValueError(f"samples must be different ids; repeated are {list_values(repeated)}.")
    rows = index.get_indexer(frame[sample])
    if (rows < 0).any():
        unknown = pd.unique(frame[sample][rows < 0]).tolist()
        raise ValueError(
            f"the table rates {len(unknown)} samples that are not in samples: "
            f"{list_values(unknown)}."
        )
    label_codes, labels = encode(frame[label])
    if annotator is None:
        annotator_codes, annotators = np.full(len(frame), ANONYMOUS), np.array([], dtype=str)
    else:
        annotator_codes, annotators = encode(frame[annotator])
    rated = label_codes >= 0
    codes = sort_codes(len(index), rows[rated], annotator_codes[rated], label_codes[rated])
    return *codes, annotators, labels


def read_wide(table, annotators):
    """Read one row per sample and one column per annotator, with one or more labels in a cell."""
    if annotators is None:
        annotators = table.columns if isinstance(table, pd.DataFrame) else None
    if isinstance(table, (list, tuple)):
        table = _fill_cells(table)
    cells = np.asarray(table, dtype=object)
    if cells.ndim != 2:
        raise ValueError(
            f"the table must have shape (n_samples, n_annotators), got {cells.shape}."
        )
    annotators = range(cells.shape[1]) if annotators is None else list(annotators)
    if len(annotators) != cells.shape[1]:
        raise ValueError(
            f"there must be one annotator per column: {cells.shape[1]}, got {len(annotators)}."
        )
    of_column, vocabulary = encode(list(annotators))
    if len(vocabulary) < len(annotators):
        raise ValueError(f"annotators must have different names, got {list_values(annotators)}.")
    sample, column = np.indices(cells.shape).reshape(2, -1)
    cells = cells.ravel()
    several = np.array([isinstance(cell, (list, tuple, set, frozenset)) for cell in cells], bool)
    if several.any():
        # A set has no order of its own; sorting makes its first label the same in every run.
        said = [
            (sorted(cell, key=str) if isinstance(cell, (set, frozenset)) else list(cell))
            if many
            else [cell]
            for cell, many in zip(cells, several, strict=True)
        ]
        lengths = [len(labels) for labels in said]
        sample, column = np.repeat(sample, lengths), np.repeat(column, lengths)
        cells = [label for labels in said for label in labels]
    label, labels = encode(cells)
    rated = label >= 0
    codes = sort_codes(len(table), sample[rated], of_column[column[rated]], label[rated])
    return *codes, vocabulary, labels


def _fill_cells(rows):
    """Return a nested list as a 2-D array of cells, some of which may be lists themselves."""
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(
            f"every row must have one cell per annotator, got {list_values(sorted(widths))} cells."
        )
    cells = np.empty((len(rows), widths.pop() if widths else 0), dtype=object)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            cells[i, j] = cell
    return cells


def read_counts(counts, classes):
    """Read the number of anonymous raters who gave each class."""
    counts = np.asarray(counts)
    classes = list(classes)
    if counts.ndim != 2 or counts.shape[1] != len(classes):
        raise ValueError(
            f"counts must have shape (n_samples, {len(classes)}), one column per class; "
            f"got {counts.shape}."
        )
    numbers = pd.to_numeric(pd.Series(counts.ravel()), errors="coerce")
    numbers = numbers.to_numpy(np.float64).reshape(counts.shape)
    whole = np.where(np.isfinite(numbers), numbers, -1).astype(np.int64)
    bad = np.flatnonzero(((whole != numbers) | (whole < 0)).any(axis=1))
    if len(bad):
        raise ValueError(
            "counts must be whole numbers of raters, 0 or more; not for samples "
            f"{join_names(bad)}."
        )
    of_column, labels = encode(classes)
    if len(labels) < len(classes):
        raise ValueError(f"classes must be different labels, got {list_values(classes)}.")
    label = np.repeat(np.tile(of_column, len(whole)), whole.ravel())
    sample = np.repeat(np.arange(len(whole)), whole.sum(axis=1))
    return *_sort_anonymous(len(whole), sample, label), labels


def read_labels(values):
    """Read one label per sample, given by an anonymous rater."""
    values = values if isinstance(values, pd.Series) else np.asarray(values)
    label, labels = encode(values)
    rated = label >= 0
    return *_sort_anonymous(len(values), np.flatnonzero(rated), label[rated]), labels


def _sort_anonymous(n_samples, sample, label):
    annotator = np.full(len(label), ANONYMOUS)
    return *sort_codes(n_samples, sample, annotator, label), np.array([], dtype=str)


def concatenate(frames):
    """Read several long tables, one after the other.

    Parameters
    ----------
    frames : list of (n_samples, table, annotators, labels)
        The vocabularies may hold more than the table.
    """
    sizes = [n_samples for n_samples, *_ in frames]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    sample = [rows["sample"] + start for (_, rows, *_), start in zip(frames, starts, strict=False)]
    annotator = [name for _, rows, *_ in frames for name in rows["annotator"]]
    label = [name for _, rows, *_ in frames for name in rows["label"]]
    _, annotators = encode(annotator + [name for *_, names, _ in frames for name in names])
    _, labels = encode(label + [name for *_, names in frames for name in names.tolist()])
    codes = encode_with(annotator, annotators), encode_with(label, labels)
    return *sort_codes(starts[-1], np.concatenate(sample), *codes), annotators, labels


def _is_long(table):
    """Return whether a table seems to have one row per rating: no two columns share a value."""
    if table.shape[1] < 3 or len(table) < 10 or table.isna().any(axis=None):
        return False
    seen = set()
    for _, column in table.items():
        try:
            values = set(column)
        except TypeError:  # several labels in a cell
            return False
        if seen & values:
            return False
        seen |= values
    return True


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
    if isinstance(y, pd.DataFrame):
        if _is_long(y):
            raise ValueError(
                f"y has the columns {list_values(y.columns)}, of which no two have a value in "
                "common: it looks like one row per rating. A table as y has one row per sample "
                "and one column per rater; for one row per rating, see Ratings.from_long."
            )
        return "wide", y
    if isinstance(y, (list, tuple)):
        column = np.empty(len(y), dtype=object)
        for i, value in enumerate(y):
            column[i] = value
        y = column if any(isinstance(value, dict) for value in y) else np.asarray(y)
    y = y if isinstance(y, pd.Series) else np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected: one label per sample, "
            "shape (n_samples,).",
            DataConversionWarning,
            stacklevel=4,
        )
        y = y.ravel()
    if y.ndim == 2 and y.dtype == object:
        return "wide", y
    if y.ndim != 1:
        raise ValueError(
            f"y of shape {y.shape} and type {y.dtype} is ambiguous as ratings: it may hold counts "
            "or labels of annotators. Use Ratings.from_counts for the number of raters per class, "
            "or Ratings.from_wide for one label per annotator."
        )
    dicts = np.array([isinstance(value, dict) for value in y], dtype=bool)
    if dicts.any():
        if not dicts.all():
            plain = join_names(np.flatnonzero(~dicts))
            raise ValueError(
                f"y must hold only dicts or only labels; no dicts for samples {plain}."
            )
        return "rows", y
    if y.dtype.kind == "f":
        if np.isinf(y).any():
            bad = join_names(np.flatnonzero(np.isinf(y)))
            raise ValueError(f"Input y contains infinity in samples {bad}.")
        # Floats are labels only if they are whole numbers.
        check_classification_targets(y[~np.isnan(y)])
    return "labels", y
