"""Which training samples are held out to tell when to stop."""

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._random import draw_seed

# Below this many samples a held-out part says nothing.
FEWEST = 10
TRIES = 20


def split_validation(validation, sequences, labels, rng):
    """Split samples into those to train on and those to watch.

    Parameters
    ----------
    validation : float or splitter
        A share of the speakers where at least two are known, else of the samples, stratified by
        label; or an object with ``split(X, y, groups)``, of which the first split is taken; it
        gets the sequences (with speakers and sessions), the labels and the speakers.
    sequences : Sequences
    labels : ndarray of int of shape (n_samples,)
        The most likely class of each target.
    rng : numpy.random.Generator

    Returns
    -------
    train, valid : ndarray of int
        `valid` is None where there are too few samples to hold any out.
    """
    speakers = get_persons(sequences.speaker)
    if hasattr(validation, "split"):
        return next(iter(validation.split(sequences, labels, speakers)))
    if len(labels) < FEWEST:
        return np.arange(len(labels)), None
    seed, rows = draw_seed(rng), np.zeros(len(labels))
    if speakers is not None and len(set(speakers)) > 1:
        # Codes, because None (an unknown speaker, taken as one) cannot be sorted among names.
        codes = {name: code for code, name in enumerate(dict.fromkeys(speakers))}
        groups = [codes[name] for name in speakers]
        splitter = GroupShuffleSplit(TRIES, test_size=validation, random_state=seed)
        splits = list(splitter.split(rows, labels, groups))
        # Held-out speakers may be the only ones with some class; then others are drawn.
        whole = (split for split in splits if len(set(labels[split[0]])) == len(set(labels)))
        return next(whole, splits[-1])
    n_valid = int(np.ceil(validation * len(labels)))
    stratified = np.bincount(labels)[np.unique(labels)].min() > 1 and n_valid >= len(set(labels))
    splitter = StratifiedShuffleSplit if stratified else ShuffleSplit
    return next(splitter(1, test_size=n_valid, random_state=seed).split(rows, labels))
