"""Every rating matters: models of the crowd and of each annotator, joined."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._members import CROWD_HARD, CROWD_SOFT, fit_all, task, views
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.classifiers._softmax import SoftmaxClassifier
from sklearn_ser.metrics import weighted_accuracy
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._sequences import Sequences, SequencesLike, is_table, validate_sequences
from sklearn_ser.splits._cross_fitting import align_columns, split_for_cross_fitting
from sklearn_ser.targets import has_target
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._random import as_generator, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import CrossValidation, Labels, RandomState

if TYPE_CHECKING:
    from typing_extensions import Self


TINY = 1e-7


class AnnotatorEnsembleClassifier(
    ClassNamePrefixFeaturesOutMixin, ProbabilityMixin, TransformerMixin, Estimator
):
    """Learn from the crowd and from each annotator, and join what was learned.

    Chou & Lee [1]_ train one network on the consensus ("crowd-hard"), one on the distribution of
    all ratings ("crowd-soft") and one on each annotator's own ratings; freeze them; and train one
    softmax layer on their last hidden layers, joined. The rows of their table are settings:
    ``crowd=("hard",), annotators=()`` is Crowd_H, ``annotators=["E1"], crowd=()`` is E_1,
    ``annotators=()`` is Crowd_HS, ``crowd=()`` is E_N only, and the defaults are their proposal.

    Parameters
    ----------
    estimator : estimator, default=None
        Every member is a clone of it. It needs ``transform``, or ``predict_proba`` for `cv`, and
        ``predict_proba`` for `predict_annotators`. If it, or a step of it, has a parameter
        ``target_encoder``, members read ratings through it; else each gets the label that leads
        in its view. None is ``AttentionBLSTMClassifier()``.
    crowd : sequence of {"hard", "soft"}, default=("hard", "soft")
        Which views of the crowd have a member.
    annotators : "auto" or sequence of annotators, default="auto"
        Whose ratings have a member; "auto" is all with at least `min_ratings`. Raters without
        identity have none. Those who gave fewer than two of the target classes are left out, with
        a warning that names them.
    min_ratings : int, default=30
        Samples that an annotator must have given a target class, for "auto".
    soft_encoder : target encoder, default=None
        Of crowd-soft; None is that of the annotators: the estimator's own `target_encoder` if it
        is a soft one, else ``SoftTargetEncoder()``.
    final_estimator : classifier, default=None
        Joins the members; trained on the consensus of the samples that have one. None is one
        softmax layer with early stopping.
    cv : int, splitter or None, default=None
        None is the paper: what is joined comes from members that saw the sample. Otherwise members
        are trained on each training part too, and the joint is trained on what they say of the
        other part. Hidden units of different networks have nothing in common: members are then
        joined by their log-probabilities. An integer keeps speakers apart where they are known.
    n_jobs : int or None, default=None
        Members that are trained side by side, in no more processes than there are cores.
    random_state : int, RandomState instance or None, default=None
        Gives all members one seed: what tells them apart is what they learned. With None, the
        estimator's own ``random_state`` is used.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted.
    members_ : dict
        Fitted estimators by "crowd-hard", "crowd-soft" and annotator.
    annotators_ : list
        Annotators who have a member.
    final_estimator_ : classifier
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

    def fit(self, X: SequencesLike, y: RatingsLike) -> Self:
        """Train the members, then what joins them.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples
        y : Ratings or what `check_ratings` takes, of n_samples

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X or y do not pass their doors or differ in length, a parameter is out of range, an
            annotator is unknown, no member has anything to learn, or the consensus has fewer than
            two target classes.
        """
        self._validate_params()
        odd = [kind for kind in self.crowd if kind not in ("hard", "soft")]
        if odd:
            raise ValueError(f"crowd must be of 'hard' and 'soft', got {odd}.")
        sequences = validate_sequences(self, X, reset=True)
        ratings = check_ratings(y)
        check_consistent_length(sequences, ratings)
        seed = None if self.random_state is None else draw_seed(as_generator(self.random_state))
        estimator = AttentionBLSTMClassifier() if self.estimator is None else self.estimator
        hard, found = views(
            ratings, estimator, self.crowd, self.annotators, self.min_ratings, self.soft_encoder
        )
        self.classes_ = hard.classes
        targets = hard.fit(ratings).transform(ratings)
        clear = np.flatnonzero(has_target(targets))
        labels = self.classes_[targets[clear].argmax(axis=1)]
        n_labels = len(set(labels.tolist()))
        if n_labels < 2:
            raise ValueError(
                f"at least two classes are needed: {len(clear)} samples have a consensus among "
                f"{self.classes_.tolist()}, and it takes {n_labels} of them."
            )

        every = np.arange(len(sequences))
        tasks = [task(view, estimator, every, sequences.lengths, seed) for view in found]
        found, tasks = self._with_something_to_learn(found, tasks)
        data = sequences.values if is_table(X) else sequences
        parts = self._parts(sequences)
        tasks += [
            task(view, estimator, rows, sequences.lengths, seed)
            for rows, _ in parts[1:]
            for view in found
        ]
        fitted = iter(fit_all([t for t in tasks if t is not None], data, self.n_jobs))
        members = [None if t is None else next(fitted) for t in tasks]
        by_part = [members[i : i + len(found)] for i in range(0, len(members), len(found))]
        self.members_ = {view.name: member for view, member in zip(found, by_part[0], strict=True)}
        crowd = (CROWD_HARD, CROWD_SOFT)
        self.annotators_ = [name for name in self.members_ if name not in crowd]
        joined = self._join(data) if self.cv is None else self._joined_across(data, parts, by_part)
        self._fit_final(joined[clear], labels, sequences[clear], seed)
        return self

    def _with_something_to_learn(self, found, tasks):
        """Leave out views whose targets are all the same, with a warning; some must be left."""
        pairs = list(zip(found, tasks, strict=True))
        idle = [view.name for view, task in pairs if task is None]
        if idle:
            warnings.warn(
                f"no member for {join_names(idle)}: all targets are the same.",
                UserWarning,
                stacklevel=3,
            )
        if len(idle) == len(found):
            raise ValueError(
                f"no member has anything to learn: crowd is {tuple(self.crowd)}, and no annotator "
                f"has {self.min_ratings} ratings of two target classes."
            )
        kept = [pair for pair in pairs if pair[1] is not None]
        return [view for view, _ in kept], [task for _, task in kept]

    def _parts(self, sequences):
        """Training and test rows: all samples first, then those of `cv`."""
        every = np.arange(len(sequences))
        splits = [] if self.cv is None else split_for_cross_fitting(self.cv, sequences)
        return [(every, every), *splits]

    def _joined_across(self, X, parts, by_part):
        """What members that did not see a sample say of it."""
        joined = np.zeros((len(X), len(self.members_), len(self.classes_)))
        for i, column in enumerate(zip(*by_part, strict=True)):
            for (_, test), member in zip(parts[1:], column[1:], strict=True):
                if member is None:
                    # Nothing to learn in this fold: it takes no side.
                    joined[test, i] = 1 / len(self.classes_)
                else:
                    joined[test, i] = self._proba(member, X[test])
        return np.log(joined.clip(TINY)).reshape(len(X), -1)

    def _proba(self, member, X):
        return align_columns(member.predict_proba(X), member.classes_, self.classes_)

    def _join(self, X):
        """What the joint gets to see, one row a sample."""
        if self.cv is None:
            hidden = [m.transform(X) for m in self.members_.values()]
            return np.hstack(hidden, dtype=np.float64)
        proba = np.hstack([self._proba(m, X) for m in self.members_.values()])
        return np.log(proba.clip(TINY))

    def _fit_final(self, joined, labels, sequences, seed):
        if self.final_estimator is None:
            final = SoftmaxClassifier(max_epochs=200, random_state=seed)
            self.final_estimator_ = final.fit(_as_sequences(joined, sequences), labels)
        else:
            self.final_estimator_ = clone(self.final_estimator).fit(joined, labels)

    def transform(self, X: SequencesLike) -> NDArray:
        """Return what the members know of X, joined: the input of the final estimator.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of shape (n_samples, n_joined)
            The members' last hidden layers, or with `cv` their log-probabilities.
        """
        return self._join(self._checked(X))

    def predict_proba(self, X: SequencesLike) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
        """
        joined = self.transform(X)
        return self._proba(self.final_estimator_, joined)

    def predict_annotators(self, X: SequencesLike) -> NDArray:
        """Return how likely each annotator is to give each class.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_annotators, n_classes)
            Annotators as in ``annotators_``, classes as in ``classes_``.
        """
        data = self._checked(X)
        proba = np.zeros((len(data), len(self.annotators_), len(self.classes_)))
        for i, name in enumerate(self.annotators_):
            proba[:, i] = self._proba(self.members_[name], data)
        return proba

    def member_scores(
        self,
        X: SequencesLike,
        y: RatingsLike,
        scoring: Callable[[BaseEstimator, Any, Any], float] | None = None,
    ) -> dict[str, float]:
        """Return each member's own score.

        Parameters
        ----------
        X : Sequences or what `check_sequences` takes, of n_samples
        y : Ratings or what `check_ratings` takes, of n_samples
        scoring : callable, default=None
            A scorer, called with a member, X and y; None is the weighted accuracy against the
            consensus.

        Returns
        -------
        dict
            Score by name, as in ``members_``.
        """
        data = self._checked(X)
        ratings = check_ratings(y)
        check_consistent_length(data, ratings)
        scoring = _wa if scoring is None else scoring
        return {name: scoring(member, data, ratings) for name, member in self.members_.items()}

    @property
    def _n_features_out(self):
        return self.final_estimator_.n_features_in_

    def _checked(self, X):
        check_is_fitted(self)
        sequences = validate_sequences(self, X, reset=False)
        return sequences.values if is_table(X) else sequences

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _wa(member, X, y):
    return weighted_accuracy(y, member.predict(X))


def _as_sequences(table, like):
    """Vectors as sequences of one frame, of the speakers of others."""
    return Sequences(table, np.arange(len(table) + 1), like.speaker, like.session)
