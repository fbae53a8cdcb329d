"""Estimators on a pretrained encoder, for accuracy.py."""

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_ser import AveragingClassifier, ConsensusClassifier
from sklearn_ser.features import (
    FramePooler,
    OpenSmileFunctionals,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.recipes import baseline2026
from sklearn_ser.splits import SpeakerKFold

INNER = SpeakerKFold(3)


def linear(features):
    """Logistic regression on features scaled by speaker, its C chosen on inner speakers."""
    model = make_pipeline(
        SequenceStatistics(),
        ConsensusClassifier(LogisticRegression(class_weight="balanced", max_iter=1000)),
    )
    grid = {"consensusclassifier__estimator__C": [0.001, 0.01, 0.1, 1]}
    search = GridSearchCV(model, grid, cv=INNER, scoring=ua_scorer)
    return make_pipeline(features, SequenceScaler(by="speaker"), search)


def choose_combination(members, combinations):
    """The mean of some members; which, is chosen on inner speakers."""
    means = [
        AveragingClassifier([(name, members[name]) for name in names]) for names in combinations
    ]
    model = Pipeline([("classify", means[0])])
    return GridSearchCV(model, {"classify": means}, cv=INNER, scoring=ua_scorer)


def learn_weights(recipe, encoder, memory):
    """The network of the recipe, with learned weights of all hidden states."""
    n_hidden_states = recipe["one hidden state"][-1].estimator[0].n_hidden_states
    network = clone(recipe["network"][-1]).set_params(n_hidden_states=n_hidden_states)
    frames = TransformerFrames(encoder, layer="all", memory=memory)
    return make_pipeline(frames, FramePooler(5), SequenceScaler(by="speaker"), network)


def encoder_rows(encoder, memory):
    """Return the rows of baseline2026, variants of them, and the best combination."""
    clip, whole = (
        TransformerEmbeddings(encoder, layer="all", context=context, memory=memory)
        for context in ("clip", "model")
    )
    members = {
        "clip": linear(clip),
        "whole": linear(whole),
        "functionals": linear(OpenSmileFunctionals("ComParE_2016", memory=memory)),
    }
    recipe = baseline2026(encoder=encoder, memory=memory)
    combinations = [["clip"], ["whole"], ["clip", "whole"], ["clip", "whole", "functionals"]]
    # One label per utterance: there are no raters, and soft targets are smoothed labels.
    for name in (*recipe.need_annotators, "all hidden states, soft targets"):
        del recipe[name]
    smoothed = recipe.pop("network, soft targets")
    return {
        **recipe,
        "network, smoothed labels": smoothed,
        "all hidden states, context of 30 s": members["whole"],
        "all hidden states, bfloat16": linear(clone(clip).set_params(dtype="bfloat16")),
        "network, learned weights of all states": learn_weights(recipe, encoder, memory),
        "the best combination": choose_combination(members, combinations),
    }
