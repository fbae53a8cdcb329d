"""Container of all ratings of all samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from sklearn_ser.ratings._agreement import measure_agreement
from sklearn_ser.ratings._codes import (
    ANONYMOUS,
    NO_LABEL,
    drop_repeats,
    keep_ratings,
)
from sklearn_ser.ratings._constructors import RatingsConstructors
from sklearn_ser.ratings._counting import count_votes, find_consensus
from sklearn_ser.ratings._joins import find_rows, take_rows
from sklearn_ser.ratings._names import check_annotators, check_spelling, read_classes
from sklearn_ser.ratings._rows import Origin, decode_sample
from sklearn_ser.ratings._scikit_learn import convert_for, find_caller
from sklearn_ser.ratings._tables import list_long, list_wide
from sklearn_ser.ratings._values import read_column
from sklearn_ser.ratings._vocabulary import encode_labels, encode_with
from sklearn_ser.utils._kinds import find_kinds, list_values
from sklearn_ser.utils._typing import Labels


class Ratings(RatingsConstructors):
    """Every rating of every sample: one row per (annotator, label).

    Create it with `from_long`, `from_wide`, `from_counts`, `from_shares` or `from_labels`. Labels
    are text or whole numbers, and of one kind. A rater may give a sample several labels, most
    raters skip most samples, and a sample may have no rating at all.
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

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype=None, copy=None):
        caller = find_caller()
        if caller is None or caller.needs == "dicts" or copy is False:
            return super().__array__(dtype, copy)
        return np.asarray(convert_for(caller, self), dtype=dtype)

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
            By default the target classes. A class that nobody chose has a count of 0.
        multilabel : {"all", "first"}, default="all"
            Whether every label of a rater counts, or only the first one (which may be none of
            `classes`).
        weights : dict of annotator to float, default=None
            Weight of each rater, 0 or more; raters who are not in the dict have weight 1, and so
            have anonymous raters.

        Returns
        -------
        ndarray of int, or of float with `weights`, of shape (n_samples, n_classes)

        Raises
        ------
        ValueError
            If `multilabel` is unknown, a weight is negative or not a number, or an annotator with
            a weight is unknown; if classes repeat or are missing, or differ from labels only in
            kind, case or spaces.
        """
        if classes is None:
            classes = self.classes.tolist()
        else:
            classes = read_classes(classes, "classes")
            check_spelling(classes, self.labels.tolist(), "classes")
        if weights is not None and len(self.annotators):
            check_annotators(weights, self.annotators)
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

    def strata(self) -> NDArray:
        """Return the stratum of each sample, for splitters that keep the shares of the classes.

        scikit-learn's splitters get the same for ratings as y.

        Returns
        -------
        ndarray of int of shape (n_samples,)
            The index of the consensus among the labels, and -1 where there is none: such samples
            are a stratum of their own.
        """
        return np.array(self._consensus_codes(None), dtype=np.int64)

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
            codes = encode_with(labels, self.labels, len(self))
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
            If a key of `mapping` is neither a label nor a target class, or the labels would be of
            several kinds or missing.
        """
        known = [*self.labels.tolist(), *(self.target_classes or ())]
        unknown = [label for label in mapping if label not in known]
        if unknown:
            raise ValueError(
                f"labels to rename must be among {list_values(known)}, got {list_values(unknown)}."
            )
        names = [mapping.get(label, label) for label in self.labels.tolist()]
        if len(find_kinds(read_column(names))) > 1 or pd.isna(names).any():
            raise ValueError(f"labels must be of one kind, got {list_values(names)} as new names.")
        codes, labels = encode_labels(names)
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
        check_annotators(annotators, self.annotators)
        codes = {name: code for code, name in enumerate(self.annotators.tolist())}
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
        ids = changes.pop("ids", self.ids)
        return Ratings(**(now | changes)).with_ids(ids)

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
            Of the samples wanted, such as a column of a table. One may come several times; a
            sample that these ratings do not have is unrated.
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

        Warns
        -----
        UserWarning
            If `allow_dropped`, and no sample of these ratings is among `ids`.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_ser import Ratings
        >>> table = pd.DataFrame({"E1": ["sad", "angry"]}, index=["a", "b"])
        >>> Ratings.from_wide(table).reindex(["b", "a", "c"]).consensus().tolist()
        ['angry', 'sad', None]
        """
        rows, wanted = find_rows(self, ids, key, allow_dropped)
        values, offsets, own = take_rows(self, self._own_consensus, rows)
        return self._replace(values=values, offsets=offsets, own_consensus=own, ids=wanted)

    def to_long(self) -> pd.DataFrame:
        """Return a table with one row per rating.

        Returns
        -------
        DataFrame
            With columns ``sample`` (position), ``annotator`` (None where anonymous) and
            ``label``; `from_long` reads it.
        """
        return list_long(self)

    def to_wide(self) -> pd.DataFrame:
        """Return a table with one row per sample and one column per annotator.

        Returns
        -------
        DataFrame of shape (n_samples, n_annotators)
            A cell is a label, a tuple of labels if the rater gave several, or None. The index is
            the ids of the samples, if they have names.

        Raises
        ------
        ValueError
            If raters are anonymous, since they have no column.
        """
        return list_wide(self)

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
