"""Small operations on arrays of labels and counts."""

import numpy as np


def isin_labels(labels, classes):
    """Return which labels are among the given classes.

    Parameters
    ----------
    labels : iterable of labels
        None means no label.
    classes : ndarray of labels

    Returns
    -------
    ndarray of bool of shape (n_labels,)
    """
    known = set(classes.tolist())
    return np.array([label in known for label in labels], dtype=bool)


def to_plain(value):
    """Return a scalar of numpy as one of Python, which is shown as 'sad', not np.str_('sad')."""
    return value.item() if isinstance(value, np.generic) else value


def normalise_rows(counts):
    """Divide each row of counts by its sum.

    Parameters
    ----------
    counts : ndarray of shape (n_rows, n_columns)

    Returns
    -------
    ndarray of float of shape (n_rows, n_columns)
        Rows sum to 1; a row of zeros becomes NaN.
    """
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
