"""Measure what the checks of `sklearn_ser.io.load` cost.

    python benchmarks/loading.py [--repeats 9]

Three ways to load the same files take turns in one process: `load`; "before", which is what it did
before it checked values (checksums, sizes of arrays, a list of unknown types, and skops); and
"skops", which is `skops.io.loads` alone. Files are in the cache of the operating system.
"""

import argparse
import io
import math
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import skops.io
from _timing import of, print_ratio, take_turns
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
)
from sklearn_ser.io import TRUSTED, load, save

LABELS = ["angry", "happy", "neutral", "sad"]


def make_models():
    """Return ordinary models, fitted on noise, by name."""
    rng = np.random.default_rng(0)
    y = LABELS * 50
    frames = rng.normal(size=(200, 10, 45)).astype(np.float32)
    votes = [[label] * 8 for label in y]
    ratings = Ratings.from_wide(votes, annotators=list("abcdefgh"))
    segments = Segments(
        rng.normal(size=(40 * 32, 64)).astype(np.float32),
        np.arange(41) * 32,
        segment_length=32,
        segment_step=32,
        frame_step=1,
    )
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=50))
    small = AttentionBLSTMClassifier((16, 8, 16), max_epochs=1, random_state=0)
    return {
        "logistic regression on 6373 features": ConsensusClassifier(linear).fit(
            rng.normal(size=(200, 6373)), y
        ),
        "attention BLSTM": AttentionBLSTMClassifier(max_epochs=1, random_state=0).fit(frames, y),
        "VGG": SegmentVGGClassifier(max_epochs=1, random_state=0).fit(segments, y[:40]),
        "10 networks of raters": AnnotatorEnsembleClassifier(small, random_state=0).fit(
            frames, ratings
        ),
        "forest of 100 trees": ConsensusClassifier(RandomForestClassifier(random_state=0)).fit(
            rng.normal(size=(1000, 88)), y * 5
        ),
    }


def load_before(path):
    """Load as `load` did before it checked values."""
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.testzip()
        for name in archive.namelist():
            if name.endswith(".npy"):
                content = archive.read(name)
                file = io.BytesIO(content)
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
                    raise ValueError(f"{name} has another size than its header states")
    unknown = set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED)
    if unknown:
        raise ValueError(f"unknown types: {unknown}")
    return skops.io.loads(data, trusted=TRUSTED)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skops"
        for name, model in make_models().items():
            save(model, path)
            ways = {
                "load": lambda: load(path),
                "before": lambda: load_before(path),
                "skops": lambda: skops.io.loads(path.read_bytes(), trusted=TRUSTED),
            }
            take_turns(ways, 1)
            seconds = take_turns(ways, options.repeats)
            size = path.stat().st_size / 2**20
            print(f"\n{name}, {size:.1f} MiB: load {of(seconds['load'], '{:.3f}')} s")
            print_ratio(seconds, "load", "before")
            print_ratio(seconds, "load", "skops")


if __name__ == "__main__":
    main()
