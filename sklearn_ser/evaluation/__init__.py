"""Cross-validation with all ratings, and with each speaker on one side of every split."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
