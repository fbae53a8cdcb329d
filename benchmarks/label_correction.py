"""Test label correction on Emo-DB with labels flipped on purpose.

    python benchmarks/label_correction.py EMODB VOTES [--n-seeds 3] [--n-jobs 2] [--results FILE]

EMODB is Emo-DB (anger, happiness, neutral, sadness; 339 utterances in a complete copy): real
recordings, labelled with the acted emotions. 0, 20 or 40 % of the training labels are flipped: to
any other emotion ("symmetric"), or to what people who rated the voices of CREMA-D heard instead
("confusions"; VOTES is a table with the columns clip, intended, A, D, F, H, N, S). Two speakers
are held out at a time. Test labels are never flipped. The flips, like the networks, depend on the
seed.

The rows are those of Fujioka et al. (2020), Table 2, and two more: "smoothed" has the soft targets
that correction starts from, but never moves them; "cleanlab" trains BLSTM+ATT without the samples
that cleanlab's find_label_issues identifies from the same network's out-of-fold probabilities (4
folds by speaker). Oversampling, undersampling and pretraining are only run without flips and with
20 % symmetric flips.

UA is computed on the pooled predictions of the five folds; differences from BLSTM+ATT are paired,
with a bootstrap interval over the ten speakers. Precision and recall measure how well flipped
labels are found, among the labels that moved or that cleanlab identified; "top" is the share of
flipped labels among the n most suspect samples, where n is the number of flipped labels. Every
fold is written as soon as it is finished.
"""

import argparse
import functools
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import torch
from _corpora import EMOTIONS, confusions, emodb, scaled_frames
from _resumable import fill, versions
from sklearn.model_selection import GroupKFold

import sklearn_ser
from sklearn_ser import AttentionBLSTMClassifier, HardTargetEncoder, LabelCorrectingClassifier
from sklearn_ser.evaluation import cross_val_predict

KEYS = ["noise", "share", "model", "seed", "fold"]
FOUND = ["flipped", "named", "hits", "top"]
FIELDS = [*KEYS, "speaker", *(f"{n}_{e}" for n in ("n", "right") for e in EMOTIONS), *FOUND]
FIELDS.append("seconds")
BASELINE = "BLSTM+ATT"
OFF = {"learn_targets": False, "learn_weights": False}
MODELS = {
    BASELINE: OFF,
    "smoothed": {**OFF, "fixed_target": "softmax"},
    "+L": {"learn_weights": False},
    "+w": {"learn_targets": False},
    "+L+w": {},
    "cleanlab": OFF,
    "oversampling": {**OFF, "w_init": "uniform", "estimator__resample": "over"},
    "undersampling": {**OFF, "w_init": "uniform", "estimator__resample": "under"},
    "+L+w pretrained": {"pretrain": True},
}
MINOR = ("oversampling", "undersampling", "+L+w pretrained")
NOISE = [("none", 0.0), *((n, s) for n in ("symmetric", "confusions") for s in (0.2, 0.4))]


def heard_instead(path):
    """Return the shares of the other three emotions that people heard instead of each emotion."""
    table = confusions(path).loc[EMOTIONS, EMOTIONS].to_numpy(float)
    np.fill_diagonal(table, 0)
    return table / table.sum(axis=1, keepdims=True)


def flip(labels, noise, share, confused, rng):
    """Replace the labels of a random share of the samples."""
    others = (1 - np.eye(4)) / 3 if noise == "symmetric" else confused
    flipped = labels.copy()
    for row in rng.permutation(len(labels))[: round(share * len(labels))]:
        flipped[row] = rng.choice(EMOTIONS, p=others[EMOTIONS.index(labels[row])])
    return flipped


def model(settings, seed):
    network = AttentionBLSTMClassifier(
        (128, 64, 128),
        target_encoder=HardTargetEncoder(),
        lr=0.002,
        batch_size=16,
        max_epochs=50,
        early_stopping=False,
    )
    correcting = LabelCorrectingClassifier(network, store_trajectory=False, random_state=seed)
    return correcting.set_params(**settings)


def issues(X, labels, seed):
    """Return the samples that cleanlab identifies, and all samples, the most suspect first."""
    # The summary does without this package.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    proba = cross_val_predict(model(OFF, seed), X, labels, groups=X.speaker, cv=GroupKFold(4))
    codes = np.array([EMOTIONS.index(label) for label in labels])
    named = find_label_issues(codes, proba, n_jobs=1)
    return named, np.argsort(get_label_quality_scores(codes, proba), kind="stable")


