"""The table of claims: every measured figure of a page, and what computes it from a CSV file.

A claim is a file, a text of it with a placeholder for each figure, and one function for each
placeholder. Each claim is one line, and line breaks of the file do not matter. A new table of
accuracy.py needs no code: `ua("encoder_emodb", "one hidden state")`, `gain` (with the
ends of its interval) and `gain_interval` take its name and a row.
"""

# ruff: noqa: E501

import functools
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
sys.path.append(str(BENCHMARKS))

import label_correction  # noqa: E402
import profiles  # noqa: E402
import when_it_pays  # noqa: E402
from _resumable import scores  # noqa: E402


@functools.cache
def accuracy(table):
    """Return a table of accuracy.py, means over seeds, with one row per estimator."""
    rows = pd.read_csv(BENCHMARKS / f"{table}.csv", comment="#")
    return rows.groupby("estimator").mean(numeric_only=True)


@functools.cache
def confusing():
    """Return UA and WA of annotators_confuse.py, means over seeds, with one row per model."""
    return scores(pd.read_csv(BENCHMARKS / "annotators.csv"), ["model", "seed"]).groupby(level=0)


@functools.cache
def real():
    """Return the scores of real_raters.py by row, and its comparisons by row and score."""
    rows = pd.read_csv(BENCHMARKS / "real_raters.csv", comment="#").set_index("row")
    pairs = pd.read_csv(BENCHMARKS / "real_raters_differences.csv", comment="#")
    return rows, pairs.set_index(["row", "against", "score"])


@functools.cache
def whiser():
    rows = pd.read_csv(BENCHMARKS / "whiser.csv", comment="#")
    return rows.set_index(["part", "row", "figure"])["value"]


@functools.cache
def corrections():
    rows = label_correction.summary(BENCHMARKS / "label_correction.csv").loc["none"]
    ends = rows["interval"].str.split(" to ", expand=True).astype(float)
    return rows.assign(low=ends[0], high=ends[1]).sort_index()


@functools.cache
def found_labels():
    """Return the share of flipped labels among those that a model named, exactly."""
    rows = pd.read_csv(BENCHMARKS / "label_correction.csv", dtype={"speaker": str})
    rows = rows[rows["stopping"] == "none"].drop_duplicates(label_correction.KEYS)
    rows = rows.groupby(["noise", "share", "model"])
    sums = rows[["hits", "named"]].sum()
    return sums["hits"] / sums["named"]


@functools.cache
def refinements():
    return profiles.summary(BENCHMARKS / "profiles.csv")["UA"]["mean"]


@functools.cache
def pays(score):
    """Return gains over the vote by setting and method, and the mean alpha by setting."""
    rows = pd.read_csv(BENCHMARKS / "when_it_pays.csv", comment="#")
    return when_it_pays.compute_gains(rows, score)[0], rows.groupby(["axis", "value"])["alpha"]


# Each of these returns a function that computes a figure, or a tuple of such functions.


def score(table, row, column):
    """Return a figure of a table of accuracy.py, such as "encoder_emodb"."""
    return lambda: accuracy(table).loc[row, column]


def ua(table, row):
    return score(table, row, "UA")


def gain(table, row):
    """Return the gain in UA over the table's baseline, and the ends of its interval."""
    return tuple(score(table, row, column) for column in ("gain", "gain_low", "gain_high"))


def gain_interval(table, row):
    return gain(table, row)[1:]


def behind(table, row):
    """Return the ends of the interval of what the table's baseline gains over a row."""
    return minus(score(table, row, "gain_high")), minus(score(table, row, "gain_low"))


def ua_confusing(row):
    return lambda: confusing()["UA"].mean()[row]


def real_raters(row, column="UA_vote"):
    return lambda: real()[0].loc[row, column]


def real_interval(row, against="linear: vote", column="UA_vote"):
    return tuple(
        lambda end=end: real()[1].loc[(row, against, column), end] for end in ("low", "high")
    )


def corrected(noise, share, row, column="UA"):
    return lambda: corrections().loc[(noise, share, row), column]


def correction_interval(noise, share, row):
    return corrected(noise, share, row, "low"), corrected(noise, share, row, "high")


def named(noise, share, row):
    return lambda: found_labels()[noise, share, row]


def refined(row, protocol="speaker"):
    return lambda: refinements()[protocol, row]


