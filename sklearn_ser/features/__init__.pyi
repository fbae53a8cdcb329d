from ._pooler import FramePooler
from ._scaler import SequenceScaler
from ._segment_log_mel import SegmentLogMel
from ._speed import ChangeSpeed
from ._statistics import SequenceStatistics
from ._transformer_frames import TransformerFrames
from .opensmile import Functionals, OpenSmileLLD

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
