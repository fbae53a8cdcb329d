"""What classifiers have in common in which each rater has a confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.classifiers import _confusions as em
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._arrays import normalise_rows
from sklearn_ser.utils._messages import join_names

if TYPE_CHECKING:
    from typing_extensions import Self

TINY = 1e-7  # lower bound of a classifier's probabilities before taking the logarithm


class ConfusionsMixin:
    """Mixin for classifiers with ``annotators_``, ``labels_`` and ``confusions_``.

    They also have ``average_confusion_``, and a parameter ``shrinkage``.
    """

    def predict_annotators(self, X: Any, annotators: Iterable[Any] | None = None) -> NDArray:
        """Return the probability that each annotator gives each class.

        Parameters
        ----------
        X : as in `fit`, of length n_samples
        annotators : sequence of annotators, default=None
            Whose answers to predict; None means all of ``annotators_``. With thousands of raters,
            ask for some.

        Returns
        -------
        ndarray of float64 of shape (n_samples, n_annotators, n_classes)
            Annotators in the order given, classes as in ``classes_``; answers that are not target
            classes are left out.

        Raises
        ------
        ValueError
            If annotators are unknown.
        """
        check_is_fitted(self)
        rows = find_annotators(self.annotators_, annotators)
        columns = find_codes(self.classes_, self.labels_)
        said = np.einsum(
            "nk,akl->nal", self.predict_proba(X), self.confusions_[rows][:, :, columns]
        )
        return normalise_rows(said.reshape(-1, len(columns))).reshape(said.shape)

    def enrol(self, X: Any, y: RatingsLike) -> Self:
        """Add raters who were not there in training; the classifier stays as it is.

        Their confusion matrices are fitted to what they said of some samples, with the classes as
        the classifier predicts them, by expectation-maximisation.

        Parameters
        ----------
        X : as in `fit`, of length n_samples
            Samples that the classifier was not trained on are better: it is too sure of others.
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
            Of the new raters.

        Returns
        -------
        self
            ``annotators_`` and ``confusions_`` have the new raters at the end.

        Raises
        ------
        ValueError
            If raters are known already or have no identity, labels are unknown, or X and y differ
            in length.
        """
        check_is_fitted(self)
        ratings = check_ratings(y)
        check_samples(X, ratings)
        votes = em.tabulate_votes(self._check_new(ratings))
        proba = self.predict_proba(X).clip(TINY)
        made = em.fit_new_raters(votes, proba, self.average_confusion_, self.shrinkage)
        self.confusions_ = np.concatenate([self.confusions_, made])
        self.annotators_ = [*self.annotators_, *ratings.annotators.tolist()]
        return self

    def _check_new(self, ratings):
        """Return ratings of new raters with the codes of the labels that are known."""
        if ratings.is_anonymous.any() or len(ratings.annotators) == 0:
            raise ValueError("raters must have an identity to be enrolled; some are anonymous.")
        known = [name for name in ratings.annotators.tolist() if name in self.annotators_]
        if known:
            raise ValueError(f"raters are known already: {join_names(map(repr, known))}.")
        unknown = [label for label in ratings.labels.tolist() if label not in self.labels_]
        if unknown:
            raise ValueError(
                f"labels must be among {self.labels_.tolist()}, got {join_names(map(repr, unknown))}."
            )
        codes = find_codes(ratings.labels, self.labels_)
        values = np.column_stack([ratings.values[:, 0], codes[ratings.values[:, 1]]])
        return Ratings(values, ratings.offsets, ratings.annotators, self.labels_)


def find_codes(labels, vocabulary):
    """Return the place of each label in a vocabulary that has all of them."""
    code = {label: i for i, label in enumerate(vocabulary.tolist())}
    return np.array([code[label] for label in labels.tolist()], dtype=np.intp)


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
    asked = list(annotators)
    unknown = [name for name in asked if name not in place]
    if unknown:
        raise ValueError(
            f"unknown annotators {join_names(map(repr, unknown))}; known are "
            f"{join_names(map(repr, known))}."
        )
    return np.array([place[name] for name in asked], dtype=np.intp)
