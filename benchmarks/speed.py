"""Run all benchmarks of speed and memory, each in a process of its own.

    python benchmarks/speed.py FOLDER [--full]

FOLDER holds Emo-DB's WAV files. This takes about half an hour on two otherwise idle cores, a third
of it for the memory of segments; --full adds configuration E at its full width. Each part is
described in its own file in this folder.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import joblib
import torch
from _timing import matrix_peak, of


def parts(options):
    """File and arguments of each part."""
    folder = str(options.folder)
    return {
        "training_epoch": [],
        "correction_epoch": [],
        "segments": ["--full"] if options.full else [],
        "ensemble": [],
        "crowd": [],
        "extraction": [folder],
        "log_mel": [folder],
        "ratings": [],
        "growth": [],
        "whole": [folder],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true", help="configuration E, too")
    options = parser.parse_args()
    for name, arguments in parts(options).items():
        peaks = [matrix_peak() / 1e9 for _ in range(5)]
        print(f"\n{name}: {joblib.cpu_count()} cores, {torch.get_num_threads()} threads, ", end="")
        print(f"matrix peak {of(peaks, '{:.0f}')} billion multiply-adds per second", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        subprocess.run([sys.executable, script, *arguments], check=True)


if __name__ == "__main__":
    main()
