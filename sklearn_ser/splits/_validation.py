"""Split off validation samples, which decide when training stops."""

import copy

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._random import draw_seed

# A validation set taken from fewer samples than this is not informative.
FEWEST = 10
TRIES = 20


def split_validation(validation, sequences, labels, rng):
    """Split samples into a training and a validation set.

    Parameters
    ----------
    validation : float or splitter
        The share to hold out: of the speakers if at least two are known, otherwise of the samples,
        stratified by label. Alternatively, an object with ``split(X, y, groups)``, whose first
        split is used: X is the sequences with their speakers and sessions, y the labels, and
        groups the speakers. If its ``random_state`` is None, a copy of it gets a seed from `rng`.
    sequences : Sequences
    labels : ndarray of int of shape (n_samples,)
        The most likely class of each target.
    rng : numpy.random.Generator

    Returns
    -------
    train, valid : ndarray of int
        `valid` is None if there are too few samples to hold any out.
    """
    persons = get_persons(sequences.speaker)
    if hasattr(validation, "split"):
        if getattr(validation, "random_state", 0) is None:
            # With None, splitters of scikit-learn would draw from numpy's global generator. The
            # seed is from a copy of `rng`: what is drawn after it is the same for all splitters.
            validation = copy.copy(validation)
            validation.random_state = draw_seed(copy.deepcopy(rng))
        return next(iter(validation.split(sequences, labels, persons)))
    if len(labels) < FEWEST:
        return np.arange(len(labels)), None
    seed, rows = draw_seed(rng), np.zeros(len(labels))
    if persons is not None and len(set(persons)) > 1:
        # All unknown speakers (None) count as one person. None cannot be sorted with names, hence
        # the codes.
        codes = {person: code for code, person in enumerate(dict.fromkeys(persons))}
        groups = [codes[person] for person in persons]
        splitter = GroupShuffleSplit(TRIES, test_size=validation, random_state=seed)
        splits = list(splitter.split(rows, labels, groups))
        # Training needs all classes: if only held-out persons have one, draw others.
        complete = (split for split in splits if len(set(labels[split[0]])) == len(set(labels)))
        return next(complete, splits[-1])
    n_valid = int(np.ceil(validation * len(labels)))
    stratified = np.bincount(labels)[np.unique(labels)].min() > 1 and n_valid >= len(set(labels))
    splitter = StratifiedShuffleSplit if stratified else ShuffleSplit
    return next(splitter(1, test_size=n_valid, random_state=seed).split(rows, labels))
