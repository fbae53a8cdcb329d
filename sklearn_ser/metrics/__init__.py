"""Scores that compare predictions with ratings, also as scorers for scikit-learn.

WA (weighted accuracy) is plain accuracy and UA (unweighted accuracy) is macro recall, both against
the consensus of the raters; cross-entropy and Jensen-Shannon divergence are against the whole
distribution of their ratings.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
