"""The result of an evaluation in plain words."""

import numpy as np
import pandas as pd

from sklearn_ser.evaluation._bootstrap import choose_unit, resample_wa
from sklearn_ser.utils._arrays import isin_labels


def describe_result(evaluation, name, *, is_new=False):
    """Say how often an estimator is right, and what guessing would be worth.

    A second sentence warns of probabilities that are worse than those of an estimator of the same
    evaluation that only guesses.

    Parameters
    ----------
    evaluation : Evaluation
    name : str
        The estimator.
    is_new : bool, default=False
        Whether the samples are of a corpus of their own, rather than held out of one.

    Returns
    -------
    str
        "" if no sample has a consensus among the classes.
    """
    predictions, classes = evaluation.predictions, evaluation.ratings.classes
    own = predictions[predictions["estimator"] == name]
    scored = own[isin_labels(own["consensus"], classes)]
    if len(scored) == 0:
        return ""
    n_scored = scored["sample"].nunique()
    share, low, high = resample_wa(own, classes)
    shares = scored["consensus"].value_counts(normalize=True)
    interval = ""
    if not np.isnan(low):
        interval = (
            f" (95 % interval over {choose_unit(own)}s: {_percent(low)} to {_percent(high)})"
        )
    return (
        f"The model is right for {_percent(share)} of the {n_scored} recordings that have a "
        f"consensus label{_say_whose(evaluation, own, is_new)}{interval}; always saying "
        f"'{shares.index[0]}' would be right for {_percent(shares.iloc[0])}."
        f"{_warn_of_probabilities(evaluation, name)}"
    )


def _say_whose(evaluation, own, is_new):
    if evaluation.shared_speakers:
        return ", but it may have heard their speakers before, so that this is too good"
    if is_new or pd.isna(own["speaker"]).any():
        return ""
    return ", of speakers whom it has not heard"


def _warn_of_probabilities(evaluation, name):
    """Say if the probabilities are worse than those of an estimator that only guesses."""
    guesses = [guess for guess in find_guesses(evaluation.predictions) if guess != name]
    if not guesses:
        return ""
    losses = evaluation.pooled["cross_entropy"].groupby(level="estimator").mean()
    best = losses[guesses].min()
    # A model without probabilities has no loss.
    if not losses[name] > best:
        return ""
    return (
        " Its probabilities fit the answers worse than the shares of the labels in training would "
        f"(cross-entropy {losses[name]:.3f} against {best:.3f} nat; less is better), so use its "
        "labels rather than how sure it is."
    )


def find_guesses(predictions):
    """Return the estimators that give all samples of a fit the same probabilities."""
    columns = [column for column in predictions if column.startswith("p_")]
    if not columns:
        return []
    known = predictions.dropna(subset=columns)
    distinct = known.groupby(["estimator", "seed", "fold"], sort=False)[columns].nunique()
    most = distinct.max(axis=1).groupby(level="estimator", sort=False).max()
    return most[most == 1].index.tolist()


def _percent(share):
    return f"{100 * share:.0f} %"
