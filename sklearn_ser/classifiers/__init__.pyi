from ._annotator_ensemble import AnnotatorEnsembleClassifier
from ._attention_blstm import AttentionBLSTMClassifier
from ._augmented import AugmentedClassifier
from ._averaging import AveragingClassifier
from ._consensus import ConsensusClassifier
from ._crowd_em import CrowdEMClassifier
from ._crowd_layer import CrowdLayerClassifier
from ._label_correcting import LabelCorrectingClassifier
from ._network import NetworkClassifier
from ._profile_refinery import ProfileRefineryClassifier
from ._ratings_classifier import RatingsClassifier
from ._segment_classifier import SegmentClassifier
from ._segment_vgg import SegmentVGGClassifier
from ._softmax import SoftmaxClassifier

__all__ = [
    "AnnotatorEnsembleClassifier",
    "AttentionBLSTMClassifier",
    "AugmentedClassifier",
    "AveragingClassifier",
    "ConsensusClassifier",
    "CrowdEMClassifier",
    "CrowdLayerClassifier",
    "LabelCorrectingClassifier",
    "NetworkClassifier",
    "ProfileRefineryClassifier",
    "RatingsClassifier",
    "SegmentClassifier",
    "SegmentVGGClassifier",
    "SoftmaxClassifier",
]
