"""The log-Mel spectrogram of one signal."""

import functools
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.signal

# Frames that are transformed at a time: few enough to fit into the CPU cache.
BLOCK = 128


class MelSettings(NamedTuple):
    """Everything that the frames depend on; lengths in samples, frequencies in Hz."""

    sampling_rate: int
    n_mels: int
    frame: int
    step: int
    n_fft: int
    fmin: float
    fmax: float
    window: str
    offset: float
    shortest: int  # number of frames to which shorter clips are padded


@functools.lru_cache(maxsize=8)
def make_window(settings):
    """Return the window of a frame: read-only ndarray of float64 of shape (frame,)."""
    window = scipy.signal.get_window(settings.window, settings.frame)
    window.flags.writeable = False
    return window


@functools.lru_cache(maxsize=8)
def make_mel_filters(settings):
    """Return triangular filters of equal width in Mel (HTK), with sides that are linear in Hz.

    Parameters
    ----------
    settings : MelSettings

    Returns
    -------
    ndarray of float32 of shape (n_fft // 2 + 1, n_mels)
        Each filter has a height of 1. Read-only, since the array is cached.
    """
    edges_mel = 2595 * np.log10(1 + np.array([settings.fmin, settings.fmax]) / 700)
    mel = np.linspace(*edges_mel, settings.n_mels + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = np.arange(settings.n_fft // 2 + 1) * settings.sampling_rate / settings.n_fft
    rise = (bins[:, None] - edges[:-2]) / np.diff(edges[:-1])
    fall = (edges[2:] - bins[:, None]) / np.diff(edges[1:])
    filters = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    filters.flags.writeable = False
    return filters


def compute_log_mel(signal, settings):
    """Return the log-Mel spectrogram of a signal.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n,)
    settings : tuple
        Fields of `MelSettings`.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_mels)
        Frames that extend beyond the end are dropped. Shorter signals are padded with silence.
    """
    s = MelSettings(*settings)
    if len(signal) < s.frame:
        signal = np.pad(signal, (0, s.frame - len(signal)))
    # In double precision: rounding errors of a loud band would show in the logarithm of a silent
    # one.
    frames = np.lib.stride_tricks.sliding_window_view(signal, s.frame)[:: s.step]
    window, filters = make_window(s), make_mel_filters(s)
    found = np.full((max(len(frames), s.shortest), s.n_mels), s.offset, dtype=np.float32)
    padded = np.zeros((min(len(frames), BLOCK), s.n_fft))
    for first in range(0, len(frames), BLOCK):
        block = frames[first : first + BLOCK]
        windowed = padded[: len(block)]
        np.multiply(block, window, out=windowed[:, : s.frame])
        spectrum = scipy.fft.rfft(windowed, axis=1).astype(np.complex64)
        found[first : first + len(block)] += np.abs(spectrum) @ filters
    return np.log(found, out=found)
