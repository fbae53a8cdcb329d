"""Transformers that compute openSMILE's descriptors and functionals from recordings."""

from __future__ import annotations

import os
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sklearn_ser.features._audio_transformer import AudioTransformer
from sklearn_ser.features.opensmile._frames import compute_frames, get_feature_names
from sklearn_ser.features.opensmile._settings import (
    FUNCTIONALS,
    get_frame_step,
    resolve_functionals,
    resolve_settings,
)
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._typing import AnyPath, Memory


class SmileTransformer(AudioTransformer):
    """Base class of transformers whose settings are those of openSMILE."""

    _function = staticmethod(compute_frames)

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the features, in order.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
        """
        return np.asarray(get_feature_names(self._make_settings()), dtype=object)


class OpenSmileLLD(SmileTransformer):
    """Compute low-level descriptors of recordings with openSMILE.

    Recordings of any rate and number of channels are resampled to 16 kHz and averaged to mono, so
    features of different corpora can be compared. openSMILE is free for research and personal use
    only.

    Parameters
    ----------
    feature_set : str or path-like, default="chou2019"
        Name of a set, or path to an openSMILE .conf. All sets have a frame every 10 ms; the frame
        step of a .conf of your own is unknown to this package.

        * "chou2019" [2]_: 45 features. Mel-frequency cepstral coefficients (MFCC) 1-12 and
          loudness with deltas and accelerations; voicing probability, F0 and zero-crossing rate
          with deltas. Frames of 60 ms.
        * "ando2018" [1]_: 47 features. The same, plus the harmonics-to-noise ratio (HNR) with
          deltas. Frames of 25 ms, but of 40 ms for voicing probability, F0 and HNR.
        * "fujioka2020" [3]_: 32 features. As "ando2018", without HNR and accelerations.
        * "emobase" (52 features) and "ComParE_2016" (130 features): openSMILE's own sets,
          descriptors and deltas.
    feature_level : str, default=None
        Sink level of the configuration, such as "lld" for features without deltas in the sets
        above. None means all features of a set; with a .conf of your own, it must be given.
    options : dict, default=None
        Options of the configuration. Those of the first three sets are frameSize, pitchSize and
        frameStep (in seconds), smaWin (in frames), hnr (0 or 1), and maxPitch, melLow and melHigh
        (in Hz).
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; for files, it is read from the file.
    clip_hnr : float or None, default=30.0
        The HNR is limited to this many dB above and below 0, and its deltas are computed from the
        limited values. openSMILE gives +100 dB for digital silence, which would dominate any mean.
        None means no limit.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache itself. Features are stored with the path, size and time
        stamp of their file, and with all parameters that they depend on. The cache stays intact if
        the process is killed.
    n_jobs : int or None, default=None
        Number of processes; None means 1, unless a ``joblib.parallel_config`` is active.
    verbose : bool, default=False
        Show a progress bar.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory.
    errors : {"raise", "skip"}, default="raise"
        If recordings fail, raise an `ExtractionError` that lists them; or warn, and return samples
        without frames in their places. If all recordings fail, an error is raised in any case.

    Notes
    -----
    Nothing is learned: ``fit`` only validates the parameters.

    Signals shorter than 60 ms are padded with silence. F0 is 0 in unvoiced frames. Samples of 1.0
    become the largest 16-bit number, since openSMILE would wrap them around to -1. The loudness of
    the first three sets is ``(I / 1e-6) ** 0.3``, where I is the mean square of the whole windowed
    frame. openSMILE's own intensity, which "emobase" uses, depends on the first samples of a frame
    only [4]_.

    References
    ----------
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299
    .. [2] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170
    .. [3] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216
    .. [4] https://github.com/audeering/opensmile/issues/51

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import OpenSmileLLD
    >>> rng = np.random.default_rng(0)
    >>> waveforms = [0.1 * rng.standard_normal(16000), 0.1 * rng.standard_normal(8000)]
    >>> OpenSmileLLD("chou2019").fit_transform(waveforms)
    Sequences(n_samples=2, n_frames=142, n_features=45, frame_step=0.01)
    """

    _reaches = {**AudioTransformer._reaches, "feature_set": "config", "options": "config"}
    _parameter_constraints: dict = {
        **AudioTransformer._parameter_constraints,
        "feature_set": [str, os.PathLike],
        "feature_level": [str, None],
        "options": [dict, None],
        "clip_hnr": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        feature_set: AnyPath = "chou2019",
        *,
        feature_level: str | None = None,
        options: dict[str, Any] | None = None,
        sampling_rate: int = 16000,
        clip_hnr: float | None = 30.0,
        memory: Memory = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        root: AnyPath | None = None,
        errors: Literal["raise", "skip"] = "raise",
    ) -> None:
        self.feature_set = feature_set
        self.feature_level = feature_level
        self.options = options
        self.sampling_rate = sampling_rate
        self.clip_hnr = clip_hnr
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.root = root
        self.errors = errors

    def _make_settings(self):
        self._validate_params()
        return resolve_settings(self.feature_set, self.feature_level, self.options, self.clip_hnr)

    def _get_frame_step(self, settings):
        return get_frame_step(settings)

    def _check_settings(self, settings):
        # openSMILE reports invalid options only when it starts.
        get_feature_names(settings)


class OpenSmileFunctionals(SmileTransformer):
    """Compute openSMILE's own functionals of recordings, which are used for baselines.

    Each recording becomes a sequence of one frame, so that `SequenceScaler` can scale by speaker.
    `SequenceStatistics` then makes the 2-D array that scikit-learn's classifiers accept. openSMILE
    is free for research and personal use only.

    Parameters
    ----------
    feature_set : {"ComParE_2016", "eGeMAPSv02", "GeMAPSv01b", "emobase"}, \
            default="ComParE_2016"
        openSMILE's names of the sets, which have 6373, 88, 62 and 988 features.
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; for files, it is read from the file. All recordings are
        resampled to 16 kHz.
    memory : str, path-like, joblib.Memory or None, default=None
        See `OpenSmileLLD`.
    n_jobs : int or None, default=None
        Number of processes; None means 1, unless a ``joblib.parallel_config`` is active.
    verbose : bool, default=False
        Show a progress bar.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory.
    errors : {"raise", "skip"}, default="raise"
        With "skip", recordings that fail become samples without frames, with a warning; see
        `OpenSmileLLD`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.features import OpenSmileFunctionals, SequenceScaler, SequenceStatistics
    >>> noise = np.random.default_rng(0).standard_normal(8000)
    >>> OpenSmileFunctionals("eGeMAPSv02").fit_transform([0.1 * noise, 0.01 * noise])
    Sequences(n_samples=2, n_frames=2, n_features=88)
    >>> baseline = make_pipeline(
    ...     OpenSmileFunctionals("ComParE_2016"),
    ...     SequenceScaler(by="speaker"),
    ...     SequenceStatistics(),
    ...     ConsensusClassifier(SVC(gamma="auto", C=10, class_weight="balanced")),
    ... )
    """

    _parameter_constraints: dict = {
        **SmileTransformer._parameter_constraints,
        "feature_set": [StrOptions(set(FUNCTIONALS))],
    }

    def __init__(
        self,
        feature_set: Literal[
            "ComParE_2016", "eGeMAPSv02", "GeMAPSv01b", "emobase"
        ] = "ComParE_2016",
        *,
        sampling_rate: int = 16000,
        memory: Memory = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        root: AnyPath | None = None,
        errors: Literal["raise", "skip"] = "raise",
    ) -> None:
        self.feature_set = feature_set
        self.sampling_rate = sampling_rate
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.root = root
        self.errors = errors

    def _make_settings(self):
        self._validate_params()
        return resolve_functionals(self.feature_set)
