"""
Which way to learn from raters? From their table to the choice
==============================================================

There are several ways to learn from raters who disagree: their majority vote, the distribution of
their ratings, one model per rater, or a model of how each rater confuses emotions. Which one pays
depends on the raters and on what you need: the label that most people would give, the distribution
of what people say, or the answer of one person. This example goes from a table of ratings to the
choice, with models that train in seconds.

The corpus is synthetic: dialogues of ten speakers in five sessions, whose voices express one
emotion or two. Its raters are *simulated*, and no number here says anything about people.
"""

# %%
# The table
# ---------
# One row per answer, as listening tests write it. Ratings keep the names of the utterances, so
# that they can be joined with the recordings whatever the order of the table.

from sklearn_ser import Ratings
from sklearn_ser.datasets import make_dyadic_corpus

corpus = make_dyadic_corpus(n_sessions=5, n_utterances=100, random_state=0)
names = [f"utterance{i:03d}" for i in range(len(corpus.ratings))]
recordings = corpus.data.set_axis(names)
table = corpus.ratings.with_ids(names).to_long()
table["sample"] = [names[row] for row in table["sample"]]
table = table.sample(frac=1, random_state=0)
print(table.head().to_string(index=False))

classes = corpus.ratings.classes.tolist()
ratings = Ratings.from_long(table, target_classes=classes).reindex(recordings.index)

# %%
# Do raters agree, and does anyone differ?
# ----------------------------------------
# A low alpha means that the majority vote throws much away. A rater with a low weight rarely says
# what the others say.

found = ratings.agreement()
print(f"Krippendorff's alpha: {found.alpha:.2f}")
print(found.annotators[["n_ratings", "weight"]].round(2))

# %%
# The candidates
# --------------
# The same logistic regression learns in four ways, and one network with all raters in one training
# is added. Controls belong in such a table: raters' names shuffled within each utterance tell
# whether a gain is about who said what, or only about learning from all ratings.

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    RatingsClassifier,
)
from sklearn_ser.features import OpenSmileFunctionals, SequenceScaler, SequenceStatistics

linear = LogisticRegression(C=0.1, max_iter=1000)
network = AttentionBLSTMClassifier((32, 0, 0), lr=0.003, max_epochs=40, patience=8)
ways = {
    "majority vote": ConsensusClassifier(linear),
    "distribution of ratings": RatingsClassifier(linear),
    "raters' confusions, EM": CrowdEMClassifier(linear, max_iter=100),
    "crowd layer (perceptron)": CrowdLayerClassifier(network),
}
scale = [SequenceScaler(by="speaker"), SequenceStatistics()]
rows = {name: make_pipeline(*scale, way) for name, way in ways.items()}

# %%
# All on the same folds
# ---------------------
# Features learn nothing from the data, and are extracted once. One session is held out at a time,
# with both of its speakers. UA compares predictions with the consensus of the raters;
# cross-entropy, with all of their ratings.

from sklearn.utils import Bunch

from sklearn_ser.evaluation import cross_evaluate

X = OpenSmileFunctionals("eGeMAPSv02", n_jobs=2).fit_transform(recordings)
settings = {"groups": "session", "n_jobs": 2}
compared = cross_evaluate(rows, Bunch(data=X, ratings=ratings), **settings)
print(compared.report())

# %%
# The control
# -----------
# Every utterance keeps its answers, but they are dealt out to its raters at random.

rng = np.random.default_rng(0)
shuffled = table.sort_values("sample", kind="stable")
shuffled["annotator"] = shuffled.groupby("sample")["annotator"].transform(
    lambda raters: rng.permutation(raters.to_numpy())
)
anyone = Ratings.from_long(shuffled, target_classes=classes).reindex(recordings.index)
control = cross_evaluate(
    {name: rows[name] for name in ("raters' confusions, EM", "crowd layer (perceptron)")},
    Bunch(data=X, ratings=anyone),
    **settings,
)
print(control.report())

# %%
# Who hears what
# --------------
# Rows are what EM takes for the emotion of an utterance; columns, what the rater calls it.

import matplotlib.pyplot as plt

from sklearn_ser.inspection import ConfusionsDisplay

model = rows["raters' confusions, EM"].fit(X, ratings)
ConfusionsDisplay.from_estimator(model, annotators=["A1", "A2"])
plt.show()
# sphinx_gallery_thumbnail_number = 1

# %%
# The choice
# ----------
# To get probabilities that are those of people, learn the distribution: its cross-entropy and its
# calibration error are by far the lowest, with a classifier that the majority vote would train
# just as fast. It is not more accurate. EM has the highest UA here, though an interval over only
# ten speakers does not exclude zero, and its probabilities are too sure: it infers one emotion per
# utterance, not a distribution. A third of its gain is left without the raters' names, so the rest
# is about who said what. To predict what one rater will say, EM and the crowd layer know more with
# the names than without them. Real raters differ from simulated ones: run this on your own table.
