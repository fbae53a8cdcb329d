"""Scores of some rows of the predictions of an evaluation."""

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support

from sklearn_ser.evaluation._annotators import average_answers
from sklearn_ser.metrics import unweighted_accuracy, weighted_accuracy
from sklearn_ser.metrics._all_inclusive import compute_f1_of_sets
from sklearn_ser.metrics._calibration import compute_calibration_error
from sklearn_ser.metrics._distributions import (
    average_cross_entropy,
    average_js_divergence,
    pair_distributions,
)

# Scores of probabilities, against all ratings.
PROBABILITY_SCORES = {
    "cross_entropy": average_cross_entropy,
    "js_divergence": average_js_divergence,
    "all_inclusive_f1": compute_f1_of_sets,
    "calibration_error": compute_calibration_error,
}
BY_CLASS = ("precision", "recall", "f1")
AVERAGES = ("folds", "pooled")


def name_class_scores(classes):
    """Return the names of the scores of single classes, class by class."""
    return [f"{score}_{label}" for label in classes for score in BY_CLASS]


def compute_scores(predictions, ratings):
    """Return the scores of some rows of the predictions.

    Parameters
    ----------
    predictions : DataFrame
        See `Evaluation`.
    ratings : Ratings
        Ratings of all samples.

    Returns
    -------
    dict of str to number
        A score that is undefined is NaN.
    """
    own = ratings[predictions["sample"].to_numpy()]
    return (
        _score_against_consensus(predictions, own, ratings.classes.tolist())
        | _score_against_ratings(predictions, own)
        | average_answers(predictions)
    )


def _score_against_consensus(predictions, ratings, classes):
    said = predictions["prediction"].to_numpy()
    code = {label: k for k, label in enumerate(classes)}
    true, predicted = (
        np.array([code.get(label, -1) for label in labels])
        for labels in (predictions["consensus"], said)
    )
    scored = true >= 0
    if not scored.any():
        wa = ua = np.nan
        by_class = np.full((3, len(classes)), np.nan)
    else:
        wa, ua = weighted_accuracy(ratings, said), unweighted_accuracy(ratings, said)
        by_class = precision_recall_fscore_support(
            true[scored], predicted[scored], labels=range(len(classes)), zero_division=np.nan
        )[:3]
    row = {"n": int(scored.sum()), "WA": wa, "UA": ua}
    for name, values in zip(BY_CLASS, by_class, strict=True):
        row |= {f"{name}_{c}": value for c, value in zip(classes, values, strict=True)}
    return row


def _score_against_ratings(predictions, ratings):
    columns = [name for name in predictions if name.startswith("p_")]
    proba = predictions[columns].to_numpy(float)
    counted = ratings.counts(ratings.classes).any(axis=1)
    if not columns or not counted.any() or np.isnan(proba).any():
        return dict.fromkeys(PROBABILITY_SCORES, np.nan)
    named = {f"p_{label}": label for label in ratings.classes.tolist()}
    known = [named.get(column, column) for column in columns]
    # Not by the public scores: a class that the ratings do not know has no label here.
    pair, _ = pair_distributions(ratings, proba, known, None)
    return {name: score(*pair) for name, score in PROBABILITY_SCORES.items()}


def score_by(predictions, ratings, keys):
    """Return the scores of the rows of the predictions that have the same keys.

    Parameters
    ----------
    predictions, ratings
        See `compute_scores`.
    keys : list of str
        Names of columns.

    Returns
    -------
    DataFrame
        Indexed by the keys.
    """
    parts = predictions.groupby(keys, sort=False)
    rows = {key: compute_scores(part, ratings) for key, part in parts}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(keys)


def average_scores(evaluation, average):
    """Return the scores of every estimator and seed.

    Parameters
    ----------
    evaluation : Evaluation
    average : {"pooled", "folds"}

    Returns
    -------
    DataFrame
        Indexed by estimator and seed. Where a fold leaves a score undefined, the mean is over the
        other folds.

    Raises
    ------
    ValueError
        If `average` is something else.
    """
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {list(AVERAGES)}, got {average!r}.")
    if average == "pooled":
        return evaluation.pooled
    return evaluation.by_fold.groupby(level=["estimator", "seed"], sort=False).mean()
