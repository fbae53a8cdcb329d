"""Time the extraction of frames against `opensmile.Smile.process_files`, and the cache.

    python benchmarks/extraction.py FOLDER [--clips 100] [--repeats 5]

FOLDER has WAV files. Both sides use the same configuration on one core. They take turns, and each
measurement runs in a process of its own, which is warmed up by one clip. It times a first pass
over all clips, and the mean of two more passes. Only the ratios are meaningful.
"""

import argparse
import itertools
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import opensmile
from _timing import in_a_fresh_process, of

from sklearn_ser.features import OpenSmileLLD
from sklearn_ser.features.opensmile._settings import OWN


def time_call(function, clips):
    start = time.perf_counter()
    function(clips)
    return time.perf_counter() - start


def make_process_files():
    level, settings = OWN["chou2019"]
    return opensmile.Smile(
        str(files("sklearn_ser.features.opensmile") / "lld.conf"),
        level,
        options=settings,
        sampling_rate=16000,
        resample=True,
        mixdown=True,
    ).process_files


def make_transform():
    return OpenSmileLLD("chou2019").transform


def time_passes(make, clips):
    """Return the seconds of the first pass, and of later ones."""
    function = make()
    function(clips[:1])
    first, second, third = (time_call(function, clips) for _ in range(3))
    return first, (second + third) / 2


def time_cache(clips):
    """Return the seconds without a cache, and from a cache."""
    with tempfile.TemporaryDirectory() as folder:
        function = OpenSmileLLD("chou2019", memory=folder).transform
        OpenSmileLLD("chou2019").transform(clips[:1])
        plain = time_call(make_transform(), clips)
        function(clips)
        return plain, time_call(function, clips)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    clips = [str(p) for p in itertools.islice(sorted(options.folder.glob("*.wav")), options.clips)]
    first, later, from_cache = [], [], []
    # Use one process per measurement, so that none profits from what another left in memory.
    for _ in range(options.repeats):
        (a, b), (c, d) = (
            in_a_fresh_process(time_passes, make, clips)
            for make in (make_process_files, make_transform)
        )
        first.append(a / c)
        later.append(b / d)
        e, f = in_a_fresh_process(time_cache, clips)
        from_cache.append(e / f)
    print(f"{len(clips)} clips, {options.repeats} repeats, openSMILE {opensmile.__version__}")
    print("process_files / OpenSmileLLD, first pass:", of(first))
    print("process_files / OpenSmileLLD, later passes:", of(later))
    print("OpenSmileLLD / pass from the cache:", of(from_cache))


if __name__ == "__main__":
    main()
