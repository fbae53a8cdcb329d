"""Scores that compare what annotators are expected to answer with their own answers."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_ser.metrics._answers import (
    measure_hits,
    measure_log_likelihood,
    pair_answers,
    take_answers,
)
from sklearn_ser.metrics._kept import warn_undefined
from sklearn_ser.metrics._labels import check_columns
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.utils._kinds import list_names, show_labels
from sklearn_ser.utils._weights import check_weights

AVERAGES = ("micro", "macro", None)


def annotator_accuracy(
    y_true: RatingsLike,
    y_annotators: ArrayLike,
    *,
    annotators: ArrayLike,
    classes: ArrayLike,
    average: Literal["micro", "macro"] | None = "micro",
    sample_weight: ArrayLike | None = None,
) -> float | NDArray:
    """Return how often annotators give the class that is expected of each of them.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        The annotators' own answers. Labels that are not target classes are left out. If an
        annotator gave a sample m target classes, each counts 1/m. Raters who are not among
        `annotators`, and anonymous ones, are left out.
    y_annotators : array-like of shape (n_samples, n_annotators, n_classes)
        The probability that each annotator gives each class, as ``predict_annotators`` returns it.
        The most probable class is what is expected.
    annotators : array-like of shape (n_annotators,)
        Whose answers are predicted, such as ``annotators_`` of the classifier.
    classes : array-like of shape (n_classes,)
        Labels of the last axis. Target classes that are not among them have probability 0.
    average : {"micro", "macro"} or None, default="micro"
        "micro" counts every answer once, so that annotators who rated more count more. "macro" is
        the mean over the annotators who rated any sample. With None, the score of each annotator
        is returned.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, finite and 0 or more. A sample of weight 0 counts as if it were absent, and one of
        weight 2 as if it were there twice.

    Returns
    -------
    float, or ndarray of float64 of shape (n_annotators,) if `average` is None
        In [0, 1]. NaN for annotators without any answer; if there is no answer at all, also with
        an `UndefinedMetricWarning`.

    Raises
    ------
    ValueError
        If `average` is unknown, annotators repeat, y_annotators have the wrong shape, or they are
        negative or not finite where an annotator rated a sample; also as in `cross_entropy`.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import annotator_accuracy
    >>> y_true = Ratings.from_wide([["sad", "angry"], ["sad", None]], annotators=["E1", "E2"])
    >>> y_annotators = [[[0.2, 0.8], [0.4, 0.6]], [[0.1, 0.9], [0.5, 0.5]]]
    >>> names = {"annotators": ["E1", "E2"], "classes": ["angry", "sad"]}
    >>> round(annotator_accuracy(y_true, y_annotators, **names), 3)
    0.667
    >>> annotator_accuracy(y_true, y_annotators, **names, average=None).tolist()
    [1.0, 0.0]
    """
    given = (y_true, y_annotators, annotators, classes)
    return _average_answers(measure_hits, *given, average, sample_weight)


def annotator_log_likelihood(
    y_true: RatingsLike,
    y_annotators: ArrayLike,
    *,
    annotators: ArrayLike,
    classes: ArrayLike,
    average: Literal["micro", "macro"] | None = "micro",
    sample_weight: ArrayLike | None = None,
) -> float | NDArray:
    """Return the mean log-probability of what annotators answered.

    Parameters
    ----------
    y_true, y_annotators, annotators, classes, average, sample_weight
        As in `annotator_accuracy`.

    Returns
    -------
    float, or ndarray of float64 of shape (n_annotators,) if `average` is None
        In nats, 0 or less, greater is better; probabilities below 1e-7 count as 1e-7. NaN for
        annotators without any answer; if there is no answer at all, also with an
        `UndefinedMetricWarning`.

    Raises
    ------
    ValueError
        As in `annotator_accuracy`.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import annotator_log_likelihood
    >>> y_true = Ratings.from_wide([["sad", "angry"]], annotators=["E1", "E2"])
    >>> y_annotators = [[[0.5, 0.5], [0.5, 0.5]]]
    >>> names = {"annotators": ["E1", "E2"], "classes": ["angry", "sad"]}
    >>> round(annotator_log_likelihood(y_true, y_annotators, **names), 3)
    -0.693
    """
    given = (y_true, y_annotators, annotators, classes)
    return _average_answers(measure_log_likelihood, *given, average, sample_weight)


def _average_answers(measure, y_true, y_annotators, annotators, classes, average, sample_weight):
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {AVERAGES}, got {average!r}.")
    ratings = check_ratings(y_true)
    classes, annotators = check_columns(ratings, classes), _check_annotators(annotators)
    answers = pair_answers(ratings, y_annotators, annotators, classes)
    weights = check_weights(sample_weight, len(ratings))
    each = (np.ones(len(ratings)) if weights is None else weights)[answers.sample]
    answers, each = take_answers(answers, each > 0), each[each > 0]
    if len(each) == 0:
        warn_undefined(
            "no sample has a rating for a target class by one of the annotators "
            f"({show_labels(annotators) or 'none are given'})",
            weights,
        )
        return np.full(len(annotators), np.nan) if average is None else np.nan
    values = measure(answers)
    if average == "micro":
        return float(np.average(values, weights=each))
    total, weight = (
        np.bincount(answers.annotator, parts, minlength=len(annotators))
        for parts in (each * values, each)
    )
    scores = total / np.where(weight > 0, weight, np.nan)
    return scores if average is None else float(np.nanmean(scores))


def _check_annotators(annotators):
    names = list_names(annotators)
    repeated = [name for name, n_times in Counter(names).items() if n_times > 1]
    if repeated:
        raise ValueError(
            f"annotators must be different names; repeated are {show_labels(repeated)}."
        )
    return names
