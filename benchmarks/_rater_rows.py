"""Rows of real_raters.py: what each model is, and what it is compared with."""

from typing import NamedTuple

import numpy as np
from _rater_models import (
    Bootstrapped,
    OnePerRater,
    Relabelled,
    SmoothedVoteEncoder,
    shuffle_names,
    take_acted,
    take_as_many_as_clear,
    vote_or_draw,
)
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    RatingsClassifier,
    Sequences,
    SoftTargetEncoder,
)
from sklearn_ser.features import (
    FramePooler,
    OpenSmileFunctionals,
    OpenSmileLLD,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.metrics import neg_cross_entropy_scorer, ua_scorer
from sklearn_ser.splits import SpeakerKFold

GRID = [0.001, 0.003, 0.01, 0.03, 0.1]
CRITERIA = {"UA": ua_scorer, "cross_entropy": neg_cross_entropy_scorer}
SHARES, VOTE = SoftTargetEncoder(alpha=0), HardTargetEncoder()
BASES = ["linear", "MLP", "encoder frames", "openSMILE frames", "hidden state 2", "ComParE"]
LINEAR, FRAMES = ["linear", "hidden state 2", "ComParE"], ["encoder frames", "openSMILE frames"]


class Row(NamedTuple):
    """A model on one of the bases, and the rows of the same base that it is compared with."""

    model: BaseEstimator
    against: tuple = ("vote",)
    repeat: bool = True  # with other seeds


def load_features(base, encoder, memory):
    """Return a transformer from recordings to the features of a base, scaled by speaker."""
    steps = {
        "linear": [TransformerEmbeddings(encoder, layer="all", memory=memory)],
        "MLP": [TransformerEmbeddings(encoder, layer="all", memory=memory)],
        "encoder frames": [
            TransformerFrames(encoder, layer=2, memory=memory),
            FramePooler(5),
        ],
        "openSMILE frames": [OpenSmileLLD("chou2019", memory=memory), FramePooler(5)],
        "hidden state 2": [TransformerEmbeddings(encoder, layer=2, memory=memory)],
        "ComParE": [OpenSmileFunctionals("ComParE_2016", memory=memory)],
    }
    return make_pipeline(*steps[base], SequenceScaler(by="speaker"))


def rotate(X):
    """Return features of one frame per sample in a basis of the space that samples span.

    A linear model with a penalty on the squares of its weights predicts the same from them, since
    the products of samples stay the same; there are at most as many features as samples.
    """
    axes, lengths, _ = np.linalg.svd(X.values.astype(float), full_matrices=False)
    return Sequences(axes * lengths, X.offsets, speaker=X.speaker, session=X.session)


def choose_c(model, criterion):
    """Return a search for the C of the logistic regression in a model, on inner speakers."""
    (name,) = [name for name in model.get_params() if name.endswith("logisticregression__C")]
    return GridSearchCV(
        model,
        {name: GRID},
        cv=SpeakerKFold(3),
        scoring=CRITERIA[criterion],
        error_score="raise",
    )


def make_linear(criterion):
    """Return the rows with logistic regression."""
    # With the default tolerance, the C that is chosen depends on where the solver stops.
    base = make_pipeline(SequenceStatistics(), LogisticRegression(max_iter=5000, tol=1e-5))
    vote, soft = ConsensusClassifier(base), RatingsClassifier(base)
    clear = RatingsClassifier(base, target_encoder=SoftTargetEncoder(alpha=0, keep="clear"))
    smoothed = RatingsClassifier(base, target_encoder=SmoothedVoteEncoder())
    joined, em = AnnotatorEnsembleClassifier(base, cv=3), CrowdEMClassifier(base)
    each = OnePerRater(RatingsClassifier(base))
    rows = {
        "vote": Row(vote, (), repeat=False),
        "acted": Row(Relabelled(vote, take_acted), repeat=False),
        "soft": Row(
            soft,
            ("vote", "smoothed vote", "vote or draw", "soft, as many as clear"),
            repeat=False,
        ),
        "one per rater": Row(
            each,
            ("vote", "soft", "three bootstraps", "one per rater, names shuffled"),
            repeat=False,
        ),
        "joined": Row(joined, ("vote", "soft", "joined, names shuffled"), repeat=False),
        "EM": Row(em, ("vote", "soft", "EM, names shuffled"), repeat=False),
        # Controls of soft against hard targets.
        "smoothed vote": Row(smoothed, repeat=False),
        "soft, clear only": Row(clear, repeat=False),
        "soft, as many as clear": Row(Relabelled(soft, take_as_many_as_clear)),
        "vote or draw": Row(Relabelled(vote, vote_or_draw)),
        # Controls of models of raters.
        "three bootstraps": Row(Bootstrapped(soft)),
        "one per rater, names shuffled": Row(Relabelled(each, shuffle_names)),
        # These depend on the seed, but take long.
        "joined, names shuffled": Row(Relabelled(joined, shuffle_names), repeat=False),
        "EM, names shuffled": Row(Relabelled(em, shuffle_names), repeat=False),
    }
    return {name: row._replace(model=choose_c(row.model, criterion)) for name, row in rows.items()}


def make_compare(criterion):
    """Return hard and soft targets with logistic regression, and nothing else."""
    rows = make_linear(criterion)
    return {"vote": rows["vote"], "soft": rows["soft"]._replace(against=("vote",))}


def make_networks(hidden_sizes):
    """Return the rows with a network, whose settings are not searched."""
    soft = AttentionBLSTMClassifier(
        hidden_sizes,
        target_encoder=SHARES,
        batch_size=16,
        max_epochs=30,
        early_stopping=False,
    )
    vote = AttentionBLSTMClassifier(**{**soft.get_params(deep=False), "target_encoder": VOTE})
    layer = CrowdLayerClassifier(soft)
    heads = CrowdLayerClassifier(soft, annotator_model="head")
    return {
        "vote": Row(vote, ()),
        "soft": Row(soft),
        "joined": Row(
            AnnotatorEnsembleClassifier(soft, cv=3),
            ("vote", "five seeds of soft"),
            repeat=False,
        ),
        "five seeds of soft": Row(AveragingClassifier([("soft", soft)], n_seeds=5), repeat=False),
        "crowd layer": Row(layer, ("vote", "soft", "crowd layer, names shuffled")),
        "crowd layer, names shuffled": Row(Relabelled(layer, shuffle_names)),
        "heads": Row(heads, ("vote", "soft", "heads, names shuffled")),
        "heads, names shuffled": Row(Relabelled(heads, shuffle_names)),
        "label correction": Row(LabelCorrectingClassifier(vote)),
        "label correction, from soft": Row(LabelCorrectingClassifier(soft)),
    }


def make_rows(base, criterion):
    """Return the rows of a base, by name."""
    if base == "linear":
        return make_linear(criterion)
    if base in ("hidden state 2", "ComParE"):
        return make_compare(criterion)
    if base == "MLP":
        return make_networks((64, 0, 0))
    rows = make_networks((0, 64, 128))
    names = ["vote", "soft"]
    if base == "encoder frames":
        names += ["joined", "crowd layer"]
    return {
        name: rows[name]._replace(
            against=tuple(other for other in rows[name].against if other in names)
        )
        for name in names
    }
