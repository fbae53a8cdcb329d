"""The functions that compute hidden states of signals, as frames or pooled over time."""

import functools
from typing import Any, NamedTuple

import numpy as np

from sklearn_ser.features._layers import select_layer
from sklearn_ser.features._pooling import can_merge, compute_statistics, merge_statistics
from sklearn_ser.features.encoders._loading import Source, load_encoder


class Settings(NamedTuple):
    """Everything that the hidden states of a signal depend on."""

    source: Source
    context: str
    window: int  # in samples
    # How the states of a signal are kept: a layer as `parse_layer` returns it, or None for all
    # states, and the type of frames; or the statistics over time of all states.
    layer: Any = None
    frame_dtype: str = "float32"
    statistics: tuple = ()


def compute_hidden_states(signals, settings, batch_size=1):
    """Return the hidden states of signals.

    Parameters
    ----------
    signals : list of ndarray of float32 of shape (n_samples_i,)
        At 16 kHz.
    settings : Settings
    batch_size : int, default=1
        The most recordings, or windows of them, per run of the network.

    Returns
    -------
    list of ndarray
        Of shape (n_frames_i, n_selected * n_features); if all states are kept, of shape
        (n_hidden_states, n_frames_i, n_features), or pooled, without the axis of frames.
    """
    return load_encoder(settings.source).compute(
        signals,
        functools.partial(_keep, settings=settings),
        functools.partial(_finish, statistics=settings.statistics),
        context=settings.context,
        window=settings.window,
        batch_size=batch_size,
    )


def compute_hidden_states_of_one(signal, settings):
    """Return the hidden states of one signal; see `compute_hidden_states`."""
    return compute_hidden_states([signal], settings)[0]


def _keep(states, settings):
    """Return what is kept of the hidden states of a window, in the type of frames.

    If statistics of the recording follow from those of its windows, these and the number of
    frames are kept: the states of an hour of speech need gigabytes.
    """
    kept = states if settings.layer is None else select_layer(states, settings.layer)
    with np.errstate(over="ignore"):
        kept = kept.astype(settings.frame_dtype)
    if not np.isfinite(kept).all():
        raise ValueError(
            f"hidden states exceed what {settings.frame_dtype} frames of a network of "
            f"{settings.source.dtype} weights can hold"
        )
    if settings.statistics and can_merge(settings.statistics):
        return kept.shape[1], _pool(kept, ("mean", *settings.statistics))
    return kept


def _finish(parts, statistics):
    """Join what was kept of the windows of a recording, pooled over time if there are statistics.

    Statistics are those of every hidden state: (n_hidden_states, n_pooled).
    """
    if statistics and can_merge(statistics):
        n_frames, pooled = zip(*parts, strict=True)
        return merge_statistics(pooled, n_frames, statistics)
    if not statistics:
        return np.concatenate(parts, axis=-2)
    return _pool(map(np.concatenate, zip(*parts, strict=True)), statistics)


def _pool(states, statistics):
    """Return statistics of each hidden state, one after the other, since sorting copies them."""
    return np.concatenate(
        [compute_statistics(state, np.array([0, len(state)]), statistics) for state in states]
    )
