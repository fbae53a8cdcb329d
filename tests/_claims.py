"""The table of claims: every measured figure of a page, and what computes it from a CSV file.

A claim is a file, a text of it with a placeholder for each figure, and one function for each
placeholder. Each claim is one line, and line breaks of the file do not matter. A new table of
accuracy.py needs no code: `ua("encoder_emodb", "one hidden state")`, `gain` (with the
ends of its interval) and `gain_interval` take its name and a row.
"""

# ruff: noqa: E501

import functools
import re
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
sys.path.append(str(BENCHMARKS))

import label_correction  # noqa: E402
import profiles  # noqa: E402
import when_it_pays  # noqa: E402
from _rater_figure import ROWS as FIGURE  # noqa: E402


@functools.cache
def accuracy(table):
    """Return a table of accuracy.py, means over seeds, with one row per estimator."""
    rows = pd.read_csv(BENCHMARKS / f"{table}.csv", comment="#")
    return rows.groupby("estimator").mean(numeric_only=True)


@functools.cache
def listening():
    """Return the scores of annotators.py, means over seeds, by kind of raters and model."""
    rows = pd.read_csv(BENCHMARKS / "annotators_listen.csv", comment="#")
    return rows.groupby(["raters", "model"]).mean(numeric_only=True)


@functools.cache
def real(table="real_raters"):
    """Return the scores of real_raters.py by row, and its comparisons by row and score."""
    rows = pd.read_csv(BENCHMARKS / f"{table}.csv", comment="#").set_index("row")
    pairs = pd.read_csv(BENCHMARKS / f"{table}_differences.csv", comment="#")
    return rows, pairs.set_index(["row", "against", "score"]).sort_index()


@functools.cache
def whiser():
    rows = pd.read_csv(BENCHMARKS / "whiser.csv", comment="#")
    return rows.set_index(["part", "row", "figure"])["value"]


@functools.cache
def corrections():
    rows = label_correction.summary(BENCHMARKS / "label_correction.csv")
    ends = rows["interval"].str.split(" to ", expand=True).astype(float)
    return rows.assign(low=ends[0], high=ends[1]).sort_index()


@functools.cache
def found_labels():
    """Return the share of flipped labels among those that a model named, exactly."""
    rows = label_correction.read(BENCHMARKS / "label_correction.csv")
    rows = rows.drop_duplicates(label_correction.KEYS)
    rows = rows.groupby([*label_correction.CELL, "model"])
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


def ua_listening(row, raters="listen"):
    return lambda: listening().loc[(raters, row), "UA_plurality"]


def agreement():
    """Return the alpha of the real raters, which stands above the table."""
    text = (BENCHMARKS / "real_raters.csv").read_text()
    return float(re.search(r"Krippendorff's alpha of (\d\.\d+)", text).group(1))


def real_raters(row, column="UA_vote"):
    return lambda: real()[0].loc[row, column]


def real_entropy(row, table="real_raters_entropy"):
    return lambda: real(table)[0].loc[row, "cross_entropy"]


def real_difference(row, against, column, end="difference", table="real_raters"):
    return lambda: real(table)[1].loc[(row, against, column), end]


def real_interval(row, against="linear: vote", column="UA_vote", table="real_raters"):
    return tuple(real_difference(row, against, column, end, table) for end in ("low", "high"))


def real_gain(row, column="UA_vote"):
    """Return what a row gains over the vote on the same base, and the ends of its interval."""
    vote = f"{row.partition(':')[0]}: vote"
    return real_difference(row, vote, column), *real_interval(row, vote, column)


def closer(choose):
    """Return the least or the greatest gain in cross-entropy of a network in the figure."""
    rows = [f"{base}: {row}" for base in ("MLP", "encoder frames") for row in FIGURE[base][1:]]
    return lambda: choose(-real_gain(row, "cross_entropy")[0]() for row in rows)


def held_out(row):
    return lambda: whiser()["held out", row, "log_likelihood"]


def corrected(noise, share, row, column="UA", stopping="none"):
    return lambda: corrections().loc[(stopping, noise, share, row), column]


def correction_interval(noise, share, row, stopping="none"):
    return tuple(corrected(noise, share, row, end, stopping) for end in ("low", "high"))


def correction_gain(noise, share, row, stopping="none"):
    """Return the UA of the baseline and of a row, and the ends of the interval of the gain."""
    uas = (corrected(noise, share, name, "UA", stopping) for name in (BLSTM, row))
    return *uas, *correction_interval(noise, share, row, stopping)


