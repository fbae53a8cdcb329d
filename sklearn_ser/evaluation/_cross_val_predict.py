"""Predict every sample with a model that was not trained on it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, check_consistent_length

from sklearn_ser.evaluation._arguments import check_comparable, check_groups
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.splits._cross_fitting import align_columns, check_tested_once, list_splits
from sklearn_ser.utils._messages import naming
from sklearn_ser.utils._orphans import end_with_parent
from sklearn_ser.utils._typing import CrossValidation

METHODS = ("predict", "predict_proba")


def cross_val_predict(
    estimator: BaseEstimator,
    X: Any,
    y: RatingsLike,
    *,
    groups: ArrayLike | None = None,
    cv: CrossValidation = None,
    method: Literal["predict", "predict_proba"] = "predict",
    n_jobs: int | None = None,
    verbose: int = 0,
) -> NDArray:
    """Predict every sample with a model that was not trained on it.

    scikit-learn's function of the same name encodes y as labels before it computes probabilities,
    which is impossible with ratings. This function passes ratings to the estimator unchanged.

    Parameters
    ----------
    estimator : classifier
    X : DataFrame, Sequences or any container of length n_samples that scikit-learn can index
    y : Ratings, or any form that `check_ratings` accepts, of length n_samples
    groups : array-like of shape (n_samples,), default=None
        Groups for the splitter, such as speakers or sessions, to keep on one side. The altered
        copies of a person's recordings belong to the person.
    cv : int, splitter or iterable of splits, default=None
        None means five folds, and an integer is the number of folds; both use ``KFold``, which
        ignores groups. A splitter gets the consensus as labels ("None" if there is none) and the
        groups. Every sample must be in exactly one test set.
    method : {"predict", "predict_proba"}, default="predict"
    n_jobs : int, default=None
        Number of folds to fit in parallel, with joblib.
    verbose : int, default=0
        Verbosity of joblib.

    Returns
    -------
    ndarray of shape (n_samples, n_classes) or (n_samples,)
        Probabilities, or labels. The columns are the target classes of y and any other classes
        that the models know, sorted; the probability is 0 if a fold's model does not know a class.

    Raises
    ------
    ValueError
        If `method` is unknown, X, y and groups differ in length, samples have no group or are not
        in exactly one test set (they are listed), or the estimator predicts labels of another kind
        than those of y, or probabilities that are not finite; also any error of the estimator,
        with a note that says in which fold it arose.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GroupKFold
    >>> from sklearn_ser import AttentionBLSTMClassifier, Ratings
    >>> from sklearn_ser.evaluation import cross_val_predict
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(12, 7, 3))
    >>> y = Ratings.from_wide([["sad", "angry"], ["angry", "angry"], ["sad", "sad"]] * 4)
    >>> model = AttentionBLSTMClassifier((4, 4, 4), max_epochs=1, random_state=0)
    >>> folds = {"groups": np.repeat(["F1", "M1", "F2", "M2"], 3), "cv": GroupKFold(2)}
    >>> cross_val_predict(model, X, y, **folds).shape
    (12,)
    >>> cross_val_predict(model, X, y, method="predict_proba", **folds).shape
    (12, 2)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, got {method!r}.")
    ratings = check_ratings(y)
    check_samples(X, ratings)
    check_consistent_length(X, groups)
    n_samples = _num_samples(X)
    if groups is not None:
        groups = check_groups(X, groups)
    # Splitters get labels, as any splitter expects.
    splits = list_splits(cv, np.zeros(n_samples), ratings.consensus().astype(str), groups)
    check_tested_once(splits, n_samples)
    folds = Parallel(n_jobs=n_jobs, verbose=verbose)(
        delayed(_fit_and_predict)(fold, clone(estimator), X, ratings, *split, method)
        for fold, split in enumerate(splits)
    )
    rows = np.concatenate([test for _, test in splits])
    if method == "predict":
        predicted = np.concatenate([labels for labels, _ in folds])
    else:
        known = [ratings.classes, *(classes for _, classes in folds)]
        classes = np.unique(np.concatenate(known))
        predicted = np.concatenate([align_columns(proba, own, classes) for proba, own in folds])
    result = np.empty_like(predicted)
    result[rows] = predicted
    return result


def _fit_and_predict(fold, estimator, X, ratings, train, test, method):
    end_with_parent()
    with naming(f"in fold {fold}"):
        estimator.fit(_safe_indexing(X, train), ratings[train])
        found = getattr(estimator, method)(_safe_indexing(X, test))
        name = {"predict": "predicted", "predict_proba": "proba"}[method]
        check_comparable(ratings, estimator.classes_, **{name: found})
        return found, estimator.classes_
