"""Folds of whole speakers, for searches within training data."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.validation import _num_samples, check_consistent_length

from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import as_column
from sklearn_ser.utils._saving import SavedByName


class SpeakerKFold(SavedByName, BaseCrossValidator):
    """Split into folds of whole speakers, which it takes from X.

    scikit-learn's splitters of groups need ``groups``, which a search inside a pipeline, an
    ensemble or `cross_evaluate` does not get. This splitter reads the speakers from X, so that
    ``GridSearchCV(model, grid, cv=SpeakerKFold(3))`` never tests a model on a speaker it was
    trained on, wherever the search is. Altered recordings stay with their person (see
    `AlteredSpeaker`).

    Speakers are assigned to folds such that each fold has about the same share of every label. The
    same data are always split in the same way.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.

    Raises
    ------
    ValueError
        If `n_splits` is not an integer of at least 2.

    See Also
    --------
    sklearn_ser.evaluation.cross_evaluate : Holds out whole speakers by itself.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import ConsensusClassifier, Ratings, Sequences
    >>> from sklearn_ser.features import SequenceStatistics
    >>> from sklearn_ser.splits import SpeakerKFold
    >>> rng = np.random.default_rng(0)
    >>> frames = [rng.normal(sad, 1, size=(8, 3)) for sad in [0, 1] * 12]
    >>> X = Sequences.from_arrays(frames, speaker=np.repeat(["F1", "M1", "F2", "M2"], 6))
    >>> y = Ratings.from_wide([["angry", "angry", "sad"], ["sad", "sad", None]] * 12)
    >>> model = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    >>> grid = {"consensusclassifier__estimator__C": [1e-3, 1]}
    >>> search = GridSearchCV(model, grid, cv=SpeakerKFold(2)).fit(X, y)
    >>> search.best_params_
    {'consensusclassifier__estimator__C': 0.001}
    >>> [sorted(set(X.speaker[test])) for _, test in SpeakerKFold(2).split(X, y)]
    [['F1', 'F2'], ['M1', 'M2']]
    """

    # With metadata routing, groups are passed on if they are given.
    __metadata_request__split = {"groups": True}

    def __init__(self, n_splits: int = 5) -> None:
        is_integer = isinstance(n_splits, (int, np.integer)) and not isinstance(n_splits, bool)
        if not is_integer or n_splits < 2:
            raise ValueError(f"n_splits must be an integer of at least 2, got {n_splits!r}.")
        self.n_splits = n_splits

    def split(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray, NDArray]]:
        """Yield the training and the test samples of each fold.

        Parameters
        ----------
        X : Sequences, Segments, or a DataFrame with a column ``speaker``, of length n_samples
            If `groups` are given, any container of samples.
        y : Ratings, or sequence of labels, of length n_samples, default=None
            Labels (those of the consensus) are balanced over folds. With None, or anything but
            one label per sample, folds are only balanced in their number of samples.
        groups : array-like of shape (n_samples,), default=None
            Larger groups to keep together, such as sessions, or the speakers if X has none.

        Yields
        ------
        train, test : ndarray of int
            Every sample is in exactly one test set.

        Raises
        ------
        ValueError
            If speakers (or groups) are unknown or fewer than `n_splits`, if groups divide the
            recordings of a speaker, or if X, y and groups differ in length.
        """
        check_consistent_length(X, y, groups)
        n_samples = _num_samples(X)
        codes, names = _encode(_find_groups(X, groups, n_samples))
        if len(names) < self.n_splits:
            kind = "speakers" if groups is None else "groups"
            raise ValueError(
                f"SpeakerKFold(n_splits={self.n_splits}) needs at least {self.n_splits} {kind}, "
                f"got {len(names)}: {join_names(names)}. Use fewer splits."
            )
        strata, labels = _encode(_find_labels(y, n_samples))
        counts = np.zeros((len(names), len(labels)), dtype=np.int64)
        np.add.at(counts, (codes, strata), 1)
        fold = _assign_folds(counts, self.n_splits)[codes]
        for number in range(self.n_splits):
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: ArrayLike | None = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
        """
        return self.n_splits


def _find_groups(X, groups, n_samples):
    """Return the person, or the group that is given, of every sample."""
    persons = get_persons(as_column(getattr(X, "speaker", None), n_samples, "speaker"))
    if groups is None:
        if persons is None:
            raise ValueError(
                "SpeakerKFold takes the speakers from X, which must be Sequences or Segments with "
                "speakers, or a DataFrame with a column 'speaker'; got "
                f"{type(X).__name__} without speakers. Otherwise, pass the speakers as groups."
            )
        _check_known(persons, "speaker")
        return persons
    groups = get_persons(as_column(groups, n_samples, "groups"))
    _check_known(groups, "group")
    if persons is not None:
        _check_whole(persons, groups)
    return groups


def _check_known(names, kind):
    missing = [row for row, name in enumerate(names) if name is None]
    if missing:
        raise ValueError(
            f"every sample must have a {kind}, so that SpeakerKFold can keep speakers apart; not "
            f"for samples {join_names(missing)}. Leave them out, or give each a {kind}."
        )


def _check_whole(persons, groups):
    """Raise a ValueError if a person's recordings are in several groups."""
    pairs = {pair for pair in zip(persons, groups, strict=True) if pair[0] is not None}
    seen = [person for person, _ in pairs]
    divided = sorted({str(person) for person in seen if seen.count(person) > 1})
    if divided:
        raise ValueError(
            "groups must not divide the recordings of a speaker, or the speaker would be on both "
            f"sides of a split; speakers in several groups: {join_names(divided)}."
        )


def _find_labels(y, n_samples):
    """Return one label per sample; the same for all if y has anything else."""
    # Whatever is no label is not hashable: a list of a sample's ratings, or a row of a table.
    if y is not None and getattr(y, "ndim", 1) == 1:
        labels = list(y.strata() if hasattr(y, "strata") else y)
        if all(isinstance(label, Hashable) for label in labels):
            return labels
    return [None] * n_samples


def _encode(names):
    """Return the number of each name, counted in order of appearance, and the different names."""
    numbers = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names]), list(numbers)


def _assign_folds(counts, n_folds):
    """Assign groups to folds such that each fold has about the same share of every class.

    Groups are assigned one after the other, large ones first, to the fold that has least of the
    group's classes. This adds least to the sum of squares of the shares that folds have. If there
    is one class, folds are those of `sklearn.model_selection.GroupKFold`.

    Parameters
    ----------
    counts : ndarray of int of shape (n_groups, n_classes)
        Number of samples.
    n_folds : int

    Returns
    -------
    ndarray of int of shape (n_groups,)
        No fold is empty if there are as many groups.
    """
    shares = counts / counts.sum(axis=0)
    in_fold = np.zeros((n_folds, counts.shape[1]))
    sizes = np.zeros(n_folds, dtype=np.int64)
    folds = np.empty(len(counts), dtype=np.int64)
    # Rounded, so that ties do not depend on the machine.
    for group in np.argsort(-shares.sum(axis=1).round(9), kind="stable"):
        overlap = (in_fold @ shares[group]).round(9)
        fold = np.lexsort([sizes, overlap])[0]
        folds[group] = fold
        in_fold[fold] += shares[group]
        sizes[fold] += counts[group].sum()
    return folds
