"""Embeddings of recordings: hidden states of a pretrained encoder, pooled over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from numpy.typing import NDArray

from sklearn_ser.features._layers import Layer
from sklearn_ser.features._pooling import check_statistics
from sklearn_ser.features.encoders._base import EncoderTransformer
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.utils._typing import AnyPath, Memory


class TransformerEmbeddings(EncoderTransformer):
    """Compute statistics over time of the hidden states of a pretrained speech encoder.

    These statistics, scaled by speaker, and a linear model are a good first system: see
    `sklearn_ser.recipes.baseline2026`. As with `OpenSmileFunctionals`, each recording becomes a
    sequence of one frame, so that `SequenceScaler` can scale by speaker. `SequenceStatistics` then
    makes the 2-D array that scikit-learn's classifiers accept, and `Sequences.to_dataframe` a
    table.

    The network computes all hidden states in one run, and a cache (`memory`) keeps the statistics
    of all of them: 15 kB per recording for the smallest Whisper (five states of 384 features, mean
    and standard deviation), 200 kB for 24 layers of 1024 features. So a search over `layer` does
    not run the network again, nor even load it. Without a cache, compute ``layer="all"`` and
    search over the layer of a `LayerSelector`.

    Recordings of any length need little memory, unless `statistics` has the median or quantiles:
    these need all hidden states of a recording at once, which are 0.4 MB per second of speech
    (4 GB for three hours) for the smallest Whisper, and 5 MB for 24 layers of 1024 features.

    Parameters
    ----------
    model : str or path-like, default="openai/whisper-tiny.en"
        See `TransformerFrames`.
    layer : int, "mean", "all", sequence of int or sequence of float, default=-1
        See `TransformerFrames`. A mean over layers is the mean of their statistics.
    statistics : sequence of str, default=("mean", "std")
        See `SequenceStatistics`.
    context : {"clip", "model"}, default="clip"
    window : float, default=30.0
    dtype : {"auto", "float32", "float16", "bfloat16"}, default="auto"
    batch_size : int, default=None
    device : {"auto", "cpu", "cuda"}, default="auto"
    sampling_rate : int, default=16000
        See `TransformerFrames`, as for all parameters above and below.
    memory : str, path-like, joblib.Memory or None, default=None
    n_jobs : int or None, default=None
    verbose : bool, default=False
    root : str or path-like, default=None
    errors : {"raise", "skip"}, default="raise"

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import RatingsClassifier
    >>> from sklearn_ser.features import SequenceScaler, SequenceStatistics
    >>> from sklearn_ser.features import TransformerEmbeddings
    >>> model = make_pipeline(
    ...     TransformerEmbeddings("openai/whisper-tiny.en", layer=2, memory="features"),
    ...     SequenceScaler(by="speaker"),
    ...     SequenceStatistics(),
    ...     RatingsClassifier(LogisticRegression(C=0.01, max_iter=1000)),
    ... )
    """

    _parameter_constraints: dict = {
        **EncoderTransformer._parameter_constraints,
        "statistics": ["array-like"],
    }

    def __init__(
        self,
        model: AnyPath = "openai/whisper-tiny.en",
        *,
        layer: Layer = -1,
        statistics: Sequence[str] = ("mean", "std"),
        context: Literal["clip", "model"] = "clip",
        window: float = 30.0,
        dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto",
        batch_size: int | None = None,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        sampling_rate: int = SAMPLING_RATE,
        memory: Memory = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        root: AnyPath | None = None,
        errors: Literal["raise", "skip"] = "raise",
    ) -> None:
        self.model = model
        self.layer = layer
        self.statistics = statistics
        self.context = context
        self.window = window
        self.dtype = dtype
        self.batch_size = batch_size
        self.device = device
        self.sampling_rate = sampling_rate
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.root = root
        self.errors = errors

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the features: type of the model, number and statistic.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
            Such as "whisper7_mean"; if several hidden states are side by side, "whisper_2_7_mean"
            is the mean of feature 7 of hidden state 2.
        """
        return self._name_features([f"_{name}" for name in check_statistics(self.statistics)])

    def _make_settings(self):
        settings = super()._make_settings()
        return settings._replace(statistics=tuple(check_statistics(self.statistics)))

    def _get_frame_step(self, settings):
        # The only frame is the whole recording.
        return None
