"""Chains of segment networks, each trained on labels refined by the previous one."""

import functools

import joblib
import numpy as np
from sklearn.base import clone

from sklearn_ser.classifiers._profiles import concatenate_profiles, refine
from sklearn_ser.classifiers._routing import take_params
from sklearn_ser.splits._cross_fitting import split_for_cross_fitting
from sklearn_ser.utils._cache import compute_cached, fingerprint, open_cache
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._random import clone_with_seed


def train_chain(estimator, X, ratings, targets, rows, others, plan):
    """Train all stages on some samples, and apply each to the others.

    Parameters
    ----------
    estimator : segment estimator
        Cloned for every stage.
    X : Segments
    ratings : Ratings
    targets : ndarray of shape (n_samples, n_classes)
    rows, others : ndarray of int
        Samples to train on, and samples to apply the stages to.
    plan : dict
        ``refinement``, ``stage_labels``, ``cv`` (of out-of-fold labels), ``seeds`` (one per
        stage), ``memory``, and ``params`` of ``fit`` (such as weights of the samples).

    Returns
    -------
    stages : list of fitted estimators
    profiles : list of list of ndarray of shape (n_segments_i, n_classes)
        Profiles of `others`, by stage.
    """
    cache = open_cache(plan["memory"])
    X_own, X_others = (X if len(part) == len(X) else X[part] for part in (rows, others))
    params = take_params(plan["params"], rows, len(X))
    ratings, targets = ratings[rows], targets[rows]
    key = None
    if cache is not None:
        data = X_own, np.asarray(ratings), targets
        key = joblib.hash((*data, params) if params else data)
    of_segments, stages, profiles = None, [], []
    for stage, seed in enumerate(plan["seeds"]):
        model = clone_with_seed(estimator, seed)
        if cache is not None:
            key = joblib.hash((key, fingerprint(model), of_segments))
        fit = functools.partial(model.fit, X_own, ratings, segment_targets=of_segments, **params)
        fitted = compute_cached(cache, ("stage", key), fit)
        stages.append(fitted)
        profiles.append(fitted.predict_profile(X_others) if len(others) else [])
        if stage + 1 < len(plan["seeds"]):
            if plan["stage_labels"] == "in-sample":
                own = fitted.predict_profile(X_own)
            else:
                cv = plan["cv"]
                predict = functools.partial(
                    _cross_fit, model, X_own, ratings, targets, of_segments, cv, params
                )
                own = compute_cached(cache, ("out-of-fold", key, joblib.hash(cv)), predict)
            of_segments = refine(plan["refinement"], concatenate_profiles(own), targets)
    return stages, profiles


def _cross_fit(model, X, ratings, targets, of_segments, cv, params):
    """Return the profile of each sample, predicted by models that were not trained on it."""
    found = [None] * len(X)
    if of_segments is not None:
        of_segments = Ragged(of_segments, X.segment_offsets)
    for train, test in split_for_cross_fitting(cv, X, targets.argmax(axis=1)):
        own = None if of_segments is None else of_segments[train].values
        weighted = take_params(params, train, len(X))
        fitted = clone(model).fit(X[train], ratings[train], segment_targets=own, **weighted)
        for row, profile in zip(test, fitted.predict_profile(X[test]), strict=True):
            found[row] = profile
    return found
