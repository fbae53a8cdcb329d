"""Aggregate the ratings of WHiSER: real workers, real coverage, no sound.

    python benchmarks/whiser.py ROOT [--n-seeds 5] [--results FILE]

ROOT holds ``Labels`` of WHiSER (Naini et al., "WHiSER: White House Tapes Speech Emotion
Recognition Corpus", Interspeech 2024; github.com/msplabresearch/WHiSER): the primary emotion that
each worker chose for each clip, among nine with "other". The labels are not ours to pass on, so
whiser.csv has aggregated figures only. Nothing here uses sound.

"aggregation" compares labels with the published consensus: the plurality and the strict majority
of the workers, Dawid and Skene's model by crowd-kit, and `CrowdEMClassifier` with a classifier
that knows only how common each class is, which is the same model with workers drawn to the average
worker (the default shrinkage). "differs" is among clips for which both have a label.

"held out" leaves out one rating of each clip, drawn at random, and predicts it from all others:
from how common labels are, in all ratings or in those of its worker; from the votes on the clip,
smoothed by alpha = 1 or drawn to the shares of all labels (worth five votes); and from the hidden
class that each model infers and the worker's confusions. "Without names" takes all workers for one
average worker. All predictions are mixed with 1 % of the shares of all labels, so that none rules
out a label. Scores are means over seeds, log likelihoods in nat per rating; gains are differences
from the smoothed votes, with 95 % bootstrap intervals over workers. Nothing is tuned.

"workers" has quantiles over workers: how many clips each rated; "weight", the correlation with the
shares of the others; and how often a worker chose what led among the others.
"""

import argparse
import time
import warnings
from datetime import date
from pathlib import Path

import crowdkit
import numpy as np
import pandas as pd
import sklearn
from _resumable import versions
from _timing import peak
from crowdkit.aggregation import DawidSkene
from sklearn.dummy import DummyClassifier

import sklearn_ser
from sklearn_ser import CrowdEMClassifier, Ratings, SoftTargetEncoder
from sklearn_ser.datasets import load_msp_podcast
from sklearn_ser.interop import to_crowdkit

CLASSES = [
    *("anger", "contempt", "disgust", "fear", "happiness", "neutral", "other", "sadness"),
    "surprise",
]
N_RESAMPLES = 2000
BASELINE = "votes, smoothed"


def load(root, secondary=False):
    """Return the ratings, with the published consensus as their own."""
    with warnings.catch_warnings():
        # There are labels only.
        warnings.filterwarnings("ignore", message="MSP-Podcast in", category=UserWarning)
        corpus = load_msp_podcast(root, secondary=secondary, target_classes=CLASSES)
    return corpus.ratings


def fit_em(ratings):
    """Return the model of Dawid and Skene by the package: a classifier that sees nothing."""
    # Folds would estimate the same shares from fewer samples.
    model = CrowdEMClassifier(DummyClassifier(strategy="prior"), cv=None, max_iter=1000)
    return model.fit(np.zeros((len(ratings), 1)), ratings)


def fit_dawid_skene(ratings):
    """Return crowd-kit's shares of hidden classes, and confusions by worker, class and label."""
    model = DawidSkene(n_iter=1000).fit(to_crowdkit(ratings))
    hidden = model.probas_.reindex(index=range(len(ratings)), columns=CLASSES, fill_value=0)
    confusions = {
        worker: table.droplevel(0).reindex(index=CLASSES, columns=CLASSES, fill_value=0).T
        for worker, table in model.errors_.groupby(level=0)
    }
    return hidden.to_numpy(), confusions


def describe(ratings, with_secondary):
    """Yield how many ratings there are, and how much they agree."""
    counts = ratings.counts()
    yield "ratings", "primary", "n_ratings", len(ratings.values)
    yield "ratings", "primary", "n_clips", len(ratings)
    yield "ratings", "primary", "n_workers", len(ratings.annotators)
    yield "ratings", "primary", "alpha", ratings.agreement().alpha
    yield (
        "ratings",
        "with secondary",
        "labels_per_rating",
        (len(with_secondary.values) / len(ratings.values)),
    )
    yield "ratings", "with secondary", "alpha", with_secondary.agreement().alpha
    for name, share in zip(CLASSES, counts.sum(axis=0) / counts.sum(), strict=True):
        yield "labels", name, "share", share


