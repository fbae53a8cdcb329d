"""Ratings: who said what about which utterance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from sklearn_ser.ratings import _readers as tables
from sklearn_ser.ratings._agreement import measure_agreement
from sklearn_ser.ratings._readers import ANONYMOUS
from sklearn_ser.ratings._rows import Origin, decode_sample
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from typing_extensions import Self


NO_LABEL = -1


class Ratings(Ragged):
    """Every rating of every sample: one row per (annotator, label).

    Make one with `from_long`, `from_wide`, `from_counts` or `from_labels`. A rater may give a
    sample several labels, most raters skip most samples, and a sample may have no rating at all.
    Memory grows with the number of ratings alone. The vocabularies of annotators and labels stay
    whole when samples are sliced. Ratings of a sample are kept in the order of the annotators'
    names; within an annotator the order in which the labels were given is kept, and a label given
    twice counts once. Raters without identity (see `from_counts`) are one person a rating.

    Indexing by an integer gives one sample's ratings as a dict, ``{annotator: (label, ...)}``; by
    a slice, an integer array or a mask, a new `Ratings`.

    Parameters
    ----------
    values : ndarray of int32 of shape (n_ratings, 2)
        Codes of annotator (-1 is anonymous) and label.
    offsets : array-like of int of shape (n_samples + 1,)
    annotators : ndarray of shape (n_annotators,)
    labels : ndarray of shape (n_labels,)
    target_classes : sequence of labels, default=None
        The labels to learn; None means all of them.
    own_consensus : ndarray of int32 of shape (n_samples,), default=None
        Codes of a consensus that is not computed from the ratings (-1 is none); see
        `with_consensus`.

    Attributes
    ----------
    annotators, labels : ndarray
        The vocabularies, sorted.
    target_classes : tuple or None

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> y = Ratings.from_wide([["sad", "sad"], [("sad", "angry"), None]], annotators=["E1", "E2"])
    >>> y.consensus().tolist()
    ['sad', None]
    >>> y[1]
    {'E1': ('sad', 'angry')}
    >>> y.select("E2").counts(["angry", "sad"])
    array([[0, 1],
           [0, 0]])
    """

    _columns = ("_own_consensus",)

    def __init__(
        self,
        values: NDArray,
        offsets: ArrayLike,
        annotators: NDArray,
        labels: NDArray,
        *,
        target_classes: Labels | None = None,
        own_consensus: NDArray | None = None,
    ) -> None:
        super().__init__(values, offsets)
        self.annotators = annotators
        self.labels = labels
        self.target_classes = None if target_classes is None else tuple(target_classes)
        self._own_consensus = own_consensus

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        sample: str = "sample",
        annotator: str | None = "annotator",
        label: str = "label",
        samples: Iterable[Any] | None = None,
        target_classes: Labels | None = None,
    ) -> Self:
        """Read a table with one row per (sample, annotator, label).

        Parameters
        ----------
        frame : DataFrame
        sample, annotator, label : str
            Names of the columns. ``annotator=None``, or a missing annotator, is a rater without
            identity; a row with a missing label is no rating.
        samples : sequence, default=None
            Ids of the samples in the order wanted; a sample without ratings stays, empty. By
            default, the samples in order of first appearance.
        target_classes : sequence of labels, default=None
            The labels to learn; None means all of them.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If a column is missing, ids in `samples` repeat, or the table rates samples that are
            not in `samples`; all of them are named.
        """
        read = tables.read_long(frame, sample, annotator, label, samples)
        return cls._from_codes(read, target_classes)

    @classmethod
    def from_wide(
        cls,
        table: pd.DataFrame | ArrayLike,
        *,
        annotators: Labels | None = None,
        target_classes: Labels | None = None,
    ) -> Self:
        """Read a table with one row a sample and one column an annotator.

        Parameters
        ----------
        table : DataFrame or array-like of shape (n_samples, n_annotators)
            A cell is one label, a list, tuple or set of labels, or missing (None or NaN).
        annotators : sequence of shape (n_annotators,), default=None
            By default the columns of a DataFrame, else 0, 1, ...
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If the table is not two-dimensional, or there is not one annotator a column.
        """
        return cls._from_codes(tables.read_wide(table, annotators), target_classes)

    @classmethod
    def from_counts(
        cls, counts: ArrayLike, classes: Labels, *, target_classes: Labels | None = None
    ) -> Self:
        """Read votes whose raters are unknown.

        Parameters
        ----------
        counts : array-like of int of shape (n_samples, n_classes)
            How many raters gave each class; each vote is taken as one person's only label.
        classes : sequence of labels of shape (n_classes,)
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If counts are negative or no whole numbers (all such samples are named), or there is
            not one class a column.
        """
        return cls._from_codes(tables.read_counts(counts, classes), target_classes)

    @classmethod
    def from_labels(cls, labels: ArrayLike, *, target_classes: Labels | None = None) -> Self:
        """Read one label a sample: the everyday case of one rating by an unknown rater.

        Parameters
        ----------
        labels : array-like of shape (n_samples,)
            None or NaN is no rating.
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings
        """
        return cls._from_codes(tables.read_labels(labels), target_classes)

    @classmethod
    def _from_codes(cls, read, target_classes):
        """Sort ratings by sample and annotator, and drop what a rater said twice.

        Within an annotator the given order stays: the first label may matter. Unknown raters have
        no order, so theirs is by label, and equal votes are different people's.
        """
        n_samples, sample, annotator, label, annotators, labels = read
        given = np.where(annotator == ANONYMOUS, label, np.arange(len(label)))
        order = np.lexsort((given, annotator, sample))
        sample = sample[order]
        values = np.column_stack([annotator[order], label[order]]).astype(np.int32, copy=False)
        offsets = np.searchsorted(sample, np.arange(n_samples + 1))
        made = cls(values, offsets, annotators, labels, target_classes=target_classes)
        return made._without_repeats()

    def _without_repeats(self):
        annotator, label = self.values.T
        order = np.lexsort((np.arange(len(label)), label, annotator, self._sample))
        same = np.zeros(len(label), dtype=bool)
        key = np.column_stack([self._sample, annotator, label])[order]
        same[order[1:]] = (key[1:] == key[:-1]).all(axis=1) & (key[1:, 1] != ANONYMOUS)
        return self._keeping(~same)

    @classmethod
    def concatenate(cls, parts: Iterable[Ratings]) -> Self:
        """Join the samples of several `Ratings`, in order.

        Parameters
        ----------
        parts : sequence of Ratings
            The vocabularies are united; all must have the same target classes. A consensus of
            their own stays only if all parts have one.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If there are no parts, or their target classes differ.
        """
        parts = list(parts)
        targets = {part.target_classes for part in parts}
        if len(targets) != 1:
            raise ValueError(f"parts must have the same target classes, got {list(targets)}.")
        tabled = [(len(part), part.to_long(), part.annotators, part.labels) for part in parts]
        united = cls._from_codes(tables.concatenate(tabled), targets.pop())
        own = [part._own_consensus for part in parts]
        if all(codes is not None for codes in own):
            united = united.with_consensus(np.concatenate([part.consensus() for part in parts]))
        return united

    @property
    def _sample(self):
        """Sample of every rating."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def classes(self) -> NDArray:
        """ndarray: the target classes, or all labels where no targets were named."""
        return self.labels if self.target_classes is None else np.array(self.target_classes)

    @property
    def is_anonymous(self) -> NDArray:
        """Whether each rating's rater is unknown: ndarray of bool of shape (n_ratings,)."""
        return self.values[:, 0] == ANONYMOUS

    def __repr__(self):
        return (
            f"Ratings(n_samples={len(self)}, n_ratings={len(self.values)}, "
            f"n_annotators={len(self.annotators)}, labels={self.labels.tolist()})"
        )

    def __eq__(self, other):
        same = super().__eq__(other)
        if same is not True:
            return same
        return (
            self.target_classes == other.target_classes
            and np.array_equal(self.annotators, other.annotators)
            and np.array_equal(self.labels, other.labels)
        )

    __hash__ = None

    def _row(self, i):
        origin = Origin(self.annotators, self.labels, self.target_classes)
        own = None if self._own_consensus is None else int(self._own_consensus[i])
        return decode_sample(super()._row(i).tolist(), origin, own)

    def counts(
        self,
        classes: Labels | None = None,
        *,
        multilabel: Literal["all", "first"] = "all",
        weights: Mapping[Any, float] | None = None,
    ) -> NDArray:
        """Count the raters who gave each class.

        Parameters
        ----------
        classes : sequence of labels of shape (n_classes,), default=None
            By default the target classes. A class that is no label counts zero.
        multilabel : {"all", "first"}, default="all"
            Whether every label of a rater counts one, or only the first that a rater gave (which
            may be none of `classes`).
        weights : dict of annotator to float, default=None
            How much each rater counts, 0 or more; one who is not named counts 1.

        Returns
        -------
        ndarray of int, or of float if weighed, of shape (n_samples, n_classes)

        Raises
        ------
        ValueError
            If `multilabel` is unknown, or a weight is negative or no number.
        """
        classes = self.classes if classes is None else classes
        if multilabel not in ("all", "first"):
            raise ValueError(f"multilabel must be 'all' or 'first', got {multilabel!r}.")
        sample, k = self._sample, self._places(classes)
        keep = k >= 0
        if multilabel == "first":
            keep &= self._is_first
        cells = sample[keep] * len(classes) + k[keep]
        weight = None if weights is None else self._weights(weights)[self.values[keep, 0]]
        counts = np.bincount(cells, weight, minlength=len(self) * len(classes))
        return counts.reshape(len(self), len(classes))

    def _places(self, classes):
        """Place of each rating's label among some classes, -1 where it is none of them."""
        place = {label: k for k, label in enumerate(classes)}
        codes = np.array([place.get(label, -1) for label in self.labels.tolist()], dtype=np.intp)
        return codes[self.values[:, 1]]

    def _weights(self, weights):
        """One weight an annotator; behind them one for raters without identity."""
        bad = {name: w for name, w in weights.items() if not w >= 0}
        if bad:
            raise ValueError(f"weights must be numbers of at least 0, got {bad}.")
        return np.array([*(weights.get(name, 1.0) for name in self.annotators.tolist()), 1.0])

    @property
    def _is_first(self):
        """Whether a rating is the first that its rater gave to the sample."""
        sample, annotator = self._sample, self.values[:, 0]
        first = np.ones(len(sample), dtype=bool)
        first[1:] = (sample[1:] != sample[:-1]) | (annotator[1:] != annotator[:-1])
        return first | (annotator == ANONYMOUS)

    def consensus(self, rule: Literal["plurality", "majority"] | None = None) -> NDArray:
        """Return the label that the raters of each sample agree on.

        Parameters
        ----------
        rule : {"plurality", "majority"}, default=None
            The label with the unique highest number of votes, or with more than half of them. By
            default the corpus's own consensus where there is one (see `with_consensus`), else
            plurality. All labels compete, not only the target classes.

        Returns
        -------
        ndarray of object of shape (n_samples,)
            None where raters are tied or there are none.

        Raises
        ------
        ValueError
            If `rule` is unknown.
        """
        codes = self._consensus_codes(rule)
        labels = np.append(self.labels.astype(object), [None])
        return labels[codes]

    def _consensus_codes(self, rule):
        if rule is None and self._own_consensus is not None:
            return self._own_consensus
        if rule not in (None, "plurality", "majority"):
            raise ValueError(f"rule must be 'plurality' or 'majority', got {rule!r}.")
        if len(self.labels) == 0:
            return np.full(len(self), NO_LABEL)
        counts = self.counts(self.labels.tolist())
        most = counts.max(axis=1)
        unique = ((counts == most[:, None]).sum(axis=1) == 1) & (most > 0)
        if rule == "majority":
            unique &= 2 * most > counts.sum(axis=1)
        return np.where(unique, counts.argmax(axis=1), NO_LABEL)

    def with_consensus(self, labels: ArrayLike | None = None) -> Ratings:
        """Fix the consensus, so that renaming labels or slicing keeps it.

        A corpus may come with a consensus of its own, or classes may be merged only after the
        consensus was found: ``y.with_consensus().rename({"excited": "happy"})`` merges the
        consensus labels, ``y.rename({"excited": "happy"})`` merges the votes.

        Parameters
        ----------
        labels : array-like of shape (n_samples,), default=None
            None or NaN is no consensus. By default the consensus as it is now.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If there is not one label a sample, or labels are unknown; all of them are named.
        """
        if labels is None:
            codes = self._consensus_codes(None)
        else:
            codes = tables.encode_with(labels, self.labels, len(self))
        return self._replacing(own_consensus=codes.astype(np.int32))

    def rename(self, mapping: Mapping[Any, Any]) -> Ratings:
        """Give labels other names, and merge those that get the same.

        A rater who gave a sample two labels that are now the same gave it once.

        Parameters
        ----------
        mapping : dict
            New name of each label to rename; the others stay.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If `mapping` renames what is neither a label nor a target class; all are named.
        """
        known = [*self.labels.tolist(), *(self.target_classes or ())]
        unknown = [label for label in mapping if label not in known]
        if unknown:
            raise ValueError(f"labels to rename must be among {known}, got {unknown}.")
        names = [mapping.get(label, label) for label in self.labels.tolist()]
        codes, labels = tables.encode(names)
        targets = self.target_classes
        if targets is not None:
            targets = tuple(dict.fromkeys(mapping.get(label, label) for label in targets))
        own = self._own_consensus
        if own is not None:
            own = np.where(own == NO_LABEL, NO_LABEL, codes[own]).astype(np.int32)
        values = np.column_stack([self.values[:, 0], codes[self.values[:, 1]]])
        new = Ratings(
            values.astype(np.int32),
            self.offsets,
            self.annotators,
            labels,
            target_classes=targets,
            own_consensus=own,
        )
        return new._without_repeats()

    def select(self, annotators: Any | Iterable[Any]) -> Ratings:
        """Return what some annotators said; samples that they skipped stay, empty.

        Parameters
        ----------
        annotators : one of `annotators`, or a list or array of several

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If annotators are unknown; all of them are named.
        """
        return self._keeping(self._by(annotators))._replacing(own_consensus=None)

    def drop(self, annotators: Any | Iterable[Any]) -> Ratings:
        """Leave annotators out; their samples stay.

        Parameters
        ----------
        annotators : one of `annotators`, or a list or array of several

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If annotators are unknown; all of them are named.
        """
        return self._keeping(~self._by(annotators))._replacing(own_consensus=None)

    def _by(self, annotators):
        if not isinstance(annotators, (list, tuple, set, np.ndarray, pd.Index, pd.Series)):
            annotators = [annotators]
        codes = {name: code for code, name in enumerate(self.annotators.tolist())}
        unknown = [name for name in annotators if name not in codes]
        if unknown:
            raise ValueError(f"unknown annotators {unknown}; known are {list(codes)}.")
        return np.isin(self.values[:, 0], [codes[name] for name in annotators])

    def _keeping(self, mask):
        if mask.all():
            return self
        kept = np.concatenate([[0], np.cumsum(mask)])
        return self._replacing(values=self.values[mask], offsets=kept[self.offsets])

    def _replacing(self, **changes):
        now = {
            "values": self.values,
            "offsets": self.offsets,
            "annotators": self.annotators,
            "labels": self.labels,
            "target_classes": self.target_classes,
            "own_consensus": self._own_consensus,
        }
        return Ratings(**(now | changes))

    def to_long(self) -> pd.DataFrame:
        """Return a table with one row a rating.

        Returns
        -------
        DataFrame
            With columns ``sample`` (position), ``annotator`` (None where anonymous) and
            ``label``; `from_long` takes it back.
        """
        annotators = np.append(self.annotators.astype(object), [None])
        return pd.DataFrame(
            {
                "sample": self._sample,
                "annotator": pd.Series(annotators[self.values[:, 0]], dtype=object),
                "label": pd.Series(self.labels[self.values[:, 1]], dtype=self.labels.dtype),
            }
        )

    def to_wide(self) -> pd.DataFrame:
        """Return a table with one row a sample and one column an annotator.

        Returns
        -------
        DataFrame of shape (n_samples, n_annotators)
            A cell is a label, a tuple of labels if the rater gave several, or None.

        Raises
        ------
        ValueError
            If raters are anonymous: they have no column.
        """
        if self.is_anonymous.any():
            raise ValueError("anonymous raters have no column; use counts() or to_long().")
        cells = np.full((len(self), len(self.annotators)), None, dtype=object)
        labels = self.labels.tolist()
        for sample, (annotator, label) in zip(self._sample, self.values, strict=True):
            said = cells[sample, annotator]
            if said is None:
                cells[sample, annotator] = labels[label]
            else:
                said = said if isinstance(said, tuple) else (said,)
                cells[sample, annotator] = (*said, labels[label])
        return pd.DataFrame(cells, columns=self.annotators.tolist(), dtype=object)

    def agreement(self) -> Bunch:
        """Measure how far raters agree, and what each of them tends to say.

        Returns
        -------
        Bunch
            ``alpha`` : float, Krippendorff's alpha for nominal labels (1 is full agreement, 0 is
            what chance gives; NaN if no two ratings of a sample or no two labels can be
            compared). ``annotators`` : DataFrame with one row an annotator: ``n_samples`` and
            ``n_ratings``, ``weight`` (the correlation with all others, 0 to 1, by which an
            evaluator-weighted estimate weighs [1]_), and the share of each label among the
            ratings. ``confusions`` : DataFrame with one row for each annotator and label that won
            among the others, how often the annotator gave each label there. Anonymous raters are
            among the others alone.

        References
        ----------
        .. [1] Grimm and Kroschel, "Evaluation of natural emotions using self assessment
           manikins", ASRU 2005. doi:10.1109/ASRU.2005.1566530
        """
        return measure_agreement(self)
