"""A classifier that infers the truth and each rater's confusions in turns."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers import _confusions as em
from sklearn_ser.classifiers._annotators_mixin import ConfusionsMixin
from sklearn_ser.classifiers._bases import check_is_classifier, check_takes_frames
from sklearn_ser.classifiers._label_codes import find_codes, find_given_classes
from sklearn_ser.classifiers._missing_frames import average_targets, fill_with_prior, has_frames
from sklearn_ser.classifiers._mixins import ProbabilityMixin, copy_feature_attributes
from sklearn_ser.classifiers._routing import combine_weights, make_router, route_weights
from sklearn_ser.classifiers._sample_weight import (
    find_usable,
    place_rows,
    take_ratings,
    take_samples,
)
from sklearn_ser.classifiers._soft_fit import fit_soft, is_linear
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.splits._cross_fitting import (
    align_columns,
    split_for_cross_fitting,
    take_splits,
)
from sklearn_ser.utils._params import HasMethods, Interval, StrOptions
from sklearn_ser.utils._saving import Estimator
from sklearn_ser.utils._typing import CrossValidation

if TYPE_CHECKING:
    from sklearn.utils.metadata_routing import MetadataRouter

N_FOLDS = 5


class CrowdEMClassifier(MetaEstimatorMixin, ConfusionsMixin, ProbabilityMixin, Estimator):
    r"""Learn a classifier and the confusions of each rater together, from all ratings.

    The class of a sample is hidden. The classifier says how likely each class is, given the
    sample, and each rater has a confusion matrix, which says how likely each label is, given the
    class. Both are fitted in turns with the hidden classes, by expectation-maximisation [1]_; the
    same without a classifier is the algorithm of Dawid and Skene [2]_. Labels that are not target
    classes are informative, too: what is heard as "other" has a pattern.

    A rater with few ratings is drawn to the average rater, so that thousands of raters can be
    learned from; raters without identity are the average rater.

    Parameters
    ----------
    estimator : classifier
        Cloned in every round. A network of this package, or any classifier with ``predict_proba``
        that takes ``sample_weight``; see `RatingsClassifier`.
    cv : "auto", None, int or splitter, default="auto"
        How to predict the training samples in each round. None uses the classifier that was
        trained on them; a splitter or a number of folds uses classifiers that were not, at the
        cost of one training per fold and round. With "auto", None for linear classifiers and 5
        folds for all others: a classifier that memorises its targets learns nothing from raters.
        If X knows the speakers, an integer keeps them apart, in no more folds than speakers.
    shrinkage : float, default=5.0
        The number of ratings per class that the average rater is worth in each rater's matrix.
    max_iter : int, default=50
        Maximum number of rounds.
    tol : float, default=0.01
        Stop once no probability of a hidden class changes by more.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The target classes that raters gave, sorted.
    estimator_ : classifier
        Fitted to the hidden classes of the last round.
    annotators_ : list
        All raters with an identity, and then those whom `enrol` added.
    labels_ : ndarray of shape (n_labels,)
        All labels of the ratings, target classes and others.
    confusions_ : ndarray of shape (n_annotators, n_classes, n_labels)
        ``confusions_[a, k, l]`` is the probability that rater a says label l if the class is k.
    average_confusion_ : ndarray of shape (n_classes, n_labels)
        The matrix of the average rater.
    targets_ : ndarray of shape (n_samples, n_classes)
        The probability of each class of the training samples; NaN for samples that were left out.
    prior_ : ndarray of float64 of shape (n_classes,)
        The weighted mean of ``targets_``: the prediction for samples without frames.
    log_likelihood_ : ndarray of shape (n_rounds,)
        Of all ratings in each round, given the classifier and the confusions.
    n_iter_ : int
    n_features_in_ : int
        If the estimator has it.

    Notes
    -----
    With ratings :math:`r_{al}` of rater :math:`a` and label :math:`l` (:math:`1/m` each, if the
    rater gave :math:`m` labels), classifier :math:`f` and confusions :math:`C_a`, the hidden class
    of a sample has the log-probability :math:`\log f_k(x) + \sum_{a,l} r_{al} \log C_a[k, l]`, up
    to a constant. For logistic regression, the sum of `log_likelihood_`, of `shrinkage` times the
    cross-entropy of the average rater with each rater, and of the classifier's penalty never gets
    worse. There is no such law for other classifiers.

    References
    ----------
    .. [1] Raykar et al., "Learning from crowds", JMLR 11, 2010, pp. 1297-1322.
    .. [2] Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM
       algorithm", Applied Statistics 28(1), 1979, pp. 20-28. doi:10.2307/2346806

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_ser import CrowdEMClassifier, Ratings
    >>> rng = np.random.default_rng(0)
    >>> truth = np.tile(["angry", "sad"], 100)
    >>> X = rng.normal(size=(200, 2)) + 3 * (truth == "sad")[:, None]
    >>> opposite = np.where(truth == "sad", "angry", "sad")
    >>> y = Ratings.from_wide(np.column_stack([truth, truth, opposite]).astype(object))
    >>> model = CrowdEMClassifier(LogisticRegression()).fit(X, y)
    >>> model.confusions_.round(1).tolist()
    [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "cv": [StrOptions({"auto"}), "cv_object"],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        cv: CrossValidation | Literal["auto"] = "auto",
        shrinkage: float = 5.0,
        max_iter: int = 50,
        tol: float = 0.01,
    ) -> None:
        self.estimator = estimator
        self.cv = cv
        self.shrinkage = shrinkage
        self.max_iter = max_iter
        self.tol = tol

    def fit(
        self, X: Any, y: RatingsLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self:
        """Fit the classifier and the confusions.

        Parameters
        ----------
        X : any container of length n_samples that the estimator accepts and scikit-learn can index
            Samples without frames are left out.
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Samples without any rating are left out.
        sample_weight : array-like of shape (n_samples,) or number, default=None
            0 or more: the number of times that a sample, with its ratings, counts. Samples of
            weight 0 are left out.
        **params : dict
            Other weights, under the names that the estimator requests them by, if scikit-learn's
            metadata routing is enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or weights are invalid or they differ in length, a parameter is out of range,
            fewer than two target classes were given, or the estimator cannot be fitted; see
            `RatingsClassifier`.
        TypeError
            If weights are given and the estimator does not accept them, or X holds sequences of
            frames and the estimator takes tables.

        Warns
        -----
        ConvergenceWarning
            If the hidden classes still change after ``max_iter`` rounds.
        """
        self._validate_params()
        ratings = check_ratings(y)
        check_samples(X, ratings)
        check_is_classifier(self.estimator)
        check_takes_frames(self.estimator, X)
        n_samples, parts = len(ratings), {"estimator": self.estimator}
        routed = route_weights(self, parts, sample_weight, params, n_samples)
        weights = combine_weights(routed["estimator"], n_samples)
        usable = find_usable(has_frames(X), weights)
        own = take_ratings(y, ratings, usable)
        classes, is_rated = find_given_classes(own), own.lengths > 0
        rows = usable[is_rated]
        if len(rows) < n_samples:
            X, weights = take_samples(X, rows), weights[rows]
        votes = em.tabulate_votes(own[is_rated])
        truth = em.start_truth(em.count_labels(votes)[:, find_codes(classes, own.labels)])
        cv = self._choose_cv()
        cv = None if cv is None else take_splits(cv, rows, n_samples)
        predict = self._choose_prediction(cv, X, truth, classes, weights)
        rounds = self._iterate(predict, votes, truth, weights)

        last = rounds[-1]
        self.estimator_ = fit_soft(self.estimator, X, last.truth, classes, weights)
        self.classes_, self.labels_ = classes, own.labels
        self.annotators_ = own.annotators.tolist()
        self.confusions_, self.average_confusion_ = last.confusions[:-1], last.confusions[-1]
        self.targets_ = place_rows(last.truth, rows, n_samples)
        self.prior_ = average_targets(last.truth, weights)
        self.log_likelihood_ = np.array([step.log_likelihood for step in rounds])
        self.n_iter_ = len(rounds)
        copy_feature_attributes(self, self.estimator_)
        return self

    def _choose_cv(self):
        if not isinstance(self.cv, str):
            return self.cv
        return None if is_linear(self.estimator) else N_FOLDS

    def _iterate(self, predict, votes, truth, weights):
        """Return the rounds until the hidden classes change no more."""
        rounds = []
        for step in em.iterate_em(votes, truth, self.shrinkage, predict, weights):
            change = np.abs(step.truth - truth).max()
            truth = step.truth
            rounds.append(step)
            if change <= self.tol:
                return rounds
            if len(rounds) == self.max_iter:
                break
        warnings.warn(
            f"the hidden classes still changed by {change:.2g} in round max_iter={self.max_iter}; "
            f"tol is {self.tol:g}.",
            ConvergenceWarning,
            stacklevel=4,
        )
        return rounds

    def _choose_prediction(self, cv, X, truth, classes, weights):
        """Return the function that predicts the training samples, given their hidden classes."""

        def predict(model, part):
            return align_columns(model.predict_proba(part), model.classes_, classes)

        def predict_own(truth):
            return predict(fit_soft(self.estimator, X, truth, classes, weights), X)

        if cv is None:
            return predict_own
        splits = split_for_cross_fitting(cv, X, truth.argmax(axis=1))
        parts = [(take_samples(X, train), take_samples(X, test)) for train, test in splits]

        def predict_out_of_fold(truth):
            proba = np.empty_like(truth)
            for (train, test), (own, others) in zip(splits, parts, strict=True):
                model = fit_soft(self.estimator, own, truth[train], classes, weights[train])
                proba[test] = predict(model, others)
            return proba

        return predict_out_of_fold

    def predict_proba(self, X: Any) -> NDArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : as in `fit`, of length n_samples

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
        return fill_with_prior(X, self.prior_, self._compute_proba)

    def _compute_proba(self, X):
        model = self.estimator_
        return align_columns(model.predict_proba(X), model.classes_, self.classes_)

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
        return tags
