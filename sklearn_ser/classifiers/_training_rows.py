"""Choose the samples that a network is trained on, and those that are held out."""

from numbers import Integral

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
    used = np.flatnonzero(has_target(targets))
    labels = targets[used].argmax(axis=1)
    train, valid = np.arange(len(used)), None
    if classifier.early_stopping:
        # If all samples are used, their frames are not copied.
        X = X if len(used) == len(X) else X[used]
        train, valid = split_validation(classifier.validation, X, labels, rng)
    train = resample_rows(train, labels, classifier.resample, rng)
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


def restrict_splits(cv, rows, n_samples):
    """Return cross-validation for the samples that are learned from.

    Parameters
    ----------
    cv : int, splitter, iterable of (train, test) or None
        Only an iterable knows the samples already: its rows are those of all samples.
    rows : ndarray of int
        The samples that are learned from.
    n_samples : int
        Number of all samples.

    Returns
    -------
    int, splitter, None or list of (train, test)
        The rows of a list are places among `rows`.
    """
    if cv is None or isinstance(cv, Integral) or hasattr(cv, "split"):
        return cv
    place = np.full(n_samples, -1)
    place[rows] = np.arange(len(rows))
    splits = [[place[np.asarray(part)] for part in split] for split in cv]
    kept = [tuple(part[part >= 0] for part in split) for split in splits]
    return [(train, test) for train, test in kept if len(test)]
