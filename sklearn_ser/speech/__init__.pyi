from ._check import check_sequences
from ._segments import Segments, check_segments
from ._sequences import Sequences
from ._speaker import AlteredSpeaker

__all__ = [
    "AlteredSpeaker",
    "Segments",
    "Sequences",
    "check_segments",
    "check_sequences",
]
