"""Models and stopping rules of label_correction.py, and the labels that it flips."""

import numpy as np
from _corpora import EMOTIONS, confusions
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
)
from sklearn_ser.evaluation import cross_val_predict
from sklearn_ser.features import SequenceStatistics
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.recipes import baseline2026
from sklearn_ser.splits import SpeakerKFold

BASELINE = "BLSTM+ATT"
OFF = {"learn_targets": False, "learn_weights": False}
NETWORKS = {
    BASELINE: OFF,
    "smoothed": {**OFF, "fixed_target": "softmax"},
    "+L": {"learn_weights": False},
    "+w": {"learn_targets": False},
    "+L+w": {},
    "cleanlab": OFF,
    "oversampling": {**OFF, "w_init": "uniform", "estimator__resample": "over"},
    "undersampling": {**OFF, "w_init": "uniform", "estimator__resample": "under"},
    "+L+w pretrained": {"pretrain": True},
}
LINEAR = {"linear": "frames", "linear, encoder": "encoder"}
MINOR = ("oversampling", "undersampling", "+L+w pretrained")
MAX_EPOCHS = 50
EARLY = {"estimator__early_stopping": True}
STOPPING = {
    "none": {},
    "early stopping": EARLY,
    "early stopping, probability": {**EARLY, "stop_on": "probability"},
    "chosen epochs": {},
}
NOISE = [("none", 0.0), *((n, s) for n in ("symmetric", "confusions") for s in (0.2, 0.4))]
# Epochs over which the accuracy on inner speakers is averaged: of few samples, it jumps.
WINDOW = 5


class OneSplit:
    """A splitter with one given split."""

    def __init__(self, train, valid):
        self.train, self.valid = train, valid

    def split(self, X, y=None, groups=None):
        yield self.train, self.valid


def heard_instead(path):
    """Return the shares of the other three emotions that people heard instead of each emotion."""
    table = confusions(path).loc[EMOTIONS, EMOTIONS].to_numpy(float)
    np.fill_diagonal(table, 0)
    return table / table.sum(axis=1, keepdims=True)


def flip(labels, noise, share, confused, rng):
    """Replace the labels of a random share of the samples."""
    others = (1 - np.eye(4)) / 3 if noise == "symmetric" else confused
    flipped = labels.copy()
    for row in rng.permutation(len(labels))[: round(share * len(labels))]:
        flipped[row] = rng.choice(EMOTIONS, p=others[EMOTIONS.index(labels[row])])
    return flipped


def make_network(name, stopping, seed):
    network = AttentionBLSTMClassifier(
        (128, 64, 128),
        target_encoder=HardTargetEncoder(),
        lr=0.002,
        batch_size=16,
        max_epochs=MAX_EPOCHS,
        early_stopping=False,
    )
    correcting = LabelCorrectingClassifier(network, store_trajectory=False, random_state=seed)
    return correcting.set_params(**NETWORKS[name], **STOPPING[stopping])


def choose_epochs(model, X, labels):
    """Return the number of epochs with the highest accuracy on inner speakers, as labelled.

    Four times, a quarter of the training speakers is held out from all epochs.
    """
    curves = []
    for train, valid in GroupKFold(4).split(X, groups=X.speaker):
        watched = clone(model).set_params(
            estimator__early_stopping=True,
            estimator__patience=MAX_EPOCHS,
            estimator__validation=OneSplit(train, valid),
        )
        watched.fit(X, labels)
        curves.append(len(valid) * watched.history_["valid_accuracy"])
    padded = np.pad(np.sum(curves, axis=0), WINDOW // 2, mode="edge")
    return int(np.convolve(padded, np.ones(WINDOW), mode="valid").argmax()) + 1


def find_issues(model, X, labels):
    """Return the samples that cleanlab identifies, and all samples, the most suspect first."""
    # The summary does without this package.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    folds = {"groups": X.speaker, "cv": GroupKFold(4)}
    proba = cross_val_predict(model, X, labels, method="predict_proba", **folds)
    codes = np.array([EMOTIONS.index(label) for label in labels])
    named = find_label_issues(codes, proba, n_jobs=1)
    return named, np.argsort(get_label_quality_scores(codes, proba), kind="stable")


def fit_network(name, stopping, seed, X, labels):
    """Train a row of the table.

    Returns
    -------
    fitted : LabelCorrectingClassifier
    named : ndarray of bool of shape (n_samples,)
        Whose labels were found to be wrong.
    suspects : ndarray of int, or None
        All samples, the most suspect first.
    """
    model = make_network(name, stopping, seed)
    if stopping == "chosen epochs":
        model.set_params(estimator__max_epochs=choose_epochs(model, X, labels))
    if name == "cleanlab":
        named, suspects = find_issues(model, X, labels)
        return model.fit(X[~named], labels[~named]), named, suspects
    model.fit(X, labels)
    named = np.zeros(len(labels), dtype=bool)
    if not (model.learn_targets or model.learn_weights):
        return model, named, None
    table = model.suspects(len(labels))
    named[table.index[table["corrected"] != table["given"]]] = True
    return model, named, table.index.to_numpy()


def make_linear():
    """Logistic regression on means and deviations of frames; its C is chosen on inner speakers."""
    model = make_pipeline(
        SequenceStatistics(),
        ConsensusClassifier(LogisticRegression(class_weight="balanced", max_iter=1000)),
    )
    grid = {"consensusclassifier__estimator__C": [0.001, 0.01, 0.1, 1.0]}
    return GridSearchCV(model, grid, cv=SpeakerKFold(3), scoring=ua_scorer)


def make_encoder_row(encoder):
    """The linear row of baseline2026: steps that need no labels, and the rest."""
    row = baseline2026(encoder=encoder)["one hidden state"]
    return row[:-1], row[-1]
