"""
Do ambiguous utterances help? Soft against hard targets
=======================================================

Ando et al. (ICASSP 2018) train on what a majority vote throws away: how far raters disagree, and
the utterances on which they agree on none of the emotions wanted. Here is their table, row by row,
on a synthetic corpus of dyadic sessions with simulated raters: hard targets (the consensus), soft
targets (the share of ratings, Fayek et al. 2016) and modified soft targets (smoothed by alpha), on
clear utterances, on ambiguous ones, and on both. One session at a time is held out with both of
its speakers, and everything is tested against the consensus, as in the paper.

    python examples/plot_soft_targets.py                  # the embedded corpus
    python examples/plot_soft_targets.py --emodb ROOT     # the hard-target row on real Emo-DB
"""

import argparse
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from tqdm import tqdm

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    HardTargetEncoder,
    SoftTargetEncoder,
)
from sklearn_ser.datasets import load_emodb, make_dyadic_corpus
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler
from sklearn_ser.metrics import neg_cross_entropy_scorer, neg_js_scorer, ua_scorer, wa_scorer

SCORERS = {
    "WA": wa_scorer,
    "UA": ua_scorer,
    "cross-entropy": neg_cross_entropy_scorer,
    "JS": neg_js_scorer,
}

# %%
# The rows
# --------
# Each is one parameter setting of the same estimator. The network is a quarter of the paper's
# width, since the corpus is small too.

ROWS = {
    "hard, clear": HardTargetEncoder(),
    "soft, clear": SoftTargetEncoder(alpha=0, keep="clear"),
    "modified soft, clear": SoftTargetEncoder(alpha=0.75, keep="clear"),
    "modified soft, ambiguous": SoftTargetEncoder(alpha=0.75, keep="ambiguous"),
    "soft, clear + ambiguous": SoftTargetEncoder(alpha=0),
    "modified soft, clear + ambiguous": SoftTargetEncoder(alpha=0.75),
}


def classifier(target_encoder, seed):
    return AttentionBLSTMClassifier(
        (64, 32, 64),
        target_encoder=target_encoder,
        lr=0.003,
        max_epochs=40,
        patience=8,
        random_state=seed,
    )


def evaluate(models, X, ratings, groups):
    """Hold out one group after the other; scores by row and group, averaged over seeds."""
    splits = list(LeaveOneGroupOut().split(X, groups=groups))
    results = []
    with tqdm(total=len(models) * len(splits), unit="model") as bar:
        for name, model in models:
            for train, test in splits:
                model.fit(X[train], ratings[train])
                scores = {
                    score: abs(scorer(model, X[test], ratings[test]))
                    for score, scorer in SCORERS.items()
                }
                results.append({"row": name, "held out": groups[test[0]], **scores})
                bar.update()
    return pd.DataFrame(results).groupby(["row", "held out"], sort=False).mean()


def table(results):
    """Mean and spread over the held-out groups, as text."""
    by_row = results.groupby("row", sort=False)
    mean, spread = (part.map("{:.3f}".format) for part in (by_row.mean(), by_row.std()))
    return (mean + " ± " + spread).to_string()


def figure(results, path):
    """Draw UA and cross-entropy by row: dots are held-out sessions, diamonds their mean."""
    names = [name for name in results.index.unique("row") if name != "majority class"]
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
    titles = {
        "UA": "unweighted accuracy\n(higher is better)",
        "cross-entropy": "cross-entropy with the ratings [nat]\n(lower is better)",
    }
    for ax, (score, title) in zip(axes, titles.items(), strict=True):
        for height, name in enumerate(names[::-1]):
            values = results.loc[name, score]
            colour = "#0072B2" if name.startswith("hard") else "#D55E00"
            ax.plot(
                values, [height] * len(values), "o", color=colour, alpha=0.35, markeredgewidth=0
            )
            ax.plot(values.mean(), height, "D", color=colour)
        ax.set_xlabel(title)
        ax.grid(axis="x", alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_yticks(range(len(names)), names[::-1])
    fig.savefig(path, dpi=150)
    print(f"figure: {path}")


# %%
# The embedded corpus
# -------------------


def run_embedded(n_seeds, path):
    corpus = make_dyadic_corpus(n_sessions=5, n_utterances=100, random_state=0)
    ratings = corpus.ratings
    targets = ratings.counts().any(axis=1)
    clear = np.isin(ratings.consensus(), ratings.classes)
    print(
        f"{len(ratings)} synthetic utterances in 5 sessions of 2 speakers, rated by "
        f"{len(ratings.annotators)} simulated annotators (Krippendorff's alpha "
        f"{ratings.agreement().alpha:.2f}): {clear.sum()} clear, {(targets & ~clear).sum()} "
        f"ambiguous, {(~targets).sum()} without a target rating"
    )
    # Features do not depend on the split: they are extracted once. Whatever is learned from data,
    # the scaler too, belongs into the pipeline.
    X = make_pipeline(OpenSmileLLD("ando2018", verbose=True), FramePooler(5)).fit_transform(
        corpus.data
    )
    # What a table of accuracies starts from.
    models = [("majority class", ConsensusClassifier(DummyClassifier()))]
    for name, encoder in ROWS.items():
        for seed in range(n_seeds):
            models.append((name, make_pipeline(SequenceScaler(), classifier(encoder, seed))))
    results = evaluate(models, X, ratings, corpus.data["session"].to_numpy())
    print("\nOne session held out at a time, with both of its speakers; mean ± standard deviation")
    print(f"over 5 sessions, each the mean of {n_seeds} seeds. WA and UA against the consensus of")
    print("simulated raters, cross-entropy (nat) and JS (bit) against their ratings.")
    print(table(results))
    figure(results, path)


# %%
# Real recordings
# ---------------
# Emo-DB's listeners agree on nearly everything, so that only the hard row makes sense there.


def run_emodb(root, n_seeds):
    corpus = load_emodb(root)
    X = make_pipeline(OpenSmileLLD("chou2019", verbose=True), FramePooler(5)).fit_transform(
        corpus.data
    )
    models = []
    for seed in range(n_seeds):
        network = AttentionBLSTMClassifier(
            target_encoder=HardTargetEncoder(),
            batch_size=16,
            max_epochs=100,
            early_stopping=False,
            random_state=seed,
        )
        # A speaker's mean and variance need no labels: those held out are scaled by their own.
        models.append(("hard", make_pipeline(SequenceScaler(by="speaker"), network)))
    results = evaluate(models, X, corpus.ratings, corpus.data["speaker"].to_numpy())
    names = ", ".join(corpus.target_names)
    print(f"\nEmo-DB, {len(X)} utterances ({names}): one speaker held out at a time, mean ±")
    print(f"standard deviation over speakers, each the mean of {n_seeds} seeds.")
    print(table(results))


def main():
    parser = argparse.ArgumentParser(description="Soft against hard targets.")
    parser.add_argument("--emodb", metavar="ROOT", help="folder of Emo-DB, with wav/ in it")
    parser.add_argument("--seeds", type=int, default=3, help="networks to train for each row")
    parser.add_argument("--figure", default="soft_targets.png", help="where to save the figure")
    options = parser.parse_args()
    start = time.perf_counter()
    if options.emodb:
        run_emodb(options.emodb, options.seeds)
    else:
        run_embedded(options.seeds, options.figure)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
