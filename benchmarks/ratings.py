"""Time a million ratings by ten thousand annotators of a hundred thousand utterances.

    python benchmarks/ratings.py

It prints the seconds to build, slice, count and find the consensus, and the peak memory of a new
process that does so: in total, and in addition to that of the imports and the user's own table.
"""

import time

import numpy as np
import pandas as pd
from _timing import peak

from sklearn_ser import Ratings, SoftTargetEncoder

N_RATINGS, N_ANNOTATORS, N_SAMPLES = 1_000_000, 10_000, 100_000
LABELS = np.array(["anger", "frustration", "happiness", "neutral", "other", "sadness"])


def main():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "sample": rng.integers(N_SAMPLES, size=N_RATINGS, dtype=np.int32),
            "annotator": rng.integers(N_ANNOTATORS, size=N_RATINGS, dtype=np.int32),
            "label": pd.Categorical.from_codes(rng.integers(6, size=N_RATINGS), LABELS),
        }
    )
    before, start = peak(), time.perf_counter()

    def report(what):
        nonlocal start
        print(f"{what:10} {time.perf_counter() - start:6.2f} s   peak {peak():5.0f} MiB")
        start = time.perf_counter()

    ratings = Ratings.from_long(table, samples=np.arange(N_SAMPLES))
    report("build")
    half = ratings[rng.permutation(N_SAMPLES)[: N_SAMPLES // 2]]
    report("slice")
    ratings.counts()
    report("count")
    ratings.consensus()
    report("consensus")
    SoftTargetEncoder().fit_transform(half)
    report("targets")
    print(f"peak above imports and table: {peak() - before:.0f} MiB")


if __name__ == "__main__":
    main()