def named(noise, share, row, stopping="none"):
    return lambda: found_labels()[stopping, noise, share, row]


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
PAPER, CHOSEN = "early stopping", "chosen epochs"
RULES = ["none", PAPER, "early stopping, probability", CHOSEN]
# Rows of a table in the guide, and of label_correction.py.
CORRECTING = {
    "the network alone": BLSTM,
    "smoothed, never moved": "smoothed",
    "labels corrected": "+L",
    "weights learned": "+w",
    "both, as in the paper": "+L+w",
    "the network without the samples that cleanlab finds": "cleanlab",
    "logistic regression on the same frames": "linear",
    "logistic regression on a hidden state of an encoder": "linear, encoder",
}
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
FRAME_VOTE, FRAME_SOFT = "encoder frames: vote", "encoder frames: soft"
# Rows of another table in the guide.
WAYS = {
    "vote": "``ConsensusClassifier(LogisticRegression())``",
    "soft": "``RatingsClassifier(LogisticRegression())``",
    "one per rater": "``AveragingClassifier`` of one model per rater",
    "EM": "``CrowdEMClassifier(LogisticRegression())``",
}
README, GUIDE = "README.md", "docs/guide.rst"
CLASSIFIERS = "sklearn_ser/classifiers"

# fmt: off
CLAIMS = [
    (README, "UA {:.3f} (their majority vote) | {:.3f} | {:+.3f} to {:+.3f} |", real_raters("linear: vote"), real_raters("linear: soft"), *real_interval("linear: soft")),
    (README, "| the same on one hidden state | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", real_raters("hidden state 2: vote"), real_raters("hidden state 2: soft"), *real_interval("hidden state 2: soft", "hidden state 2: vote")),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", real_entropy("linear: vote"), real_entropy("linear: soft"), *real_interval("linear: soft", column="cross_entropy", table="real_raters_entropy")),
    (README, "cross-entropy | three of 15 speakers, 1 | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *(real_entropy(row, "real_raters") for row in (FRAME_VOTE, FRAME_SOFT)), *real_interval(FRAME_SOFT, FRAME_VOTE, "cross_entropy")),
    (README, "{:.3f} (majority vote), {:.3f} (joined, raters' names shuffled) | {:.3f} | {:+.3f} to {:+.3f} over the vote |", *map(real_raters, ["linear: vote", "linear: joined, names shuffled", "linear: joined"]), *real_interval("linear: joined")),
    (README, "UA {:.3f} (majority vote), {:.3f} (EM, raters' names shuffled) | {:.3f} |", *map(ua_listening, ["vote", "EM, names shuffled", "EM"])),
    (README, "stopped early as in the paper | two of ten speakers, 3 | UA {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*FLIPPED, "+L+w", PAPER)),
    (README, "| the same, labels alone | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*FLIPPED, "+L", PAPER)),
    (README, "chosen on inner speakers for both | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*FLIPPED, "+L", CHOSEN)),
    (README, "encoder in its place | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*FLIPPED, "linear, encoder", CHOSEN)),
    (README, "after 50 epochs | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*FLIPPED, "+L+w")),
    (README, "flipped as people confuse emotions | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*CONFUSED, "+L+w")),
    (README, "none flipped | the same | {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", *correction_gain(*CLEAN, "+L+w")),
    (README, "UA {:.3f} | {:.3f} | (without the label {:.3f}) |", refined("VGG"), refined("pEPR 3"), refined("sEPR 3")),
    (README, "UA {:.3f} (the same on openSMILE's functionals) | {:.3f} | {:+.3f} to {:+.3f} |", ua(FOUR, FUNCTIONALS), ua(FOUR, ONE), *behind(FOUR, FUNCTIONALS)),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", ua(SEVEN, FUNCTIONALS), ua(SEVEN, ONE), *behind(SEVEN, FUNCTIONALS)),
    (README, "| {:.3f} (one hidden state) | {:.3f} | {:+.3f} to {:+.3f} |", ua(FOUR, ONE), ua(FOUR, BEST), *gain_interval(FOUR, BEST)),
    (README, "| {:.3f} | {:.3f} | {:+.3f} to {:+.3f} |", ua(SEVEN, ONE), ua(SEVEN, BEST), *gain_interval(SEVEN, BEST)),
    (GUIDE, "has a UA of {:.3f} with four emotions, and {:.3f} with seven in the first two seconds; openSMILE's functionals with the same model have {:.3f} and {:.3f}.", *(ua(t, row) for row in (ONE, FUNCTIONALS) for t in (FOUR, SEVEN))),
    *((GUIDE, f"{text} - {{:.3f}} - {{:.3f}}", ua(FOUR, row), ua(SEVEN, row)) for text, row in STRONG.items()),
    (GUIDE, "a cross-entropy of {:.3f} against {:.3f} nat, a difference of {:+.3f} to {:+.3f}", *(real_entropy(row, "real_raters") for row in (FRAME_SOFT, FRAME_VOTE)), *real_interval(FRAME_SOFT, FRAME_VOTE, "cross_entropy")),
    (GUIDE, "(UA {:.3f} and {:.3f}; logistic regression {:.3f} and {:.3f})", *map(real_raters, [FRAME_SOFT, FRAME_VOTE, "linear: soft", "linear: vote"])),
    (GUIDE, "chosen for that ({:.3f} and {:.3f} nat)", *map(real_entropy, ["linear: soft", "linear: vote"])),
    (GUIDE, "have a UA of {:.3f} joined, against {:.3f} for the vote (an interval of the gain of {:+.3f} to {:+.3f}). With raters' names shuffled within each utterance it is {:.3f}", *map(real_raters, ["linear: joined", "linear: vote"]), *real_interval("linear: joined"), real_raters("linear: joined, names shuffled")),
    (GUIDE, "BLSTMs have {:.3f} joined, and {:.3f} alone on soft targets", *map(real_raters, ["encoder frames: joined", FRAME_SOFT])),
    *((GUIDE, f"{text} - {{:.3f}} - {{:.3f}}", real_raters(f"linear: {row}"), ua_listening(row)) for row, text in WAYS.items()),
    (GUIDE, "cv=3)`` - {:.3f}", real_raters("linear: joined")),
    (GUIDE, "either of the two above - {:.3f}, {:.3f}", *(lambda row=row: real("real_raters_entropy")[0].loc[row, "UA_vote"] for row in ("linear: vote", "linear: soft"))),
    (GUIDE, "for any number of raters - {:.3f}", real_raters("MLP: crowd layer")),
    (GUIDE, "the network of one layer that is under the crowd layer has {:.3f}", real_raters("MLP: vote")),
    (GUIDE, "is {:+.3f} ({:+.3f} to {:+.3f}). On other features it is {:+.3f} (one hidden state), {:+.3f} (a network on openSMILE's frames) and {:+.3f} (openSMILE's functionals)", *real_gain("linear: soft"), *(real_gain(f"{base}: soft")[0] for base in ("hidden state 2", "openSMILE frames", "ComParE"))),
    (GUIDE, "from the vote alone, saves {:.3f} nat where soft targets save {:.3f}", *(minus(real_gain(f"MLP: {row}", "cross_entropy")[0]) for row in ("label correction", "soft"))),
    (GUIDE, "the crowd layer does ({:.3f}, soft targets {:.3f}), and as well with names shuffled ({:.3f})", *(real_raters(f"MLP: {row}", "annotator_log_likelihood") for row in ("crowd layer", "soft", "crowd layer, names shuffled"))),
    (README, "(Krippendorff's alpha {:.2f})", agreement),
    (GUIDE, "a Krippendorff's alpha of {:.2f};", agreement),
    (GUIDE, "in all rows of the figure, by {:.3f} to {:.3f} nat", closer(min), closer(max)),
    (GUIDE, "joined models are {:.3f} nat closer ({:.3f} to {:.3f})", *(minus(real_gain("linear: joined", "cross_entropy")[i]) for i in (0, 2, 1))),
    (GUIDE, "as soft targets ({:.3f} and {:.3f} nat)", *map(real_entropy, ["linear: vote", "linear: soft"])),
    (GUIDE, "(log-likelihood {:.3f}; EM {:.3f})", *(real_raters(f"linear: {row}", "annotator_log_likelihood") for row in ("soft", "EM"))),
    (GUIDE, "log-likelihood of {:.2f}, and with {:.2f} if it does not know", *(held_out(row) for row in ("EM", "EM, without names"))),
    (GUIDE, "({:.1f} points with 100, {:.1f} with 300)", *(percent(paying("n_samples", n, "soft targets, linear")) for n in (100, 300))),
    (GUIDE, "({:.1f} points with a bias of 1.5, {:.1f} with 3.0, where alpha is {:.1f})", *(percent(paying("bias", bias, "EM, linear")) for bias in (1.5, 3)), alpha("bias", 3)),
    (GUIDE, "raters who agree about as on spontaneous speech (alpha {:.1f})", alpha("reference", 0)),
    *((GUIDE, f"- {text} - {{:.3f}} - {{:.3f}} - {{:.3f}} - {{:.3f}}", *(corrected(*FLIPPED, row, stopping=rule) for rule in RULES)) for text, row in CORRECTING.items()),
    (GUIDE, "it gained {:.3f} with the paper's early stopping (95 % bootstrap interval over speakers: {:.3f} to {:.3f}), and {:.3f} ({:.3f} to {:.3f}) if the epochs of both networks are chosen", *(corrected(*FLIPPED, "+L", column, rule) for rule in (PAPER, CHOSEN) for column in ("gain", "low", "high"))),
    (GUIDE, "({:+.3f}, {:+.3f} to {:+.3f}; with chosen epochs {:+.3f}, {:+.3f} to {:+.3f})", *(corrected(*FLIPPED, "+L+w", column, rule) for rule in (PAPER, CHOSEN) for column in ("gain", "low", "high"))),
    (GUIDE, "Of the labels that moved in 50 epochs, {:.0f} % had been flipped", percent(named(*FLIPPED, "+L+w"))),
    (GUIDE, "it gained nothing ({:.3f}, {:.3f} after 50 epochs)", corrected(*CONFUSED, BLSTM), corrected(*CONFUSED, "+L+w")),
    (GUIDE, "On clean labels it lost {:.3f}; labels alone, with chosen epochs (one seed), lost {:.3f}", minus(corrected(*CLEAN, "+L+w", "gain")), minus(corrected(*CLEAN, "+L", "gain", CHOSEN))),
    (GUIDE, "from a UA of {:.3f} to {:.3f}", refined("VGG"), refined("pEPR 3")),
    (GUIDE, "without the label gained nothing ({:.3f}, {:.3f}), and a support vector machine on the same folds has {:.3f}", refined("sEPR 2"), refined("sEPR 3"), ua("recipes_emodb_cut", SVC)),
    (GUIDE, "the same networks have {:.3f} to {:.3f}", refined("VGG", "paper"), refined("pEPR 4", "paper")),
    (GUIDE, "at three speeds, has {:.3f} and {:.3f} (`AveragingClassifier", ua("strong_emodb", THREE), ua("strong_emodb_cut", THREE)),
    ("docs/comparison.rst", "{:.0f} to {:.0f} % of the labels it named were wrong", percent(named(*FLIPPED, "cleanlab")), percent(named(*CONFUSED, "cleanlab"))),
    ("docs/comparison.rst", "{:.0f} to {:.0f} % for training with label correction", percent(named(*CONFUSED, "+L+w")), percent(named(*FLIPPED, "+L+w"))),
    (f"{CLASSIFIERS}/_label_correcting.py", "raised the unweighted accuracy by {:.2f} with 20 % flipped, and by {:.2f} with 40 %", corrected("symmetric", 0.2, "+L+w", "gain"), corrected(*FLIPPED, "+L+w", "gain")),
    (f"{CLASSIFIERS}/_label_correcting.py", "never moves its initial soft targets, gained {:.2f}", corrected(*CONFUSED, "smoothed", "gain")),
    (f"{CLASSIFIERS}/_label_correcting.py", "by {:.2f} by the paper's rule (an interval over speakers of {:+.2f} to {:+.2f}), and by {:.2f} ({:+.2f} to {:+.2f}) with ``learn_weights=False``", *(corrected(*FLIPPED, row, column, PAPER) for row in ("+L+w", "+L") for column in ("gain", "low", "high"))),
    (f"{CLASSIFIERS}/_label_correcting.py", "inner speakers for every network, by {:.2f} ({:+.2f} to {:+.2f}) and {:.2f} ({:+.2f} to {:+.2f})", *(corrected(*FLIPPED, row, column, CHOSEN) for row in ("+L+w", "+L") for column in ("gain", "low", "high"))),
    ("examples/plot_label_correction.py", "raises the accuracy (UA) from {:.3f} to {:.3f} after 50 epochs, and from {:.3f} to {:.3f} if training stops early as it does here", *(corrected(*FLIPPED, row, stopping=rule) for rule in ("none", PAPER) for row in (BLSTM, "+L+w"))),
    ("examples/plot_emotion_profiles.py", "UA of a small network from {:.3f} to {:.3f}", refined("VGG"), refined("pEPR 3")),
]
# fmt: on

# Figures that no CSV file holds, and where they are from. Each of them must still be there.
UNTRACED = {
    GUIDE: [
        # A comparison of FramePooler(5) with all frames that is in no file.
        "a UA of 0.842 against 0.850",
        "over speakers of -0.016 to 0.037",
    ],
}
PAGES = [README, GUIDE, "docs/comparison.rst", "docs/index.rst", "docs/quickstart.rst"]
