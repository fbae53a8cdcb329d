from ._segments import Segments, check_segments
from ._sequences import Sequences, check_sequences
from ._speaker import AlteredSpeaker

__all__ = [
    "AlteredSpeaker",
    "Segments",
    "Sequences",
    "check_segments",
    "check_sequences",
]
