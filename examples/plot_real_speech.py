"""
Real speech: is it worth learning from every rater?
===================================================

A majority vote throws away that raters disagree. Is a classifier better if it learns from all of
their answers? This example compares ways to learn from the same raters on real speech that is part
of the package: 188 utterances of Emo-DB by ten actors. It needs no download, and takes a minute or
two.

The speech is real; the raters are *simulated*, since of Emo-DB's listeners it is only known how
many were right. But they listen: what they answer depends on how an utterance sounds.
"""

# %%
# The recordings
# --------------
# With the recordings come embeddings: hidden states of Whisper, averaged over time.

from sklearn_ser.datasets import load_emodb_sample

corpus = load_emodb_sample()
classes = corpus.target_names
print(corpus.data.groupby("emotion")["speaker"].agg(["size", "nunique"]))

# %%
# Raters who listen
# -----------------
# A logistic regression on openSMILE functionals, trained on the acted emotions of all *other*
# speakers, tells how much an utterance sounds like each emotion. Raters answer at random, but the
# more it sounds like an emotion, the more often they name it. Each has a taste and preferences of
# their own. So raters disagree on what is hard to hear, about as much as on spontaneous speech,
# where Krippendorff's alpha is 0.3 to 0.5.

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline

from sklearn_ser import Ratings
from sklearn_ser.datasets import simulate_ratings
from sklearn_ser.features import OpenSmileFunctionals, SequenceScaler, SequenceStatistics

functionals = make_pipeline(
    OpenSmileFunctionals("eGeMAPSv02"), SequenceScaler(by="speaker"), SequenceStatistics()
).fit_transform(corpus.data)
scores = cross_val_predict(
    LogisticRegression(C=0.1, max_iter=1000),
    functionals,
    corpus.target.astype(str),
    groups=corpus.data["speaker"],
    cv=LeaveOneGroupOut(),
    method="predict_log_proba",
)


N_DRAWS = 5
everyone = [
    simulate_ratings(
        scores=scores,
        classes=classes,
        n_ratings=6,
        bias=0.7,
        taste=0.1,
        temperature="auto",
        alpha=0.4,
        target_classes=classes,
        random_state=draw,
    )
    for draw in range(N_DRAWS)
]
alphas = [ratings.agreement().alpha for ratings in everyone]
print(f"Krippendorff's alpha of {N_DRAWS} draws of six raters: {np.round(alphas, 2)}")

# %%
# What is learned from: three answers per utterance
# -------------------------------------------------
# As in many corpora, each utterance has answers of three raters, who are drawn. The answers of all
# six are kept for the test.


def choose_three(ratings, draw):
    """Return the answers of three raters per utterance."""
    table = ratings.to_long().sample(frac=1, random_state=draw)
    three = table.groupby("sample").head(3)
    return Ratings.from_long(three, samples=range(len(ratings)), target_classes=classes)


three = [choose_three(ratings, draw) for draw, ratings in enumerate(everyone)]
tied = np.mean([pd.isna(ratings.consensus()) for ratings in three])
print(f"{tied:.0%} of the utterances have no plurality, and are lost to the vote")

# %%
# Ways to learn from the same answers
# -----------------------------------
# The same logistic regression on the embeddings learns the majority vote, or every answer by soft
# targets, or each rater's own answers, in models that are averaged. A small attention network on
# openSMILE frames learns the vote or every answer. For reference, the logistic regression also
# learns what was acted, which nobody knows of spontaneous speech.

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    HardTargetEncoder,
    RatingsClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.features import FramePooler, OpenSmileLLD

logistic = LogisticRegression(C=0.01, max_iter=1000)


def linear(classifier):
    """Return a model of the embeddings of whole utterances."""
    return make_pipeline(SequenceScaler(by="speaker"), SequenceStatistics(), classifier)


def network(target_encoder):
    """Return a model of frames of 0.1 s."""
    classifier = AttentionBLSTMClassifier(
        (32, 16, 32), target_encoder=target_encoder, lr=0.005, max_epochs=30, early_stopping=False
    )
    return make_pipeline(SequenceScaler(by="speaker"), classifier)


def from_one(rater, raters):
    """Return a logistic regression that learns from one rater: all others have weight 0."""
    weights = {other: float(other == rater) for other in raters}
    return RatingsClassifier(logistic, SoftTargetEncoder(alpha=0, weights=weights))


raters = everyone[0].annotators
on_embeddings = {
    "linear: majority vote": linear(RatingsClassifier(logistic, HardTargetEncoder())),
    "linear: every answer (soft targets)": linear(
        RatingsClassifier(logistic, SoftTargetEncoder(alpha=0))
    ),
    "linear: one model per rater, averaged": linear(
        AveragingClassifier([(rater, from_one(rater, raters)) for rater in raters])
    ),
}
on_frames = {
    "network: majority vote": network(HardTargetEncoder()),
    "network: every answer (soft targets)": network(SoftTargetEncoder(alpha=0)),
}
reference = {"linear: what was acted (reference)": linear(RatingsClassifier(logistic))}

# %%
# All on the same folds
# ---------------------
# Two speakers are held out at a time. Everything is tested against all six raters: UA compares
# predictions with their plurality, and cross-entropy compares probabilities with all of their
# answers. All is repeated with other raters.

