"""Scores that compare predictions with ratings, also as scorers for scikit-learn.

WA (weighted accuracy) is plain accuracy and UA (unweighted accuracy) is macro recall, both against
the consensus of the raters; cross-entropy and Jensen-Shannon divergence are against the whole
distribution of their ratings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import jensenshannon
from sklearn.base import BaseEstimator
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, f1_score, recall_score
from sklearn.utils.validation import check_consistent_length

from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._arrays import isin_labels

__all__ = [
    "RatingsScorer",
    "cross_entropy",
    "js_divergence",
    "macro_f1",
    "macro_f1_scorer",
    "neg_cross_entropy_scorer",
    "neg_js_divergence_scorer",
    "ua_scorer",
    "unweighted_accuracy",
    "wa_scorer",
    "weighted_accuracy",
]

# The precision of float32 networks. It keeps the loss finite for a class that was missing from the
# training fold.
SMALLEST = 1e-7


def _consensus_pairs(y_true, y_pred):
    """Return true and predicted labels of the samples whose consensus is a target class.

    Returns
    -------
    ndarray of int of shape (2, n_kept), or None
        Codes of labels; None, with a warning, if there are no such samples.
    """
    ratings = check_ratings(y_true)
    y_pred = np.asarray(y_pred)
    check_consistent_length(ratings, y_pred)
    consensus = ratings.consensus()
    kept = isin_labels(consensus, ratings.classes)
    if not kept.any():
        warnings.warn(
            "no sample has a consensus among the target classes; the score is NaN.",
            UndefinedMetricWarning,
            stacklevel=3,
        )
        return None
    # Codes, because numpy does not compare labels and predictions of all types.
    code = {}
    pairs = [
        [code.setdefault(label, len(code)) for label in labels]
        for labels in (consensus[kept].tolist(), y_pred[kept].tolist())
    ]
    return np.array(pairs)


def weighted_accuracy(y_true: RatingsLike, y_pred: ArrayLike) -> float:
    """Return the share of samples whose prediction is their consensus (WA, plain accuracy).

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples whose consensus is missing or not a target class are left out.
    y_pred : array-like of shape (n_samples,)

    Returns
    -------
    float
        In [0, 1]; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Examples
    --------
    >>> from sklearn_ser.metrics import unweighted_accuracy, weighted_accuracy
    >>> y_true, y_pred = ["sad", "sad", "sad", "angry"], ["sad", "sad", "angry", "sad"]
    >>> weighted_accuracy(y_true, y_pred)
    0.5
    >>> round(unweighted_accuracy(y_true, y_pred), 3)
    0.333
    """
    pairs = _consensus_pairs(y_true, y_pred)
    return np.nan if pairs is None else float(accuracy_score(*pairs))


def unweighted_accuracy(y_true: RatingsLike, y_pred: ArrayLike) -> float:
    """Return the mean recall of the target classes in the consensus (UA, UAR, macro recall).

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples whose consensus is missing or not a target class are left out. A class of the
        consensus that is never predicted counts, with recall 0.
    y_pred : array-like of shape (n_samples,)

    Returns
    -------
    float
        In [0, 1]; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Examples
    --------
    >>> from sklearn_ser.metrics import unweighted_accuracy
    >>> unweighted_accuracy(["sad", "sad", "angry"], ["sad", "angry", "angry"])
    0.75
    """
    pairs = _consensus_pairs(y_true, y_pred)
    if pairs is None:
        return np.nan
    occurring = np.unique(pairs[0])
    return float(recall_score(*pairs, labels=occurring, average="macro"))


def macro_f1(y_true: RatingsLike, y_pred: ArrayLike) -> float:
    """Return the mean F1 of the target classes in the consensus.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        Samples whose consensus is missing or not a target class are left out.
    y_pred : array-like of shape (n_samples,)

    Returns
    -------
    float
        In [0, 1]; NaN, with an `UndefinedMetricWarning`, if no sample is left.

    Examples
    --------
    >>> from sklearn_ser.metrics import macro_f1
    >>> round(macro_f1(["sad", "sad", "angry"], ["sad", "angry", "angry"]), 3)
    0.667
    """
    pairs = _consensus_pairs(y_true, y_pred)
    if pairs is None:
        return np.nan
    return float(f1_score(*pairs, labels=np.unique(pairs[0]), average="macro"))


def _distributions(y_true, y_proba, classes):
    """Return rated and predicted distributions of the samples with a rating for a target class.

    Their columns are the target classes of the ratings and all other predicted classes. A class
    that the model does not know has probability 0.

    Returns
    -------
    rated, predicted : ndarray of shape (n_kept, n_columns)
        Or None, with a warning, if there are no such samples.
    """
    ratings = check_ratings(y_true)
    y_proba = np.asarray(y_proba, dtype=np.float64)
    check_consistent_length(ratings, y_proba)
    classes = np.asarray(classes).tolist()
    if y_proba.ndim != 2 or y_proba.shape[1] != len(classes):
        raise ValueError(
            f"y_proba must have shape (n_samples, {len(classes)}), one column per class; got "
            f"{y_proba.shape}."
        )
    targets = ratings.classes.tolist()
    everything = [*targets, *(label for label in classes if label not in set(targets))]
    counts = ratings.counts(targets)
    kept = counts.any(axis=1)
    if not kept.any():
        warnings.warn(
            "no sample has a rating for a target class; the score is NaN.",
            UndefinedMetricWarning,
            stacklevel=3,
        )
        return None
    rated = np.zeros((kept.sum(), len(everything)))
    rated[:, : len(targets)] = counts[kept] / counts[kept].sum(axis=1, keepdims=True)
    predicted = np.zeros(rated.shape)
    predicted[:, [everything.index(label) for label in classes]] = y_proba[kept]
    return rated, predicted


def cross_entropy(y_true: RatingsLike, y_proba: ArrayLike, *, classes: ArrayLike) -> float:
    """Return the mean cross-entropy of predictions against the distribution of the ratings.

    Parameters
    ----------
    y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        The reference is the share of each target class among a sample's ratings. Samples without a
        rating for a target class are left out.
    y_proba : array-like of shape (n_samples, n_classes)
    classes : array-like of shape (n_classes,)
        Labels of the columns. Target classes that are not among them have probability 0.

    Returns
    -------
    float
        In nats, 0 or more; probabilities below 1e-7 count as 1e-7. NaN, with an
        `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        If there is not one column per class, or y_true and y_proba differ in length.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import cross_entropy, js_divergence
    >>> y_true = Ratings.from_wide([["sad", "angry"], ["sad", "sad"]])
    >>> round(cross_entropy(y_true, [[0.5, 0.5], [0.5, 0.5]], classes=["angry", "sad"]), 4)
    0.6931
    >>> js_divergence(y_true, [[0.5, 0.5], [1, 0]], classes=["angry", "sad"])
    0.5
    """
    pair = _distributions(y_true, y_proba, classes)
    if pair is None:
        return np.nan
    rated, predicted = pair
    return float(-(rated * np.log(np.maximum(predicted, SMALLEST))).sum(axis=1).mean())


def js_divergence(y_true: RatingsLike, y_proba: ArrayLike, *, classes: ArrayLike) -> float:
    """Return the mean Jensen-Shannon divergence of predictions and ratings.

    Parameters
    ----------
    y_true, y_proba, classes
        As in `cross_entropy`.

    Returns
    -------
    float
        In bits, from 0 (identical distributions) to 1 (no class in common). NaN, with an
        `UndefinedMetricWarning`, if no sample is left.

    Raises
    ------
    ValueError
        If there is not one column per class, or y_true and y_proba differ in length.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.metrics import js_divergence
    >>> y_true = Ratings.from_wide([["sad", "angry"]])
    >>> js_divergence(y_true, [[0.5, 0.5]], classes=["angry", "sad"])
    0.0
    """
    pair = _distributions(y_true, y_proba, classes)
    if pair is None:
        return np.nan
    return float((jensenshannon(*pair, base=2, axis=1) ** 2).mean())


class RatingsScorer:
    """A scorer, for ``scoring=`` of scikit-learn's searches and cross-validations.

    Scorers are pickled by their name in this module, so you cannot add others. For a score of your
    own, use `sklearn.metrics.make_scorer`, which passes ratings on unchanged.

    Parameters
    ----------
    name : str
        Name of the scorer in this module.
    function : callable
        ``function(y_true, y_pred)``, or ``function(y_true, y_proba, *, classes)``.
    sign : {1, -1}, default=1
        -1 for a loss, because greater scores are better; the name then begins with "neg".
    uses_probabilities : bool, default=False
        Whether the function takes probabilities rather than labels.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn_ser import AttentionBLSTMClassifier, Ratings
    >>> from sklearn_ser.metrics import neg_cross_entropy_scorer, ua_scorer
    >>> X = [[[-1.0]], [[1.0]]] * 10
    >>> y = Ratings.from_wide([["sad", "sad"], ["angry", "sad"]] * 10)
    >>> model = AttentionBLSTMClassifier((4, 4, 4), lr=0.02, max_epochs=5, random_state=0)
    >>> cross_val_score(model, X, y, scoring=neg_cross_entropy_scorer, cv=2).shape
    (2,)
    >>> ua_scorer(model.fit(X, y), X, y)
    1.0
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., float],
        *,
        sign: int = 1,
        uses_probabilities: bool = False,
    ) -> None:
        general = type(self).__doc__ or ""  # python -OO drops it
        self.__doc__ = general.replace("A scorer", f"`{function.__name__}` as a scorer")
        self.name = name
        self.function = function
        self.sign = sign
        self.uses_probabilities = uses_probabilities

    def __call__(self, estimator: BaseEstimator, X: Any, y: RatingsLike) -> float:
        """Score a fitted classifier.

        Parameters
        ----------
        estimator : classifier
        X : any container that the classifier accepts, of length n_samples
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples

        Returns
        -------
        float
            Greater is better.
        """
        ratings = check_ratings(y)
        check_samples(X, ratings)
        if self.uses_probabilities:
            score = self.function(ratings, estimator.predict_proba(X), classes=estimator.classes_)
        else:
            score = self.function(ratings, estimator.predict(X))
        return self.sign * score

    def __repr__(self):
        return self.name

    def __reduce__(self):
        # By name, so that unpickling in another process returns the scorer of this module.
        return self.name

    def __getstate__(self):
        # For skops, which ignores __reduce__ and must not write functions.
        return {"name": self.name}

    def __setstate__(self, state):
        self.__dict__.update(vars(_SCORERS[state["name"]]))


ua_scorer = RatingsScorer("ua_scorer", unweighted_accuracy)
wa_scorer = RatingsScorer("wa_scorer", weighted_accuracy)
macro_f1_scorer = RatingsScorer("macro_f1_scorer", macro_f1)
neg_cross_entropy_scorer = RatingsScorer(
    "neg_cross_entropy_scorer", cross_entropy, sign=-1, uses_probabilities=True
)
neg_js_divergence_scorer = RatingsScorer(
    "neg_js_divergence_scorer", js_divergence, sign=-1, uses_probabilities=True
)
_SCORERS = {
    scorer.name: scorer
    for scorer in (
        ua_scorer,
        wa_scorer,
        macro_f1_scorer,
        neg_cross_entropy_scorer,
        neg_js_divergence_scorer,
    )
}
