"""Infinite or NaN outputs never become the first class: an error names samples and cause."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    Ratings,
    RatingsClassifier,
    Segments,
    SegmentVGGClassifier,
    Sequences,
    SoftmaxClassifier,
)
from sklearn_ser.classifiers._mixins import ProbabilityMixin
from sklearn_ser.utils._arrays import check_finite, find_infinite

HUGE = 3.3e38  # of float32, whose largest number is 3.4e38
SMALL = {"hidden_sizes": (4, 4, 4), "max_epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def X():
    """40 samples of 8 frames, told apart by their mean."""
    rng = np.random.default_rng(0)
    return rng.normal(np.arange(40)[:, None, None] % 2, 1, (40, 8, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def y():
    cells = np.array([["sad", "sad"], ["angry", "angry"]] * 20)
    return Ratings.from_wide(cells, annotators=["E1", "E2"])


def cut(X):
    return Segments(
        X.reshape(-1, 3), np.arange(len(X) + 1) * 8, segment_length=8, segment_step=2, frame_step=1
    )


def blstm(**settings):
    return AttentionBLSTMClassifier(**SMALL | settings)


def vgg(**settings):
    return SegmentVGGClassifier(width=1 / 32, max_epochs=1, random_state=0, **settings)


MODELS = {
    "blstm": blstm(),
    "ensemble": AnnotatorEnsembleClassifier(blstm(), min_ratings=5, random_state=0),
    "crossed": AnnotatorEnsembleClassifier(blstm(), min_ratings=5, cv=2, random_state=0),
    "correcting": LabelCorrectingClassifier(blstm()),
    "averaging": AveragingClassifier([("a", blstm())], n_seeds=2, random_state=0),
    "vgg": vgg(),
    "refinery": ProfileRefineryClassifier(
        vgg(), n_stages=1, cv=2, final_estimator=LogisticRegression(), random_state=0
    ),
}
METHODS = [
    "predict",
    "predict_proba",
    "transform",
    "attention",
    "predict_annotators",
    "predict_profile",
]


@pytest.fixture(scope="module")
def models(X, y):
    return {
        name: model.fit(cut(X) if name in ("vgg", "refinery") else X, y)
        for name, model in MODELS.items()
    }


PAIRS = [(name, method) for name in MODELS for method in METHODS if hasattr(MODELS[name], method)]


@pytest.mark.parametrize(("name", "method"), PAIRS)
def test_values_that_are_too_large_are_named(models, X, name, method):
    model = models[name]
    huge = X.copy()
    huge[[5, 31]] = np.where(np.arange(8)[:, None] % 2, -HUGE, HUGE)
    convert = cut if name in ("vgg", "refinery") else np.asarray
    message = (
        r"infinite or NaN for 2 of 40 samples: 5, 31\. Values of sample 5 reach 3\.3e\+38, which "
        "may be too large: scale the features, for instance by SequenceScaler"
    )
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(convert(huge))
    assert len(getattr(model, method)(convert(X))) == 40
    # Alone, the others are as they were.
    rest = np.setdiff1d(np.arange(40), [5, 31])
    assert len(getattr(model, method)(convert(huge[rest]))) == 38


def test_many_samples_are_counted(models, X):
    with pytest.raises(ValueError, match=r"for 40 of 40 samples: 0, 1, .*, 9 and 30 more\. Value"):
        models["blstm"].predict(np.full_like(X, HUGE) * np.sign(X - 0.5))


def spoil(model, value, part="head.weight"):
    model = copy.deepcopy(model)
    with torch.no_grad():
        model.net_.module_.get_parameter(part).view(-1)[0] = value
    return model


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("name", "method"), [("blstm", "predict"), ("vgg", "predict_profile")])
def test_weights_to_blame_are_named(models, X, value, name, method):
    model = spoil(models[name], value)
    message = r"for 40 of 40 samples: .* Its weights are infinite or NaN in head\.weight"
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(X if name == "blstm" else cut(X))
    model = spoil(models["blstm"], np.nan, "before.0.weight")
    with pytest.raises(ValueError, match=r"NaN in before\.0\.weight"):
        model.attention(X)


def test_weights_that_are_too_large_are_to_blame(models, X):
    model = copy.deepcopy(models["blstm"])
    with torch.no_grad():
        for parameter in model.net_.module_.parameters():
            parameter.fill_(3e38)
    with pytest.raises(
        ValueError, match="The output for zeros is, too, so the network's weights are too"
    ):
        model.predict_proba(X)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_such_weights_are_not_restored(models, value):
    state = pickle.dumps(spoil(models["blstm"], value))
    message = r"cannot be restored: weights are infinite or NaN in head\.weight\."
    with pytest.raises(ValueError, match=message):
        pickle.loads(state)
    spoiled = spoil(models["vgg"], value, "convolutions.0.weight")
    with pytest.raises(ValueError, match=r"cannot be restored.*convolutions\.0\.weight"):
        pickle.loads(pickle.dumps(spoiled))


# Training


@pytest.mark.parametrize(
    "make", [blstm, lambda: SoftmaxClassifier(max_epochs=2, random_state=0), vgg]
)
@pytest.mark.parametrize("scale", [1e10, 1e20, 1e30, 1e37])
def test_a_model_is_finite_or_an_error(X, y, make, scale):
    """No model with such weights is ever stored."""
    model, data = make(), X * np.float32(scale)
    if isinstance(model, SoftmaxClassifier):
        data = data[:, 0]
    data = cut(data) if isinstance(model, SegmentVGGClassifier) else data
    if isinstance(model, SegmentVGGClassifier) and scale > 1e10:
        with pytest.raises(ValueError, match=r"became .*SequenceScaler"):
            model.fit(data, y)
        assert not hasattr(model, "net_")
    else:
        model.fit(data, y)
        assert all(torch.isfinite(w).all() for w in model.net_.module_.state_dict().values())
        assert np.isfinite(model.predict_proba(data)).all()


def test_the_loss_that_came_is_named(X, y):
    data = np.where(np.arange(8)[:, None] % 2, -HUGE, HUGE) * np.ones_like(X)
    message = r"the training loss became nan in epoch 1, batch 1\. .*smaller scale \(SequenceSc"
    with pytest.raises(ValueError, match=message):
        blstm().fit(data, y)
    with pytest.raises(ValueError, match=message):
        LabelCorrectingClassifier(blstm()).fit(data, y)


def test_running_statistics_that_overflow_are_named(X, y):
    """The loss is finite: batch normalisation divides by what later overflows."""
    message = r"weights became infinite or NaN in epoch 1: convolutions\.1\.running_var\. Try a lo"
    with pytest.raises(ValueError, match=message):
        vgg().fit(cut(X * np.float32(1e30)), y)


def test_the_last_step_of_all_is_checked(X, y):
    """No loss follows it that would show what it did."""
    settings = {"max_epochs": 1, "batch_size": 40, "early_stopping": False}
    with pytest.raises(ValueError, match=r"weights became infinite or NaN in epoch 1: .* 1e\+30"):
        SoftmaxClassifier(optimizer="sgd", lr=1e30, **settings).fit(1e20 * X[:, 0], y)


# Classifiers of others


class Broken(ProbabilityMixin):
    """Returns what it was given."""

    classes_ = np.array(["angry", "sad"])

    def predict_proba(self, X):
        return np.asarray(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_labels_are_never_made_of_nan(bad):
    with pytest.raises(ValueError, match=r"predict_proba must return finite .* for samples 1, 2"):
        Broken().predict([[0, 1], [bad, 0], [bad, bad]])
    assert Broken().predict([[0, 1], [1, 0]]).tolist() == ["sad", "angry"]


def test_rows_that_are_not_finite():
    values = np.zeros((4, 2, 3))
    values[1, 0, 2], values[3] = np.nan, -np.inf
    assert find_infinite(values).tolist() == [1, 3]
    assert find_infinite(np.array([0, np.nan])).tolist() == [1]
    assert find_infinite(np.zeros((0, 3))).tolist() == []
    check_finite(np.zeros((3, 2)), "predict_proba")


def test_padding_and_order_do_not_hide_samples(models):
    rng = np.random.default_rng(0)
    frames = [rng.normal(size=(n, 3)) for n in rng.integers(1, 30, 50)]
    frames[17] = np.full((3, 3), HUGE) * [1, -1, 1]
    with pytest.raises(ValueError, match="for 1 of 50 samples: 17"):
        models["blstm"].predict(Sequences.from_arrays(frames))


@pytest.mark.parametrize("value", [3e38, -3e38])
@pytest.mark.parametrize(
    ("model", "method"),
    [
        (ConsensusClassifier(LogisticRegression()), "predict_proba"),
        (RatingsClassifier(LogisticRegression()), "predict_proba"),
        (ConsensusClassifier(LinearSVC()), "decision_function"),
    ],
    ids=["consensus", "ratings", "scores"],
)
def test_scores_of_scikit_learn_that_overflow(model, method, value):
    """Of NaN, scikit-learn's own classifiers predict the first class without a word."""
    rng = np.random.default_rng(0)
    table = rng.normal(np.arange(40)[:, None] % 2 * 3, 1, (40, 4)).astype(np.float32)
    model.fit(table, ["a", "b"] * 20)
    model.estimator_.coef_ = np.float32([[1e5, -1e5, 1e5, -1e5]])
    assert model.predict(np.float32([[-1, 1, -1, 1], [1, -1, 1, -1]])).tolist() == ["a", "b"]
    table[3] = value  # products of which are infinite, and their sum is not a number
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=rf"{method} must return finite .* for samples 3\b"),
    ):
        model.predict(table)
