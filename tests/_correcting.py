"""Frames of three classes with some wrong labels, and small models that correct them."""

import numpy as np

from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier, Sequences

CLASSES = ["angry", "happy", "sad"]


def make_frames():
    """Ten speakers, whose classes take turns."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(1.5 * (i % 3), 1, (rng.integers(4, 9), 4)) for i in range(90)]
    return Sequences.from_arrays(arrays, speaker=np.arange(90) // 9)


def make_truth():
    return np.array([CLASSES[i % 3] for i in range(90)])


def make_labels():
    """Twenty labels are wrong, and classes are not equally common."""
    rng = np.random.default_rng(0)
    truth = make_truth()
    labels = truth.copy()
    wrong = rng.permutation(90)[:20]
    labels[wrong] = [rng.choice([c for c in CLASSES if c != truth[i]]) for i in wrong]
    return labels


def base(**changes):
    return AttentionBLSTMClassifier((8, 4, 6), **{"lr": 0.02, "max_epochs": 6} | changes)


def correcting(**changes):
    return LabelCorrectingClassifier(base(), random_state=0).set_params(**changes)
