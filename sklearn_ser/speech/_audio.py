"""Validate recordings and read audio; no other file reads audio."""

import os
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import audresample
import numpy as np
import pandas as pd
import soundfile
from numpy.typing import ArrayLike

from sklearn_ser.utils._ragged import as_column

# The sampling rate for extraction, in Hz. It is the same for all recordings, since F0, zero
# crossings and MFCC depend on it, and corpora with different rates could not be compared.
SAMPLING_RATE = 16000

# In Hz. Below this rate no speech is left; such a rate probably comes from a damaged header.
LOWEST_RATE = 1000

# Samples read at a time: a damaged header may announce more samples than fit into memory.
BLOCK = 2**22

# The largest sample that 16 bits represent: +1.0 would wrap around to -1.0.
LARGEST = 32767 / 32768


class Clip(NamedTuple):
    """A recording or a part of it: a file or a waveform, from `start` to `end` in seconds."""

    file: str | None
    signal: np.ndarray | None
    start: float | None
    end: float | None


class Audio(NamedTuple):
    """Clips, and the speaker and session of each."""

    clips: list
    speaker: list | None
    session: list | None


class AudioError(ValueError):
    """Error of one clip; the message continues a sentence that starts with its name."""


#: Recordings that `check_audio` accepts.
AudioLike: TypeAlias = pd.DataFrame | Sequence[str | os.PathLike[str] | ArrayLike]


def check_audio(X):
    """Validate recordings and return them as `Audio`.

    Parameters
    ----------
    X : DataFrame, or sequence of paths or of waveforms
        A DataFrame has a column ``file`` (paths) or ``signal`` (1-D float waveforms), or both, if
        each row has one of them. It may have ``start`` and ``end`` (in seconds; by default, the
        beginning and the end of the recording), ``speaker`` and ``session``.

    Returns
    -------
    Audio

    Raises
    ------
    TypeError
        If X is none of these.
    ValueError
        If X is empty, or a DataFrame without ``file`` and ``signal``.
    """
    if isinstance(X, pd.DataFrame):
        return _check_table(X)
    if isinstance(X, (str, os.PathLike)) or not hasattr(X, "__len__"):
        raise TypeError(f"{_ACCEPTED}; got {type(X).__name__}.")
    if len(X) == 0:
        raise ValueError("Found 0 sample(s): at least one recording is needed.")
    return Audio([_make_clip(i, item) for i, item in enumerate(X)], None, None)


def convert_to_frame(X):
    """Return recordings in any form as a DataFrame.

    Parameters
    ----------
    X : as for `check_audio`

    Returns
    -------
    DataFrame
        With columns ``file``, ``signal``, ``start``, ``end``, ``speaker`` and ``session``, as far
        as they are known.

    Raises
    ------
    TypeError, ValueError
        For the same reasons as `check_audio`.
    """
    clips, speaker, session = check_audio(X)
    columns = {name: [getattr(clip, name) for clip in clips] for name in Clip._fields}
    return build_frame(**columns, speaker=speaker, session=session).dropna(axis=1, how="all")


def build_frame(**columns):
    """Return columns as a DataFrame of objects, without those that are None."""
    known = {name: values for name, values in columns.items() if values is not None}
    return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in known.items()})


_ACCEPTED = (
    "audio must be a DataFrame with a column 'file' or 'signal', a sequence of paths, or a "
    "sequence of 1-D waveforms"
)


def _make_clip(i, item, start=None, end=None):
    if isinstance(item, (str, os.PathLike)):
        return Clip(os.fspath(item), None, start, end)
    # Only arrays, lists and tuples: a row of a DataFrame of features is not a waveform.
    if isinstance(item, (np.ndarray, list, tuple)):
        signal = np.asarray(item)
        if signal.ndim == 1 and signal.dtype.kind in "fiu":
            return Clip(None, signal, start, end)
    what = f"an array of shape {np.shape(item)}" if np.ndim(item) else type(item).__name__
    raise TypeError(f"{_ACCEPTED}; sample {i} is {what}.")