from sklearn.utils import Bunch

from sklearn_ser.evaluation import Evaluation, cross_evaluate

frames = make_pipeline(OpenSmileLLD("chou2019"), FramePooler(10)).fit_transform(corpus.data)
parts = []
for draw in range(N_DRAWS):
    for rows, X, y in (
        (on_embeddings, corpus.embeddings, three[draw]),
        (on_frames, frames, three[draw]),
        (reference, corpus.embeddings, corpus.target),
    ):
        run = cross_evaluate(rows, Bunch(data=X, ratings=y), cv=5, seeds=[draw], n_jobs=2)
        # The same utterances count as others in every draw, since they have other ratings.
        sample = run.predictions["sample"] + draw * len(corpus.data)
        parts.append(run.predictions.assign(sample=sample))

answers = Ratings.concatenate(everyone)
predictions = pd.concat(parts, ignore_index=True)
predictions["consensus"] = answers.consensus()[predictions["sample"]]
found = Evaluation(
    predictions,
    answers,
    shared_speakers=False,
    description=f"188 utterances of ten speakers, 5 folds, {N_DRAWS} draws of six raters",
)

# %%
# Gains over the vote, with intervals over speakers
# -------------------------------------------------
# Each model is compared with the same model trained on the vote. Speakers are drawn with
# replacement, the same ones for both, since another ten speakers would give other scores.
# `Evaluation.summary` does this for UA; for cross-entropy, it takes a few lines.


def compare(name, baseline):
    """Return the gains over a baseline with the ends of 95 % intervals, by score."""
    ua = found.summary(baseline).loc[name, ["UA_gain", "UA_gain_low", "UA_gain_high"]]
    by_speaker = found.scores.pivot_table("cross_entropy", index="group", columns="estimator")
    saved = by_speaker[baseline] - by_speaker[name]
    sizes = corpus.data["speaker"].value_counts()[saved.index].to_numpy()
    n = len(sizes)
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=2000) * sizes
    low, high = np.quantile(drawn @ saved / drawn.sum(axis=1), [0.025, 0.975])
    return {"UA": tuple(ua), "cross_entropy": (np.average(saved, weights=sizes), low, high)}


baselines = dict.fromkeys([*on_embeddings, *reference], "linear: majority vote")
baselines |= dict.fromkeys(on_frames, "network: majority vote")
gains = {name: compare(name, vote) for name, vote in baselines.items() if name != vote}
table = found.summary()[["UA", "cross_entropy"]].loc[list(baselines)].round(3)
for score in ("UA", "cross_entropy"):
    table[f"{score} gain"] = {
        name: "{:+.3f} ({:+.3f} to {:+.3f})".format(*gain[score]) for name, gain in gains.items()
    }
print(table.to_string(na_rep=""))

# %%
# The figure
# ----------
# To the right of zero is better than the vote; grey intervals include zero. The numbers are the
# scores themselves.

import matplotlib.pyplot as plt

QUESTIONS = {
    "UA": "Is it right more often?\n(gain in UA over the vote)",
    "cross_entropy": "Is it closer to what raters answer?\n(cross-entropy saved [nat])",
}
figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True, layout="constrained")
# The rows of the network are a group of their own.
heights = {name: -row - (name in on_frames) / 2 for row, name in enumerate(table.index)}
for ax, (score, question) in zip(axes, QUESTIONS.items(), strict=True):
    ax.axvline(0, color="black", linewidth=0.8)
    for name, height in heights.items():
        gain, low, high = gains[name][score] if name in gains else (0, 0, 0)
        colour = "#0072B2" if low > 0 else "#D55E00" if high < 0 else "#888888"
        ax.plot([low, high], [height] * 2, color=colour, linewidth=2.5)
        marker = (
            {"marker": "D", "color": colour}
            if name in gains
            else {"marker": "s", "color": "black"}
        )
        ax.plot(gain, height, **marker)
        place = {"xycoords": ("axes fraction", "data"), "va": "center", "color": "#555555"}
        ax.annotate(f"{table.loc[name, score]:.2f}", (1.01, height), **place)
    ax.set_title(question, fontsize="medium")
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
axes[0].set_yticks(list(heights.values()), list(heights))
about = "real speech (Emo-DB), simulated raters; 95 % intervals over ten speakers"
figure.supxlabel(about, fontsize="small")
plt.show()
# sphinx_gallery_thumbnail_number = 1

# %%
# Conclusion
# ----------
# It is computed from the intervals. These are over speakers, for the raters that were drawn: with
# other raters, a gain whose interval ends close to zero may be gone.


def conclude(name, score, unit):
    """Return what the interval of a gain shows."""
    gain, low, high = gains[name][score]
    verdict = "no gain that ten speakers can show"
    if low > 0 or high < 0:
        verdict = "a gain" if low > 0 else "a loss"
    return f"{verdict} in {unit}: {gain:+.3f} ({low:+.3f} to {high:+.3f})"


for name in gains:
    if name not in reference:
        print(f"{name}, against the vote:")
        print(f"    {conclude(name, 'UA', 'UA')}")
        print(f"    {conclude(name, 'cross_entropy', 'closeness to all answers, in nat')}")
