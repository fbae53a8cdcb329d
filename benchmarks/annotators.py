"""Compare ways to learn from raters who disagree: Emo-DB with simulated raters who listen.

    python benchmarks/annotators.py ROOT ENCODER --out DIR [--emotions E ...]
        [--raters listen confuse] [--n-seeds 5] [--networks] [--n-jobs 1] [--results FILE]

ROOT is Emo-DB. The recordings are real, but the raters are SIMULATED: six raters who "listen". How
an utterance sounds is what logistic regression (C=0.1) on eGeMAPS functionals, scaled by speaker
and trained on the acted emotions of other speakers, makes of it. Each rater has biases (standard
deviation 0.7) and a taste (0.1), and the temperature is chosen for a Krippendorff's alpha of 0.4.
Raters who "confuse" are a control: each gives every answer to every acted emotion as often as the
same rater who listens, but whatever the utterance sounds like. (annotators_confuse.py has raters
who confuse like people did in another corpus, and other packages.)

Models are trained on three of the six answers to each utterance. Predictions of five folds by
speaker are pooled, and compared with the plurality of all six raters, with the shares of their
answers (cross-entropy), and with what was acted, which no model but "acted" has seen. Models are
logistic regression (C=0.01; in EM, 10 rounds) on the means and standard deviations of all hidden
states of ENCODER, scaled by speaker, so that raters and models do not share features. With
--networks, there are also attention BLSTMs on frames, the mean of the hidden states pooled by 5,
with one seed and 30 epochs without early stopping. Nothing is tuned.

Controls: "names shuffled" deals out the answers on each utterance to its raters at random, so that
what remains is not about who said what. "Six of the crowd" are as many models as there are raters,
each on all answers: linear models on bootstrap samples of utterances, since their seed changes
nothing, and networks from different seeds (eight, as many as are joined). Only what is above both
is about raters.

Features are kept in DIR. Every row is written as soon as it is finished, and finished rows are not
computed again.
"""

import argparse
import functools
import time
from datetime import date
from pathlib import Path

import numpy as np
import opensmile
import pandas as pd
import sklearn
import torch
import transformers
from _corpora import emodb
from _listener_rows import LINEAR, NETWORKS
from _resumable import fill, versions, write_head
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

