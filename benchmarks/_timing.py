"""Compare timings side by side: alternatives take turns, since only ratios are meaningful."""

import multiprocessing
import statistics
import time

import torch


def take_turns(ways, repeats):
    """Time several ways to do something, which take turns.

    Parameters
    ----------
    ways : dict of str to callable
        Without arguments.
    repeats : int

    Returns
    -------
    dict of str to list of float
        Seconds.
    """
    seconds = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def of(values, pattern="{:.2f}"):
    """Return the median of values and their range, as text."""
    low, middle, high = (pattern.format(f(values)) for f in (min, statistics.median, max))
    return f"{middle} ({low} to {high})"


def print_ratio(seconds, over, under):
    """Print how much longer one way took than another, turn by turn."""
    ratios = [a / b for a, b in zip(seconds[over], seconds[under], strict=True)]
    print(f"{over} / {under}: {of(ratios)}")


def matrix_peak():
    """Return the multiply-adds per second of torch's product of 2048 x 2048 matrices."""
    a, b = torch.randn(2, 2048, 2048)
    a @ b
    start = time.perf_counter()
    for _ in range(5):
        a @ b
    return 5 * 2048**3 / (time.perf_counter() - start)


def peak():
    """Return the peak memory of this process in MiB, without that of its parent (Linux)."""
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def in_a_fresh_process(function, *arguments):
    """Call an importable function in a process of its own, and return its result."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.apply(function, arguments)
