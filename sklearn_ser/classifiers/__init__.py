"""Classifiers of speech that learn from ratings."""

from sklearn_ser.classifiers._annotator_ensemble import AnnotatorEnsembleClassifier
from sklearn_ser.classifiers._attention_blstm import AttentionBLSTMClassifier
from sklearn_ser.classifiers._augmented import AugmentedClassifier
from sklearn_ser.classifiers._averaging import AveragingClassifier
from sklearn_ser.classifiers._consensus import ConsensusClassifier
from sklearn_ser.classifiers._label_correcting import LabelCorrectingClassifier
from sklearn_ser.classifiers._profile_refinery import ProfileRefineryClassifier
from sklearn_ser.classifiers._segment_vgg import SegmentVGGClassifier

__all__ = [
    "AnnotatorEnsembleClassifier",
    "AttentionBLSTMClassifier",
    "AugmentedClassifier",
    "AveragingClassifier",
    "ConsensusClassifier",
    "LabelCorrectingClassifier",
    "ProfileRefineryClassifier",
    "SegmentVGGClassifier",
]
