"""An ensemble of models of the crowd and of each annotator."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._annotators_mixin import AnnotatorsMixin
from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._bases import check_takes_frames
from sklearn_ser.classifiers._joint import (
    cross_join_proba,
    join_hidden,
    join_proba,
    predict_members,
)
from sklearn_ser.classifiers._members import choose_material, keep_different, train_members
from sklearn_ser.classifiers._missing_frames import (
    average_targets,
    fill_with_prior,
    has_frames,
    require_frames,
    validate_frames,
)
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._routing import (
    make_router,
    request_weights,
    route_weights,
    take_params,
)
from sklearn_ser.classifiers._sample_weight import (
    check_sample_weight,
    find_usable,
    place_rows,
    take_ratings,
)
from sklearn_ser.classifiers._softmax import SoftmaxClassifier
from sklearn_ser.classifiers._views import (
    CROWD_HARD,
    CROWD_SOFT,
    choose_annotators,
    choose_encoders,
    make_view,
)
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike, is_table
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.splits._cross_fitting import (
    align_columns,
    split_for_cross_fitting,
    take_splits,
)
from sklearn_ser.targets import SoftTargetEncoder
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._random import as_generator, draw_own_seed, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import CrossValidation, Labels, RandomState

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter


class AnnotatorEnsembleClassifier(
    AnnotatorsMixin,
    ClassNamePrefixFeaturesOutMixin,
    ProbabilityMixin,
    TransformerMixin,
    Estimator,
):
    """Learn from the crowd and from each annotator, and combine the resulting models.

    Chou & Lee [1]_ train one network on the consensus ("crowd-hard"), one on the distribution of
    all ratings ("crowd-soft") and one on each annotator's own ratings. They freeze these members,
    and train one softmax layer on the concatenation of their last hidden layers. The rows of their
    table are settings: ``crowd=("hard",), annotators=()`` is Crowd_H, ``annotators=["E1"],
    crowd=()`` is E_1, ``annotators=()`` is Crowd_HS, ``crowd=()`` is E_N only, and the defaults
    are their proposal.

    Parameters
    ----------
    estimator : estimator, default=None
        Every member is a clone of it. It needs ``predict_proba``, or ``transform`` if `cv` is
        None; `predict_annotators` and `enrol` need ``predict_proba``. If it, or one of its steps,
        has a parameter ``target_encoder``, members learn ratings through it. Any other classifier
        that can learn shares of ratings, as `RatingsClassifier` describes, learns them; all
        others learn the label with the highest target. If None, ``AttentionBLSTMClassifier()``.
    crowd : sequence of {"hard", "soft"}, default=("hard", "soft")
        The members that learn from the crowd: "hard" learns its consensus, "soft" all its ratings.
    annotators : "auto" or sequence of annotators, default="auto"
        Annotators who get a member; "auto" means all with at least `min_ratings`. Anonymous raters
        get none. Annotators whose targets are all the same are left out, with a warning.
    min_ratings : int, default=30
        For "auto": the minimum number of samples to which an annotator gave a target class.
    soft_encoder : target encoder, default=None
        The target encoder of crowd-soft. If None, that of the annotators: the estimator's own
        `target_encoder` if it is a soft one, otherwise ``SoftTargetEncoder()``; plain shares,
        ``SoftTargetEncoder(alpha=0)``, for an estimator that learns shares without an encoder.
    final_estimator : classifier, default=None
        Combines the members. It is trained on the samples that have a consensus. If None, one
        softmax layer with early stopping.
    cv : int, splitter or None, default=None
        With None, as in the paper, the final estimator is trained on the hidden layers of members
        that were trained on the same samples, or on the log-probabilities of members that have
        no ``transform``. Otherwise it is trained on log-probabilities for
        samples on which the members were not trained: in addition to the members used for
        prediction, others are trained on the training part of each split. Hidden layers cannot be
        used here, because those of different networks are unrelated. An integer keeps speakers
        apart if they are known.
    n_jobs : int or None, default=None
        Number of members that are trained in parallel, in no more processes than there are cores.
    random_state : int, RandomState instance or None, default=None
        Gives all members the same seed, so that they differ only in what they learn. With None,
        members keep the ``random_state`` of the estimator, and the default final estimator gets a
        seed drawn from it.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    members_ : dict
        Fitted estimators, by "crowd-hard", "crowd-soft" and annotator. Each can be scored on its
        own.
    annotators_ : list
        Annotators who got a member, and then those whom `enrol` added.
    enrolled_ : ndarray of float64 of shape (n_enrolled, n_classes, n_classes)
        Confusion matrices of those whom `enrol` added: ``enrolled_[a, k, l]`` is the probability
        that rater a says class l if the ensemble's class is k. Each is drawn to the average of
        the raters enrolled together, which is worth five ratings per class.
    final_estimator_ : classifier
        The fitted final estimator.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted share of each class in the consensus: the prediction for samples without
        frames, from which nothing is learned.
    member_priors_ : dict of ndarray of float64 of shape (n_classes,)
        The weighted mean of the targets of each member.
    n_features_in_ : int

    References
    ----------
    .. [1] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import AnnotatorEnsembleClassifier, AttentionBLSTMClassifier, Ratings
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(loc, 1, (length, 4)) for loc, length in [(-1, 9), (1, 5)] * 20]
    >>> y = Ratings.from_wide([["sad", "sad"], ["angry", "angry"]] * 20, annotators=["E1", "E2"])
    >>> base = AttentionBLSTMClassifier((8, 8, 8), lr=0.01, max_epochs=5)
    >>> model = AnnotatorEnsembleClassifier(base, random_state=0).fit(X, y)
    >>> list(model.members_)
    ['crowd-hard', 'crowd-soft', 'E1', 'E2']
    >>> model.predict_annotators(X).shape
    (40, 2, 2)
    """

    _reaches = {"n_jobs": "n_jobs"}
    _parameter_constraints: dict = {
        "estimator": [HasMethods("fit"), None],
        "crowd": ["array-like"],
        "annotators": [StrOptions({"auto"}), "array-like"],
        "min_ratings": [Interval(Integral, 1, None, closed="left")],
        "soft_encoder": [HasMethods(["fit", "transform"]), None],
        "final_estimator": [HasMethods(["fit", "predict_proba"]), None],
        "cv": ["cv_object"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        crowd: Sequence[Literal["hard", "soft"]] = ("hard", "soft"),
        annotators: Literal["auto"] | Labels = "auto",
        min_ratings: int = 30,
        soft_encoder: BaseEstimator | None = None,
        final_estimator: BaseEstimator | None = None,
        cv: CrossValidation = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.crowd = crowd
        self.annotators = annotators
        self.min_ratings = min_ratings
        self.soft_encoder = soft_encoder
        self.final_estimator = final_estimator
        self.cv = cv
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: SequencesLike,
        y: RatingsLike,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Train the members, then the final estimator that combines them.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Weights for every member and for the final estimator, 0 or more. Samples of weight 0
            are left out.
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
            an annotator is unknown, no member has anything to learn, or the consensus has fewer
            than two target classes.
        TypeError
            If the estimator cannot be a member: it takes tables, while X holds sequences of
            frames, or it lacks a method (see `estimator`); or if weights are given and it does not
            accept them.
        """
        self._validate_params()
        odd = [kind for kind in self.crowd if kind not in ("hard", "soft")]
        if odd:
            raise ValueError(f"crowd must only contain 'hard' and 'soft', got {odd}.")
        sequences, data = self._validate(X, reset=True)
        ratings = check_ratings(y)
        check_samples(X, ratings)
        parts = self._choose_parts()
        estimator = parts["estimator"]
        self._check_estimator(estimator, X)
        routed = route_weights(self, parts, sample_weight, params, len(ratings))
        weights = check_sample_weight(sample_weight, len(ratings))
        rows, n_samples = find_usable(has_frames(sequences), weights), len(ratings)
        if len(rows) < n_samples:
            routed = {name: take_params(p, rows, n_samples) for name, p in routed.items()}
            sequences, data, weights = sequences[rows], data[rows], weights[rows]
            ratings = take_ratings(y, ratings, rows)
        seed, final_seed = self._draw_seeds(estimator)

        # Targets are made once: they decide who gets a member, and which samples each member
        # learns. The consensus is needed even without crowd-hard, because the final estimator
        # learns it.
        material = choose_material(estimator, len(ratings) * len(ratings.classes))
        default = SoftTargetEncoder(alpha=0) if material == "shares" else SoftTargetEncoder()
        encoders = choose_encoders(ratings, estimator, self.soft_encoder, default)
        consensus = make_view(CROWD_HARD, encoders.hard, ratings)
        self.classes_ = encoders.hard.classes
        self._check_consensus(consensus)
        views = self._choose_views(ratings, encoders, consensus, material)

        # With cv, members are also trained for every fold. Their predictions for samples that they
        # were not trained on are what the final estimator learns from; then they are discarded.
        splits = []
        if self.cv is not None:
            splits = split_for_cross_fitting(take_splits(self.cv, rows, n_samples), sequences)
        every = np.arange(len(sequences))
        samples = [every, *(train for train, _ in splits)]
        self.members_, *by_fold = train_members(
            estimator,
            material,
            views,
            samples,
            data,
            sequences.lengths,
            params=routed["estimator"],
            seed=seed,
            n_jobs=self.n_jobs,
        )
        self.annotators_ = [n for n in self.members_ if n not in (CROWD_HARD, CROWD_SOFT)]
        self.enrolled_ = np.empty((0, len(self.classes_), len(self.classes_)))
        self.prior_ = average_targets(consensus.targets, weights[consensus.rows])
        self.member_priors_ = {
            view.name: average_targets(view.targets, weights[view.rows]) for view in views
        }

        if self.cv is None:
            joined = self._join(data)
        else:
            names = list(self.members_)
            joined = cross_join_proba(names, data, self.classes_, splits, by_fold)
        params = take_params(routed["final_estimator"], consensus.rows, len(ratings))
        self._fit_final(joined, consensus, sequences, final_seed, params)
        return self

    def _choose_parts(self):
        """Return the estimators to train, by the names under which metadata are routed to them."""
        parts = {"estimator": self.estimator, "final_estimator": self.final_estimator}
        if self.estimator is None:
            parts["estimator"] = request_weights(AttentionBLSTMClassifier())
        if self.final_estimator is None:
            parts["final_estimator"] = request_weights(SoftmaxClassifier(max_epochs=200))
        return parts

    def _check_estimator(self, estimator, X):
        """Raise an error if an estimator cannot be a member."""
        needed = ["predict_proba"] if self.cv is not None else ["transform", "predict_proba"]
        if not any(hasattr(estimator, name) for name in needed):
            raise TypeError(
                f"estimator must have {' or '.join(needed)}, as AttentionBLSTMClassifier, other "
                "networks and classifiers of tables such as LogisticRegression have; "
                f"{estimator} does not."
            )
        check_takes_frames(estimator, X)

    def _validate(self, X, *, reset):
        """Return X as sequences, and in the form that members accept: a table stays a table."""
        sequences = validate_frames(self, X, reset=reset)
        if not is_table(X):
            return sequences, sequences
        present = np.flatnonzero(sequences.lengths)
        return sequences, place_rows(sequences.values, present, len(sequences))

    def _draw_seeds(self, estimator):
        """Return the seeds of the members (None keeps their own) and of the final estimator."""
        if self.random_state is None:
            return None, draw_own_seed(estimator)
        seed = draw_seed(as_generator(self.random_state))
        return seed, seed

    def _check_consensus(self, consensus):
        n_labels = len(set(consensus.labels.tolist()))
        if n_labels < 2:
            raise ValueError(
                f"the consensus must have at least two classes: {len(consensus.rows)} samples "
                f"have one among {self.classes_.tolist()}, and it takes {n_labels} of them."
            )

    def _choose_views(self, ratings, encoders, consensus, material):
        """Return the views that hold something to learn, and warn about the others."""
        asked = [
            consensus if kind == "hard" else make_view(CROWD_SOFT, encoders.soft, ratings)
            for kind in self.crowd
        ]
        names = choose_annotators(ratings, self.classes_, self.annotators, self.min_ratings)
        asked += [make_view(name, encoders.annotator, ratings.select(name)) for name in names]
        views = keep_different(asked, material)
        if not views:
            raise ValueError(
                f"no member has anything to learn: crowd is {tuple(self.crowd)}, and no "
                f"annotator (with min_ratings={self.min_ratings}) has two different targets."
            )
        return views

    def _join(self, X):
        """Return the members' outputs for X, one row per sample."""
        members = list(self.members_.values())
        if self.cv is None and hasattr(members[0], "transform"):
            return join_hidden(members, X)
        return join_proba(members, X, self.classes_)

    def _fit_final(self, joined, consensus, sequences, seed, params):
        """Train the final estimator on the samples that have a consensus."""
        final = clone(self._choose_parts()["final_estimator"])
        if self.final_estimator is None:
            # As sequences of one frame with speakers, so that early stopping keeps speakers apart.
            joined = sequences.with_values(joined, np.arange(len(joined) + 1))
            final.set_params(random_state=seed)
        self.final_estimator_ = final.fit(joined[consensus.rows], consensus.labels, **params)

    def transform(self, X: SequencesLike) -> NDArray:
        """Return the members' outputs for X, concatenated: the input of the final estimator.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_joined)
            The members' last hidden layers or, with `cv` and for members without ``transform``,
            their log-probabilities.

        Raises
        ------
        ValueError
            If X is invalid, or samples have no frames.
        """
        check_is_fitted(self)
        sequences, data = self._validate(X, reset=False)
        require_frames(sequences)
        return self._join(data)

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts, of length n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Columns as in ``classes_``; ``prior_`` for samples without frames.

        Warns
        -----
        UserWarning
            If samples have no frames; they are listed.
        """
        check_is_fitted(self)
        _, data = self._validate(X, reset=False)
        return fill_with_prior(data, self.prior_, self._combine)

    def _combine(self, X):
        """Return the probabilities of validated samples, all of which have frames."""
        joined, final = self._join(X), self.final_estimator_
        return align_columns(final.predict_proba(joined), final.classes_, self.classes_)

    def _predict_own(self, X, places):
        """Return the answers of annotators who have a member."""
        _, data = self._validate(X, reset=False)
        names = [self.annotators_[place] for place in places]
        members = [self.members_[name] for name in names]
        priors = np.array([self.member_priors_[name] for name in names])
        return fill_with_prior(data, priors, lambda X: predict_members(members, X, self.classes_))

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata such as ``sample_weight`` are routed to the estimators.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return make_router(self, self._choose_parts(), consumes=True)

    @property
    def _n_features_out(self):
        return self.final_estimator_.n_features_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
