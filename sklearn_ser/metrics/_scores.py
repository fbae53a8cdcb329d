"""Scores that compare predictions with ratings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import accuracy_score, f1_score, recall_score

from sklearn_ser.metrics._distributions import (
    average_cross_entropy,
    average_js_divergence,
    pair_distributions,
)
from sklearn_ser.metrics._kept import keep_weighted, warn_undefined
from sklearn_ser.metrics._labels import check_columns, check_predictions
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.utils._arrays import isin_labels


def _pair_labels(y_true, y_pred, sample_weight):
    """Return true and predicted labels of the samples whose consensus is a target class.

    Returns
    -------
    pairs : ndarray of int of shape (2, n_kept), or None
        Codes of labels; None, with a warning, if there are no such samples.
    weights : ndarray of float of shape (n_kept,), or None
    """
    ratings = check_ratings(y_true)
    y_pred = check_predictions(ratings, y_pred)
    consensus = ratings.consensus()
    kept, weights = keep_weighted(isin_labels(consensus, ratings.classes), sample_weight)
    if not kept.any():
        warn_undefined("no sample has a consensus among the target classes", weights)
        return None, None
    # Codes, because numpy does not compare labels and predictions of all types.
    code = {}
    pairs = [
        [code.setdefault(label, len(code)) for label in labels]
        for labels in (consensus[kept].tolist(), y_pred[kept].tolist())
    ]
    return np.array(pairs), weights


def weighted_accuracy(
    y_true: RatingsLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the share of samples whose prediction is their consensus (WA, plain accuracy).

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples whose consensus is missing or not a target class are left out.
    y_pred : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float
        In [0, 1]; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        If lengths differ, weights are invalid, or y_pred are labels of another kind than y_true:
        numbers (integers and whole floats), text or bool.

    Warns
    -----
    UserWarning
        If a predicted label differs from a true one only by its case, spaces, hyphens or
        underscores, or if at least 10 predictions of two or more classes have no label in common
        with two or more true classes.

    Examples
    --------
    >>> from sklearn_ser.metrics import unweighted_accuracy, weighted_accuracy
    >>> y_true, y_pred = ["sad", "sad", "sad", "angry"], ["sad", "sad", "angry", "sad"]
    >>> weighted_accuracy(y_true, y_pred)
    0.5
    >>> round(unweighted_accuracy(y_true, y_pred), 3)
    0.333
    """
    pairs, weights = _pair_labels(y_true, y_pred, sample_weight)
    return np.nan if pairs is None else float(accuracy_score(*pairs, sample_weight=weights))


def unweighted_accuracy(
    y_true: RatingsLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the mean recall of the target classes in the consensus (UA, UAR, macro recall).

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples whose consensus is missing or not a target class are left out. A class of the
        consensus that is never predicted counts, with recall 0.
    y_pred : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float
        In [0, 1]; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        As in `weighted_accuracy`, which also warns of labels that differ by their spelling.

    Examples
    --------
    >>> from sklearn_ser.metrics import unweighted_accuracy
    >>> unweighted_accuracy(["sad", "sad", "angry"], ["sad", "angry", "angry"])
    0.75
    """
    pairs, weights = _pair_labels(y_true, y_pred, sample_weight)
    if pairs is None:
        return np.nan
    settings = {"labels": np.unique(pairs[0]), "average": "macro", "sample_weight": weights}
    return float(recall_score(*pairs, **settings))


def macro_f1(
    y_true: RatingsLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the mean F1 of the target classes in the consensus.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples whose consensus is missing or not a target class are left out.
    y_pred : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float
        In [0, 1]; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        As in `weighted_accuracy`, which also warns of labels that differ by their spelling.

    Examples
    --------
    >>> from sklearn_ser.metrics import macro_f1
    >>> round(macro_f1(["sad", "sad", "angry"], ["sad", "angry", "angry"]), 3)
    0.667
    """
    pairs, weights = _pair_labels(y_true, y_pred, sample_weight)
    if pairs is None:
        return np.nan
    settings = {"labels": np.unique(pairs[0]), "average": "macro", "sample_weight": weights}
    return float(f1_score(*pairs, **settings))


def cross_entropy(
    y_true: RatingsLike,
    y_proba: ArrayLike,
    *,
    classes: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mean cross-entropy of predictions against the distribution of the ratings.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        The reference is the share of each target class among a sample's ratings. Samples without a
        rating for a target class are left out.
    y_proba : array-like of shape (n_samples, n_classes)
    classes : array-like of shape (n_classes,)
        Labels of the columns. Target classes that are not among them have probability 0.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float
        In nats, 0 or more; probabilities below 1e-7 count as 1e-7. NaN, with an
        `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        If there is not one column per class, lengths differ, probabilities are negative or not
        finite, or weights are invalid; or if classes repeat, are of another kind than the labels
        of y_true (numbers, text or bool), are spelled in another way, or are all unknown.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import cross_entropy, js_divergence
    >>> y_true = Ratings.from_wide([["sad", "angry"], ["sad", "sad"]])
    >>> round(cross_entropy(y_true, [[0.5, 0.5], [0.5, 0.5]], classes=["angry", "sad"]), 4)
    0.6931
    >>> js_divergence(y_true, [[0.5, 0.5], [1, 0]], classes=["angry", "sad"])
    0.5
    """
    ratings = check_ratings(y_true)
    classes = check_columns(ratings, classes)
    pair, weights = pair_distributions(ratings, y_proba, classes, sample_weight)
    if pair is None:
        return np.nan
    rated, predicted = pair
    return average_cross_entropy(rated, predicted, weights)


def js_divergence(
    y_true: RatingsLike,
    y_proba: ArrayLike,
    *,
    classes: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mean Jensen-Shannon divergence of predictions and ratings.

    Parameters
    ----------
    y_true, y_proba, classes, sample_weight
        As in `cross_entropy`.

    Returns
    -------
    float
        In bits, from 0 (identical distributions) to 1 (no class in common). NaN, with an
        `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        As in `cross_entropy`.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import js_divergence
    >>> y_true = Ratings.from_wide([["sad", "angry"]])
    >>> js_divergence(y_true, [[0.5, 0.5]], classes=["angry", "sad"])
    0.0
    """
    ratings = check_ratings(y_true)
    classes = check_columns(ratings, classes)
    pair, weights = pair_distributions(ratings, y_proba, classes, sample_weight)
    if pair is None:
        return np.nan
    rated, predicted = pair
    return average_js_divergence(rated, predicted, weights)
