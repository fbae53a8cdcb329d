"""Measure how time and memory grow with the number of samples, from 10^3 to 10^6.

    python benchmarks/growth.py [--repeats 5]

There are a thousand to a million utterances, each with 5 frames of 8 features and with ratings by
three annotators; the number of annotators is a tenth of that of utterances. For each operation,
the script prints milliseconds at every size, and the slope of a straight line on a log-log scale;
a slope of 1 is linear. Every call has a fixed cost, which matters for small sizes, so the slope
from 10^4 on is printed as well. Memory is that of the returned object.
"""

import argparse
import statistics

import numpy as np
import pandas as pd
from _timing import take_turns

from sklearn_ser import Ratings, Sequences, SoftTargetEncoder
from sklearn_ser.features import FramePooler, SequenceScaler

SIZES = [10**3, 10**4, 10**5, 10**6]
LABELS = np.array(["anger", "frustration", "happiness", "neutral", "other", "sadness"])


def make(n):
    """Ratings as a table, sequences, and half of the rows in random order."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "sample": np.repeat(np.arange(n), 3),
            "annotator": rng.integers(n // 10, size=3 * n),
            "label": LABELS[rng.integers(6, size=3 * n)],
        }
    )
    values = rng.standard_normal((5 * n, 8), dtype=np.float32)
    X = Sequences(values, 5 * np.arange(n + 1), rng.integers(n // 10, size=n))
    return table, X, rng.permutation(n)[: n // 2]


def operations(n):
    """Return the operations to time, by name."""
    table, X, rows = make(n)
    ratings = Ratings.from_long(table, samples=np.arange(n))
    return {
        "build ratings": lambda: Ratings.from_long(table, samples=np.arange(n)),
        "gather ratings": lambda: ratings[rows],
        "counts": ratings.counts,
        "consensus": ratings.consensus,
        "soft targets": lambda: SoftTargetEncoder().fit_transform(ratings),
        "gather frames": lambda: X[rows],
        "scale by speaker": lambda: SequenceScaler(by="speaker").fit_transform(X),
        "pool frames": lambda: FramePooler(5).fit_transform(X),
    }


def n_bytes(thing):
    """Memory of the arrays of a container, or of an array."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    return sum(part.nbytes for part in vars(thing).values() if isinstance(part, np.ndarray))


def slope(values):
    sizes = np.log(SIZES[-len(values) :])
    return np.polyfit(sizes, np.log(values), 1)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    taken, memory = {}, {}
    for n in SIZES:
        for name, function in operations(n).items():
            memory.setdefault(name, []).append(n_bytes(function()))
            times = take_turns({name: function}, options.repeats)[name]
            taken.setdefault(name, []).append(statistics.median(times))
    print(f"{'':18}{'ms at 10^3 to 10^6':>34}   slope   10^4 on   slope of memory")
    for name, times in taken.items():
        shown = "".join(f"{1000 * t:9.2f}" for t in times)
        print(f"{name:18}{shown}   {slope(times):.2f}    {slope(times[1:]):.2f}      ", end="")
        print(f"{slope(memory[name]):.2f}")


if __name__ == "__main__":
    main()
