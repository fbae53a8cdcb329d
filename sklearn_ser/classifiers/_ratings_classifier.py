"""Train any classifier on every rating."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from sklearn_ser.classifiers._bases import check_is_classifier, check_takes_frames
from sklearn_ser.classifiers._missing_frames import average_targets, has_frames
from sklearn_ser.classifiers._mixins import copy_feature_attributes
from sklearn_ser.classifiers._routing import combine_weights, route_weights
from sklearn_ser.classifiers._sample_weight import find_usable, take_ratings, take_samples
from sklearn_ser.classifiers._soft_fit import fit_soft
from sklearn_ser.classifiers._targets import fit_targets
from sklearn_ser.classifiers._wrapped import WrappedClassifier
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.targets import SoftTargetEncoder, has_target
from sklearn_ser.utils._params import HasMethods


class RatingsClassifier(WrappedClassifier):
    r"""Train any scikit-learn classifier on every rating, as soft targets.

    A sample that two raters call sad and one calls angry is learned twice: as sad with weight 2/3,
    and as angry with weight 1/3. For a classifier that minimises a weighted sum of log losses,
    such as logistic regression or gradient boosting, this is exactly the cross-entropy with the
    distribution of the ratings, as networks learn it.

    Parameters
    ----------
    estimator : classifier
        Its ``fit`` must take ``sample_weight``. In a ``Pipeline``, this holds for the last step:
        the transformers before it are fitted on each sample once. Its ``class_weight`` is applied
        to the mass of the targets. Classifiers that split samples inside of ``fit``, to stop early
        or to search for parameters, are refused, since copies of a sample would be on both sides.
    target_encoder : target encoder, default=None
        Makes targets from the ratings; None means ``SoftTargetEncoder(alpha=0)``, the plain shares
        of the ratings. With `HardTargetEncoder`, the classifier learns the consensus alone, as
        `ConsensusClassifier` does.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes that some target has a share of, sorted.
    estimator_ : classifier
        The fitted clone.
    target_encoder_ : target encoder
        Fitted.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for samples without frames.
    n_features_in_ : int
        If the estimator has it.

    See Also
    --------
    ConsensusClassifier : Any classifier, also without ``sample_weight``, on the consensus.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_ser import Ratings, RatingsClassifier
    >>> X = [[0.0], [1.0], [0.1], [0.5]]
    >>> y = Ratings.from_wide([["sad"] * 2, ["angry"] * 2, ["sad"] * 2, ["sad", "angry"]])
    >>> model = RatingsClassifier(LogisticRegression(C=100)).fit(X, y)
    >>> model.predict_proba([[0.0], [0.5], [1.0]]).round(1)
    array([[0. , 1. ],
           [0.5, 0.5],
           [1. , 0. ]])
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "target_encoder": [HasMethods(["fit", "transform"]), None],
    }

    def __init__(
        self, estimator: BaseEstimator, target_encoder: BaseEstimator | None = None
    ) -> None:
        self.estimator = estimator
        self.target_encoder = target_encoder

    def fit(
        self, X: Any, y: RatingsLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Train the classifier.

        Parameters
        ----------
        X : any container of length n_samples that the estimator accepts and scikit-learn can index
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Samples for which the target encoder has no target are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            0 or more. Samples of weight 0 are left out.
        **params : dict
            Other weights, under the names that the estimator requests them by, if scikit-learn's
            metadata routing is enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, no sample has a target, or the
            estimator takes no ``sample_weight`` or splits samples inside of ``fit``; also any
            error of the estimator.
        TypeError
            If X holds sequences of frames and the estimator takes tables.
        """
        self._validate_params()
        ratings = check_ratings(y)
        check_samples(X, ratings)
        check_is_classifier(self.estimator)
        check_takes_frames(self.estimator, X)
        n_samples = len(ratings)
        parts = {"estimator": self.estimator}
        routed = route_weights(self, parts, sample_weight, params, n_samples)
        weights = combine_weights(routed["estimator"], n_samples)
        usable = find_usable(has_frames(X), weights)
        own = take_ratings(y, ratings, usable)
        encoder, classes, targets = fit_targets(self._get_encoder(), own)
        rows = usable[has_target(targets)]
        targets, weights = targets[has_target(targets)], weights[rows]
        X = X if len(rows) == n_samples else take_samples(X, rows)
        self.estimator_ = fit_soft(self.estimator, X, targets, classes, weights)
        self.target_encoder_, self.classes_ = encoder, self.estimator_.classes_
        known = np.isin(classes, self.classes_)
        self.prior_ = average_targets(targets[:, known], weights)
        copy_feature_attributes(self, self.estimator_)
        return self

    def _get_encoder(self):
        return SoftTargetEncoder(alpha=0) if self.target_encoder is None else self.target_encoder
