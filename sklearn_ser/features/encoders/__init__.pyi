from ._embeddings import TransformerEmbeddings
from ._frames import TransformerFrames

__all__ = [
    "TransformerEmbeddings",
    "TransformerFrames",
]
