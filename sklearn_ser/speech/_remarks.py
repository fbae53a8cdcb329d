"""Remarks on recordings that can be read, but may not be what the user thinks."""

from typing import NamedTuple

import numpy as np

# A larger share of the power than this is left of the louder channel, or the channels cancel.
LEAST_POWER = 0.01

# The range of samples that is silence: a step of 16 bits up and one down, as of dither.
SILENCE = 2 / 32768

# In seconds. No vowel is as short.
SHORTEST = 0.1


class Remark(NamedTuple):
    """Remark on a recording that was read, for the user."""

    kind: str  # "clipped", "cancelled", "silent" or "short"
    detail: str = ""


def remark_on_channels(signal, mono, peak):
    """Return remarks on samples that are clipped and on channels that cancel each other.

    Parameters
    ----------
    signal : ndarray of shape (n,) or (n, n_channels)
    mono : ndarray of shape (n,)
        The mean of the channels.
    peak : float
        The largest absolute sample of the signal.

    Returns
    -------
    list of Remark
    """
    remarks = []
    # What rounds to full scale in 16 bits does not exceed it.
    if peak > 1 + 1 / 65536:
        peak = float(np.abs(mono).max())
        if peak > 1 + 1 / 65536:
            remarks.append(Remark("clipped", f"up to {peak:.3g}"))
    if signal.ndim == 2 and signal.shape[1] > 1:
        loudest = np.einsum("ij,ij->j", signal, signal, dtype=np.float64).max()
        left = np.dot(mono, mono.astype(np.float64))
        if left < LEAST_POWER * loudest:
            loss = 10 * np.log10(loudest / left) if left > 0 else np.inf
            remarks.append(Remark("cancelled", f"by {loss:.0f} dB" if left > 0 else "to silence"))
    return remarks


def remark_on_content(mono, sampling_rate):
    """Return a remark on a signal that is silent or too short to say anything, if it is.

    Parameters
    ----------
    mono : ndarray of shape (n,)
        As features are computed from it.
    sampling_rate : int
        In Hz.

    Returns
    -------
    list of Remark
    """
    # Nothing is left of a few samples at a higher rate.
    if len(mono) and np.ptp(mono) <= SILENCE:
        return [Remark("silent")]
    return [Remark("short")] if len(mono) < SHORTEST * sampling_rate else []
