"""Checks of the estimators that a classifier is built on."""

from sklearn.base import is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from sklearn_ser.classifiers._views import find_encoder_parameter
from sklearn_ser.speech._check import is_table


def check_is_classifier(estimator):
    """Raise a TypeError if an estimator is a regressor."""
    if is_regressor(estimator):
        raise TypeError(f"estimator must be a classifier, got {estimator}.")


def check_takes_frames(estimator, X):
    """Raise an error if X holds sequences of frames, and an estimator takes only tables.

    Parameters
    ----------
    estimator : estimator
    X : container of samples

    Raises
    ------
    TypeError
    """
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else estimator
    if _is_of_tables(first) and not is_table(X):
        raise TypeError(
            f"{type(first).__name__} takes a table, but X holds sequences of frames. The "
            "estimator must be a network, such as AttentionBLSTMClassifier, or a pipeline that "
            f"makes a table first: make_pipeline(SequenceStatistics(), {first})."
        )


def check_learns_ratings(estimator, owner):
    """Raise an error if an estimator learns labels, where its owner passes ratings to it.

    Parameters
    ----------
    estimator : estimator
    owner : estimator

    Raises
    ------
    TypeError
    """
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if _is_of_tables(last) and find_encoder_parameter(last) is None:
        raise TypeError(
            f"{type(owner).__name__} trains its estimators on ratings, and {type(last).__name__} "
            f"takes labels: ConsensusClassifier({last}) learns the labels that raters agree on."
        )


def _is_of_tables(estimator):
    """Return whether an estimator is scikit-learn's own, and has no other inside."""
    if not type(estimator).__module__.startswith("sklearn."):
        return False
    inner = [value for value in estimator.get_params().values() if hasattr(value, "get_params")]
    return not inner and not get_tags(estimator).no_validation
