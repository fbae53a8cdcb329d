from . import datasets, evaluation, features, inspection, interop, io, metrics, nn, recipes
from ._version import __version__
from .classifiers import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    LabelCorrectingClassifier,
    NetworkClassifier,
    ProfileRefineryClassifier,
    SegmentVGGClassifier,
    SoftmaxClassifier,
)
from .ratings import Ratings, check_ratings
from .speech import AlteredSpeaker, Segments, Sequences, check_segments, check_sequences
from .targets import HardTargetEncoder, SoftTargetEncoder

__all__ = [
    "AlteredSpeaker",
    "AnnotatorEnsembleClassifier",
    "AttentionBLSTMClassifier",
    "AugmentedClassifier",
    "AveragingClassifier",
    "ConsensusClassifier",
    "CrowdEMClassifier",
    "CrowdLayerClassifier",
    "HardTargetEncoder",
    "LabelCorrectingClassifier",
    "NetworkClassifier",
    "ProfileRefineryClassifier",
    "Ratings",
    "SegmentVGGClassifier",
    "Segments",
    "Sequences",
    "SoftTargetEncoder",
    "SoftmaxClassifier",
    "__version__",
    "check_ratings",
    "check_segments",
    "check_sequences",
    "datasets",
    "evaluation",
    "features",
    "inspection",
    "interop",
    "io",
    "metrics",
    "nn",
    "recipes",
]
