"""Train any classifier on the consensus of the raters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._mixins import RatingsScoreMixin, fit_wrapped
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
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
    """Train any scikit-learn classifier on the consensus of ratings.

    This is a baseline for classifiers that learn from every rating. Samples whose raters are tied,
    or whose consensus is not a target class, are left out of training.

    Parameters
    ----------
    estimator : classifier
        A clone of it is trained on labels.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    estimator_ : classifier
        The fitted clone.
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
        X : any container of length n_samples that the estimator accepts and scikit-learn can index
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X and y differ in length, or no sample has a consensus among the target classes;
            also any error of the estimator.
        """
        self._validate_params()
        ratings = check_ratings(y)
        check_samples(X, ratings)
        consensus = ratings.consensus()
        rows = np.flatnonzero(isin_labels(consensus, ratings.classes))
        if len(rows) == 0:
            raise ValueError(
                f"no sample has a consensus among the target classes {ratings.classes.tolist()}."
            )
        X = X if len(rows) == len(ratings) else _safe_indexing(X, rows)
        labels = np.array(consensus[rows].tolist())
        return fit_wrapped(self, X, labels)

    def predict(self, X: Any) -> NDArray:
        """Return the predicted label of each sample.

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
        """Return the probability of each class, if the estimator predicts it.

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

    def __sklearn_tags__(self):
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.classifier_tags = inner.classifier_tags
        return tags