def paying(axis, value, method, score="UA_true"):
    return lambda: pays(score)[0].loc[(axis, value), method]


def alpha(axis, value):
    return lambda: pays("UA_true")[1].mean()[axis, value]


def percent(query):
    return lambda: 100 * query()


def minus(query):
    return lambda: -query()


SVC, THREE = "SVC, ComParE by speaker", "joined, three speeds"
FLIPPED, CONFUSED, CLEAN = ("symmetric", 0.4), ("confusions", 0.4), ("none", 0.0)
BLSTM = label_correction.BASELINE
FOUR, SEVEN = "encoder_emodb", "encoder_emodb_cut"
FUNCTIONALS, ONE, BEST = "openSMILE functionals", "one hidden state", "the best combination"
# Rows of a table in the guide, and of accuracy.py.
STRONG = {
    "openSMILE's functionals (ComParE)": FUNCTIONALS,
    "one hidden state of the smallest Whisper": ONE,
    "the same, not scaled by speaker": "one hidden state, speakers unknown",
    "all hidden states, side by side": "all hidden states",
    "the same, with Whisper's context of 30 seconds": "all hidden states, context of 30 s",
    "linear models of both contexts and functionals, averaged": BEST,
    "attention network on the middle hidden state": "network",
    "attention network on all of them, with learned weights": "network, learned weights of all states",
    "linear models of segments, refined once (profiles)": "profiles",
}
README, GUIDE = "README.md", "docs/guide.rst"
CLASSIFIERS = "sklearn_ser/classifiers"

