"""Frames of a pretrained speech encoder."""

from __future__ import annotations

from typing import Literal

from numpy.typing import NDArray

from sklearn_ser.features._layers import Layer, parse_layer
from sklearn_ser.features.encoders._base import EncoderTransformer
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.utils._params import StrOptions
from sklearn_ser.utils._typing import AnyPath, Memory


class TransformerFrames(EncoderTransformer):
    """Compute hidden states of wav2vec 2.0 [1]_, HuBERT, WavLM, Whisper [2]_ or a similar encoder.

    It is used like `OpenSmileLLD`; these encoders make a frame every 20 ms. It needs the package
    transformers (the extra ``ssl``), and takes its encoders of speech: those of waveforms (wav2vec
    2.0, HuBERT, WavLM, data2vec-audio, UniSpeech-SAT) and those of Mel spectra (Whisper's encoder,
    w2v-BERT 2.0). What each needs is read from its feature extractor and its configuration.
    Whisper was tested with trained weights, the others with random ones. Fine-tuning an encoder
    is not part of this package; see the guide.

    It matters which layer is used: in Whisper, the last one, which was trained for another task,
    is the worst for emotion. To search over layers with a linear model, use
    `TransformerEmbeddings`, which runs the network once. `AttentionBLSTMClassifier` can learn
    weights of all layers (``layer="all"`` here and ``n_hidden_states`` there).

    Parameters
    ----------
    model : str or path-like, default="openai/whisper-tiny.en"
        A folder, or a name on the Hugging Face hub, from which the model is downloaded when it is
        first used. Mind the licence of the model.
    layer : int, "mean", "all", sequence of int or sequence of float, default=-1
        The hidden state to use: 0 is the input of the first layer, -1 the output of the last one,
        as transformers numbers them. "all" is all hidden states, and a sequence of integers some
        of them, side by side. "mean" is their mean, and a sequence of floats gives the weight of
        each in a weighted mean.
    context : {"clip", "model"}, default="clip"
        For networks whose context has a fixed length, which is 30 s in Whisper: whether the
        context is cut to each recording, or the recording is padded to the context, as
        transformers does. Either way, only frames of the recording are returned. The features of
        the two differ by 2 to 30 %. On clips of a few seconds, "clip" is about ten times as fast.
        It makes no difference to networks without a fixed context.
    window : float, default=30.0
        Longer recordings are cut into windows of this many seconds (at most the fixed context),
        each of which is processed as a recording of its own. The memory that attention needs
        grows with the square of this length.
    dtype : {"auto", "float32", "float16", "bfloat16"}, default="auto"
        Type of the weights: "auto" is float16 on a GPU, and float32 on a CPU. On CPUs with
        instructions for it (AVX-512 BF16, AMX), "bfloat16" takes about three quarters of the
        time; on Emo-DB, it changed the UA of a linear model by 0.001 (see the results).
    frame_dtype : {"float32", "float16"}, default="float32"
        Frames are rounded to this type; in memory, they are float32 again. In a cache, "float16"
        takes half of the space: 38 kB rather than 77 kB per second of speech for one layer of the
        smallest Whisper, which has 384 features.
    keep_all_layers : bool, default=False
        Whether the cache keeps all hidden states of each recording, so that a search over `layer`
        runs the network only once. Otherwise it keeps only what `layer` selects.
    batch_size : int, default=None
        The most recordings, or windows of them, per run of the network. Recordings of equal
        length share a run, and those of nearly equal length, if the network honours masks, which
        is tested before the first batch. In a batch, frames differ by rounding from those of a
        recording alone. None means 16 on a GPU, and 1 on a CPU, where batches are not faster.
    device : {"auto", "cpu", "cuda"}, default="auto"
        Where the network runs. "auto" is a GPU of CUDA, if there is one, and otherwise the CPU.
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; for files, it is read from the file.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache itself, for the frames of every recording. A model in a
        folder is identified by its path and the sizes and times of its files. One on the hub is
        identified by its name alone: if it changes there, use another folder.
    n_jobs : int or None, default=None
        Number of processes, each with a copy of the network. They divide the cores among
        themselves. On a CPU, as many processes as cores are usually faster than threads.
    verbose : bool, default=False
        Show a progress bar, with an estimate of the remaining time.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory.
    errors : {"raise", "skip"}, default="raise"
        With "skip", recordings that fail become samples without frames, with a warning; see
        `OpenSmileLLD`.

    References
    ----------
    .. [1] Baevski et al., "wav2vec 2.0: a framework for self-supervised learning of speech
       representations", NeurIPS 2020. arXiv:2006.11477
    .. [2] Radford et al., "Robust speech recognition via large-scale weak supervision", ICML
       2023. arXiv:2212.04356

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import AttentionBLSTMClassifier
    >>> from sklearn_ser.features import FramePooler, SequenceScaler, TransformerFrames
    >>> frames = TransformerFrames("openai/whisper-tiny.en", layer=2, memory="features")
    >>> model = make_pipeline(
    ...     frames, FramePooler(5), SequenceScaler(), AttentionBLSTMClassifier()
    ... )
    """

    _parameter_constraints: dict = {
        **EncoderTransformer._parameter_constraints,
        "frame_dtype": [StrOptions({"float32", "float16"})],
        "keep_all_layers": ["boolean"],
    }

    def __init__(
        self,
        model: AnyPath = "openai/whisper-tiny.en",
        *,
        layer: Layer = -1,
        context: Literal["clip", "model"] = "clip",
        window: float = 30.0,
        dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto",
        frame_dtype: Literal["float32", "float16"] = "float32",
        keep_all_layers: bool = False,
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
        self.context = context
        self.window = window
        self.dtype = dtype
        self.frame_dtype = frame_dtype
        self.keep_all_layers = keep_all_layers
        self.batch_size = batch_size
        self.device = device
        self.sampling_rate = sampling_rate
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.root = root
        self.errors = errors

    def get_feature_names_out(self, input_features: object = None) -> NDArray:
        """Return the names of the features: the type of the model, and a number.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
            Such as "whisper7"; if several hidden states are side by side, "whisper_2_7" is
            feature 7 of hidden state 2.
        """
        return self._name_features([""])

    def _make_settings(self):
        settings = super()._make_settings()
        layer = None if self.keep_all_layers else parse_layer(self.layer)
        return settings._replace(layer=layer, frame_dtype=self.frame_dtype)
