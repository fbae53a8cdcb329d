"""A pretrained speech encoder of transformers, and what its input must be."""

import copy
import functools
import math

import numpy as np

from sklearn_ser.features.encoders._windows import cut_windows
from sklearn_ser.speech._audio import SAMPLING_RATE

# In samples. The shortest input of networks whose configuration does not say; 0.1 s.
SHORTEST = SAMPLING_RATE // 10

# Recordings share a run with masks if none is shorter than this share of the longest.
NEARLY_EQUAL = 0.9

# Relative to the largest state: by how much states may differ in a batch, due to rounding alone.
TOLERANCE = 1e-4


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
    hop : int
        Samples from the start of one frame to the start of the next.
    fixed : int or None
        The number of frames of the context, if the network only takes that.
    n_hidden_states, n_features : int
    """

    def __init__(self, network, extractor, name):
        self.network, self.extractor = network, extractor
        config = network.config
        rate = getattr(extractor, "sampling_rate", SAMPLING_RATE)
        if rate != SAMPLING_RATE:
            raise ValueError(f"model must take speech at {SAMPLING_RATE} Hz; {name} takes {rate}.")
        self.fixed = _find_fixed_context(network)
        # Kernel and stride of convolutions over samples, where the configuration has them.
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
        states = self._run([self._prepare(_make_noise(SAMPLING_RATE), "model")])[0]
        if self.hop is None:
            self.hop = self._measure_hop(states.shape[1], name)
            self._overlap = 2 * self.hop
        self.n_hidden_states, _, self.n_features = states.shape

    def _measure_hop(self, n_frames, name):
        """Return the samples per frame: those of a second of signal over its additional frames."""
        longer = self._run([self._prepare(_make_noise(2 * SAMPLING_RATE), "model")])[0]
        per_second = longer.shape[1] - n_frames
        if per_second < 1 or SAMPLING_RATE % per_second:
            raise ValueError(
                f"model must make frames at a constant rate; {name} makes {n_frames} of 1 s and "
                f"{longer.shape[1]} of 2 s."
            )
        return SAMPLING_RATE // per_second

    @property
    def takes_waveforms(self):
        """bool: whether the input is samples; otherwise it is Mel spectra."""
        return self.extractor.model_input_names[0] == "input_values"

    @property
    def frame_step(self):
        """float: seconds from the start of one frame to the start of the next."""
        return self.hop / SAMPLING_RATE

    @functools.cached_property
    def honours_masks(self):
        """bool: whether padding that is masked leaves hidden states as they are."""
        if self.fixed is not None:
            return False
        inputs = [self._prepare(_make_noise(n), "model") for n in (16000, 14000)]
        together = self._run(inputs, masked=True)
        for found, x in zip(together, inputs, strict=True):
            alone = self._run([x])[0]
            largest = alone.abs().max()
            if found.shape != alone.shape or (found - alone).abs().max() > TOLERANCE * largest:
                return False
        return True

    def compute(self, signals, keep, *, context, window, batch_size=1):
        """Compute the hidden states of signals.

        Parameters
        ----------
        signals : list of ndarray of float32 of shape (n_samples_i,)
            At 16 kHz.
        keep : callable
            ``keep(states)`` returns what is kept of hidden states, an ndarray of shape
            (n_hidden_states, n_frames, n_features): an array with frames on the axis before the
            last.
        context : {"clip", "model"}
            See `TransformerFrames`.
        window : int
            The most samples that are processed as one.
        batch_size : int, default=1
            The most windows per run of the network.

        Returns
        -------
        list of ndarray
            What was kept, joined over the windows of each signal.
        """
        longest = window if self.fixed is None else min(window, self.fixed * self.hop)
        longest = max(1, longest // self.hop) * self.hop
        windows, owners = [], []
        for i, signal in enumerate(signals):
            cut = cut_windows(
                len(signal), longest, self.hop, overlap=self._overlap, shortest=self.shortest
            )
            windows += [(signal[w.start : w.stop], w.n_frames) for w in cut]
            owners += [i] * len(cut)
        kept = [None] * len(windows)
        masked = batch_size > 1 and self.honours_masks
        inputs = [self._prepare(part, context) for part, _ in windows]
        for batch in group_by_length([len(x) for x in inputs], batch_size, masked):
            found = self._run([inputs[row] for row in batch], masked=masked)
            for row, states in zip(batch, found, strict=True):
                part, n_frames = windows[row]
                if n_frames is None:
                    # Padding makes frames without any sound.
                    n_frames = max(1, math.ceil(len(part) / self.hop))
                kept[row] = keep(states[:, :n_frames].float().cpu().numpy())
        return [
            np.concatenate([k for k, owner in zip(kept, owners, strict=True) if owner == i], -2)
            for i in range(len(signals))
        ]

    def _prepare(self, signal, context):
        """Return the input of the network for one signal, with time on the first axis."""
        options = {}
        if self.fixed is not None and context == "clip":
            signal = np.pad(signal, (0, -len(signal) % self.hop))
            options = {"padding": False, "truncation": False}
        elif self.fixed is None and not self.takes_waveforms:
            signal = np.pad(signal, (0, max(0, self.shortest - len(signal))))
        made = self.extractor(signal, sampling_rate=SAMPLING_RATE, return_tensors="pt", **options)
        x = made[self.extractor.model_input_names[0]][0]
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
            network = _shorten_context(network, round(share * self.fixed), self.fixed)
        with torch.inference_mode():
            states = torch.stack(network(x, output_hidden_states=True, **options).hidden_states)
        if not options:
            return list(states.unbind(1))
        return [states[:, i, : self._count_frames(n)] for i, n in enumerate(lengths.tolist())]

    def _count_frames(self, n):
        """Return how many frames the network makes of an input of n samples or Mel frames."""
        for kernel, stride in self._convolutions:
            n = (n - kernel) // stride + 1
        return n


def _find_fixed_context(network):
    """Return the number of positions if a network takes inputs of one length only, or None.

    Such a network, as Whisper's, adds a table of positions to its input.
    """
    from torch.nn import Embedding

    table = getattr(network, "embed_positions", None)
    n_positions = getattr(network.config, "max_source_positions", None)
    return n_positions if isinstance(table, Embedding) else None


def _shorten_context(network, n_frames, n_fixed):
    """Return a network that shares all weights, but has a context of only the first frames."""
    if n_frames == n_fixed:
        return network
    from torch.nn import Embedding

    positions = network.embed_positions.weight[:n_frames].detach()
    short = copy.copy(network)
    short._modules = {**network._modules, "embed_positions": Embedding.from_pretrained(positions)}
    short.config = copy.copy(network.config)
    short.config.max_source_positions = n_frames
    return short


def _find_shortest(convolutions):
    """Return the number of samples that one frame needs."""
    n = 1
    for kernel, stride in reversed(convolutions):
        n = (n - 1) * stride + kernel
    return n


def _make_noise(n_samples):
    rng = np.random.default_rng(0)
    return 0.1 * rng.standard_normal(n_samples, dtype=np.float32)


def group_by_length(lengths, most, masked):
    """Group inputs that can share a run of the network.

    Parameters
    ----------
    lengths : list of int
    most : int
        The largest size of a group.
    masked : bool
        Whether inputs of a group may differ a little in length; otherwise all are equal.

    Returns
    -------
    list of list of int
        Indices of inputs; every input is in one group.
    """
    groups = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        least = lengths[groups[-1][0]] * (NEARLY_EQUAL if masked else 1) if groups else 0
        if groups and len(groups[-1]) < most and lengths[row] >= least:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
