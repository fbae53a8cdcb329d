"""Means of consecutive frames, which shorten sequences."""

from __future__ import annotations

from numbers import Integral
from typing import Self

import numpy as np
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.speech._check import SequencesLike, is_table, validate_sequences
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._params import Interval
from sklearn_ser.utils._saving import Estimator


class FramePooler(OneToOneFeatureMixin, TransformerMixin, Estimator, auto_wrap_output_keys=None):
    """Replace every `size` consecutive frames by their mean.

    Chou and Lee [1]_ average every 5 frames: a recurrent network then has a fifth of the time
    steps.

    Parameters
    ----------
    size : int, default=5
        Number of frames that are averaged to one, at least 1. At the end of a sequence, the
        remaining frames are averaged, even if there are fewer.

    Attributes
    ----------
    n_features_in_ : int
        Number of features per frame.

    References
    ----------
    .. [1] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import FramePooler
    >>> FramePooler(2).fit_transform([np.arange(5.0)[:, None]])[0].ravel()
    array([0.5, 2.5, 4. ], dtype=float32)
    """

    _parameter_constraints: dict = {"size": [Interval(Integral, 1, None, closed="left")]}

    def __init__(self, size: int = 5) -> None:
        self.size = size

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
            If X or `size` is invalid.
        """
        self._validate_params()
        if y is not None:
            check_samples(X, y)
        validate_sequences(self, X, reset=True)
        return self

    def transform(self, X: SequencesLike) -> Sequences:
        """Average the frames.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
            A 2-D array is read as sequences of one frame, and is returned unchanged.

        Returns
        -------
        Sequences, or ndarray of shape (n_samples, n_features) for a 2-D X
            The frame step is `size` times that of X, if that is known.

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        sequences = validate_sequences(self, X, reset=False)
        if is_table(X):
            return sequences.values
        n_pools = -(-sequences.lengths // self.size)
        offsets = np.concatenate([[0], np.cumsum(n_pools)])
        # First frame of each pool: where its sequence begins, plus its place in the sequence.
        place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], n_pools)
        starts = np.repeat(sequences.offsets[:-1], n_pools) + self.size * place
        sums = np.add.reduceat(sequences.values, starts, axis=0, dtype=np.float64)
        sizes = np.diff(starts, append=len(sequences.values))
        step = sequences.frame_step
        return sequences.with_values(
            sums / sizes[:, None], offsets, frame_step=None if step is None else step * self.size
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
