"""Predictions for held-out samples, and their scores."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pandas as pd

from sklearn_ser.evaluation._scores import (
    average_scores,
    compute_scores,
    score_by,
)
from sklearn_ser.evaluation._summary import summarize, summarize_groups, write_summary
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._saving import SavedByName

if TYPE_CHECKING:
    from matplotlib.figure import Figure


SHARED = "SPEAKERS ON BOTH SIDES"
Average: TypeAlias = Literal["pooled", "folds"]


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
    details : dict of str to DataFrame, default=None
        What `inspect` of `cross_evaluate` returned for every fit, with the columns ``estimator``,
        ``seed`` and ``fold`` in front; None means nothing.
    attributes : DataFrame of length n_samples, default=None
        What is known of each sample, such as the gender of its speaker: the columns of the data.

    Attributes
    ----------
    predictions, ratings, shared_speakers, description, details, attributes
        As given.
    scores : DataFrame
        Scores by estimator, seed, fold and group.
    by_fold : DataFrame
        Scores by estimator, seed and fold.
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

    # Objects that were pickled by earlier versions do not have it.
    attributes: pd.DataFrame | None = None

    def __init__(
        self,
        predictions: pd.DataFrame,
        ratings: Ratings,
        *,
        shared_speakers: bool,
        description: str,
        details: Mapping[str, pd.DataFrame] | None = None,
        attributes: pd.DataFrame | None = None,
    ) -> None:
        self.predictions = predictions
        self.ratings = ratings
        self.shared_speakers = shared_speakers
        self.description = description
        self.details = dict(details or {})
        self.attributes = attributes

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
            row = dict(zip(keys, key, strict=True)) | compute_scores(part, self.ratings)
            rows.append(row | {"seconds": part["seconds"].iloc[0]})
        table = pd.DataFrame(rows)
        if self.shared_speakers:
            table["shared_speakers"] = True
        return table

    @functools.cached_property
    def by_fold(self) -> pd.DataFrame:
        """DataFrame: scores by estimator, seed and fold, of all groups of a fold together.

        The columns are those of `scores`, without ``seconds``.
        """
        return score_by(self.predictions, self.ratings, ["estimator", "seed", "fold"])

    @functools.cached_property
    def pooled(self) -> pd.DataFrame:
        """DataFrame: scores of the predictions of all folds together, by estimator and seed.

        The columns are those of `scores`, without ``seconds``.
        """
        return score_by(self.predictions, self.ratings, ["estimator", "seed"])

    def summary(
        self,
        baseline: str | None = None,
        *,
        by: Any = None,
        average: Average = "pooled",
        n_resamples: int = 2000,
        random_state: int = 0,
    ) -> pd.DataFrame:
        """Summarise all estimators, and compare them with a baseline.

        Parameters
        ----------
        baseline : str, default=None
            Name of the estimator that the others are compared with; None means the first.
        by : str or array-like of shape (n_samples,), default=None
            A column of `attributes`, such as "gender" or "language", or one value per sample of
            the corpus: the samples of each value are scored on their own. Missing values, and
            texts such as "", "n/a" or "Unknown", are "unknown"; spaces around texts do not count.
            A Series whose index has the names of the samples, as `ratings` know them, is put into
            their order. Only with ``average="pooled"``.
        average : {"pooled", "folds"}, default="pooled"
            "pooled": the predictions of all folds are scored together, so that every sample counts
            once. This is the default, because precision, recall and F1 of a small fold say little,
            and a fold may lack a class. "folds": every fold is scored, and the mean is taken over
            folds, as in papers that average sessions or speakers. A fold that leaves a score
            undefined does not count in its mean: the recall of a class that it lacks, and the
            precision of a class that is never predicted in it.
            Either way, the scores are then averaged over seeds.
        n_resamples : int, default=2000
            Number of bootstrap samples.
        random_state : int, default=0
            Seed of the bootstrap.

        Returns
        -------
        DataFrame
            One row per estimator, with means over seeds:

            * ``WA`` and ``UA``, with the standard deviations over seeds, ``WA_std`` and ``UA_std``
              (NaN for one seed);
            * ``UA_low`` and ``UA_high``, the ends of the 95 % bootstrap interval of the UA;
            * ``UA_gain``, the difference from the UA of the baseline, with ``UA_gain_low`` and
              ``UA_gain_high``;
            * ``cross_entropy`` (nat), ``js_divergence`` (bit), ``all_inclusive_f1``,
              ``calibration_error`` and, if there are any, the scores of annotators;
            * ``precision_``, ``recall_`` and ``f1_`` of each class.

            The bootstrap draws units with replacement, the same ones for all estimators. If
            predictions are pooled, the units are speakers, or groups if a speaker is unknown; the
            altered copies of a person's recordings are drawn with the person. If folds are
            averaged, the units are folds, the terms of that mean; with few folds, the interval is
            too narrow. The ends are NaN if there are fewer than four units, since they would be
            the scores of single units.

            With `by`, one row per estimator and value, in the order of the categories or sorted,
            as if nothing else had been tested. In addition:

            * ``n``, the number of samples whose consensus is a target class, ``n_speakers``, that
              of their known speakers, and ``n_`` and its name, that of each class;
            * ``UA_gap``, the difference from all samples with another value that is not
              "unknown", with ``UA_gap_low`` and ``UA_gap_high``. With two values, it is the gap
              between them.

            The UA of a value is the mean recall of the classes that it has; compare UAs only where
            no ``n_`` of a class is 0. ``UA_gap`` is the mean difference in recall of the classes
            that both sides have, and NaN if there are none. Its bootstrap draws all speakers
            together, because a speaker may be on both sides; its ends are NaN if a side has fewer
            than four speakers.

        Raises
        ------
        ValueError
            If there is no such estimator or average. With `by`, if there is no such column, there
            is not one value per sample, or folds are averaged; if all values are missing, some are
            of another kind, or nearly all differ, as names of files do; or if there are more than
            20 different numbers, which have to be cut into groups, such as by ``pandas.cut``. Also
            if `by` is a Series whose index has other samples, or row numbers in another order.

        Warns
        -----
        UserWarning
            If values of `by` differ by case only, such as "F" and "f".
        """
        baseline = self._check_baseline(baseline)
        scores = average_scores(self, average)
        if by is None:
            classes, settings = (
                self.ratings.classes,
                (baseline, average, n_resamples, random_state),
            )
            table = summarize(self.predictions, classes, scores, *settings)
        elif average == "pooled":
            table = summarize_groups(self, by, baseline, n_resamples, random_state)
        else:
            raise ValueError(f"average must be 'pooled' with by, got {average!r}.")
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
        average: Average = "pooled",
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
        average : {"pooled", "folds"}, default="pooled"
            As in `summary`; "confusion" is always pooled.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ValueError
            If there is no such kind, estimator or average.
        """
        from sklearn_ser.evaluation import _plots

        baseline = self._check_baseline(baseline)
        if kind == "differences":
            figure = _plots.plot_differences(self, baseline, average)
        elif kind == "confusion":
            figure = _plots.plot_confusions(self)
        else:
            raise ValueError(f"kind must be one of ['confusion', 'differences'], got {kind!r}.")
        if self.shared_speakers:
            figure.suptitle(SHARED)
        return figure

    def report(self, baseline: str | None = None, *, average: Average = "pooled") -> str:
        """Return the summary as text, along with everything that its figures depend on.

        The scores of single classes are left out; `summary` has them.

        Parameters
        ----------
        baseline : str, default=None
            As in `summary`.
        average : {"pooled", "folds"}, default="pooled"
            As in `summary`.

        Returns
        -------
        str
        """
        return write_summary(self, baseline, average=average)

    def __repr__(self):
        return self.report()
