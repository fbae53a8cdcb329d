"""Common methods of classifiers that model raters: predict their answers, enrol new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers import _confusions as em
from sklearn_ser.classifiers._label_codes import drop_unused, find_codes, recode_labels
from sklearn_ser.classifiers._missing_frames import has_frames
from sklearn_ser.classifiers._mixins import TINY
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._arrays import normalise_rows
from sklearn_ser.utils._kinds import list_names, show_labels

# The number of ratings per class that the average new rater is worth in the matrix of each.
SHRINKAGE = 5.0


class AnnotatorsMixin:
    """Mixin for classifiers with ``annotators_``, ``predict_annotators`` and ``enrol``.

    The first of the annotators have models of their own, whose answers `_predict_own` returns. The
    last of them have a confusion matrix each, which is applied to the prediction: by default those
    in ``enrolled_``, whom `enrol` added; see also `ConfusionsMixin`.
    """

    classes_: NDArray
    annotators_: list[Any]
    enrolled_: NDArray
    predict_proba: Callable[[Any], NDArray]

    def predict_annotators(self, X: Any, annotators: Any | Iterable[Any] | None = None) -> NDArray:
        """Return the probability that each annotator gives each class.

        Parameters
        ----------
        X : as in `fit`, of length n_samples
        annotators : annotator or sequence of annotators, default=None
            Whose answers to predict; None means all of ``annotators_``. With thousands of raters,
            ask for some.

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_annotators, n_classes)
            Annotators in the order given, classes as in ``classes_``; answers that are not target
            classes are left out. An annotator who never gives a target class is expected to give
            the class that is predicted.

        Raises
        ------
        ValueError
            If X is invalid, or annotators are unknown.

        Warns
        -----
        UserWarning
            If samples have no frames; they are listed. Their answers are those to the prior.
        """
        check_is_fitted(self)
        places = find_annotators(self.annotators_, annotators)
        matrices = self._get_matrices()
        first = len(self.annotators_) - len(matrices)
        is_own = places < first
        if len(places) and is_own.all():
            return self._predict_own(X, places)
        answers = apply_matrices(self.predict_proba(X), matrices[places[~is_own] - first])
        if not is_own.any():
            return answers
        said = np.empty((len(answers), len(places), len(self.classes_)))
        said[:, is_own], said[:, ~is_own] = self._predict_own(X, places[is_own]), answers
        return said

    def enrol(self, X: Any, y: RatingsLike) -> Self:
        """Add raters who were not there in training; the classifier stays as it is.

        Each gets a confusion matrix, fitted to what the rater said of some samples, with the
        classes as the classifier predicts them, by expectation-maximisation.

        Parameters
        ----------
        X : as in `fit`, of length n_samples
            Samples that the classifier was not trained on are better: it is too sure of others.
            Samples without frames are left out.
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Of the new raters.

        Returns
        -------
        self
            ``annotators_`` has the new raters at the end.

        Raises
        ------
        ValueError
            If X or y is invalid or they differ in length, raters are known already or have no
            identity, or labels are unknown.
        """
        check_is_fitted(self)
        ratings = check_ratings(y)
        check_samples(X, ratings)
        ratings = take_new(ratings, self.annotators_)
        present = has_frames(X)
        if not present.any():
            raise ValueError("at least one sample with frames is needed to enrol raters.")
        if not present.all():
            rows = np.flatnonzero(present)
            X, ratings = _safe_indexing(X, rows), ratings[rows]
        self._add_matrices(ratings, self.predict_proba(X).clip(TINY))
        self.annotators_ = [*self.annotators_, *ratings.annotators.tolist()]
        return self

    def _get_matrices(self):
        """Return the matrices of the last annotators, one column per class."""
        return self.enrolled_

    def _add_matrices(self, ratings, proba):
        """Fit the matrices of new raters, whose average is not known."""
        if not (find_codes(ratings.labels, self.classes_) >= 0).any():
            raise ValueError(
                f"ratings of new raters must have some of the classes "
                f"[{show_labels(self.classes_, 10)}], got the labels "
                f"[{show_labels(ratings.labels, 10)}]."
            )
        votes = em.tabulate_votes(recode_labels(ratings, self.classes_))
        pool = em.pool_raters(votes, proba)
        made = em.fit_new_raters(votes, proba, pool, SHRINKAGE)
        self.enrolled_ = np.concatenate([self.enrolled_, made])

    def _predict_own(self, X, places):
        """Return the answers of annotators who have models of their own."""
        raise NotImplementedError


class ConfusionsMixin(AnnotatorsMixin):
    """Mixin for classifiers in which every annotator has a matrix in ``confusions_``.

    They also have ``labels_`` and ``average_confusion_``, and a parameter ``shrinkage``.
    """

    labels_: NDArray
    confusions_: NDArray
    average_confusion_: NDArray
    shrinkage: float

    def _get_matrices(self):
        return self.confusions_[:, :, find_codes(self.classes_, self.labels_)]

    def _add_matrices(self, ratings, proba):
        unknown = ratings.labels[find_codes(ratings.labels, self.labels_) < 0]
        if len(unknown):
            raise ValueError(
                f"labels must be among [{show_labels(self.labels_, 10)}], got "
                f"{show_labels(unknown)}."
            )
        votes = em.tabulate_votes(recode_labels(ratings, self.labels_))
        made = em.fit_new_raters(votes, proba, self.average_confusion_, self.shrinkage)
        self.confusions_ = np.concatenate([self.confusions_, made])


def apply_matrices(proba, matrices):
    """Return the answers of raters, given the classes and a confusion matrix of each.

    Parameters
    ----------
    proba : ndarray of shape (n_samples, n_classes)
    matrices : ndarray of shape (n_annotators, n_classes, n_classes)

    Returns
    -------
    ndarray of float64 of shape (n_samples, n_annotators, n_classes)
        Sums to 1 over classes. Where a rater can only give other labels, as without shrinkage, it
        is `proba`.
    """
    said = np.einsum("nk,akl->nal", proba, matrices)
    answers = normalise_rows(said.reshape(-1, said.shape[2])).reshape(said.shape)
    return np.where(np.isnan(answers), proba[:, None], answers)


def take_new(ratings, known):
    """Return ratings without raters and labels that do not occur, if all raters are new.

    Raises
    ------
    ValueError
        If there is no rating, or raters are known or have no identity.
    """
    ratings = drop_unused(ratings)
    if ratings.is_anonymous.any():
        raise ValueError("raters must have an identity to be enrolled; some are anonymous.")
    if len(ratings.annotators) == 0:
        raise ValueError("at least one rating is needed to enrol raters, got none.")
    known = set(known)
    again = [name for name in ratings.annotators.tolist() if name in known]
    if again:
        raise ValueError(f"raters are known already: {show_labels(again, 10)}.")
    return ratings


def find_annotators(known, annotators):
    """Return the places of annotators among those that are known; None means all.

    Raises
    ------
    ValueError
        If annotators are unknown.
    """
    if annotators is None:
        return np.arange(len(known))
    place = {name: i for i, name in enumerate(known)}
    asked = list_names(annotators)
    unknown = [name for name in asked if name not in place]
    if unknown:
        raise ValueError(
            f"unknown annotators {show_labels(unknown, 10)}; known are {show_labels(known, 10)}."
        )
    return np.array([place[name] for name in asked], dtype=np.intp)
