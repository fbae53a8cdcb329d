"""Summaries with one row per estimator, or one row per estimator and group of samples."""

import numpy as np
import pandas as pd

from sklearn_ser.evaluation._annotators import name_scores
from sklearn_ser.evaluation._attributes import group_samples
from sklearn_ser.evaluation._bootstrap import describe_interval, resample_gap, resample_ua
from sklearn_ser.evaluation._scores import PROBABILITY_SCORES, name_class_scores, score_by
from sklearn_ser.utils._arrays import isin_labels

SCORES = ("WA", "WA_std", "UA", "UA_std", "UA_low", "UA_high")
# How a report says which scores were averaged.
AVERAGING = {
    "pooled": "Predictions of all folds are pooled; means over seeds",
    "folds": "Scores are means over folds, then over seeds",
}
GAINS = ("UA_gain", "UA_gain_low", "UA_gain_high")


def summarize(predictions, classes, scores, baseline, average, n_resamples, random_state):
    """Summarise all estimators, and compare them with a baseline.

    Parameters
    ----------
    predictions : DataFrame
        See `Evaluation`.
    classes : ndarray of labels
    scores : DataFrame
        Of each estimator and seed.
    baseline, average, n_resamples, random_state
        See `Evaluation.summary`.

    Returns
    -------
    DataFrame
        One row per estimator.
    """
    by_class = name_class_scores(classes.tolist())
    names = ["WA", "UA", *PROBABILITY_SCORES, *name_scores(scores), *by_class]
    of_seeds = scores[names].groupby(level=0, sort=False)
    table = of_seeds.mean()
    found = resample_ua(predictions, classes, baseline, average, n_resamples, random_state)
    for name in ("WA", "UA"):
        found[f"{name}_std"] = of_seeds.std()[name]
    front = [*SCORES, *GAINS]
    return table.join(found)[[*front, *(name for name in names if name not in front)]]


def summarize_groups(evaluation, by, baseline, n_resamples, random_state):
    """Summarise all estimators for each group of samples; see `Evaluation.summary`.

    Parameters
    ----------
    evaluation : Evaluation
    by : str or array-like of shape (n_samples,)
    baseline, n_resamples, random_state
        See `Evaluation.summary`.

    Returns
    -------
    DataFrame
        One row per estimator and value.
    """
    predictions, ratings = evaluation.predictions, evaluation.ratings
    name, values, codes, n_known = group_samples(
        by, evaluation.attributes, len(ratings), ratings.ids
    )
    codes = codes[predictions["sample"].to_numpy()]
    settings = (n_resamples, random_state)
    tables = {}
    for code, value in enumerate(values):
        own = codes == code
        if not own.any():
            continue  # none of these samples was tested
        part = predictions[own]
        scores = score_by(part, ratings, ["estimator", "seed"])
        table = summarize(part, ratings.classes, scores, baseline, "pooled", *settings)
        others = ~own & (codes < n_known)
        gap = resample_gap(predictions, own, others, ratings.classes, *settings)
        counts = _count(part, ratings.classes)
        front = ["n", "n_speakers", *SCORES, *gap, *GAINS]
        table = table.join(gap).assign(**counts)
        tables[value] = table[[*front, *(column for column in table if column not in front)]]
    joined = pd.concat(tables, names=[name]).swaplevel()
    # The values of the first estimator, then those of the next one.
    order = pd.Index(predictions["estimator"].unique())
    ranks = order.get_indexer(joined.index.get_level_values(0))
    return joined.iloc[np.argsort(ranks, kind="stable")]


def _count(predictions, classes):
    """Count the scored samples, their speakers, and the samples of each class."""
    samples = predictions.drop_duplicates("sample")
    samples = samples[isin_labels(samples["consensus"], classes)]
    counts = {"n": len(samples), "n_speakers": samples["speaker"].nunique()}
    by_class = {f"n_{c}": (samples["consensus"] == c).sum() for c in classes.tolist()}
    return counts | by_class


def write_summary(evaluation, baseline, average):
    """Return a summary as text; see `Evaluation.report`."""
    predictions, ratings = evaluation.predictions, evaluation.ratings
    classes = ratings.classes.tolist()
    answers = "; annotators against their own answers (log-likelihood in nat)"
    about_answers = answers if name_scores(evaluation.pooled) else ""
    tested = predictions.drop_duplicates("sample")
    n_scored = isin_labels(tested["consensus"], ratings.classes).sum()
    summary = evaluation.summary(baseline, average=average)
    shown = summary.drop(columns=name_class_scores(classes))
    return (
        f"{evaluation.description}. Classes: {', '.join(map(str, classes))}. "
        "WA and UA against the consensus, which "
        f"{n_scored} of {len(tested)} tested samples have; cross-entropy (nat), "
        f"JS (bit), all-inclusive F1 and calibration error against all ratings{about_answers}. "
        f"{AVERAGING[average]}; UA and UA_gain: {describe_interval(predictions, average)}.\n"
        f"{shown.to_string(float_format='{:.3f}'.format, na_rep='')}"
    )
