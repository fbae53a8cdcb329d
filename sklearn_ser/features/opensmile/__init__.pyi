from ._transformers import OpenSmileFunctionals, OpenSmileLLD

__all__ = [
    "OpenSmileFunctionals",
    "OpenSmileLLD",
]
