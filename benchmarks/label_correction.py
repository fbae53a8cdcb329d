"""Test label correction on Emo-DB with labels flipped on purpose.

    python benchmarks/label_correction.py EMODB VOTES [--stopping RULE ...] [--noise CELL ...]
        [--models ROW ...] [--n-seeds 3] [--encoder FOLDER] [--n-jobs 2] [--results FILE]

EMODB is Emo-DB (anger, happiness, neutral, sadness; 339 utterances in a complete copy): real
recordings, labelled with the acted emotions. 0, 20 or 40 % of the training labels are flipped: to
any other emotion ("symmetric"), or to what people who rated the voices of CREMA-D heard instead
("confusions"; VOTES is a table with the columns clip, intended, A, D, F, H, N, S). Two speakers
are held out at a time. Test labels are never flipped. The flips, like the networks, depend on the
seed.

The rows are those of Fujioka et al. (2020), Table 2, and others: "smoothed" has the soft targets
that correction starts from, but never moves them; "cleanlab" trains BLSTM+ATT without the samples
that cleanlab's find_label_issues identifies from the same network's out-of-fold probabilities (4
folds by speaker); "linear" is logistic regression on the mean and deviation of the same frames,
and "linear, encoder" on a hidden state of a pretrained encoder (the folder given as --encoder),
with C and the state chosen by UA on inner speakers with their flipped labels. Oversampling,
undersampling and pretraining are only run without flips and with 20 % symmetric flips.

Networks stop by one of four rules, the same for every row, none of which sees a true label:

* "none": after 50 epochs;
* "early stopping", as in the paper: on the loss of one of the eight training speakers, after 10
  epochs without a lower one;
* "early stopping, probability": the same, on the mean probability of the labels of this speaker;
* "chosen epochs": after the number of epochs with the highest accuracy on inner speakers, two at a
  time, as a mean over 5 epochs. Pretraining, which would need two numbers, is left out.

Linear models have no epochs; they are fitted again for each rule.

UA is computed on the pooled predictions of the five folds; differences from BLSTM+ATT with the
same rule are paired, with a bootstrap interval over the ten speakers. Precision and recall measure
how well flipped labels are found, among the labels that moved or that cleanlab identified; "top"
is the share of flipped labels among the n most suspect samples, where n is the number of flipped
labels. Every fold is written as soon as it is finished.
"""

import argparse
import functools
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import torch
from _corpora import EMOTIONS, emodb, scaled_frames
from _correction_rows import (
    BASELINE,
    LINEAR,
    MINOR,
    NETWORKS,
    NOISE,
    STOPPING,
    fit_network,
    flip,
    heard_instead,
    make_encoder_row,
    make_linear,
)
from _resumable import fill, versions, write_head
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

import sklearn_ser

CELL = ["stopping", "noise", "share"]
KEYS = [*CELL, "model", "seed", "fold"]
FOUND = ["flipped", "named", "hits", "top"]
FIELDS = [*KEYS, "speaker", *(f"{n}_{e}" for n in ("n", "right") for e in EMOTIONS), *FOUND]
FIELDS.append("seconds")


def one(inputs, linear, acted, confused, splits, stopping, noise, share, name, seed, fold):
    """Train one row on one fold, and count what it got right for each test speaker."""
    train, test = splits[fold]
    rng = np.random.default_rng([seed, fold, NOISE.index((noise, share))])
    labels = flip(acted[train], noise, share, confused, rng)
    flipped = labels != acted[train]
    X = inputs[LINEAR.get(name, "frames")]
    start = time.perf_counter()
    if name in LINEAR:
        fitted, suspects = clone(linear[name]).fit(X[train], labels), None
    else:
        fitted, named, suspects = fit_network(name, stopping, seed, X[train], labels)
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
    """Return the mean gain in UA, and its 95 % bootstrap interval over speakers.

    It is over the seeds that both have.
    """
    kinds = [f"{kind}_{e}" for kind in ("n", "right") for e in EMOTIONS]
    seeds = set(part["seed"]) & set(baseline["seed"])
    tables = [
        p[p["seed"].isin(seeds)].pivot_table(
            index="speaker", columns="seed", values=kinds, aggfunc="sum"
        )
        for p in (part, baseline)
    ]
    # (kind, emotion, speaker, seed)
    counts = [
        np.stack([[t[f"{k}_{e}"].to_numpy() for e in EMOTIONS] for k in ("n", "right")])
        for t in tables
    ]

    n_speakers = counts[0].shape[2]
    draws = np.vstack(
        [np.arange(n_speakers), rng.integers(n_speakers, size=(2000, n_speakers))]
    )  # the first is everybody

    def ua(count):
        n, right = count[:, :, draws].sum(axis=3)  # each (emotion, draw, seed)
        return (right / n).mean(axis=(0, 2))

    found = ua(counts[0]) - ua(counts[1])
    return found[0], *np.quantile(found[1:], [0.025, 0.975])


