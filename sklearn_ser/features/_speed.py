"""Play recordings at another speed."""

from __future__ import annotations

from numbers import Real
from typing import Literal

import audresample
import numpy as np
import pandas as pd

from sklearn_ser.features._audio_transformer import AudioTransformer
from sklearn_ser.speech._audio import LARGEST, SAMPLING_RATE
from sklearn_ser.speech._recordings import AudioLike, build_frame
from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.utils._params import Interval
from sklearn_ser.utils._typing import AnyPath, Memory


def change_speed(signal, settings):
    """Resample a signal as if it had been recorded at another rate.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n,)
        At 16 kHz.
    settings : tuple
        The factor.

    Returns
    -------
    ndarray of float32
        Within [-1, 1).
    """
    (factor,) = settings
    rate = round(SAMPLING_RATE * factor)
    if rate == SAMPLING_RATE:
        return signal
    return np.clip(audresample.resample(signal, rate, SAMPLING_RATE)[0], -1, LARGEST)


class SpeedPerturbation(AudioTransformer):
    """Play recordings faster or slower.

    Duration and pitch change together, as with a tape. In speech recognition, this speed
    perturbation [1]_ is used to get more training data. See `AugmentedClassifier`.

    Parameters
    ----------
    factor : float, default=1.1
        From 0.5 to 2; above 1, recordings become faster, shorter and higher.
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; for files, it is read from the file.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache itself, for the waveforms of every recording.
    n_jobs : int or None, default=None
        Number of processes; None means 1, unless a ``joblib.parallel_config`` is active.
    verbose : bool, default=False
        Show a progress bar.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory.
    errors : {"raise", "skip"}, default="raise"
        With "skip", recordings that fail become waveforms without samples, with a warning.

    References
    ----------
    .. [1] Ko et al., "Audio augmentation for speech recognition", Interspeech 2015.
       doi:10.21437/Interspeech.2015-711

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import SpeedPerturbation
    >>> tone = 0.5 * np.sin(np.arange(16000) / 5)
    >>> [len(signal) for signal in SpeedPerturbation(1.25).fit_transform([tone])["signal"]]
    [12800]
    """

    _parameter_constraints: dict = {
        **AudioTransformer._parameter_constraints,
        "factor": [Interval(Real, 0.5, 2, closed="both")],
    }
    _function = staticmethod(change_speed)

    def __init__(
        self,
        factor: float = 1.1,
        *,
        sampling_rate: int = SAMPLING_RATE,
        memory: Memory = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        root: AnyPath | None = None,
        errors: Literal["raise", "skip"] = "raise",
    ) -> None:
        self.factor = factor
        self.sampling_rate = sampling_rate
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.root = root
        self.errors = errors

    def transform(self, X: AudioLike) -> pd.DataFrame:
        """Change the speed of every recording.

        Parameters
        ----------
        X : DataFrame, Series, Index, or sequence of paths or of waveforms
            See `OpenSmileLLD.transform`.

        Returns
        -------
        DataFrame
            ``signal`` (1-D float32 waveforms at 16 kHz, mono), and ``speaker`` and ``session`` if
            X has them. Speakers are `AlteredSpeaker`: altered voices have their own statistics,
            but splits by speaker keep them together with the originals.

        Raises
        ------
        ExtractionError, ValueError, TypeError
            For the same reasons as `OpenSmileLLD.transform`.

        Warns
        -----
        UserWarning
            For the same reasons as `OpenSmileLLD.transform`.
        """
        return super().transform(X)

    def _make_container(self, results, speaker, session, frame_step):
        if speaker is not None:
            change = f"at {self.factor:g} times the speed"
            speaker = [None if name is None else AlteredSpeaker(name, change) for name in speaker]
        return build_frame(signal=results, speaker=speaker, session=session)

    def _make_settings(self):
        self._validate_params()
        return (float(self.factor),)
