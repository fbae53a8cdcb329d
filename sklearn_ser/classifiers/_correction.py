"""Label correction: one distribution and one weight a sample, learned in turns with a network."""

import numpy as np
from scipy.special import softmax

from sklearn_ser.utils._arrays import normalise_rows

# Weights only rise before they are rescaled; this guards against rounding.
SMALLEST_WEIGHT = 1e-3
# A network that is certain would make losses infinite, and 0 times infinity nothing at all.
SMALLEST_LOG_PROBA = -1e3


def initialise_weights(labels, how):
    """Return the weight that each sample starts with, by how common its label is.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
    how : {"proportional", "balanced", "uniform"}
        See `LabelCorrectingClassifier`.

    Returns
    -------
    ndarray of float64 of shape (n_samples,)
    """
    if how == "uniform":
        return np.ones(len(labels))
    counts = np.bincount(labels)
    size = counts[labels].astype(np.float64)
    if how == "balanced":
        return size * np.count_nonzero(counts) / len(labels)
    return size / size.mean()


class Correction:
    """What is learned of the samples while the network learns from them.

    Parameters
    ----------
    given : ndarray of float64 of shape (n_samples, n_classes)
        The targets to start from, each summing to 1.
    weights : ndarray of float64 of shape (n_samples,)
        The weights to start from; a large one means little influence.
    learn_targets, learn_weights : bool
    fixed_target : {"given", "softmax"}
        What the network learns from where targets are not learned.
    lr_target, lr_weight : float

    Attributes
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        The paper's L; targets are their softmax.
    weights : ndarray of shape (n_samples,)
        The paper's w.
    """

    def __init__(
        self, given, weights, *, learn_targets, learn_weights, fixed_target, lr_target, lr_weight
    ):
        self.given = given
        self.scores = given.copy()
        self.weights = weights.copy()
        self.learn_targets = learn_targets
        self.learn_weights = learn_weights
        self.fixed_target = fixed_target
        self.lr_target = lr_target
        self.lr_weight = lr_weight

    @property
    def targets(self):
        """The distribution that stands for each sample, of shape (n_samples, n_classes)."""
        if self.learn_targets or self.fixed_target == "softmax":
            return softmax(self.scores, axis=1)
        return self.given

    def losses(self, log_proba):
        """Return each sample's cross-entropy before it is weighted, of shape (n_samples,)."""
        return -(self.targets * np.maximum(log_proba, SMALLEST_LOG_PROBA)).sum(axis=1)

    def step(self, log_proba):
        """Take one gradient step on targets and weights at once, the network being fixed.

        Every sample has a loss of its own, and steps down its own gradient: neither batches nor
        the other samples matter but for the scale of the weights.

        Parameters
        ----------
        log_proba : ndarray of float64 of shape (n_samples, n_classes)
            Of the network.
        """
        log_proba = np.maximum(log_proba, SMALLEST_LOG_PROBA)
        targets, weights, losses = self.targets, self.weights, self.losses(log_proba)
        if self.learn_targets:
            slope = targets * (-log_proba - losses[:, None]) / weights[:, None]
            self.scores = self.scores - self.lr_target * slope
        if self.learn_weights:
            # The loss falls with every weight: plain steps raise those of large losses most, and
            # the common factor takes the rest down. Adam's steps are equal and undo the method.
            raised = np.maximum(weights + self.lr_weight * losses / weights**2, SMALLEST_WEIGHT)
            self.weights = raised / raised.mean()


class Alternation:
    """Takes the step after every epoch, and hands the network its new targets.

    Parameters
    ----------
    correction : Correction
        Of all samples.
    log_proba_of : callable
        Gives the log-probabilities of all samples by a net, of shape (n_samples, n_classes).
    examples : Examples
        Those that the network learns from.
    rows : ndarray of int
        Which samples these are.
    warmup_epochs : int
    store_trajectory : bool

    Attributes
    ----------
    targets, weights : ndarray
        What was learned, as of the epoch with the lowest loss on held-out samples where there are
        any, else of the last.
    first_weights : ndarray
    history : dict of list
    trajectory : dict of list
    n_epochs : int
        The epoch that `targets` and `weights` are of, counted from 1.
    """

    def __init__(self, correction, log_proba_of, examples, rows, warmup_epochs, record):
        self.correction = correction
        self.log_proba_of = log_proba_of
        self.examples = examples
        self.rows = rows
        self.warmup_epochs = warmup_epochs
        self.first_weights = correction.weights
        self.history = {"label_loss": [], "moved": []}
        self.trajectory = {"targets": [], "weights": []} if record else {}
        if warmup_epochs == 0:
            self._teach()

    def __call__(self, net):
        """End an epoch of the network."""
        correction = self.correction
        log_proba = self.log_proba_of(net)
        loss = (correction.losses(log_proba) / correction.weights).mean()
        if len(net.history) > self.warmup_epochs:
            correction.step(log_proba)
        if len(net.history) >= self.warmup_epochs:
            self._teach()
        targets, weights = correction.targets, correction.weights
        self.history["label_loss"].append(loss)
        moved = targets.argmax(axis=1) != correction.given.argmax(axis=1)
        self.history["moved"].append(moved.mean())
        if self.trajectory:
            self.trajectory["targets"].append(targets.astype(np.float32))
            self.trajectory["weights"].append(weights.astype(np.float32))
        # As early stopping decides; without it, the last epoch is the one.
        if net.history[-1].get("valid_loss_best", True) or len(net.history) == 1:
            self.targets, self.weights, self.n_epochs = targets, weights, len(net.history)

    def _teach(self):
        influence = 1 / self.correction.weights
        self.examples.set_targets((self.correction.targets * influence[:, None])[self.rows])


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
