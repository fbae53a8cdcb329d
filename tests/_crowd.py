"""Simulated raters with known confusions, and what they say of separable classes."""

import numpy as np

from sklearn_ser import Ratings

CLASSES = np.array(["angry", "happy", "sad"])
CONFUSIONS = np.array(
    [
        [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]],
        [[0.6, 0.3, 0.1], [0.05, 0.9, 0.05], [0.3, 0.3, 0.4]],
        [[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]],
    ]
)


def simulate(n_per_class, seed=0, distance=3.0):
    """Samples of three separable classes, and what three raters with known confusions say."""
    rng = np.random.default_rng(seed)
    truth = np.tile(np.arange(3), n_per_class)
    X = rng.normal(size=(len(truth), 6))
    X[:, :3] += distance * np.eye(3)[truth]
    said = np.empty((len(truth), 3), dtype=object)
    for a, of_rater in enumerate(CONFUSIONS):
        for n, k in enumerate(truth):
            said[n, a] = CLASSES[rng.choice(3, p=of_rater[k])]
    return X, CLASSES[truth], said


def rate(said, names=("E1", "E2", "E3")):
    return Ratings.from_wide(said, annotators=list(names))
