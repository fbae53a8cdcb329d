"""Who said what about which utterance: containers, and ways to read and check ratings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