def read(path):
    """Return a CSV file of results; speakers are text."""
    return pd.read_csv(path, dtype={"speaker": str}, comment="#")


def describe(path):
    """Return what was measured, and for how long."""
    fits = read(path).drop_duplicates(KEYS)
    return [
        "Emo-DB, four emotions; 10 speakers in 5 folds, no speaker on both sides",
        f"{fits['seed'].nunique()} seeds, or 1 where there is no std",
        f"fits and predictions: {fits['seconds'].sum():.0f} s by the clock in all",
    ]


def summary(path):
    """Return UA, gain over the baseline and flipped labels found, by rule, flips and row."""
    results = read(path)
    rng = np.random.default_rng(0)
    rows = []
    for (*cell, name), part in results.groupby([*CELL, "model"], sort=False):
        uas = [recalls(one_seed) for _, one_seed in part.groupby("seed")]
        row = {**dict(zip(CELL, cell, strict=True)), "model": name, "UA": np.mean(uas)}
        row["std"] = np.std(uas, ddof=1) if len(uas) > 1 else np.nan
        same = (results[CELL] == cell).all(axis=1) & (results["model"] == BASELINE)
        if name != BASELINE and same.any():
            gain, low, high = difference(part, results[same], rng)
            row |= {"gain": gain, "interval": f"{low:+.3f} to {high:+.3f}"}
        folds = part.drop_duplicates(["seed", "fold"])[FOUND].sum()
        if folds["named"]:
            row["precision"] = folds["hits"] / folds["named"]
        if folds["flipped"] and part["named"].notna().all():
            row |= {"recall": folds["hits"] / folds["flipped"]}
            row |= {"top": folds["top"] / folds["flipped"]}
        rows.append(row)
    table = pd.DataFrame(rows).sort_values(CELL, kind="stable")
    return table.set_index([*CELL, "model"]).round(3)


def list_tasks(options):
    """Return stopping rule, noise, share, row, seed and fold of every fit."""
    names = [name for name in options.models if name != "linear, encoder" or options.encoder]
    return [
        (stopping, noise, share, name, seed, fold)
        for seed in range(options.n_seeds)
        for stopping in options.stopping
        for noise, share in options.noise
        for name in names
        if name not in MINOR or (noise, share) in (("none", 0.0), ("symmetric", 0.2))
        if (stopping, name) != ("chosen epochs", "+L+w pretrained")
        for fold in range(5)
    ]


def parse_cell(text):
    """Return a cell of NOISE from text such as "symmetric:0.4"."""
    noise, _, share = text.partition(":")
    if (noise, float(share or 0)) not in NOISE:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {NOISE}")
    return noise, float(share or 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("emodb", type=Path)
    parser.add_argument("votes", type=Path)
    parser.add_argument("--stopping", nargs="+", choices=list(STOPPING), default=list(STOPPING))
    parser.add_argument(
        "--noise", nargs="+", type=parse_cell, default=NOISE, help="such as symmetric:0.4"
    )
    parser.add_argument(
        "--models", nargs="+", choices=[*NETWORKS, *LINEAR], default=[*NETWORKS, *LINEAR]
    )
    parser.add_argument("--n-seeds", type=int, default=3)
    parser.add_argument("--encoder", type=Path, help="folder of a pretrained encoder")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/label_correction.csv"))
    options = parser.parse_args()

    import cleanlab

    corpus = emodb(options.emodb)
    inputs, linear = {"frames": scaled_frames(corpus)}, {"linear": make_linear()}
    if options.encoder:
        steps, linear["linear, encoder"] = make_encoder_row(options.encoder)
        inputs["encoder"] = steps.fit_transform(corpus.data)
    splits = list(GroupKFold(5).split(inputs["frames"], groups=inputs["frames"].speaker))
    acted = corpus.target.astype(str)
    fold = functools.partial(one, inputs, linear, acted, heard_instead(options.votes), splits)
    fill(options.results, FIELDS, list_tasks(options), fold, options.n_jobs)
    about = [
        f"label_correction.py EMODB VOTES --encoder {options.encoder and options.encoder.name}, "
        f"cell by cell until {date.today()}",
        *describe(options.results),
        versions(sklearn_ser, sklearn, torch, cleanlab),
    ]
    write_head(options.results, about)
    print(*about, summary(options.results).to_string(na_rep=""), sep="\n")


if __name__ == "__main__":
    main()
