"""What raters confuse, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sklearn_ser._style import new_axes
from sklearn_ser.ratings import RatingsLike, check_ratings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self


class AgreementDisplay:
    """What others say of what one rater called so.

    Row by row: an utterance that some rater gave this label, what does another one give it? That
    is the coincidence matrix of Krippendorff's alpha [1]_, each row made to sum to 1. It is made
    by `from_ratings`.

    Parameters
    ----------
    shares : DataFrame of shape (n_classes, n_classes)
        Rows sum to 1, or are NaN where a label was never beside another.
    alpha : float
        Krippendorff's, of all labels; 1 is agreement, 0 is chance.

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
    """

    def __init__(self, shares: pd.DataFrame, alpha: float) -> None:
        self.shares = shares
        self.alpha = alpha

    @classmethod
    def from_ratings(
        cls, ratings: RatingsLike, *, classes: Sequence[Any] | None = None, ax: Axes | None = None
    ) -> Self:
        """Draw which labels raters give to the same utterances.

        Parameters
        ----------
        ratings : Ratings or what `check_ratings` takes
        classes : sequence of labels, default=None
            By default all, the target classes first.
        ax : matplotlib Axes, default=None
            By default those of a new figure.

        Returns
        -------
        AgreementDisplay
        """
        ratings = check_ratings(ratings)
        if classes is None:
            targets = ratings.classes.tolist()
            classes = targets + [name for name in ratings.labels.tolist() if name not in targets]
        counts = ratings.counts(classes).astype(float)
        others = counts.sum(axis=1) - 1
        # Every pair of ratings of a sample, so that each sample counts as often as it was rated.
        weighted = counts / np.where(others > 0, others, np.inf)[:, None]
        pairs = counts.T @ weighted - np.diag(weighted.sum(axis=0))
        total = pairs.sum(axis=1, keepdims=True)
        shares = np.divide(pairs, total, out=np.full(pairs.shape, np.nan), where=total > 0)
        table = pd.DataFrame(shares, index=classes, columns=classes)
        return cls(table, ratings.agreement().alpha).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the shares as a matrix.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            By default those of a new figure.

        Returns
        -------
        AgreementDisplay
            Itself.
        """
        n = len(self.shares)
        if ax is None:
            ax = new_axes(1.8 + 0.65 * n, 1.4 + 0.5 * n)
        values = self.shares.to_numpy()
        ax.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for i, j in np.ndindex(n, n):
            if np.isfinite(values[i, j]):
                dark = values[i, j] > 0.5
                ax.text(
                    j,
                    i,
                    f"{values[i, j]:.2f}",
                    ha="center",
                    va="center",
                    color="white" if dark else "black",
                    fontsize="small",
                )
        names = [str(name) for name in self.shares.index]
        ax.set_xticks(range(n), names, rotation=35, ha="right")
        ax.set_yticks(range(n), names)
        ax.set_xlabel("another rater")
        ax.set_ylabel("one rater")
        ax.set_title(f"Krippendorff's alpha {self.alpha:.2f}", fontsize="medium")
        self.ax_, self.figure_ = ax, ax.figure
        return self
