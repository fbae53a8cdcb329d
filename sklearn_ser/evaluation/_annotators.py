"""Compare annotators' answers in a fold with the answers that a model expected of them."""

import numpy as np
import pandas as pd

from sklearn_ser.metrics._answers import (
    AnnotatorPredictions,
    measure_hits,
    measure_log_likelihood,
    pair_answers,
)
from sklearn_ser.utils._pipelines import find_inner

SCORES = {
    "annotator_accuracy": measure_hits,
    "annotator_log_likelihood": measure_log_likelihood,
}
COUNT = "n_answers"


def score_answers(estimator, X, ratings):
    """Return the scores of the annotators' answers to each sample.

    They are kept by sample, because any sum of them is a score of a group or of all folds.

    Parameters
    ----------
    estimator : fitted classifier
    X : any container that the estimator accepts, of length n_samples
    ratings : Ratings of length n_samples

    Returns
    -------
    dict of str to ndarray of shape (n_samples,)
        ``n_answers``, the number of annotators known to the estimator who gave the sample a target
        class, and means over their answers, NaN if there is none. Empty if the estimator does not
        predict annotators.
    """
    _, inner = find_inner(estimator, "predict_annotators")
    if not hasattr(inner, "predict_annotators"):
        return {}
    expected = AnnotatorPredictions(estimator, X)
    answers = pair_answers(ratings, expected, expected.annotators, expected.classes)
    count = np.bincount(answers.sample, minlength=len(ratings))
    columns = {COUNT: count}
    for name, measure in SCORES.items():
        total = np.bincount(answers.sample, measure(answers), minlength=len(ratings))
        columns[name] = total / np.where(count > 0, count, np.nan)
    return columns


def average_answers(predictions):
    """Return the mean scores of all answers to some samples.

    Parameters
    ----------
    predictions : DataFrame
        See `Evaluation`.

    Returns
    -------
    dict of str to float
        NaN without any answer. Empty if no estimator of the evaluation predicts annotators.
    """
    if COUNT not in predictions:
        return {}
    count = predictions[COUNT].fillna(0)
    total = count.sum() or np.nan
    return {name: float((predictions[name] * count).sum() / total) for name in SCORES}


def name_scores(table):
    """Return the names of those columns of a table that are scores of annotators."""
    return pd.Index(SCORES).intersection(table.columns, sort=False).tolist()
