"""Read audio; no other file does."""

import os

import audresample
import numpy as np
import soundfile

from sklearn_ser.speech._errors import AudioError
from sklearn_ser.speech._extents import find_extent, is_misread, repair
from sklearn_ser.speech._file_kinds import check_file, explain_file
from sklearn_ser.speech._remarks import remark_on_channels, remark_on_content

# The sampling rate for extraction, in Hz. It is the same for all recordings, since F0, zero
# crossings and MFCC depend on it, and corpora with different rates could not be compared.
SAMPLING_RATE = 16000

# In Hz. Below the lowest rate no speech is left, and nobody records at the highest; rates beyond
# these probably come from a damaged header. With huge rates, the resampler never ends.
LOWEST_RATE = 1000
HIGHEST_RATE = 10_000_000

# Samples read at a time: a damaged header may announce more samples than fit into memory.
BLOCK = 2**22

# The largest sample that 16 bits represent: +1.0 would wrap around to -1.0.
LARGEST = 32767 / 32768

# Samples beyond full scale are clipped. Mixing exceeds it by a little, lossy formats by 6 dB.
# Samples that exceed it by 12 dB are in other units: integers, or scaled to unit variance.
LARGEST_MEANT = 4.0

# In seconds. Times in tables are rounded, and some programs count the header as samples.
TOLERANCE = 0.01

# The number of samples that libsndfile gives if a header states none is close to 2**63.
UNKNOWN = 2**62


def read_clip(clip, sampling_rate=SAMPLING_RATE, remarks=None):
    """Read one clip as mono at the sampling rate for extraction.

    Parameters
    ----------
    clip : Clip
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz; files state their own.
    remarks : list, default=None
        A `Remark` is appended if samples exceed full scale and are clipped, if the channels
        cancel each other in their mean, and if the clip is silent or shorter than 0.1 s.

    Returns
    -------
    ndarray of float32 of shape (n,)
        At 16 kHz, within [-1, 1): one channel, or the mean of all channels.

    Raises
    ------
    AudioError
        If the file does not exist, libsndfile cannot read it, it is shorter than its header says,
        its rate is below 1 kHz or above 10 MHz, it does not contain the part from start to end or
        the channel, it has no samples, or samples are NaN, infinite or beyond [-4, 4].
    """
    signal, rate = _read_file(clip) if clip.file is not None else _cut(clip, sampling_rate)
    if rate < LOWEST_RATE:
        raise AudioError(f"has {rate} samples per second; at least {LOWEST_RATE} are needed")
    if rate > HIGHEST_RATE:
        raise AudioError(f"has {rate} samples per second; at most {HIGHEST_RATE} can be read")
    if signal.size == 0:
        raise AudioError("has no samples")
    signal = _select_channel(signal, clip.channel)
    peak = _check_peak(signal)
    signal = signal.astype(np.float32, copy=False)
    mono = np.atleast_2d(signal.T).mean(axis=0, dtype=np.float32)
    if remarks is not None:
        remarks += remark_on_channels(signal, mono, peak)
    if rate != SAMPLING_RATE:
        mono = audresample.resample(mono, rate, SAMPLING_RATE)[0]
    mono = np.clip(mono, -1, LARGEST)
    if remarks is not None:
        remarks += remark_on_content(mono, SAMPLING_RATE)
    return mono


def measure_duration(path):
    """Return the duration of a file in seconds, as its header states it.

    Parameters
    ----------
    path : str

    Returns
    -------
    float
        If the header states no length, the file is read.

    Raises
    ------
    AudioError
        If the file does not exist, libsndfile cannot read it, or it is shorter than its header
        says.
    """
    with _open_checked(path) as file:
        n_samples = file.frames if file.frames < UNKNOWN else len(_read_samples(file, None))
        return n_samples / file.samplerate


class _Reader(soundfile.SoundFile):
    """A file that is read from its beginning to its end, since not all encodings can seek.

    soundfile seeks after every read, unless the file is said not to be seekable.
    """

    def seekable(self):
        return False


def _read_file(clip):
    with _open_checked(clip.file) as file:
        try:
            return _read_part(file, clip), file.samplerate
        except soundfile.SoundFileError as error:
            reason = getattr(error, "error_string", str(error))
            raise AudioError(
                f"cannot be read as audio: {reason} It may have been cut off or damaged"
            ) from error


def _open_checked(path):
    """Open a file; raise an AudioError unless all of the samples that it announces are there."""
    n_bytes = check_file(path).st_size
    try:
        with open(path, "rb") as file:
            extent = find_extent(file, n_bytes)
            source = _get_name(path)
            if is_misread(extent, n_bytes):
                file.seek(0)
                source = repair(file.read(), extent)
    except OSError as error:
        raise AudioError(f"cannot be read ({error.strerror})") from error
    file = _open(path, source, extent, n_bytes)
    try:
        _check_complete(extent, n_bytes, file.frames / file.samplerate)
    except AudioError:
        file.close()
        raise
    return file


