"""Predictions for held-out samples, and their scores."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support

from sklearn_ser.evaluation._annotators import average_answers, name_scores
from sklearn_ser.evaluation._bootstrap import choose_unit, compare_with_baseline
from sklearn_ser.metrics import unweighted_accuracy, weighted_accuracy
from sklearn_ser.metrics._all_inclusive import compute_f1_of_sets
from sklearn_ser.metrics._calibration import compute_calibration_error
from sklearn_ser.metrics._distributions import (
    average_cross_entropy,
    average_js_divergence,
    pair_distributions,
)
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._saving import SavedByName

if TYPE_CHECKING:
    from matplotlib.figure import Figure


SHARED = "SPEAKERS ON BOTH SIDES"
# Scores of probabilities, against all ratings.
PROBABILITY_SCORES = {
    "cross_entropy": average_cross_entropy,
    "js_divergence": average_js_divergence,
    "all_inclusive_f1": compute_f1_of_sets,
    "calibration_error": compute_calibration_error,
}


class Evaluation(SavedByName):
    """Predictions for held-out samples and their scores, as returned by `cross_evaluate`.

    Parameters
    ----------
    predictions : DataFrame
        One row per estimator, seed and sample, with the columns ``estimator``, ``seed``,
        ``fold``, ``sample`` (its number), ``group``, ``speaker``, ``consensus`` (None where there
        is none), ``prediction``, ``seconds`` (to train and test its fold) and, for each class,
        ``p_`` and its name: the probability, NaN if the estimator gives none. If any estimator has
        ``predict_annotators``, also ``n_answers``, the number of annotators known to the estimator
        who gave the sample a target class, and ``annotator_accuracy`` and
        ``annotator_log_likelihood``, means over their answers; NaN for all other estimators.
    ratings : Ratings
        Ratings of all samples.
    shared_speakers : bool
        Whether speakers are, or may be, on both sides of a split.
    description : str
        The corpus, the split and the seeds.

    Attributes
    ----------
    predictions, ratings, shared_speakers, description
        As given.
    scores : DataFrame
        Scores by estimator, seed, fold and group.
    pooled : DataFrame
        Scores by estimator and seed.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.evaluation import cross_evaluate
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)
    >>> found = cross_evaluate(ConsensusClassifier(DummyClassifier()), corpus)
    >>> found.scores[["fold", "group", "n"]].values.tolist()
    [[0, 'Ses1F', 3], [1, 'Ses1M', 2], [2, 'Ses2F', 4], [3, 'Ses2M', 2]]
    >>> found.summary()[["WA", "UA"]].round(2).values.tolist()
    [[0.27, 0.15]]
    """

    def __init__(
        self,
        predictions: pd.DataFrame,
        ratings: Ratings,
        *,
        shared_speakers: bool,
        description: str,
    ) -> None:
        self.predictions = predictions
        self.ratings = ratings
        self.shared_speakers = shared_speakers
        self.description = description

    @functools.cached_property
    def scores(self) -> pd.DataFrame:
        """DataFrame: scores, one row per estimator, seed, fold and group.

        ``n`` is the number of samples whose consensus is a target class. ``WA``, ``UA`` and, for
        each class, ``precision_``, ``recall_`` and ``f1_`` are computed on them.
        ``cross_entropy`` (nat), ``js_divergence`` (bit), ``all_inclusive_f1`` and
        ``calibration_error`` compare probabilities with all ratings, on all samples with a rating
        for a target class. If any estimator has ``predict_annotators``, ``annotator_accuracy`` and
        ``annotator_log_likelihood`` (nat) compare what it expects of annotators with their own
        answers, each of which counts once; raters who are not among its ``annotators_`` are left
        out.
        A score that is undefined is NaN, such as the recall of a class that does not occur.
        ``seconds`` is for the whole fold, without the predictions of annotators.
        """
        keys = ["estimator", "seed", "fold", "group"]
        rows = []
        for key, part in self.predictions.groupby(keys, sort=False):
            row = dict(zip(keys, key, strict=True)) | self._compute_scores(part)
            rows.append(row | {"seconds": part["seconds"].iloc[0]})
        table = pd.DataFrame(rows)
        if self.shared_speakers:
            table["shared_speakers"] = True
        return table

    def _compute_scores(self, part):
        """Return the scores of some rows of the predictions as a dict."""
        ratings = self.ratings[part["sample"].to_numpy()]
        by_consensus = self._score_against_consensus(part, ratings)
        return by_consensus | self._score_against_ratings(part, ratings) | average_answers(part)

    def _score_against_consensus(self, part, ratings):
        said, classes = part["prediction"].to_numpy(), self.ratings.classes.tolist()
        code = {label: k for k, label in enumerate(classes)}
        true, predicted = (
            np.array([code.get(label, -1) for label in labels])
            for labels in (part["consensus"], said)
        )
        scored = true >= 0
        if not scored.any():
            wa = ua = np.nan
            by_class = np.full((3, len(classes)), np.nan)
        else:
            wa, ua = weighted_accuracy(ratings, said), unweighted_accuracy(ratings, said)
            by_class = precision_recall_fscore_support(
                true[scored], predicted[scored], labels=range(len(classes)), zero_division=np.nan
            )[:3]
        row = {"n": int(scored.sum()), "WA": wa, "UA": ua}
        for name, values in zip(("precision", "recall", "f1"), by_class, strict=True):
            row |= {f"{name}_{c}": value for c, value in zip(classes, values, strict=True)}
        return row

    def _score_against_ratings(self, part, ratings):
        columns = [name for name in part if name.startswith("p_")]
        proba = part[columns].to_numpy(float)
        counted = ratings.counts(ratings.classes).any(axis=1)
        if not columns or not counted.any() or np.isnan(proba).any():
            return dict.fromkeys(PROBABILITY_SCORES, np.nan)
        named = {f"p_{label}": label for label in ratings.classes.tolist()}
        known = [named.get(column, column) for column in columns]
        # Not by the public scores: a class that the ratings do not know has no label here.
        pair, _ = pair_distributions(ratings, proba, known, None)
        return {name: score(*pair) for name, score in PROBABILITY_SCORES.items()}

    @functools.cached_property
    def pooled(self) -> pd.DataFrame:
        """DataFrame: scores of the predictions of all folds together, by estimator and seed.

        The columns are those of `scores`, without ``seconds``.
        """
        keys = ["estimator", "seed"]
        parts = self.predictions.groupby(keys, sort=False)
        rows = {key: self._compute_scores(part) for key, part in parts}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(keys)

    def summary(
        self, baseline: str | None = None, *, n_resamples: int = 2000, random_state: int = 0
    ) -> pd.DataFrame:
        """Summarise all estimators, and compare them with a baseline.

        Predictions of all folds are pooled; scores are averaged over seeds.

        Parameters
        ----------
        baseline : str, default=None
            Name of the estimator that the others are compared with; None means the first.
        n_resamples : int, default=2000
            Number of bootstrap samples of speakers, or of groups if a speaker is unknown.
        random_state : int, default=0
            Seed of the bootstrap.

        Returns
        -------
        DataFrame
            One row per estimator: ``WA``, ``UA``, ``cross_entropy`` (nat), ``js_divergence``
            (bit), ``all_inclusive_f1``, ``calibration_error`` and, if there are any, the scores of
            annotators, means over seeds; ``WA_std`` and ``UA_std``, standard deviations over seeds
            (NaN for one seed); ``UA_gain``, the difference from the UA of the baseline; and
            ``UA_low`` and ``UA_high``, the ends of its 95 % bootstrap interval. Speakers are drawn
            with replacement, the same ones for both estimators; the altered copies of a person's
            recordings are drawn with the person.

        Raises
        ------
        ValueError
            If there is no such estimator.
        """
        baseline = self._check_baseline(baseline)
        names = ["WA", "UA", *PROBABILITY_SCORES, *name_scores(self.pooled)]
        pooled = self.pooled[names].groupby(level=0, sort=False)
        table = pooled.mean()
        for place, name in ((1, "WA"), (3, "UA")):
            table.insert(place, f"{name}_std", pooled.std()[name])
        found = compare_with_baseline(
            self.predictions, self.ratings.classes, baseline, n_resamples, random_state
        )
        table = table.join(found)
        if self.shared_speakers:
            table["shared_speakers"] = True
        return table

    def _check_baseline(self, name):
        names = self.predictions["estimator"].unique().tolist()
        name = names[0] if name is None else name
        if name not in names:
            raise ValueError(f"baseline must be one of {names}, got {name!r}.")
        return name

    def plot(
        self,
        kind: Literal["differences", "confusion"] = "differences",
        *,
        baseline: str | None = None,
    ) -> Figure:
        """Plot the estimators.

        Parameters
        ----------
        kind : {"differences", "confusion"}, default="differences"
            "differences": the UA of every estimator minus the baseline's, with its interval and
            every seed. "confusion": one confusion matrix per estimator, pooled over folds and
            seeds; its rows sum to 1.
        baseline : str, default=None
            As in `summary`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ValueError
            If there is no such kind or estimator.
        """
        from sklearn_ser.evaluation import _plots

        baseline = self._check_baseline(baseline)
        if kind == "differences":
            figure = _plots.plot_differences(self, baseline)
        elif kind == "confusion":
            figure = _plots.plot_confusions(self)
        else:
            raise ValueError(f"kind must be one of ['confusion', 'differences'], got {kind!r}.")
        if self.shared_speakers:
            figure.suptitle(SHARED)
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
        classes = ", ".join(map(str, self.ratings.classes.tolist()))
        answers = "; annotators against their own answers (log-likelihood in nat)"
        about_answers = answers if name_scores(self.pooled) else ""
        n_scored = isin_labels(self.ratings.consensus(), self.ratings.classes).sum()
        return (
            f"{self.description}. Classes: {classes}. WA and UA against the consensus, which "
            f"{n_scored} samples have; cross-entropy (nat), JS (bit), all-inclusive F1 and "
            f"calibration error against all ratings{about_answers}. Predictions of all folds are "
            "pooled; means over seeds; UA_gain with a 95 % bootstrap interval over "
            f"{choose_unit(self.predictions)}s.\n"
            f"{self.summary(baseline).to_string(float_format='{:.3f}'.format, na_rep='')}"
        )

    def __repr__(self):
        return self.report()
