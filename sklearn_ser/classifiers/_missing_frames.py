"""Samples without frames: recordings that could not be read, and were skipped on request.

They are sequences of 0 frames or, as statistics, rows of NaN. No classifier learns from them.
All that it knows of them is the prior: how common each class was among the samples it learned.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from sklearn_ser.speech._check import validate_sequences
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._weights import shrink_weights


def has_frames(X):
    """Return which samples have frames.

    Parameters
    ----------
    X : Sequences, DataFrame, 2-D array, or any other container
        A row of a table of floats that is all NaN has none. Samples of other containers have.

    Returns
    -------
    ndarray of bool of shape (n_samples,)
    """
    if isinstance(X, Ragged):
        return X.lengths > 0
    if isinstance(X, pd.DataFrame):
        numeric = all(pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes)
        if numeric and X.shape[1]:
            return X.notna().any(axis=1).to_numpy()
    elif isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind == "f" and X.shape[1]:
        return ~np.isnan(X).all(axis=1)
    return np.ones(_num_samples(X), dtype=bool)


def validate_frames(estimator, X, *, reset):
    """Validate X as `validate_sequences` does; rows of NaN of a table are samples without frames.

    Parameters
    ----------
    estimator, X, reset
        As for `validate_sequences`.

    Returns
    -------
    Sequences

    Raises
    ------
    ValueError
        As for `validate_sequences`.
    """
    is_table = isinstance(X, (pd.DataFrame, np.ndarray)) and X.ndim == 2
    present = has_frames(X) if is_table else np.ones(0, dtype=bool)
    if present.all():
        return validate_sequences(estimator, X, reset=reset)
    X = X.copy()
    X[~present] = 0
    frames = validate_sequences(estimator, X, reset=reset)
    return Sequences(frames.values[present], np.concatenate([[0], np.cumsum(present)]))


def average_targets(targets, weights):
    """Return the prior: the weighted mean of targets.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_classes)
        A row of NaN does not count.
    weights : ndarray of shape (n_samples,)

    Returns
    -------
    ndarray of float64 of shape (n_classes,)
        It sums to 1.
    """
    known = ~np.isnan(targets).any(axis=1)
    mass = shrink_weights(weights[known]) @ targets[known]
    return mass / mass.sum()


def fill_with_prior(X, prior, predict):
    """Predict the samples that have frames, and return the prior for the others.

    Parameters
    ----------
    X : as for `has_frames`
    prior : ndarray of shape (...)
        The prediction for a sample without frames.
    predict : callable
        Returns predictions for samples of X, all of which have frames.

    Returns
    -------
    ndarray of shape (n_samples, ...)

    Warns
    -----
    UserWarning
        If samples have no frames; they are listed.
    """
    present = has_frames(X)
    if present.all():
        return predict(X)
    missing = np.flatnonzero(~present)
    warnings.warn(
        f"{len(missing)} of {len(present)} samples have no frames; the prediction for them is how "
        f"common each class was in training: samples {join_names(missing)}.",
        UserWarning,
        stacklevel=3,
    )
    prior = np.asarray(prior)
    if not present.any():
        return np.repeat(prior[None], len(present), axis=0)
    predicted = predict(_safe_indexing(X, np.flatnonzero(present)))
    filled = np.empty((len(present), *prior.shape), np.result_type(prior, predicted))
    filled[missing], filled[present] = prior, predicted
    return filled


def require_frames(X):
    """Raise a ValueError if samples of `Sequences` have no frames; they are listed."""
    missing = np.flatnonzero(X.lengths == 0)
    if len(missing):
        raise ValueError(
            "a hidden layer, statistics or profiles need at least one frame per sample; not for "
            f"samples {join_names(missing)}."
        )
