"""A pretrained speech encoder of transformers, and what its input must be."""

import collections
import contextlib
import functools
import math
import warnings

import numpy as np

from sklearn_ser.features.encoders._context import find_fixed_context, shorten_context
from sklearn_ser.features.encoders._generator import preserve_generator
from sklearn_ser.features.encoders._windows import cut_windows, group_by_length
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.utils._messages import shorten

# In samples. The shortest input of networks whose configuration does not say; 0.1 s.
SHORTEST = SAMPLING_RATE // 10

# Relative to the largest value of a hidden state: by how much values may differ in a batch, due to
# rounding alone. The second is in units of the rounding of the network's type.
TOLERANCE, N_ROUNDINGS = 1e-4, 10


class Encoder:
    """A network that makes hidden states of signals, and what it needs.

    Its feature extractor decides whether it takes waveforms or Mel spectra, and its configuration
    whether its context has a fixed length.

    Parameters
    ----------
    network : transformers.PreTrainedModel
        The encoder alone, in evaluation mode.
    extractor : transformers.SequenceFeatureExtractor
    name : str
        For messages.

    Attributes
    ----------
    kind : str
        The type of the network, such as "wav2vec2" or "whisper".
    takes_waveforms : bool
        Whether the input is samples; otherwise it is Mel spectra.
    hop : int
        Samples from the start of one frame to the start of the next.
    shortest : int
        Samples that one frame needs; shorter signals are padded.
    fixed : int or None
        The number of frames of the context, if the network only takes that.
    n_hidden_states, n_features : int

    Raises
    ------
    ValueError
        If the network does not take speech at 16 kHz, or does not make hidden states over time.
    """

    def __init__(self, network, extractor, name):
        self.network, self.extractor = network, extractor
        self.kind = network.config.model_type
        self._check_input(name)
        noise = extractor(_make_noise(1), sampling_rate=SAMPLING_RATE)[self._input_name][0]
        self.takes_waveforms = noise.ndim == 1
        self.fixed = find_fixed_context(network)
        # Kernel and stride of convolutions over samples, where the configuration has them.
        config = network.config
        strides = getattr(config, "conv_stride", None) if self.takes_waveforms else None
        self._convolutions = (
            [] if strides is None else list(zip(config.conv_kernel, strides, strict=True))
        )
        if self.fixed is not None:
            self.hop, self.shortest, self._overlap = extractor.n_samples // self.fixed, 1, 0
        elif self._convolutions:
            self.hop, self.shortest = math.prod(strides), _find_shortest(self._convolutions)
            self._overlap = self.shortest - self.hop
        else:
            self.hop, self.shortest, self._overlap = None, SHORTEST, 0
        # transformers records hidden states by hooks, which the first run installs.
        self.n_hidden_states, n_frames, self.n_features = self._run_noise(1, name)
        if self.hop is None:
            self.hop = self._measure_hop(n_frames, name)
            self._overlap = 2 * self.hop
            self.shortest = max(self.shortest, self._overlap)
        elif self._convolutions and n_frames != self._count_frames(SAMPLING_RATE):
            raise ValueError(
                f"model must make a frame every {self.hop} samples, as its convolutions do; "
                f"{name} makes {n_frames} of 1 s."
            )

    @property
    def _input_name(self):
        return self.extractor.model_input_names[0]

    def _check_input(self, name):
        """Raise ValueError if the network cannot take what the feature extractor makes."""
        takes = self.network.main_input_name
        if takes != self._input_name or takes not in ("input_values", "input_features"):
            raise ValueError(
                f"model must be an encoder of speech; {name}, of type {self.kind}, takes {takes}, "
                f"and its feature extractor makes {self._input_name}. The file "
                "preprocessor_config.json may only be missing if the network takes waveforms."
            )
        rate = getattr(self.extractor, "sampling_rate", SAMPLING_RATE)
        if rate != SAMPLING_RATE:
            raise ValueError(f"model must take speech at {SAMPLING_RATE} Hz; {name} takes {rate}.")

    def _run_noise(self, seconds, name):
        """Return the shape of the hidden states of noise."""
        try:
            return self._run([self._prepare(_make_noise(seconds), "model")])[0].shape
        except Exception as error:
            raise ValueError(
                f"model must be an encoder that makes hidden states of speech; {name}, of type "
                f"{self.kind}, fails on noise with {type(error).__name__}: "
                f"{shorten(error)}"
            ) from error

    def _measure_hop(self, n_frames, name):
        """Return the samples per frame: those of a second of signal over its additional frames."""
        n_longer = self._run_noise(2, name)[1]
        per_second = n_longer - n_frames
        if per_second < 1 or SAMPLING_RATE % per_second:
            raise ValueError(
                f"model must make frames over time, as many of every second; {name} makes "
                f"{n_frames} of 1 s and {n_longer} of 2 s."
            )
        return SAMPLING_RATE // per_second

    @property
    def frame_step(self):
        """float: seconds from the start of one frame to the start of the next."""
        return self.hop / SAMPLING_RATE

    @functools.cached_property
    def honours_masks(self):
        """bool: whether padding that is masked leaves hidden states as they are."""
        if self.fixed is not None:
            return False
        import torch

        rounding = torch.finfo(self.network.dtype).eps
        tolerance = max(TOLERANCE, N_ROUNDINGS * rounding)
        # Most of the second is padding, so that an effect of it is large.
        inputs = [self._prepare(_make_noise(seconds), "model") for seconds in (2, 0.5)]
        for found, x in zip(self._run(inputs, masked=True), inputs, strict=True):
            alone = self._run([x])[0]
            if found.shape != alone.shape:
                return False
            largest = alone.abs().amax((1, 2), keepdim=True)
            if ((found - alone).abs() > tolerance * largest).any():
                return False
        return True

    def compute(self, signals, keep, finish, *, context, window, batch_size=1):
        """Compute the hidden states of signals.

        Parameters
        ----------
        signals : list of ndarray of float32 of shape (n_samples_i,)
            At 16 kHz.
        keep : callable
            ``keep(states)`` returns what is kept of the hidden states of a window, an ndarray of
            shape (n_hidden_states, n_frames, n_features).
        finish : callable
            ``finish(parts)`` returns the result of a signal from the list of what was kept of its
            windows. It is called as soon as possible, since hidden states are large.
        context : {"clip", "model"}
            See `TransformerFrames`.
        window : int
            The most samples that are processed as one.
        batch_size : int, default=1
            The most windows per run of the network.

        Returns
        -------
        list
            What `finish` returned for each signal.
        """
        longest = window if self.fixed is None else min(window, self.fixed * self.hop)
        longest = max(1, longest // self.hop) * self.hop
        windows = [
            (i, w)
            for i, signal in enumerate(signals)
            for w in cut_windows(
                len(signal), longest, self.hop, overlap=self._overlap, shortest=self.shortest
            )
        ]
        inputs = [self._prepare(signals[i][w.start : w.stop], context) for i, w in windows]
        masked = batch_size > 1 and self.honours_masks
        n_windows = collections.Counter(i for i, _ in windows)
        kept, results = [{} for _ in signals], [None] * len(signals)
        for batch in group_by_length([len(x) for x in inputs], batch_size, masked):
            found = self._run([inputs[row] for row in batch], masked)
            for row, states in zip(batch, found, strict=True):
                i, w = windows[row]
                kept[i][w.start] = keep(states[:, : w.n_frames].float().cpu().numpy())
                if len(kept[i]) == n_windows[i]:
                    parts = [kept[i].pop(start) for start in sorted(kept[i])]
                    results[i] = finish(parts)
        return results

    def _prepare(self, signal, context):
        """Return the input of the network for one signal, with time on the first axis."""
        options = {}
        if self.fixed is not None and context == "clip":
            signal = np.pad(signal, (0, -len(signal) % self.hop))
            options = {"padding": False, "truncation": False}
        elif self.fixed is None and not self.takes_waveforms:
            signal = np.pad(signal, (0, max(0, self.shortest - len(signal))))
        made = self.extractor(signal, sampling_rate=SAMPLING_RATE, return_tensors="pt", **options)
        x = made[self._input_name][0]
        if self.fixed is not None:
            return x.T
        if self.takes_waveforms:
            import torch

            # Padded after it was normalised.
            return torch.nn.functional.pad(x, (0, max(0, self.shortest - len(x))))
        # Extractors that join frames pad the last one, and mask it.
        mask = made.get("attention_mask")
        return x if mask is None or mask.shape[1] != len(x) else x[mask[0].bool()]

    def _run(self, inputs, masked=False):
        """Return the hidden states of inputs, of shape (n_hidden_states, n_frames_i, n_features).

        Inputs must be of equal length, unless they are masked.
        """
        import torch

        network, options = self.network, {}
        lengths = torch.tensor([len(x) for x in inputs])
        if masked and (lengths < lengths.max()).any():
            mask = torch.arange(int(lengths.max())) < lengths[:, None]  # (n_inputs, n_longest)
            options["attention_mask"] = mask.long().to(network.device)
        x = torch.nn.utils.rnn.pad_sequence(inputs, batch_first=True)
        x = x.to(network.device, network.dtype)
        if self.fixed is not None:
            x = x.transpose(1, 2)  # (n_inputs, n_bands, n_longest)
            share = x.shape[2] / self.extractor.nb_max_frames
            network = shorten_context(network, round(share * self.fixed), self.fixed)
        with torch.inference_mode(), preserve_generator(), _allow_mismatched_masks(options):
            found = network(x, output_hidden_states=True, **options)
        states = torch.stack(found.hidden_states)
        if not options:
            return list(states.unbind(1))
        return [states[:, i, : self._count_frames(n)] for i, n in enumerate(lengths.tolist())]

    def _count_frames(self, n):
        """Return how many frames the network makes of an input of n samples or Mel frames."""
        for kernel, stride in self._convolutions:
            n = (n - kernel) // stride + 1
        return n


def _find_shortest(convolutions):
    """Return the number of samples that one frame needs."""
    n = 1
    for kernel, stride in reversed(convolutions):
        n = (n - 1) * stride + kernel
    return n


def _make_noise(seconds):
    rng = np.random.default_rng(0)
    return 0.1 * rng.standard_normal(round(seconds * SAMPLING_RATE), dtype=np.float32)


@contextlib.contextmanager
def _allow_mismatched_masks(options):
    """Hide torch's warning that WavLM's masks are of two types, if there are masks.

    Filters of warnings belong to the whole process, and so are only touched if they must be.
    """
    if not options:
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask")
        yield
