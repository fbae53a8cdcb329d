"""Weights of samples."""

import numpy as np

from sklearn_ser.utils._messages import join_names


def check_weights(sample_weight, n_samples):
    """Validate weights of samples.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), or None
    n_samples : int

    Returns
    -------
    ndarray of float64 of shape (n_samples,), or None

    Raises
    ------
    ValueError
        If there is not one weight per sample, or weights are negative, infinite, missing or not
        numbers; these samples are listed.
    """
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"sample_weight must be numbers, one per sample, got {type(sample_weight).__name__}: "
            f"{error}."
        ) from error
    if weights.shape != (n_samples,):
        raise ValueError(
            f"sample_weight must have shape ({n_samples},), one weight per sample; got "
            f"{weights.shape}."
        )
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        found = [f"{i} ({weights[i]})" for i in bad]
        raise ValueError(
            "sample_weight must be finite numbers of at least 0; not for samples "
            f"{join_names(found)}."
        )
    return weights
