"""Weights of samples: their validation, their scale, and the samples that are left out."""

from numbers import Number, Real

import numpy as np
from sklearn.utils import _safe_indexing, indexable

from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names


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
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Number):
        sample_weight = [sample_weight] * n_samples
    elif isinstance(sample_weight, np.ma.MaskedArray):
        # numpy would take what is below the mask.
        masked = np.ma.getmaskarray(sample_weight)
        sample_weight = np.where(masked, None, sample_weight.data.astype(object))
    try:
        given = np.asarray(sample_weight)
    except ValueError:  # rows of different lengths
        given = np.empty((n_samples, 0))
    if given.shape != (n_samples,):
        raise ValueError(
            f"sample_weight must be one number per sample, of shape ({n_samples},), got shape "
            f"{given.shape}."
        )
    if given.dtype.kind in "biuf":
        weights = given.astype(np.float64)
    else:
        weights = np.array([float(w) if isinstance(w, Real) else np.nan for w in given.tolist()])
    odd = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(odd):
        found = [f"{i} ({given[i]})" for i in odd]
        raise ValueError(
            "sample_weight must be a finite number of at least 0 for every sample; not for "
            f"samples {join_names(found)}."
        )
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
    return check_ratings(_safe_indexing(indexable(y)[0], rows))


def place_rows(values, rows, n_samples):
    """Return `n_samples` rows of NaN, in which `rows` are set to the values."""
    whole = np.full((n_samples, *values.shape[1:]), np.nan, values.dtype)
    whole[rows] = values
    return whole
