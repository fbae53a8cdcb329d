"""Constructors of ratings from every form in which people have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_ser.ratings import _readers, _votes
from sklearn_ser.ratings._names import check_target_classes, read_classes
from sklearn_ser.ratings._values import list_categories
from sklearn_ser.ratings._vocabulary import encode_with
from sklearn_ser.utils._ids import concatenate_ids
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from sklearn_ser.ratings._ratings import Ratings


class RatingsConstructors(Ragged):
    """The constructor of `Ratings`, and the class methods that read tables and join parts."""

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
        self.target_classes = (
            None if target_classes is None else tuple(read_classes(target_classes))
        )
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
            The labels to learn; None means all of them. If the column of labels is categorical,
            its categories are known as labels, even if nobody chose them.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If a column or the id of a sample is missing, ids in `samples` repeat, the table rates
            samples that are not in `samples`, labels are of several kinds (such as text and
            numbers), fractions or infinite, or target classes are not labels.
        TypeError
            If a label or an annotator is a container.

        Warns
        -----
        UserWarning
            If nobody chose one of the target classes.
        """
        ids = _readers.list_samples(frame, sample, samples)
        read = _readers.read_long(frame, sample, annotator, label, ids)
        targets = check_target_classes(target_classes, read[-1], list_categories([frame[label]]))
        return cls(*read, target_classes=targets).with_ids(ids)

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
            As in `from_long`.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If the table is not two-dimensional, there is not one annotator per column, or a column
            cannot be a rater, such as one of file names; also as in `from_long`.
        TypeError
            If a label or an annotator is a container.

        Warns
        -----
        UserWarning
            If nobody chose one of the target classes.
        """
        if samples is not None and not isinstance(table, pd.DataFrame):
            raise TypeError(
                "samples are looked up in the index of a DataFrame, got "
                f"{type(table).__name__}; see with_ids and reindex."
            )
        read = _readers.read_wide(table, annotators)
        columns = [c for _, c in table.items()] if isinstance(table, pd.DataFrame) else []
        targets = check_target_classes(target_classes, read[-1], list_categories(columns))
        made = cls(*read, target_classes=targets)
        if isinstance(table, pd.DataFrame):
            made = made.with_ids(table.index)
        return made if samples is None else made.reindex(samples)  # type: ignore[attr-defined]

    @classmethod
    def from_counts(
        cls, counts: ArrayLike, classes: Labels, *, target_classes: Labels | None = None
    ) -> Self:
        """Read the votes of anonymous raters.

        Parameters
        ----------
        counts : array-like of int of shape (n_samples, n_classes)
            How many raters gave each class, at most 1,000,000 per sample; each vote counts as the
            only label of one person.
        classes : sequence of labels of shape (n_classes,)
            All of them become labels. They must have the order of a DataFrame's columns if they
            are the same.
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If counts are negative, not whole numbers or too large, or there is not one class per
            column; also as in `from_long`.

        Warns
        -----
        UserWarning
            If one of the target classes is not among `classes`.
        """
        read = _votes.read_counts(counts, classes)
        made = cls(*read, target_classes=check_target_classes(target_classes, read[-1]))
        return made.with_ids(counts.index) if isinstance(counts, pd.DataFrame) else made

    @classmethod
    def from_shares(
        cls,
        shares: ArrayLike,
        classes: Labels,
        *,
        n_raters: ArrayLike,
        target_classes: Labels | None = None,
    ) -> Self:
        """Read the shares of votes of a known number of anonymous raters.

        A share alone does not say how much is known: 0.5 may be one rater of two, or fifty of a
        hundred. Smoothing (`SoftTargetEncoder`), agreement, and weights by agreement all depend on
        the number of votes, so a distribution only becomes ratings along with the number of raters
        behind it. The result is that of `from_counts` for ``shares * n_raters``.

        Parameters
        ----------
        shares : array-like of float of shape (n_samples, n_classes)
            The share of the raters who gave each class, exact or rounded to two or more decimals.
            A sample without raters has only missing values.
        classes : sequence of labels of shape (n_classes,)
            As in `from_counts`.
        n_raters : int or array-like of int of shape (n_samples,)
            How many raters rated each sample, with one label each. It is ignored where there are
            no shares.
        target_classes : sequence of labels, default=None

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If shares are negative, do not sum to 1 or are not those of so many raters, apart from
            rounding; also as in `from_counts`.

        Warns
        -----
        UserWarning
            If one of the target classes is not among `classes`.

        Examples
        --------
        >>> from sklearn_ser import Ratings
        >>> Ratings.from_shares([[0.33, 0.67], [1, 0]], ["sad", "angry"], n_raters=3).counts()
        array([[2, 1],
               [0, 3]])
        """
        read = _votes.read_shares(shares, classes, n_raters)
        made = cls(*read, target_classes=check_target_classes(target_classes, read[-1]))
        return made.with_ids(shares.index) if isinstance(shares, pd.DataFrame) else made

    @classmethod
    def from_labels(cls, labels: ArrayLike, *, target_classes: Labels | None = None) -> Self:
        """Read one label per sample, each the only rating of an anonymous rater.

        Parameters
        ----------
        labels : array-like of shape (n_samples,)
            A missing value (None, NaN, ``pandas.NA`` or masked) means no rating.
        target_classes : sequence of labels, default=None
            As in `from_long`.

        Returns
        -------
        Ratings

        Raises
        ------
        ValueError
            If labels are of several kinds (such as text and numbers), fractions or infinite, or
            target classes are not labels.
        TypeError
            If a label is a container.

        Warns
        -----
        UserWarning
            If nobody chose one of the target classes.
        """
        read = _readers.read_labels(labels)
        targets = check_target_classes(target_classes, read[-1], list_categories([labels]))
        made = cls(*read, target_classes=targets)
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
            If there are no parts, or their target classes or the kinds of their labels differ.
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
            own = encode_with(consensus, labels).astype(np.int32)
        joined = cls(
            values,
            offsets,
            annotators,
            labels,
            target_classes=targets.pop(),
            own_consensus=own,
        )
        return joined.with_ids(concatenate_ids(part.ids for part in parts))
