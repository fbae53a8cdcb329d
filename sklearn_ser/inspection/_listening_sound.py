"""Sounds of clips as a page contains them: compressed, and as peaks to draw."""

import base64
import hashlib
import io
from typing import NamedTuple

import joblib
import numpy as np
import soundfile
from tqdm import tqdm

from sklearn_ser.speech._audio import SAMPLING_RATE, read_clip
from sklearn_ser.speech._errors import AudioError

# Every browser plays both. Of Ogg, Safari has learned Vorbis and Opus only lately. MP3 has frames
# of 36 ms, and the shortest clips would consist of little but its padding.
MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III"}
WAV = {"format": "WAV", "subtype": "PCM_16"}
TYPES = {"MP3": "audio/mpeg", "WAV": "audio/wav"}
SHORTEST = 0.2  # in seconds

# Pairs of lowest and highest samples: as many as bars in a drawing of the waveform.
N_PEAKS = 480


class Sound(NamedTuple):
    """The sound of one clip, or the reason why there is none."""

    code: str = ""  # in base64
    peaks: str = ""  # signed bytes in base64: lowest and highest sample of each part
    kind: str = ""  # the type of the sound, as browsers call it
    seconds: float = 0.0
    digest: str = ""  # of the samples
    problem: str | None = None  # continues a sentence that starts with the recording's name


def compress_all(clips, sampling_rate, n_jobs, verbose):
    """Yield the sound of every clip, in order.

    Parameters
    ----------
    clips : list of Clip
    sampling_rate : int
        Sampling rate of waveforms, in Hz.
    n_jobs : int or None
        Number of threads.
    verbose : bool
        Show a progress bar.

    Yields
    ------
    Sound
    """
    found = joblib.Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        joblib.delayed(compress)(clip, sampling_rate) for clip in clips
    )
    yield from tqdm(found, total=len(clips), unit="clip", disable=not verbose)


def compress(clip, sampling_rate=SAMPLING_RATE):
    """Return the sound of a clip; a recording that cannot be read stops no others.

    Parameters
    ----------
    clip : Clip
    sampling_rate : int, default=16000
        Sampling rate of a waveform, in Hz.

    Returns
    -------
    Sound
    """
    try:
        signal = read_clip(clip, sampling_rate)
    except AudioError as error:
        return Sound(problem=str(error))
    except MemoryError:
        raise  # no recording's fault
    except Exception as error:
        return Sound(problem=f"failed with {type(error).__name__}: {error}")
    seconds = len(signal) / SAMPLING_RATE
    written = MP3 if seconds >= SHORTEST else WAV
    file = io.BytesIO()
    soundfile.write(file, signal, SAMPLING_RATE, **written)
    peaks = find_peaks(signal).tobytes()
    return Sound(
        code=_encode(file.getvalue()),
        peaks=_encode(peaks),
        kind=TYPES[written["format"]],
        seconds=seconds,
        digest=hashlib.sha256(np.ascontiguousarray(signal)).hexdigest(),
    )


def find_peaks(signal):
    """Return the lowest and the highest sample of each part of a signal.

    Parameters
    ----------
    signal : ndarray of shape (n,)

    Returns
    -------
    ndarray of int8 of shape (n_parts, 2)
        Relative to the largest absolute sample, which is 127.
    """
    n_parts = min(N_PEAKS, len(signal))
    starts = np.arange(n_parts) * len(signal) // n_parts
    peaks = np.column_stack(
        [np.minimum.reduceat(signal, starts), np.maximum.reduceat(signal, starts)]
    )
    loudest = max(float(np.abs(peaks).max()), 1e-9)
    return np.rint(peaks / loudest * 127).astype(np.int8)


def _encode(values):
    return base64.b64encode(values).decode()
