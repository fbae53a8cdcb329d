"""openSMILE's descriptors and functionals, as transformers of recordings."""

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
    resolve_functionals,
    resolve_settings,
)
from sklearn_ser.utils._params import Interval, StrOptions
from sklearn_ser.utils._typing import AnyPath, Memory


class SmileTransformer(AudioTransformer):
    """An `AudioTransformer` whose settings are openSMILE's."""

    _function = staticmethod(compute_frames)

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Names of the features, in order.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
        """
        return np.asarray(get_feature_names(self._settings()), dtype=object)


class OpenSmileLLD(SmileTransformer):
    """Low-level descriptors by openSMILE: recordings in, `Sequences` of frames out.

    Recordings of any rate and number of channels are resampled to 16 kHz and averaged to mono, so
    that features of different corpora can be compared. openSMILE is free for research and
    personal use only.

    Parameters
    ----------
    feature_set : str or path-like, default="chou2019"
        "chou2019" (45 features [2]_: Mel-frequency cepstral coefficients (MFCC) 1-12 and loudness
        with deltas and accelerations; voicing probability, F0 and zero-crossing rate with deltas;
        frames of 60 ms), "ando2018" (47 [1]_: the same and the harmonics-to-noise ratio (HNR),
        frames of 25 ms, for F0 and HNR of 40 ms), "fujioka2020" (32 [3]_: as Ando's without HNR
        and accelerations); all every 10 ms. "emobase" (52) and "ComParE_2016" (130) are
        openSMILE's own sets, descriptors and deltas. Or the path to an openSMILE .conf.
    feature_level : str, default=None
        Sink level of the configuration, such as "lld" for statics only in the sets above. None is
        all that a set has; a .conf of one's own needs it.
    options : dict, default=None
        Options of the configuration. The first three sets have frameSize, pitchSize, frameStep
        (in seconds), smaWin (frames), hnr (0 or 1), maxPitch, melLow and melHigh (in Hz).
    sampling_rate : int, default=16000
        Of waveforms, in Hz; files know theirs.
    clip_hnr : float or None, default=30.0
        Limit of the HNR in dB, both ways; its deltas follow. openSMILE gives +100 dB for digital
        silence, which would rule any mean.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache. The features of a file are kept under its path, size and
        time stamp, and everything they depend on; a process killed at any moment leaves a cache
        that is whole.
    n_jobs : int or None, default=None
        Processes that extract side by side; None is 1 unless in a ``joblib.parallel_config``.
    verbose : bool, default=False
        Show a progress bar.

    Notes
    -----
    Audio is X here, so that there is nothing to learn: ``fit`` checks the parameters.

    Signals shorter than 60 ms are padded with silence. F0 is 0 in unvoiced frames. Samples of 1.0
    are taken as the largest number of 16 bits, since openSMILE would wrap it around to -1.
    The loudness of the first three sets is ``(I / 1e-6) ** 0.3``, I being the mean square of the
    whole windowed frame. openSMILE's own intensity, which "emobase" has, looks at a frame's first
    samples only. [4]_

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
    Sequences(n_samples=2, n_frames=142, n_features=45)
    """

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
    ) -> None:
        self.feature_set = feature_set
        self.feature_level = feature_level
        self.options = options
        self.sampling_rate = sampling_rate
        self.clip_hnr = clip_hnr
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _settings(self):
        self._validate_params()
        return resolve_settings(self.feature_set, self.feature_level, self.options, self.clip_hnr)

    def _check(self, settings):
        # What openSMILE does not take shows when it starts.
        get_feature_names(settings)


class OpenSmileFunctionals(SmileTransformer):
    """openSMILE's own functionals: recordings in, `Sequences` of one frame each out.

    What baselines of the field are made of. One frame a recording, so that `SequenceScaler` can
    scale by speaker; `SequenceStatistics` then makes the array that scikit-learn's classifiers
    take. openSMILE is free for research and personal use only.

    Parameters
    ----------
    feature_set : {"ComParE_2016", "eGeMAPSv02", "GeMAPSv01b", "emobase"}, \
            default="ComParE_2016"
        openSMILE's names; 6373, 88, 62 and 988 features.
    sampling_rate : int, default=16000
        Of waveforms, in Hz; files know theirs. All are resampled to 16 kHz.
    memory : str, path-like, joblib.Memory or None, default=None
        As of `OpenSmileLLD`.
    n_jobs : int or None, default=None
        Processes that extract side by side; None is 1 unless in a ``joblib.parallel_config``.
    verbose : bool, default=False
        Show a progress bar.

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
    ) -> None:
        self.feature_set = feature_set
        self.sampling_rate = sampling_rate
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _settings(self):
        self._validate_params()
        return resolve_functionals(self.feature_set)
