"""Read ratings from tables of labels.

Every reader returns ``(values, offsets, annotators, labels)``, from which `Ratings` are made.
"""

import numpy as np
import pandas as pd

from sklearn_ser.ratings._codes import ANONYMOUS, sort_codes
from sklearn_ser.ratings._forms import check_raters
from sklearn_ser.ratings._values import list_cell, read_cells, read_column
from sklearn_ser.ratings._vocabulary import (
    check_kinds,
    check_numbers,
    encode_labels,
    encode_names,
    encode_with,
    factorize,
    sort_vocabulary,
)
from sklearn_ser.ratings._votes import sort_anonymous
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names


def list_samples(frame, sample, samples):
    """Return the ids of the samples of a long table: as given, else by first appearance."""
    _check_columns(frame, [sample])
    missing = np.flatnonzero(frame[sample].isna())
    if len(missing):
        raise ValueError(
            f"column {sample!r} must name a sample; not in rows {join_names(missing)}."
        )
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
    label_codes, labels = encode_labels(frame[label], frame[sample])
    if annotator is None:
        annotator_codes, annotators = np.full(len(frame), ANONYMOUS), np.array([], dtype=str)
    else:
        annotator_codes, annotators = encode_names(frame[annotator])
    rated = label_codes >= 0
    codes = sort_codes(len(index), rows[rated], annotator_codes[rated], label_codes[rated])
    return *codes, annotators, labels


def read_wide(table, annotators):
    """Read one row per sample and one column per annotator, with one or more labels in a cell."""
    if annotators is None:
        annotators = table.columns if isinstance(table, pd.DataFrame) else None
    cells = read_cells(table)
    n_samples, n_columns = cells.shape
    annotators = range(n_columns) if annotators is None else list(annotators)
    if len(annotators) != n_columns:
        raise ValueError(
            f"there must be one annotator per column: {n_columns}, got {len(annotators)}."
        )
    of_column, vocabulary = encode_names(annotators)
    if len(vocabulary) < len(annotators):
        raise ValueError(f"annotators must have different names, got {list_values(annotators)}.")
    cells, sample, column = _list_labels(cells)
    codes, found = factorize(cells)
    rated = codes >= 0
    names = np.array([*annotators, None], dtype=object)[column]
    check_numbers(codes, found, sample, names)
    check_raters(codes[rated], column[rated], annotators, n_samples)
    check_kinds(cells, found, sample, names)
    label, labels = sort_vocabulary(codes, found)
    codes = sort_codes(n_samples, sample[rated], of_column[column[rated]], label[rated])
    return *codes, vocabulary, labels


def _list_labels(cells):
    """Return the labels in all cells of a table, and the sample and column of each."""
    sample, column = np.indices(cells.shape).reshape(2, -1)
    cells = cells.ravel()
    if pd.api.types.infer_dtype(cells) not in ("mixed", "mixed-integer"):
        return cells, sample, column
    several = np.array([isinstance(cell, (list, tuple, set, frozenset)) for cell in cells], bool)
    if not several.any():
        return cells, sample, column
    said = [list_cell(cell) for cell in cells]
    lengths = [len(labels) for labels in said]
    labels = read_column([label for labels in said for label in labels])
    return labels, np.repeat(sample, lengths), np.repeat(column, lengths)


def read_labels(values):
    """Read one label per sample, given by an anonymous rater."""
    label, labels = encode_labels(values)
    rated = label >= 0
    return *sort_anonymous(len(label), np.flatnonzero(rated), label[rated]), labels


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
    sample = np.concatenate(sample)
    annotator = [name for _, rows, *_ in frames for name in rows["annotator"]]
    label = [name for _, rows, *_ in frames for name in rows["label"]]
    return merge(starts[-1], sample, annotator, label, [names[2:] for names in frames])


def merge(n_samples, sample, annotator, label, vocabularies):
    """Read one rating per entry, along with vocabularies that may hold more.

    Parameters
    ----------
    n_samples : int
    sample : sequence of int of shape (n_ratings,)
    annotator, label : list of shape (n_ratings,)
    vocabularies : list of (annotators, labels)
    """
    _, annotators = encode_names(annotator + [n for names, _ in vocabularies for n in names])
    label = read_column(label)
    known = set(factorize(label)[1].tolist())
    label = label.tolist()
    more = [name for _, names in vocabularies for name in names.tolist() if name not in known]
    _, labels = encode_labels(label + more, [*sample, *["(unrated)"] * len(more)])
    code = encode_with(label, labels)
    rated = code >= 0
    codes = sort_codes(
        n_samples,
        np.asarray(sample, dtype=np.intp)[rated],
        encode_with(annotator, annotators)[rated],
        code[rated],
    )
    return *codes, annotators, labels
