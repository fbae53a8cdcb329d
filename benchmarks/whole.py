"""Compare a whole cross-validation from recordings: ours, and plain opensmile and skorch.

    python benchmarks/whole.py FOLDER [--clips 60] [--epochs 5] [--repeats 3]

FOLDER holds Emo-DB's WAV files under their official names. Both sides use emobase's 52 frame
features, scale them by the mean and deviation of the training frames, train the same attention
BLSTM (128 units, 64 in each direction; batches of 32, Adamax, the same number of epochs, nothing
held out) on five folds of speakers, and score UA. "Plain" is the code to write without this
package: `opensmile.Smile.process_files`, all sequences padded to the longest, a network that masks
the padding, `skorch.NeuralNetClassifier` in scikit-learn's `cross_val_score`. The two take turns;
features are extracted again each time.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
import opensmile
import skorch
import torch
from _timing import of, print_ratio, take_turns
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_ser import AttentionBLSTMClassifier
from sklearn_ser.features import OpenSmileLLD, SequenceScaler
from sklearn_ser.metrics import ua_scorer


class PaddedBLSTM(nn.Module):
    """A network that masks padding; the last column of its input marks real frames."""

    def __init__(self, n_features, n_classes):
        super().__init__()
        self.before = nn.Sequential(nn.Linear(n_features, 128), nn.ReLU(), nn.Dropout(0.5))
        self.lstm = nn.LSTM(128, 64, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.5)
        self.u = nn.Parameter(torch.zeros(128))
        self.after = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Dropout(0.5))
        self.head = nn.Linear(128, n_classes)

    def forward(self, x):
        h = self.dropout(self.lstm(self.before(x[:, :, :-1]))[0])
        weights = torch.softmax((h @ self.u).masked_fill(x[:, :, -1] == 0, -torch.inf), dim=1)
        return self.head(self.after((weights[:, None] @ h)[:, 0]))


class PaddedScaler(TransformerMixin, BaseEstimator):
    """Scale all frames except padding."""

    def fit(self, X, y=None):
        frames = X[X[:, :, -1] == 1][:, :-1]
        self.mean, self.scale = frames.mean(axis=0), frames.std(axis=0)
        return self

    def transform(self, X):
        scaled = np.where(X[:, :, -1:] == 1, (X[:, :, :-1] - self.mean) / self.scale, 0)
        return np.concatenate([scaled, X[:, :, -1:]], axis=2).astype(np.float32)


def plain(files, labels, speakers, epochs):
    level = opensmile.FeatureLevel
    tables = [
        opensmile.Smile(opensmile.FeatureSet.emobase, part).process_files(files)
        for part in (level.LowLevelDescriptors, level.LowLevelDescriptors_Deltas)
    ]
    frames = []
    for file in files:
        statics, deltas = (table.loc[file].to_numpy(np.float32) for table in tables)
        # Deltas have two frames more.
        frames.append(np.hstack([statics, deltas[: len(statics)]]))
    X = np.zeros((len(files), max(map(len, frames)), frames[0].shape[1] + 1), np.float32)
    for row, part in zip(X, frames, strict=True):
        row[: len(part), :-1], row[: len(part), -1] = part, 1
    classes, y = np.unique(labels, return_inverse=True)
    net = skorch.NeuralNetClassifier(
        PaddedBLSTM,
        module__n_features=X.shape[2] - 1,
        module__n_classes=len(classes),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adamax,
        lr=1e-3,
        batch_size=32,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    model = make_pipeline(PaddedScaler(), net)
    return cross_val_score(
        model, X, y, groups=speakers, cv=GroupKFold(5), scoring="balanced_accuracy"
    )


def ours(files, labels, speakers, epochs):
    X = OpenSmileLLD("emobase").fit_transform(files)
    network = AttentionBLSTMClassifier(
        (128, 64, 128), max_epochs=epochs, early_stopping=False, random_state=0
    )
    model = make_pipeline(SequenceScaler(), network)
    return cross_val_score(model, X, labels, groups=speakers, cv=GroupKFold(5), scoring=ua_scorer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    every = sorted(options.folder.glob("*.wav"))
    files = [str(path) for path in every[:: max(1, len(every) // options.clips)]][: options.clips]
    labels = np.array([Path(file).stem[5] for file in files])
    speakers = np.array([Path(file).stem[:2] for file in files])
    arguments = files, labels, speakers, options.epochs
    found = {"plain": [], "ours": []}
    ways = {
        name: lambda name=name, way=way: found[name].append(way(*arguments).mean())
        for name, way in (("plain", plain), ("ours", ours))
    }
    seconds = take_turns(ways, options.repeats)
    print(f"{len(files)} clips, 5 folds of speakers, {options.epochs} epochs, ", end="")
    print(f"torch {torch.__version__}")
    for name, times in seconds.items():
        print(f"{name:>6}: {of(times)} s, UA {statistics.mean(found[name]):.2f}")
    print_ratio(seconds, "plain", "ours")


if __name__ == "__main__":
    main()
