"""Feed hostile input for as long as you like.

    python tests/fuzz/run.py [--cases 10000] [--seed 0] [--only audio ratings ...]

Cases are numbered from the seed on, so that one that failed can be had again alone: --cases 1 and
its number as --seed. A case that takes longer than ten seconds, or more than 8 GiB of memory, has
failed.
"""

import argparse
import collections
import faulthandler
import resource
import signal
import tempfile
from pathlib import Path

import numpy as np
from cases import CASES
from tqdm import tqdm

SECONDS, MEMORY = 10, 8 * 2**30


def late(*_):
    raise TimeoutError(f"longer than {SECONDS} seconds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES))
    options = parser.parse_args()

    faulthandler.enable()
    signal.signal(signal.SIGALRM, late)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    counts, failed = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            for number in tqdm(range(options.seed, options.seed + options.cases), desc=name):
                signal.alarm(SECONDS)
                try:
                    answered = CASES[name](np.random.default_rng(number), Path(folder))
                    counts[name, "answered" if answered else "refused"] += 1
                except Exception as error:
                    failed.append(f"{name} {number}: {type(error).__name__}: {error}")
                finally:
                    signal.alarm(0)
    for (name, outcome), n in sorted(counts.items()):
        print(f"{name}: {n} {outcome}")
    print(*failed[:50], f"{len(failed)} failed", sep="\n")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
