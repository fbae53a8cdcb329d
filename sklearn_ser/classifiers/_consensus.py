"""Any classifier, on the labels that the raters agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_ser.classifiers._mixins import RatingsScoreMixin, copy_feature_attributes
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._params import HasMethods
from sklearn_ser.utils._saving import Estimator

if TYPE_CHECKING:
    from typing_extensions import Self


def _has(name):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


class ConsensusClassifier(MetaEstimatorMixin, RatingsScoreMixin, Estimator):
    """Train any scikit-learn classifier on ratings, by their consensus.

    The everyday classifier in the place of those that learn from every rating, to compare them
    with: samples whose raters are tied, or whose consensus is no target class, are left out.

    Parameters
    ----------
    estimator : classifier
        Takes labels. It is cloned.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    estimator_ : classifier
        Fitted.
    n_features_in_ : int
        If the estimator has it.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from sklearn_ser import ConsensusClassifier, Ratings
    >>> X = [[0.0], [1.0], [0.1], [0.4]]
    >>> y = Ratings.from_wide([["sad"] * 2, ["angry"] * 2, ["sad"] * 2, ["sad", "angry"]])
    >>> ConsensusClassifier(SVC()).fit(X, y).predict([[0.2], [0.9]])
    array(['sad', 'angry'], dtype='<U5')
    """

    _parameter_constraints: dict = {"estimator": [HasMethods(["fit", "predict"])]}

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: RatingsLike) -> Self:
        """Train the classifier.

        Parameters
        ----------
        X : whatever the estimator takes, of n_samples that scikit-learn can index
        y : Ratings or what `check_ratings` takes, of n_samples

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X and y differ in length, no sample has a consensus among the target classes, or as
            the estimator.
        """
        self._validate_params()
        ratings = check_ratings(y)
        check_consistent_length(X, ratings)
        consensus = ratings.consensus()
        rows = np.flatnonzero(isin_labels(consensus, ratings.classes))
        if len(rows) == 0:
            raise ValueError(
                f"no sample has a consensus among the target classes {ratings.classes.tolist()}."
            )
        X = X if len(rows) == len(ratings) else _safe_indexing(X, rows)
        labels = np.array(consensus[rows].tolist())
        self.estimator_ = clone(self.estimator).fit(X, labels)
        self.classes_ = self.estimator_.classes_
        copy_feature_attributes(self, self.estimator_)
        return self

    def predict(self, X: Any) -> NDArray:
        """Return the label of each sample.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray:
        """Return the probability of each class, if the estimator has it.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray:
        """Return what the estimator decides by, if it has it.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def __sklearn_tags__(self):
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.classifier_tags = inner.classifier_tags
        return tags
