"""What label correction costs: an epoch with its step, beside a plain epoch.

    python benchmarks/correction_epoch.py [--repeats 5] [--epochs 3] [--threads N]

The data of training_epoch.py (1024 sequences, mean 91 frames), hard labels, nothing held out. The
two take turns in one process, and only their ratio means anything.
"""

import argparse
import statistics
import time

import torch
from training_epoch import make_data

from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="epochs a run")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    X, targets = make_data()
    y = targets.argmax(axis=1).astype(str)
    plain = AttentionBLSTMClassifier(
        max_epochs=options.epochs, early_stopping=False, random_state=0
    )
    corrected = LabelCorrectingClassifier(plain)
    seconds = {"plain": [], "corrected": []}
    for _ in range(options.repeats):
        for name, model in (("plain", plain), ("corrected", corrected)):
            start = time.perf_counter()
            model.fit(X, y)
            seconds[name].append((time.perf_counter() - start) / options.epochs)
    for name, times in seconds.items():
        print(f"{name:>10}: {statistics.median(times):.2f} s ", end="")
        print(f"({min(times):.2f} to {max(times):.2f}) an epoch")
    ratios = [b / a for a, b in zip(*seconds.values(), strict=True)]
    spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"corrected / plain: {statistics.median(ratios):.2f} {spread}, ", end="")
    print(f"{options.threads} threads, torch {torch.__version__}")


if __name__ == "__main__":
    main()
