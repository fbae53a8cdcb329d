"""Speech emotion recognition that learns from every rating."""

from sklearn_ser import recipes
from sklearn_ser._version import __version__
from sklearn_ser.classifiers import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    SegmentVGGClassifier,
)
from sklearn_ser.ratings import Ratings, check_ratings
from sklearn_ser.segments import Segments, check_segments
from sklearn_ser.sequences import Sequences, check_sequences
from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder

__all__ = [
    "AnnotatorEnsembleClassifier",
    "AttentionBLSTMClassifier",
    "AugmentedClassifier",
    "AveragingClassifier",
    "ConsensusClassifier",
    "HardTargetEncoder",
    "LabelCorrectingClassifier",
    "ProfileRefineryClassifier",
    "Ratings",
    "SegmentVGGClassifier",
    "Segments",
    "Sequences",
    "SoftTargetEncoder",
    "__version__",
    "check_ratings",
    "check_segments",
    "check_sequences",
    "recipes",
]
