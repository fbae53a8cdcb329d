"""Evaluations of every pair of corpora, and their table."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from sklearn_ser.evaluation._bootstrap import resample_ua
from sklearn_ser.evaluation._evaluation import Evaluation
from sklearn_ser.evaluation._scores import PROBABILITY_SCORES, name_class_scores
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._plotting import draw_shares, import_pyplot
from sklearn_ser.utils._saving import SavedByName

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = ["n_classes", "n", "WA", "UA", "UA_low", "UA_high", "cross_entropy"]
N_RESAMPLES = 2000
# Sets of classes that a report names.
N_SHOWN = 5


class CrossCorpusEvaluation(SavedByName):
    """Evaluations of estimators trained on one corpus and tested on another, for several pairs.

    Indexing by the names of two corpora, ``found["a", "b"]``, gives the `Evaluation` of what was
    trained on "a" and tested on "b", with all its scores, plots and ``summary(by=...)``.

    Parameters
    ----------
    evaluations : dict of (str, str) to Evaluation
        By the corpora to train and to test on. A pair of the same corpus is a cross-validation
        within it.
    labels : DataFrame
        One row per corpus and label, with the columns ``becomes`` (the class, missing if there
        is none), ``status`` ("kept", "mapped", "dropped" or "no target class"), ``n`` (the samples
        whose consensus it was), ``n_votes`` and ``also_in`` (the other corpora that have the
        class).
    description : str
        The corpora and the seeds.

    Attributes
    ----------
    evaluations, labels, description
        As given.
    scores : DataFrame
        Scores by corpora, estimator and seed.
    predictions : DataFrame
        Predictions of all pairs.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.evaluation import cross_corpus_evaluate
    >>> corpora = {name: make_dyadic_corpus(2, 8, random_state=i) for i, name in enumerate("ab")}
    >>> found = cross_corpus_evaluate(ConsensusClassifier(DummyClassifier()), corpora)
    >>> found.summary()[["n", "UA"]].values.tolist()
    [[14.0, 0.25], [11.0, 0.25]]
    >>> found["a", "b"].pooled["UA"].tolist()
    [0.25]
    """

    def __init__(
        self,
        evaluations: Mapping[tuple[str, str], Evaluation],
        labels: pd.DataFrame,
        *,
        description: str,
    ) -> None:
        self.evaluations = dict(evaluations)
        self.labels = labels
        self.description = description

    def __getitem__(self, pair: tuple[str, str]) -> Evaluation:
        if pair not in self.evaluations:
            known = join_names(self.evaluations)
            raise KeyError(f"pairs are (train, test), of {known}; got {pair!r}")
        return self.evaluations[pair]

    @functools.cached_property
    def scores(self) -> pd.DataFrame:
        """DataFrame: scores of all pairs, one row per train, test, estimator and seed.

        ``n_classes`` is the number of classes of the pair, and ``n`` that of the samples of the
        tested corpus whose consensus is one of them. The scores are those of `Evaluation.pooled`
        without those of single classes. ``UA_low`` and ``UA_high`` are the ends of the 95 %
        bootstrap interval of the UA over the speakers of the tested corpus.
        """
        tables = {}
        for pair, evaluation in self.evaluations.items():
            classes = evaluation.ratings.classes
            parts = evaluation.predictions.groupby("seed", sort=False)
            intervals = {seed: _find_intervals(part, classes) for seed, part in parts}
            joined = pd.concat(intervals, names=["seed", "estimator"])
            table = evaluation.pooled.join(joined)
            table["n_classes"] = len(classes)
            front = [*SHOWN[:-1], *PROBABILITY_SCORES]
            by_class = name_class_scores(classes.tolist())
            others = [c for c in table if c not in front and c not in by_class]
            tables[pair] = table[[*front, *others]]
        return pd.concat(tables, names=["train", "test"])

    @functools.cached_property
    def predictions(self) -> pd.DataFrame:
        """DataFrame: predictions of all pairs, with the columns ``train`` and ``test`` in front.

        The others are those of `Evaluation`; the probability of a class that a pair does not have
        is NaN.
        """
        tables = {pair: found.predictions for pair, found in self.evaluations.items()}
        joined = pd.concat(tables, names=["train", "test"])
        return joined.reset_index(level=["train", "test"]).reset_index(drop=True)

    def summary(
        self,
        baseline: str | None = None,
        *,
        n_resamples: int = N_RESAMPLES,
        random_state: int = 0,
    ) -> pd.DataFrame:
        """Summarise all pairs.

        Parameters
        ----------
        baseline : str, default=None
            Name of the estimator that the others are compared with; None means the first.
        n_resamples : int, default=2000
            Number of bootstrap samples.
        random_state : int, default=0
            Seed of the bootstrap.

        Returns
        -------
        DataFrame
            One row per train, test and estimator: ``n_classes`` and ``n``, see `scores`, and the
            columns of `Evaluation.summary` without the scores of single classes. Intervals are
            over the speakers of the tested corpus, or NaN if they are unknown. Pairs with other
            classes are not comparable.

        Raises
        ------
        ValueError
            If there is no such estimator.
        """
        tables = {}
        for pair, found in self.evaluations.items():
            classes = found.ratings.classes
            table = found.summary(baseline, n_resamples=n_resamples, random_state=random_state)
            table = table.drop(columns=name_class_scores(classes.tolist()))
            table.insert(0, "n_classes", len(classes))
            tested = found.predictions.drop_duplicates("sample")
            table.insert(1, "n", isin_labels(tested["consensus"], classes).sum())
            tables[pair] = table
        return pd.concat(tables, names=["train", "test", "estimator"])

    def plot(self, score: Literal["UA", "WA"] = "UA") -> Figure:
        """Draw a matrix of scores per estimator: the corpora to train on by those to test on.

        Parameters
        ----------
        score : {"UA", "WA"}, default="UA"
            Means over seeds.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ValueError
            If there is no such score.
        """
        if score not in ("UA", "WA"):
            raise ValueError(f"score must be 'UA' or 'WA', got {score!r}.")
        means = self.scores[score].groupby(level=["train", "test", "estimator"], sort=False).mean()
        names = means.index.unique("estimator")
        trained, tested = (
            list(dict.fromkeys(side)) for side in zip(*self.evaluations, strict=True)
        )
        size = (1.8 + 1.1 * len(tested)) * len(names), 1.4 + 0.6 * len(trained)
        figure, axes = import_pyplot().subplots(
            1, len(names), figsize=size, layout="constrained", squeeze=False
        )
        for ax, name in zip(axes.flat, names, strict=True):
            table = means.xs(name, level="estimator").unstack("test")
            draw_shares(ax, table.reindex(index=trained, columns=tested))
            ax.set(title=name, xlabel="tested on", ylabel="trained on")
        figure.suptitle(f"{score}, mean over seeds")
        return figure

    def report(self, baseline: str | None = None) -> str:
        """Return the summary as text, along with everything that its figures depend on.

        Parameters
        ----------
        baseline : str, default=None
            As in `summary`.

        Returns
        -------
        str
        """
        classes: dict[str, list[str]] = {}
        for pair, found in self.evaluations.items():
            names = ", ".join(map(str, found.ratings.classes.tolist()))
            classes.setdefault(names, []).append(f"{pair[0]} to {pair[1]}")
        lines = [f"{names} ({join_names(pairs, 4)})" for names, pairs in classes.items()]
        about_classes = "; ".join(lines[:N_SHOWN]) + ("; ..." if len(lines) > N_SHOWN else "")
        is_class = self.labels["status"].isin(["kept", "mapped"])
        alone = self.labels[is_class & (self.labels["also_in"] == "")]
        lone = [
            f"{row['becomes']} ({corpus}, {row['n']} samples)"
            for (corpus, _), row in alone.iterrows()
        ]
        without = f"In no other corpus: {join_names(lone)}. " if lone else ""
        shown = self.summary(baseline)[SHOWN]
        return (
            f"{self.description}. Classes: {about_classes}. {without}"
            "WA and UA against the consensus; means over seeds; UA with a 95 % bootstrap interval "
            "over the speakers of the tested corpus; cross-entropy (nat) against all ratings.\n"
            f"{shown.to_string(float_format='{:.3f}'.format, na_rep='')}"
        )

    def __repr__(self):
        return self.report()


def _find_intervals(predictions, classes):
    """Return the interval of the UA of each estimator, for the predictions of one seed."""
    first = predictions["estimator"].iloc[0]
    return resample_ua(predictions, classes, first, "pooled", N_RESAMPLES, 0)[
        ["UA_low", "UA_high"]
    ]
