"""Ways to learn from raters, for annotators.py: functions of X, y and a seed that fit a model."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    Ratings,
    RatingsClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.recipes import OneAnnotator

# Raters of annotators.py.
N_RATERS = 6


def shuffle_names(ratings, seed):
    """Deal out the answers on each utterance to its raters at random."""
    rng = np.random.default_rng(seed)
    table = ratings.to_long()
    table["annotator"] = table.groupby("sample")["annotator"].transform(
        lambda names: rng.permutation(names.to_numpy())
    )
    return Ratings.from_long(
        table, samples=range(len(ratings)), target_classes=ratings.target_classes
    ).with_ids(ratings.ids)


def linear():
    return LogisticRegression(C=0.01, max_iter=1000)


def one_per_rater(X, ratings, seed):
    """Return the mean of one linear model per rater, each on that rater's answers alone."""
    models = [
        (str(name), OneAnnotator(RatingsClassifier(linear()), name)) for name in ratings.annotators
    ]
    return AveragingClassifier(models).fit(X, ratings)


class _Mean:
    """The mean of models that are fitted already."""

    def __init__(self, models):
        self.models, self.classes_ = models, models[0].classes_

    def predict_proba(self, X):
        return np.mean([model.predict_proba(X) for model in self.models], axis=0)


def six_of_the_crowd(X, ratings, seed):
    """Return the mean of linear models on all answers, each on a bootstrap sample."""
    rng = np.random.default_rng(seed)
    draws = [rng.integers(len(ratings), size=len(ratings)) for _ in range(N_RATERS)]
    # As sample weights, so that no class is lost.
    return _Mean(
        [
            RatingsClassifier(linear()).fit(
                X, ratings, sample_weight=np.bincount(draw, minlength=len(ratings))
            )
            for draw in draws
        ]
    )


def expectation_maximisation(X, ratings, seed):
    with warnings.catch_warnings():
        # It stops after its number of rounds.
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        return CrowdEMClassifier(linear(), max_iter=10).fit(X, ratings)


LINEAR = {
    "acted": lambda X, y, seed: linear().fit(X, y),
    "vote": lambda X, y, seed: ConsensusClassifier(linear()).fit(X, y),
    "soft": lambda X, y, seed: RatingsClassifier(linear()).fit(X, y),
    "one per rater": one_per_rater,
    "one per rater, names shuffled": lambda X, y, seed: one_per_rater(
        X, shuffle_names(y, seed), seed
    ),
    "six of the crowd": six_of_the_crowd,
    "EM": expectation_maximisation,
    "EM, names shuffled": lambda X, y, seed: expectation_maximisation(
        X, shuffle_names(y, seed), seed
    ),
}


def network(seed, encoder=None):
    return AttentionBLSTMClassifier(
        (0, 64, 128),
        target_encoder=encoder,
        batch_size=16,
        max_epochs=30,
        early_stopping=False,
        random_state=seed,
    )


def joined(X, ratings, seed):
    # Five folds: the published way fits the last layer to samples that members were trained on.
    base = network(None, SoftTargetEncoder(0))
    return AnnotatorEnsembleClassifier(base, cv=5, random_state=seed).fit(X, ratings)


def eight_of_the_crowd(X, ratings, seed):
    base = network(None, SoftTargetEncoder(0))
    return AveragingClassifier([("soft", base)], n_seeds=8, random_state=seed).fit(X, ratings)


NETWORKS = {
    "network, acted": lambda X, y, seed: network(seed, HardTargetEncoder()).fit(X, y),
    "network, vote": lambda X, y, seed: network(seed, HardTargetEncoder()).fit(X, y),
    "network, soft": lambda X, y, seed: network(seed, SoftTargetEncoder(0)).fit(X, y),
    "network, crowd layer": lambda X, y, seed: CrowdLayerClassifier(network(seed)).fit(X, y),
    "network, crowd layer, names shuffled": lambda X, y, seed: CrowdLayerClassifier(
        network(seed)
    ).fit(X, shuffle_names(y, seed)),
    "networks, eight of the crowd": eight_of_the_crowd,
    "networks, joined": joined,
    "networks, joined, names shuffled": lambda X, y, seed: joined(X, shuffle_names(y, seed), seed),
}
