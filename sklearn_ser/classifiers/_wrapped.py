"""The base class of classifiers that train one scikit-learn classifier on ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._missing_frames import fill_with_prior
from sklearn_ser.classifiers._mixins import RatingsScoreMixin
from sklearn_ser.classifiers._routing import make_router
from sklearn_ser.utils._arrays import check_finite
from sklearn_ser.utils._saving import Estimator

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter

LARGE = 1e18  # the square root of the largest number of float32, rounded down


def _has(name):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


class WrappedClassifier(MetaEstimatorMixin, RatingsScoreMixin, Estimator):
    """Base class of classifiers that predict what their ``estimator_`` predicts.

    A subclass has a parameter ``estimator``, and sets ``estimator_``, ``classes_`` and ``prior_``
    in ``fit``.
    """

    def predict(self, X: Any) -> NDArray:
        """Return the predicted label of each sample.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of shape (n_samples,)

        Raises
        ------
        ValueError
            If values of X are so large that a probability is infinite or NaN; such samples are
            listed.
        """
        check_is_fitted(self)
        most_common = self.classes_[self.prior_.argmax()]
        predicted = fill_with_prior(X, most_common, self.estimator_.predict)
        # Of scores that are NaN, scikit-learn's classifiers predict the first class.
        if _is_extreme(X):
            if hasattr(self, "predict_proba"):
                self.predict_proba(X)
            elif hasattr(self, "decision_function"):
                check_finite(self.decision_function(X), "decision_function")
        return predicted

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray:
        """Return the probability of each class, if the estimator predicts it.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of shape (n_samples, n_classes)

        Raises
        ------
        ValueError
            If a probability is infinite or NaN; such samples are listed.
        """
        check_is_fitted(self)
        proba = fill_with_prior(X, self.prior_, self.estimator_.predict_proba)
        check_finite(proba, "predict_proba")
        return proba

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray:
        """Return the decision function of the estimator, if it has one.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata such as ``sample_weight`` are routed to the estimator.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return make_router(self, {"estimator": self.estimator})

    def __sklearn_tags__(self):
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.classifier_tags = inner.classifier_tags
        return tags


def _is_extreme(X):
    """Return whether products of values of X may exceed the largest number of float32."""
    values = getattr(X, "values", X)
    is_float = isinstance(values, np.ndarray) and values.dtype.kind == "f"
    return is_float and np.abs(values).max(initial=0) > LARGE
