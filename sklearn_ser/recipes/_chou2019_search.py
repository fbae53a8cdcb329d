"""The search of Chou and Lee (2019) over the settings of each member."""

import numpy as np
from sklearn.model_selection import GridSearchCV

from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.targets import has_target


def search_member(network, grid):
    """Return a search over settings of a network, on inner folds of whole speakers.

    Parameters
    ----------
    network : classifier with a target encoder
    grid : dict of str to sequence

    Returns
    -------
    GridSearchCV
        It chooses the lowest cross-entropy with the targets of the network, as the paper does.
    """
    return GridSearchCV(network, dict(grid), cv=SpeakerKFold(3), scoring=score_targets)


def score_targets(estimator, X, y):
    """Return the negative cross-entropy of probabilities with the estimator's own targets.

    Parameters
    ----------
    estimator : fitted classifier with ``target_encoder_``
    X : Sequences of length n_samples
    y : Ratings of length n_samples

    Returns
    -------
    float
        The mean over samples that have a target, in nat, times -1; NaN if none has.
    """
    targets = estimator.target_encoder_.transform(check_ratings(y))
    rows = np.flatnonzero(has_target(targets))
    if len(rows) == 0:
        return np.nan
    proba = np.maximum(estimator.predict_proba(X[rows]), np.finfo(np.float32).tiny)
    return float((targets[rows] * np.log(proba)).sum(axis=1).mean())
