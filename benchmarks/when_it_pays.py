"""When does it pay to learn from every rating? Synthetic feature vectors, simulated raters.

    python benchmarks/when_it_pays.py [--n-seeds 12] [--n-network-seeds 4] [--n-jobs 1]
        [--results FILE] [--plot]

Four classes of vectors in 20 dimensions, without sound. Raters are SIMULATED and listen: their
scores are the exact log-probabilities of the classes given the vector, and each rater has biases
and a taste (standard deviation 0.1). A classifier sees the vector with noise added. Around a
reference (1,000 samples, ten raters of whom three rate each sample, temperature 2.5, which gives a
Krippendorff's alpha of about 0.4, and a bias of 0.7), one thing varies at a time. The settings of
data and classifiers were not tuned to any gain. Scores are on 3,000 other samples, against the
true class and against the plurality of 50 other raters of the same kind. Gains are differences in
UA, seed by seed, from the majority vote with the same model: logistic regression, or a network
with one hidden layer of 32 units, 30 epochs and no early stopping, from fewer seeds. Intervals are
those of Student's t over seeds; a seed draws the classes, the samples and the raters. EM and the
crowd layer predict a hidden class, not the answers of raters, which their cross-entropy shows.

Every setting is written as soon as it is finished, and finished settings are not computed again.
--plot draws docs/when_it_pays.png from the file, without computing anything.
"""

import argparse
import time
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.stats
import sklearn
import skorch
import torch
from _resumable import fill, versions, write_head
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

import sklearn_ser
from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    RatingsClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.datasets import simulate_ratings
from sklearn_ser.recipes import OneAnnotator

HERE = Path(__file__).parent
FIGURE = HERE.parent / "docs" / "when_it_pays.png"
CLASSES = ["anger", "happiness", "neutral", "sadness"]
N_FEATURES, N_ANNOTATORS, N_TEST, N_PANEL = 20, 10, 3000, 50
SEPARATION, NOISE, TASTE = 0.6, 1.0, 0.1

REFERENCE = {"n_ratings": 3, "temperature": 2.5, "n_samples": 1000, "bias": 0.7}
AXES = {
    "n_ratings": [1, 3, 5, 10],
    "temperature": [1.0, 2.5, 5.0, 10.0],
    "n_samples": [100, 300, 1000, 3000],
    "bias": [0.0, 0.7, 1.5, 3.0],
}
FIELDS = [
    *("axis", "value", "seed", "model", "method"),
    *("UA_true", "UA_panel", "cross_entropy_panel", "alpha", "seconds"),
]


def linear():
    return LogisticRegression(max_iter=1000)


def network(encoder=None):
    return AttentionBLSTMClassifier(
        (32, 0, 0),
        target_encoder=encoder,
        lr=0.005,
        batch_size=32,
        max_epochs=30,
        early_stopping=False,
        random_state=0,
    )


def one_per_rater(ratings):
    """Return the mean of one model per rater; raters with one class only have none."""
    counts = {name: ratings.select(name).counts(CLASSES) for name in ratings.annotators}
    return AveragingClassifier(
        [
            (name, OneAnnotator(RatingsClassifier(linear()), name))
            for name, said in counts.items()
            if (said.sum(axis=0) > 0).sum() > 1
        ]
    )


# The first of each model is what the others are compared with.
METHODS = {
    "linear": {
        "vote": lambda y: ConsensusClassifier(linear()),
        "soft targets": lambda y: RatingsClassifier(linear()),
        "one model per rater": one_per_rater,
        "EM": lambda y: CrowdEMClassifier(linear()),
    },
    "network": {
        "vote": lambda y: network(HardTargetEncoder()),
        "soft targets": lambda y: network(SoftTargetEncoder(0)),
        "crowd layer": lambda y: CrowdLayerClassifier(network()),
    },
}


def draw(means, n_samples, rng):
    """Return true classes, what a classifier sees, and what raters hear, as log-probabilities."""
    truth = rng.integers(len(CLASSES), size=n_samples)
    sound = means[truth] + rng.standard_normal((n_samples, N_FEATURES))
    seen = sound + NOISE * rng.standard_normal(sound.shape)
    distance = ((sound[:, None] - means) ** 2).sum(axis=2)
    return np.array(CLASSES)[truth], seen, pd.DataFrame(-0.5 * distance, columns=CLASSES)


def measure(axis, value, seed, model):
    """Return one row of scores for each method on a model."""
    setting = REFERENCE | ({} if axis == "reference" else {axis: value})
    rng = np.random.default_rng(seed)
    means = SEPARATION * rng.standard_normal((len(CLASSES), N_FEATURES))
    truth, X_test, scores = draw(means, N_TEST, rng)
    raters = {"bias": setting["bias"], "taste": TASTE, "temperature": setting["temperature"]}
    panel = simulate_ratings(
        scores=scores,
        n_annotators=N_PANEL,
        n_ratings=N_PANEL,
        target_classes=CLASSES,
        random_state=2 * seed,
        **raters,
    )
    _, X, scores = draw(means, setting["n_samples"], rng)
    y = simulate_ratings(
        scores=scores,
        n_annotators=N_ANNOTATORS,
        n_ratings=setting["n_ratings"],
        target_classes=CLASSES,
        random_state=2 * seed + 1,
        **raters,
    )
    plurality, shares = panel.consensus(), panel.counts() / N_PANEL
    known = np.not_equal(plurality, None)
    rows = []
    alpha = f"{y.agreement().alpha:.3f}"
    for name, make in METHODS[model].items():
        start = time.perf_counter()
        with warnings.catch_warnings():
            # EM stops after its number of rounds.
            warnings.filterwarnings("ignore", category=ConvergenceWarning)
            fitted = make(y).fit(X, y)
        proba = pd.DataFrame(0.0, index=range(N_TEST), columns=CLASSES)
        proba[fitted.classes_] = fitted.predict_proba(X_test)
        found = np.array(CLASSES)[proba.to_numpy().argmax(axis=1)]
        seconds = time.perf_counter() - start
        ua = recall_score(truth, found, average="macro")
        ua_panel = recall_score(plurality[known].astype(str), found[known], average="macro")
        cross_entropy = -(shares * np.log(np.maximum(proba, 1e-15))).sum(axis=1).mean()
        shown = (f"{number:.4f}" for number in (ua, ua_panel, cross_entropy))
        rows.append((name, *shown, alpha, f"{seconds:.2f}"))
    return rows


