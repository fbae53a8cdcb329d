"""Samples that a score is computed on."""

import warnings

from sklearn.exceptions import UndefinedMetricWarning

from sklearn_ser.utils._weights import check_weights, shrink_weights


def keep_weighted(kept, sample_weight):
    """Drop samples of weight 0 from those that are kept; return the mask and their weights."""
    weights = check_weights(sample_weight, len(kept))
    if weights is None:
        return kept, None
    kept = kept & (weights > 0)
    return kept, shrink_weights(weights[kept])


def warn_undefined(problem, weights):
    """Warn that a score is NaN."""
    remark = "" if weights is None else " and a weight above 0"
    warnings.warn(f"{problem}{remark}; the score is NaN.", UndefinedMetricWarning, stacklevel=4)
