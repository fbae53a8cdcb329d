"""The mean of several classifiers, each trained from several seeds."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch, _safe_indexing
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers._bases import check_learns_ratings
from sklearn_ser.classifiers._mixins import ProbabilityMixin, copy_feature_attributes
from sklearn_ser.classifiers._routing import (
    combine_weights,
    make_router,
    route_weights,
    take_params,
)
from sklearn_ser.classifiers._sample_weight import take_ratings
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.splits._cross_fitting import align_columns
from sklearn_ser.utils._parallel import run_parallel
from sklearn_ser.utils._params import Interval
from sklearn_ser.utils._random import as_generator, clone_with_seed, draw_seed
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import RandomState

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter


class AveragingClassifier(ProbabilityMixin, Estimator, _BaseComposition):
    """Average the probabilities of classifiers, each trained from several seeds.

    Networks that differ only in their initial weights make different errors, and so do a network
    on frames and a linear model on functionals; their mean makes fewer. scikit-learn's
    ``VotingClassifier`` encodes y as labels, whereas this class passes ratings on to every
    classifier.

    Parameters
    ----------
    estimators : list of (str, classifier)
        Names and classifiers with ``predict_proba``. Parameters of a classifier can be set by its
        name, as in a ``Pipeline``.
    n_seeds : int, default=1
        How many times each classifier is trained; each time, every ``random_state`` in it is set
        to a different seed.
    weights : array-like of shape (n_estimators,), default=None
        Weights of the estimators in the mean, 0 or more; None means equal weights.
    n_jobs : int or None, default=None
        Number of models that are trained in parallel, in no more processes than there are cores.
    random_state : int, RandomState instance or None, default=None

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted; an estimator that does not know a class gives it probability 0.
    estimators_ : list of list of classifier
        Fitted, by estimator and seed.
    named_estimators_ : Bunch
        The fitted classifiers, by name.
    n_features_in_ : int
        If the first estimator has it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import AttentionBLSTMClassifier, AveragingClassifier, ConsensusClassifier
    >>> from sklearn_ser.features import SequenceStatistics
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(loc, 1, (length, 4)) for loc, length in [(-1, 9), (1, 5)] * 20]
    >>> linear = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    >>> network = AttentionBLSTMClassifier((8, 8, 8), lr=0.01, max_epochs=5)
    >>> model = AveragingClassifier(
    ...     [("network", network), ("linear", linear)], n_seeds=2, random_state=0
    ... )
    >>> model.fit(X, ["sad", "angry"] * 20).predict(X[:2])
    array(['sad', 'angry'], dtype='<U5')
    """

    _reaches = {"n_jobs": "n_jobs"}
    _parameter_constraints: dict = {
        "estimators": [list],
        "n_seeds": [Interval(Integral, 1, None, closed="left")],
        "weights": ["array-like", None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimators: list[tuple[str, BaseEstimator]],
        *,
        n_seeds: int = 1,
        weights: ArrayLike | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.estimators = estimators
        self.n_seeds = n_seeds
        self.weights = weights
        self.n_jobs = n_jobs
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, including those of the estimators.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict
        """
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, or estimators by name.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self
        """
        return self._set_params("estimators", **params)

    def fit(
        self, X: Any, y: RatingsLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Train every estimator from every seed.

        Parameters
        ----------
        X : any container that the estimators accept, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        sample_weight : array-like of shape (n_samples,) or number, default=None
            Weights for every estimator, 0 or more. Samples of weight 0 are left out.
        **params : dict
            Other metadata to route to every estimator, if scikit-learn's metadata routing is
            enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y, weights of samples or `weights` are invalid, or they differ in length, there
            is no estimator, or names are not unique; also any error of the estimators.
        TypeError
            If weights are given and an estimator does not accept them, or an estimator learns
            labels instead of ratings.
        """
        self._validate_params()
        if not self.estimators:
            raise ValueError("at least one estimator is needed, got none.")
        self._validate_names([name for name, _ in self.estimators])
        self._get_weights()  # raises before anything is trained
        ratings = check_ratings(y)
        check_samples(X, ratings)
        for _, estimator in self.estimators:
            check_learns_ratings(estimator, self)
        n_samples = len(ratings)
        routed = route_weights(self, dict(self.estimators), sample_weight, params, n_samples)
        own = {name: self._leave_out(X, y, ratings, params) for name, params in routed.items()}
        rng = as_generator(self.random_state)
        # By seed, then by estimator, so that with more seeds the first models stay the same.
        tasks = [
            (clone_with_seed(estimator, draw_seed(rng)), *own[name])
            for _ in range(self.n_seeds)
            for name, estimator in self.estimators
        ]
        fitted = run_parallel(_fit, tasks, [1] * len(tasks), self.n_jobs)
        n = len(self.estimators)
        self.estimators_ = [fitted[i::n] for i in range(n)]
        self.classes_ = np.unique(np.concatenate([model.classes_ for model in fitted]))
        copy_feature_attributes(self, fitted[0])
        return self

    def _leave_out(self, X, y, ratings, params):
        """Return what an estimator is trained on: no samples whose weight is 0."""
        n_samples = len(ratings)
        rows = np.flatnonzero(combine_weights(params, n_samples) > 0)
        if len(rows) == n_samples:
            return X, ratings, params
        own = take_ratings(y, ratings, rows)
        return _safe_indexing(X, rows), own, take_params(params, rows, n_samples)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata such as ``sample_weight`` are routed to the estimators.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return make_router(self, dict(self.estimators))

    @property
    def named_estimators_(self) -> Bunch:
        """The fitted classifiers, by name."""
        check_is_fitted(self)
        names = [name for name, _ in self.estimators]
        return Bunch(**dict(zip(names, self.estimators_, strict=True)))

    def _get_weights(self):
        """Return weights of the estimators that sum to 1."""
        if self.weights is None:
            return np.full(len(self.estimators), 1 / len(self.estimators))
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.shape != (len(self.estimators),) or (weights < 0).any() or not weights.any():
            raise ValueError(
                f"weights must be {len(self.estimators)} numbers of at least 0, one per "
                f"estimator and not all 0; got {self.weights!r}."
            )
        return weights / weights.sum()

    def predict_proba(self, X: Any) -> NDArray:
        """Return the mean probability of each class.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        total = np.zeros((1, len(self.classes_)))
        for weight, models in zip(self._get_weights(), self.estimators_, strict=True):
            for model in models:
                proba = align_columns(model.predict_proba(X), model.classes_, self.classes_)
                total = total + weight / len(models) * proba
        return total


def _fit(model, X, ratings, params):
    return model.fit(X, ratings, **params)
