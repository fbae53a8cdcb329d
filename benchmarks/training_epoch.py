"""Time a training epoch of this package, of a plain torch loop, and of skorch with packed input.

    python benchmarks/training_epoch.py [--repeats 5] [--threads N]

The data are 1024 sequences of log-normal length (mean 91 frames, sigma 0.7; 45 features), trained
in batches of 32 with Adamax. The three take turns in one process, and only their ratios are
meaningful. "Packed" is the same network with `torch.nn.LSTM` on packed sequences and shuffled
batches padded by a collate function. Peak memory is that of a new process for each, in addition to
that of the data and imports. The machine's peak is the rate of a product of 2048 x 2048 matrices,
measured in turn with them.
"""

import argparse

import numpy as np
import skorch
import torch
from _timing import in_a_fresh_process, matrix_peak, of, peak, print_ratio, take_turns
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from sklearn_ser import Sequences
from sklearn_ser.nn import AttentionBLSTM, SoftCrossEntropy
from sklearn_ser.training import _net
from sklearn_ser.training._batches import Batches, Examples

N_SAMPLES, MEAN_LENGTH, SIGMA, N_FEATURES, N_CLASSES, BATCH = 1024, 91, 0.7, 45, 4, 32


def make_data():
    rng = np.random.default_rng(0)
    lengths = rng.lognormal(np.log(MEAN_LENGTH) - SIGMA**2 / 2, SIGMA, N_SAMPLES)
    lengths = np.maximum(lengths.round().astype(int), 1)
    values = rng.standard_normal((lengths.sum(), N_FEATURES), dtype=np.float32)
    X = Sequences(values, np.concatenate([[0], np.cumsum(lengths)]))
    return X, rng.dirichlet(np.ones(N_CLASSES), N_SAMPLES).astype(np.float32)


class PackedBLSTM(nn.Module):
    """The same network as it is usually written."""

    def __init__(self):
        super().__init__()
        self.before = nn.Sequential(nn.Linear(N_FEATURES, 256), nn.ReLU(), nn.Dropout(0.5))
        self.lstm = nn.LSTM(256, 128, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.5)
        self.u = nn.Parameter(torch.zeros(256))
        self.after = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.5))
        self.head = nn.Linear(256, N_CLASSES)

    def forward(self, x, lengths):
        h = self.before(x)
        packed = pack_padded_sequence(h, lengths.cpu(), batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        h = self.dropout(h)
        padding = torch.arange(h.shape[1])[None] >= lengths[:, None]
        weights = torch.softmax((h @ self.u).masked_fill(padding, -torch.inf), dim=1)
        return self.head(self.after((weights[:, None] @ h)[:, 0]))


class PaddedDataset(torch.utils.data.Dataset):
    def __init__(self, X, targets):
        self.samples = [torch.from_numpy(frames) for frames in X]
        self.targets = torch.from_numpy(targets)

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        return self.samples[i], self.targets[i]


def collate(batch):
    samples, targets = zip(*batch, strict=True)
    lengths = torch.tensor([len(sample) for sample in samples])
    return {"x": pad_sequence(samples, batch_first=True), "lengths": lengths}, torch.stack(targets)


def packed(X, targets, epochs):
    net = skorch.NeuralNet(
        PackedBLSTM,
        criterion=SoftCrossEntropy,
        optimizer=torch.optim.Adamax,
        lr=1e-3,
        max_epochs=epochs,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        iterator_train__collate_fn=collate,
        train_split=None,
        verbose=0,
    )
    net.fit(PaddedDataset(X, targets))


def ours(X, targets, epochs):
    _net.Training(
        AttentionBLSTM,
        {"n_features": N_FEATURES, "n_classes": N_CLASSES},
        Examples(X, targets),
        seed=0,
        optimizer="adamax",
        lr=1e-3,
        weight_decay=0,
        batch_size=BATCH,
        max_epochs=epochs,
        patience=1,
        device="cpu",
        verbose=False,
    ).run()


def bare(X, targets, epochs):
    examples = Examples(X, targets)
    module = AttentionBLSTM(N_FEATURES, N_CLASSES)
    optimizer = torch.optim.Adamax(module.parameters(), lr=1e-3)
    criterion = SoftCrossEntropy()
    batches = Batches(examples, BATCH, np.random.default_rng(0))
    for _ in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            criterion(module(**x), y).backward()
            optimizer.step()


WAYS = {"ours": ours, "bare loop": bare, "packed": packed}


def growth(name):
    """Return what an epoch adds to the peak memory of this process, in MiB."""
    X, targets = make_data()
    before = peak()
    WAYS[name](X, targets, 1)
    return peak() - before


def multiply_adds(n_frames):
    """Return the multiply-adds of an epoch: three times a forward pass (up to the BLSTM)."""
    before = N_FEATURES * 256
    lstm = 2 * 4 * 128 * (256 + 128)
    return 3 * n_frames * (before + lstm)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=1, help="epochs per run")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    X, targets = make_data()
    for way in WAYS.values():
        way(X[:128], targets[:128], 1)
    ways = {name: lambda way=way: way(X, targets, options.epochs) for name, way in WAYS.items()}
    peaks = []
    seconds = take_turns(ways | {"peak": lambda: peaks.append(matrix_peak())}, options.repeats)
    del seconds["peak"]
    print(f"{N_SAMPLES} sequences, {len(X.values)} frames, {options.threads} threads, ", end="")
    print(f"torch {torch.__version__}, skorch {skorch.__version__}; median (range) of an epoch")
    work = multiply_adds(len(X.values)) * options.epochs
    for name, times in seconds.items():
        shares = [100 * work / t / peak for t, peak in zip(times, peaks, strict=True)]
        print(f"{name:>10}: {of([t / options.epochs for t in times])} s, ", end="")
        print(f"{of(shares, '{:.0f}')} % of the matrix peak, ", end="")
        print(f"peak memory +{in_a_fresh_process(growth, name):.0f} MiB")
    print_ratio(seconds, "packed", "ours")
    print_ratio(seconds, "bare loop", "ours")


if __name__ == "__main__":
    main()