def compare(ratings):
    """Yield how labels of several ways to aggregate differ from the published consensus."""
    hidden, _ = fit_dawid_skene(ratings)
    em = fit_em(ratings)
    ways = {
        "published": ratings.consensus(),
        "plurality": ratings.consensus("plurality"),
        "strict majority": ratings.consensus("majority"),
        "Dawid-Skene": np.array(CLASSES, dtype=object)[hidden.argmax(axis=1)],
        "EM": em.classes_.astype(object)[em.targets_.argmax(axis=1)],
    }
    published = ways["published"]
    for name, labels in ways.items():
        both = np.not_equal(labels, None) & np.not_equal(published, None)
        yield "aggregation", name, "share_with_label", np.not_equal(labels, None).mean()
        yield "aggregation", name, "differs", (labels != published)[both].mean()
        yield "aggregation", name, "share_neutral", (labels == "neutral").mean()
    votes = np.sort(ratings.counts(), axis=1)
    yield "aggregation", "plurality", "share_tied", (votes[:, -1] == votes[:, -2]).mean()
    same = (ways["plurality"] == published).mean()
    yield "aggregation", "plurality", "share_as_published", same
    differs = (ways["EM"] != ways["Dawid-Skene"]).mean()
    yield "aggregation", "EM", "differs_from_dawid_skene", differs


def split(ratings, seed):
    """Return the ratings without one of each clip, and those that were left out."""
    table = ratings.to_long()
    held_out = table.sample(frac=1, random_state=seed).drop_duplicates("sample")
    rest = Ratings.from_long(
        table.drop(held_out.index), samples=range(len(ratings)), target_classes=CLASSES
    )
    return rest, held_out


def draw_to(shares, counts, worth=5):
    return (counts + worth * shares) / (counts.sum(axis=1, keepdims=True) + worth)


def predict(rest, held_out):
    """Return the probability of each label for the ratings that were left out, by method."""
    clip, worker = held_out["sample"].to_numpy(), held_out["annotator"].to_numpy()
    counts = rest.counts()
    shares = counts.sum(axis=0) / counts.sum()
    said = rest.to_long()
    habits = pd.crosstab(said["annotator"], said["label"]).reindex(columns=CLASSES, fill_value=0)
    habits = pd.DataFrame(draw_to(shares, habits.to_numpy()), habits.index).reindex(worker)
    votes = SoftTargetEncoder(alpha=1, keep="all").fit_transform(rest)
    hidden, confusions = fit_dawid_skene(rest)
    # A worker without other ratings says what workers say.
    unknown = np.tile(shares, (len(CLASSES), 1))
    of_worker = np.stack([np.asarray(confusions.get(name, unknown)) for name in worker])
    em = fit_em(rest)
    order = [CLASSES.index(label) for label in em.labels_]
    names = {name: code for code, name in enumerate(em.annotators_)}
    matrices = np.append(em.confusions_, em.average_confusion_[None], axis=0)
    of_em = matrices[[names.get(name, -1) for name in worker]]
    nameless = fit_em(Ratings.from_long(said, annotator=None, samples=range(len(rest))))
    found = {
        "shares of labels": np.tile(shares, (len(clip), 1)),
        "shares of the worker's labels": habits.fillna(dict(enumerate(shares))).to_numpy(),
        BASELINE: votes[clip],
        "votes, drawn to shares of labels": draw_to(shares, counts)[clip],
        "Dawid-Skene": np.einsum("nk,nkl->nl", hidden[clip], of_worker),
        "EM, without names": _sort(nameless.targets_[clip] @ nameless.average_confusion_, order),
        "EM": _sort(np.einsum("nk,nkl->nl", em.targets_[clip], of_em), order),
    }
    return {name: 0.99 * proba + 0.01 * shares for name, proba in found.items()}


