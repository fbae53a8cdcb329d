"""From recordings to frames: extraction, scaling, pooling."""

from sklearn_ser.features._functionals import Functionals
from sklearn_ser.features._opensmile import OpenSmileLLD
from sklearn_ser.features._pooler import FramePooler
from sklearn_ser.features._scaler import SequenceScaler
from sklearn_ser.features._segment_log_mel import SegmentLogMel
from sklearn_ser.features._speed import ChangeSpeed
from sklearn_ser.features._statistics import SequenceStatistics
from sklearn_ser.features._transformer_frames import TransformerFrames

__all__ = [
    "ChangeSpeed",
    "FramePooler",
    "Functionals",
    "OpenSmileLLD",
    "SegmentLogMel",
    "SequenceScaler",
    "SequenceStatistics",
    "TransformerFrames",
]
