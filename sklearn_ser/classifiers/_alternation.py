"""Label correction: update network and labels alternately (Algorithm 1 of Fujioka et al.)."""

from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax

from sklearn_ser.classifiers._correction import Correction, initialise_w, score_held_out
from sklearn_ser.classifiers._training_rows import resample_rows, split_rows
from sklearn_ser.training import _net
from sklearn_ser.utils._random import as_generator, draw_seed


class Epoch(NamedTuple):
    """Values recorded after each epoch; `targets` and `w` are None unless they are stored."""

    label_loss: float
    moved: float
    targets: np.ndarray | None
    w: np.ndarray | None


class Alternation(NamedTuple):
    """The result of `alternate`; arrays have one row per sample, held-out ones included.

    `training` is the rows that were not held out. `targets` and `w` are those of the epoch whose
    network was kept, `n_epochs`, counted from 1.
    """

    training: np.ndarray
    initial_w: np.ndarray
    targets: np.ndarray
    w: np.ndarray
    n_epochs: int
    epochs: list


def alternate(classifier, network, X, given, sample_weight):
    """Alternately train a network, and learn the targets and w of its samples.

    Parameters
    ----------
    classifier : LabelCorrectingClassifier
        Only its parameters are read.
    network : NetworkClassifier
        Prepared for training; its ``net_`` is set.
    X : Sequences
        Validated by the network; contains only samples that have a target.
    given : ndarray of float64 of shape (n_samples, n_classes)
        The initial targets.
    sample_weight : ndarray of float64 of shape (n_samples,)
        Weights given by the user, with mean 1.

    Returns
    -------
    Alternation
    """
    # Initialise: targets and w of all samples, and examples of the training samples.
    rng = as_generator(network.random_state)
    labels = given.argmax(axis=1)
    train, valid = split_rows(network, X, given, rng)
    # Held-out samples take the same steps, for their own sake: training samples see none of it.
    rows = np.unique(train)
    train = resample_rows(train, labels, network.resample, rng)
    initial_w = initialise_w(labels, classifier.w_init, sample_weight, rows)
    correction = Correction(
        given,
        initial_w,
        sample_weight=sample_weight,
        training=rows,
        learn_targets=classifier.learn_targets,
        learn_weights=classifier.learn_weights,
        fixed_target=classifier.fixed_target,
        lr_target=classifier.lr_target,
        lr_weight=classifier.lr_weight,
    )
    weighted = given * (sample_weight / initial_w)[:, None]
    examples = network.make_examples(X, train, weighted[train])
    # Early stopping watches the loss of held-out samples with the targets they were given, since
    # targets that follow the network could not show when to stop; and with the initial w of their
    # class, since that is the loss that a network without correction minimises. So BLSTM+ATT here
    # is the network with class weights, and stops with it. With w_init="uniform", the watched loss
    # is the plain cross-entropy.
    held_out = None if valid is None else network.make_examples(X, valid, weighted[valid])
    everything = network.make_examples(X)
    seed, state = draw_seed(rng), None
    if classifier.pretrain:
        pretrained = network.start_training(examples, held_out, seed=seed).run()
        seed, state = draw_seed(rng), pretrained.module_.state_dict()
    if classifier.warmup_epochs == 0:
        examples.set_targets(correction.weighted_targets[train])

    max_epochs = classifier.warmup_epochs + network.max_epochs
    epochs, best = [], []
    watch = f"valid_{classifier.stop_on}"
    with network.start_training(
        examples, held_out, seed=seed, state=state, max_epochs=max_epochs, watch=watch
    ) as training:
        # Update the network: each iteration has trained it for one epoch.
        for n_epochs, net in enumerate(training, start=1):
            # Update the labels: one step for all samples, then new targets for the network.
            logits = _net.compute_outputs(net, everything).astype(np.float64)
            log_proba = network.pool_outputs(X, log_softmax(logits, axis=1))
            losses = correction.compute_losses(log_proba)
            if valid is not None:
                scores = score_held_out(given[valid], log_proba[valid], sample_weight[valid])
                for name, score in scores.items():
                    net.history.record(name, score)
            label_loss = (sample_weight * losses / correction.w)[rows].mean()
            if n_epochs > classifier.warmup_epochs:
                correction.step(log_proba)
            if n_epochs >= classifier.warmup_epochs:
                examples.set_targets(correction.weighted_targets[train])

            # Stop: early stopping ends the loop and restores the network of its best epoch, so
            # the labels of that epoch are kept with it.
            targets, w = correction.targets, correction.w
            if training.is_best:
                best = [*best[-1:], (targets, w, n_epochs)]
            stored = (None, None)
            if classifier.store_trajectory:
                stored = targets.astype(np.float32), w.astype(np.float32)
            epochs.append(Epoch(label_loss, correction.moved[rows].mean(), *stored))
    network.net_ = training.net
    # An interrupt between two epochs takes back the first of them.
    n_complete = len(training.net.history)
    taken = [found for found in best if found[-1] <= n_complete][-1]
    return Alternation(rows, initial_w, *taken, epochs[:n_complete])
