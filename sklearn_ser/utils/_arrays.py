"""Small operations on arrays of labels and counts."""

import numpy as np


def isin_labels(labels, classes):
    """Tell which labels are one of some classes.

    Parameters
    ----------
    labels : iterable of labels
        None is no label.
    classes : ndarray of labels

    Returns
    -------
    ndarray of bool of shape (n_labels,)
    """
    known = set(classes.tolist())
    return np.array([label in known for label in labels], dtype=bool)


def normalise_rows(counts):
    """Return counts of shape (n_rows, n_columns) with rows that sum to 1; NaN where all are 0."""
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