import sklearn_ser
from sklearn_ser import Ratings
from sklearn_ser.datasets import simulate_ratings
from sklearn_ser.features import (
    FramePooler,
    OpenSmileFunctionals,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.splits import SpeakerKFold

N_RATERS, N_GIVEN = 6, 3
FIELDS = [
    *("raters", "model", "seed"),
    *("UA_plurality", "UA_acted", "cross_entropy", "alpha", "seconds"),
]


def score_by_ear(corpus, memory):
    """Return how much each utterance sounds like each emotion, to a model of other speakers."""
    functionals = make_pipeline(
        OpenSmileFunctionals("eGeMAPSv02", memory=memory),
        SequenceScaler(by="speaker"),
        SequenceStatistics(["mean"]),
    ).fit_transform(corpus.data)
    scores = cross_val_predict(
        LogisticRegression(C=0.1, max_iter=1000),
        functionals,
        corpus.target,
        groups=corpus.data["speaker"],
        cv=SpeakerKFold(5),
        method="predict_log_proba",
    )
    return pd.DataFrame(scores, columns=np.unique(corpus.target))


def rotate(X):
    """Return as many features as there are samples, with the same products of samples.

    A linear model with an L2 penalty is the same on both, and faster on fewer features.
    """
    left, size, _ = np.linalg.svd(X.astype(np.float64), full_matrices=False)
    return left * size


def listen(scores, seed):
    return simulate_ratings(
        scores=scores,
        n_annotators=N_RATERS,
        n_ratings=N_RATERS,
        bias=0.7,
        taste=0.1,
        temperature="auto",
        alpha=0.4,
        target_classes=scores.columns,
        random_state=seed,
    )


def confuse(acted, heard, seed):
    """Return answers of raters who confuse emotions as often as those who listened."""
    table = heard.to_long().assign(acted=lambda table: acted[table["sample"]])
    emotions = list(heard.target_classes)
    confusions = {
        name: pd.crosstab(own["acted"], own["label"]).reindex(columns=emotions, fill_value=0)
        for name, own in table.groupby("annotator")
    }
    return simulate_ratings(
        acted, confusions, n_ratings=N_RATERS, target_classes=emotions, random_state=seed
    )


def give_some(ratings, seed):
    """Return the answers of some of the raters of each utterance, drawn at random."""
    table = ratings.to_long().sample(frac=1, random_state=seed)
    table = table.groupby("sample").head(N_GIVEN).sort_index()
    return Ratings.from_long(
        table, samples=range(len(ratings)), target_classes=ratings.target_classes
    )


def evaluate(views, acted, crowds, splits, raters, name, seed):
    """Return the scores of the pooled predictions of a model."""
    models, X = (LINEAR, views["linear"]) if name in LINEAR else (NETWORKS, views["frames"])
    everybody = crowds[raters, seed]
    ratings, emotions = give_some(everybody, seed), list(everybody.target_classes)
    proba = pd.DataFrame(0.0, index=range(len(acted)), columns=emotions)
    start = time.perf_counter()
    for train, test in splits:
        y = acted[train] if name.endswith("acted") else ratings[train]
        model = models[name](X[train], y, seed)
        proba.loc[test, model.classes_] = model.predict_proba(X[test])
    seconds = time.perf_counter() - start
    found = np.array(emotions)[proba.to_numpy().argmax(axis=1)]
    plurality, shares = everybody.consensus(), everybody.counts() / N_RATERS
    known = np.not_equal(plurality, None)
    ua = recall_score(plurality[known].astype(str), found[known], average="macro")
    ua_acted = recall_score(acted, found, average="macro")
    cross_entropy = -(shares * np.log(np.maximum(proba, 1e-15))).sum(axis=1).mean()
    shown = [f"{number:.4f}" for number in (ua, ua_acted, cross_entropy)]
    return [(*shown, f"{everybody.agreement().alpha:.3f}", f"{seconds:.1f}")]


def summary(path):
    """Return mean scores over seeds, and the spread of the first UA."""
    table = pd.read_csv(path, comment="#").groupby(["raters", "model"], sort=False)
    means = table[["UA_plurality", "UA_acted", "cross_entropy", "alpha", "seconds"]].mean()
    means.insert(1, "UA_std", table["UA_plurality"].std())
    means.insert(0, "n_seeds", table.size())
    return means.round(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("encoder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--emotions", nargs="+")
    kinds = ["listen", "confuse"]
    parser.add_argument("--raters", nargs="+", choices=kinds, default=kinds)
    parser.add_argument("--n-seeds", type=int, default=5)
    parser.add_argument("--networks", action="store_true")
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/annotators_listen.csv"))
    options = parser.parse_args()

    corpus, memory = emodb(options.root, emotions=options.emotions), options.out
    acted, scores = corpus.target, score_by_ear(corpus, memory)
    by_speaker = SequenceScaler(by="speaker")
    states = TransformerEmbeddings(options.encoder, layer="all", memory=memory)
    linear = make_pipeline(states, by_speaker, SequenceStatistics(["mean"]))
    views = {"linear": rotate(linear.fit_transform(corpus.data))}
    if options.networks:
        frames = TransformerFrames(options.encoder, layer="mean", memory=memory)
        pipeline = make_pipeline(frames, FramePooler(5), by_speaker)
        views["frames"] = pipeline.fit_transform(corpus.data)
    crowds = {}
    for seed in range(options.n_seeds):
        heard = listen(scores, seed)
        crowds["listen", seed] = heard
        crowds["confuse", seed] = confuse(acted, heard, seed)
    # The slowest rows are last, for all seeds.
    tasks = [
        (raters, name, seed)
        for raters in options.raters
        for name in LINEAR
        for seed in range(options.n_seeds)
    ]
    if options.networks:
        tasks += [("listen", name, 0) for name in NETWORKS]
    splits = list(SpeakerKFold(5).split(corpus.data, acted))
    run = functools.partial(evaluate, views, acted, crowds, splits)
    try:
        fill(options.results, FIELDS, tasks, run, options.n_jobs)
    finally:
        report(options, acted, scores)


def report(options, acted, scores):
    """Print the rows that are finished, and write to the file how they were produced."""
    seconds = pd.read_csv(options.results, comment="#")["seconds"].sum()
    config = transformers.AutoConfig.from_pretrained(options.encoder)
    sounds = scores.idxmax(axis=1).to_numpy()
    shown = "".join(f" {emotion}" for emotion in options.emotions or [])
    about = [
        f"annotators.py ROOT ENCODER --out DIR --raters {' '.join(options.raters)} "
        f"--n-seeds {options.n_seeds}"
        + (f" --emotions{shown}" if shown else "")
        + (" --networks" if options.networks else "")
        + f", {date.today()}",
        f"{len(acted)} utterances, {len(scores.columns)} emotions; ENCODER is of type "
        f"{config.model_type}, {config.num_hidden_layers} layers of {config.hidden_size} units",
        "raters are simulated; the scores that they hear have a UA of "
        f"{recall_score(acted, sounds, average='macro'):.3f} against what was acted",
        f"fits and predictions: {seconds:.0f} s by the clock in all",
        versions(sklearn_ser, sklearn, torch, transformers, opensmile),
    ]
    write_head(options.results, about)
    print(*about, summary(options.results).to_string(), sep="\n")


if __name__ == "__main__":
    main()
