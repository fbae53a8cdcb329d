"""Measure training on segments: speed against a plain loop, memory against copies.

    python benchmarks/segments.py [--repeats 5] [--full]

Segments are random, with 32 frames of 64 bands. Speed is measured for configuration A at a quarter
of its width (with --full also E at full width), in batches of 128, trained by the estimator and by
a plain channels-last loop. They take turns in one process with a product of 2048 x 2048 matrices,
whose rate is the machine's peak. The work of a training step is taken to be three times the
multiply-adds of a forward pass.

Memory is what fitting adds to the peak of a new process at a step of one frame, for the estimator
and for one that gets every segment as a copy; with 40 utterances of 30 s, A at a quarter of its
width and one epoch; it is the median of three processes. "network" is the same on 21 batches of
the same sizes that need almost no memory for frames; with a single batch, training would not yet
have reached its steady state. Linux only.
"""

import argparse
import statistics

import numpy as np
import torch
from _timing import in_a_fresh_process, matrix_peak, of, peak, print_ratio, take_turns

from sklearn_ser import Segments, SegmentVGGClassifier
from sklearn_ser.nn import SegmentVGG, SoftCrossEntropy

BATCH = 128


def make_data(n_samples, n_frames, hop, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n_samples * n_frames, 64), dtype=np.float32)
    X = Segments(values, np.arange(n_samples + 1) * n_frames, segment_step=hop)
    return X, np.array(["a", "b", "c", "d"])[np.arange(n_samples) % 4]


def multiply_adds(configuration, width):
    """Return the multiply-adds of a forward pass of one segment."""
    module, total = SegmentVGG(32, 64, 4, configuration, width), [0]

    def count(layer, inputs, output):
        weights = layer.weight[0].numel()
        total[0] += weights * output[0].numel()

    for layer in module.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            layer.register_forward_hook(count)
    module.eval()(torch.zeros(1, 1, 32, 64))
    return total[0]


def estimator(configuration, width, **changes):
    settings = {"max_epochs": 1, "early_stopping": False, "random_state": 0} | changes
    return SegmentVGGClassifier(configuration, width=width, **settings)


def bare(X, y, configuration, width):
    module = SegmentVGG(32, 64, 4, configuration, width)
    optimizer, criterion = torch.optim.Adam(module.parameters()), SoftCrossEntropy()
    codes = np.unique(y, return_inverse=True)[1]
    targets = torch.eye(4)[np.repeat(codes, X.n_segments)]
    windows, starts = X.windows(), X.segment_starts
    order = np.random.default_rng(0).permutation(len(starts))
    for first in range(0, len(order), BATCH):
        rows = order[first : first + BATCH]
        x = torch.from_numpy(windows[starts[rows]])[:, None]
        optimizer.zero_grad()
        criterion(module(x), targets[rows]).backward()
        optimizer.step()


def speed(configuration, width, n_samples, repeats):
    X, y = make_data(n_samples, 32, 32)
    ways = {
        "estimator": lambda: estimator(configuration, width).fit(X, y),
        "bare loop": lambda: bare(X, y, configuration, width),
    }
    for way in ways.values():
        way()
    peaks = []
    seconds = take_turns({"peak": lambda: peaks.append(matrix_peak())} | ways, repeats)
    del seconds["peak"]
    work = 3 * multiply_adds(configuration, width) * n_samples
    print(f"configuration {configuration}, width {width}: {n_samples} segments per epoch")
    for name, times in seconds.items():
        shares = [100 * work / t / peak for t, peak in zip(times, peaks, strict=True)]
        print(
            f"{name:>10}: {of([n_samples / t for t in times], '{:.0f}')} segments per second, ",
            end="",
        )
        print(f"{of(shares, '{:.0f}')} % of the matrix peak")
    print_ratio(seconds, "estimator", "bare loop")


N_SAMPLES, N_FRAMES = 40, 3000
N_SEGMENTS = N_SAMPLES * (N_FRAMES - 31)


def growth(way):
    """Return what fitting adds to the peak memory of this process, in MiB."""
    X, y = make_data(N_SAMPLES, N_FRAMES, 1)
    if way == "network":
        X, y = make_data(20 * BATCH + N_SEGMENTS % BATCH, 32, 32)
    # Trigger all late imports now.
    estimator("A", 0.25).fit(*make_data(8, 32, 32))
    before = peak()
    if way == "copies":
        y = np.repeat(y, X.n_segments)
        X = np.concatenate([X.segments(i) for i in range(len(X))])
    estimator("A", 0.25, batch_size=BATCH).fit(X, y)
    return peak() - before


def memory():
    frames = N_SAMPLES * N_FRAMES * 64 * 4 / 2**20
    copied = N_SEGMENTS * 32 * 64 * 4 / 2**20
    print(f"memory: frames {frames:.0f} MiB; {N_SEGMENTS:,} segments would be {copied:.0f} MiB")
    found = {"network": [], "views": [], "copies": []}
    for _ in range(3):
        for way, values in found.items():
            values.append(in_a_fresh_process(growth, way))
    for way, values in found.items():
        print(f"{way:>10}: peak +{of(values, '{:.0f}')} MiB")
    views, network = (statistics.median(found[way]) for way in ("views", "network"))
    print(f"views less network: {(views - network) / frames:.2f} times the frames")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="configuration E at full width, too")
    options = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; median (range)")
    speed("A", 0.25, 40 * BATCH, options.repeats)
    if options.full:
        speed("E", 1.0, BATCH, options.repeats)
    memory()


if __name__ == "__main__":
    main()
