"""Time the crowd layer and EM beside a single network and an ensemble.

    python benchmarks/crowd.py [--repeats 3] [--only few many most memory em]

"few": five annotators who all rated each of 600 samples of 60 frames; the crowd layer and an
ensemble of seven members (crowd-hard, crowd-soft and the annotators). "many": 2,443 annotators
with 30 ratings each of 5,000 samples; "most": 10,000 annotators with 100 ratings each; the crowd
layer and one network on soft targets. All networks train for the same number of epochs, with the
same batch size and without early stopping, in one process on all cores. "em": logistic regression
on 5,000 x 768 features, five classes. What is compared takes turns; only ratios are meaningful.
Memory is the peak of a process of its own, without that of reading the data (Linux).
"""

import argparse
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _timing import in_a_fresh_process, of, peak, print_ratio, take_turns
from sklearn.linear_model import LogisticRegression

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    Ratings,
    Sequences,
    SoftTargetEncoder,
)

CLASSES = ["anger", "happiness", "neutral", "sadness"]
LABELS = [*CLASSES, "other"]


def make_frames(n_samples, n_frames, truth, rng):
    """Return noise with the class in the first features."""
    values = rng.standard_normal((n_samples, n_frames, 45), dtype=np.float32)
    values[:, :, :4] += np.eye(4, dtype=np.float32)[truth][:, None]
    return Sequences.from_arrays(list(values))


def rate(truth, n_annotators, n_each, rng):
    """Return ratings by annotators who are right three times out of four."""
    sample = np.concatenate(
        [rng.choice(len(truth), n_each, replace=False) for _ in range(n_annotators)]
    )
    said = np.where(
        rng.random(len(sample)) < 0.75, truth[sample], rng.integers(5, size=len(sample))
    )
    table = {
        "sample": sample,
        "annotator": np.repeat(np.arange(n_annotators), n_each),
        "label": np.array(LABELS)[said],
    }
    return Ratings.from_long(
        pd.DataFrame(table), samples=range(len(truth)), target_classes=CLASSES
    )


def make_network(epochs, encoder=None):
    return AttentionBLSTMClassifier(
        (128, 64, 128),
        target_encoder=encoder,
        max_epochs=epochs,
        early_stopping=False,
        random_state=0,
    )


def few(repeats):
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=600)
    X, y = make_frames(600, 60, truth, rng), rate(truth, 5, 600, rng)
    ways = {
        "ensemble of seven": AnnotatorEnsembleClassifier(make_network(5), random_state=0),
        "crowd layer": CrowdLayerClassifier(make_network(5)),
        "heads": CrowdLayerClassifier(make_network(5), annotator_model="head"),
    }
    seconds = take_turns(
        {name: lambda model=model: model.fit(X, y) for name, model in ways.items()}, repeats
    )
    print_ratio(seconds, "ensemble of seven", "crowd layer")
    print_ratio(seconds, "ensemble of seven", "heads")


def crowd(n_annotators, n_each, repeats):
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=5000)
    X, y = make_frames(5000, 60, truth, rng), rate(truth, n_annotators, n_each, rng)
    soft = make_network(1, SoftTargetEncoder(0))
    layer = CrowdLayerClassifier(make_network(1))
    ways = {"crowd layer": lambda: layer.fit(X, y), "soft targets": lambda: soft.fit(X, y)}
    seconds = take_turns(ways, repeats)
    print(f"{n_annotators} annotators, {len(y.values)} ratings")
    print_ratio(seconds, "crowd layer", "soft targets")


def write_data(path, n_each):
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=5000)
    data = make_frames(5000, 5, truth, rng), rate(truth, 10_000, n_each, rng)
    Path(path).write_bytes(pickle.dumps(data))


def train_on(path):
    """Return the peak memory of training, in MiB, above that of the data."""
    X, y = pickle.loads(Path(path).read_bytes())
    make_network(1).fit(X[:64], CLASSES * 16)
    before = peak()
    CrowdLayerClassifier(make_network(1)).fit(X, y)
    return peak() - before


def measure_memory(n_each):
    """Return the same for 10,000 annotators; making the data would take more than training."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/data"
        in_a_fresh_process(write_data, path, n_each)
        return in_a_fresh_process(train_on, path)


def em(repeats):
    rng = np.random.default_rng(0)
    truth = rng.integers(5, size=5000)
    X = rng.standard_normal((5000, 768)) + 2 * np.eye(5, 768)[truth]
    said = np.where(rng.random((5000, 6)) < 0.7, truth[:, None], rng.integers(5, size=(5000, 6)))
    cells = np.array(LABELS, dtype=object)[said]
    cells[rng.random(cells.shape) < 0.5] = None
    y = Ratings.from_wide(cells)
    model = CrowdEMClassifier(LogisticRegression(C=0.01, max_iter=1000))
    seconds = take_turns({"em": lambda: model.fit(X, y)}, repeats)["em"]
    print(f"EM, 5,000 x 768, five classes: {of(seconds)} s, {model.n_iter_} rounds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=["few", "many", "most", "memory", "em"])
    options = parser.parse_args()
    parts = {
        "few": lambda: few(options.repeats),
        "many": lambda: crowd(2443, 30, options.repeats),
        "most": lambda: crowd(10_000, 100, options.repeats),
        "memory": lambda: print(
            "MiB for 10, 50, 100 and 200 ratings per annotator:",
            *(f"{measure_memory(n):.0f}" for n in (10, 50, 100, 200)),
        ),
        "em": lambda: em(options.repeats),
    }
    for name in options.only:
        parts[name]()


if __name__ == "__main__":
    main()
