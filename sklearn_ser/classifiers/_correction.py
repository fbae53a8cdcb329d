"""The arithmetic of label correction: one distribution and one weight per sample.

Names follow the paper: w is the *inverse* of the weight of a sample, so a large w means little
influence.
"""

import numpy as np
from scipy.special import softmax

from sklearn_ser.utils._arrays import normalise_rows

# w only rises before it is rescaled; this bound guards against rounding errors.
SMALLEST_W = 1e-3
# A network that is certain would make losses infinite, and 0 times infinity is NaN.
SMALLEST_LOG_PROBA = -1e3


def initialise_w(labels, w_init, sample_weight=None, training=None):
    """Return the initial w of each sample, which depends on how common its label is.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
    w_init : {"proportional", "balanced", "uniform"}
        See `LabelCorrectingClassifier`.
    sample_weight : ndarray of float64 of shape (n_samples,), default=None
        A sample of weight 2 counts as two; None means 1.
    training : ndarray of int, default=None
        The samples that are counted, and whose mean is 1. The others, held-out samples, get the w
        of their class. None means all.

    Returns
    -------
    ndarray of float64 of shape (n_samples,)
    """
    if w_init == "uniform":
        return np.ones(len(labels))
    if sample_weight is None:
        sample_weight = np.ones(len(labels))
    training = slice(None) if training is None else training
    weights = sample_weight[training]
    counts = np.bincount(labels[training], weights, minlength=labels.max() + 1)
    # A class that only held-out samples have is taken to be as rare as the rarest.
    sizes = np.where(counts > 0, counts, counts[counts > 0].min())[labels]
    if w_init == "balanced":
        return sizes * np.count_nonzero(counts) / weights.sum()
    return sizes / np.average(sizes[training], weights=weights)


class Correction:
    """Parameters that are learned for the samples, and the step that updates them.

    Parameters
    ----------
    given : ndarray of float64 of shape (n_samples, n_classes)
        The targets to start from; rows sum to 1.
    w : ndarray of float64 of shape (n_samples,)
        The w to start from.
    learn_targets, learn_weights : bool
    fixed_target : {"given", "softmax"}
        Which targets to use if they are not learned.
    lr_target, lr_weight : float
    sample_weight : ndarray of float64 of shape (n_samples,), default=None
        Weights given by the user, which are not learned; None means 1. The weighted mean of w
        stays 1.
    training : ndarray of int, default=None
        The samples whose mean of w is 1. The steps of the others, held-out samples, change
        nothing for these. None means all.

    Attributes
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        The paper's L; targets are their softmax.
    w : ndarray of shape (n_samples,)
    """

    def __init__(
        self,
        given,
        w,
        *,
        learn_targets,
        learn_weights,
        fixed_target,
        lr_target,
        lr_weight,
        sample_weight=None,
        training=None,
    ):
        self.given = given
        self.scores = given.copy()
        self.w = w.copy()
        self.sample_weight = np.ones(len(given)) if sample_weight is None else sample_weight
        self.training = slice(None) if training is None else training
        self.learn_targets = learn_targets
        self.learn_weights = learn_weights
        self.fixed_target = fixed_target
        self.lr_target = lr_target
        self.lr_weight = lr_weight

    @property
    def targets(self):
        """The current target of each sample, of shape (n_samples, n_classes)."""
        if self.learn_targets or self.fixed_target == "softmax":
            return softmax(self.scores, axis=1)
        return self.given

    @property
    def weighted_targets(self):
        """The targets times all weights, in which the loss of the network is linear."""
        return self.targets * (self.sample_weight / self.w)[:, None]

    @property
    def moved(self):
        """Ndarray of bool of shape (n_samples,): which labels differ from the given ones."""
        return self.targets.argmax(axis=1) != self.given.argmax(axis=1)

    def compute_losses(self, log_proba):
        """Return each sample's cross-entropy before it is weighted, of shape (n_samples,)."""
        return -(self.targets * np.maximum(log_proba, SMALLEST_LOG_PROBA)).sum(axis=1)

    def step(self, log_proba):
        """Take one gradient step on targets and w at once, for a fixed network.

        Every sample has its own loss and its own gradient. Batches and other samples have no
        effect, except on the scale of w.

        Parameters
        ----------
        log_proba : ndarray of float64 of shape (n_samples, n_classes)
            The network's log-probabilities.
        """
        log_proba = np.maximum(log_proba, SMALLEST_LOG_PROBA)
        targets, w, losses = self.targets, self.w, self.compute_losses(log_proba)
        if self.learn_targets:
            slope = targets * (-log_proba - losses[:, None]) / w[:, None]
            self.scores = self.scores - self.lr_target * slope
        if self.learn_weights:
            # The loss falls as any w rises. Plain steps raise w most where the loss is large, and
            # rescaling lowers the others. Adam's steps all have the same size, which would undo
            # this.
            raised = np.maximum(w + self.lr_weight * losses / w**2, SMALLEST_W)
            rows = self.training
            self.w = raised / np.average(raised[rows], weights=self.sample_weight[rows])


def score_held_out(given, log_proba, weights):
    """Return scores of a network on held-out samples; higher is better.

    Parameters
    ----------
    given : ndarray of float64 of shape (n_samples, n_classes)
    log_proba : ndarray of float64 of shape (n_samples, n_classes)
    weights : ndarray of float64 of shape (n_samples,)
        Of the samples.

    Returns
    -------
    dict
        ``valid_accuracy``, the share of samples whose most likely class is their label, and
        ``valid_probability``, the mean probability of their targets.
    """
    right = given.argmax(axis=1) == log_proba.argmax(axis=1)
    probability = (given * np.exp(log_proba)).sum(axis=1)
    return {
        "valid_accuracy": float(np.average(right, weights=weights)),
        "valid_probability": float(np.average(probability, weights=weights)),
    }


def compute_transitions(given, corrected):
    """Return the share of samples of each class (rows) whose label became each class (columns)."""
    n_classes = given.shape[1]
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (given.argmax(axis=1), corrected.argmax(axis=1)), 1)
    return normalise_rows(counts)


def average_by_class(values, labels, n_classes):
    """Return the mean of the values of each class; NaN for a class without samples."""
    counts = np.bincount(labels, minlength=n_classes)
    sums = np.bincount(labels, values, minlength=n_classes)
    return np.divide(sums, counts, out=np.full(n_classes, np.nan), where=counts > 0)
