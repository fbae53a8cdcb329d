"""Plot how far probabilities are from the shares of ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from sklearn_ser.metrics._calibration import average_gaps, check_bins, fill_bins
from sklearn_ser.metrics._distributions import pair_distributions
from sklearn_ser.metrics._labels import check_columns
from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._plotting import COLOURS, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The digits that fit above the axes side by side.
MOST_DIGITS = 60


class ReliabilityDisplay:
    """Plot of the shares of ratings at each level of the predicted probability.

    The probabilities of all samples and classes are put into bins. If the model is calibrated, the
    mean share of the ratings in a bin is its mean probability: points are on the diagonal. Create
    it with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    bins : DataFrame of shape (n_bins, 4)
        ``probability`` and ``share``, means over the bin, NaN if it is empty; ``n``, the number of
        probabilities; and ``weight``, the sum of their weights.
    error : float
        The expected calibration error, see `sklearn_ser.metrics.calibration_error`.
    name : str, default="model"
        For the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.inspection import ReliabilityDisplay
    >>> y_true = Ratings.from_wide([["sad", "angry"], ["sad", "sad"]])
    >>> y_proba = [[0.5, 0.5], [0.2, 0.8]]
    >>> display = ReliabilityDisplay.from_predictions(y_true, y_proba, classes=["angry", "sad"])
    >>> display.bins.query("n > 0")[["probability", "share", "n"]].values.tolist()
    [[0.2, 0.0, 1.0], [0.5, 0.5, 2.0], [0.8, 1.0, 1.0]]
    """

    def __init__(self, bins: pd.DataFrame, error: float, *, name: str = "model") -> None:
        self.bins = bins
        self.error = error
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Any,
        y: RatingsLike,
        *,
        n_bins: int = 10,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the reliability of a fitted classifier.

        Parameters
        ----------
        estimator : classifier with ``predict_proba``
        X : any container that the estimator accepts, of length n_samples
            Samples that the estimator was not trained on.
        y : Ratings, or any form that `check_ratings` accepts, of length n_samples
        n_bins, sample_weight, ax
            As in `from_predictions`.
        name : str, default=None
            For the legend; by default the class of the estimator.

        Returns
        -------
        ReliabilityDisplay

        Raises
        ------
        ValueError
            If X and y differ in length or in the names of their samples; also as
            `from_predictions`.
        """
        ratings = check_ratings(y)
        check_samples(X, ratings)
        return cls.from_predictions(
            ratings,
            estimator.predict_proba(X),
            classes=estimator.classes_,
            n_bins=n_bins,
            sample_weight=sample_weight,
            name=type(estimator).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: RatingsLike,
        y_proba: ArrayLike,
        *,
        classes: ArrayLike,
        n_bins: int = 10,
        sample_weight: ArrayLike | None = None,
        name: str = "model",
        ax: Axes | None = None,
    ) -> Self:
        """Plot the reliability of predicted probabilities.

        Parameters
        ----------
        y_true : Ratings, or any form that `check_ratings` accepts, of length n_samples
            The reference is the share of each target class among a sample's ratings. Samples
            without a rating for a target class are left out.
        y_proba : array-like of shape (n_samples, n_classes)
        classes : array-like of shape (n_classes,)
            Labels of the columns. Target classes that are not among them have probability 0.
        n_bins : int, default=10
            Number of bins of equal width between 0 and 1.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, finite and 0 or more.
        name : str, default="model"
            For the legend.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        ReliabilityDisplay

        Raises
        ------
        ValueError
            As `sklearn_ser.metrics.calibration_error`.

        Warns
        -----
        UndefinedMetricWarning
            If no sample is left; the plot is empty.
        """
        check_bins(n_bins)
        ratings = check_ratings(y_true)
        classes = check_columns(ratings, classes)
        pair, weights = pair_distributions(ratings, y_proba, classes, sample_weight)
        rated, predicted = np.zeros((2, 0, len(classes))) if pair is None else pair
        bins = fill_bins(rated, predicted, weights, n_bins=n_bins)
        return cls(bins, average_gaps(bins), name=name).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Plot the mean share against the mean probability, over bars of the size of each bin.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        ReliabilityDisplay
            This object.
        """
        if ax is None:
            ax = make_axes(6, 4.8)
        width = 1 / len(self.bins)
        middle = width * (0.5 + np.arange(len(self.bins)))
        heights = self.bins["weight"] / max(self.bins["weight"].sum(), 1e-300)
        ax.bar(middle, heights, 0.9 * width, color="#DDDDDD", label="share of all probabilities")
        ax.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle=":", label="calibrated")
        filled = self.bins.dropna()
        label = f"{self.name} (error {self.error:.3f})"
        ax.plot(filled["probability"], filled["share"], "o-", color=COLOURS[3], label=label)
        numbers = [f"{n:,}" for n in self.bins["n"]]
        turned = 90 if len(numbers) * max(map(len, numbers)) > MOST_DIGITS else 0
        for place, number in zip(middle, numbers, strict=True):
            ax.text(place, 1.02, number, ha="center", fontsize="x-small", rotation=turned)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.set_xlabel("mean probability (above: number of probabilities in the bin)")
        ax.set_ylabel("mean share of the ratings")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, loc="upper left", fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self
