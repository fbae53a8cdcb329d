"""Pictures of ratings and models; they need matplotlib."""

from sklearn_ser.inspection._agreement import AgreementDisplay
from sklearn_ser.inspection._annotators import AnnotatorDisplay
from sklearn_ser.inspection._attention import AttentionDisplay
from sklearn_ser.inspection._emotion_profile import EmotionProfileDisplay
from sklearn_ser.inspection._label_correction import LabelCorrectionDisplay

__all__ = [
    "AgreementDisplay",
    "AnnotatorDisplay",
    "AttentionDisplay",
    "EmotionProfileDisplay",
    "LabelCorrectionDisplay",
]
