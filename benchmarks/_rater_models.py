"""Models and controls of real_raters.py that the package does not have."""

from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import entropy
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from sklearn_ser import (
    HardTargetEncoder,
    Ratings,
    SoftTargetEncoder,
)
from sklearn_ser.datasets._emotale_tables import parse_clip
from sklearn_ser.recipes import OneAnnotator


class SmoothedVoteEncoder(HardTargetEncoder):
    """The consensus, smoothed until its mean entropy is that of the raters' shares."""

    def fit(self, ratings, y=None):
        super().fit(ratings)
        shares = SoftTargetEncoder(alpha=0).fit_transform(ratings)
        wanted = entropy(shares[~np.isnan(shares).any(axis=1)], axis=1).mean()
        n = len(self.classes_)
        self.rest_ = brentq(lambda rest: entropy(_smooth(np.eye(n)[0], rest)) - wanted, 0, 1)
        return self

    def transform(self, ratings):
        return _smooth(super().transform(ratings), self.rest_)


def _smooth(targets, rest):
    return (1 - rest) * targets + rest / targets.shape[-1]


# What a model learns in place of the ratings -------------------------------------------------


def take_acted(ratings, rng):
    """Return the emotion in the name of each recording as its only rating."""
    acted = [parse_clip(Path(file).stem)["emotion"] for file in ratings.ids]
    return Ratings.from_labels(acted, target_classes=ratings.target_classes).with_ids(ratings.ids)


def vote_or_draw(ratings, rng):
    """Return the consensus; where there is none, the label of one rater."""
    labels = ratings.consensus()
    for row in np.flatnonzero([label is None for label in labels]):
        labels[row] = rng.choice([label for given in ratings[row].values() for label in given])
    return Ratings.from_labels(labels, target_classes=ratings.target_classes).with_ids(ratings.ids)


def take_as_many_as_clear(ratings, rng):
    """Return ratings of a random part that is as large as the part with a consensus."""
    n_clear = sum(label is not None for label in ratings.consensus())
    table, kept = ratings.to_wide(), rng.permutation(len(ratings))[:n_clear]
    hidden = np.setdiff1d(np.arange(len(ratings)), kept)
    table.iloc[hidden] = None
    return Ratings.from_wide(table, target_classes=ratings.target_classes)


def shuffle_names(ratings, rng):
    """Deal out the answers on each utterance to its raters at random."""
    table = ratings.to_long()
    names = table.groupby("sample")["annotator"]
    table["annotator"] = names.transform(lambda given: rng.permutation(given.to_numpy()))
    return Ratings.from_long(
        table, samples=range(len(ratings)), target_classes=ratings.target_classes
    ).with_ids(ratings.ids)


class Relabelled(ClassifierMixin, BaseEstimator):
    """Train a classifier on something else than the ratings, by one of the functions above."""

    def __init__(self, estimator, change, random_state=None):
        self.estimator = estimator
        self.change = change
        self.random_state = random_state

    def fit(self, X, y):
        rng = check_random_state(self.random_state)
        self.estimator_ = clone(self.estimator).fit(X, self.change(y, rng))
        self.classes_ = self.estimator_.classes_
        self.annotators_ = getattr(self.estimator_, "annotators_", None)
        return self

    def predict(self, X):
        return self.estimator_.predict(X)

    def predict_proba(self, X):
        return self.estimator_.predict_proba(X)

    @available_if(lambda self: hasattr(self.estimator, "predict_annotators"))
    def predict_annotators(self, X):
        return self.estimator_.predict_annotators(X)


# Several members -----------------------------------------------------------------------------


class _Mean(ClassifierMixin, BaseEstimator):
    """The mean of the probabilities of ``members_``, which know the same classes."""

    def _finish(self, members):
        self.members_, self.classes_ = members, members[0].classes_
        if any(list(member.classes_) != list(self.classes_) for member in members):
            raise ValueError("all members must know the same classes.")
        return self

    def predict_proba(self, X):
        return np.mean([member.predict_proba(X) for member in self.members_], axis=0)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class OnePerRater(_Mean):
    """One model per rater, each trained on that rater's answers; the mean is the prediction."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        self.annotators_ = y.annotators.tolist()
        return self._finish(
            [OneAnnotator(self.estimator, name).fit(X, y) for name in self.annotators_]
        )

    def predict_annotators(self, X):
        return np.stack([member.predict_proba(X) for member in self.members_], axis=1)


class Bootstrapped(_Mean):
    """Models that all learn from all raters, and differ by the utterances that are drawn."""

    def __init__(self, estimator, n_members=3, random_state=None):
        self.estimator = estimator
        self.n_members = n_members
        self.random_state = random_state

    def fit(self, X, y):
        rng = check_random_state(self.random_state)
        drawn = rng.multinomial(len(y), np.full(len(y), 1 / len(y)), size=self.n_members)
        return self._finish(
            [clone(self.estimator).fit(X, y, sample_weight=weight) for weight in drawn]
        )
