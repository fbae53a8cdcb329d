"""What classifiers here do with labels and probabilities."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)

from sklearn_ser.metrics import weighted_accuracy
from sklearn_ser.ratings import RatingsLike


class RatingsClassifier(ClassifierMixin):
    """A classifier that is scored against ratings."""

    def score(self, X: Any, y: RatingsLike) -> float:
        """Return the weighted accuracy (WA): the share of right predictions.

        Parameters
        ----------
        X : what `fit` takes, of n_samples
        y : Ratings or what `check_ratings` takes, of n_samples
            Compared by their consensus; samples without one are left out.

        Returns
        -------
        float
        """
        return weighted_accuracy(y, self.predict(X))


class MostLikelyClassifier(RatingsClassifier):
    """A classifier whose labels follow from ``predict_proba``."""

    def predict(self, X: Any) -> NDArray:
        """Return the most likely class.

        Parameters
        ----------
        X : what `fit` takes, of n_samples

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        most_likely = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most_likely]


class ProbabilityClassifier(
    ClassNamePrefixFeaturesOutMixin, MostLikelyClassifier, TransformerMixin, BaseEstimator
):
    """The same, and a transformer."""


def take_features(estimator, fitted):
    """Say of the features of X what a fitted part says, if it says anything."""
    for name in ("n_features_in_", "feature_names_in_"):
        if hasattr(fitted, name):
            setattr(estimator, name, getattr(fitted, name))
