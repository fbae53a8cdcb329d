"""Convert emotion profiles to targets of segments and to statistics of utterances."""

import numpy as np

from sklearn_ser.utils._ragged import Ragged

STATISTICS = ("max", "min", "mean", "share")
REFINEMENTS = ("standard", "pseudo", "hard", "static")


def concatenate_profiles(profiles):
    """Return profiles, one array per utterance, as `Ragged`."""
    return Ragged(np.concatenate(profiles), np.cumsum([0, *map(len, profiles)]))


def refine(refinement, profiles, targets):
    """Return the targets of segments that the next stage learns.

    Parameters
    ----------
    refinement : one of REFINEMENTS
        See `ProfileRefineryClassifier`.
    profiles : Ragged
        Probabilities predicted by the previous stage, one row per segment.
    targets : ndarray of shape (n_samples, n_classes)
        Targets of the utterances, which the first stage learned.

    Returns
    -------
    ndarray of float64 of shape (n_segments_total, n_classes)
    """
    proba = profiles.values
    if refinement == "standard":
        return proba
    if refinement == "pseudo":
        return (proba + np.repeat(targets, profiles.lengths, axis=0)) / 2
    if refinement == "hard":
        return np.eye(proba.shape[1])[proba.argmax(axis=1)]
    return np.repeat(average_segments(profiles), profiles.lengths, axis=0)


def average_segments(profiles):
    """Return the mean row of each utterance, of shape (n_samples, n_columns)."""
    values = profiles.values
    sizes = profiles.lengths[:, None].astype(values.dtype)
    return np.add.reduceat(values, profiles.offsets[:-1]) / sizes


def compute_statistics(profiles, names, threshold):
    """Return statistics of the profile of each utterance.

    Parameters
    ----------
    profiles : Ragged
    names : sequence of STATISTICS
    threshold : float
        "share" is the share of segments with a probability above it.

    Returns
    -------
    ndarray of float64 of shape (n_samples, len(names) * n_classes)
        All classes of the first statistic, then all of the next.
    """
    proba, starts = profiles.values, profiles.offsets[:-1]
    calculate = {
        "max": lambda: np.maximum.reduceat(proba, starts),
        "min": lambda: np.minimum.reduceat(proba, starts),
        "mean": lambda: average_segments(profiles),
        "share": lambda: (
            np.add.reduceat(proba > threshold, starts, dtype=float) / profiles.lengths[:, None]
        ),
    }
    return np.hstack([calculate[name]() for name in names])
