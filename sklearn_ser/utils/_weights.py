"""Weights of samples."""

from numbers import Number, Real

import numpy as np

from sklearn_ser.utils._arrays import unmask
from sklearn_ser.utils._messages import join_names


def check_weights(sample_weight, n_samples):
    """Validate weights of samples.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        A number is the weight of every sample.
    n_samples : int

    Returns
    -------
    ndarray of float64 of shape (n_samples,), or None

    Raises
    ------
    ValueError
        If there is not one finite number of at least 0 per sample; samples for which this does
        not hold are listed.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Number):
        sample_weight = [sample_weight] * n_samples
    elif isinstance(sample_weight, np.ma.MaskedArray):
        sample_weight = unmask(sample_weight)
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
    return weights


def shrink_weights(weights):
    """Scale weights to a largest of less than 1 if their sum is infinite.

    Parameters
    ----------
    weights : ndarray of float64 of shape (n_samples,)

    Returns
    -------
    ndarray of float64 of shape (n_samples,)
        Unchanged, or divided by a power of two, which loses no bit.
    """
    with np.errstate(over="ignore"):
        if np.isfinite(weights.sum()):
            return weights
    return np.ldexp(weights, -np.frexp(weights.max(initial=0))[1])
