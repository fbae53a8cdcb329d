"""Validation of speech: every form of X, as `Sequences`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_array, validate_data

from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import reduce_samples

#: Forms of speech that `check_sequences` accepts.
SequencesLike: TypeAlias = Sequences | NDArray | pd.DataFrame | Iterable[ArrayLike]


def is_table(X):
    """Return whether X has one row per sample: a DataFrame, a 2-D array or a list of rows."""
    if isinstance(X, pd.DataFrame) or scipy.sparse.issparse(X):
        return True
    if isinstance(X, (list, tuple)):
        # A list of 2-D arrays is ragged; anything else is left to scikit-learn to validate.
        return len(X) > 0 and np.ndim(X[0]) != 2
    if not hasattr(X, "__array__"):
        return True
    X = np.asarray(X)
    ragged = X.dtype == object and X.ndim == 1 and any(np.ndim(row) == 2 for row in X[:1])
    return not (X.ndim == 3 or ragged)


def check_sequences(X: SequencesLike) -> Sequences:
    """Validate X and return it as `Sequences`.

    Parameters
    ----------
    X : Sequences, list or 1-D object array of arrays of shape (n_frames_i, n_features), \
            3-D array, or 2-D array
        A 2-D array is read as sequences of one frame.

    Returns
    -------
    Sequences
        With at least one sample and finite values. Only samples of X that are `Sequences` already
        may have no frames: those of recordings that could not be read.

    Raises
    ------
    ValueError
        If there is no sample or no feature, or samples have NaN or infinite values, differ in
        their number of features, or, unless X is `Sequences`, have no frames; these samples are
        listed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import check_sequences
    >>> check_sequences([np.zeros((3, 2)), np.ones((5, 2))])
    Sequences(n_samples=2, n_frames=8, n_features=2)
    """
    if not isinstance(X, Sequences):
        if is_table(X):
            return _make_single_frames(check_array(X, dtype=[np.float32, np.float64]))
        X = Sequences.from_arrays(X)
        empty = np.flatnonzero(X.lengths == 0)
        if len(empty) and X.n_features > 0:
            raise ValueError(
                f"every sample must have at least one frame; not for samples {join_names(empty)}."
            )
    if len(X) == 0:
        raise ValueError("Found array with 0 sample(s): at least one sequence is needed.")
    if X.n_features == 0:
        raise ValueError(f"0 feature(s) (shape=({len(X)}, 0)) while a minimum of 1 is required.")
    # The sum shows whether all values are finite, and needs no memory. Only if it is not finite
    # are the values checked one by one.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(X.values.sum(dtype=np.float64))
    if not finite:
        bad = ~np.isfinite(X.values).all(axis=1, keepdims=True)
        counts = reduce_samples(np.add, bad, X.offsets, 0, dtype=int)[:, 0]
        found = [f"{i} ({n} frames)" for i, n in enumerate(counts) if n]
        if found:
            raise ValueError(f"Input X contains NaN or infinity in samples {join_names(found)}.")
    return X


def _make_single_frames(X):
    return Sequences(X, np.arange(len(X) + 1))


def validate_sequences(estimator, X, *, reset):
    """Validate X as `check_sequences` does, and set or check an estimator's number of features.

    Parameters
    ----------
    estimator : BaseEstimator
        If `reset`, its ``n_features_in_`` is set (and its ``feature_names_in_``, if X is a
        DataFrame).
    X : as for `check_sequences`
    reset : bool
        True in ``fit``; False elsewhere, where X must have the features that ``fit`` saw.

    Returns
    -------
    Sequences

    Raises
    ------
    ValueError
        For the same reasons as `check_sequences`; if `reset` and no sample has a frame; and if the
        number or names of features differ from those in ``fit``.
    """
    if not isinstance(X, Sequences) and is_table(X):
        X = validate_data(estimator, X, reset=reset, dtype=[np.float32, np.float64])
        return _make_single_frames(X)
    X = check_sequences(X)
    if reset:
        if len(X.values) == 0:
            raise ValueError("at least one sample must have frames to fit; none of X has any.")
        estimator.n_features_in_ = X.n_features
        # Names from an earlier fit on a DataFrame are no longer valid.
        vars(estimator).pop("feature_names_in_", None)
    elif X.n_features != estimator.n_features_in_:
        raise ValueError(
            f"X has {X.n_features} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )
    return X
