"""Compare ways to learn from raters who disagree: Emo-DB with simulated raters who confuse.

    python benchmarks/annotators_confuse.py EMODB VOTES [--n-seeds 3] [--n-jobs 2]
        [--results FILE]

EMODB is Emo-DB (anger, happiness, neutral, sadness; 339 utterances in a complete copy). The
recordings are real, but the raters are SIMULATED: six raters, three per utterance, who confuse
emotions like the people who rated the voices of CREMA-D (VOTES: a table with the columns clip,
intended, A, D, F, H, N, S), each with individual biases (standard deviation 1 in log odds);
disgust and fear are "other". Two speakers are held out at a time. Scores compare the pooled
predictions of the five folds with the acted emotions, which no model but "acted" has seen. Models
are the same network on frames or, as "linear", logistic regression (C=0.1) on eGeMAPS functionals
scaled by speaker; nothing is tuned, and networks train for 50 epochs without early stopping, in EM
for 4 rounds (one seed only, since a fold takes sixteen trainings). "Names shuffled" deals out the
answers on each utterance to its raters at random: what remains is not about who said what. These
raters are drawn from confusion matrices, as EM and the crowd layer assume, which flatters them.
No utterance is harder to hear than another; annotators.py has raters who listen. Every fold is
written as soon as it is finished, and finished folds are not trained again.
"""

import argparse
import functools
import time
import warnings
from pathlib import Path

import cleanlab
import crowdkit
import numpy as np
import sklearn
import torch
from _corpora import EMOTIONS, confusions, emodb, scaled_frames
from _resumable import fill, summary, versions
from cleanlab.multiannotator import get_label_quality_multiannotator
from crowdkit.aggregation import DawidSkene
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline

import sklearn_ser
from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    Ratings,
    RatingsClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.datasets import simulate_ratings
from sklearn_ser.evaluation import cross_val_predict
from sklearn_ser.features import OpenSmileFunctionals, SequenceScaler, SequenceStatistics
from sklearn_ser.interop import to_crowdkit, to_matrix
from sklearn_ser.recipes import OneAnnotator

FIELDS = ["model", "seed", "fold", "file", "label", "prediction", "seconds"]


def network(seed, encoder=None):
    return AttentionBLSTMClassifier(
        (128, 64, 128),
        target_encoder=encoder,
        lr=0.002,
        batch_size=16,
        max_epochs=50,
        early_stopping=False,
        random_state=seed,
    )


def dawid_skene(X, ratings, seed):
    table = to_crowdkit(ratings)
    # It treats labels that are not targets like any others; samples that they win have no label.
    labels = DawidSkene(n_iter=100).fit_predict(table).reindex(range(len(ratings)))
    return _on_labels(X, labels.to_numpy(object), seed)


def consensus_of_cleanlab(X, ratings, seed):
    """Return cleanlab's consensus, which weights annotators by out-of-sample probabilities."""
    matrix = to_matrix(ratings, EMOTIONS)
    rated = matrix.notna().any(axis=1).to_numpy()
    proba = cross_val_predict(
        network(seed, SoftTargetEncoder(0.75)),
        X[rated],
        ratings[rated],
        groups=X.speaker[rated],
        cv=GroupKFold(4),
    )
    found = get_label_quality_multiannotator(matrix[rated].to_numpy(), proba, verbose=False)
    labels = np.full(len(ratings), None, dtype=object)
    codes = found["label_quality"]["consensus_label"].to_numpy()
    labels[rated] = np.array(EMOTIONS, dtype=object)[codes]
    return _on_labels(X, labels, seed)


def _on_labels(X, labels, seed):
    used = np.isin(labels, EMOTIONS)
    return network(seed, HardTargetEncoder()).fit(X[used], labels[used].astype(str))


def linear():
    return LogisticRegression(C=0.1, max_iter=1000)


def one_per_rater(X, ratings, seed):
    """Return the mean of one linear model per rater, each on that rater's answers alone."""
    models = [
        (str(name), OneAnnotator(RatingsClassifier(linear()), name)) for name in ratings.annotators
    ]
    return AveragingClassifier(models).fit(X, ratings)


def shuffle_names(ratings, seed):
    """Deal out the answers on each utterance to its raters at random."""
    rng = np.random.default_rng(seed)
    table = ratings.to_long()
    table["annotator"] = table.groupby("sample")["annotator"].transform(
        lambda names: rng.permutation(names.to_numpy())
    )
    return Ratings.from_long(
        table, samples=range(len(ratings)), target_classes=ratings.target_classes
    ).with_ids(ratings.ids)


