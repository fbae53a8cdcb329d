"""The parts of EM: the labels that raters say of each class, and the classes behind them.

The notation is that of Dawid & Skene (1979) and Raykar et al. (2010): ``truth[n, k]`` is the
probability that sample n is of class k, and ``confusions[a, k, l]`` that rater a says label l of a
sample of class k. Classes are the target classes; labels are all that raters said, since what is
heard as "other" has a pattern, too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import logsumexp

from sklearn_ser.classifiers._label_codes import weigh_labels
from sklearn_ser.classifiers._mixins import TINY
from sklearn_ser.ratings._codes import number_samples


class Votes(NamedTuple):
    """All that raters said, as a sparse table.

    Attributes
    ----------
    table : csr_array of shape ((n_annotators + 1) * n_labels, n_samples)
        The weight of each label of a rater: 1 / m if the rater gave the sample m labels. The last
        of the raters is every anonymous one.
    n_annotators, n_labels : int
    """

    table: csr_array
    n_annotators: int
    n_labels: int


def tabulate_votes(ratings):
    """Return `Ratings` as `Votes`."""
    annotator, label = ratings.values.T.astype(np.int64)
    n_annotators, n_labels = len(ratings.annotators), len(ratings.labels)
    row = np.where(annotator < 0, n_annotators, annotator) * n_labels + label
    shape = (n_annotators + 1) * n_labels, len(ratings)
    place = row, number_samples(ratings.offsets)
    table = csr_array((weigh_labels(ratings), place), shape=shape)
    return Votes(table, n_annotators, n_labels)


def count_labels(votes):
    """Return the votes of each sample for each label, ndarray of shape (n_samples, n_labels)."""
    by_rater = votes.table.tocoo()
    n_samples = votes.table.shape[1]
    counts = np.zeros((n_samples, votes.n_labels))
    np.add.at(counts, (by_rater.col, by_rater.row % votes.n_labels), by_rater.data)
    return counts


def count_said(votes, truth):
    """Return how often each rater said each label of each class.

    Returns
    -------
    ndarray of float64 of shape (n_annotators + 1, n_classes, n_labels)
    """
    said = votes.table @ truth
    return said.reshape(-1, votes.n_labels, truth.shape[1]).transpose(0, 2, 1)


def pool_raters(votes, truth):
    """Return the confusion matrix of the average rater.

    Returns
    -------
    ndarray of float64 of shape (n_classes, n_labels)
        Rows sum to 1; one rating is added to each cell.
    """
    pooled = count_said(votes, truth).sum(axis=0) + 1
    return pooled / pooled.sum(axis=1, keepdims=True)


def estimate_confusions(votes, truth, pool, shrinkage):
    """Return the confusion matrix of each rater, drawn to that of the average rater.

    Parameters
    ----------
    votes : Votes
    truth : ndarray of shape (n_samples, n_classes)
    pool : ndarray of shape (n_classes, n_labels)
    shrinkage : float
        The number of ratings of each class that the average rater is worth. With 0, a rater who
        rated nothing of a class is the average one there.

    Returns
    -------
    ndarray of float64 of shape (n_annotators + 1, n_classes, n_labels)
        Rows sum to 1. The last matrix is `pool`: that of raters without identity.
    """
    counts = count_said(votes, truth) + shrinkage * pool
    total = counts.sum(axis=2, keepdims=True)
    confusions = np.where(total > 0, counts / np.where(total > 0, total, 1), pool)
    confusions[-1] = pool
    return confusions


def log_likelihood_of_votes(votes, confusions):
    """Return the log likelihood of what was said of each sample, given each class.

    Returns
    -------
    ndarray of float64 of shape (n_samples, n_classes)
    """
    with np.errstate(divide="ignore"):
        logs = np.log(confusions)
    logs = logs.transpose(0, 2, 1).reshape(-1, confusions.shape[1])
    return votes.table.T @ logs


def fit_new_raters(votes, proba, pool, shrinkage, max_iter=100, tol=1e-6):
    """Return confusions of raters of samples whose classes a fixed classifier predicts.

    Parameters
    ----------
    votes : Votes
    proba : ndarray of shape (n_samples, n_classes)
        Of the classifier, positive.
    pool : ndarray of shape (n_classes, n_labels)
        Confusions of the average rater.
    shrinkage : float
    max_iter : int, default=100
    tol : float, default=1e-6
        Stop once no probability of a class changes by more.

    Returns
    -------
    ndarray of float64 of shape (n_annotators, n_classes, n_labels)
    """
    truth, log_prior = proba, np.log(proba)
    for _ in range(max_iter):
        confusions = estimate_confusions(votes, truth, pool, shrinkage)
        before = truth
        truth, _ = infer_truth(log_prior, log_likelihood_of_votes(votes, confusions))
        if np.abs(truth - before).max(initial=0) <= tol:
            break
    return confusions[:-1]


def infer_truth(log_prior, log_likelihoods):
    """Return the probability of each class, given what was said, and its total likelihood.

    Parameters
    ----------
    log_prior, log_likelihoods : ndarray of shape (n_samples, n_classes)

    Returns
    -------
    truth : ndarray of float64 of shape (n_samples, n_classes)
        Rows sum to 1.
    log_likelihood : ndarray of float64 of shape (n_samples,)
    """
    joint = log_prior + log_likelihoods
    total = logsumexp(joint, axis=1, keepdims=True)
    return np.exp(joint - total), total[:, 0]


def start_truth(counts, smoothing=0.1):
    """Return the shares of votes for each class, smoothed: where EM starts."""
    votes = counts + smoothing
    return votes / votes.sum(axis=1, keepdims=True)


class Round(NamedTuple):
    """Confusions fitted to the hidden classes of the round before, and the next hidden classes."""

    confusions: NDArray
    truth: NDArray
    log_likelihood: float


def iterate_em(votes, truth, shrinkage, predict, weights):
    """Yield the rounds of expectation-maximisation, without end.

    Parameters
    ----------
    votes : Votes
    truth : ndarray of shape (n_samples, n_classes)
        Where to start.
    shrinkage : float
    predict : callable
        Fits a classifier to a truth, and returns its probabilities of shape (n_samples,
        n_classes).
    weights : ndarray of shape (n_samples,)

    Yields
    ------
    Round
    """
    # Fixed from the start: if it followed the truth, the likelihood could fall.
    pool = pool_raters(votes, truth * weights[:, None])
    while True:
        proba = predict(truth)
        confusions = estimate_confusions(votes, truth * weights[:, None], pool, shrinkage)
        likelihoods = log_likelihood_of_votes(votes, confusions)
        truth, total = infer_truth(np.log(proba.clip(TINY)), likelihoods)
        yield Round(confusions, truth, float(weights @ total))
