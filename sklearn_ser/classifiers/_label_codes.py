"""Labels of ratings as numbers: their places in a vocabulary, their weights, the classes given."""

import numpy as np

from sklearn_ser.ratings._codes import find_firsts, keep_ratings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._kinds import show_labels


def find_codes(labels, vocabulary):
    """Return the place of each label in a vocabulary, and -1 for labels that it lacks."""
    code = {label: i for i, label in enumerate(vocabulary.tolist())}
    return np.array([code.get(label, -1) for label in labels.tolist()], dtype=np.int32)


def recode_labels(ratings, labels):
    """Return ratings with another vocabulary; ratings with labels that it lacks are left out."""
    annotator, label = ratings.values.T
    values = np.column_stack([annotator, find_codes(ratings.labels, labels)[label]])
    values, offsets = keep_ratings(values, ratings.offsets, values[:, 1] >= 0)
    return Ratings(values, offsets, ratings.annotators, labels)


def drop_unused(ratings):
    """Return ratings whose vocabularies hold only the annotators and labels that occur."""
    annotator, label = ratings.values.T
    # The number -1, of anonymous raters, stays.
    names, new = np.unique(np.append(annotator, -1), return_inverse=True)
    labels, codes = np.unique(label, return_inverse=True)
    values = np.column_stack([new[:-1] - 1, codes]).astype(np.int32)
    annotators = ratings.annotators[names[1:]]
    return Ratings(values, ratings.offsets, annotators, ratings.labels[labels])


def weigh_labels(ratings):
    """Return the weight of each rating: 1 / m if its rater gave the sample m labels.

    Returns
    -------
    ndarray of float64 of shape (n_ratings,)
    """
    rater = np.cumsum(find_firsts(ratings.values, ratings.offsets)) - 1
    return 1 / np.bincount(rater)[rater] if len(rater) else np.zeros(0)


def find_given_classes(ratings):
    """Return the target classes that raters gave.

    Parameters
    ----------
    ratings : Ratings

    Returns
    -------
    ndarray of shape (n_classes,)
        Sorted.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    given = drop_unused(ratings).labels
    classes = given[find_codes(given, ratings.classes) >= 0]
    if len(classes) < 2:
        number = "1 class" if len(classes) else "none"
        raise ValueError(
            f"at least two classes are needed, got {number}: raters gave the target "
            f"classes [{show_labels(classes)}], and the labels [{show_labels(given, 10)}]."
        )
    return classes
