"""Targets for training: one distribution over the target classes per sample."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.ratings._agreement import compute_evaluator_weights
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.ratings._names import check_annotators, check_classes
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import Labels


def has_target(targets):
    """Return which samples have a target; a row of NaN means none.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_classes)

    Returns
    -------
    ndarray of bool of shape (n_samples,)
    """
    return ~np.isnan(targets).any(axis=1)


class _TargetEncoder(TransformerMixin, Estimator, auto_wrap_output_keys=None):
    """Base class of target encoders; subclasses define ``_make_targets``."""

    def fit(self, ratings: RatingsLike, y: None = None) -> Self:
        """Learn the target classes.

        Parameters
        ----------
        ratings : Ratings, or any form that `check_ratings` accepts
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If no target class is among the labels, or a class is named twice, missing, or differs
            from a label only in kind, case or spaces.

        Warns
        -----
        UserWarning
            If some of `classes` are not among the labels.
        """
        self._validate_params()
        ratings = check_ratings(ratings)
        classes, labels = ratings.classes, ratings.labels.tolist()
        if self.classes is not None:
            classes = np.array(check_classes(self.classes, labels, "classes", stacklevel=4))
        if not set(classes.tolist()) & set(labels):
            raise ValueError(
                f"no target class is among the labels: the classes are {list_values(classes)}, "
                f"the labels {list_values(labels)}."
            )
        self.classes_ = classes
        return self

    def transform(self, ratings: RatingsLike) -> NDArray:
        """Turn ratings into targets.

        Parameters
        ----------
        ratings : Ratings, or any form that `check_ratings` accepts

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
            Rows sum to 1; a row of NaN marks a sample to leave out of training.
        """
        check_is_fitted(self)
        return self._make_targets(check_ratings(ratings))

    def inverse_transform(self, targets: ArrayLike) -> NDArray:
        """Return the label with the highest target.

        Parameters
        ----------
        targets : array-like of shape (n_samples, n_classes)

        Returns
        -------
        ndarray of object of shape (n_samples,)
            None where the row is NaN or its maximum is not unique.

        Raises
        ------
        ValueError
            If there is not one column per class.
        """
        check_is_fitted(self)
        targets = np.asarray(targets, dtype=np.float64)
        if targets.ndim != 2 or targets.shape[1] != len(self.classes_):
            raise ValueError(
                f"targets must have shape (n_samples, {len(self.classes_)}), got {targets.shape}."
            )
        unique = (targets == targets.max(axis=1, keepdims=True)).sum(axis=1) == 1
        labels = np.append(self.classes_.astype(object), [None])
        return labels[np.where(unique, targets.argmax(axis=1), -1)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags


def _one_hot_consensus(ratings, classes, rule):
    consensus = ratings.consensus(rule)
    return (consensus[:, None] == classes.astype(object)[None, :]).astype(np.float64)


class HardTargetEncoder(_TargetEncoder):
    """Turn ratings into one-hot rows of their consensus.

    A sample whose raters are tied, or whose consensus is not a target class, is left out.

    Parameters
    ----------
    classes : sequence of labels, default=None
        The target classes, in the order of the columns; by default those of the ratings.
    rule : {"plurality", "majority"}, default=None
        See `Ratings.consensus`. If None, the consensus of the corpus if it has one, and otherwise
        "plurality".

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)

    Examples
    --------
    >>> from sklearn_ser import HardTargetEncoder
    >>> y = [["sad", "sad", "angry"], ["sad", "angry", None]]
    >>> from sklearn_ser import Ratings
    >>> HardTargetEncoder().fit_transform(Ratings.from_wide(y))
    array([[ 0.,  1.],
           [nan, nan]])
    """

    _parameter_constraints: dict = {
        "classes": ["array-like", None],
        "rule": [StrOptions({"plurality", "majority"}), None],
    }

    def __init__(
        self,
        *,
        classes: Labels | None = None,
        rule: Literal["plurality", "majority"] | None = None,
    ) -> None:
        self.classes = classes
        self.rule = rule

    def _make_targets(self, ratings):
        targets = _one_hot_consensus(ratings, self.classes_, self.rule)
        targets[~targets.any(axis=1)] = np.nan
        return targets


class SoftTargetEncoder(_TargetEncoder):
    r"""Turn ratings into distributions, so that networks learn how raters disagree.

    The target of class :math:`k` is

    .. math:: q(c_k) = \frac{\alpha + n_k}{\alpha K + \sum_{k'} n_{k'}}

    where :math:`n_k` raters gave class :math:`k` and there are :math:`K` target classes [1]_. This
    is the maximum a posteriori estimate of what raters say, under a symmetric Dirichlet prior.
    With ``alpha=0`` it is the plain share of ratings [2]_. Labels that are not target classes do
    not count, so smoothing flattens the target of an utterance for which few raters chose a target
    class.

    Parameters
    ----------
    alpha : float, default=0.75
        Smoothing, 0 or more; 0.75 was best in [1]_. A large value makes all targets equal.
    classes : sequence of labels, default=None
        The target classes, in the order of the columns; by default those of the ratings.
    multilabel : {"all", "first"}, default="all"
        Whether every label of a rater counts [3]_, or only the first.
    min_target_votes : int, default=1
        Samples with fewer votes for target classes are left out.
    keep : {"all", "clear", "ambiguous"}, default="all"
        Which samples to learn from: those whose consensus is a target class ("clear"), those with
        another consensus or none ("ambiguous"), or both.
    weights : "agreement", dict of annotator to float or None, default=None
        Weight of each rater; raters who are not in the dict have weight 1, and those in it must be
        among the annotators in ``fit``. "agreement" gives an
        evaluator-weighted estimate [4]_: ``fit`` weights each rater by the correlation with all
        others; see `Ratings.agreement`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    weights_ : dict or None
        Weight of each annotator.

    References
    ----------
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299
    .. [2] Fayek et al., "Modeling subjectiveness in emotion recognition with deep neural
       networks: ensembles vs soft labels", IJCNN 2016. doi:10.1109/IJCNN.2016.7727250
    .. [3] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170
    .. [4] Grimm and Kroschel, "Evaluation of natural emotions using self assessment manikins",
       ASRU 2005. doi:10.1109/ASRU.2005.1566530

    Examples
    --------
    >>> from sklearn_ser import Ratings, SoftTargetEncoder
    >>> y = Ratings.from_wide([["sad", "sad", "angry"], ["sad", "other", "other"]])
    >>> SoftTargetEncoder(alpha=1, classes=["angry", "sad"]).fit_transform(y)
    array([[0.4       , 0.6       ],
           [0.33333333, 0.66666667]])
    """

    _parameter_constraints: dict = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "classes": ["array-like", None],
        "multilabel": [StrOptions({"all", "first"})],
        "min_target_votes": [Interval(Integral, 1, None, closed="left")],
        "keep": [StrOptions({"all", "clear", "ambiguous"})],
        "weights": [StrOptions({"agreement"}), dict, None],
    }

    def __init__(
        self,
        alpha: float = 0.75,
        *,
        classes: Labels | None = None,
        multilabel: Literal["all", "first"] = "all",
        min_target_votes: int = 1,
        keep: Literal["all", "clear", "ambiguous"] = "all",
        weights: Mapping[Any, float] | Literal["agreement"] | None = None,
    ) -> None:
        self.alpha = alpha
        self.classes = classes
        self.multilabel = multilabel
        self.min_target_votes = min_target_votes
        self.keep = keep
        self.weights = weights

    def fit(self, ratings: RatingsLike, y: None = None) -> Self:
        """Learn the target classes, and the weights of the raters.

        Parameters
        ----------
        ratings : Ratings, or any form that `check_ratings` accepts
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If no target class is among the labels, or a class is named twice.
        """
        super().fit(ratings)
        ratings = check_ratings(ratings)
        self.weights_ = self.weights
        if isinstance(self.weights, dict):
            check_annotators(self.weights, ratings.annotators)
        elif self.weights is not None:
            weights = compute_evaluator_weights(ratings, self.classes_)
            # Annotators who share no sample with others keep weight 1.
            weights = np.where(np.isnan(weights), 1.0, weights).tolist()
            self.weights_ = dict(zip(ratings.annotators.tolist(), weights, strict=True))
        return self

    def _make_targets(self, ratings):
        classes = self.classes_.tolist()
        votes = ratings.counts(classes, multilabel=self.multilabel)
        used = votes.sum(axis=1) >= self.min_target_votes
        if self.weights_ is not None:
            # These samples may have other raters than those in fit.
            known = set(ratings.annotators.tolist())
            weights = {name: weight for name, weight in self.weights_.items() if name in known}
            votes = ratings.counts(classes, multilabel=self.multilabel, weights=weights)
            # A sample whose ratings all have weight 0 has no target.
            used &= votes.any(axis=1)
        total = votes.sum(axis=1, keepdims=True)
        if self.keep != "all":
            clear = _one_hot_consensus(ratings, self.classes_, None).any(axis=1)
            used &= clear if self.keep == "clear" else ~clear
        targets = np.full(votes.shape, np.nan)
        np.divide(
            self.alpha + votes,
            self.alpha * len(classes) + total,
            out=targets,
            where=used[:, None],
        )
        return targets
