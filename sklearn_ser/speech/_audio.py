"""Reading audio: the one door for recordings, and the one place that reads a file."""

import os
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import audresample
import numpy as np
import pandas as pd
import soundfile
from numpy.typing import ArrayLike

from sklearn_ser.utils._ragged import as_column

# The rate that everything is extracted at, in Hz. F0, zero crossings and MFCC of one recording
# differ by its rate, so that corpora could not be compared otherwise.
SAMPLING_RATE = 16000

# In Hz: below, nothing of speech is left, and a damaged header would make hours of a second.
LOWEST_RATE = 1000

# In samples: files are read in parts, since their headers may promise more than there is memory.
BLOCK = 2**22

# The largest sample that 16-bit conversion represents: +1.0 would wrap around to -1.0.
LARGEST = 32767 / 32768


class Clip(NamedTuple):
    """One recording, or a part of it: a file or a waveform, from `start` to `end` in seconds."""

    file: str | None
    signal: np.ndarray | None
    start: float | None
    end: float | None


class Audio(NamedTuple):
    """Clips, and who speaks in them."""

    clips: list
    speaker: list | None
    session: list | None


class AudioError(ValueError):
    """A clip that cannot be read; its message is the reason."""


#: What `check_audio` takes.
AudioLike: TypeAlias = pd.DataFrame | Sequence[str | os.PathLike[str] | ArrayLike]


def check_audio(X):
    """Return recordings as `Audio`: the one door through which audio comes.

    Parameters
    ----------
    X : DataFrame, or sequence of paths or of waveforms
        A DataFrame has a column ``file`` (paths) or ``signal`` (1-D float waveforms), or both, of
        which each row has one; and it may have ``start`` and ``end`` (in seconds, missing is from
        the beginning or to the end), ``speaker`` and ``session``.

    Returns
    -------
    Audio

    Raises
    ------
    TypeError
        If X is none of these.
    ValueError
        If X is empty or a DataFrame without ``file`` and ``signal``.
    """
    if isinstance(X, pd.DataFrame):
        return _from_frame(X)
    if isinstance(X, (str, os.PathLike)) or not hasattr(X, "__len__"):
        raise TypeError(f"{_ACCEPTED}; got {type(X).__name__}.")
    if len(X) == 0:
        raise ValueError("Found 0 sample(s): at least one recording is needed.")
    return Audio([_clip(i, item) for i, item in enumerate(X)], None, None)


def convert_to_frame(X):
    """Return recordings in any form as the DataFrame that says the same."""
    clips, speaker, session = check_audio(X)
    columns = {name: [getattr(clip, name) for clip in clips] for name in Clip._fields}
    return build_frame(**columns, speaker=speaker, session=session).dropna(axis=1, how="all")


def build_frame(**columns):
    """Return what is known, column by column, as a DataFrame of objects; None is not known."""
    known = {name: values for name, values in columns.items() if values is not None}
    return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in known.items()})


_ACCEPTED = (
    "audio must be a DataFrame with a column 'file' or 'signal', a sequence of paths, or a "
    "sequence of 1-D waveforms"
)


def _clip(i, item, start=None, end=None):
    if isinstance(item, (str, os.PathLike)):
        return Clip(os.fspath(item), None, start, end)
    # Numbers, and nothing else: a row of a table of features is no waveform.
    if isinstance(item, (np.ndarray, list, tuple)):
        signal = np.asarray(item)
        if signal.ndim == 1 and signal.dtype.kind in "fiu":
            return Clip(None, signal, start, end)
    what = f"an array of shape {np.shape(item)}" if np.ndim(item) else type(item).__name__
    raise TypeError(f"{_ACCEPTED}; sample {i} is {what}.")


