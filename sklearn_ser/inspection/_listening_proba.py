"""Probabilities that a page shows, in each form in which they are given."""

import numpy as np
import pandas as pd

from sklearn_ser.inspection._listening_samples import name_label
from sklearn_ser.ratings._names import read_classes
from sklearn_ser.utils._messages import join_names


def check_proba(proba, classes, table, n_samples):
    """Return the probabilities of the samples to listen to.

    Parameters
    ----------
    proba : DataFrame or array-like of shape (n_samples, n_classes), or None
        Of all samples of the data.
    classes : sequence of labels of shape (n_classes,), or None
        The columns of an array.
    table : DataFrame
        One row per sample to listen to; columns that begin with ``p_`` are probabilities.
    n_samples : int
        Number of samples of the data.

    Returns
    -------
    proba : ndarray of shape (n_clips, n_classes), or None
        A row of NaN is a sample without probabilities.
    classes : list of str

    Raises
    ------
    ValueError
        If probabilities are given twice, classes are missing or do not fit, there is not one row
        per sample, or rows are no distributions; these are listed.
    """
    names = None if classes is None else list(map(name_label, read_classes(classes, "classes")))
    own = [name for name in table.columns if str(name).startswith("p_")]
    if proba is None:
        if not own or table[own].isna().all(axis=None):
            return None, names or []
        values, columns = table[own].to_numpy(dtype=float), [str(name)[2:] for name in own]
        return _arrange(values, columns, names, table.index)
    if own:
        raise ValueError(f"probabilities are given twice: as proba and in the columns {own}.")
    values = np.asarray(proba, dtype=float)
    if values.ndim != 2 or len(values) != n_samples:
        raise ValueError(
            f"proba must have one row per sample of audio ({n_samples}) and one column per class, "
            f"got shape {values.shape}."
        )
    columns = list(map(name_label, proba.columns)) if isinstance(proba, pd.DataFrame) else names
    if columns is None or len(columns) != values.shape[1]:
        got = "none" if columns is None else f"{len(columns)}"
        raise ValueError(
            f"classes must name the {values.shape[1]} columns of proba, such as "
            f"classifier.classes_, got {got}."
        )
    return _arrange(values[table.index], columns, names, table.index)


def _arrange(values, columns, names, rows):
    """Return distributions with their columns in the order of the classes."""
    if names is not None and names != columns:
        if set(names) != set(columns):
            raise ValueError(
                f"classes must be those of the probabilities: {columns}, got {names}."
            )
        values, columns = values[:, [columns.index(name) for name in names]], names
    empty = np.isnan(values).all(axis=1)
    with np.errstate(invalid="ignore"):
        right = (values >= 0).all(axis=1) & (np.abs(values.sum(axis=1) - 1) < 1e-3)
    wrong = np.asarray(rows)[~(empty | right)]
    if len(wrong):
        raise ValueError(
            "probabilities must be 0 or more, with a sum of 1 per sample (or all NaN, where there "
            f"are none); not for samples {join_names(wrong)}."
        )
    return values, columns