def _get_name(path):
    """Return a path as libsndfile takes it: names are bytes, except on Windows."""
    return path if os.name == "nt" else os.fsencode(path)


def _open(path, source, extent, n_bytes):
    try:
        return _Reader(source)
    except TypeError as error:
        # soundfile needs parameters for the extension .raw.
        raise AudioError(
            "cannot be read as audio: raw samples have no header; convert it to WAV"
        ) from error
    except (soundfile.SoundFileError, OSError) as error:
        _check_complete(extent, n_bytes, None)
        reason = explain_file(path) or getattr(error, "error_string", str(error)).rstrip(".")
        raise AudioError(f"cannot be read as audio: {reason}") from error


def _check_complete(extent, n_bytes, duration):
    """Raise an error if there are fewer samples than the header states.

    Parameters
    ----------
    extent : Extent or None
    n_bytes : int
        Size of the file.
    duration : float or None
        Of the samples that are there, in seconds.
    """
    if extent is None or extent.size is None:
        return
    present = max(0, n_bytes - extent.start)
    missing = extent.size - present
    if missing > 0 and not (duration and missing / present * duration <= TOLERANCE):
        raise AudioError(
            f"is cut off: its header announces {extent.size} bytes of samples, and {present} are "
            "there"
        )


def _read_part(file, clip):
    if file.frames >= UNKNOWN:
        signal = _read_samples(file, None)
        first, last = _find_bounds(clip, file.samplerate, len(signal))
        return signal[first:last]
    first, last = _find_bounds(clip, file.samplerate, file.frames)
    try:
        file.seek(first)
    except soundfile.SoundFileError:
        _read_samples(file, first)
    return _read_samples(file, last - first)


def _read_samples(file, n_samples):
    """Read the next samples, of shape (n_samples,) or (n_samples, n_channels); None reads all."""
    blocks, left = [], UNKNOWN if n_samples is None else n_samples
    while left > 0:
        blocks.append(file.read(min(left, BLOCK // file.channels), dtype="float32"))
        if len(blocks[-1]) == 0:
            # Some encoders state a few samples more than they write.
            if n_samples is None or left <= TOLERANCE * file.samplerate:
                break
            raise AudioError(f"ends {left} samples early: it may have been cut off")
        left -= len(blocks[-1])
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _cut(clip, sampling_rate):
    signal = clip.signal
    if signal.dtype.kind in "iu":
        raise AudioError(f"must have float samples within [-1, 1], got {signal.dtype}")
    first, last = _find_bounds(clip, sampling_rate, len(signal))
    return signal[first:last], sampling_rate


def _find_bounds(clip, rate, n_samples):
    """Return the first sample of the part from start to end, and the one after the last."""
    if n_samples == 0:
        return 0, 0
    start = 0.0 if clip.start is None else float(clip.start)
    end = n_samples / rate if clip.end is None else float(clip.end)
    first, last = round(start * rate), round(end * rate)
    if start < 0 or last > n_samples + TOLERANCE * rate:
        length = n_samples / rate
        raise AudioError(
            f"is {length:.3f} s long; the part from {start:g} to {end:g} s is not in it"
        )
    if start >= end:
        raise AudioError(f"has a start that is not before its end: {start:g} and {end:g} s")
    return first, min(last, n_samples)


def _select_channel(signal, channel):
    """Return the samples of one channel, or unchanged if channel is None."""
    if channel is None:
        return signal
    n_channels = 1 if signal.ndim == 1 else signal.shape[1]
    if channel >= n_channels:
        said = "one channel" if n_channels == 1 else f"{n_channels} channels"
        raise AudioError(f"has {said}, counted from 0; there is no channel {channel}")
    return signal if signal.ndim == 1 else signal[:, channel]


def _check_peak(signal):
    """Return the largest absolute sample; raise an error if it is not that of a waveform."""
    # NaN is propagated.
    peak = float(np.maximum(signal.max(), -signal.min()))
    if not np.isfinite(peak):
        raise AudioError("has NaN or infinite samples")
    if peak <= LARGEST_MEANT:
        return peak
    hint = ""
    if peak > 128:
        bits = next((bits for bits in (16, 24, 32) if peak <= 2 ** (bits - 1)), None)
        if bits is not None:
            hint = f". Divide integers of {bits} bits by {2 ** (bits - 1)}"
    raise AudioError(
        f"has samples that are far too large: up to {peak:g}; they must be within [-1, 1]{hint}"
    )