def _from_frame(frame):
    sources = [name for name in ("file", "signal") if name in frame.columns]
    if not sources:
        raise ValueError(f"{_ACCEPTED}; the columns are {list(frame.columns)}.")
    if len(frame) == 0:
        raise ValueError("Found 0 sample(s): at least one recording is needed.")
    columns = {
        name: as_column(frame[name], len(frame), name) if name in frame.columns else None
        for name in ("start", "end", "speaker", "session")
    }
    nothing = [None] * len(frame)
    starts, ends = (
        nothing if columns[name] is None else columns[name] for name in ("start", "end")
    )
    items = frame[sources[0]]
    if len(sources) == 2:
        # Copies beside originals: where there is no file, there is a signal.
        items = items.where(items.notna(), frame["signal"])
    clips = [
        _clip(i, item, start, end)
        for i, (item, start, end) in enumerate(zip(items, starts, ends, strict=True))
    ]
    return Audio(clips, columns["speaker"], columns["session"])


def read_clip(clip, sampling_rate=SAMPLING_RATE):
    """Read one clip as mono at the rate of extraction.

    Parameters
    ----------
    clip : Clip
    sampling_rate : int, default=16000
        Of waveforms, in Hz; files know theirs.

    Returns
    -------
    ndarray of float32 of shape (n,)
        At 16 kHz, channels averaged, within [-1, 1).

    Raises
    ------
    AudioError
        If there is no such file, it is no audio that libsndfile reads, it is shorter than it
        says, its rate is below 1 kHz, the part asked for does not lie in it, or it holds no
        samples, NaN, infinity or numbers that are no sound.
    """
    signal, rate = _part_of_file(clip) if clip.file is not None else _part(clip, sampling_rate)
    if rate < LOWEST_RATE:
        raise AudioError(f"has {rate} samples a second, at least {LOWEST_RATE} are needed")
    if signal.size == 0:
        raise AudioError("holds no samples")
    if not np.isfinite(signal).all():
        raise AudioError("holds NaN or infinite samples")
    signal = np.atleast_2d(signal.T).mean(axis=0, dtype=np.float32)
    if rate != SAMPLING_RATE:
        signal = audresample.resample(signal, rate, SAMPLING_RATE)[0]
    if not np.isfinite(signal).all():
        raise AudioError("holds samples that are far too large: sound is within [-1, 1]")
    return np.clip(signal, -1, LARGEST)


def _part_of_file(clip):
    if not os.path.exists(clip.file):
        raise AudioError("there is no such file")
    try:
        with soundfile.SoundFile(clip.file) as file:
            first, last = _bounds(clip, file.samplerate, file.frames)
            file.seek(first)
            return _read(file, last - first), file.samplerate
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        # soundfile asks raw formats for parameters by a TypeError.
        raise AudioError(f"is no audio that can be read ({error})") from error


def _read(file, n_samples):
    """Read the next samples, of shape (n_samples,) or (n_samples, n_channels)."""
    blocks, left = [], n_samples
    while left > 0:
        blocks.append(file.read(min(left, BLOCK // file.channels), dtype="float32"))
        if len(blocks[-1]) == 0:
            raise AudioError(f"ends {left} samples before it should: it may have been cut off")
        left -= len(blocks[-1])
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _part(clip, sampling_rate):
    signal = clip.signal
    if signal.dtype.kind in "iu":
        raise AudioError(f"must be floats within [-1, 1], got {signal.dtype}")
    first, last = _bounds(clip, sampling_rate, len(signal))
    return signal[first:last].astype(np.float32), sampling_rate


def _bounds(clip, rate, n_samples):
    """First and last sample of the part from start to end."""
    if n_samples == 0:
        return 0, 0
    start = 0.0 if clip.start is None else float(clip.start)
    end = n_samples / rate if clip.end is None else float(clip.end)
    first, last = round(start * rate), round(end * rate)
    # A table of times rounds: up to 10 ms behind the end are the end.
    if start < 0 or last > n_samples + rate / 100:
        length = n_samples / rate
        raise AudioError(f"has {length:.3f} s, the part from {start:g} to {end:g} s is not in it")
    if start >= end:
        raise AudioError(f"start must be before end, got {start:g} and {end:g} s")
    return first, min(last, n_samples)
