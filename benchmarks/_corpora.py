"""Code shared by the benchmarks on Emo-DB: its frames, and how people confuse emotions."""

import warnings

import pandas as pd
from sklearn.pipeline import make_pipeline

from sklearn_ser.datasets import load_emodb
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler

EMOTIONS = ["anger", "happiness", "neutral", "sadness"]
LETTERS = dict(zip("AHNS", EMOTIONS, strict=True))
INTENDED = dict(zip(["ANG", "HAP", "NEU", "SAD"], EMOTIONS, strict=True))


def emodb(root, emotions=EMOTIONS):
    """Load Emo-DB, even if the copy is incomplete."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Emo-DB in", category=UserWarning)
        return load_emodb(root, emotions=emotions)


def scaled_frames(corpus):
    """Return frames of "chou2019", pooled by 5 and z-scored by speaker."""
    return make_pipeline(
        OpenSmileLLD("chou2019"), FramePooler(5), SequenceScaler(by="speaker")
    ).fit_transform(corpus.data)


def confusions(path):
    """Return what people heard in CREMA-D by acted emotion; disgust and fear are "other"."""
    votes = pd.read_csv(path)
    votes = votes[votes["intended"].isin(list(INTENDED))]
    table = votes.groupby("intended")[list("ADFHNS")].sum().rename(index=INTENDED)
    table["other"] = table[["D", "F"]].sum(axis=1)
    return table.rename(columns=LETTERS)[[*EMOTIONS, "other"]]
