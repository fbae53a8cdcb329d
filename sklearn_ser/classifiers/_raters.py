"""Every rating as numbers, for networks that model each rater."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_ser.classifiers import _confusions as em
from sklearn_ser.classifiers._label_codes import find_codes, weigh_labels
from sklearn_ser.ratings._codes import find_firsts
from sklearn_ser.utils._ragged import Ragged, gather


class Raters(NamedTuple):
    """Ratings of all samples, and who gave them.

    Attributes
    ----------
    table : Ragged
        One row (annotator, label) per rating. The last annotator is all that are not modelled.
    weights : ndarray of shape (n_ratings,)
        1 / m if the rater gave the sample m labels, times any weight of the sample.
    truth : ndarray of shape (n_samples, n_classes)
        Shares of the votes for each class; NaN for samples without ratings.
    place : ndarray of int of shape (n_annotators,)
        The annotator that each is modelled as: itself, or the last one.
    class_labels : ndarray of int of shape (n_classes,)
        The number of each class among the labels.
    """

    table: Ragged
    weights: NDArray
    truth: NDArray
    place: NDArray
    class_labels: NDArray


def tabulate_raters(ratings, classes, min_ratings):
    """Return ratings as numbers.

    Parameters
    ----------
    ratings : Ratings
    classes : ndarray of shape (n_classes,)
        All of them are among the labels.
    min_ratings : int
        Annotators who rated fewer samples are not modelled.

    Returns
    -------
    Raters
    """
    n_annotators = len(ratings.annotators)
    annotator, label = ratings.values.T
    firsts = annotator[find_firsts(ratings.values, ratings.offsets)]
    n_rated = np.bincount(firsts[firsts >= 0], minlength=n_annotators)
    place = np.where(n_rated < min_ratings, n_annotators, np.arange(n_annotators))
    # Anonymous raters have the number -1, which is the last place here.
    modelled = np.append(place, n_annotators)[annotator]
    class_labels = find_codes(classes, ratings.labels)
    truth = em.start_truth(em.count_labels(em.tabulate_votes(ratings))[:, class_labels])
    truth[ratings.lengths == 0] = np.nan
    table = Ragged(np.column_stack([modelled, label]), ratings.offsets)
    return Raters(table, weigh_labels(ratings), truth, place, class_labels)


def count_ratings(raters, rows):
    """Return the sum of the weights of each annotator's ratings of some samples.

    Parameters
    ----------
    raters : Raters
    rows : ndarray of int

    Returns
    -------
    ndarray of float64 of shape (n_annotators + 1,)
    """
    positions, _ = gather(raters.table.offsets, rows)
    annotator, weights = raters.table.values[positions, 0], raters.weights[positions]
    return np.bincount(annotator, weights, minlength=len(raters.place) + 1)
