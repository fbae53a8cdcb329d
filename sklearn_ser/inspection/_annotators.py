"""Plot how annotators differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.utils._kinds import list_names
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._pipelines import require_inner
from sklearn_ser.utils._plotting import COLOURS, make_axes, put_legend_above
from sklearn_ser.utils._typing import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class AnnotatorDisplay:
    """Plot of the label shares of each annotator, compared with those of the crowd.

    Create it with `from_ratings`, or with `from_estimator` for the labels that each annotator is
    expected to give. `ConfusionsDisplay` shows what each annotator says of each class.

    Parameters
    ----------
    shares : DataFrame of shape (n_rows, n_classes)
        The crowd, and then one row per annotator; each sums to 1.
    n_ratings : Series of shape (n_rows,)
        Number of ratings or samples in each row.
    weights : Series of shape (n_rows,)
        Correlation with all others, NaN for the crowd.
    of : str, default="ratings"
        What is counted, for the axis label.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.inspection import AnnotatorDisplay
    >>> corpus = make_dyadic_corpus(n_sessions=1, n_utterances=4, random_state=0)
    >>> display = AnnotatorDisplay.from_ratings(corpus.ratings)
    >>> display.shares.columns.tolist()
    ['anger', 'happiness', 'neutral', 'sadness']
    """

    def __init__(
        self,
        shares: pd.DataFrame,
        n_ratings: pd.Series,
        weights: pd.Series,
        *,
        of: str = "ratings",
    ) -> None:
        self.shares = shares
        self.n_ratings = n_ratings
        self.weights = weights
        self.of = of

    @classmethod
    def from_ratings(
        cls,
        ratings: RatingsLike,
        *,
        classes: Labels | None = None,
        annotators: Labels | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the label shares of annotators.

        Parameters
        ----------
        ratings : Ratings, or any form that `check_ratings` accepts
        classes : sequence of labels, default=None
            By default the target classes.
        annotators : sequence of annotators, default=None
            By default the twelve with the most ratings.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AnnotatorDisplay

        Raises
        ------
        ValueError
            If an annotator is unknown.
        """
        ratings = check_ratings(ratings)
        classes = ratings.classes.tolist() if classes is None else list(classes)
        table = ratings.agreement().annotators
        if annotators is None:
            annotators = table["n_ratings"].nlargest(12).index.sort_values().tolist()
        annotators = list_names(annotators)
        check_known(annotators, table.index, "the ratings")
        table = table.loc[annotators]
        counts = table.reindex(columns=classes, fill_value=0).mul(table["n_ratings"], axis=0)
        counts = counts.round()
        crowd = ratings.counts(classes).sum(axis=0)
        counts = counts.rename(index=str)
        counts.loc["crowd"] = crowd
        counts = counts.loc[["crowd", *counts.index.drop("crowd")]]
        total = counts.sum(axis=1)
        shares = counts.div(total.where(total > 0, np.nan), axis=0)
        weights = table["weight"].rename(index=str).reindex(counts.index)
        return cls(shares, total.astype(int), weights).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Any,
        *,
        annotators: Labels | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the labels that a fitted classifier expects each annotator to give.

        Parameters
        ----------
        estimator : classifier with ``predict_annotators``, or Pipeline or search that has one
            Such as `AnnotatorEnsembleClassifier` or `CrowdEMClassifier`.
        X : any container that the estimator accepts, of length n_samples
            The plot shows the mean over these samples.
        annotators : sequence of annotators, default=None
            By default all of the classifier's ``annotators_``.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AnnotatorDisplay

        Raises
        ------
        TypeError
            If the classifier has no ``predict_annotators``.
        ValueError
            If an annotator is unknown.
        """
        steps, model = require_inner(estimator, "predict_annotators")
        for step in steps:
            X = step.transform(X)
        known = list(model.annotators_)
        annotators = known if annotators is None else list_names(annotators)
        check_known(annotators, known, "the classifier")
        crowd = model.predict_proba(X).mean(axis=0)
        of_known = dict(zip(known, model.predict_annotators(X).mean(axis=0), strict=True))
        index = ["crowd", *map(str, annotators)]
        each = [of_known[name] for name in annotators]
        shares = pd.DataFrame([crowd, *each], index=index, columns=model.classes_)
        n_samples = pd.Series(len(X), index=index)
        unknown = pd.Series(np.nan, index=index)
        return cls(shares, n_samples, unknown, of="expected ratings").plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Plot one bar per row.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        AnnotatorDisplay
            This object.
        """
        if ax is None:
            ax = make_axes(7, 0.9 + 0.35 * len(self.shares))
        left = np.zeros(len(self.shares))
        height = np.arange(len(self.shares))[::-1]
        for k, label in enumerate(self.shares.columns):
            width = self.shares[label].fillna(0).to_numpy()
            ax.barh(height, width, left=left, color=COLOURS[k % len(COLOURS)], label=label)
            left += width
        for y, name in zip(height, self.shares.index, strict=True):
            weight = self.weights[name]
            agrees = "" if np.isnan(weight) else f", r = {weight:.2f}"
            ax.text(1.01, y, f"{self.n_ratings[name]:,}{agrees}", va="center", fontsize="small")
        ax.set_yticks(height, self.shares.index)
        ax.set_xlim(0, 1)
        correlation = "" if self.weights.isna().all() else ", correlation with all others"
        ax.set_xlabel(f"share of {self.of} (right: their number{correlation})")
        ax.spines[["top", "right"]].set_visible(False)
        put_legend_above(ax, min(len(self.shares.columns), 4))
        self.ax_, self.figure_ = ax, ax.figure
        return self


def check_known(annotators, known, owner):
    """Raise a ValueError if annotators are not among those of the ratings or the classifier."""
    unknown = set(annotators).difference(known)
    if unknown:
        raise ValueError(
            f"annotators {join_names(name for name in annotators if name in unknown)} are not "
            f"among those of {owner}: {join_names(known)}."
        )
