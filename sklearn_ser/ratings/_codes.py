"""Ratings as codes: one row ``(annotator, label)`` per rating, cut into samples by offsets.

Functions here and in `_counting` only use public attributes of `Ratings`: values and offsets.
"""

import numpy as np

ANONYMOUS = -1  # the annotator of a rating whose rater is unknown
NO_LABEL = -1


def sort_codes(n_samples, sample, annotator, label):
    """Sort ratings by sample and annotator, and drop labels that a rater repeats.

    The labels of an annotator stay in the given order, since the first one may matter. Anonymous
    ratings are sorted by label, and equal ones count as those of different people.

    Parameters
    ----------
    n_samples : int
    sample, annotator, label : ndarray of int of shape (n_ratings,)

    Returns
    -------
    values : ndarray of int32 of shape (n_kept, 2)
    offsets : ndarray of int of shape (n_samples + 1,)
    """
    given = np.where(annotator == ANONYMOUS, label, np.arange(len(label)))
    order = np.lexsort((given, annotator, sample))
    values = np.column_stack([annotator[order], label[order]]).astype(np.int32, copy=False)
    offsets = np.searchsorted(sample[order], np.arange(n_samples + 1))
    return drop_repeats(values, offsets)


def drop_repeats(values, offsets):
    """Keep only the first of equal labels that a rater gave to a sample."""
    sample, (annotator, label) = number_samples(offsets), values.T
    order = np.lexsort((np.arange(len(label)), label, annotator, sample))
    key = np.column_stack([sample, annotator, label])[order]
    repeated = np.zeros(len(label), dtype=bool)
    repeated[order[1:]] = (key[1:] == key[:-1]).all(axis=1) & (key[1:, 1] != ANONYMOUS)
    return keep_ratings(values, offsets, ~repeated)


def keep_ratings(values, offsets, mask):
    """Keep the ratings selected by a mask; samples are kept even if they become empty."""
    if mask.all():
        return values, offsets
    n_kept = np.concatenate([[0], np.cumsum(mask)])
    return values[mask], n_kept[offsets]


def number_samples(offsets):
    """Return the sample of every rating, ndarray of int of shape (n_ratings,)."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def find_firsts(values, offsets):
    """Return which ratings are the first that their rater gave to the sample.

    Returns
    -------
    ndarray of bool of shape (n_ratings,)
        The number of True values in a sample is its number of raters.
    """
    sample, annotator = number_samples(offsets), values[:, 0]
    first = np.ones(len(sample), dtype=bool)
    first[1:] = (sample[1:] != sample[:-1]) | (annotator[1:] != annotator[:-1])
    return first | (annotator == ANONYMOUS)
