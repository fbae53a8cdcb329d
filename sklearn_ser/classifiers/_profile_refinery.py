"""Emotion profiles, refined stage by stage."""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, recall_score
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._missing_frames import (
    average_targets,
    fill_with_prior,
    has_frames,
    require_frames,
)
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._profiles import (
    REFINEMENTS,
    STATISTICS,
    average_segments,
    compute_statistics,
    concatenate_profiles,
)
from sklearn_ser.classifiers._refinery_chain import train_chain
from sklearn_ser.classifiers._routing import (
    make_router,
    request_weights,
    route_weights,
    take_params,
)
from sklearn_ser.classifiers._sample_weight import check_sample_weight, find_usable, take_ratings
from sklearn_ser.classifiers._segment_vgg import SegmentVGGClassifier
from sklearn_ser.classifiers._targets import clone_with_encoder, fit_targets
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike, validate_sequences
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._segments import as_segments
from sklearn_ser.splits._cross_fitting import (
    align_columns,
    split_for_cross_fitting,
    take_splits,
)
from sklearn_ser.targets import has_target
from sklearn_ser.utils._parallel import run_parallel
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator, PathsAsTextMixin
from sklearn_ser.utils._typing import CrossValidation, Memory, RandomState

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter


class ProfileRefineryClassifier(
    PathsAsTextMixin,
    ClassNamePrefixFeaturesOutMixin,
    ProbabilityMixin,
    TransformerMixin,
    Estimator,
):
    """Refine the emotion profile of utterances stage by stage, and classify by its statistics.

    An emotion profile is the probability of each class in each segment of an utterance. The first
    network learns the label of the utterance for all of its segments. Each later network is
    trained from new weights on labels refined by the previous network [1]_. A random forest
    classifies utterances by statistics of their profiles.

    In the published procedure, the networks that make profiles for training the forest were
    trained on the labels of its test utterances. Here, everything is inside ``fit``: the forest
    learns from profiles by networks that were trained neither on the utterance nor, if speakers
    are known, on its speaker. For the published figures see
    `sklearn_ser.evaluation.evaluate_paper_protocol` and `sklearn_ser.recipes.mao2020`.

    The rows of their tables correspond to settings: ``n_stages=1`` is VGG;
    ``refinement="standard"`` with 2 and 3 stages is Table 2; "static", "hard" and "standard" with
    2 stages are Table 3; "pseudo" with 2 to 5 stages is Table 4.

    Parameters
    ----------
    estimator : estimator, default=None
        Every network is a clone of it. It needs ``fit(X, y, segment_targets=...)`` and
        ``predict_profile``. If None, ``SegmentVGGClassifier()``.
    refinement : {"standard", "pseudo", "hard", "static"}, default="pseudo"
        The target of a segment in a later stage: the probabilities predicted by the previous stage
        ("standard", sEPR in [1]_); the mean of these and the first target ("pseudo", pEPR); the
        most likely class ("hard"); or the mean over the segments of the utterance ("static").
    n_stages : int, default=2
        Number of networks in a chain, 1 or more.
    target_encoder : encoder, default=None
        Makes the targets of the first stage. If None, the encoder of `estimator`; if that is None,
        too, ``HardTargetEncoder()``, the consensus, as in the paper.
    stage_labels : {"in-sample", "out-of-fold"}, default="in-sample"
        Whether labels are refined by the network that learned them, as the text of [1]_ suggests,
        or by networks that were not trained on the utterance, at `cv` times the cost.
    statistics : sequence of {"max", "min", "mean", "share"}, \
            default=("max", "min", "mean", "share")
        Statistics over segments, for each class; "share" is the share of segments with a
        probability above `threshold`.
    threshold : float, default=0.2
        At least 0 and less than 1.
    cv : int or splitter, default=5
        Splits for making the profiles that the final estimator learns from. An integer is the
        number of folds. If speakers are known, folds are of whole speakers, and there are no more
        folds than speakers. Segments of an utterance always stay together.
    refit : bool, default=True
        Whether to train one more chain on all utterances, for prediction. Otherwise, predictions
        are means over the chains of all folds.
    final_estimator : classifier, default=None
        Classifies utterances by the statistics. If None, ``RandomForestClassifier()``.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache itself, that keeps every trained network: a fit that was
        killed resumes where it stopped, and fits with the same stages share them. It needs an
        integer `random_state`.
    n_jobs : int or None, default=None
        Number of chains that are trained in parallel, in no more processes than there are cores.
    random_state : int, RandomState instance or None, default=None

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    profiles_ : list of list of ndarray of shape (n_segments_i, n_classes)
        Out-of-fold profiles, by stage and training utterance; None for utterances that were left
        out.
    stage_scores_ : dict of ndarray of shape (n_stages,)
        "WA" and "UA" of each stage, where the prediction is the most likely class of the mean
        out-of-fold profile, and the truth is the initial target.
    stages_ : list of list of estimators
        The networks that predict, by stage.
    final_estimator_ : classifier
        Fitted.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets: the prediction for an utterance without frames.
    target_encoder_ : encoder
        Fitted.
    n_features_in_ : int
        Number of bands.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import ProfileRefineryClassifier, SegmentVGGClassifier
    >>> from sklearn_ser.features import SegmentLogMel
    >>> rng = np.random.default_rng(0)
    >>> speech = [volume * rng.standard_normal(8000) for volume in [0.01, 0.2] * 10]
    >>> X = SegmentLogMel(segment_step=8).fit_transform(speech)
    >>> network = SegmentVGGClassifier(width=1 / 32, max_epochs=2)
    >>> model = ProfileRefineryClassifier(network, cv=2, random_state=0)
    >>> model = model.fit(X, ["sad", "angry"] * 10)
    >>> len(model.profiles_), model.profiles_[0][0].shape, model.transform(X).shape
    (2, (3, 2), (20, 8))
    """

    _reaches = {"memory": "memory", "n_jobs": "n_jobs"}
    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_profile"]), None],
        "refinement": [StrOptions(set(REFINEMENTS))],
        "n_stages": [Interval(Integral, 1, None, closed="left")],
        "target_encoder": [HasMethods(["fit", "transform"]), None],
        "stage_labels": [StrOptions({"in-sample", "out-of-fold"})],
        "statistics": ["array-like"],
        "threshold": [Interval(Real, 0, 1, closed="left")],
        "cv": [Interval(Integral, 2, None, closed="left"), HasMethods("split")],
        "refit": ["boolean"],
        "final_estimator": [HasMethods(["fit", "predict_proba"]), None],
        "memory": [str, os.PathLike, HasMethods("cache"), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        refinement: Literal["standard", "pseudo", "hard", "static"] = "pseudo",
        n_stages: int = 2,
        target_encoder: BaseEstimator | None = None,
        stage_labels: Literal["in-sample", "out-of-fold"] = "in-sample",
        statistics: Sequence[str] = STATISTICS,
        threshold: float = 0.2,
        cv: CrossValidation = 5,
        refit: bool = True,
        final_estimator: BaseEstimator | None = None,
        memory: Memory = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.refinement = refinement
        self.n_stages = n_stages
        self.target_encoder = target_encoder
        self.stage_labels = stage_labels
        self.statistics = statistics
        self.threshold = threshold
        self.cv = cv
        self.refit = refit
        self.final_estimator = final_estimator
        self.memory = memory
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: SequencesLike,
        y: RatingsLike,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Train all stages on all folds, then the final estimator on their profiles.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Utterances for which the target encoder has no target are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Weights for every network and for the final estimator, 0 or more. Utterances of weight
            0 are left out.
        **params : dict
            Other metadata to route to the estimator and the final estimator, if scikit-learn's
            metadata routing is enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a parameter is out of range,
            no utterance has a target, all targets are one class, or there are fewer utterances
            than folds.
        TypeError
            If weights are given and the estimator or the final estimator does not accept them.
        """
        self._validate_params()
        odd = [name for name in self.statistics if name not in STATISTICS]
        if odd or len(self.statistics) == 0:
            raise ValueError(
                f"statistics must be among {STATISTICS}, got {list(self.statistics)}."
            )
        segments = self._validate(X, reset=True)
        ratings = check_ratings(y)
        check_samples(X, ratings)
        X, n_samples, parts = segments, len(segments), self._choose_parts()
        routed = route_weights(self, parts, sample_weight, params, n_samples)
        weights = check_sample_weight(sample_weight, n_samples)
        used = find_usable(has_frames(X), weights)
        ratings = take_ratings(y, ratings, used)
        estimator = clone_with_encoder(parts["estimator"], self.target_encoder)
        self.target_encoder_, self.classes_, targets = fit_targets(
            estimator.target_encoder, ratings
        )
        self.prior_ = average_targets(targets, weights[used])
        known = np.flatnonzero(has_target(targets))
        used = used[known]
        if len(used) < n_samples:
            X, ratings, targets = X[used], ratings[known], targets[known]
        routed = {name: take_params(p, used, n_samples) for name, p in routed.items()}
        labels = targets.argmax(axis=1)
        cv, rng = take_splits(self.cv, used, n_samples), as_generator(self.random_state)
        plan = {
            "refinement": self.refinement,
            "stage_labels": self.stage_labels,
            "cv": cv,
            "seeds": [draw_seed(rng) for _ in range(self.n_stages)],
            "memory": self.memory,
            "params": routed["estimator"],
        }
        final_seed = draw_seed(rng)

        # One chain per fold makes the profiles of its test part; one more chain, trained on all
        # utterances and with no test part, is for prediction.
        splits = split_for_cross_fitting(cv, X, labels)
        every, none = np.arange(len(X)), np.arange(0)
        chained = [*splits, (every, none)] if self.refit else splits
        tasks = [(estimator, X, ratings, targets, *part, plan) for part in chained]
        sizes = [int(X.n_segments[rows].sum()) for rows, _ in chained]
        chains = run_parallel(train_chain, tasks, sizes, self.n_jobs)

        predicting = chains[-1:] if self.refit else chains
        self.stages_ = [list(s) for s in zip(*(stages for stages, _ in predicting), strict=True)]
        out_of_fold = [profiles for _, profiles in chains[: len(splits)]]
        tests = [used[test] for _, test in splits]
        self.profiles_ = [
            _order_by_sample(by_fold, tests, n_samples)
            for by_fold in zip(*out_of_fold, strict=True)
        ]
        by_stage = [
            concatenate_profiles([of_stage[row] for row in used]) for of_stage in self.profiles_
        ]
        self.stage_scores_ = _score_stages(by_stage, labels)

        final = clone(parts["final_estimator"])
        if self.final_estimator is None:
            final.set_params(random_state=final_seed)
        statistics = compute_statistics(by_stage[-1], self.statistics, self.threshold)
        self.final_estimator_ = final.fit(
            statistics, self.classes_[labels], **routed["final_estimator"]
        )
        return self

    def _validate(self, X, *, reset):
        return as_segments(validate_sequences(self, X, reset=reset))

    def _choose_parts(self):
        """Return the estimators to train, by the names under which metadata are routed to them."""
        parts = {"estimator": self.estimator, "final_estimator": self.final_estimator}
        if self.estimator is None:
            parts["estimator"] = request_weights(SegmentVGGClassifier())
        if self.final_estimator is None:
            parts["final_estimator"] = request_weights(RandomForestClassifier())
        return parts

    def _average_profiles(self, X, stage):
        """Return the mean profiles over all networks of a stage, as `Ragged`."""
        require_frames(X)
        if not -len(self.stages_) <= stage < len(self.stages_):
            raise ValueError(
                f"stage must be from {-len(self.stages_)} to {len(self.stages_) - 1}, got {stage}."
            )
        each = [np.concatenate(network.predict_profile(X)) for network in self.stages_[stage]]
        return Ragged(np.mean(each, axis=0), X.segment_offsets)

    def predict_profile(self, X: SequencesLike, stage: int = -1) -> list[NDArray]:
        """Return the emotion profile of each utterance.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples
        stage : int, default=-1
            Counted from 0, or backwards from -1, the last.

        Returns
        -------
        list of ndarray of float64 of shape (n_segments_i, n_classes)
            Columns as in ``classes_``.

        Raises
        ------
        ValueError
            If X is invalid, utterances have no frames, or there is no such stage.
        """
        check_is_fitted(self)
        return list(self._average_profiles(self._validate(X, reset=False), stage))

    def transform(self, X: SequencesLike) -> NDArray:
        """Return statistics of the profiles of the last stage.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_statistics * n_classes)
            All classes of the first statistic, then all of the next.

        Raises
        ------
        ValueError
            If X is invalid, or utterances have no frames.
        """
        check_is_fitted(self)
        return self._compute_statistics(self._validate(X, reset=False))

    def _compute_statistics(self, X):
        return compute_statistics(self._average_profiles(X, -1), self.statistics, self.threshold)

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Segments, or any form that `check_segments` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``; ``prior_`` for utterances without frames.

        Warns
        -----
        UserWarning
            If utterances have no frames; they are listed.
        """
        check_is_fitted(self)
        return fill_with_prior(self._validate(X, reset=False), self.prior_, self._combine)

    def _combine(self, X):
        """Return the probabilities of validated utterances, all of which have frames."""
        statistics, final = self._compute_statistics(X), self.final_estimator_
        return align_columns(final.predict_proba(statistics), final.classes_, self.classes_)

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the statistics.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_statistics * n_classes,)
        """
        check_is_fitted(self)
        names = [f"{name}_{label}" for name in self.statistics for label in self.classes_]
        return np.asarray(names, dtype=object)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata such as ``sample_weight`` are routed to the estimators.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return make_router(self, self._choose_parts(), consumes=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _order_by_sample(profiles, tests, n_samples):
    """Return the profiles of all folds in the order of samples; None for samples in no fold.

    Parameters
    ----------
    profiles : list of list of ndarray
        By fold, and by sample of its test part.
    tests : list of ndarray of int
        Samples of the test parts.
    n_samples : int
    """
    ordered = [None] * n_samples
    for own, test in zip(profiles, tests, strict=True):
        for row, profile in zip(test, own, strict=True):
            ordered[row] = profile
    return ordered


def _score_stages(profiles, labels):
    predicted = [average_segments(of_stage).argmax(axis=1) for of_stage in profiles]
    present = np.unique(labels)
    wa = [accuracy_score(labels, said) for said in predicted]
    ua = [
        recall_score(labels, said, labels=present, average="macro", zero_division=0)
        for said in predicted
    ]
    return {"WA": np.array(wa), "UA": np.array(ua)}