def _check_table(table):
    sources = [name for name in ("file", "signal") if name in table.columns]
    if not sources:
        raise ValueError(f"{_ACCEPTED}; the columns are {list(table.columns)}.")
    if len(table) == 0:
        raise ValueError("Found 0 sample(s): at least one recording is needed.")
    columns = {
        name: as_column(table[name], len(table), name) if name in table.columns else None
        for name in ("start", "end", "speaker", "session")
    }
    unknown = [None] * len(table)
    starts, ends = (
        unknown if columns[name] is None else columns[name] for name in ("start", "end")
    )
    items = table[sources[0]]
    if len(sources) == 2:
        # A table may mix original files and altered copies: rows without a file have a signal.
        items = items.where(items.notna(), table["signal"])
    clips = [
        _make_clip(i, item, start, end)
        for i, (item, start, end) in enumerate(zip(items, starts, ends, strict=True))
    ]
    return Audio(clips, columns["speaker"], columns["session"])


def read_clip(clip, sampling_rate=SAMPLING_RATE):
    """Read one clip as mono at the sampling rate for extraction.

    Parameters
    ----------
    clip : Clip
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; files state their own.

    Returns
    -------
    ndarray of float32 of shape (n,)
        At 16 kHz, channels averaged, within [-1, 1).

    Raises
    ------
    AudioError
        If the file does not exist, libsndfile cannot read it, it is shorter than its header says,
        its rate is below 1 kHz, it does not contain the part from start to end, it has no samples,
        or samples are NaN, infinite or far outside [-1, 1].
    """
    signal, rate = _read_file(clip) if clip.file is not None else _cut(clip, sampling_rate)
    if rate < LOWEST_RATE:
        raise AudioError(f"has {rate} samples per second; at least {LOWEST_RATE} are needed")
    if signal.size == 0:
        raise AudioError("has no samples")
    if not np.isfinite(signal).all():
        raise AudioError("has NaN or infinite samples")
    signal = np.atleast_2d(signal.T).mean(axis=0, dtype=np.float32)
    if rate != SAMPLING_RATE:
        signal = audresample.resample(signal, rate, SAMPLING_RATE)[0]
    if not np.isfinite(signal).all():
        raise AudioError("has samples that are far too large; they must be within [-1, 1]")
    return np.clip(signal, -1, LARGEST)


def _read_file(clip):
    if not os.path.exists(clip.file):
        raise AudioError("does not exist")
    try:
        with soundfile.SoundFile(clip.file) as file:
            first, last = _find_bounds(clip, file.samplerate, file.frames)
            file.seek(first)
            return _read_samples(file, last - first), file.samplerate
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        # soundfile raises TypeError for raw formats, since they need parameters.
        raise AudioError(f"cannot be read as audio ({error})") from error


def _read_samples(file, n_samples):
    """Read the next samples, of shape (n_samples,) or (n_samples, n_channels)."""
    blocks, left = [], n_samples
    while left > 0:
        blocks.append(file.read(min(left, BLOCK // file.channels), dtype="float32"))
        if len(blocks[-1]) == 0:
            raise AudioError(f"ends {left} samples early: it may have been cut off")
        left -= len(blocks[-1])
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _cut(clip, sampling_rate):
    signal = clip.signal
    if signal.dtype.kind in "iu":
        raise AudioError(f"must have float samples within [-1, 1], got {signal.dtype}")
    first, last = _find_bounds(clip, sampling_rate, len(signal))
    return signal[first:last].astype(np.float32), sampling_rate


def _find_bounds(clip, rate, n_samples):
    """Return the first sample of the part from start to end, and the one after the last."""
    if n_samples == 0:
        return 0, 0
    start = 0.0 if clip.start is None else float(clip.start)
    end = n_samples / rate if clip.end is None else float(clip.end)
    first, last = round(start * rate), round(end * rate)
    # Times in a table are rounded: up to 10 ms after the end count as the end.
    if start < 0 or last > n_samples + rate / 100:
        length = n_samples / rate
        raise AudioError(
            f"is {length:.3f} s long; the part from {start:g} to {end:g} s is not in it"
        )
    if start >= end:
        raise AudioError(f"has a start that is not before its end: {start:g} and {end:g} s")
    return first, min(last, n_samples)