def compute_gains(table, score):
    """Return mean gains over the vote, and half of their 95 % intervals, over seeds."""
    values = table.pivot(
        index=["axis", "value", "seed"], columns=["model", "method"], values=score
    )
    names = [(model, name) for model, methods in METHODS.items() for name in methods]
    gains = pd.DataFrame(
        {
            f"{name}, {model}": values[model, name] - values[model, "vote"]
            for model, name in names
            if name != "vote"
        }
    ).groupby(["axis", "value"])
    n = gains.count()
    return gains.mean(), gains.std() / np.sqrt(n) * scipy.stats.t.ppf(0.975, n - 1)


def summary(path):
    """Return alpha, the vote's UA, and the gains over it, by setting."""
    table = pd.read_csv(path, comment="#")
    mean, half = compute_gains(table, "UA_true")
    shown = mean.map("{:+.3f}".format) + half.map(" ±{:.3f}".format)
    by = table.groupby(["axis", "value"])
    shown.insert(0, "alpha", by["alpha"].mean().round(2))
    vote = table[(table["method"] == "vote") & (table["model"] == "linear")]
    vote = vote.groupby(["axis", "value"])
    shown.insert(1, "vote", vote["UA_true"].mean().round(3))
    order = [("reference", 0.0), *((axis, v) for axis in AXES for v in AXES[axis])]
    return shown.reindex([place for place in order if place in shown.index])


def plot(path):
    """Draw the gains."""
    from matplotlib import pyplot as plt
    from PIL import Image

    from sklearn_ser.utils._plotting import COLOURS

    table = pd.read_csv(path, comment="#")
    names = {
        "n_ratings": "ratings per sample",
        "temperature": "temperature (disagreement)",
        "n_samples": "samples",
        "bias": "rater bias (log odds)",
    }
    # Cross-entropy gets better as it falls.
    scores = {
        "UA_true": (100, "gain in UA over the vote,\nin points"),
        "cross_entropy_panel": (-1, "gain in cross-entropy\nwith other raters, in nat"),
    }
    figure, grid = plt.subplots(2, 4, figsize=(11, 5.2), sharey="row", layout="constrained")
    for axes, (score, (factor, title)) in zip(grid, scores.items(), strict=True):
        mean, half = compute_gains(table, score)
        for ax, (axis, values) in zip(axes, AXES.items(), strict=True):
            keys = [
                ("reference", 0.0) if value == REFERENCE[axis] else (axis, value)
                for value in values
            ]
            for i, name in enumerate(mean):
                place = np.arange(len(values)) + 0.07 * (i - 2)
                style = {"color": COLOURS[i], "linestyle": "--" if "network" in name else "-"}
                ax.errorbar(
                    place,
                    factor * mean.loc[keys, name],
                    abs(factor) * half.loc[keys, name],
                    marker="o",
                    markersize=3,
                    linewidth=1,
                    label=name,
                    **style,
                )
            ax.axhline(0, color="black", linewidth=0.8)
            ax.set_xticks(range(len(values)), [f"{value:g}" for value in values])
            if score == "cross_entropy_panel":
                ax.set_xlabel(names[axis])
        axes[0].set_ylabel(title)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
    figure.savefig(FIGURE, dpi=100)
    # A few colours are enough, and a small file.
    Image.open(FIGURE).convert("RGB").quantize(48).save(FIGURE, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-seeds", type=int, default=12)
    parser.add_argument("--n-network-seeds", type=int, default=4)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--results", type=Path, default=HERE / "when_it_pays.csv")
    parser.add_argument("--plot", action="store_true")
    options = parser.parse_args()

    if options.plot:
        return plot(options.results)
    settings = [("reference", 0.0)]
    settings += [(axis, v) for axis in AXES for v in AXES[axis] if v != REFERENCE[axis]]
    # Seed by seed, so that a run that is stopped has whole seeds.
    seeds = {"linear": options.n_seeds, "network": options.n_network_seeds}
    tasks = [
        (*setting, seed, model)
        for model in METHODS
        for seed in range(seeds[model])
        for setting in settings
    ]
    fill(options.results, FIELDS, tasks, measure, options.n_jobs)
    seconds = pd.read_csv(options.results, comment="#")["seconds"].sum()
    about = [
        f"when_it_pays.py --n-seeds {options.n_seeds} "
        f"--n-network-seeds {options.n_network_seeds}, {date.today()}",
        "vectors are synthetic and raters simulated",
        f"fits and predictions: {seconds:.0f} s by the clock in all",
        versions(sklearn_ser, sklearn, skorch, torch),
    ]
    write_head(options.results, about)
    print(*about, summary(options.results).to_string(), sep="\n")


if __name__ == "__main__":
    main()
