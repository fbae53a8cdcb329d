from ._cut_recordings import cut_recordings
from ._errors import ExtractionError
from ._frame_segmenter import FrameSegmenter
from ._layer_selector import LayerSelector
from ._pooler import FramePooler
from ._scaler import SequenceScaler
from ._segment_log_mel import SegmentLogMel
from ._speed import SpeedPerturbation
from ._statistics import SequenceStatistics
from .encoders import TransformerEmbeddings, TransformerFrames
from .opensmile import OpenSmileFunctionals, OpenSmileLLD

__all__ = [
    "ExtractionError",
    "FramePooler",
    "FrameSegmenter",
    "LayerSelector",
    "OpenSmileFunctionals",
    "OpenSmileLLD",
    "SegmentLogMel",
    "SequenceScaler",
    "SequenceStatistics",
    "SpeedPerturbation",
    "TransformerEmbeddings",
    "TransformerFrames",
    "cut_recordings",
]
