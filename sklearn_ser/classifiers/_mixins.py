"""Code that several classifiers share: scores, labels, a wrapped estimator."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, clone

from sklearn_ser.metrics import weighted_accuracy
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._arrays import check_finite

TINY = 1e-7  # lower bound of probabilities before taking the logarithm


class RatingsScoreMixin(ClassifierMixin):
    """Mixin for classifiers that are scored against ratings."""

    def score(self, X: Any, y: RatingsLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the weighted accuracy (WA): the share of correct predictions.

        Parameters
        ----------
        X : any form that `fit` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Predictions are compared with their consensus; samples without one are left out.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, finite and 0 or more.

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        ValueError
            If X or y is invalid, they differ in length, or y has labels of another kind than the
            predictions (see `sklearn_ser.metrics.weighted_accuracy`).
        """
        ratings = check_ratings(y)
        check_samples(X, ratings)
        return weighted_accuracy(ratings, self.predict(X), sample_weight=sample_weight)


class ProbabilityMixin(RatingsScoreMixin):
    """Mixin for classifiers that derive labels from ``predict_proba``."""

    def predict(self, X: Any) -> NDArray:
        """Return the most likely class of each sample.

        Parameters
        ----------
        X : any form that `fit` accepts, of length n_samples

        Returns
        -------
        ndarray of shape (n_samples,)

        Raises
        ------
        ValueError
            If X is invalid, or a probability is not a number.
        """
        proba = self.predict_proba(X)
        check_finite(proba, "predict_proba")
        return self.classes_[proba.argmax(axis=1)]


def fit_wrapped(wrapper, X, y, **params):
    """Fit a clone of a wrapper's ``estimator``, and copy its attributes on classes and features.

    Parameters
    ----------
    wrapper : estimator
    X, y, **params
        Passed to the estimator's ``fit``.

    Returns
    -------
    estimator
        The wrapper, with ``estimator_`` and ``classes_``.
    """
    wrapper.estimator_ = clone(wrapper.estimator).fit(X, y, **params)
    wrapper.classes_ = wrapper.estimator_.classes_
    copy_feature_attributes(wrapper, wrapper.estimator_)
    return wrapper


def copy_feature_attributes(estimator, fitted):
    """Copy ``n_features_in_`` and ``feature_names_in_`` from a fitted part, or delete them."""
    for name in ("n_features_in_", "feature_names_in_"):
        vars(estimator).pop(name, None)
        if hasattr(fitted, name):
            setattr(estimator, name, getattr(fitted, name))
