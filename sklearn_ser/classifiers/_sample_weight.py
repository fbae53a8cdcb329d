"""Weights of samples: their validation, their scale, and the samples that are left out."""

import numpy as np
from sklearn.utils import _safe_indexing, indexable

from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._weights import check_weights


def check_sample_weight(sample_weight, n_samples):
    """Validate weights of samples.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        A number is the weight of every sample; None means 1.
    n_samples : int

    Returns
    -------
    ndarray of float64 of shape (n_samples,)

    Raises
    ------
    ValueError
        If there is not one finite number of at least 0 per sample, or all are 0; samples whose
        weight is none are listed.
    """
    weights = check_weights(sample_weight, n_samples)
    if weights is None:
        return np.ones(n_samples)
    if n_samples and not weights.any():
        raise ValueError("sample_weight must not be zero for all samples.")
    return weights


def find_usable(present, weights):
    """Return the rows of the samples to learn from.

    Parameters
    ----------
    present : ndarray of bool of shape (n_samples,)
        Which samples have frames.
    weights : ndarray of float64 of shape (n_samples,)

    Returns
    -------
    ndarray of int

    Raises
    ------
    ValueError
        If there are none.
    """
    rows = np.flatnonzero(present & (weights > 0))
    if len(present) and len(rows) == 0:
        raise ValueError(
            "there is no sample to learn from: none of them has both frames and a weight above 0."
        )
    return rows


def scale_weights(weights):
    """Scale weights to a mean of 1, so that a constant factor on all of them has no effect.

    Parameters
    ----------
    weights : ndarray of float64 of shape (n_samples,)
        Finite; not all 0.

    Returns
    -------
    ndarray of float64 of shape (n_samples,)
        Equal weights are 1 exactly.
    """
    weights = weights / weights.max()  # the sum of large ones could be infinite
    return weights / weights.mean()


def take_samples(X, rows):
    """Return some samples of any container that scikit-learn can index or convert."""
    return _safe_indexing(indexable(X)[0], rows)


def take_ratings(y, ratings, rows):
    """Return the ratings of some samples, as if y held no others.

    Parameters
    ----------
    y : Ratings, or any form that `check_ratings` accepts
    ratings : Ratings
        Those of y.
    rows : ndarray of int
        Sorted, without repetitions.

    Returns
    -------
    Ratings
        Labels that only other samples have are not among its labels, unless y is `Ratings`.
    """
    if len(rows) == len(ratings):
        return ratings
    if isinstance(y, Ratings):
        return ratings[rows]
    return check_ratings(take_samples(y, rows))


def place_rows(values, rows, n_samples):
    """Return `n_samples` rows of NaN, in which `rows` are set to the values."""
    whole = np.full((n_samples, *values.shape[1:]), np.nan, values.dtype)
    whole[rows] = values
    return whole
