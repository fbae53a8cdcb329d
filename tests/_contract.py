"""Classifiers and data that the tests of laws for all classifiers share."""

import _estimators
import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import Ratings, Segments, Sequences
from sklearn_ser.features import (
    FramePooler,
    FrameSegmenter,
    LayerSelector,
    SequenceScaler,
    SequenceStatistics,
)


def of_tables(classifier):
    """Return a pipeline that applies a classifier of tables to sequences."""
    return make_pipeline(SequenceStatistics(), clone(classifier))


# Unlike in scikit-learn's checks, an epoch has several batches, samples are held out, and
# annotators have members.
CHANGES = {
    "AttentionBLSTMClassifier": {"batch_size": 8},
    "AnnotatorEnsembleClassifier": {
        "estimator__batch_size": 16,
        "estimator__max_epochs": 2,
        "min_ratings": 5,
        "final_estimator": None,
    },
    "AveragingClassifier": {"network__batch_size": 8, "linear": of_tables(_estimators.LINEAR)},
    "ConsensusClassifier": {},
    "CrowdEMClassifier": {"max_iter": 100},
    "CrowdLayerClassifier": {"estimator__batch_size": 8},
    "LabelCorrectingClassifier": {"estimator__batch_size": 8, "estimator__early_stopping": True},
    "ProfileRefineryClassifier": {
        "estimator": clone(_estimators.SEGMENT_NETWORK).set_params(width=1 / 32, max_epochs=1),
        "refit": True,
        "final_estimator": LogisticRegression(),
    },
    "RatingsClassifier": {},
    "SegmentClassifier": {},
    "SegmentVGGClassifier": {"width": 1 / 32, "max_epochs": 2},
    "SoftmaxClassifier": {"batch_size": 8},
}
CLASSIFIERS = {
    name: clone(_estimators.CLASSIFIERS[name]).set_params(**changes)
    for name, changes in CHANGES.items()
}
# These take tables.
OF_TABLES = ["ConsensusClassifier", "CrowdEMClassifier", "RatingsClassifier", "SoftmaxClassifier"]
for name in OF_TABLES:
    CLASSIFIERS[name] = of_tables(CLASSIFIERS[name])
TRANSFORMERS = {
    "FramePooler": FramePooler(2),
    "FrameSegmenter": FrameSegmenter(12, 5),
    "LayerSelector": LayerSelector([2, 0], n_hidden_states=3),
    "SequenceScaler": SequenceScaler(by="speaker"),
    "SequenceStatistics": SequenceStatistics(),
}
# No seed changes its predictions.
NOT_RANDOM = [
    "ConsensusClassifier",
    "CrowdEMClassifier",
    "RatingsClassifier",
    "SegmentClassifier",
]
# These take segments.
SEGMENTS = ["ProfileRefineryClassifier", "SegmentClassifier", "SegmentVGGClassifier"]


def make_sequences():
    """Two kinds of noise, told apart by their mean; four speakers."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(8, 30, size=48)
    frames = [rng.normal(i % 2, 1, size=(n, 3)) for i, n in enumerate(lengths)]
    return Sequences.from_arrays(frames, speaker=np.repeat(["F1", "M1", "F2", "M2"], 12))


def prepare(name, X):
    """Return sequences as a classifier takes them: some take segments."""
    if name not in SEGMENTS:
        return X
    return Segments(
        X.values, X.offsets, X.speaker, segment_length=8, segment_step=4, frame_step=0.01
    )


def make_ratings():
    """Ratings of the samples by three raters."""
    cells = [["sad", "sad", "angry"], ["angry", None, "angry"]]
    cells += [["sad", "angry", None], ["angry", "sad", "sad"]]
    return Ratings.from_wide(cells * 12, annotators=["E1", "E2", "E3"])
