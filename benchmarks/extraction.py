"""Time the extraction of frames against `opensmile.Smile.process_files`, and the cache.

    python benchmarks/extraction.py FOLDER [--clips 100] [--repeats 5]

FOLDER holds WAV files. The same configuration on both sides, one process, interleaved; only the
ratios mean anything. The second pass reads what the first has put into a cache.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import opensmile

from sklearn_ser.features import OpenSmileLLD
from sklearn_ser.features._smile import OWN


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    clips = [str(p) for p in itertools.islice(sorted(options.folder.glob("*.wav")), options.clips)]

    level, settings = OWN["chou2019"]
    smile = opensmile.Smile(
        str(files("sklearn_ser.features") / "lld.conf"),
        level,
        options=settings,
        sampling_rate=16000,
        resample=True,
        mixdown=True,
    )
    ours = OpenSmileLLD("chou2019")
    ours.transform(clips[:1])  # warm
    ratios = {"process_files / ours": [], "ours / second pass from the cache": []}
    for _ in range(options.repeats):
        theirs, own = seconds(smile.process_files, clips), seconds(ours.transform, clips)
        with tempfile.TemporaryDirectory() as folder:
            cached = OpenSmileLLD("chou2019", memory=folder)
            cached.transform(clips)
            again = seconds(cached.transform, clips)
        ratios["process_files / ours"].append(theirs / own)
        ratios["ours / second pass from the cache"].append(own / again)
    print(f"{len(clips)} clips, {options.repeats} repeats")
    for name, values in ratios.items():
        print(f"{name}: {statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
