"""Ways that take turns: only the ratios of what is measured side by side mean anything."""

import multiprocessing
import statistics
import time

import torch


def take_turns(ways, repeats):
    """Time ways to do something, one after the other, again and again.

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
    """Return the multiply-adds a second of a product of 2048 x 2048 matrices by torch."""
    a, b = torch.randn(2, 2048, 2048)
    a @ b
    start = time.perf_counter()
    for _ in range(5):
        a @ b
    return 5 * 2048**3 / (time.perf_counter() - start)


def peak():
    """Return the peak memory of this process in MiB (Linux; nothing inherited of its parent)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def in_a_fresh_process(function, *arguments):
    """Return what an importable function returns in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.apply(function, arguments)
