"""Code that several classifiers share: scores, labels, a wrapped estimator."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, clone

from sklearn_ser.metrics import weighted_accuracy
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples


class RatingsScoreMixin(ClassifierMixin):
    """Mixin for classifiers that are scored against ratings."""

    def score(self, X: Any, y: RatingsLike) -> float:
        """Return the weighted accuracy (WA): the share of correct predictions.

        Parameters
        ----------
        X : any form that `fit` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Predictions are compared with their consensus; samples without one are left out.

        Returns
        -------
        float
            In [0, 1].
        """
        ratings = check_ratings(y)
        check_samples(X, ratings)
        return weighted_accuracy(ratings, self.predict(X))


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
        """
        most_likely = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most_likely]


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
