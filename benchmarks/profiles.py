r"""Test the refinement of emotion profiles on Emo-DB, by speaker and as published.

    python benchmarks/profiles.py ROOT --cache FOLDER [--n-seeds 2] [--n-jobs 2] [--results FILE]

ROOT holds ``wav/`` with Emo-DB in seven emotions, 535 utterances. Features are log-Mel
spectrograms of 64 bands, in segments of 335 ms every 100 ms; each band is scaled over the training
part (in the published procedure, over all data). The network is configuration A at an eighth of
its width, with at most 12 epochs and three inner folds: this is what two cores can train, and not
what the paper trained (configuration E, every 10 ms, ten folds).

"speaker": two speakers are held out at a time, whom no network and no forest has seen. "paper":
ten folds over utterances, then another ten for the forest, which is optimistic: see
`sklearn_ser.evaluation.paper_protocol`. WA and UA are computed on pooled predictions. Rows share
stages, which the cache keeps. Every fold is written as soon as it is finished, and a run that was
killed resumes at the stage and fold that it had reached. profiles.csv was made by the first
command with two seeds, in 3.6 core hours while other work was running (sklearn_ser 0.1.0, torch
2.13.0, scikit-learn 1.9.1, two cores). The full configuration is

    python benchmarks/profiles.py ROOT --cache FOLDER --configuration E --width 1 \
        --segment-step 1 \
        --epochs 20 --inner 10 --stages 5 --n-jobs 1 --results full.csv
"""

import argparse
import functools
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import torch
from _corpora import emodb
from _resumable import fill, versions
from sklearn.model_selection import GroupKFold

import sklearn_ser
from sklearn_ser import ProfileRefineryClassifier, SegmentVGGClassifier
from sklearn_ser.evaluation import paper_protocol
from sklearn_ser.features import SegmentLogMel, SequenceScaler

FIELDS = ["protocol", "seed", "fold", "row", "label", "prediction", "n", "seconds"]


def refinements(options):
    """Name in the paper, refinement and most stages."""
    return [
        ("pEPR", "pseudo", options.stages),
        ("sEPR", "standard", 3),
        ("hard dynamic", "hard", 2),
        ("soft static", "static", 2),
    ]


def name_of(name, stage):
    if stage == 1:
        return "VGG"
    return f"{name} {stage}" if name.endswith("EPR") else name


def model(options, refinement, n_stages, seed):
    network = SegmentVGGClassifier(
        options.configuration, width=options.width, max_epochs=options.epochs
    )
    return ProfileRefineryClassifier(
        network,
        refinement=refinement,
        n_stages=n_stages,
        cv=options.inner,
        memory=options.cache,
        random_state=seed,
    )


def one(X, y, splits, options, protocol, seed, fold):
    start, found = time.perf_counter(), {}
    if protocol == "paper":
        scaled = SequenceScaler().fit_transform(X)
        for name, refinement, most in refinements(options):
            refinery = model(options, refinement, most, seed)
            result = paper_protocol(refinery, scaled, y, random_state=seed)
            for stage, said in enumerate(result.predictions, start=1):
                found[name_of(name, stage)] = Counter(zip(result.target, said, strict=True))
    else:
        train, test = splits[fold]
        scaler = SequenceScaler().fit(X[train])
        X_train, X_test = scaler.transform(X[train]), scaler.transform(X[test])
        for name, refinement, most in refinements(options):
            # Stages that were trained already are not trained again.
            for n_stages in range(1, most + 1):
                row = name_of(name, n_stages)
                if row not in found:
                    fitted = model(options, refinement, n_stages, seed).fit(X_train, y[train])
                    found[row] = Counter(zip(y[test], fitted.predict(X_test), strict=True))
    seconds = f"{time.perf_counter() - start:.0f}"
    return [
        (row, label, said, n, seconds)
        for row, pairs in found.items()
        for (label, said), n in sorted(pairs.items())
    ]


def summary(path):
    rows = []
    for key, part in pd.read_csv(path).groupby(["protocol", "row", "seed"], sort=False):
        table = part.pivot_table(
            index="label", columns="prediction", values="n", aggfunc="sum", fill_value=0
        )
        table = table.reindex(columns=table.index, fill_value=0).to_numpy()
        ua = (np.diag(table) / part.groupby("label")["n"].sum().to_numpy()).mean()
        rows.append((*key, ua, np.diag(table).sum() / part["n"].sum()))
    scores = pd.DataFrame(rows, columns=["protocol", "row", "seed", "UA", "WA"])
    by_row = scores.groupby(["protocol", "row"], sort=False)[["UA", "WA"]]
    return by_row.agg(["mean", "min", "max"]).round(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--n-seeds", type=int, default=2)
    parser.add_argument("--configuration", default="A")
    parser.add_argument("--width", type=float, default=0.125)
    parser.add_argument("--segment-step", type=int, default=10, help="frames of 10 ms")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--inner", type=int, default=3, help="folds inside each fit")
    parser.add_argument("--stages", type=int, default=4, help="most stages of pEPR")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/profiles.csv"))
    parser.add_argument("--cache", type=Path, required=True, help="folder of trained networks")
    options = parser.parse_args()

    corpus = emodb(options.root, emotions=None)
    X, y = (
        SegmentLogMel(segment_step=options.segment_step).fit_transform(corpus.data),
        corpus.target.astype(str),
    )
    splits = list(GroupKFold(5).split(X, groups=X.speaker))
    tasks = [
        (protocol, seed, fold)
        for seed in range(options.n_seeds)
        for protocol, n_folds in (("speaker", len(splits)), ("paper", 1))
        for fold in range(n_folds)
    ]
    fold = functools.partial(one, X, y, splits, options)
    fill(options.results, FIELDS, tasks, fold, options.n_jobs)
    print(versions(sklearn_ser, sklearn, torch))
    print(
        summary(options.results).to_string(),
        "paper: optimistic, as `paper_protocol` says",
        sep="\n",
    )


if __name__ == "__main__":
    main()
