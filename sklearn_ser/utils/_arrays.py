"""Small operations on arrays of labels and counts."""

import numpy as np

from sklearn_ser.utils._messages import join_names


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


def unmask(values):
    """Return a masked array as objects, with None where it is masked."""
    # numpy alone would take what is below the mask.
    cells = np.array(values.data, dtype=object)
    cells[np.ma.getmaskarray(values)] = None
    return cells


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


def find_infinite(values):
    """Return the rows that hold a value that is infinite or NaN.

    Parameters
    ----------
    values : ndarray of shape (n_rows, ...)

    Returns
    -------
    ndarray of int of shape (n_found,)
    """
    finite = np.isfinite(values)
    return np.flatnonzero(~finite.all(axis=tuple(range(1, finite.ndim))))


def check_finite(values, method):
    """Raise a ValueError that lists the samples for which a method returned infinity or NaN."""
    bad = find_infinite(values)
    if len(bad):
        raise ValueError(
            f"{method} must return finite numbers; it returned infinity or NaN for samples "
            f"{join_names(bad)}."
        )
