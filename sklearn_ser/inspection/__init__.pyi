from ._agreement import AgreementDisplay
from ._annotators import AnnotatorDisplay
from ._attention import AttentionDisplay
from ._confusions import ConfusionsDisplay
from ._emotion_profile import EmotionProfileDisplay
from ._label_correction import LabelCorrectionDisplay
from ._listening_page import listening_page
from ._reliability import ReliabilityDisplay

__all__ = [
    "AgreementDisplay",
    "AnnotatorDisplay",
    "AttentionDisplay",
    "ConfusionsDisplay",
    "EmotionProfileDisplay",
    "LabelCorrectionDisplay",
    "ReliabilityDisplay",
    "listening_page",
]
