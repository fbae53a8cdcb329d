"""Compare the time of an epoch of label correction with that of a plain epoch.

    python benchmarks/correction_epoch.py [--repeats 5] [--epochs 3] [--threads N]

The data of training_epoch.py (1024 sequences, mean 91 frames), hard labels, nothing held out. The
two take turns in one process, and only their ratio is meaningful.
"""

import argparse

import torch
from _timing import of, print_ratio, take_turns
from training_epoch import make_data

from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="epochs per run")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    X, targets = make_data()
    y = targets.argmax(axis=1).astype(str)
    plain = AttentionBLSTMClassifier(
        max_epochs=options.epochs, early_stopping=False, random_state=0
    )
    corrected = LabelCorrectingClassifier(plain)
    ways = {"plain": lambda: plain.fit(X, y), "corrected": lambda: corrected.fit(X, y)}
    seconds = take_turns(ways, options.repeats)
    for name, times in seconds.items():
        print(f"{name:>10}: {of([t / options.epochs for t in times])} s per epoch")
    print_ratio(seconds, "corrected", "plain")
    print(f"{options.threads} threads, torch {torch.__version__}")


if __name__ == "__main__":
    main()
