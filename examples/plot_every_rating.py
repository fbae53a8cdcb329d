"""
Every rating matters: the crowd and each annotator, joined
==========================================================

Raters do not just add noise to one truth: each has habits. Chou & Lee (ICASSP 2019) train one
network on the consensus, one on the distribution of all ratings and one on each annotator's own
ratings, and combine their last hidden layers. This example tests the claim that the combination is
better than its parts.

The corpus is synthetic and its raters are *simulated*: five raters, whose preferences are as
strong as those of the five in the paper. Three of them rate almost all utterances, and two rate
few.
"""

# %%
# Raters who differ
# -----------------
# The first table holds the answers of an average rater to each expressed emotion; the second, from
# Table 1 of the paper, the shares of anger, happiness, neutral and sadness among each rater's
# answers, and how much they rated. The average is adjusted for each rater to match these shares.

import numpy as np
import pandas as pd

from sklearn_ser.datasets import make_dyadic_corpus, simulate_ratings
from sklearn_ser.inspection import AnnotatorDisplay

ANSWERS = ["anger", "happiness", "neutral", "sadness", "other"]
AVERAGE = pd.DataFrame(
    [
        [0.75, 0.02, 0.10, 0.05, 0.08],
        [0.03, 0.75, 0.15, 0.02, 0.05],
        [0.05, 0.08, 0.72, 0.10, 0.05],
        [0.04, 0.02, 0.14, 0.75, 0.05],
        [0.30, 0.02, 0.20, 0.13, 0.35],
    ],
    index=["anger", "happiness", "neutral", "sadness", "frustration"],
    columns=ANSWERS,
)
SHARES = {
    "E1": [21.21, 49.67, 8.49, 20.64],
    "E2": [26.58, 31.35, 22.45, 19.62],
    "E4": [12.41, 23.76, 52.88, 10.95],
    "E5": [15.29, 8.94, 69.88, 5.88],
    "E6": [15.76, 43.38, 26.73, 14.22],
}
N_RATED = [5954, 7845, 6429, 422, 773]


def habits(expressed, shares):
    """Return the confusions of one rater, adjusted by iterative proportional fitting."""
    answers = np.append(0.93 * np.array(shares) / np.sum(shares), 0.07)
    emotions = expressed.mean().to_numpy()[:, None]
    joint = AVERAGE.loc[expressed.columns].to_numpy()
    for _ in range(100):
        joint = joint * answers / joint.sum(axis=0)
        joint = joint * emotions / joint.sum(axis=1, keepdims=True)
    return pd.DataFrame(joint, index=expressed.columns, columns=ANSWERS)


corpus = make_dyadic_corpus(n_sessions=5, n_utterances=80, random_state=0)
corpus.ratings = simulate_ratings(
    corpus.expressed,
    {name: habits(corpus.expressed, shares) for name, shares in SHARES.items()},
    n_ratings=3,
    p_second=0.05,
    activity=N_RATED,
    target_classes=corpus.target_names,
    random_state=0,
)
AnnotatorDisplay.from_ratings(corpus.ratings)
# sphinx_gallery_thumbnail_number = 1

# %%
# The rows
# --------
# Single networks, and three combinations: the two networks of the crowd, those of the annotators,
# and all. An annotator with fewer than ``min_ratings`` ratings in a fold has no network.

from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    HardTargetEncoder,
    SoftTargetEncoder,
)
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler

SPEECH = [OpenSmileLLD("chou2019"), FramePooler(5), SequenceScaler(by="speaker")]
network = AttentionBLSTMClassifier(
    (64, 32, 64), target_encoder=SoftTargetEncoder(0.75), lr=0.003, max_epochs=40, patience=8
)
hard = AttentionBLSTMClassifier(
    (64, 32, 64), target_encoder=HardTargetEncoder(), lr=0.003, max_epochs=40, patience=8
)
models = {
    "crowd, hard": hard,
    "crowd, soft": network,
    "crowd, joined": AnnotatorEnsembleClassifier(network, annotators=()),
    "annotators, joined": AnnotatorEnsembleClassifier(network, crowd=(), min_ratings=15),
    "all, joined": AnnotatorEnsembleClassifier(network, min_ratings=15),
}
rows = {name: make_pipeline(*SPEECH, model) for name, model in models.items()}

# %%
# All on the same folds
# ---------------------
# One session is held out at a time, with both of its speakers.

from sklearn_ser.evaluation import cross_evaluate

found = cross_evaluate(rows, corpus, groups="session", n_jobs=2)
print(found.report())
found.plot()

# %%
# What each annotator would say
# -----------------------------
# The networks of annotators are useful beyond accuracy: they predict what each annotator would
# say. The first plot shows what raters said about a held-out session; the second, what networks
# trained on the other sessions expect them to say.

held_out = (corpus.data["session"] == corpus.data["session"].iloc[-1]).to_numpy()
model = rows["all, joined"].set_params(annotatorensembleclassifier__n_jobs=2)
model.fit(corpus.data[~held_out], corpus.ratings[~held_out])
AnnotatorDisplay.from_ratings(corpus.ratings[held_out], annotators=model[-1].annotators_)
AnnotatorDisplay.from_estimator(model, corpus.data[held_out])

# %%
# Conclusion
# ----------
# The claim does not hold here. No combination is better than the network on the distribution of
# all ratings alone, and all intervals include zero. On real speech with three real raters, the
# combination was as good with the raters' names shuffled (see the measured results), so it was not
# about who said what. In the paper's corpus, each of three annotators rated thousands of
# utterances; here, it is about 350. The networks of annotators do learn their raters' habits:
# more happiness for E1, more "neutral" for E4, though less pronounced than in the ratings, since
# targets are smoothed. To classify, use one network on soft targets;
# use this ensemble to predict who would say what.
