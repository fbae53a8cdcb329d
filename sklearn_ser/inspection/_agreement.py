"""Plot which labels raters confuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length

from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.utils._arrays import normalise_rows
from sklearn_ser.utils._plotting import draw_shares, make_axes
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class AgreementDisplay:
    """Plot of the labels that other raters give, for each label that one rater gave.

    If one rater gave an utterance the label of a row, the row shows the labels that other raters
    gave it. This is the coincidence matrix of Krippendorff's alpha [1]_, normalised by row. Create
    it with `from_ratings` or, with a model as the one rater, with `from_estimator` or
    `from_predictions`.

    Parameters
    ----------
    shares : DataFrame of shape (n_classes, n_classes)
        Rows sum to 1; a row is NaN if nobody gave its label to an utterance with other ratings.
    alpha : float
        Krippendorff's alpha of all labels of the raters: 1 for perfect agreement, 0 for chance.
    rater, others : str, default="one rater" and "another rater"
        Axis labels: who gave the labels of the rows and of the columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    References
    ----------
    .. [1] Krippendorff, "Content analysis", 4th ed., Sage 2018, chapter 12.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.inspection import AgreementDisplay
    >>> y = Ratings.from_wide([["sad", "sad", "angry"], ["angry", "angry", "angry"]])
    >>> AgreementDisplay.from_ratings(y).shares.round(2).values.tolist()
    [[0.75, 0.25], [0.5, 0.5]]
    >>> AgreementDisplay.from_predictions(y, ["angry", "angry"]).shares.round(2).values.tolist()
    [[0.67, 0.33], [nan, nan]]
    """

    def __init__(
        self,
        shares: pd.DataFrame,
        alpha: float,
        *,
        rater: str = "one rater",
        others: str = "another rater",
    ) -> None:
        self.shares = shares
        self.alpha = alpha
        self.rater = rater
        self.others = others

    @classmethod
    def from_ratings(
        cls, ratings: RatingsLike, *, classes: Labels | None = None, ax: Axes | None = None
    ) -> Self:
        """Plot which labels raters give to the same utterances.

        Parameters
        ----------
        ratings : Ratings, or any form that `check_ratings` accepts
        classes : sequence of labels, default=None
            By default all, the target classes first.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AgreementDisplay
        """
        ratings = check_ratings(ratings)
        classes = _all_classes(ratings) if classes is None else classes
        counts = ratings.counts(classes).astype(float)
        others = counts.sum(axis=1) - 1
        # All pairs of ratings of a sample, with weights that sum to the number of its ratings.
        weighted = counts / np.where(others > 0, others, np.inf)[:, None]
        pairs = counts.T @ weighted - np.diag(weighted.sum(axis=0))
        table = pd.DataFrame(normalise_rows(pairs), index=classes, columns=classes)
        return cls(table, ratings.agreement().alpha).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Any,
        y: RatingsLike,
        *,
        classes: Labels | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the labels that raters give, for each label that a fitted classifier predicts.

        Parameters
        ----------
        estimator : classifier
        X : any container that the estimator accepts, of length n_samples
            Samples that the estimator was not trained on.
        y, classes, ax
            As in `from_predictions`.

        Returns
        -------
        AgreementDisplay

        Raises
        ------
        ValueError
            If X and y differ in length.
        """
        return cls.from_predictions(y, estimator.predict(X), classes=classes, ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: RatingsLike,
        y_pred: ArrayLike,
        *,
        classes: Labels | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the labels that raters give, for each predicted label.

        This is a confusion matrix against all ratings. Compare it with that of `from_ratings` to
        see whether the model differs from raters more than they differ from each other.

        Parameters
        ----------
        y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
        y_pred : array-like of shape (n_samples,)
            Predicted labels.
        classes : sequence of labels, default=None
            By default all, the target classes first. Every rating for one of them counts once.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AgreementDisplay

        Raises
        ------
        ValueError
            If y_true and y_pred differ in length.
        """
        ratings, said = check_ratings(y_true), np.asarray(y_pred).tolist()
        check_consistent_length(ratings, said)
        classes = _all_classes(ratings) if classes is None else classes
        counts = ratings.counts(classes)
        votes = [counts[[label == name for label in said]].sum(axis=0) for name in classes]
        table = pd.DataFrame(normalise_rows(np.array(votes)), index=classes, columns=classes)
        alpha = ratings.agreement().alpha
        return cls(table, alpha, rater="the model", others="raters").plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Plot the shares as a matrix.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AgreementDisplay
            This object.
        """
        n = len(self.shares)
        if ax is None:
            ax = make_axes(1.8 + 0.65 * n, 1.4 + 0.5 * n)
        draw_shares(ax, self.shares)
        ax.set_xlabel(self.others)
        ax.set_ylabel(self.rater)
        ax.set_title(f"Krippendorff's alpha {self.alpha:.2f}", fontsize="medium")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _all_classes(ratings):
    targets = ratings.classes.tolist()
    return targets + [name for name in ratings.labels.tolist() if name not in targets]
