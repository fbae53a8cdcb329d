"""The log-Mel spectrogram of one signal."""

import functools
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.signal

# Frames that are transformed at a time: bounds the memory on long recordings.
BLOCK = 4096


class MelSettings(NamedTuple):
    """All that frames depend on; lengths in samples, frequencies in Hz."""

    sampling_rate: int
    n_mels: int
    frame: int
    step: int
    n_fft: int
    fmin: float
    fmax: float
    window: str
    offset: float
    shortest: int  # frames, to which shorter clips are padded


@functools.lru_cache(maxsize=8)
def mel_filters(settings):
    """Return triangles that are equally wide in Mel (HTK) and straight in Hz.

    Parameters
    ----------
    settings : MelSettings

    Returns
    -------
    ndarray of float32 of shape (n_fft // 2 + 1, n_mels)
        Each has a height of 1. Read-only: it is made once.
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


def log_mel(signal, settings):
    """Return the log-Mel spectrogram of a signal.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n,)
    settings : tuple
        Of `MelSettings`.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_mels)
        Frames that reach beyond the end are dropped; what is too short is padded with silence.
    """
    s = MelSettings(*settings)
    if len(signal) < s.frame:
        signal = np.pad(signal, (0, s.frame - len(signal)))
    frames = np.lib.stride_tricks.sliding_window_view(signal, s.frame)[:: s.step]
    window = scipy.signal.get_window(s.window, s.frame).astype(np.float32)
    filters = mel_filters(s)
    found = np.full((max(len(frames), s.shortest), s.n_mels), s.offset, dtype=np.float32)
    for first in range(0, len(frames), BLOCK):
        spectrum = scipy.fft.rfft(frames[first : first + BLOCK] * window, s.n_fft, axis=1)
        mel = found[first : first + len(spectrum)]
        mel += np.abs(spectrum) @ filters
    return np.log(found, out=found)
