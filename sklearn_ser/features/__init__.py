"""From recordings to frames: extraction, scaling, pooling."""

from sklearn_ser.features._opensmile import OpenSmileLLD
from sklearn_ser.features._pooler import FramePooler
from sklearn_ser.features._scaler import SequenceScaler

__all__ = ["FramePooler", "OpenSmileLLD", "SequenceScaler"]
