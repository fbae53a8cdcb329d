"""
Your own recordings: from files to a model, and where it listens
================================================================

All you need is a folder of recordings and a table of who said what. Here, both are made up, so
that this page runs anywhere; replace the first cell with your own.
"""

# %%
# A folder and two tables
# -----------------------
# One table has one row per recording, with its speaker; the other has one row per answer, as
# annotation tools export it.

import tempfile
from pathlib import Path

import soundfile

from sklearn_ser.datasets import make_dyadic_corpus

folder = tempfile.TemporaryDirectory()
root = Path(folder.name)
made_up = make_dyadic_corpus(n_sessions=3, n_utterances=60, random_state=0)
clips = made_up.data[["speaker"]].assign(file=[f"{root}/{i:03}.wav" for i in made_up.data.index])
for file, signal in zip(clips["file"], made_up.data["signal"], strict=True):
    soundfile.write(file, signal, made_up.sampling_rate)
answers = made_up.ratings.to_long()
answers["file"] = clips["file"].to_numpy()[answers["sample"]]
answers = answers[["file", "annotator", "label"]]
print(answers.assign(file=[Path(file).name for file in answers["file"]]).head(4).to_string())

# %%
# What raters confuse
# -------------------
# ``samples`` puts the ratings in the order of the recordings, and keeps recordings that nobody
# rated. Labels that are not in ``target_classes`` are not learned, but count as disagreement.

from sklearn_ser import Ratings
from sklearn_ser.inspection import AgreementDisplay

ratings = Ratings.from_long(
    answers,
    sample="file",
    samples=clips["file"],
    target_classes=["anger", "happiness", "neutral", "sadness"],
)
AgreementDisplay.from_ratings(ratings)

# %%
# A pipeline from files to probabilities
# --------------------------------------
# This is an ordinary scikit-learn pipeline. Groups of speakers are held out, so no speaker is on
# both sides of a split.

from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_ser import AttentionBLSTMClassifier, SoftTargetEncoder
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler
from sklearn_ser.metrics import neg_cross_entropy_scorer, ua_scorer

model = make_pipeline(
    OpenSmileLLD("chou2019", memory=root / "features"),
    FramePooler(5),
    SequenceScaler(by="speaker"),
    AttentionBLSTMClassifier(
        (64, 32, 64), target_encoder=SoftTargetEncoder(alpha=0), lr=0.003, random_state=0
    ),
)
for scorer in (ua_scorer, neg_cross_entropy_scorer):
    scores = cross_val_score(
        model, clips, ratings, groups=clips["speaker"], cv=GroupKFold(3), scoring=scorer
    )
    print(f"{scorer}: {scores.mean():.3f} ± {scores.std():.3f} over 3 folds of 2 speakers")

# %%
# Where it listens
# ----------------
# The network weights the frames of an utterance; if all frames counted equally, all weights would
# be 1. After training on so little speech, it hardly prefers any frames, except for a slight
# preference for loud ones.

from sklearn_ser.inspection import AttentionDisplay

model.fit(clips, ratings)
AttentionDisplay.from_estimator(model, clips, sample=3)

# %%
# Save the model
# --------------
# The file holds arrays, strings and numbers, and no code. The loaded model makes the same
# predictions.

from sklearn_ser.io import load, save

save(model, root / "model.skops")
again = load(root / "model.skops")
print((again.predict_proba(clips) == model.predict_proba(clips)).all())
folder.cleanup()
