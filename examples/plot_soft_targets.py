"""
Do ambiguous utterances help? Soft against hard targets
=======================================================

A majority vote discards how much raters disagree, as well as every utterance whose consensus is
not one of the target emotions. Ando et al. (ICASSP 2018) learn from both. This example tests the
claim that soft targets and ambiguous utterances lead to a better classifier than the consensus of
clear utterances.

The corpus is synthetic: dialogues of ten speakers in five sessions, whose voices express one
emotion or two. Its raters are *simulated*, and no number here says anything about people.
"""

# %%
# Raters who disagree
# -------------------
# Three of six raters hear each utterance. Some utterances express frustration, which is not one of
# the four target emotions, and raters hear it as different emotions. An utterance is *clear* if
# the plurality of its raters chose one of the four, and *ambiguous* if not, but somebody heard one
# of them.

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
# ``keep`` selects the utterances to learn from, and ``alpha`` determines how much the shares of
# votes are smoothed. The network is a quarter as wide as the paper's, since the corpus is small,
# too. The table also has rows for two baselines: the largest class and a linear model.

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
    """Return one row of the table: the same network with other targets."""
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
# One session is held out at a time, with both of its speakers. Features are extracted once; all
# steps that learn from data, including the scaler, are fitted in each fold. WA and UA compare
# predictions with the consensus; cross-entropy and Jensen-Shannon divergence, with all ratings.

from sklearn_ser.evaluation import cross_evaluate

found = cross_evaluate(rows, corpus, groups="session", seeds=[0, 1], n_jobs=2)
print(found.report())

# %%
# The figure
# ----------
# Dots are held-out sessions, each the mean of two seeds; diamonds are means over sessions.

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
# sphinx_gallery_thumbnail_number = 2

# %%
# Where the network listens
# -------------------------
# It weights the frames of an utterance; if all frames counted equally, all weights would be 1.
# After training on so little speech, it hardly prefers any.

from sklearn_ser.inspection import AttentionDisplay

model = rows["soft, clear + ambiguous"].set_params(attentionblstmclassifier__random_state=0)
model.fit(corpus.data, corpus.ratings)
AttentionDisplay.from_estimator(model, corpus.data, sample=3)

# %%
# Conclusion
# ----------
# Half of the claim holds. With unsmoothed soft targets from clear and ambiguous utterances, the
# network's probabilities are closest to the raters' answers, closer than those of the linear
# model. It is not more accurate, however: intervals of the gain in UA over speakers include zero,
# and on voices as simple as these the linear model is as good as any. Learning only from ambiguous
# utterances costs accuracy, and smoothing makes probabilities flatter than the raters' answers. If
# you need meaningful probabilities, learn from every rating; if you only need the most likely
# emotion, this loses nothing.