def _sort(proba, order):
    """Return columns of labels in the order of CLASSES."""
    sorted_proba = np.zeros((len(proba), len(CLASSES)))
    sorted_proba[:, order] = proba
    return sorted_proba


def hold_out(ratings, n_seeds):
    """Yield how well each method predicts ratings that were left out."""
    scores, hits = [], []
    for seed in range(n_seeds):
        rest, held_out = split(ratings, seed)
        label = np.array([CLASSES.index(label) for label in held_out["label"]])
        found = predict(rest, held_out)
        rows = np.arange(len(label))
        scores.append(pd.DataFrame({name: np.log(p[rows, label]) for name, p in found.items()}))
        scores[-1]["worker"] = held_out["annotator"].to_numpy()
        hits.append({name: (p.argmax(axis=1) == label).mean() for name, p in found.items()})
    by_worker = pd.concat(scores).groupby("worker")
    totals, sizes = by_worker.sum(), by_worker.size().to_numpy()
    rng = np.random.default_rng(0)
    n = len(totals)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    for name, of_method in totals.items():
        yield "held out", name, "log_likelihood", of_method.sum() / sizes.sum()
        yield "held out", name, "accuracy", np.mean([one[name] for one in hits])
        if name != BASELINE:
            saved = (of_method - totals[BASELINE]).to_numpy()
            low, high = np.quantile(drawn @ saved / (drawn @ sizes), [0.025, 0.975])
            yield "held out", name, "gain", saved.sum() / sizes.sum()
            yield "held out", name, "gain_low", low
            yield "held out", name, "gain_high", high


def describe_workers(ratings):
    """Yield quantiles over workers."""
    found = ratings.agreement()
    confusions = found.confusions
    led = confusions.index.get_level_values("others")
    agreed = pd.Series(
        [confusions[label].iloc[row] for row, label in enumerate(led)], confusions.index
    )
    agreed = agreed.groupby("annotator").sum() / confusions.sum(axis=1).groupby("annotator").sum()
    columns = found.annotators[["n_samples", "weight"]].assign(agrees_with_leader=agreed)
    for name, column in columns.items():
        for share, value in column.quantile([0, 0.25, 0.5, 0.75, 1]).items():
            yield "workers", f"quantile {share:g}", name, value


def time_parts(root):
    """Yield the seconds that each part takes."""
    parts = {
        "read": lambda ratings: load(root),
        "agreement": lambda ratings: ratings.agreement(),
        "plurality": lambda ratings: ratings.consensus("plurality"),
        "Dawid-Skene": fit_dawid_skene,
        "EM": fit_em,
    }
    ratings = load(root)
    for name, part in parts.items():
        start = time.perf_counter()
        part(ratings)
        yield "time", name, "seconds", time.perf_counter() - start


def summary(path):
    """Return the figures, one row for each part and row."""
    table = pd.read_csv(path, comment="#")
    shown = table.assign(value=table["value"].map("{:.6g}".format))
    return shown.set_index(["part", "row", "figure"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--n-seeds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("benchmarks/whiser.csv"))
    options = parser.parse_args()

    start, ratings = time.perf_counter(), load(options.root)
    rows = [
        *describe(ratings, load(options.root, secondary=True)),
        *compare(ratings),
        *hold_out(ratings, options.n_seeds),
        *describe_workers(ratings),
        *time_parts(options.root),
    ]
    seconds = time.perf_counter() - start
    about = [
        f"whiser.py ROOT --n-seeds {options.n_seeds}, {date.today()}",
        'Naini et al., "WHiSER: White House Tapes Speech Emotion Recognition Corpus", Interspeech '
        "2024; aggregated figures only",
        f"{seconds:.0f} s by the clock in all; peak memory {peak():.0f} MiB",
        versions(sklearn_ser, sklearn, crowdkit),
    ]
    table = pd.DataFrame(rows, columns=["part", "row", "figure", "value"])
    table["value"] = table["value"].astype(float).map("{:.6g}".format)
    options.results.write_text(
        "".join(f"# {line}\n" for line in about) + table.to_csv(index=False)
    )
    print(*about, summary(options.results).to_string(), sep="\n")


if __name__ == "__main__":
    main()
