"""What cross-fitting needs, whoever does it."""

import numpy as np


def not_once(splits, n_samples):
    """Return the samples that are not in exactly one test part, ndarray of int."""
    tests = np.concatenate([test for _, test in splits])
    return np.flatnonzero(np.bincount(tests, minlength=n_samples) != 1)


def spread(proba, own, classes):
    """Put a model's columns where they belong among all classes, which are sorted."""
    full = np.zeros((len(proba), len(classes)))
    full[:, np.searchsorted(classes, own)] = proba
    return full