def one(X, acted, confused, splits, noise, share, name, seed, fold):
    train, test = splits[fold]
    rng = np.random.default_rng([seed, fold, NOISE.index((noise, share))])
    labels = flip(acted[train], noise, share, confused, rng)
    flipped = labels != acted[train]
    start = time.perf_counter()
    if name == "cleanlab":
        named, suspects = issues(X[train], labels, seed)
        fitted = model(OFF, seed).fit(X[train][~named], labels[~named])
    else:
        fitted = model(MODELS[name], seed).fit(X[train], labels)
        named = fitted.classes_[fitted.corrected_targets_.argmax(axis=1)] != labels
        learned = fitted.learn_targets or fitted.learn_weights
        suspects = fitted.suspects(len(labels)).index if learned else None
    found = ["", "", ""]
    if suspects is not None:
        top = flipped[suspects[: flipped.sum()]].sum()
        found = [named.sum(), flipped[named].sum(), top]
    predicted, seconds = fitted.predict(X[test]), f"{time.perf_counter() - start:.1f}"
    rows = []
    for speaker in np.unique(X.speaker[test]):
        said, was = (values[X.speaker[test] == speaker] for values in (predicted, acted[test]))
        n = [(was == emotion).sum() for emotion in EMOTIONS]
        right = [((was == emotion) & (said == emotion)).sum() for emotion in EMOTIONS]
        rows.append((speaker, *n, *right, flipped.sum(), *found, seconds))
    return rows


def recalls(table):
    """Return the UA of the sum of rows of counts."""
    n, right = (table[[f"{kind}_{e}" for e in EMOTIONS]].sum() for kind in ("n", "right"))
    return (right.to_numpy() / n.to_numpy()).mean()


def difference(part, baseline, rng):
    """Return the mean gain in UA, and its 95 % bootstrap interval over speakers."""
    kinds = [f"{kind}_{e}" for kind in ("n", "right") for e in EMOTIONS]
    tables = [
        p.pivot_table(index="speaker", columns="seed", values=kinds, aggfunc="sum")
        for p in (part, baseline)
    ]
    # (speaker, kind, emotion, seed)
    counts = [
        np.stack([[t[f"{k}_{e}"].to_numpy() for e in EMOTIONS] for k in ("n", "right")])
        for t in tables
    ]

    def ua(count, speakers):
        n, right = count[:, :, speakers].sum(axis=2)
        return (right / n).mean(axis=0).mean()

    n_speakers = counts[0].shape[2]
    draws = [np.arange(n_speakers), *rng.integers(n_speakers, size=(2000, n_speakers))]
    found = np.array([ua(counts[0], draw) - ua(counts[1], draw) for draw in draws])
    return found[0], *np.quantile(found[1:], [0.025, 0.975])


def summary(path):
    results = pd.read_csv(path, dtype={"speaker": str})
    rng = np.random.default_rng(0)
    rows = []
    for (noise, share, name), part in results.groupby(["noise", "share", "model"], sort=False):
        uas = [recalls(one_seed) for _, one_seed in part.groupby("seed")]
        row = {"noise": noise, "share": share, "model": name, "UA": np.mean(uas)}
        row["std"] = np.std(uas, ddof=1)
        same = (results["noise"] == noise) & (results["share"] == share)
        if name != BASELINE:
            gain, low, high = difference(part, results[same & (results["model"] == BASELINE)], rng)
            row |= {"gain": gain, "interval": f"{low:+.3f} to {high:+.3f}"}
        folds = part.drop_duplicates(["seed", "fold"])[FOUND].sum()
        if folds["named"]:
            row["precision"] = folds["hits"] / folds["named"]
        if folds["flipped"] and part["named"].notna().all():
            row |= {"recall": folds["hits"] / folds["flipped"]}
            row |= {"top": folds["top"] / folds["flipped"]}
        rows.append(row)
    table = pd.DataFrame(rows).sort_values(["noise", "share"], kind="stable")
    return table.set_index(["noise", "share", "model"]).round(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("emodb", type=Path)
    parser.add_argument("votes", type=Path)
    parser.add_argument("--n-seeds", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/label_correction.csv"))
    options = parser.parse_args()

    import cleanlab

    corpus = emodb(options.emodb)
    X = scaled_frames(corpus)
    acted = corpus.target.astype(str)
    splits = list(GroupKFold(5).split(X, groups=X.speaker))
    tasks = [
        (noise, share, name, seed, fold)
        for seed in range(options.n_seeds)
        for noise, share in NOISE
        for name in MODELS
        if name not in MINOR or (noise, share) in (("none", 0.0), ("symmetric", 0.2))
        for fold in range(len(splits))
    ]
    fold = functools.partial(one, X, acted, heard_instead(options.votes), splits)
    fill(options.results, FIELDS, tasks, fold, options.n_jobs)
    print(versions(sklearn_ser, sklearn, torch, cleanlab))
    print(summary(options.results).to_string(na_rep=""))


if __name__ == "__main__":
    main()
