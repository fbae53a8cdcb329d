"""The base class of transformers that read recordings with a pretrained encoder."""

from __future__ import annotations

import functools
import os
from numbers import Integral, Real

import numpy as np

from sklearn_ser.features._audio_transformer import AudioTransformer
from sklearn_ser.features._extraction import Computation
from sklearn_ser.features._layers import CONSTRAINTS, check_layer, parse_layer, select_layer
from sklearn_ser.features.encoders._hidden_states import (
    Settings,
    compute_hidden_states,
    compute_hidden_states_of_one,
)
from sklearn_ser.features.encoders._loading import Source, load_encoder, make_stamp
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.utils._cache import compute_cached, is_cached, open_cache
from sklearn_ser.utils._params import Interval, StrOptions

# The default on a GPU. On a CPU, recordings are as fast one by one.
BATCH_SIZE = 16

# Recordings that are read at once, to find some of nearly equal length, per run of the network.
READ_PER_RUN = 8


class EncoderTransformer(AudioTransformer):
    """Base class of transformers that use the hidden states of a pretrained encoder."""

    _parameter_constraints: dict = {
        **AudioTransformer._parameter_constraints,
        "model": [str, os.PathLike],
        "layer": CONSTRAINTS,
        "context": [StrOptions({"clip", "model"})],
        "window": [Interval(Real, 1, None, closed="left")],
        "dtype": [StrOptions({"auto", "float32", "float16", "bfloat16"})],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "device": [StrOptions({"auto", "cpu", "cuda"})],
    }
    _reaches = {**AudioTransformer._reaches, "model": "encoder", "device": "device"}
    _function = staticmethod(compute_hidden_states_of_one)

    def _make_settings(self):
        from sklearn_ser.nn.device import resolve_device

        self._validate_params()
        parse_layer(self.layer)
        name, device = os.path.expanduser(os.fspath(self.model)), resolve_device(self.device)
        on_cpu = device == "cpu"
        dtype = self.dtype
        if dtype == "auto":
            dtype = "float32" if on_cpu else "float16"
        return Settings(
            Source(name, make_stamp(name), device, dtype),
            self.context,
            round(self.window * SAMPLING_RATE),
        )

    def _check_settings(self, settings):
        check_layer(parse_layer(self.layer), self._describe(settings)[0], f"{self.model}")

    def _make_computation(self, settings):
        # A model that cannot be loaded is no fault of recordings, and raises an error at once.
        self._check_settings(settings)
        batch_size = self.batch_size
        if batch_size is None:
            batch_size = 1 if settings.source.device == "cpu" else BATCH_SIZE
        select = None
        if settings.layer is None:
            # The cache has all states of a recording, of which a layer is selected afterwards.
            select = functools.partial(_select, layer=parse_layer(self.layer))
        return Computation(
            self._function,
            settings,
            select,
            functools.partial(compute_hidden_states, batch_size=batch_size),
            1 if batch_size == 1 else batch_size * READ_PER_RUN,
        )

    def _get_frame_step(self, settings):
        return self._describe(settings)[3]

    def _describe(self, settings):
        """Return the number of hidden states and features, the type, and seconds per frame.

        They are in the cache, so that recordings that are in the cache need no network.
        """
        # If the folder cannot be used, the extraction of features says so.
        cache = open_cache(self.memory, warn=False)
        key = "describe_encoder", *settings.source[:2]
        if not is_cached(cache, key):
            # Here rather than below, where an OSError would be taken for one of the cache.
            load_encoder(settings.source)
        return compute_cached(cache, key, functools.partial(_describe, settings.source))

    def _name_features(self, suffixes):
        """Return the names of the selected features, of every suffix in turn."""
        settings, layer = self._make_settings(), parse_layer(self.layer)
        self._check_settings(settings)
        n_hidden_states, n_features, kind, _ = self._describe(settings)
        if layer == "all":
            layer = tuple(range(n_hidden_states))
        # Indices of several states are in the names; those of one state, or a mean, are not.
        several = isinstance(layer, tuple) and isinstance(layer[0], int)
        kinds = [f"{kind}_{i % n_hidden_states}_" for i in layer] if several else [kind]
        return np.asarray(
            [
                f"{kind}{i}{suffix}"
                for kind in kinds
                for suffix in suffixes
                for i in range(n_features)
            ],
            dtype=object,
        )


def _describe(source):
    encoder = load_encoder(source)
    return encoder.n_hidden_states, encoder.n_features, encoder.kind, encoder.frame_step


def _select(kept, layer):
    """Select a layer of frames, or of what is pooled over time, which becomes one frame."""
    selected = select_layer(kept if kept.ndim == 3 else kept[:, None], layer)
    # A mean is rounded as its frames are. A view of one layer would keep all of them in memory.
    return selected.astype(kept.dtype, order="C")
