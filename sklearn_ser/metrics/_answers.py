"""Annotators' answers, and the probabilities that a model gave to each of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.validation import _num_samples

from sklearn_ser.metrics._distributions import SMALLEST, match_columns
from sklearn_ser.ratings._codes import number_samples
from sklearn_ser.ratings._counting import find_places
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._pipelines import require_inner

# Numbers that are predicted at once: thousands of annotators of many samples fill no memory.
BLOCK_SIZE = 2**24


class Answers(NamedTuple):
    """All that some annotators said of some samples: one row per annotator and sample.

    Attributes
    ----------
    sample, annotator : ndarray of int of shape (n_answers,)
        The annotator is an index into those that were asked for.
    rated : ndarray of float64 of shape (n_answers, n_columns)
        1/m for each of the m labels that the annotator gave, 0 for all others.
    predicted : ndarray of float64 of shape (n_answers, n_columns)
        The probability that the annotator gives each class.
    """

    sample: NDArray
    annotator: NDArray
    rated: NDArray
    predicted: NDArray


class AnnotatorPredictions:
    """The answers that a fitted model expects of its annotators, computed on demand.

    Parameters
    ----------
    estimator : classifier with ``predict_annotators``, or Pipeline or search that has one
    X : any container that the estimator accepts, of length n_samples

    Attributes
    ----------
    annotators : list
    classes : list

    Raises
    ------
    TypeError
        If the classifier has no ``predict_annotators``.
    """

    def __init__(self, estimator: BaseEstimator, X: Any) -> None:
        steps, self._model = require_inner(estimator, "predict_annotators")
        for step in steps:
            X = step.transform(X)
        self._X = indexable(X)[0]
        self.annotators = list(self._model.annotators_)
        self.classes = self._model.classes_.tolist()

    def take(self, sample: NDArray, annotator: NDArray) -> NDArray:
        """Return the probabilities of pairs of a sample and an annotator.

        Parameters
        ----------
        sample, annotator : ndarray of int of shape (n_answers,)
            Samples are in ascending order.

        Returns
        -------
        ndarray of float64 of shape (n_answers, n_classes)
        """
        if len(sample) == 0:
            return np.zeros((0, len(self.classes)))
        n_samples = _num_samples(self._X)
        step = max(1, BLOCK_SIZE // (len(self.annotators) * len(self.classes)))
        parts = []
        for start in range(0, n_samples, step):
            rows = np.arange(start, min(start + step, n_samples))
            X = self._X if len(rows) == n_samples else _safe_indexing(self._X, rows)
            inside = slice(*np.searchsorted(sample, [start, start + step]))
            block = self._model.predict_annotators(X)
            parts.append(block[sample[inside] - start, annotator[inside]])
        return np.concatenate(parts)


def pair_answers(ratings, y_annotators, annotators, classes):
    """Return what annotators answered, beside what was expected of them.

    Parameters
    ----------
    ratings : Ratings of length n_samples
    y_annotators : AnnotatorPredictions, or array-like
        Of shape (n_samples, n_annotators, n_classes).
    annotators : list
        Raters who are not among them are left out.
    classes : list
        Labels of the last axis, all different.

    Returns
    -------
    Answers
        In the order of the samples; those without a target class are left out.
    """
    targets = ratings.classes.tolist()
    place = {name: a for a, name in enumerate(annotators)}
    # The last place is that of anonymous raters, whose code is -1.
    places = np.array([*(place.get(name, -1) for name in ratings.annotators.tolist()), -1])
    annotator, label = places[ratings.values[:, 0]], find_places(ratings, targets)
    kept = (annotator >= 0) & (label >= 0)
    pairs = np.column_stack([number_samples(ratings.offsets), annotator])[kept]
    (sample, annotator), answer = _find_unique(pairs)
    shares = np.zeros((len(sample), len(targets)))
    np.add.at(shares, (answer, label[kept]), 1)
    shares /= shares.sum(axis=1, keepdims=True)
    expected = _take(
        y_annotators, sample, annotator, (len(ratings), len(annotators), len(classes))
    )
    return Answers(sample, annotator, *match_columns(shares, targets, expected, classes))


def _find_unique(pairs):
    found, answer = np.unique(pairs, axis=0, return_inverse=True)
    return found.T, answer.ravel()


def _take(y_annotators, sample, annotator, shape):
    if isinstance(y_annotators, AnnotatorPredictions):
        expected = y_annotators.take(sample, annotator)
    else:
        y_annotators = np.asarray(y_annotators, dtype=np.float64)
        if y_annotators.shape != shape:
            raise ValueError(
                "y_annotators must have shape (n_samples, n_annotators, n_classes), here "
                f"{shape}; got {y_annotators.shape}."
            )
        expected = y_annotators[sample, annotator]
    bad = ~(np.isfinite(expected) & (expected >= 0)).all(axis=1)
    if bad.any():
        raise ValueError(
            "y_annotators must be finite and at least 0 wherever an annotator rated a sample; not "
            f"for samples {join_names(np.unique(sample[bad]))}."
        )
    return expected


def take_answers(answers, mask):
    """Return some of the answers."""
    return Answers(*(part[mask] for part in answers))


def measure_hits(answers):
    """Return the share of each annotator's labels that the most probable class is.

    Returns
    -------
    ndarray of float64 of shape (n_answers,)
    """
    said = answers.predicted.argmax(axis=1)
    return answers.rated[np.arange(len(said)), said]


def measure_log_likelihood(answers):
    """Return the mean log-probability of the labels of each answer, in nats.

    Returns
    -------
    ndarray of float64 of shape (n_answers,)
    """
    return (answers.rated * np.log(np.maximum(answers.predicted, SMALLEST))).sum(axis=1)
