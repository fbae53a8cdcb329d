"""Time an ensemble of seven members with one process and with two, and measure their memory.

    python benchmarks/ensemble.py [--repeats 3]

The data are 1000 samples of log-normal length (mean 91 frames, 45 features), with five annotators
who each rated three fifths of them; every process has one thread. The two take turns; only the
ratio is meaningful. Peak memory is that of the parent and of its largest child, minus what the
parent used before (Linux).
"""

import argparse
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
from _timing import of
from joblib.externals.loky import get_reusable_executor

from sklearn_ser import AnnotatorEnsembleClassifier, AttentionBLSTMClassifier, Ratings, Sequences

CLASSES = ["anger", "happiness", "neutral", "sadness"]


def data():
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(91) - 0.7**2 / 2, 0.7, 1000), 5, 600).astype(int)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = rng.standard_normal((offsets[-1], 45), dtype=np.float32)
    cells = np.array(CLASSES, dtype=object)[rng.integers(4, size=(1000, 5))]
    cells[rng.random((1000, 5)) < 0.4] = None
    return Sequences(values, offsets), Ratings.from_wide(cells)


def mib(who):
    return resource.getrusage(who).ru_maxrss / 1024


def fit(n_jobs):
    """Seconds, and peak memory in MiB of this process and of its children."""
    torch.set_num_threads(1)
    X, y = data()
    network = AttentionBLSTMClassifier((128, 64, 128), max_epochs=8, early_stopping=False)
    model = AnnotatorEnsembleClassifier(network, n_jobs=n_jobs, random_state=0)
    if n_jobs > 1:
        # Processes are started once per session, which is not measured here.
        AnnotatorEnsembleClassifier(network, annotators=(), n_jobs=2).fit(X[:40], y[:40])
    before, start = mib(resource.RUSAGE_SELF), time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - start
    # Only children that have ended are counted.
    get_reusable_executor().shutdown(wait=True)
    return seconds, mib(resource.RUSAGE_SELF) - before, mib(resource.RUSAGE_CHILDREN)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    ratios, memory = [], {}
    # A fresh process for each fit, whose children end with it.
    for _ in range(options.repeats):
        seconds = {}
        for n_jobs in (1, 2):
            # Not of a Pool, whose processes may have no children.
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                seconds[n_jobs], *memory[n_jobs] = pool.submit(fit, n_jobs).result()
        ratios.append(seconds[1] / seconds[2])
    print("one process / two:", of(ratios))
    for n_jobs, (parent, children) in memory.items():
        print(f"n_jobs={n_jobs}: parent +{parent:.0f} MiB, largest child {children:.0f} MiB")


if __name__ == "__main__":
    main()
