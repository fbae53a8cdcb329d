from ._agreement import AgreementDisplay
from ._annotators import AnnotatorDisplay
from ._attention import AttentionDisplay
from ._emotion_profile import EmotionProfileDisplay
from ._label_correction import LabelCorrectionDisplay

__all__ = [
    "AgreementDisplay",
    "AnnotatorDisplay",
    "AttentionDisplay",
    "EmotionProfileDisplay",
    "LabelCorrectionDisplay",
]
