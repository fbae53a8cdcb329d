"""Reading ratings from the tables that users have.

Every reader returns ``(n_samples, sample, annotator, label, annotators, labels)``: for each rating
the position of its sample and the codes of annotator and label, then the two vocabularies.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets

from sklearn_ser.utils._messages import join_names

ANONYMOUS = -1


def encode(values):
    """Replace values by codes into their sorted vocabulary; a missing value is -1.

    Returns
    -------
    codes : ndarray of int of shape (n,)
    vocabulary : ndarray
        Of strings where all values are, else of the values' own type.

    Raises
    ------
    TypeError
        If values are containers: none of them is a label or a name.
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
        # numpy would turn 1 and "a" into strings; such a vocabulary stays one of objects.
        if natural.shape == vocabulary.shape and natural.tolist() == vocabulary.tolist():
            vocabulary = natural
    return codes, vocabulary


def encode_with(values, vocabulary, n_values=None):
    """Replace values by codes into a given vocabulary; a missing value is -1.

    Raises
    ------
    ValueError
        If values are not in the vocabulary (all are named), or there are not `n_values`.
    """
    values = list(values)
    if n_values is not None and len(values) != n_values:
        raise ValueError(f"one label a sample is needed: {n_values}, got {len(values)}.")
    code = {value: i for i, value in enumerate(vocabulary.tolist())}
    missing = pd.isna(pd.Series(values, dtype=object)).to_numpy()
    unknown = {value for value, gone in zip(values, missing, strict=True) if not gone} - set(code)
    if unknown:
        raise ValueError(f"labels must be among {list(code)}, got {sorted(unknown, key=str)}.")
    return np.array([code.get(value, -1) for value in values], dtype=np.intp)


def read_long(frame, sample, annotator, label, samples):
    """Read one row per (sample, annotator, label)."""
    absent = [name for name in (sample, annotator, label) if name not in (*frame.columns, None)]
    if absent:
        raise ValueError(f"columns {absent} are not in the table, which has {list(frame)}.")
    if samples is None:
        samples = pd.unique(frame[sample])
    index = pd.Index(samples)
    if not index.is_unique:
        repeated = index[index.duplicated()].unique().tolist()
        raise ValueError(f"samples must be different ids; repeated are {repeated}.")
    rows = index.get_indexer(frame[sample])
    if (rows < 0).any():
        unknown = pd.unique(frame[sample][rows < 0]).tolist()
        raise ValueError(f"the table rates {len(unknown)} unknown samples: {unknown[:10]}.")
    label_codes, labels = encode(frame[label])
    if annotator is None:
        annotator_codes, annotators = np.full(len(frame), ANONYMOUS), np.array([], dtype=str)
    else:
        annotator_codes, annotators = encode(frame[annotator])
    rated = label_codes >= 0
    columns = (rows[rated], annotator_codes[rated], label_codes[rated])
    return len(index), *columns, annotators, labels


def read_wide(table, annotators):
    """Read one row a sample, one column an annotator, a label or several in a cell."""
    if annotators is None:
        annotators = table.columns if isinstance(table, pd.DataFrame) else None
    if isinstance(table, (list, tuple)):
        table = _cells(table)
    cells = np.asarray(table, dtype=object)
    if cells.ndim != 2:
        raise ValueError(f"the table must have shape (n_samples, n_annotators), got {cells.shape}")
    annotators = range(cells.shape[1]) if annotators is None else list(annotators)
    if len(annotators) != cells.shape[1]:
        raise ValueError(
            f"there must be one annotator a column: {cells.shape[1]}, got {len(annotators)}."
        )
    codes, vocabulary = encode(list(annotators))
    if len(vocabulary) < len(annotators):
        raise ValueError(f"annotators must have different names, got {list(annotators)}.")
    sample, column = np.indices(cells.shape).reshape(2, -1)
    cells = cells.ravel()
    several = np.array([isinstance(cell, (list, tuple, set, frozenset)) for cell in cells], bool)
    if several.any():
        # A set has no order of its own; the sorted one makes its first label the same every run.
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
    return len(table), sample[rated], codes[column[rated]], label[rated], vocabulary, labels


