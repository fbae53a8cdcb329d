"""Plots of ratings and models, which need matplotlib, and a page to listen to recordings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
