"""Statistics of each sequence, as a 2-D array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_ser.features._pooling import check_statistics, compute_statistics
from sklearn_ser.speech._check import SequencesLike, validate_sequences
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._saving import Estimator


class SequenceStatistics(TransformerMixin, Estimator):
    """Compute statistics of each feature over the frames of each sequence.

    This turns sequences into the 2-D array that any scikit-learn estimator accepts.

    Parameters
    ----------
    statistics : sequence of str, default=("mean",)
        Statistics in the order of the columns, each for all features: "mean", "std", "min", "max",
        "median", and quantiles in percent, such as "q5" or "q97.5". "std" divides by the number of
        frames, not by one less. Quantiles are interpolated linearly, as in `numpy.quantile`.

    Attributes
    ----------
    n_features_in_ : int
        Number of features per frame.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import SequenceStatistics
    >>> X = [np.array([[1.0], [3.0]]), np.array([[5.0]])]
    >>> SequenceStatistics(["mean", "max", "q25"]).fit_transform(X)
    array([[2. , 3. , 1.5],
           [5. , 5. , 5. ]], dtype=float32)
    """

    _parameter_constraints: dict = {"statistics": ["array-like"]}

    def __init__(self, statistics: Sequence[str] = ("mean",)) -> None:
        self.statistics = statistics

    def fit(self, X: SequencesLike, y: object = None) -> Self:
        """Learn the number of features.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
        y : Ratings or other labels of the same samples, default=None
            Only checked to be of the same samples, if both have ids.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X is invalid, a statistic is unknown or there is none.
        """
        self._validate_params()
        check_statistics(self.statistics)
        if y is not None:
            check_samples(X, y)
        validate_sequences(self, X, reset=True)
        return self

    def transform(self, X: SequencesLike) -> NDArray:
        """Compute the statistics.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
            Of n_samples.

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_statistics * n_features)
            A row of NaN, scikit-learn's mark of missing values, for a sample without frames, such
            as a recording that ``errors="skip"`` of an extractor left out.

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        sequences = validate_sequences(self, X, reset=False)
        statistics = check_statistics(self.statistics)
        return compute_statistics(sequences.values, sequences.offsets, statistics)

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the columns, made of feature and statistic.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the features.

        Returns
        -------
        ndarray of str of shape (n_statistics * n_features,)
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        return np.asarray([f"{n}_{s}" for s in self.statistics for n in names], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
