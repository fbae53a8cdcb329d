"""Scores that compare predictions with ratings, also as scorers for scikit-learn.

WA (weighted accuracy) is plain accuracy and UA (unweighted accuracy) is macro recall, both against
the consensus of the raters. Cross-entropy, Jensen-Shannon divergence, calibration error and
all-inclusive F1 are against all ratings, and also count samples without a consensus. The scores of
annotators are against what each of them answered.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