# fmt: off
CLAIMS = [
    (README, "UA {:.3f} (their majority vote) | {:.3f} | {:+.3f} to {:+.3f} |", real_raters("linear: vote"), real_raters("linear: soft"), *real_interval("linear: soft")),
    (README, "UA {:.3f} (consensus), {:.3f} (distribution) | {:.3f} |", ua_confusing("crowd-hard"), ua_confusing("crowd-soft"), ua_confusing("joined")),
    (README, "UA {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", corrected(*FLIPPED, BLSTM), corrected(*FLIPPED, "+L+w"), *correction_interval(*FLIPPED, "+L+w")),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", corrected(*CONFUSED, BLSTM), corrected(*CONFUSED, "+L+w"), *correction_interval(*CONFUSED, "+L+w")),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", corrected(*CLEAN, BLSTM), corrected(*CLEAN, "+L+w"), *correction_interval(*CLEAN, "+L+w")),
    (README, "UA {:.3f} | {:.3f} | (without the label {:.3f}) |", refined("VGG"), refined("pEPR 3"), refined("sEPR 3")),
    (README, "UA {:.3f} (the same on openSMILE's functionals) | {:.3f} | {:+.3f} to {:+.3f} |", ua(FOUR, FUNCTIONALS), ua(FOUR, ONE), *behind(FOUR, FUNCTIONALS)),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", ua(SEVEN, FUNCTIONALS), ua(SEVEN, ONE), *behind(SEVEN, FUNCTIONALS)),
    (README, "| {:.3f} (one hidden state) | {:.3f} | {:+.3f} to {:+.3f} |", ua(FOUR, ONE), ua(FOUR, BEST), *gain_interval(FOUR, BEST)),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", ua(SEVEN, ONE), ua(SEVEN, BEST), *gain_interval(SEVEN, BEST)),
    (GUIDE, "has a UA of {:.3f} with four emotions, and {:.3f} with seven in the first two seconds; openSMILE's functionals with the same model have {:.3f} and {:.3f}.", *(ua(t, row) for row in (ONE, FUNCTIONALS) for t in (FOUR, SEVEN))),
    *((GUIDE, f"{text} - {{:.3f}} - {{:.3f}}", ua(FOUR, row), ua(SEVEN, row)) for text, row in STRONG.items()),
    (GUIDE, "UA {:.3f} joined, {:.3f} consensus, {:.3f} distribution; Dawid and Skene's model, then hard labels, {:.3f}.", *map(ua_confusing, ["joined", "crowd-hard", "crowd-soft", "Dawid-Skene, then hard"])),
    (GUIDE, "``HardTargetEncoder()`` - {:.3f}; network {:.3f}", ua_confusing("linear, crowd-hard"), ua_confusing("crowd-hard")),
    (GUIDE, "``SoftTargetEncoder()`` - {:.3f}; network {:.3f}", ua_confusing("linear, crowd-soft"), ua_confusing("crowd-soft")),
    (GUIDE, "{:.3f} (names shuffled: {:.3f}); network {:.3f}, of one seed", *map(ua_confusing, ["linear, EM", "linear, EM, names shuffled", "EM"])),
    (GUIDE, "``AnnotatorEnsembleClassifier()`` - {:.3f}", ua_confusing("joined")),
    (GUIDE, "``CrowdLayerClassifier()`` - {:.3f}", ua_confusing("crowd layer")),
    (GUIDE, "(a linear model trained on that has {:.3f})", ua_confusing("linear, acted")),
    (GUIDE, "({:.1f} points with 100, {:.1f} with 300)", *(percent(paying("n_samples", n, "soft targets, linear")) for n in (100, 300))),
    (GUIDE, "({:.1f} points with a bias of 1.5, {:.1f} with 3.0, where alpha is {:.1f})", *(percent(paying("bias", bias, "EM, linear")) for bias in (1.5, 3)), alpha("bias", 3)),
    (GUIDE, "raters who agree as on real corpora (alpha {:.1f})", alpha("reference", 0)),
    (GUIDE, "UA rose from {:.3f} to {:.3f} (95 % bootstrap interval of the gain over speakers: {:.3f} to {:.3f}), and {:.0f} % of the labels it moved had been flipped", corrected(*FLIPPED, BLSTM), corrected(*FLIPPED, "+L+w"), *correction_interval(*FLIPPED, "+L+w"), percent(named(*FLIPPED, "+L+w"))),
    (GUIDE, "it gained nothing ({:.3f}, {:.3f})", corrected(*CONFUSED, BLSTM), corrected(*CONFUSED, "+L+w")),
    (GUIDE, "On clean labels it lost {:.3f}", minus(corrected(*CLEAN, "+L+w", "gain"))),
    (GUIDE, "from a UA of {:.3f} to {:.3f}", refined("VGG"), refined("pEPR 3")),
    (GUIDE, "without the label gained nothing ({:.3f}, {:.3f}), and a support vector machine on the same folds has {:.3f}", refined("sEPR 2"), refined("sEPR 3"), ua("recipes_emodb_cut", SVC)),
    (GUIDE, "the same networks look like {:.3f} to {:.3f}", refined("VGG", "paper"), refined("pEPR 4", "paper")),
    (GUIDE, "at three speeds, has {:.3f} and {:.3f} (`AveragingClassifier", ua("strong_emodb", THREE), ua("strong_emodb_cut", THREE)),
    ("docs/comparison.rst", "{:.0f} to {:.0f} % of the labels it named were wrong", percent(named(*FLIPPED, "cleanlab")), percent(named(*CONFUSED, "cleanlab"))),
    ("docs/comparison.rst", "{:.0f} to {:.0f} % for training with label correction", percent(named(*CONFUSED, "+L+w")), percent(named(*FLIPPED, "+L+w"))),
    (f"{CLASSIFIERS}/_label_correcting.py", "raised the unweighted accuracy by {:.2f} and {:.2f}", corrected("symmetric", 0.2, "+L+w", "gain"), corrected(*FLIPPED, "+L+w", "gain")),
    (f"{CLASSIFIERS}/_label_correcting.py", "never moves its initial soft targets, gained {:.2f}", corrected(*CONFUSED, "smoothed", "gain")),
    ("examples/plot_label_correction.py", "raises the accuracy (UA) from {:.3f} to {:.3f}", corrected(*FLIPPED, BLSTM), corrected(*FLIPPED, "+L+w")),
    ("examples/plot_emotion_profiles.py", "UA of a small network from {:.3f} to {:.3f}", refined("VGG"), refined("pEPR 3")),
]
# fmt: on

# Figures that no CSV file holds, and where they are from. Each of them must still be there.
UNTRACED = {
    README: [
        # examples/plot_soft_targets.py
        "UA 0.578; cross-entropy with ratings 1.21 nat | 0.587; 1.07 nat | -0.021 to +0.032;",
    ],
    GUIDE: [
        # A comparison of FramePooler(5) with all frames that is in no file.
        "a UA of 0.842 against 0.850",
        "over speakers of -0.016 to 0.037",
        # examples/plot_soft_targets.py
        "(UA 0.587 and 0.578)",
    ],
}
PAGES = [README, GUIDE, "docs/comparison.rst", "docs/index.rst", "docs/quickstart.rst"]
