"""The outputs of several members of an ensemble, joined into one row per sample."""

import numpy as np

from sklearn_ser.classifiers._mixins import TINY
from sklearn_ser.splits._cross_fitting import align_columns


def join_hidden(members, X):
    """Return the last hidden layers of fitted members, one row per sample."""
    return np.hstack([member.transform(X) for member in members], dtype=np.float64)


def join_proba(members, X, classes):
    """Return the log-probabilities of fitted members, one row per sample.

    Parameters
    ----------
    members, X, classes
        As for `predict_members`.

    Returns
    -------
    ndarray of float64 of shape (n_samples, n_members * n_classes)
    """
    return _flatten_log(predict_members(members, X, classes))


def cross_join_proba(names, X, classes, splits, by_fold):
    """Return the same for training samples, from members not trained on the sample.

    Parameters
    ----------
    names : list
        Of the members.
    X : Sequences or ndarray, of length n_samples
    classes : ndarray of shape (n_classes,)
    splits : list of (train, test), ndarrays of int
    by_fold : list of dict of name to classifier
        A member that had nothing to learn in a fold is missing there.

    Returns
    -------
    ndarray of float64 of shape (n_samples, n_members * n_classes)
    """
    proba = np.empty((len(X), len(names), len(classes)))
    for (_, test), members in zip(splits, by_fold, strict=True):
        of_fold = [members.get(name) for name in names]
        proba[test] = predict_members(of_fold, X[test], classes)
    return _flatten_log(proba)


def predict_members(members, X, classes):
    """Return the probabilities of each member; uniform probabilities for None.

    Parameters
    ----------
    members : list of classifier or None
    X : Sequences or ndarray, of length n_samples
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    ndarray of float64 of shape (n_samples, n_members, n_classes)
    """
    proba = np.full((len(X), len(members), len(classes)), 1 / len(classes))
    for place, member in enumerate(members):
        if member is not None:
            own = member.predict_proba(X)
            proba[:, place] = align_columns(own, member.classes_, classes)
    return proba


def _flatten_log(proba):
    """Return log-probabilities of all members and classes, one row per sample."""
    return np.log(proba.clip(TINY)).reshape(len(proba), -1)
