"""Segments of frames of any kind."""

from __future__ import annotations

from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_ser.speech._check import SequencesLike, is_table, validate_sequences
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._segments import Segments
from sklearn_ser.utils._params import Interval
from sklearn_ser.utils._saving import Estimator

# In seconds; of frames that do not say how far apart they are.
FRAME_STEP = 0.01


class FrameSegmenter(
    OneToOneFeatureMixin, TransformerMixin, Estimator, auto_wrap_output_keys=None
):
    """Cut sequences of frames into overlapping segments of equal length.

    `SegmentLogMel` makes segments of its own spectrograms. This step makes segments of any frames,
    such as those of `TransformerFrames` or `OpenSmileLLD`, for `SegmentClassifier`,
    `SegmentVGGClassifier` and `ProfileRefineryClassifier`.

    Parameters
    ----------
    segment_length : int, default=16
        Frames per segment, at least 1. The default is 320 ms of the frames of most pretrained
        encoders, which are 20 ms apart.
    segment_step : int, default=8
        Frames from the start of one segment to the start of the next, at least 1.

    Attributes
    ----------
    n_features_in_ : int
        Number of features per frame.

    See Also
    --------
    SegmentClassifier : Classifies segments with any classifier of scikit-learn.

    Notes
    -----
    Sequences that are shorter than a segment become one segment, in which their last frame is
    repeated: unlike spectrograms, frames of any kind have no value that means silence. In longer
    sequences, frames after the last whole segment belong to no segment. Sequences without frames
    have no segments.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import FrameSegmenter
    >>> frames = [np.arange(10.0)[:, None], np.array([[5.0], [6.0]])]
    >>> X = FrameSegmenter(segment_length=4, segment_step=3).fit_transform(frames)
    >>> X.n_segments
    array([3, 1])
    >>> X.segments(0)[..., 0].tolist()
    [[0.0, 1.0, 2.0, 3.0], [3.0, 4.0, 5.0, 6.0], [6.0, 7.0, 8.0, 9.0]]
    >>> X.segments(1)[..., 0].tolist()
    [[5.0, 6.0, 6.0, 6.0]]
    """

    _parameter_constraints: dict = {
        "segment_length": [Interval(Integral, 1, None, closed="left")],
        "segment_step": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, segment_length: int = 16, segment_step: int = 8) -> None:
        self.segment_length = segment_length
        self.segment_step = segment_step

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
            If X or a parameter is invalid.
        """
        self._validate_params()
        if y is not None:
            check_samples(X, y)
        validate_sequences(self, X, reset=True)
        return self

    def transform(self, X: SequencesLike) -> Segments | NDArray:
        """Cut the sequences.

        Parameters
        ----------
        X : Sequences, or any form that `check_sequences` accepts
            Of n_samples. The segments of `Segments` are replaced. A 2-D array is read as sequences
            of one frame, and is returned unchanged.

        Returns
        -------
        Segments, or ndarray of shape (n_samples, n_features) for a 2-D X
            Of the same speakers, sessions and ids, and of the same frame step, if X has one; 10 ms
            otherwise.

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in ``fit``.
        """
        check_is_fitted(self)
        sequences = validate_sequences(self, X, reset=False)
        if is_table(X):
            return sequences.values
        values, offsets = _repeat_last_frames(sequences, self.segment_length)
        frame_step = sequences.frame_step
        segments = Segments(
            values,
            offsets,
            sequences.speaker,
            sequences.session,
            segment_length=self.segment_length,
            segment_step=self.segment_step,
            frame_step=FRAME_STEP if frame_step is None else frame_step,
        )
        return segments.with_ids(sequences.ids)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _repeat_last_frames(X, shortest):
    """Return values and offsets of sequences that have no frames, or as many as the shortest."""
    lengths = np.where(X.lengths > 0, np.maximum(X.lengths, shortest), 0)
    if (lengths == X.lengths).all():
        return X.values, X.offsets
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    last = np.repeat(X.lengths - 1, lengths)
    rows = np.repeat(X.offsets[:-1], lengths) + np.minimum(place, last)
    return X.values[rows], offsets
