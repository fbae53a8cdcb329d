"""A transformer from recordings to segments of log-Mel spectrograms."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import get_window

from sklearn_ser.features._audio_transformer import AudioTransformer
from sklearn_ser.features._mel import MelSettings, compute_log_mel, make_mel_filters
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.speech._segments import Segments
from sklearn_ser.utils._params import Interval
from sklearn_ser.utils._typing import AnyPath, Memory


class SegmentLogMel(AudioTransformer):
    """Compute log-Mel spectrograms, and cut them into overlapping segments.

    Recordings of any rate and number of channels are resampled to 16 kHz and averaged to mono.
    Frames are windows of 25 ms every 10 ms, and segments are 32 frames (335 ms) long, as in [1]_.
    That paper does not give the Mel range, the offset, the window, and whether magnitudes or
    powers are used; these are as in VGGish [2]_ (magnitudes). The filters are those of librosa
    with ``htk=True, norm=None``. Each frame is stored once, regardless of the step.

    Parameters
    ----------
    n_mels : int, default=64
        Number of Mel bands.
    segment_length : int, default=32
        Frames per segment.
    segment_step : int, default=1
        Frames from the start of one segment to the start of the next; [1]_ uses 1 for Emo-DB and
        SAVEE, 3 for CASIA.
    frame_length, frame_step : float, default=0.025, 0.01
        In seconds, rounded to whole samples at 16 kHz.
    n_fft : int, default=512
        Length of the Fourier transform in samples, at least that of a frame; frames are padded
        with zeros.
    fmin, fmax : float, default=125, 7500
        Range of the bands in Hz, within 0 and 8000.
    window : str or tuple, default="hann"
        Any window of `scipy.signal.get_window`; periodic.
    log_offset : float, default=0.01
        Added to magnitudes before taking the logarithm, so that silence is ``log(log_offset)``.
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; for files, it is read from the file.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache itself. Frames are stored with the path, size and time
        stamp of their file, and with all parameters that they depend on. Segments are views of
        them, and are not stored.
    n_jobs : int or None, default=None
        Number of processes; None means 1, unless a ``joblib.parallel_config`` is active.
    verbose : bool, default=False
        Show a progress bar.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory.
    errors : {"raise", "skip"}, default="raise"
        With "skip", recordings that fail become samples without frames, with a warning; see
        `OpenSmileLLD`.

    Notes
    -----
    Nothing is learned: ``fit`` only validates the parameters.

    By default, n samples at 16 kHz give ``1 + (n - 400) // 160`` frames; the samples after the
    last whole frame are dropped. Clips that are shorter than a segment are padded with frames of
    silence.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259
    .. [2] Hershey et al., "CNN architectures for large-scale audio classification", ICASSP 2017.
       doi:10.1109/ICASSP.2017.7952132

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import SegmentLogMel
    >>> waveforms = [np.zeros(16000), np.zeros(5360)]
    >>> X = SegmentLogMel(segment_step=3).fit_transform(waveforms)
    >>> X.n_features, X.n_segments
    (64, array([23,  1]))
    """

    _parameter_constraints: dict = {
        **AudioTransformer._parameter_constraints,
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "segment_length": [Interval(Integral, 1, None, closed="left")],
        "segment_step": [Interval(Integral, 1, None, closed="left")],
        "frame_length": [Interval(Real, 0, None, closed="neither")],
        "frame_step": [Interval(Real, 0, None, closed="neither")],
        "n_fft": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, SAMPLING_RATE / 2, closed="right")],
        "window": [str, tuple],
        "log_offset": [Interval(Real, 0, None, closed="neither")],
    }
    _function = staticmethod(compute_log_mel)

    def __init__(
        self,
        n_mels: int = 64,
        *,
        segment_length: int = 32,
        segment_step: int = 1,
        frame_length: float = 0.025,
        frame_step: float = 0.01,
        n_fft: int = 512,
        fmin: float = 125.0,
        fmax: float = 7500.0,
        window: str | tuple[Any, ...] = "hann",
        log_offset: float = 0.01,
        sampling_rate: int = 16000,
        memory: Memory = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        root: AnyPath | None = None,
        errors: Literal["raise", "skip"] = "raise",
    ) -> None:
        self.n_mels = n_mels
        self.segment_length = segment_length
        self.segment_step = segment_step
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.n_fft = n_fft
        self.fmin = fmin
        self.fmax = fmax
        self.window = window
        self.log_offset = log_offset
        self.sampling_rate = sampling_rate
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.root = root
        self.errors = errors

    def _get_frame_step(self, settings):
        return _count_samples(self.frame_step) / SAMPLING_RATE

    def _make_container(self, results, speaker, session, frame_step):
        return Segments.from_arrays(
            results,
            speaker=speaker,
            session=session,
            segment_length=self.segment_length,
            segment_step=self.segment_step,
            frame_step=frame_step,
        )

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the bands, from low to high.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_mels,)
        """
        return np.asarray([f"mel{i}" for i in range(self.n_mels)], dtype=object)

    def _make_settings(self):
        self._validate_params()
        settings = MelSettings(
            SAMPLING_RATE,
            self.n_mels,
            _count_samples(self.frame_length),
            _count_samples(self.frame_step),
            self.n_fft,
            float(self.fmin),
            float(self.fmax),
            self.window,
            float(self.log_offset),
            self.segment_length,
        )
        if settings.frame > settings.n_fft:
            raise ValueError(
                f"n_fft must be at least {settings.frame}, the samples of a frame, got "
                f"{self.n_fft}."
            )
        if self.fmin >= self.fmax:
            raise ValueError(f"fmin must be below fmax, got {self.fmin:g} and {self.fmax:g} Hz.")
        empty = np.flatnonzero(~make_mel_filters(settings).any(axis=0))
        if len(empty):
            raise ValueError(
                f"{len(empty)} of {self.n_mels} bands contain no frequency of a transform of "
                f"{self.n_fft} samples: use fewer bands or a larger n_fft."
            )
        get_window(self.window, settings.frame)
        return settings


def _count_samples(seconds):
    """Return the number of whole samples, at least 1, of a duration in seconds."""
    return max(1, round(seconds * SAMPLING_RATE))
