"""Time log-Mel spectrograms against librosa with the same parameters.

    python benchmarks/log_mel.py FOLDER [--clips 100] [--repeats 5]

FOLDER has WAV files at 16 kHz, which are read before timing. SegmentLogMel and librosa take turns
in one process, each on all clips. Only their ratio is meaningful. The largest difference between
their values is printed, too.
"""

import argparse
from pathlib import Path

import librosa
import numpy as np
import soundfile
from _timing import of, print_ratio, take_turns

from sklearn_ser.features import SegmentLogMel
from sklearn_ser.features._mel import compute_log_mel


def compute_by_librosa(signal):
    mel = librosa.feature.melspectrogram(
        y=np.pad(signal, 56),
        sr=16000,
        n_fft=512,
        hop_length=160,
        win_length=400,
        center=False,
        power=1.0,
        n_mels=64,
        fmin=125,
        fmax=7500,
        htk=True,
        norm=None,
    )
    return np.log(mel.T + 0.01)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.wav"))[: options.clips]
    signals = [soundfile.read(file, dtype="float32")[0] for file in files]
    settings = SegmentLogMel()._make_settings()
    ways = {
        "SegmentLogMel": lambda signal: compute_log_mel(signal, settings),
        "librosa": compute_by_librosa,
    }
    apart = max(
        np.abs(compute_log_mel(s, settings) - compute_by_librosa(s)).max() for s in signals
    )
    runs = {
        name: lambda way=way: [way(signal) for signal in signals] for name, way in ways.items()
    }
    seconds = take_turns(runs, options.repeats)
    total = sum(map(len, signals)) / 16000
    print(f"{len(signals)} clips, {total:.0f} s of sound, librosa {librosa.__version__}; ", end="")
    print(f"largest difference {apart:.1e}")
    for name, times in seconds.items():
        print(f"{name:>13}: {of([1000 * t / len(signals) for t in times])} ms per clip")
    print_ratio(seconds, "librosa", "SegmentLogMel")


if __name__ == "__main__":
    main()
