"""Frame embeddings of a pretrained speech transformer."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sklearn_ser.features._audio_transformer import AudioTransformer
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.utils._params import StrOptions
from sklearn_ser.utils._typing import AnyPath, Memory


def compute_hidden_states(signal, settings):
    """Return the hidden states of one signal.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n,)
        At 16 kHz.
    settings : tuple
        As made by `TransformerFrames`.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_features)
    """
    import torch

    *which, layer = settings
    model, prepare = _load(*which)
    x = torch.from_numpy(prepare(signal))[None].to(model.device, model.dtype)
    with torch.inference_mode():
        states = model(x, output_hidden_states=True).hidden_states
        if isinstance(layer, Integral):
            found = states[layer]
        else:
            together = torch.stack(states).float()
            weights = torch.ones(len(states)) if layer == "mean" else torch.tensor(layer)
            weights = (weights / weights.sum()).to(together.device, together.dtype)
            found = (weights[:, None, None, None] * together).sum(dim=0)
    return found[0].float().cpu().numpy()


@functools.lru_cache(maxsize=2)
def _load(name, stamp, device, half):
    """Load the network once per process; return it and a function that prepares signals."""
    try:
        import torch
        from transformers import AutoFeatureExtractor, AutoModel
    except ImportError as error:
        raise ImportError(
            "TransformerFrames needs transformers: pip install transformers"
        ) from error
    # transformers may draw random weights before it reads them; torch's generator must not
    # advance.
    with torch.random.fork_rng(devices=[]):
        model = AutoModel.from_pretrained(name, dtype=torch.float16 if half else torch.float32)
    # Without preprocessor_config.json, normalise, which is the default for these models.
    known = not Path(name).is_dir() or (Path(name) / "preprocessor_config.json").exists()
    normalised = not known or AutoFeatureExtractor.from_pretrained(name).do_normalize
    shortest = _compute_shortest(model.config)

    def prepare(signal):
        if normalised:
            signal = (signal - signal.mean()) / np.sqrt(signal.var() + 1e-7)
        missing = max(0, shortest - len(signal))
        return np.pad(signal, (0, missing)).astype(np.float32)

    return model.to(device).eval(), prepare


def _compute_shortest(config):
    """Return the number of samples that one frame needs."""
    n = 1
    for kernel, stride in zip(
        reversed(config.conv_kernel), reversed(config.conv_stride), strict=True
    ):
        n = (n - 1) * stride + kernel
    return n


def _make_stamp(name):
    """Return sizes and times of a model's files; () for a model on the Hugging Face hub."""
    if not Path(name).is_dir():
        return ()
    files = sorted(path for path in Path(name).iterdir() if path.is_file())
    return tuple((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files)


class TransformerFrames(AudioTransformer):
    """Compute hidden states of wav2vec 2.0 [1]_, HuBERT, WavLM or a similar model.

    It is used like `OpenSmileLLD`, and makes a frame every 20 ms. It needs the package
    transformers (the extra ``ssl``). Recordings are processed one at a time. In a batch, the base
    models would include padding in their normalisation over time, and frames would depend on the
    other recordings in the batch. Besides, on a CPU, batches of eight recordings of similar length
    take twice as long.

    Parameters
    ----------
    model : str or path-like, default="facebook/wav2vec2-base"
        A folder, or a name on the Hugging Face hub, from which the model is downloaded when it is
        first used. Mind the licence of the model.
    layer : int, "mean" or sequence of float, default=-1
        The hidden state to use: 0 is the input of the first layer, -1 the output of the last one.
        "mean" is the mean of all hidden states, and a sequence gives the weight of each in a
        weighted mean.
    half_precision : bool, default=True
        Use float16 on a GPU.
    device : {"auto", "cpu", "cuda"}, default="auto"
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; for files, it is read from the file.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder of a cache, or the cache itself, for the frames of every recording. A model in a
        folder is identified by the sizes and times of its files, one on the hub by its name.
    n_jobs : int or None, default=None
        Number of processes, each with a copy of the network. On a CPU, one process with several
        torch threads is just as fast.
    verbose : bool, default=False
        Show a progress bar.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory.
    errors : {"raise", "skip"}, default="raise"
        With "skip", recordings that fail become samples without frames, with a warning; see
        `OpenSmileLLD`.

    References
    ----------
    .. [1] Baevski et al., "wav2vec 2.0: a framework for self-supervised learning of speech
       representations", NeurIPS 2020. arXiv:2006.11477

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_ser import AttentionBLSTMClassifier
    >>> from sklearn_ser.features import SequenceScaler, TransformerFrames
    >>> frames = TransformerFrames("microsoft/wavlm-base", layer="mean", memory="features")
    >>> model = make_pipeline(frames, SequenceScaler(), AttentionBLSTMClassifier())
    """

    _parameter_constraints: dict = {
        **AudioTransformer._parameter_constraints,
        "model": [str, os.PathLike],
        "layer": [Integral, StrOptions({"mean"}), "array-like"],
        "half_precision": ["boolean"],
        "device": [StrOptions({"auto", "cpu", "cuda"})],
    }
    _function = staticmethod(compute_hidden_states)

    def __init__(
        self,
        model: AnyPath = "facebook/wav2vec2-base",
        *,
        layer: int | Literal["mean"] | Sequence[float] = -1,
        half_precision: bool = True,
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
        self.half_precision = half_precision
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
        """
        model, _ = _load(*self._make_settings()[:4])
        kind = model.config.model_type
        return np.asarray([f"{kind}{i}" for i in range(model.config.hidden_size)], dtype=object)

    def _make_settings(self):
        from sklearn_ser.nn.device import resolve_device

        self._validate_params()
        name = os.path.expanduser(os.fspath(self.model))
        layer = self.layer
        if not isinstance(layer, (Integral, str)):
            layer = tuple(float(weight) for weight in layer)
        device = resolve_device(self.device)
        return name, _make_stamp(name), device, self.half_precision and device == "cuda", layer

    def _check_settings(self, settings):
        model, _ = _load(*settings[:4])
        layer, n_layers = settings[4], model.config.num_hidden_layers + 1
        if isinstance(layer, Integral) and not -n_layers <= layer < n_layers:
            raise ValueError(
                f"layer must be from {-n_layers} to {n_layers - 1}, since {self.model} has "
                f"{n_layers - 1} layers; got {layer}."
            )
        if isinstance(layer, tuple) and (len(layer) != n_layers or sum(layer) == 0):
            raise ValueError(
                f"layer must have {n_layers} weights whose sum is not 0: for the input of the "
                f"first layer and the outputs of {n_layers - 1} layers; got {list(layer)}."
            )
