"""
Labels and weights corrected while the network learns
=====================================================

Fujioka et al. (2020) let the network argue with the labels: after every epoch each training sample
takes a step of its own, towards what the network makes of it and, by its weight, out of the way if
the two do not agree. Here is their Table 2, row by row, on a synthetic corpus of dyadic sessions,
where what was expressed is known. Every utterance has the answer of one *simulated* rater, who is
often wrong. One session at a time is held out with both of its speakers; one speaker in ten of the
others tells when to stop.

Correction mends more labels than it harms where the network is right more often than the labels.
With the consensus of three raters in place of one (``--raters 3``) it mends hardly more than it
harms: look at what it moved before you believe it.

    python examples/plot_label_correction.py
"""

import argparse
import time

import joblib
import pandas as pd
import torch
from sklearn.metrics import accuracy_score, recall_score
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from tqdm import tqdm

from sklearn_ser import AttentionBLSTMClassifier, LabelCorrectingClassifier
from sklearn_ser.datasets import make_dyadic_corpus, simulate_ratings
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler
from sklearn_ser.inspection import LabelCorrectionDisplay

# %%
# The rows
# --------
# All of them are settings of one estimator. "Smoothed" is not in the paper: it learns from the
# soft targets that correction starts from, and never moves them.

OFF = {"learn_targets": False, "learn_weights": False}
ROWS = {
    "BLSTM+ATT": OFF,
    "oversampling": {**OFF, "w_init": "uniform", "estimator__resample": "over"},
    "undersampling": {**OFF, "w_init": "uniform", "estimator__resample": "under"},
    "smoothed": {**OFF, "fixed_target": "softmax"},
    "+L": {"learn_weights": False},
    "+w": {"learn_targets": False},
    "+L+w pretrained": {"pretrained": True},
    "+L+w": {},
}
ANSWERS = ["anger", "happiness", "neutral", "sadness", "other"]
CONFUSIONS = pd.DataFrame(
    [
        [0.75, 0.02, 0.10, 0.05, 0.08],
        [0.03, 0.75, 0.15, 0.02, 0.05],
        [0.05, 0.08, 0.72, 0.10, 0.05],
        [0.04, 0.02, 0.14, 0.75, 0.05],
        [0.30, 0.02, 0.20, 0.13, 0.35],
    ],
    index=["anger", "happiness", "neutral", "sadness", "frustration"],
    columns=ANSWERS,
)


def model(row, seed):
    """The estimator that a row stands for."""
    network = AttentionBLSTMClassifier((64, 32, 64), lr=0.003, max_epochs=40, patience=8)
    return LabelCorrectingClassifier(network, random_state=seed).set_params(**ROWS[row])


# %%
# One fold
# --------
# Scores are against what was expressed most, and so is what became of the labels: the share that
# was moved, and of these the share that was wrong before and is right now ("mended"), and the
# share that was right and is wrong ("harmed").


def fold(X, ratings, truth, train, test, row, seed):
    """Train on some sessions; score on another, and look at the labels trained on."""
    torch.set_num_threads(1)
    scaler = SequenceScaler(by="speaker").fit(X[train])
    fitted = model(row, seed).fit(scaler.transform(X[train]), ratings[train])
    said, was = fitted.predict(scaler.transform(X[test])), truth[test]
    known = was != "frustration"
    scores = {
        "row": row,
        "session": X.session[test[0]],
        "UA": recall_score(was[known], said[known], average="macro"),
        "WA": accuracy_score(was[known], said[known]),
    }
    table = fitted.suspects(len(train)) if fitted.learn_targets else None
    if table is not None:
        was = truth[train][table.index]
        table, was = table[was != "frustration"], was[was != "frustration"]
        right, is_right = table["given"] == was, table["corrected"] == was
        moved = table["given"] != table["corrected"]
        scores |= {"right before": right.mean(), "after": is_right.mean(), "moved": moved.mean()}
        if moved.any():
            scores |= {"mended": is_right[moved].mean(), "harmed": right[moved].mean()}
    return scores


def main():
    parser = argparse.ArgumentParser(description="Labels and weights corrected while learning.")
    parser.add_argument("--seeds", type=int, default=2, help="networks to train for each row")
    parser.add_argument("--raters", type=int, default=1, help="simulated raters an utterance")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--figure", default="label_correction.png", help="where to save it")
    options = parser.parse_args()
    start = time.perf_counter()

    corpus = make_dyadic_corpus(n_sessions=5, n_utterances=100, random_state=0)
    ratings = simulate_ratings(
        corpus.expressed,
        CONFUSIONS,
        n_annotators=6,
        n_ratings=options.raters,
        bias=0.5,
        target_classes=corpus.target_names,
        random_state=0,
    )
    truth = corpus.expressed.idxmax(axis=1).to_numpy().astype(str)
    X = make_pipeline(OpenSmileLLD("chou2019", verbose=True), FramePooler(5)).fit_transform(
        corpus.data
    )
    tasks = [
        (train, test, row, seed)
        for seed in range(options.seeds)
        for train, test in LeaveOneGroupOut().split(X, groups=X.session)
        for row in ROWS
    ]
    found = joblib.Parallel(n_jobs=options.n_jobs, return_as="generator")(
        joblib.delayed(fold)(X, ratings, truth, *task) for task in tasks
    )
    results = pd.DataFrame(list(tqdm(found, total=len(tasks), unit="fit")))
    by_session = results.groupby(["row", "session"], sort=False).mean()
    table = by_session.groupby("row", sort=False).mean()
    table.insert(1, "± sessions", by_session["UA"].groupby("row", sort=False).std())
    print(f"\n{len(X)} synthetic utterances, simulated raters: {options.raters} an utterance;")
    print(f"one of five sessions held out at a time, {options.seeds} seeds; UA, WA, right, mended")
    print("and harmed are against what was expressed\n")
    print(table.to_string(float_format="{:.3f}".format, na_rep=""))

    # %%
    # What one model did
    # ------------------
    # Trained on all sessions for all epochs: where labels moved, what classes weigh, and how three
    # samples went.
    import matplotlib.pyplot as plt

    to_the_end = model("+L+w", 0).set_params(estimator__early_stopping=False)
    fitted = make_pipeline(SequenceScaler(by="speaker"), to_the_end).fit(X, ratings)
    suspects = fitted[-1].suspects(8)
    print("\nthe most suspect of all utterances:")
    print(suspects.assign(expressed=truth[suspects.index]).round(2).to_string())
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
    for kind, ax in zip(("transitions", "weights", "trajectories"), axes, strict=True):
        LabelCorrectionDisplay.from_estimator(fitted, kind=kind, ax=ax)
    figure.savefig(options.figure, dpi=150)
    print(f"\nfigure: {options.figure}; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
