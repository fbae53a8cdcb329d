"""The parts of EM over raters, against crowd-kit and against loops."""

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene

from sklearn_ser import Ratings
from sklearn_ser.classifiers._confusions import (
    estimate_confusions,
    infer_truth,
    log_likelihood_of_votes,
    pool_raters,
    start_truth,
    tabulate_votes,
)

LABELS = ["angry", "happy", "other", "sad"]
TARGETS = ["angry", "happy", "sad"]


def simulate(rng, n_samples=60, n_annotators=5, several=True):
    """Ratings of three classes and "other"; some raters are anonymous or give two labels."""
    rows = []
    for i in range(n_samples):
        for a in rng.permutation(n_annotators)[: rng.integers(1, n_annotators + 1)]:
            said = rng.permutation(LABELS)[: 1 + (several and rng.random() < 0.2)]
            if rng.random() < 0.6:
                said[0] = TARGETS[i % 3]
            name = None if several and a == 0 else f"E{a}"
            rows += [(i, name, label) for label in dict.fromkeys(said)]
    table = pd.DataFrame(rows, columns=["sample", "annotator", "label"])
    return Ratings.from_long(table, samples=range(n_samples))


@pytest.mark.parametrize("seed", range(3))
def test_every_part_equals_a_loop_over_ratings(seed):
    rng = np.random.default_rng(seed)
    ratings = simulate(rng)
    truth = rng.dirichlet(np.ones(3), len(ratings))
    votes = tabulate_votes(ratings)
    names, labels = ratings.annotators.tolist(), ratings.labels.tolist()

    counts = np.zeros((len(names) + 1, 3, len(labels)))
    for n, row in enumerate(ratings):
        for name, said in row.items():
            a = names.index(name) if name in names else -1
            for label in said:
                for k in range(3):
                    counts[a, k, labels.index(label)] += truth[n, k] / len(said)
    pool = counts.sum(axis=0) + 1
    pool /= pool.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(pool_raters(votes, truth), pool, rtol=1e-12)

    confusions = counts + 5 * pool
    confusions /= confusions.sum(axis=2, keepdims=True)
    confusions[-1] = pool
    found = estimate_confusions(votes, truth, pool, 5)
    np.testing.assert_allclose(found, confusions, rtol=1e-12)

    prior = rng.dirichlet(np.ones(3), len(ratings))
    expected, likelihood = np.zeros((len(ratings), 3)), np.zeros(len(ratings))
    for n, row in enumerate(ratings):
        joint = prior[n].copy()
        for name, said in row.items():
            a = names.index(name) if name in names else -1
            for label in said:
                joint *= confusions[a, :, labels.index(label)] ** (1 / len(said))
        likelihood[n] = np.log(joint.sum())
        expected[n] = joint / joint.sum()
    found, log_likelihood = infer_truth(np.log(prior), log_likelihood_of_votes(votes, confusions))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(log_likelihood, likelihood, rtol=1e-9)


# crowd-kit's own use of pandas, which newer versions of pandas deprecate.
@pytest.mark.filterwarnings("ignore:The (inplace|copy) keyword")
@pytest.mark.parametrize("seed", range(3))
def test_without_features_it_is_dawid_and_skene_s_algorithm(seed):
    rng = np.random.default_rng(seed)
    ratings = simulate(rng, n_annotators=6, several=False)
    table = ratings.to_long().rename(columns={"sample": "task", "annotator": "worker"})
    n_iter = 50
    expected = DawidSkene(n_iter=n_iter, tol=-np.inf).fit_predict_proba(table)

    votes = tabulate_votes(ratings)
    truth = start_truth(ratings.counts(ratings.labels), smoothing=0)
    pool = pool_raters(votes, truth)  # unused without shrinkage, but for what nobody rated
    for _ in range(n_iter):
        confusions = estimate_confusions(votes, truth, pool, shrinkage=0)
        with np.errstate(divide="ignore"):
            prior = np.log(truth.mean(axis=0, keepdims=True))
        truth, _ = infer_truth(prior, log_likelihood_of_votes(votes, confusions))
    np.testing.assert_allclose(truth, expected[ratings.labels].to_numpy(), atol=1e-8)


def test_a_rater_nobody_knows_is_the_average_rater():
    rng = np.random.default_rng(0)
    ratings = simulate(rng)
    votes, truth = tabulate_votes(ratings), rng.dirichlet(np.ones(3), len(ratings))
    pool = pool_raters(votes, truth)
    confusions = estimate_confusions(votes, truth, pool, 5)
    np.testing.assert_array_equal(confusions[-1], pool)
    drawn = estimate_confusions(votes, truth, pool, 1e9)
    np.testing.assert_allclose(drawn, np.broadcast_to(pool, drawn.shape), atol=1e-6)
