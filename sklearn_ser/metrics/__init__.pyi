from ._scorers import (
    RatingsScorer,
    macro_f1_scorer,
    neg_cross_entropy_scorer,
    neg_js_divergence_scorer,
    ua_scorer,
    wa_scorer,
)
from ._scores import (
    cross_entropy,
    js_divergence,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)

__all__ = [
    "RatingsScorer",
    "cross_entropy",
    "js_divergence",
    "macro_f1",
    "macro_f1_scorer",
    "neg_cross_entropy_scorer",
    "neg_js_divergence_scorer",
    "ua_scorer",
    "unweighted_accuracy",
    "wa_scorer",
    "weighted_accuracy",
]
