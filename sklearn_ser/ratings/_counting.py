"""Count votes by class and by annotator, and find the consensus."""

from numbers import Real

import numpy as np

from sklearn_ser.ratings._codes import ANONYMOUS, NO_LABEL, find_firsts, number_samples
from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._messages import join_names


def find_places(ratings, classes):
    """Return the index of each rating's label in the classes, -1 if it is not among them."""
    place = {label: k for k, label in enumerate(classes)}
    codes = np.array([place.get(label, -1) for label in ratings.labels.tolist()], dtype=np.intp)
    return codes[ratings.values[:, 1]]


def count_votes(ratings, classes, multilabel="all", weights=None):
    """Count the raters of each sample who gave each class; see `Ratings.counts`."""
    if multilabel not in ("all", "first"):
        raise ValueError(f"multilabel must be 'all' or 'first', got {multilabel!r}.")
    places = find_places(ratings, classes)
    counted = places >= 0
    if multilabel == "first":
        counted &= find_firsts(ratings.values, ratings.offsets)
    cells = number_samples(ratings.offsets)[counted] * len(classes) + places[counted]
    if weights is not None:
        weights = _order_weights(ratings, weights)[ratings.values[counted, 0]]
    votes = np.bincount(cells, weights, minlength=len(ratings) * len(classes))
    return votes.reshape(len(ratings), len(classes))


def _order_weights(ratings, weights):
    """Return one weight per annotator, then one for anonymous raters, whose code is -1."""
    bad = [
        f"{to_plain(weight)!r} for {to_plain(name)!r}"
        for name, weight in weights.items()
        if not (isinstance(weight, Real) and 0 <= weight < np.inf)
    ]
    if bad:
        raise ValueError(f"weights must be numbers of at least 0, got {join_names(bad)}.")
    return np.array([*(weights.get(name, 1.0) for name in ratings.annotators.tolist()), 1.0])


def find_consensus(ratings, rule):
    """Return the code of the label that leads in each sample, NO_LABEL where none does.

    Parameters
    ----------
    ratings : Ratings
    rule : {"plurality", "majority"}

    Returns
    -------
    ndarray of int of shape (n_samples,)
    """
    if rule not in ("plurality", "majority"):
        raise ValueError(f"rule must be 'plurality' or 'majority', got {rule!r}.")
    if len(ratings.labels) == 0:
        return np.full(len(ratings), NO_LABEL)
    votes = count_votes(ratings, ratings.labels.tolist())
    most = votes.max(axis=1)
    leads = ((votes == most[:, None]).sum(axis=1) == 1) & (most > 0)
    if rule == "majority":
        leads &= 2 * most > votes.sum(axis=1)
    return np.where(leads, votes.argmax(axis=1), NO_LABEL)


def count_rated_samples(ratings, classes):
    """Count the samples to which each annotator gave one of the given classes.

    Returns
    -------
    ndarray of int of shape (n_annotators,)
    """
    annotator, sample = ratings.values[:, 0], number_samples(ratings.offsets)
    counted = (find_places(ratings, classes) >= 0) & (annotator != ANONYMOUS)
    pairs = np.unique(np.column_stack([annotator[counted], sample[counted]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=len(ratings.annotators))
