"""
Do ambiguous utterances help? Soft against hard targets
=======================================================

A majority vote throws away how far raters disagree, and every utterance on which they agree on
none of the emotions wanted. Ando et al. (ICASSP 2018) learn from both. The claim to test here:
soft targets and ambiguous utterances make a better classifier than the consensus of clear ones.

The corpus is synthetic: dialogues of ten speakers in five sessions, whose voices express one
emotion or two. Its raters are *simulated*, and no number here says anything about people.
"""

# %%
# Raters who disagree
# -------------------
# Three of six raters hear each utterance. Frustration is expressed, too, but is none of the four
# emotions to learn; what it is heard as, differs. An utterance is *clear* where the raters'
# plurality is one of the four, and *ambiguous* where it is not, though somebody heard one of them.

import numpy as np

from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.inspection import AgreementDisplay

corpus = make_dyadic_corpus(n_sessions=5, n_utterances=100, random_state=0)
ratings = corpus.ratings
clear = np.isin(ratings.consensus(), ratings.classes)
heard = ratings.counts().any(axis=1)
print(f"{len(ratings)} utterances: {clear.sum()} clear, {(heard & ~clear).sum()} ambiguous")
AgreementDisplay.from_ratings(ratings)

# %%
# Every row of the paper's table is one setting
# ---------------------------------------------
# ``keep`` says which utterances are learned from, ``alpha`` how much the shares of votes are
# smoothed. The network is a quarter as wide as the paper's, since the corpus is small, too. What
# every table should start from, the largest class and a linear model, are rows like the others.

from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    HardTargetEncoder,
    SoftTargetEncoder,
)
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler, SequenceStatistics

SPEECH = [OpenSmileLLD("ando2018"), FramePooler(5), SequenceScaler()]


def network(target_encoder):
    """One row: the same network, learning other targets."""
    classifier = AttentionBLSTMClassifier(
        (64, 32, 64), target_encoder=target_encoder, lr=0.003, max_epochs=40, patience=8
    )
    return make_pipeline(*SPEECH, classifier)


linear = ConsensusClassifier(LogisticRegression(max_iter=1000))
rows = {
    "hard, clear": network(HardTargetEncoder()),
    "soft, clear": network(SoftTargetEncoder(alpha=0, keep="clear")),
    "modified soft, clear": network(SoftTargetEncoder(alpha=0.75, keep="clear")),
    "modified soft, ambiguous": network(SoftTargetEncoder(alpha=0.75, keep="ambiguous")),
    "soft, clear + ambiguous": network(SoftTargetEncoder(alpha=0)),
    "modified soft, clear + ambiguous": network(SoftTargetEncoder(alpha=0.75)),
    "largest class": make_pipeline(*SPEECH, ConsensusClassifier(DummyClassifier())),
    "logistic regression, mean frame": make_pipeline(*SPEECH, SequenceStatistics(), linear),
}

# %%
# All on the same folds
# ---------------------
# One session is held out at a time, with both of its speakers. Features are extracted once; what
# learns from data, the scaler too, learns in each fold. WA and UA are against the consensus,
# cross-entropy and Jensen-Shannon divergence against all that raters said.

from sklearn_ser.evaluation import cross_evaluate

found = cross_evaluate(rows, corpus, groups="session", seeds=[0, 1], n_jobs=2)
print(found.report())

# %%
# The figure
# ----------
# Dots are held-out sessions, each the mean of two seeds; diamonds are the means of the sessions.

import matplotlib.pyplot as plt

names = [name for name in rows if name != "largest class"][::-1]
by_session = found.scores.groupby(["estimator", "group"])[["UA", "cross_entropy"]].mean()
figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
titles = {
    "UA": "unweighted accuracy\n(higher is better)",
    "cross_entropy": "cross-entropy with the ratings [nat]\n(lower is better)",
}
for ax, (score, title) in zip(axes, titles.items(), strict=True):
    for height, name in enumerate(names):
        values = by_session.loc[name, score]
        soft = "soft" in name
        colour = "#D55E00" if soft else "#0072B2"
        ax.plot(values, [height] * len(values), "o", color=colour, alpha=0.35, markeredgewidth=0)
        ax.plot(values.mean(), height, "D" if soft else "s", color=colour)
    ax.set_xlabel(title)
    ax.grid(axis="x", alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_yticks(range(len(names)), names)
plt.show()

# %%
# What to make of it
# ------------------
# Half of the claim holds. Soft targets that are not smoothed, from clear and ambiguous utterances,
# bring the network closest to what raters say, closer than the linear model comes. They make it no
# more accurate: intervals of the gain in UA over speakers include zero, and on voices as simple as
# these the linear model is as good as any. Learning from ambiguous utterances alone costs
# accuracy, and smoothing makes probabilities flatter than raters' answers are. So: if you need
# probabilities that mean something, learn from every rating; if all you need is the most likely
# emotion, you lose nothing by it.