def joined(X, ratings, seed, **settings):
    base = network(None, SoftTargetEncoder(0.75))
    return AnnotatorEnsembleClassifier(base, random_state=seed, **settings).fit(X, ratings)


MODELS = {
    "acted": None,
    "crowd-hard": lambda X, y, seed: network(seed, HardTargetEncoder()).fit(X, y),
    "crowd-soft": lambda X, y, seed: network(seed, SoftTargetEncoder(0.75)).fit(X, y),
    "crowd-soft, raters weighed": lambda X, y, seed: network(
        seed, SoftTargetEncoder(0.75, weights="agreement")
    ).fit(X, y),
    "joined": joined,
    "Dawid-Skene, then hard": dawid_skene,
    "cleanlab consensus, then hard": consensus_of_cleanlab,
    "crowd layer": lambda X, y, seed: CrowdLayerClassifier(network(seed)).fit(X, y),
    "heads": lambda X, y, seed: CrowdLayerClassifier(network(seed), annotator_model="head").fit(
        X, y
    ),
    "linear, acted": None,
    "linear, crowd-hard": lambda X, y, seed: ConsensusClassifier(linear()).fit(X, y),
    "linear, crowd-soft": lambda X, y, seed: RatingsClassifier(linear()).fit(X, y),
    "linear, mean of one per rater": one_per_rater,
    "linear, EM": lambda X, y, seed: CrowdEMClassifier(linear()).fit(X, y),
    # Controls: what is left if nobody knows who said what.
    "linear, EM, names shuffled": lambda X, y, seed: CrowdEMClassifier(linear()).fit(
        X, shuffle_names(y, seed)
    ),
    "crowd layer, names shuffled": lambda X, y, seed: CrowdLayerClassifier(network(seed)).fit(
        X, shuffle_names(y, seed)
    ),
    # Sixteen trainings per fold: last.
    "EM": lambda X, y, seed: CrowdEMClassifier(network(seed), max_iter=4).fit(X, y),
}


def one(frames, table, files, acted, ratings, splits, name, seed, fold):
    X = table if name.startswith("linear") else frames
    train, test = splits[fold]
    start = time.perf_counter()
    with warnings.catch_warnings():
        # crowd-kit and cleanlab on their own dependencies.
        warnings.filterwarnings("ignore", module="(crowdkit|cleanlab)")
        # The number of rounds is given.
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        if name == "acted":
            model = _on_labels(X[train], acted[train], seed)
        elif name == "linear, acted":
            model = linear().fit(X[train], acted[train])
        else:
            model = MODELS[name](X[train], ratings[seed][train], seed)
    labels, seconds = model.predict(X[test]), f"{time.perf_counter() - start:.1f}"
    return [(*row, seconds) for row in zip(files[test], acted[test], labels, strict=True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("emodb", type=Path)
    parser.add_argument("votes", type=Path)
    parser.add_argument("--n-seeds", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/annotators.csv"))
    options = parser.parse_args()

    corpus = emodb(options.emodb)
    speakers, acted = corpus.data["speaker"].to_numpy(), corpus.target
    X = scaled_frames(corpus)
    functionals = make_pipeline(
        OpenSmileFunctionals("eGeMAPSv02"),
        SequenceScaler(by="speaker"),
        SequenceStatistics(["mean"]),
    ).fit_transform(corpus.data)
    splits = list(GroupKFold(5).split(X, groups=speakers))
    # The raters depend on the seed, like the networks.
    ratings = [
        simulate_ratings(
            acted,
            confusions(options.votes),
            n_annotators=6,
            n_ratings=3,
            bias=1.0,
            target_classes=EMOTIONS,
            random_state=seed,
        )
        for seed in range(options.n_seeds)
    ]
    for seed, y in enumerate(ratings):
        consensus = y.consensus()
        clear = np.isin(consensus, EMOTIONS)
        right = (consensus == acted)[clear].mean()
        print(
            f"raters of seed {seed}: alpha {y.agreement().alpha:.2f}, {clear.mean():.0%} have a "
            f"consensus among the targets, {right:.0%} of it what was acted"
        )
    tasks = [
        (name, seed, fold)
        for name in MODELS
        for seed in range(options.n_seeds)
        for fold in range(len(splits))
    ]
    files = corpus.data["file"].map(lambda path: Path(path).name).to_numpy()
    fold = functools.partial(one, X, functionals, files, acted, ratings, splits)
    fill(options.results, FIELDS, tasks, fold, options.n_jobs)
    print(versions(sklearn_ser, sklearn, torch, crowdkit, cleanlab))
    print(summary(options.results))


if __name__ == "__main__":
    main()
