from ._all_inclusive import all_inclusive_f1
from ._annotator_scores import annotator_accuracy, annotator_log_likelihood
from ._calibration import calibration_error
from ._scorers import (
    RatingsScorer,
    all_inclusive_f1_scorer,
    annotator_accuracy_scorer,
    annotator_log_likelihood_scorer,
    macro_f1_scorer,
    neg_calibration_error_scorer,
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
    "all_inclusive_f1",
    "all_inclusive_f1_scorer",
    "annotator_accuracy",
    "annotator_accuracy_scorer",
    "annotator_log_likelihood",
    "annotator_log_likelihood_scorer",
    "calibration_error",
    "cross_entropy",
    "js_divergence",
    "macro_f1",
    "macro_f1_scorer",
    "neg_calibration_error_scorer",
    "neg_cross_entropy_scorer",
    "neg_js_divergence_scorer",
    "ua_scorer",
    "unweighted_accuracy",
    "wa_scorer",
    "weighted_accuracy",
]
