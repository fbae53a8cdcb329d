"""Classify utterances segment by segment, with any classifier of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._bases import check_is_classifier
from sklearn_ser.classifiers._missing_frames import (
    average_targets,
    fill_with_prior,
    has_frames,
    require_frames,
    validate_frames,
)
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._profiles import average_segments
from sklearn_ser.classifiers._routing import combine_weights, make_router, route_weights
from sklearn_ser.classifiers._sample_weight import find_usable, take_ratings
from sklearn_ser.classifiers._soft_fit import fit_soft
from sklearn_ser.classifiers._targets import choose_encoder, fit_targets
from sklearn_ser.features._pooling import check_statistics, compute_statistics
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._segments import as_segments
from sklearn_ser.splits._cross_fitting import align_columns
from sklearn_ser.targets import has_target
from sklearn_ser.utils._params import HasMethods
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._saving import Estimator

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter


class SegmentClassifier(MetaEstimatorMixin, ProbabilityMixin, Estimator):
    """Classify utterances segment by segment with any classifier of scikit-learn.

    Each segment becomes a vector of statistics over its frames. The classifier learns the target
    of its utterance, or a target of its own (``segment_targets`` of `fit`). Targets that are
    shares of several classes are learned as in `RatingsClassifier`. The prediction for an
    utterance is the mean over its segments. The probabilities of its segments, in order, are its
    emotion profile [1]_: see `predict_profile`, and `ProfileRefineryClassifier`, which refines
    profiles.

    Parameters
    ----------
    estimator : classifier
        It needs ``predict_proba``. Unless each target is one class, its ``fit`` must take
        ``sample_weight``, and must not split samples; see `RatingsClassifier`.
    statistics : sequence of str, default=("mean", "std")
        See `SequenceStatistics`.
    target_encoder : target encoder, default=None
        Makes targets from the ratings. If None, `HardTargetEncoder` if every utterance has at most
        one rating, otherwise `SoftTargetEncoder`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    estimator_ : classifier
        The fitted clone.
    n_features_in_ : int
        Number of features per frame.
    segment_length_ : int
        In frames.
    target_encoder_ : target encoder
        Fitted.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for a sample without frames.

    See Also
    --------
    SegmentVGGClassifier : Classifies segments with a convolutional network.
    sklearn_ser.features.FrameSegmenter : Cuts frames of any kind into segments.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import ProfileRefineryClassifier, SegmentClassifier
    >>> from sklearn_ser.features import FrameSegmenter
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(sad, 1, size=(10, 2)) for sad in [1, 0] * 10]
    >>> y = ["sad", "angry"] * 10
    >>> segments = FrameSegmenter(segment_length=4, segment_step=2).fit_transform(X)
    >>> model = SegmentClassifier(LogisticRegression()).fit(segments, y)
    >>> model.predict_profile(segments)[0].shape, model.predict_proba(segments).shape
    ((4, 2), (20, 2))
    >>> refinery = ProfileRefineryClassifier(SegmentClassifier(LogisticRegression()), cv=2)
    >>> model = make_pipeline(FrameSegmenter(4, 2), refinery).fit(X, y)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "statistics": ["array-like"],
        "target_encoder": [HasMethods(["fit", "transform"]), None],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        statistics: Sequence[str] = ("mean", "std"),
        target_encoder: BaseEstimator | None = None,
    ) -> None:
        self.estimator = estimator
        self.statistics = statistics
        self.target_encoder = target_encoder

    def fit(
        self,
        X: SequencesLike,
        y: RatingsLike,
        sample_weight: ArrayLike | None = None,
        segment_targets: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Train the classifier.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Utterances for which the target encoder has no target are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Weight of all segments of each utterance, 0 or more. Utterances of weight 0 are left
            out.
        segment_targets : array-like of shape (n_segments_total, n_classes), default=None
            Targets of the segments, each of which adds up to 1, instead of those of their
            utterances; classes in sorted order. Targets in utterances that are left out are
            ignored.
        **params : dict
            Other weights, under the names that the estimator requests them by, if scikit-learn's
            metadata routing is enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a statistic is unknown, no
            utterance has a target, all targets are one class, `segment_targets` does not fit the
            segments, or the estimator cannot learn distributions; also any error of the estimator.
        TypeError
            If the estimator is a regressor, or weights are given and it does not accept them.
        """
        self._validate_params()
        check_statistics(self.statistics)
        check_is_classifier(self.estimator)
        segments = self._validate(X, reset=True)
        ratings = check_ratings(y)
        check_samples(X, ratings)
        n_samples, parts = len(ratings), {"estimator": self.estimator}
        routed = route_weights(self, parts, sample_weight, params, n_samples)
        weights = combine_weights(routed["estimator"], n_samples)
        usable = find_usable(has_frames(segments), weights)
        own = take_ratings(y, ratings, usable)
        encoder = choose_encoder(self.target_encoder, own)
        self.target_encoder_, self.classes_, targets = fit_targets(encoder, own)
        self.prior_ = average_targets(targets, weights[usable])
        rows, targets = usable[has_target(targets)], targets[has_target(targets)]
        X = segments if len(rows) == n_samples else segments[rows]
        if segment_targets is None:
            of_segments = np.repeat(targets, X.n_segments, axis=0)
        else:
            of_segments = self._check_segment_targets(segment_targets, segments)[rows].values
        self.estimator_ = fit_soft(
            self.estimator,
            self._compute_table(X),
            of_segments,
            self.classes_,
            np.repeat(weights[rows], X.n_segments),
        )
        return self

    def _check_segment_targets(self, segment_targets, X):
        targets = np.asarray(segment_targets, dtype=np.float64)
        wanted = (int(X.segment_offsets[-1]), len(self.classes_))
        if targets.shape != wanted:
            raise ValueError(
                f"segment_targets must have shape {wanted}, one row per segment and one column "
                f"per class, got {targets.shape}."
            )
        return Ragged(targets, X.segment_offsets)

    def _validate(self, X, *, reset):
        X = as_segments(validate_frames(self, X, reset=reset))
        if reset:
            self.segment_length_ = X.segment_length
        elif X.segment_length != self.segment_length_ and len(X.values):
            raise ValueError(
                f"segments must have {self.segment_length_} frames, as in fit, got "
                f"{X.segment_length}."
            )
        return X

    def _compute_table(self, X):
        """Return the statistics of all segments, one row per segment.

        Segments overlap, so frames are copied: those of one utterance at a time.
        """
        names, length = check_statistics(self.statistics), X.segment_length
        found = []
        for i, n_segments in enumerate(X.n_segments):
            frames = X.segments(i).reshape(-1, X.n_features)
            offsets = length * np.arange(n_segments + 1)
            found.append(compute_statistics(frames, offsets, names))
        return np.concatenate(found)

    def predict_profile(self, X: SequencesLike) -> list[NDArray]:
        """Return the probability of each class in each segment: the emotion profile.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples

        Returns
        -------
        list of ndarray of float64 of shape (n_segments_i, n_classes)
            Columns as in ``classes_``.

        Raises
        ------
        ValueError
            If X is invalid, or utterances have no frames.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        require_frames(X)
        return list(self._compute_profiles(X))

    def _compute_profiles(self, X):
        """Return the profiles of all validated utterances in one container."""
        proba = self.estimator_.predict_proba(self._compute_table(X))
        # The classifier does not know classes that have no share of any segment.
        proba = align_columns(proba, self.estimator_.classes_, self.classes_)
        return Ragged(proba, X.segment_offsets)

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the mean of the profile of each utterance.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``; ``prior_`` for utterances without frames.

        Raises
        ------
        ValueError
            If X is invalid.

        Warns
        -----
        UserWarning
            If utterances have no frames; they are listed.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        return fill_with_prior(X, self.prior_, self._average_profiles)

    def _average_profiles(self, X):
        return average_segments(self._compute_profiles(X))

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata such as ``sample_weight`` are routed to the estimator.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return make_router(self, {"estimator": self.estimator})
