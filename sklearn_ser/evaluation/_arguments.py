"""Validate the arguments of `cross_evaluate`."""

from collections.abc import Mapping
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from sklearn_ser.metrics._labels import get_known_labels
from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.splits._cross_fitting import list_splits
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._arrays import check_finite
from sklearn_ser.utils._kinds import check_same_kind
from sklearn_ser.utils._messages import join_names


def check_estimators(estimators):
    """Validate estimators and return them as a dict of at least one name and classifier."""
    if isinstance(estimators, BaseEstimator):
        estimators = {type(estimators).__name__: estimators}
    if not isinstance(estimators, Mapping) or not estimators:
        raise TypeError(
            "estimators must be a dict of names and classifiers, or one classifier; got "
            f"{type(estimators).__name__}."
        )
    odd = [
        f"{name!r} ({type(estimator).__name__})"
        for name, estimator in estimators.items()
        if isinstance(estimator, type)
        or not (hasattr(estimator, "fit") and hasattr(estimator, "predict"))
    ]
    if odd:
        raise TypeError(
            f"estimators must be instances with fit and predict; not for {join_names(odd)}."
        )
    return estimators


def check_inspect(inspect):
    """Validate what inspects fitted estimators, and return it."""
    if inspect is not None and not callable(inspect):
        raise TypeError(
            f"inspect must be a function of a fitted estimator; got {type(inspect).__name__}."
        )
    return inspect


def check_comparable(ratings, classes, *, predicted=None, proba=None):
    """Raise a ValueError if predictions cannot be compared with ratings.

    Parameters
    ----------
    ratings : Ratings
    classes : array-like of shape (n_classes,)
        ``classes_`` of the estimator.
    predicted : array-like of labels, or None
    proba : ndarray of shape (n_samples, n_classes), or None
    """
    labels = get_known_labels(ratings)
    if predicted is not None:
        check_same_kind(labels, predicted, "the labels of the ratings", "the predictions")
    check_same_kind(labels, classes, "the labels of the ratings", "classes_ of the estimator")
    if proba is not None:
        check_finite(proba, "predict_proba")


def get_data(corpus):
    """Return the data and the ratings of a corpus."""
    for name in ("data", "ratings"):
        if not hasattr(corpus, name):
            raise TypeError(
                "corpus must have the attributes data and ratings, as loaders return it; "
                f"{type(corpus).__name__} has no {name}."
            )
    return corpus.data, check_ratings(corpus.ratings)


def get_title(corpus):
    """Return the first line of a corpus's description."""
    lines = (getattr(corpus, "DESCR", None) or "").strip().splitlines()
    return lines[0] if lines else "corpus"


def describe_cv(cv):
    """Describe what is held out in a fold."""
    if cv is None:
        return "one group at a time"
    if isinstance(cv, Integral):
        return "whole groups"
    return type(cv).__name__ if hasattr(cv, "split") else "splits as given"


def check_seeds(seeds):
    """Validate seeds and return them as a list of different integers."""
    found = np.asarray(seeds)
    if found.shape == (0,):
        raise ValueError("at least one seed is needed, got none.")
    if found.ndim != 1 or found.dtype.kind not in "iu" or len(set(found.tolist())) != len(seeds):
        raise ValueError(f"seeds must be a sequence of different integers, got {seeds!r}.")
    return found.tolist()


def get_column(data, name, *, required=True):
    """Return a column of a DataFrame, or an attribute of Sequences, with one value per sample.

    Return None if there is no such column and it is not required.
    """
    if isinstance(data, pd.DataFrame):
        if name in data.columns:
            return data[name].to_numpy(object)
        known = data.columns.tolist()
    else:
        found = getattr(data, name, None)
        if found is not None:
            return np.asarray(found, dtype=object)
        known = [key for key in ("speaker", "session") if getattr(data, key, None) is not None]
    if required:
        raise ValueError(
            f"the data have no {name!r} to group by; they have {join_names(known) or 'no groups'}."
        )
    return None


def check_groups(data, groups):
    """Return the group of every sample: a column or as given; for speakers, the person."""
    if isinstance(groups, str):
        groups = get_column(data, groups)
    groups = get_persons(groups)
    absent = [i for i, group in enumerate(groups) if pd.isna(group)]
    if absent:
        raise ValueError(
            f"every sample must have a group; samples {join_names(absent)} have none."
        )
    return groups


def make_splits(cv, groups, labels):
    """Return the splits as a list of training and test rows."""
    if cv is None:
        cv = LeaveOneGroupOut()
    elif isinstance(cv, Integral):
        cv = GroupKFold(int(cv))
    return list_splits(cv, np.zeros(len(groups)), labels, groups)


def check_speakers(splits, speakers, allowed):
    """Return whether any person is, or may be, on both sides of a split.

    Parameters
    ----------
    splits : list of (train, test)
    speakers : ndarray of object of shape (n_samples,), or None
    allowed : bool
        If not, raise a ValueError instead of returning True.

    Returns
    -------
    bool
    """
    speakers = get_persons(speakers)
    if speakers is None or any(pd.isna(speaker) for speaker in speakers):
        problem = "some speakers are unknown, so that they may be on both sides of a split"
    else:
        found = []
        for fold, (train, test) in enumerate(splits):
            both = sorted(set(speakers[train]) & set(speakers[test]), key=str)
            if both:
                found.append(f"fold {fold} ({join_names(both)})")
        if not found:
            return False
        problem = f"speakers are on both sides of {join_names(found)}"
    if not allowed:
        raise ValueError(
            f"{problem}. The scores would measure how well a model knows the voices, not only "
            "how well it knows emotions: group by speaker or session, or pass "
            "allow_shared_speakers=True."
        )
    return True
