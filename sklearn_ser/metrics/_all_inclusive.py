"""F1 of sets of classes, so that samples without a consensus count, too."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import f1_score

from sklearn_ser.metrics._distributions import SMALLEST, pair_distributions
from sklearn_ser.metrics._labels import check_columns
from sklearn_ser.ratings._check import RatingsLike, check_ratings

RULES = ("share", "any")


def all_inclusive_f1(
    y_true: RatingsLike,
    y_proba: ArrayLike,
    *,
    classes: ArrayLike,
    rule: Literal["share", "any"] = "share",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mean F1 of the classes, where a sample may be of several classes.

    Scores against a consensus leave out the samples that raters disagree on, which are the
    difficult ones. Here every sample with a rating for a target class counts [1]_. With K classes,
    its reference is the set of classes that at least a share of 1/K of its ratings are for, and
    the prediction is the set of classes with a probability above 1/K [2]_.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples without a rating for a target class are left out.
    y_proba : array-like of shape (n_samples, n_classes)
    classes : array-like of shape (n_classes,)
        Labels of the columns. Target classes that are not among them have probability 0.
    rule : {"share", "any"}, default="share"
        Which classes a sample's reference consists of: those with at least 1/K of its ratings, or
        all that any rater gave.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float
        In [0, 1]; the mean over the classes that are in the reference of some sample. Classes that
        are in none are left out, as in `macro_f1`. NaN, with an `UndefinedMetricWarning`, if no
        sample is left.

    Raises
    ------
    ValueError
        If `rule` is unknown; also as in `cross_entropy`.

    Notes
    -----
    K is the number of target classes and of other classes in `classes`. A probability of 1/K with
    a rounding error of at most 1e-7 is not above 1/K, so that equal probabilities predict nothing.
    A share of exactly 1/K is in the reference, so that no reference is empty. The code that was
    published with [2]_ differs in two details: such a share is not in the reference, and classes
    that are in no reference have an F1 of 0.

    A sample whose reference is all K classes is never matched exactly, because not all
    probabilities can be above 1/K.

    References
    ----------
    .. [1] Chou et al., "Minority views matter: evaluating speech emotion classifiers with human
       subjective annotations by an all-inclusive aggregation rule", IEEE Transactions on Affective
       Computing 16(1), 2025. doi:10.1109/TAFFC.2024.3411290. See also arXiv:2510.05934
    .. [2] Wu et al., "EMO-SUPERB: an in-depth look at speech emotion recognition", 2024.
       arXiv:2402.13018

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import all_inclusive_f1
    >>> y_true = Ratings.from_wide([["sad", "angry"], ["sad", "sad"]])
    >>> y_proba = [[0.4, 0.6], [0.1, 0.9]]
    >>> round(all_inclusive_f1(y_true, y_proba, classes=["angry", "sad"]), 3)
    0.5
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {RULES}, got {rule!r}.")
    ratings = check_ratings(y_true)
    classes = check_columns(ratings, classes)
    pair, weights = pair_distributions(ratings, y_proba, classes, sample_weight)
    if pair is None:
        return np.nan
    rated, predicted = pair
    return compute_f1_of_sets(rated, predicted, weights, rule=rule)


def compute_f1_of_sets(rated, predicted, weights=None, *, rule="share"):
    """Return the mean F1 of the classes that are in a reference.

    Parameters
    ----------
    rated, predicted : ndarray of shape (n_samples, n_classes)
        As returned by `pair_distributions`.
    weights : ndarray of shape (n_samples,), default=None
    rule : {"share", "any"}, default="share"

    Returns
    -------
    float
    """
    threshold = 1 / rated.shape[1]
    reference = rated >= threshold if rule == "share" else rated > 0
    found = predicted > threshold + SMALLEST
    # One class at a time: for scikit-learn, indicators with a single column are no indicators.
    scores = [
        f1_score(reference[:, k], found[:, k], sample_weight=weights)
        for k in np.flatnonzero(reference.any(axis=0))
    ]
    return float(np.mean(scores))
