"""Overlapping segments of frames, without copying the frames."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_ser.speech._check import SequencesLike, check_sequences
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.utils._messages import join_names


class Segments(Sequences):
    """Frames of all samples, cut into overlapping segments of equal length.

    The frames are stored once, and segments are views of them. Segment ``k`` of a sample starts at
    its frame ``k * segment_step``; frames after the last whole segment belong to no segment.
    `Segments` are `Sequences`: samples are indexed in the same way, and everything that accepts
    `Sequences` also accepts `Segments`.

    Parameters
    ----------
    values : array-like of shape (n_frames_total, n_features)
    offsets : array-like of int of shape (n_samples + 1,)
        Sample ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    speaker, session : array-like of shape (n_samples,), default=None
    segment_length : int, default=32
        Frames per segment.
    segment_step : int, default=1
        Frames from the start of one segment to the start of the next.
    frame_step : float, default=0.01
        Seconds from the start of one frame to the start of the next; None if it is unknown.

    Attributes
    ----------
    values, offsets, speaker, session, lengths, n_features
        See `Sequences`.
    segment_length, segment_step, frame_step
        As given.
    n_segments : ndarray of int of shape (n_samples,)
    segment_offsets : ndarray of int of shape (n_samples + 1,)
        Segments of all samples are numbered consecutively. Sample ``i`` has those from
        ``segment_offsets[i]`` up to, but not including, ``segment_offsets[i + 1]``.

    Raises
    ------
    ValueError
        For the same reasons as `Sequences`, and if a sample has frames, but fewer than a segment;
        all such samples are listed. A sample without frames has no segments.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import Segments
    >>> X = Segments(np.arange(14.0).reshape(7, 2), [0, 4, 7], segment_length=3)
    >>> X  # doctest: +ELLIPSIS
    Segments(n_samples=2, n_frames=7, n_features=2, segment_length=3, segment_step=1, ...)
    >>> X.n_segments
    array([2, 1])
    >>> X.segments(1)
    array([[[ 8.,  9.],
            [10., 11.],
            [12., 13.]]], dtype=float32)
    """

    _settings = ("segment_length", "segment_step", "frame_step")

    def __init__(
        self,
        values: ArrayLike,
        offsets: ArrayLike,
        speaker: ArrayLike | None = None,
        session: ArrayLike | None = None,
        *,
        segment_length: int = 32,
        segment_step: int = 1,
        frame_step: float | None = 0.01,
    ) -> None:
        super().__init__(values, offsets, speaker, session, frame_step=frame_step)
        for name, value in (("segment_length", segment_length), ("segment_step", segment_step)):
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} must be an integer of at least 1, got {value!r}.")
        # A sample without frames has no segment; classifiers decide whether they accept it.
        short = np.flatnonzero((self.lengths > 0) & (self.lengths < segment_length))
        if len(short):
            found = [f"{i} ({self.lengths[i]})" for i in short]
            raise ValueError(
                f"every sample must have at least {segment_length} frames, the length of a "
                f"segment; not for samples {join_names(found)}."
            )
        self.segment_length = segment_length
        self.segment_step = segment_step

    @property
    def n_segments(self) -> NDArray:
        """Ndarray of int of shape (n_samples,): number of segments of each sample."""
        n_segments = 1 + (self.lengths - self.segment_length) // self.segment_step
        return np.where(self.lengths > 0, n_segments, 0)

    @property
    def segment_offsets(self) -> NDArray:
        """Ndarray of int of shape (n_samples + 1,): number of each sample's first segment."""
        return np.concatenate([[0], np.cumsum(self.n_segments)])

    def segments(self, i: int) -> NDArray:
        """Return the segments of one sample as a view.

        Parameters
        ----------
        i : int

        Returns
        -------
        ndarray of float32 of shape (n_segments_i, segment_length, n_features)
            A read-only view of the frames.
        """
        return self._make_windows(self[i])[:: self.segment_step]

    def times(self, i: int) -> NDArray:
        """Return the start and end of each segment of a sample.

        Parameters
        ----------
        i : int

        Returns
        -------
        ndarray of float of shape (n_segments_i, 2)
            In seconds from the start of the first frame. The duration of a frame is taken to be
            the frame step, although frames are longer.

        Raises
        ------
        ValueError
            If the frame step is unknown.
        """
        first = np.arange(self.n_segments[i]) * self.segment_step
        return self._convert_to_seconds(first, self.segment_length)

    @property
    def segment_starts(self) -> NDArray:
        """Ndarray of int of shape (n_segments_total,): row of each segment's first frame."""
        n, offsets = self.n_segments, self.segment_offsets
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], n)
        return np.repeat(self.offsets[:-1], n) + self.segment_step * within

    def windows(self) -> NDArray:
        """Return, for each frame, the window of a segment's length that starts there, as a view.

        Returns
        -------
        ndarray of float32 of shape (n_frames_total - segment_length + 1, segment_length, \
                n_features)
            Some windows extend from one sample into the next. ``windows()[segment_starts]`` is a
            copy of all segments.
        """
        return self._make_windows(self.values)

    def _make_windows(self, frames):
        if len(frames) < self.segment_length:
            # Only samples without frames are shorter than a segment.
            return np.zeros((0, self.segment_length, self.n_features), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(frames, self.segment_length, axis=0)
        return windows.swapaxes(1, 2)


def check_segments(X: SequencesLike) -> Segments:
    """Validate X and return it as `Segments`.

    Parameters
    ----------
    X : Segments, or samples of equal length in any form that `check_sequences` accepts
        If X is not `Segments`, each sample is one segment, and the frame step is that of X.

    Returns
    -------
    Segments

    Raises
    ------
    ValueError
        For the same reasons as `check_sequences`, and if X is not `Segments` and samples differ in
        length.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import check_segments
    >>> check_segments(np.zeros((2, 32, 8))).n_segments
    array([1, 1])
    """
    X = check_sequences(X)
    if not isinstance(X, Segments) and len(X.values) == 0:
        raise ValueError(
            "at least one sample must have frames, which say how long segments are; got only "
            "samples without frames."
        )
    return as_segments(X)


def as_segments(X):
    """Return validated `Sequences` as `Segments`; see `check_segments`."""
    if isinstance(X, Segments):
        return X
    lengths = np.unique(X.lengths[X.lengths > 0])
    if len(lengths) > 1:
        raise ValueError(
            "samples must be Segments, or all have the length of one segment; got samples of "
            f"{lengths[0]} to {lengths[-1]} frames. SegmentLogMel makes Segments."
        )
    length = int(lengths.max(initial=1))
    segments = Segments(
        X.values,
        X.offsets,
        X.speaker,
        X.session,
        segment_length=length,
        segment_step=length,
        frame_step=X.frame_step,
    )
    return segments.with_ids(X.ids)
