"""Distributions of ratings beside predicted ones, and how much they differ."""

import numpy as np
from scipy.spatial.distance import jensenshannon
from sklearn.utils.validation import check_consistent_length

from sklearn_ser.metrics._kept import keep_weighted, warn_undefined
from sklearn_ser.utils._messages import join_names

# The precision of float32 networks. It keeps the loss finite for a class that was missing from the
# training fold.
SMALLEST = 1e-7


def pair_distributions(ratings, y_proba, classes, sample_weight):
    """Return rated and predicted distributions of the samples with a rating for a target class.

    Their columns are the target classes of the ratings and all other predicted classes. A class
    that the model does not know has probability 0.

    Parameters
    ----------
    ratings : Ratings of length n_samples
    y_proba : array-like of shape (n_samples, n_classes)
    classes : list
        Labels of the columns, all different.
    sample_weight : array-like of shape (n_samples,), or None

    Returns
    -------
    pair : tuple of two ndarrays of float64 of shape (n_kept, n_columns), or None
        None, with a warning, if there are no such samples.
    weights : ndarray of float of shape (n_kept,), or None
    """
    y_proba = _check_probabilities(y_proba, len(classes))
    check_consistent_length(ratings, y_proba)
    targets = ratings.classes.tolist()
    counts = ratings.counts(targets)
    kept, weights = keep_weighted(counts.any(axis=1), sample_weight)
    if not kept.any():
        warn_undefined("no sample has a rating for a target class", weights)
        return None, None
    shares = counts[kept] / counts[kept].sum(axis=1, keepdims=True)
    return match_columns(shares, targets, y_proba[kept], classes), weights


def match_columns(shares, targets, proba, classes):
    """Return rated and predicted distributions with the same columns.

    Parameters
    ----------
    shares : ndarray of shape (n, n_targets)
    targets : list
        Labels of the columns of `shares`, which come first.
    proba : ndarray of shape (n, n_classes)
    classes : list
        Labels of the columns of `proba`. Those that are no targets come last; targets that are not
        among them have probability 0.

    Returns
    -------
    rated, predicted : ndarray of float64 of shape (n, n_columns)
    """
    columns = [*targets, *(label for label in classes if label not in set(targets))]
    rated, predicted = (np.zeros((len(shares), len(columns))) for _ in range(2))
    rated[:, : len(targets)] = shares
    predicted[:, [columns.index(label) for label in classes]] = proba
    return rated, predicted


def _check_probabilities(y_proba, n_classes):
    y_proba = np.asarray(y_proba, dtype=np.float64)
    if y_proba.ndim != 2 or y_proba.shape[1] != n_classes:
        raise ValueError(
            f"y_proba must have shape (n_samples, {n_classes}), one column per class; got "
            f"{y_proba.shape}."
        )
    bad = np.flatnonzero(~(np.isfinite(y_proba) & (y_proba >= 0)).all(axis=1))
    if len(bad):
        raise ValueError(
            f"y_proba must be finite and at least 0; not for samples {join_names(bad)}."
        )
    return y_proba


def average_cross_entropy(rated, predicted, weights=None):
    """Return the mean cross-entropy in nats."""
    losses = -(rated * np.log(np.maximum(predicted, SMALLEST))).sum(axis=1)
    return float(np.average(losses, weights=weights))


def average_js_divergence(rated, predicted, weights=None):
    """Return the mean Jensen-Shannon divergence in bits."""
    divergences = jensenshannon(rated, predicted, base=2, axis=1) ** 2
    return float(np.average(divergences, weights=weights))
