"""The search of Chou and Lee (2019) over the settings of each member."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.utils import _safe_indexing

from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.speech._check import SequencesLike
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.targets import has_target
from sklearn_ser.utils._saving import save_by_name


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


@save_by_name
def score_targets(estimator: BaseEstimator, X: SequencesLike, y: RatingsLike) -> float:
    """Return the negative cross-entropy of probabilities with the targets of the estimator.

    It is the scorer by which the members of `chou2019` choose their settings from a grid: each by
    the targets that it learns, as in [1]_. Other scorers compare all members with the same labels.

    Parameters
    ----------
    estimator : fitted classifier with ``target_encoder_``
    X : Sequences, or any form that `check_sequences` accepts, of length n_samples
    y : Ratings, or any form that `check_ratings` accepts, of length n_samples

    Returns
    -------
    float
        The mean over samples that have a target, in nat, times -1; NaN if none has. Greater is
        better.

    References
    ----------
    .. [1] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn_ser import AttentionBLSTMClassifier, SoftTargetEncoder
    >>> from sklearn_ser.recipes import score_targets
    >>> X = [[[-1.0]], [[1.0]]] * 10
    >>> network = AttentionBLSTMClassifier(
    ...     (4, 4, 4), target_encoder=SoftTargetEncoder(alpha=0.75), max_epochs=5, random_state=0
    ... )
    >>> search = GridSearchCV(network, {"lr": [1e-6, 1e-2]}, cv=2, scoring=score_targets)
    >>> search.fit(X, ["sad", "angry"] * 10).best_params_
    {'lr': 0.01}
    """
    targets = estimator.target_encoder_.transform(check_ratings(y))
    rows = np.flatnonzero(has_target(targets))
    if len(rows) == 0:
        return np.nan
    proba = estimator.predict_proba(_safe_indexing(X, rows))
    proba = np.maximum(proba, np.finfo(np.float32).tiny)
    return float((targets[rows] * np.log(proba)).sum(axis=1).mean())
