"""Speech as ragged sequences of frames."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_ser.speech import _file
from sklearn_ser.speech._frame_tables import FrameTableMixin
from sklearn_ser.utils._ids import concatenate_ids, make_ids
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import Ragged, as_column
from sklearn_ser.utils._typing import AnyPath


class Sequences(FrameTableMixin, Ragged):
    """Frames of all samples in one array, and the speaker and session of each sample.

    Indexing by an integer gives the frames of one sample as a view. Indexing by a slice, an
    integer array or a mask gives new `Sequences`. Speakers and sessions are indexed with the
    samples, so that a later step of a pipeline can normalise by speaker inside any
    cross-validation.

    Parameters
    ----------
    values : array-like of shape (n_frames_total, n_features)
        Frames of all samples, one after the other; stored as float32.
    offsets : array-like of int of shape (n_samples + 1,)
        Sample ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    speaker, session : array-like of shape (n_samples,), default=None
        Speaker and session of each sample; ``None`` or NaN means unknown.
    frame_step : float, default=None
        Seconds from the start of one frame to the start of the next; None if it is unknown, or if
        a frame is a whole recording.

    Attributes
    ----------
    values : ndarray of shape (n_frames_total, n_features)
    offsets : ndarray of int64 of shape (n_samples + 1,)
    speaker, session : ndarray of object of shape (n_samples,) or None
    frame_step : float or None
    ids : SampleIds of length n_samples, or None
        Which recording each sample is, if known; see `with_ids`.
    lengths : ndarray of int of shape (n_samples,)
        Number of frames of each sample.
    n_features : int

    Raises
    ------
    ValueError
        If the values are not two-dimensional, the offsets do not rise from 0 to the number of
        frames, there is not one speaker or session per sample, or the frame step is not a
        positive number.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import Sequences
    >>> X = Sequences.from_arrays([np.zeros((3, 2)), np.ones((5, 2))], speaker=["F", "M"])
    >>> X
    Sequences(n_samples=2, n_frames=8, n_features=2)
    >>> X[1].shape
    (5, 2)
    >>> X[[1]].speaker.tolist()
    ['M']
    >>> Sequences(X.values, X.offsets, frame_step=0.25).times(0).tolist()
    [[0.0, 0.25], [0.25, 0.5], [0.5, 0.75]]
    """

    _columns = ("speaker", "session")
    # Names of attributes that are the same for all samples.
    _settings: tuple[str, ...] = ("frame_step",)
    # Objects that were pickled by earlier versions do not have it.
    frame_step: float | None = None

    def __init__(
        self,
        values: ArrayLike,
        offsets: ArrayLike,
        speaker: ArrayLike | None = None,
        session: ArrayLike | None = None,
        *,
        frame_step: float | None = None,
    ) -> None:
        values = np.asanyarray(values, dtype=np.float32)
        if values.ndim != 2:
            raise ValueError(
                f"values must have shape (n_frames_total, n_features), got {values.shape}."
            )
        super().__init__(values, offsets)
        self.speaker = as_column(speaker, len(self), "speaker")
        self.session = as_column(session, len(self), "session")
        self.frame_step = _check_frame_step(frame_step)

    @classmethod
    def from_arrays(
        cls,
        arrays: Iterable[ArrayLike],
        *,
        speaker: ArrayLike | None = None,
        session: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Join the frames of samples, one array per sample.

        Parameters
        ----------
        arrays : sequence of array-like of shape (n_frames_i, n_features)
        speaker, session : array-like of shape (n_samples,), default=None
        **params : object
            Other parameters of the class, such as `frame_step`.

        Returns
        -------
        Sequences

        Raises
        ------
        ValueError
            If there is no sample, or samples are not two-dimensional or differ in their number of
            features; these samples are listed.
        """
        frames = [np.asarray(array) for array in arrays]
        if not frames:
            raise ValueError("Found array with 0 sample(s): at least one sequence is needed.")
        not_frames = [f"{i} (shape {a.shape})" for i, a in enumerate(frames) if a.ndim != 2]
        if not_frames:
            raise ValueError(
                "every sample must have shape (n_frames, n_features); not for samples "
                + join_names(not_frames)
                + "."
            )
        widths = np.array([array.shape[1] for array in frames])
        if (widths != widths[0]).any():
            values, counts = np.unique(widths, return_counts=True)
            usual = values[counts.argmax()]
            odd = [f"{i} ({widths[i]})" for i in np.flatnonzero(widths != usual)]
            raise ValueError(
                f"every sample must have the same number of features; most have {usual}, "
                f"but not samples {join_names(odd)}."
            )
        offsets = np.concatenate([[0], np.cumsum([len(array) for array in frames])])
        values = np.empty((offsets[-1], widths[0]), dtype=np.float32)
        np.concatenate(frames, out=values, casting="unsafe")
        return cls(values, offsets, speaker=speaker, session=session, **params)

    @classmethod
    def concatenate(cls, parts: Iterable[Sequences]) -> Self:
        """Join the samples of several `Sequences`, in order.

        Parameters
        ----------
        parts : sequence of Sequences
            All must have the same number of features. If only some parts have speakers or
            sessions, samples of the other parts get ``None``.

        Returns
        -------
        Sequences

        Raises
        ------
        ValueError
            If there are no parts, or they differ in their number of features, their frame step
            or, if they are `Segments`, their other settings.
        """
        parts = list(parts)
        widths = sorted({part.n_features for part in parts})
        if len(widths) != 1:
            raise ValueError(f"parts must have the same number of features, got {widths}.")
        columns: dict[str, Any] = {}
        for name in cls._settings:
            found = list(dict.fromkeys(getattr(part, name) for part in parts))
            if len(found) != 1:
                found.sort(key=lambda value: (value is not None, value))
                raise ValueError(f"parts must have the same {name}, got {found}.")
            columns[name] = found[0]
        lengths = np.concatenate([part.lengths for part in parts])
        for name in cls._columns:
            known = [getattr(part, name) for part in parts]
            if any(column is not None for column in known):
                columns[name] = [
                    value
                    for part, column in zip(parts, known, strict=True)
                    for value in (column if column is not None else [None] * len(part))
                ]
        joined = cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([[0], np.cumsum(lengths)]),
            **columns,
        )
        return joined.with_ids(concatenate_ids(part.ids for part in parts))

    def __eq__(self, other):
        same = super().__eq__(other)
        if same is not True:
            return same
        # Equal samples have equal times and segments, so that either can be used.
        if any(getattr(self, name) != getattr(other, name) for name in self._settings):
            return False
        if self.speaker is None:
            return True
        # Altered speakers equal their persons; the same samples have the same voices, too.
        voices = [[getattr(s, "voice", s) for s in X.speaker] for X in (self, other)]
        return voices[0] == voices[1]

    __hash__ = None

    @property
    def n_features(self) -> int:
        """int: number of features per frame."""
        return self.values.shape[1]

    def __repr__(self):
        known = [(name, getattr(self, name)) for name in self._settings]
        settings = "".join(f", {name}={value}" for name, value in known if value is not None)
        return (
            f"{type(self).__name__}(n_samples={len(self)}, n_frames={len(self.values)}, "
            f"n_features={self.n_features}{settings})"
        )

    def times(self, i: int) -> NDArray:
        """Return the start and end of each frame of a sample.

        Parameters
        ----------
        i : int

        Returns
        -------
        ndarray of float of shape (n_frames_i, 2)
            In seconds from the start of the first frame. The duration of a frame is taken to be
            the frame step, although frames may be longer.

        Raises
        ------
        ValueError
            If the frame step is unknown.
        """
        return self._convert_to_seconds(np.arange(len(self[i])), 1)

    def _convert_to_seconds(self, first, n_frames):
        """Return start and end in seconds of spans of `n_frames` frames, from their first."""
        if self.frame_step is None:
            raise ValueError(
                f"the frame step of these {type(self).__name__} is unknown, so there are no times "
                f"in seconds; set it: {type(self).__name__}(..., frame_step=seconds)."
            )
        return np.column_stack([first, first + n_frames]) * self.frame_step

    def with_values(
        self,
        values: ArrayLike,
        offsets: ArrayLike | None = None,
        *,
        frame_step: float | None = None,
    ) -> Sequences:
        """Return the same samples with other frames, but the same speakers and sessions.

        Parameters
        ----------
        values : array-like of shape (n_frames_total, n_features)
        offsets : array-like of int of shape (n_samples + 1,), default=None
            Offsets of the new frames; None keeps the old ones.
        frame_step : float, default=None
            Seconds from one new frame to the next. None keeps the frame step with the offsets;
            with new offsets, it is unknown.

        Returns
        -------
        Sequences
            Of the same class if the offsets are kept.
        """
        if offsets is not None:
            new = Sequences(values, offsets, self.speaker, self.session, frame_step=frame_step)
            return new.with_ids(self.ids)
        columns = {name: getattr(self, name) for name in (*self._columns, *self._settings)}
        if frame_step is not None:
            columns["frame_step"] = frame_step
        return type(self)(values, self.offsets, **columns).with_ids(self.ids)

    def save(self, path: AnyPath) -> None:
        """Write one file that `load` can memory-map.

        The file is written completely or not at all: if the process is killed while saving, an
        existing file is left unchanged. It has checksums, by which `load` finds damage.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        TypeError
            If a speaker or session is not a string, a number or None.
        ValueError
            If there are frames, but no features.
        OSError
            If the file cannot be written.
        """
        attributes = {name: getattr(self, name) for name in (*self._columns, *self._settings)}
        if self.ids is not None:
            attributes |= {"ids": self.ids.values, "ids_are_range": self.ids.is_range}
        _file.write_sequences(path, self.values, self.offsets, attributes)

    @classmethod
    def load(
        cls, path: AnyPath, mmap_mode: Literal["r", "c"] | None = "r", *, verify: bool = False
    ) -> Self:
        """Load a file that `save` wrote.

        Nothing in the file is run, whoever wrote it. Frames may have any values, as those of any
        other `Sequences`: estimators raise an error for NaN and infinity.

        Parameters
        ----------
        path : str or path-like
        mmap_mode : {"r", "c"} or None, default="r"
            Memory-map the frames read-only or copy-on-write; None reads them into memory. A file
            must not be changed while it is mapped.
        verify : bool, default=False
            Compare all frames with their checksums, which reads the whole file. If False, this is
            done with frames that are read into memory, and with up to eight blocks of 1 MiB of a
            file that is mapped, the first and the last among them. Everything else in the file is
            always compared.

        Returns
        -------
        Sequences

        Raises
        ------
        ValueError
            If the file was not written by `save` of this class, or is damaged. Files of earlier
            versions have no checksums: damage may not be found, and `verify` must be False.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from sklearn_ser import Sequences
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Sequences([[1.0], [2.0], [3.0]], [0, 1, 3]).save(Path(folder, "frames"))
        ...     X = Sequences.load(Path(folder, "frames"), None, verify=True)
        >>> X[1].tolist()
        [[2.0], [3.0]]
        """
        values, offsets, attributes = _file.read_sequences(path, mmap_mode, verify)
        # Earlier versions wrote no frame step.
        attributes = {"frame_step": None, **attributes}
        known = (*cls._columns, *cls._settings)
        missing = [name for name in known if name not in attributes]
        if missing:
            raise ValueError(
                f"{str(path)!r} has no {missing[0]!r}: it holds Sequences, not {cls.__name__}."
            )
        try:
            made = cls(values, offsets, **{name: attributes[name] for name in known})
            if attributes.get("ids") is None:
                return made
            ids = make_ids(attributes["ids"], len(made), attributes.get("ids_are_range") is True)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{str(path)!r} is damaged: {error}") from error
        return made.with_ids(ids)


def _check_frame_step(frame_step):
    """Return a frame step as a float, or None; raise a ValueError for anything else."""
    if frame_step is None:
        return None
    if (
        isinstance(frame_step, (bool, np.bool_))
        or not isinstance(frame_step, Real)
        or not 0 < float(frame_step) < math.inf
    ):
        raise ValueError(f"frame_step must be a positive number of seconds, got {frame_step!r}.")
    return float(frame_step)
