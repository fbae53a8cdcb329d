from ._transformers import Functionals, OpenSmileLLD

__all__ = [
    "Functionals",
    "OpenSmileLLD",
]
