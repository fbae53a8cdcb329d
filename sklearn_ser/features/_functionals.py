"""Utterance-level functionals by openSMILE, as a transformer of recordings."""

from __future__ import annotations

from typing import Literal

from sklearn_ser._params import StrOptions
from sklearn_ser._typing import Memory
from sklearn_ser.features._opensmile import SmileTransformer
from sklearn_ser.features._smile import FUNCTIONALS, functionals_of


class Functionals(SmileTransformer):
    """openSMILE's own functionals: recordings in, `Sequences` of one frame each out.

    What baselines of the field are made of. One frame a recording, so that `SequenceScaler` can
    scale by speaker; `SequenceStatistics` then makes the array that scikit-learn's classifiers
    take. openSMILE is free for research and personal use only.

    Parameters
    ----------
    feature_set : {"compare", "egemaps", "gemaps", "emobase"}, default="compare"
        ComParE 2016 (6373 features), eGeMAPSv02 (88), GeMAPSv01b (62), emobase (988).
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
    >>> from sklearn_ser.features import Functionals, SequenceScaler, SequenceStatistics
    >>> noise = np.random.default_rng(0).standard_normal(8000)
    >>> Functionals("egemaps").fit_transform([0.1 * noise, 0.01 * noise])
    Sequences(n_samples=2, n_frames=2, n_features=88)
    >>> baseline = make_pipeline(
    ...     Functionals("compare"),
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
        feature_set: Literal["compare", "egemaps", "emobase", "gemaps"] = "compare",
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
        return functionals_of(self.feature_set)
