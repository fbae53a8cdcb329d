"""Time the commands on one's own data: describe, and predict against the features alone.

    python benchmarks/commands.py [--clips 1000] [--few 200] [--repeats 3] [--n-jobs 1]

It makes clips of 3 s from the recordings that the package contains, and answers of three raters.
``describe`` is timed as a whole, with the start of Python. ``predict`` and its feature extractor
alone take turns, in processes of their own, on the same clips; what each further clip costs leaves
out what does not grow with their number, such as loading the model. Peaks of memory are compared
for few and for all clips.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from _timing import in_a_fresh_process, of, peak
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import ConsensusClassifier
from sklearn_ser._cli import main as run
from sklearn_ser.datasets import load_emodb_sample
from sklearn_ser.features import OpenSmileFunctionals, SequenceScaler, SequenceStatistics
from sklearn_ser.io import save

RATE = 16000
FEATURES = OpenSmileFunctionals("ComParE_2016")


def make_clips(folder, n_clips):
    """Write clips, a table of them, and one of answers."""
    corpus = load_emodb_sample()
    speech = np.concatenate([soundfile.read(file)[0] for file in corpus.data["file"]])
    rng = np.random.default_rng(0)
    (folder / "wav").mkdir()
    rows, answers = [], []
    for i in range(n_clips):
        start = rng.integers(len(speech) - 3 * RATE)
        name = f"{i:04}.wav"
        soundfile.write(folder / "wav" / name, 0.5 * speech[start : start + 3 * RATE], RATE)
        rows.append({"file": f"wav/{name}", "speaker": f"s{i % 20}"})
        answers += [(name, rater, rng.choice(corpus.target_names)) for rater in ("a", "b", "c")]
    pd.DataFrame(rows).to_csv(folder / "recordings.csv", index=False)
    table = pd.DataFrame(answers, columns=["file", "rater", "label"])
    table.to_csv(folder / "ratings.csv", index=False)


def make_model(folder):
    corpus = load_emodb_sample()
    some = slice(None, None, 5)
    linear = ConsensusClassifier(LogisticRegression(max_iter=2000))
    model = make_pipeline(FEATURES, SequenceScaler(), SequenceStatistics(), linear)
    save(model.fit(corpus.data[some], corpus.ratings[some]), folder / "model.skops")


def time_describe(folder):
    """Return the seconds of the command, and those of the processor."""
    tables = [str(folder / "recordings.csv"), "--ratings", str(folder / "ratings.csv")]
    command = [sys.executable, "-m", "sklearn_ser", "describe", *tables]
    start, before = time.perf_counter(), count_processor_seconds()
    subprocess.run([*command, "--out", str(folder / "out")], check=True, capture_output=True)
    return time.perf_counter() - start, count_processor_seconds() - before


def count_processor_seconds():
    """Return the seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def extract(files, n_jobs):
    """Return the seconds of the features alone, those of the processor, and the peak in MiB."""
    FEATURES.transform(files[:1])
    start, before = time.perf_counter(), count_processor_seconds()
    FEATURES.set_params(n_jobs=n_jobs).transform(files)
    return time.perf_counter() - start, count_processor_seconds() - before, peak()


def predict(folder, files, n_jobs):
    """Return the seconds of the command, those of the processor, and the peak in MiB."""
    FEATURES.transform(files[:1])
    out = folder / "predictions.csv"
    start, before = time.perf_counter(), count_processor_seconds()
    run(
        [
            "predict",
            str(folder / "model.skops"),
            *files,
            "--n-jobs",
            str(n_jobs),
            "--out",
            str(out),
        ]
    )
    return time.perf_counter() - start, count_processor_seconds() - before, peak()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--few", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_clips(folder, options.clips)
        make_model(folder)
        files = sorted(map(str, (folder / "wav").iterdir()))
        described = [time_describe(folder) for _ in range(options.repeats)]
        seconds, processor = (of(values) for values in zip(*described, strict=True))
        print(f"describe {options.clips} clips of 3 s: {seconds} s, processor {processor} s")
        ratios, of_processor, further, peaks = [], [], [], []
        for _ in range(options.repeats):
            alone = in_a_fresh_process(extract, files, options.n_jobs)
            whole = in_a_fresh_process(predict, folder, files, options.n_jobs)
            few = in_a_fresh_process(predict, folder, files[: options.few], options.n_jobs)
            ratios.append(whole[0] / alone[0])
            of_processor.append(whole[1] / alone[1])
            per_clip = (whole[1] - few[1]) / (options.clips - options.few)
            further.append(per_clip / (alone[1] / options.clips))
            peaks.append((few[2], whole[2]))
    print(f"predict / features alone, {options.n_jobs} jobs: {of(ratios)}")
    if options.n_jobs == 1:
        print(f"the same, of the processor: {of(of_processor)}")
        print(f"the same, for each further clip: {of(further)}")
    few, most = zip(*peaks, strict=True)
    print(f"peak of memory, {options.few} clips: {of(few, '{:.0f}')} MiB")
    print(f"peak of memory, {options.clips} clips: {of(most, '{:.0f}')} MiB")


if __name__ == "__main__":
    main()
