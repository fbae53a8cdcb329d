"""Scores of real_raters.py, and differences with intervals that hold at the same time."""

import numpy as np
import pandas as pd
from sklearn.metrics import recall_score

from sklearn_ser import SoftTargetEncoder
from sklearn_ser.metrics import annotator_accuracy, annotator_log_likelihood

SCORES = [
    "UA_vote",
    "UA_acted",
    "cross_entropy",
    "all_inclusive_f1",
    "calibration_error",
    "annotator_accuracy",
    "annotator_log_likelihood",
]
N_RESAMPLES = 50_000
LEVEL = 0.05


def score(found, acted):
    """Return the mean scores over seeds of every estimator of an Evaluation.

    A model without raters expects the same of each of them: what it predicts.
    """
    table = found.pooled.rename(columns={"UA": "UA_vote"})
    for key, part in found.predictions.groupby(["estimator", "seed"], sort=False):
        rows = part["sample"].to_numpy()
        table.loc[key, "UA_acted"] = recall_score(acted[rows], part["prediction"], average="macro")
        if part.get("annotator_accuracy", pd.Series(dtype=float)).isna().all():
            ratings, names = found.ratings[rows], found.ratings.annotators.tolist()
            proba = np.repeat(_get_proba(found, part)[:, None], len(names), axis=1)
            about = {"annotators": names, "classes": found.ratings.classes}
            for measure in (annotator_accuracy, annotator_log_likelihood):
                table.loc[key, measure.__name__] = measure(ratings, proba, **about)
    return table[SCORES].groupby(level=0, sort=False).mean()


def _get_proba(found, part):
    return part[[f"p_{label}" for label in found.ratings.classes]].to_numpy(float)


class Resampled:
    """Scores of estimators for draws of speakers with replacement, the same for all of them.

    The first draw has every speaker once. Scores are means over seeds.
    """

    def __init__(self, found, random_state=0):
        self.found = found
        self.speakers = np.unique(found.predictions["speaker"].astype(str))
        n = len(self.speakers)
        drawn = np.random.default_rng(random_state).multinomial(
            n, np.full(n, 1 / n), size=N_RESAMPLES
        )
        self.drawn = np.vstack([np.ones(n), drawn])
        self.shares = SoftTargetEncoder(alpha=0).fit_transform(found.ratings)

    def compute(self, estimator):
        """Return two arrays of shape (1 + n_resamples,), UA against the vote and cross-entropy."""
        rows = self.found.predictions
        parts = [part for _, part in rows[rows["estimator"] == estimator].groupby("seed")]
        return {
            "UA_vote": np.mean([self._compute_ua(part) for part in parts], axis=0),
            "cross_entropy": np.mean([self._compute_entropy(part) for part in parts], axis=0),
        }

    def _sum_by_speaker(self, part, values):
        place = np.searchsorted(self.speakers, part["speaker"].astype(str))
        sums = np.zeros((len(self.speakers), values.shape[1]))
        np.add.at(sums, place, values)
        return self.drawn @ sums

    def _compute_ua(self, part):
        classes = self.found.ratings.classes
        is_class = part["consensus"].to_numpy(object)[:, None] == classes.astype(object)
        right = is_class & (part["prediction"] == part["consensus"]).to_numpy()[:, None]
        n, right = (self._sum_by_speaker(part, counted) for counted in (is_class, right))
        recall = np.divide(right, n, out=np.full(n.shape, np.nan), where=n > 0)
        return np.nanmean(recall, axis=1)

    def _compute_entropy(self, part):
        shares = self.shares[part["sample"]]
        rated = ~np.isnan(shares).any(axis=1)
        # As in sklearn_ser.metrics.cross_entropy.
        log_proba = np.log(np.maximum(_get_proba(self.found, part), 1e-7))
        losses = -(np.where(rated[:, None], shares, 0) * log_proba).sum(axis=1)
        total, n = self._sum_by_speaker(part, np.column_stack([losses, rated])).T
        return total / n


def compare(resampled, pairs):
    """Return differences of scores with 95 % intervals, and their p-values.

    Parameters
    ----------
    resampled : dict of str to dict of str to ndarray
        By row and score.
    pairs : list of (str, str)
        Rows, and those that they are compared with.

    Returns
    -------
    DataFrame
    """
    rows = []
    for row, other in pairs:
        for name, values in resampled[row].items():
            change = values - resampled[other][name]
            low, high = np.quantile(change[1:], [LEVEL / 2, 1 - LEVEL / 2])
            rows.append([row, other, name, change[0], low, high, _find_p(change[1:])])
    columns = ["row", "against", "score", "difference", "low", "high", "p"]
    return pd.DataFrame(rows, columns=columns)


def widen(table, resampled):
    """Add Holm's intervals to a table of comparisons, sorted by p.

    Of m comparisons, the one with the i-th smallest p gets an interval at the level
    1 - 0.05 / (m - i + 1).
    """
    table = table.sort_values("p", kind="stable").reset_index(drop=True)
    factors = len(table) - np.arange(len(table))
    bounds = []
    for factor, line in zip(factors, table.itertuples(), strict=True):
        change = resampled[line.row][line.score] - resampled[line.against][line.score]
        tail = LEVEL / factor / 2
        bounds.append(np.quantile(change[1:], [tail, 1 - tail]))
    table["holm_low"], table["holm_high"] = np.reshape(bounds, (-1, 2)).T
    table["holm_p"] = np.minimum(np.maximum.accumulate(table["p"] * factors), 1)
    return table


def _find_p(change):
    """Return twice the smaller share of draws on one side of 0, never less than one draw's."""
    n = len(change)
    return min(2 * (min((change <= 0).sum(), (change >= 0).sum()) + 1) / (n + 1), 1)
