"""Time the extraction of frames against `opensmile.Smile.process_files`, and the cache.

    python benchmarks/extraction.py FOLDER [--clips 100] [--repeats 5]

FOLDER holds WAV files. The same configuration on both sides, on one core. Each measurement has a
process of its own, warmed up by one clip, and they take turns; in each, the first pass over all
clips and then the mean of two more are timed. Only the ratios mean anything.
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


def seconds(function, clips):
    start = time.perf_counter()
    function(clips)
    return time.perf_counter() - start


def theirs():
    level, settings = OWN["chou2019"]
    return opensmile.Smile(
        str(files("sklearn_ser.features.opensmile") / "lld.conf"),
        level,
        options=settings,
        sampling_rate=16000,
        resample=True,
        mixdown=True,
    ).process_files


def ours():
    return OpenSmileLLD("chou2019").transform


def passes(make, clips):
    """Seconds of the first pass, and of later ones."""
    function = make()
    function(clips[:1])
    first, second, third = (seconds(function, clips) for _ in range(3))
    return first, (second + third) / 2


def cached(clips):
    """Seconds without a cache, and from it."""
    with tempfile.TemporaryDirectory() as folder:
        function = OpenSmileLLD("chou2019", memory=folder).transform
        OpenSmileLLD("chou2019").transform(clips[:1])
        plain = seconds(ours(), clips)
        function(clips)
        return plain, seconds(function, clips)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    clips = [str(p) for p in itertools.islice(sorted(options.folder.glob("*.wav")), options.clips)]
    first, later, from_cache = [], [], []
    # A process for each call: what one leaves behind in memory must not serve the next.
    for _ in range(options.repeats):
        (a, b), (c, d) = (in_a_fresh_process(passes, make, clips) for make in (theirs, ours))
        first.append(a / c)
        later.append(b / d)
        e, f = in_a_fresh_process(cached, clips)
        from_cache.append(e / f)
    print(f"{len(clips)} clips, {options.repeats} repeats, openSMILE {opensmile.__version__}")
    print("process_files / ours, first pass:", of(first))
    print("process_files / ours, later passes:", of(later))
    print("ours / pass from the cache:", of(from_cache))


if __name__ == "__main__":
    main()