def _cells(rows):
    """A nested list as a 2-D array of cells, of which some may be lists themselves."""
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(f"every row must have one cell an annotator, got {sorted(widths)} cells.")
    cells = np.empty((len(rows), widths.pop() if widths else 0), dtype=object)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            cells[i, j] = cell
    return cells


def read_counts(counts, classes):
    """Read the number of unknown raters who gave each class."""
    counts = np.asarray(counts)
    classes = list(classes)
    if counts.ndim != 2 or counts.shape[1] != len(classes):
        raise ValueError(
            f"counts must have shape (n_samples, {len(classes)}), one column a class; "
            f"got {counts.shape}."
        )
    numbers = pd.to_numeric(pd.Series(counts.ravel()), errors="coerce")
    numbers = numbers.to_numpy(np.float64).reshape(counts.shape)
    whole = np.where(np.isfinite(numbers), numbers, -1).astype(np.int64)
    bad = np.flatnonzero(((whole != numbers) | (whole < 0)).any(axis=1))
    if len(bad):
        raise ValueError(
            f"counts must be whole numbers of raters, 0 or more; not so samples {bad.tolist()}."
        )
    codes, labels = encode(classes)
    if len(labels) < len(classes):
        raise ValueError(f"classes must be different labels, got {classes}.")
    label = np.repeat(np.tile(codes, len(whole)), whole.ravel())
    sample = np.repeat(np.arange(len(whole)), whole.sum(axis=1))
    return len(whole), sample, *_unknown_raters(label), labels


def read_labels(values):
    """Read one label a sample by an unknown rater."""
    values = values if isinstance(values, pd.Series) else np.asarray(values)
    codes, labels = encode(values)
    rated = codes >= 0
    return len(values), np.flatnonzero(rated), *_unknown_raters(codes[rated]), labels


def _unknown_raters(label):
    return np.full(len(label), ANONYMOUS), label, np.array([], dtype=str)


def concatenate(frames):
    """Read several long tables, one after the other; each is ``(n_samples, table, ...)``."""
    sizes = [n_samples for n_samples, *_ in frames]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    sample = [rows["sample"] + start for (_, rows, *_), start in zip(frames, starts, strict=False)]
    annotator = [name for _, rows, *_ in frames for name in rows["annotator"]]
    label = [name for _, rows, *_ in frames for name in rows["label"]]
    _, annotators = encode(annotator + [name for *_, names, _ in frames for name in names])
    _, labels = encode(label + [name for *_, names in frames for name in names.tolist()])
    codes = encode_with(annotator, annotators), encode_with(label, labels)
    return starts[-1], np.concatenate(sample), *codes, annotators, labels


def _is_long(table):
    """Whether columns are sample, annotator and label, rather than raters, who share labels."""
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
    """Tell what form y has: ``("wide" | "labels" | "rows", table)``."""
    if isinstance(y, pd.DataFrame):
        if _is_long(y):
            raise ValueError(
                f"y has the columns {y.columns.tolist()}, of which no two have a value in "
                "common: it looks like one row an answer. A table as y has one row a sample and "
                "one column a rater; for one row an answer, see Ratings.from_long."
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
            "A column-vector y was passed when a 1d array was expected: one label a sample, "
            "shape (n_samples,).",
            DataConversionWarning,
            stacklevel=4,
        )
        y = y.ravel()
    if y.ndim == 2 and y.dtype == object:
        return "wide", y
    if y.ndim != 1:
        raise ValueError(
            f"y of shape {y.shape} and type {y.dtype} is not taken as ratings: it may hold counts "
            "or labels of annotators. Use Ratings.from_counts for the number of raters a class, "
            "or Ratings.from_wide for one label an annotator."
        )
    dicts = np.array([isinstance(value, dict) for value in y], dtype=bool)
    if dicts.any():
        if not dicts.all():
            plain = np.flatnonzero(~dicts)
            raise ValueError(f"y must hold dicts alone or labels alone; no dicts at {plain}.")
        return "rows", y
    if y.dtype.kind == "f":
        if np.isinf(y).any():
            raise ValueError(
                f"Input y contains infinity at samples {np.flatnonzero(np.isinf(y))}."
            )
        # Floats that are no whole numbers are no labels.
        check_classification_targets(y[~np.isnan(y)])
    return "labels", y
