"""Choose the samples that a network is trained on, and those that are held out."""

import numpy as np

from sklearn_ser.splits._validation import split_validation
from sklearn_ser.targets import has_target


def choose_rows(classifier, X, targets, rng):
    """Split samples according to the parameters of a network's classifier.

    Parameters
    ----------
    classifier : NetworkClassifier
        Its ``early_stopping``, ``validation`` and ``resample`` are read.
    X : Sequences
    targets : ndarray of shape (n_samples, n_classes)
        Samples with a row of NaN are in neither part.
    rng : numpy.random.Generator

    Returns
    -------
    train : ndarray of int
        Rows to train on; with ``resample="over"``, some are repeated.
    valid : ndarray of int or None
        Held-out rows, if any.
    """
    train, valid = split_rows(classifier, X, targets, rng)
    return resample_rows(train, targets.argmax(axis=1), classifier.resample, rng), valid


def split_rows(classifier, X, targets, rng):
    """Split samples as `choose_rows` does, before any are repeated or dropped."""
    used = np.flatnonzero(has_target(targets))
    if not classifier.early_stopping:
        return used, None
    # If all samples are used, their frames are not copied.
    X = X if len(used) == len(X) else X[used]
    labels = targets[used].argmax(axis=1)
    train, valid = split_validation(classifier.validation, X, labels, rng)
    return used[train], None if valid is None else used[valid]


def resample_rows(rows, labels, resample, rng):
    """Repeat or drop rows at random until all classes are equally common.

    Parameters
    ----------
    rows : ndarray of int of shape (n_rows,)
    labels : ndarray of int
        The class of each sample, indexed by `rows`.
    resample : {"over", "under"} or None
        None returns the rows unchanged.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int
    """
    if resample is None:
        return rows
    members = [rows[labels[rows] == label] for label in np.unique(labels[rows])]
    sizes = [len(member) for member in members]
    if resample == "under":
        return np.concatenate([rng.permutation(member)[: min(sizes)] for member in members])
    extra = [rng.choice(member, max(sizes) - len(member)) for member in members]
    return np.concatenate([*members, *extra])
