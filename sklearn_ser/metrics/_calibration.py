"""Calibration error: the distance of probabilities from the shares of ratings."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.metrics._distributions import pair_distributions
from sklearn_ser.metrics._labels import check_columns
from sklearn_ser.ratings._check import RatingsLike, check_ratings


def calibration_error(
    y_true: RatingsLike,
    y_proba: ArrayLike,
    *,
    classes: ArrayLike,
    n_bins: int = 10,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the expected calibration error against the shares of the ratings.

    The probabilities of all samples and classes are put into bins. The error is the mean
    difference between the mean probability of a bin and the mean share of the ratings that are for
    these samples and classes, weighted by the number of probabilities in the bin [1]_ [2]_.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        The reference is the share of each target class among a sample's ratings. Samples without a
        rating for a target class are left out.
    y_proba : array-like of shape (n_samples, n_classes)
    classes : array-like of shape (n_classes,)
        Labels of the columns. Target classes that are not among them have probability 0.
    n_bins : int, default=10
        Number of bins of equal width between 0 and 1. A probability between two bins is in the
        lower one.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float
        In [0, 1], smaller is better; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        If `n_bins` is not an integer of at least 1; also as in `cross_entropy`.

    Notes
    -----
    A small error alone does not make a good model. If all probabilities are 1/K, or are the shares
    of the classes in the whole corpus, the error is 0.

    References
    ----------
    .. [1] Guo et al., "On calibration of modern neural networks", ICML 2017. arXiv:1706.04599
    .. [2] Chou et al., "The importance of calibration: rethinking confidence and performance of
       speech multi-label emotion classifiers", Interspeech 2023.
       doi:10.21437/Interspeech.2023-1113

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import calibration_error
    >>> y_true = Ratings.from_wide([["sad", "angry"], ["sad", "sad"]])
    >>> y_proba = [[0.5, 0.5], [0.2, 0.8]]
    >>> round(calibration_error(y_true, y_proba, classes=["angry", "sad"]), 3)
    0.1
    """
    check_bins(n_bins)
    ratings = check_ratings(y_true)
    classes = check_columns(ratings, classes)
    pair, weights = pair_distributions(ratings, y_proba, classes, sample_weight)
    if pair is None:
        return np.nan
    rated, predicted = pair
    return compute_calibration_error(rated, predicted, weights, n_bins=n_bins)


def check_bins(n_bins):
    """Raise a ValueError if a number of bins is no integer of at least 1."""
    if not isinstance(n_bins, Integral) or isinstance(n_bins, bool) or n_bins < 1:
        raise ValueError(f"n_bins must be an integer of at least 1, got {n_bins!r}.")


def compute_calibration_error(rated, predicted, weights=None, *, n_bins=10):
    """Return the expected calibration error of distributions; see `fill_bins`."""
    return average_gaps(fill_bins(rated, predicted, weights, n_bins=n_bins))


def average_gaps(bins):
    """Return the expected calibration error of bins; NaN if all are empty."""
    gaps, total = (bins["probability"] - bins["share"]).abs(), bins["weight"].sum()
    return float((gaps * bins["weight"]).sum() / total) if total > 0 else np.nan


def fill_bins(rated, predicted, weights=None, *, n_bins=10):
    """Put the probabilities of all samples and classes into bins of equal width.

    Parameters
    ----------
    rated, predicted : ndarray of shape (n_samples, n_classes)
        As returned by `pair_distributions`.
    weights : ndarray of shape (n_samples,), default=None
        None means 1.
    n_bins : int, default=10

    Returns
    -------
    DataFrame of shape (n_bins, 4)
        ``probability`` and ``share``, means over the bin, NaN if it is empty; ``n``, the number of
        probabilities; and ``weight``, the sum of their weights.
    """
    inner_edges = np.linspace(0, 1, n_bins + 1)[1:-1]
    place = np.searchsorted(inner_edges, predicted.ravel())
    each = np.ones(len(rated)) if weights is None else weights
    each = np.repeat(each, rated.shape[1])
    total, probability, share = (
        np.bincount(place, each * values, minlength=n_bins)
        for values in (np.ones(rated.size), predicted.ravel(), rated.ravel())
    )
    divisor = np.where(total > 0, total, np.nan)
    return pd.DataFrame(
        {
            "probability": probability / divisor,
            "share": share / divisor,
            "n": np.bincount(place, minlength=n_bins),
            "weight": total,
        }
    )
