"""Train any classifier on the consensus of the raters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, is_regressor
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._bases import check_takes_frames
from sklearn_ser.classifiers._missing_frames import average_targets, fill_with_prior, has_frames
from sklearn_ser.classifiers._mixins import RatingsScoreMixin, fit_wrapped
from sklearn_ser.classifiers._routing import (
    combine_weights,
    make_router,
    route_weights,
    take_params,
)
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._params import HasMethods
from sklearn_ser.utils._saving import Estimator

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter
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

    So are samples without frames: empty `Sequences`, or rows of NaN, as `SequenceStatistics` makes
    of them. Their prediction is how common each class was in training, with a warning.

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
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted share of each class: the prediction for samples without frames.
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

    def fit(
        self, X: Any, y: RatingsLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Train the classifier.

        Parameters
        ----------
        X : any container of length n_samples that the estimator accepts and scikit-learn can index
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Weights for the estimator, 0 or more. Samples of weight 0 are left out.
        **params : dict
            Other metadata to route to the estimator, if scikit-learn's metadata routing is
            enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, or no sample has a consensus
            among the target classes; also any error of the estimator.
        TypeError
            If weights are given and the estimator does not accept them, X holds sequences of
            frames and the estimator takes tables, or it is no classifier.
        """
        self._validate_params()
        ratings = check_ratings(y)
        check_samples(X, ratings)
        check_takes_frames(self.estimator, X)
        if is_regressor(self.estimator):
            raise TypeError(f"estimator must be a classifier, got {self.estimator}.")
        parts, n_samples = {"estimator": self.estimator}, len(ratings)
        params = route_weights(self, parts, sample_weight, params, n_samples)["estimator"]
        weights = combine_weights(params, n_samples)
        consensus = ratings.consensus()
        known = isin_labels(consensus, ratings.classes)
        rows = np.flatnonzero(known & has_frames(X) & (weights > 0))
        if len(rows) == 0:
            raise ValueError(
                "no sample has a consensus among the target classes "
                f"{list_values(ratings.classes)}"
                + (", frames and a weight above 0." if known.any() else ".")
            )
        X = X if len(rows) == len(ratings) else _safe_indexing(X, rows)
        labels = np.array(consensus[rows].tolist())
        fit_wrapped(self, X, labels, **take_params(params, rows, n_samples))
        self.prior_ = average_targets(labels[:, None] == self.classes_, weights[rows])
        return self

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
        most_common = self.classes_[self.prior_.argmax()]
        return fill_with_prior(X, most_common, self.estimator_.predict)

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
        return fill_with_prior(X, self.prior_, self.estimator_.predict_proba)

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
