"""What cross-fitting needs, whoever does it."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, check_cv

from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._messages import join_names


def split_for_cross_fitting(cv, sequences, labels=None):
    """Split samples so that each is in one test part.

    Parameters
    ----------
    cv : int or splitter
        An integer keeps speakers apart where they are known and there are enough of them;
        elsewhere it balances the labels, if there are any.
    sequences : Sequences
    labels : ndarray of int of shape (n_samples,), default=None

    Returns
    -------
    list of (train, test), ndarrays of int

    Raises
    ------
    ValueError
        If a sample is in no test part, or in several; all such samples are named.
    """
    every, speakers = np.arange(len(sequences)), get_persons(sequences.speaker)
    known = speakers is not None and all(speaker is not None for speaker in speakers)
    if isinstance(cv, Integral):
        if known and len(set(speakers)) >= cv:
            cv = GroupKFold(cv)
        elif labels is not None:
            enough = np.bincount(labels)[np.unique(labels)].min() >= cv
            # Shuffled, since samples may come sorted by label; always the same way.
            cv = (StratifiedKFold if enough else KFold)(cv, shuffle=True, random_state=0)
    splits = list_splits(cv, every, labels, speakers)
    uneven = find_not_tested_once(splits, len(every))
    if len(uneven):
        raise ValueError(
            "the test parts of cv must hold every sample once; not so samples "
            f"{join_names(uneven)}."
        )
    return splits


def list_splits(cv, rows, labels, groups):
    """Return the splits of a splitter, or of an iterable of splits, as a list."""
    with warnings.catch_warnings():
        # Groups are for splitters that ask for them.
        warnings.filterwarnings("ignore", message="The groups parameter is ignored")
        return list(check_cv(cv).split(rows, labels, groups=groups))


def find_not_tested_once(splits, n_samples):
    """Return the samples that are not in exactly one test part, ndarray of int."""
    tests = np.concatenate([test for _, test in splits])
    return np.flatnonzero(np.bincount(tests, minlength=n_samples) != 1)


def align_columns(proba, own, classes):
    """Put a model's columns where they belong among all classes, which are sorted."""
    full = np.zeros((len(proba), len(classes)))
    full[:, np.searchsorted(classes, own)] = proba
    return full
