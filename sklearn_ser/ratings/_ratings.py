"""Container of all ratings of all samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from sklearn_ser.ratings import _readers
from sklearn_ser.ratings._agreement import measure_agreement
from sklearn_ser.ratings._codes import (
    ANONYMOUS,
    NO_LABEL,
    drop_repeats,
    keep_ratings,
    number_samples,
)
from sklearn_ser.ratings._counting import count_votes, find_consensus
from sklearn_ser.ratings._rows import Origin, decode_sample
from sklearn_ser.utils._ids import concatenate_ids, make_ids
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from typing_extensions import Self


class Ratings(Ragged):
    """Every rating of every sample: one row per (annotator, label).

    Create it with `from_long`, `from_wide`, `from_counts` or `from_labels`. A rater may give a
    sample several labels, most raters skip most samples, and a sample may have no rating at all.
    Memory use depends only on the number of ratings. The vocabularies of annotators and labels do
    not change when samples are sliced. Ratings of a sample are sorted by annotator; within an
    annotator the order in which the labels were given is kept, and a label given twice counts
    once. Every anonymous rating (see `from_counts`) counts as that of a different person.

    Indexing by an integer gives one sample's ratings as a dict, ``{annotator: (label, ...)}``; by
    a slice, an integer array or a mask, a new `Ratings`.

    Parameters
    ----------
    values : ndarray of int32 of shape (n_ratings, 2)
        Codes of annotator (-1 is anonymous) and label, sorted by sample and annotator.
    offsets : array-like of int of shape (n_samples + 1,)
        Sample ``i`` has the ratings ``values[offsets[i]:offsets[i + 1]]``.
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
    ids : SampleIds of length n_samples, or None
        Which sample each row is of, if known: from `from_long`, or the index of a DataFrame. See
        `with_ids` and `reindex`.

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
            Names of the columns. ``annotator=None``, or a missing annotator, means an anonymous
            rater; a row with a missing label adds no rating.
        samples : sequence, default=None
            Ids of the samples in the desired order; samples without ratings are kept as empty. By
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
            not in `samples`.
        TypeError
            If a label or an annotator is a container.
        """
        ids = _readers.list_samples(frame, sample, samples)
        read = _readers.read_long(frame, sample, annotator, label, ids)
        return cls(*read, target_classes=target_classes).with_ids(ids)

    @classmethod
    def from_wide(
        cls,
        table: pd.DataFrame | ArrayLike,
        *,
        annotators: Labels | None = None,
        samples: Iterable[Any] | None = None,
        target_classes: Labels | None = None,
    ) -> Self:
        """Read a table with one row per sample and one column per annotator.

        Parameters
        ----------
        table : DataFrame or array-like of shape (n_samples, n_annotators)
            A cell holds one label, a list, tuple or set of labels, or is missing (None or NaN).
        annotators : sequence of shape (n_annotators,), default=None
            By default, the columns of a DataFrame, or otherwise 0, 1, ...
        samples : sequence, default=None
            Ids of the samples in the order wanted, looked up in the index of a DataFrame; a
            sample that is not in it stays, empty. By default, the rows of the table.
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If the table is not two-dimensional, or there is not one annotator per column.
        TypeError
            If a label or an annotator is a container.
        """
        if samples is not None and not isinstance(table, pd.DataFrame):
            raise TypeError(
                "samples are looked up in the index of a DataFrame, got "
                f"{type(table).__name__}; see with_ids and reindex."
            )
        made = cls(*_readers.read_wide(table, annotators), target_classes=target_classes)
        if isinstance(table, pd.DataFrame):
            made = made.with_ids(table.index)
        return made if samples is None else made.reindex(samples)  # type: ignore[return-value]

    @classmethod
    def from_counts(
        cls, counts: ArrayLike, classes: Labels, *, target_classes: Labels | None = None
    ) -> Self:
        """Read the votes of anonymous raters.

        Parameters
        ----------
        counts : array-like of int of shape (n_samples, n_classes)
            How many raters gave each class; each vote counts as the only label of one person.
        classes : sequence of labels of shape (n_classes,)
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If counts are negative or not whole numbers, or there is not one class per column.
        """
        return cls(*_readers.read_counts(counts, classes), target_classes=target_classes)

    @classmethod
    def from_labels(cls, labels: ArrayLike, *, target_classes: Labels | None = None) -> Self:
        """Read one label per sample, each the only rating of an anonymous rater.

        Parameters
        ----------
        labels : array-like of shape (n_samples,)
            None or NaN means no rating.
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        TypeError
            If a label is a container.
        """
        made = cls(*_readers.read_labels(labels), target_classes=target_classes)
        return made.with_ids(labels.index) if isinstance(labels, pd.Series) else made

    @classmethod
    def concatenate(cls, parts: Iterable[Ratings]) -> Self:
        """Join the samples of several `Ratings`, in order.

        Parameters
        ----------
        parts : sequence of Ratings
            Their vocabularies are merged; all must have the same target classes. A consensus that
            is not computed from the ratings is kept only if all parts have one.

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
        frames = [(len(part), part.to_long(), part.annotators, part.labels) for part in parts]
        values, offsets, annotators, labels = _readers.concatenate(frames)
        own = None
        if all(part._own_consensus is not None for part in parts):
            consensus = np.concatenate([part.consensus() for part in parts])
            own = _readers.encode_with(consensus, labels).astype(np.int32)
        joined = cls(
            values,
            offsets,
            annotators,
            labels,
            target_classes=targets.pop(),
            own_consensus=own,
        )
        return joined.with_ids(concatenate_ids(part.ids for part in parts))

    @property
    def classes(self) -> NDArray:
        """ndarray: the target classes, or all labels if there are no `target_classes`."""
        return self.labels if self.target_classes is None else np.array(self.target_classes)

    @property
    def is_anonymous(self) -> NDArray:
        """Ndarray of bool of shape (n_ratings,): which ratings have an anonymous rater."""
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
        is_range = self.ids is not None and self.ids.is_range
        origin = Origin(self.annotators, self.labels, self.target_classes, is_range)
        own = None if self._own_consensus is None else int(self._own_consensus[i])
        name = None if self.ids is None else self.ids.values[i]
        return decode_sample(super()._row(i).tolist(), origin, own, name)

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
            By default the target classes. A class that is not among the labels has a count of 0.
        multilabel : {"all", "first"}, default="all"
            Whether every label of a rater counts, or only the first one (which may be none of
            `classes`).
        weights : dict of annotator to float, default=None
            Weight of each rater, 0 or more; raters who are not in the dict have weight 1.

        Returns
        -------
        ndarray of int, or of float with `weights`, of shape (n_samples, n_classes)

        Raises
        ------
        ValueError
            If `multilabel` is unknown, or a weight is negative or not a number.
        """
        classes = self.classes if classes is None else classes
        return count_votes(self, classes, multilabel, weights)

    def consensus(self, rule: Literal["plurality", "majority"] | None = None) -> NDArray:
        """Return the label that the raters of each sample agree on.

        Parameters
        ----------
        rule : {"plurality", "majority"}, default=None
            The label with the unique highest number of votes, or with more than half of them. By
            default the consensus of the corpus, if it has one (see `with_consensus`), else
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
        return find_consensus(self, "plurality" if rule is None else rule)

    def with_consensus(self, labels: ArrayLike | None = None) -> Ratings:
        """Store the consensus, so that renaming labels or slicing does not change it.

        A corpus may come with its own consensus, or classes may have to be merged after the
        consensus was found: ``y.with_consensus().rename({"excited": "happy"})`` merges the
        consensus labels, ``y.rename({"excited": "happy"})`` merges the votes.

        Parameters
        ----------
        labels : array-like of shape (n_samples,), default=None
            None or NaN means no consensus. By default, the current consensus.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If there is not one label per sample, or labels are unknown.
        """
        if labels is None:
            codes = self._consensus_codes(None)
        else:
            codes = _readers.encode_with(labels, self.labels, len(self))
        return self._replace(own_consensus=codes.astype(np.int32))

    def rename(self, mapping: Mapping[Any, Any]) -> Ratings:
        """Rename labels, and merge those that get the same name.

        If a rater gave a sample two labels that are now the same, it counts once.

        Parameters
        ----------
        mapping : dict
            The new name of each label to rename; the others stay.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If a key of `mapping` is neither a label nor a target class.
        """
        known = [*self.labels.tolist(), *(self.target_classes or ())]
        unknown = [label for label in mapping if label not in known]
        if unknown:
            raise ValueError(
                f"labels to rename must be among {_readers.list_values(known)}, got "
                f"{_readers.list_values(unknown)}."
            )
        names = [mapping.get(label, label) for label in self.labels.tolist()]
        codes, labels = _readers.encode(names)
        targets = self.target_classes
        if targets is not None:
            targets = tuple(dict.fromkeys(mapping.get(label, label) for label in targets))
        own = self._own_consensus
        if own is not None:
            own = np.where(own == NO_LABEL, NO_LABEL, codes[own]).astype(np.int32)
        values = np.column_stack([self.values[:, 0], codes[self.values[:, 1]]]).astype(np.int32)
        values, offsets = drop_repeats(values, self.offsets)
        return self._replace(
            values=values,
            offsets=offsets,
            labels=labels,
            target_classes=targets,
            own_consensus=own,
        )

    def select(self, annotators: Any | Iterable[Any]) -> Ratings:
        """Return the ratings of some annotators; samples that they skipped are kept as empty.

        Parameters
        ----------
        annotators : one of `annotators`, or a list or array of several

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If annotators are unknown.
        """
        return self._keep(self._find_ratings(annotators))

    def drop(self, annotators: Any | Iterable[Any]) -> Ratings:
        """Return the ratings of all other annotators; all samples are kept, even if empty.

        Parameters
        ----------
        annotators : one of `annotators`, or a list or array of several

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If annotators are unknown.
        """
        return self._keep(~self._find_ratings(annotators))

    def _find_ratings(self, annotators):
        if not isinstance(annotators, (list, tuple, set, np.ndarray, pd.Index, pd.Series)):
            annotators = [annotators]
        codes = {name: code for code, name in enumerate(self.annotators.tolist())}
        unknown = [name for name in annotators if name not in codes]
        if unknown:
            raise ValueError(
                f"unknown annotators {_readers.list_values(unknown)}; known are "
                f"{_readers.list_values(codes)}."
            )
        return np.isin(self.values[:, 0], [codes[name] for name in annotators])

    def _keep(self, mask):
        # The consensus was that of all raters.
        values, offsets = keep_ratings(self.values, self.offsets, mask)
        return self._replace(values=values, offsets=offsets, own_consensus=None)

    def _replace(self, **changes):
        now = {
            "values": self.values,
            "offsets": self.offsets,
            "annotators": self.annotators,
            "labels": self.labels,
            "target_classes": self.target_classes,
            "own_consensus": self._own_consensus,
        }
        return Ratings(**(now | changes)).with_ids(self.ids)

    def reindex(
        self,
        ids: Any,
        *,
        key: Callable[[Any], Any] | None = None,
        allow_dropped: bool = False,
    ) -> Ratings:
        """Return the ratings of the samples with some ids, in their order: a join by name.

        Parameters
        ----------
        ids : sequence of ids, or `Sequences` or other container with ``ids``
            Of the samples wanted. One may come several times; a sample that these ratings do not
            have is unrated.
        key : callable, default=None
            Applied to the ids of both sides before they are compared, such as ``lambda file:
            Path(file).stem``.
        allow_dropped : bool, default=False
            Whether samples of these ratings may be missing in `ids`, and so be dropped.

        Returns
        -------
        Ratings
            With these ids.

        Raises
        ------
        ValueError
            If these ratings or `ids` have no ids, or these have two samples with the same id; or
            if samples would be dropped.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_ser import Ratings
        >>> table = pd.DataFrame({"E1": ["sad", "angry"]}, index=["a", "b"])
        >>> Ratings.from_wide(table).reindex(["b", "a", "c"]).consensus().tolist()
        ['angry', 'sad', None]
        """
        if self.ids is None:
            raise ValueError("these ratings have no ids to join by; see with_ids.")
        names = getattr(ids, "ids", ids)
        if names is None:
            raise ValueError(f"{type(ids).__name__} to join with has no ids; see with_ids.")
        wanted = make_ids(names, len(ids))
        own, other = (
            [key(i) if key is not None else i for i in names] for names in (self.ids, wanted)
        )
        place = {name: row for row, name in enumerate(own)}
        if len(place) < len(own):
            twice = sorted(str(name) for name, n in Counter(own).items() if n > 1)
            raise ValueError(f"ids must differ to join by them; not {join_names(twice)}.")
        dropped = place.keys() - set(other)
        if dropped and not allow_dropped:
            raise ValueError(
                f"{len(dropped)} rated samples are not among ids: "
                f"{join_names(sorted(map(str, dropped)))}. If they may be dropped, pass "
                "allow_dropped=True."
            )
        return self._take([place.get(name, -1) for name in other]).with_ids(wanted)

    def _take(self, rows):
        """Return samples by row; -1 is a sample without ratings."""
        rows = np.array(rows, dtype=np.intp)
        present = rows >= 0
        taken = self.with_ids(None)[rows[present]]
        lengths = np.zeros(len(rows), dtype=np.int64)
        lengths[present] = taken.lengths
        own = None
        if self._own_consensus is not None:
            own = np.full(len(rows), NO_LABEL, dtype=np.int32)
            own[present] = taken._own_consensus
        return taken._replace(offsets=np.concatenate([[0], np.cumsum(lengths)]), own_consensus=own)

    def to_long(self) -> pd.DataFrame:
        """Return a table with one row per rating.

        Returns
        -------
        DataFrame
            With columns ``sample`` (position), ``annotator`` (None where anonymous) and
            ``label``; `from_long` reads it.
        """
        annotators = np.append(self.annotators.astype(object), [None])
        return pd.DataFrame(
            {
                "sample": number_samples(self.offsets),
                "annotator": pd.Series(annotators[self.values[:, 0]], dtype=object),
                "label": pd.Series(self.labels[self.values[:, 1]], dtype=self.labels.dtype),
            }
        )

    def to_wide(self) -> pd.DataFrame:
        """Return a table with one row per sample and one column per annotator.

        Returns
        -------
        DataFrame of shape (n_samples, n_annotators)
            A cell is a label, a tuple of labels if the rater gave several, or None.

        Raises
        ------
        ValueError
            If raters are anonymous, since they have no column.
        """
        if self.is_anonymous.any():
            raise ValueError("anonymous raters have no column; use counts() or to_long().")
        cells = np.full((len(self), len(self.annotators)), None, dtype=object)
        labels = self.labels.tolist()
        samples = number_samples(self.offsets)
        for sample, (annotator, label) in zip(samples, self.values, strict=True):
            said = cells[sample, annotator]
            if said is None:
                cells[sample, annotator] = labels[label]
            else:
                said = said if isinstance(said, tuple) else (said,)
                cells[sample, annotator] = (*said, labels[label])
        return pd.DataFrame(cells, columns=self.annotators.tolist(), dtype=object)

    def agreement(self) -> Bunch:
        """Measure how much raters agree, and what each of them tends to say.

        Returns
        -------
        Bunch
            ``alpha`` : float
                Krippendorff's alpha for nominal labels: 1 for perfect agreement, 0 for chance; NaN
                if there are no two ratings of a sample, or no two labels, to compare.
            ``annotators`` : DataFrame with one row per annotator
                ``n_samples`` and ``n_ratings``; ``weight``, the correlation with all others from 0
                to 1, as used in evaluator-weighted estimates [1]_; and the share of each label
                among the ratings.
            ``confusions`` : DataFrame with one row per annotator and label that led among the \
                    others
                How often the annotator gave each label to such samples. Anonymous raters have no
                rows, but are among the others.

        References
        ----------
        .. [1] Grimm and Kroschel, "Evaluation of natural emotions using self assessment
           manikins", ASRU 2005. doi:10.1109/ASRU.2005.1566530
        """
        return measure_agreement(self)
