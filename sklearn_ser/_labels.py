"""Labels of any type, compared one by one: numpy will not compare some of them."""

import numpy as np


def are_among(labels, classes):
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
