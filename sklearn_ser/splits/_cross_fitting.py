"""Splits for cross-fitting: every sample is predicted by a model that was not trained on it."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    PredefinedSplit,
    StratifiedKFold,
    check_cv,
)
from sklearn.utils.validation import _num_samples

from sklearn_ser.splits._speakers import get_persons, has_altered
from sklearn_ser.utils._messages import join_names


def split_for_cross_fitting(cv, X, labels=None):
    """Split samples so that each of them is in exactly one test set.

    Parameters
    ----------
    cv : int or splitter
        An integer is the number of folds. They hold out whole persons if all speakers are known
        and there are at least two persons, in fewer folds if there are fewer persons. Otherwise
        they are stratified by label if labels are given and every class has at least `cv` samples,
        and plain if not. Altered recordings always stay with their person.
    X : container of samples
        With an attribute or column ``speaker``, if known.
    labels : ndarray of int of shape (n_samples,), default=None

    Returns
    -------
    list of (train, test), ndarrays of int

    Raises
    ------
    ValueError
        If a sample is in no test set or in several, which are listed; or if recordings are altered
        and all of one person.
    """
    speaker, n_samples = getattr(X, "speaker", None), _num_samples(X)
    persons = get_persons(speaker)
    known = persons is not None and all(person is not None for person in persons)
    if isinstance(cv, Integral):
        n_persons = len(set(persons)) if known else 0
        if n_persons >= 2:
            cv = GroupKFold(min(cv, n_persons))
        elif has_altered(speaker):
            persons, cv = _keep_copies_together(persons, cv)
        elif labels is not None:
            enough = np.bincount(labels)[np.unique(labels)].min() >= cv
            # Shuffle with a fixed seed, since samples may be sorted by label.
            cv = (StratifiedKFold if enough else KFold)(cv, shuffle=True, random_state=0)
    splits = list_splits(cv, np.arange(n_samples), labels, persons)
    check_tested_once(splits, n_samples)
    return splits


def _keep_copies_together(persons, cv):
    """Return groups that keep altered recordings beside their originals, and a splitter."""
    # A recording of an unknown speaker is a group of its own.
    names = [("", row) if person is None else person for row, person in enumerate(persons)]
    codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
    if len(codes) < 2:
        raise ValueError(
            f"cross-fitting with cv={cv} needs at least two speakers if recordings are altered, "
            f"so that no copy is tested by a model of its original; got {len(codes)}."
        )
    return [codes[name] for name in names], GroupKFold(min(cv, len(codes)))


def list_splits(cv, rows, labels, groups):
    """Return the splits of an integer, a splitter or an iterable of splits as a list."""
    with warnings.catch_warnings():
        # Splitters that do not use groups ignore them; users need no warning of this.
        warnings.filterwarnings("ignore", message="The groups parameter is ignored")
        splits = list(check_cv(cv).split(rows, labels, groups=groups))
    return [tuple(map(_as_rows, split)) for split in splits]


def take_splits(cv, rows, n_samples):
    """Return splits of some samples, where `cv` may list the rows of splits of all of them.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
    rows : ndarray of int
        The samples that are used.
    n_samples : int

    Returns
    -------
    int, splitter or list of (train, test)
        Unchanged, unless it lists rows, or all samples are used.
    """
    lists_rows = isinstance(cv, PredefinedSplit) or not hasattr(cv, "split")
    if isinstance(cv, Integral) or len(rows) == n_samples or not lists_rows:
        return cv
    places = np.full(n_samples, -1)
    places[rows] = np.arange(len(rows))
    splits = [
        tuple(places[part][places[part] >= 0] for part in split)
        for split in list_splits(cv, np.arange(n_samples), None, None)
    ]
    return [(train, test) for train, test in splits if len(test)]


def _as_rows(part):
    """Return one side of a split as row numbers: users may give lists or masks."""
    part = np.asarray(part)
    return np.flatnonzero(part) if part.dtype == bool else part


def check_tested_once(splits, n_samples):
    """Raise a ValueError if a sample is not in exactly one test set."""
    tests = np.concatenate([test for _, test in splits])
    odd = np.flatnonzero(np.bincount(tests, minlength=n_samples) != 1)
    if len(odd):
        raise ValueError(
            "every sample must be in exactly one test set of cv; this does not hold for samples "
            f"{join_names(odd)}."
        )


def align_columns(proba, own, classes):
    """Return probabilities with one column per class, 0 for classes that the model does not know.

    Parameters
    ----------
    proba : ndarray of shape (n_samples, n_own)
    own : ndarray of shape (n_own,)
        The classes that the model knows.
    classes : ndarray of shape (n_classes,)
        All classes, sorted.

    Returns
    -------
    ndarray of float64 of shape (n_samples, n_classes)
    """
    full = np.zeros((len(proba), len(classes)))
    full[:, np.searchsorted(classes, own)] = proba
    return full
