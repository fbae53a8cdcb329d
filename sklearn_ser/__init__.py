"""Speech emotion recognition that learns from every rating.

Names are loaded when they are first used, so that importing the package costs little.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
