"""Train any classifier on the consensus of the raters."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from sklearn_ser.classifiers._bases import check_is_classifier, check_takes_frames
from sklearn_ser.classifiers._missing_frames import average_targets, has_frames
from sklearn_ser.classifiers._mixins import fit_wrapped
from sklearn_ser.classifiers._routing import (
    combine_weights,
    route_weights,
    take_params,
)
from sklearn_ser.classifiers._sample_weight import take_samples
from sklearn_ser.classifiers._wrapped import WrappedClassifier
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._params import HasMethods


class ConsensusClassifier(WrappedClassifier):
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
        check_is_classifier(self.estimator)
        check_takes_frames(self.estimator, X)
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
        X = X if len(rows) == len(ratings) else take_samples(X, rows)
        labels = np.array(consensus[rows].tolist())
        fit_wrapped(self, X, labels, **take_params(params, rows, n_samples))
        self.prior_ = average_targets(labels[:, None] == self.classes_, weights[rows])
        return self
