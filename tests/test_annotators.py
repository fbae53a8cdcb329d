"""One interface of raters: who they are, what each says, and how new ones join."""

import numpy as np
import pytest
from _crowd import CLASSES, CONFUSIONS, rate, simulate
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    Ratings,
    Sequences,
)
from sklearn_ser.classifiers._annotators_mixin import SHRINKAGE

NETWORK = AttentionBLSTMClassifier(
    (16, 0, 0), lr=0.02, max_epochs=15, batch_size=64, random_state=0
)
MODELS = {
    "ensemble": AnnotatorEnsembleClassifier(
        LogisticRegression(), final_estimator=LogisticRegression(max_iter=1000)
    ),
    "em": CrowdEMClassifier(LogisticRegression(), max_iter=200),
    "layer": CrowdLayerClassifier(NETWORK),
    "heads": CrowdLayerClassifier(NETWORK, annotator_model="head"),
}
# Which annotators that join get matrices apart from all others.
APART = ["ensemble", "heads"]
every_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def crowd():
    return simulate(300)


@pytest.fixture(scope="module")
def models(crowd):
    """All fitted to two of the raters."""
    X, _, said = crowd
    y = rate(said[:, :2], ["E1", "E2"])
    return {name: clone(model).fit(X, y) for name, model in MODELS.items()}


@pytest.fixture
def model(name, models, crowd):
    """As fitted: enrolment replaces attributes, and changes none in place."""
    fitted = models[name]
    before = vars(fitted).copy()
    yield fitted
    vars(fitted).clear()
    vars(fitted).update(before)


@every_model
def test_answers_by_name(name, model, crowd):
    X = crowd[0][:20]
    every = model.predict_annotators(X)
    assert every.shape == (20, 2, 3)
    np.testing.assert_allclose(every.sum(axis=2), 1)
    np.testing.assert_array_equal(model.predict_annotators(X, ["E2", "E1"]), every[:, ::-1])
    np.testing.assert_array_equal(model.predict_annotators(X, annotators=["E2"]), every[:, 1:])
    np.testing.assert_array_equal(model.predict_annotators(X, np.array(["E2"])), every[:, 1:])
    np.testing.assert_array_equal(model.predict_annotators(X, "E2"), every[:, 1:])
    assert model.predict_annotators(X, []).shape == (20, 0, 3)
    with pytest.raises(ValueError, match="unknown annotators 'E7', 7; known are 'E1', 'E2'"):
        model.predict_annotators(X, ["E1", "E7", 7])
    with pytest.raises(ValueError, match="unknown annotators 7; known are 'E1', 'E2'"):
        model.predict_annotators(X, 7)


@pytest.mark.parametrize("estimator", [LogisticRegression(), DecisionTreeClassifier()])
def test_one_who_never_gives_a_class_is_expected_to_give_that_predicted(estimator, crowd):
    X, truth, _ = crowd
    y = np.column_stack([truth, np.where(truth == truth[0], "other", None)]).astype(object)
    y = Ratings.from_wide(y, annotators=[1, 2], target_classes=np.unique(truth).tolist())
    model = CrowdEMClassifier(estimator, shrinkage=0, tol=1).fit(X, y)
    answers = model.predict_annotators(X)
    np.testing.assert_allclose(answers.sum(axis=2), 1)
    np.testing.assert_array_equal(model.predict_annotators(X, 1), answers[:, :1])
    assert not model.confusions_[1][:, model.labels_ != "other"].any()
    np.testing.assert_array_equal(answers[:, 1], model.predict_proba(X))


@every_model
def test_a_new_rater_joins_without_training(name, model, crowd):
    X, _, said = crowd
    proba, every = model.predict_proba(X), model.predict_annotators(X)
    assert model.enrol(X, rate(said[:, 2:], ["E3"])) is model
    assert model.annotators_ == ["E1", "E2", "E3"]
    answers = model.predict_annotators(X)
    np.testing.assert_array_equal(model.predict_proba(X), proba)
    np.testing.assert_array_equal(answers[:, :2], every)
    found = model.predict_annotators(X, ["E3", "E1"])
    np.testing.assert_array_equal(found, answers[:, [2, 0]])
    matrix = model.enrolled_[0] if name in APART else model.confusions_[2]
    np.testing.assert_allclose(answers[:, 2], proba @ matrix, rtol=1e-6)
    # What the rater says is told better than by the class alone.
    codes = np.searchsorted(CLASSES, said[:, 2].astype(str))
    loss, plain = (-np.log(p[np.arange(900), codes]).mean() for p in (answers[:, 2], proba))
    assert loss < plain - 0.005, (loss, plain)
    if name not in APART:
        # With 300 ratings per class. Where a matrix is kept apart, it is given a prediction in
        # which the other raters' confusions are, too.
        assert np.abs(matrix - CONFUSIONS[2]).max() < 0.08


@pytest.mark.parametrize("name", APART)
def test_matrices_of_new_raters_are_a_fixed_point(name, model, crowd):
    """Of the two steps of EM with the classifier fixed, written as loops over ratings."""
    X, _, said = (part[:120] for part in crowd)
    said = said.copy()
    said[10:40, 1] = None
    proba = model.predict_proba(X).clip(1e-7)
    model.enrol(X, rate(said[:, 1:], ["B", "C"]))
    codes = {label: code for code, label in enumerate(CLASSES)}
    truth = proba
    for _ in range(200):
        counts = np.zeros((2, 3, 3))
        for n in range(120):
            for a, label in enumerate(said[n, 1:]):
                if label is not None:
                    counts[a, :, codes[label]] += truth[n]
        if _ == 0:
            pool = counts.sum(axis=0) + 1
            pool /= pool.sum(axis=1, keepdims=True)
        matrices = counts + SHRINKAGE * pool
        matrices /= matrices.sum(axis=2, keepdims=True)
        joint = proba.copy()
        for n in range(120):
            for a, label in enumerate(said[n, 1:]):
                if label is not None:
                    joint[n] *= matrices[a, :, codes[label]]
        truth = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.enrolled_, matrices, atol=1e-4)


@every_model
def test_raters_join_one_after_the_other(name, model, crowd):
    X, _, said = (part[:150] for part in crowd)
    model.enrol(X, rate(said[:, :1], ["A"])).enrol(X[:40], rate(said[:40, 1:], ["B", "C"]))
    assert model.annotators_ == ["E1", "E2", "A", "B", "C"]
    answers = model.predict_annotators(X, ["C", "A", "E1"])
    np.testing.assert_array_equal(answers, model.predict_annotators(X)[:, [4, 2, 0]])
    with pytest.raises(ValueError, match="raters are known already: 'A', 'C'"):
        model.enrol(X[:2], rate([["sad"] * 3] * 2, ["A", "C", "D"]))
    assert len(model.annotators_) == 5


@every_model
def test_only_those_join_who_said_something(name, model, crowd):
    """A selection of ratings remembers all raters and labels of the corpus."""
    X, _, said = (part[:90] for part in crowd)
    whole = rate(np.column_stack([said, np.where(np.arange(90) < 9, "bored", None)]), list("abcd"))
    model.enrol(X, whole.select("c"))
    assert model.annotators_ == ["E1", "E2", "c"]


@every_model
@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (rate([["sad"], ["sad"]], ["E1"]), "raters are known already: 'E1'"),
        (Ratings.from_labels(["sad", "sad"]), "must have an identity to be enrolled"),
        (rate([["sad"], [None]], ["E9"])[1:], "at least one rating is needed to enrol raters"),
        (rate([["sad"]], ["E9"]), "inconsistent numbers of samples"),
        (rate([["calm"], ["calm"]], ["E9"]), r"(labels|classes) .*'angry'.*got .*'calm'"),
    ],
)
def test_who_cannot_join(name, model, crowd, ratings, message):
    X = crowd[0][: 1 if "at least one" in message else 2]
    with pytest.raises(ValueError, match=message):
        model.enrol(X, ratings)
    assert model.annotators_ == ["E1", "E2"]


@pytest.mark.parametrize("name", APART)
def test_other_labels_of_new_raters_are_left_out(name, model, crowd):
    X, _, said = (part[:90] for part in crowd)
    more = said[:, :1].copy()
    more[::3] = "calm"
    less = np.where(more == "calm", None, more)
    first = model.enrol(X, rate(more, ["E9"])).enrolled_[-1]
    second = model.enrol(X, rate(less, ["E8"])).enrolled_[-1]
    np.testing.assert_array_equal(first, second)


@every_model
def test_samples_without_frames(name, crowd):
    X, _, said = (part[:60] for part in crowd)
    lengths = np.where(np.arange(60) % 25 == 4, 0, 1)
    holes = Sequences(X[lengths > 0], np.concatenate([[0], np.cumsum(lengths)]))
    base = {"ensemble": {"estimator": clone(NETWORK)}, "em": {"estimator": clone(NETWORK)}}
    fast = {"em": {"max_iter": 1, "cv": None, "tol": 1}}.get(name, {})
    model = clone(MODELS[name]).set_params(**base.get(name, {}), **fast)
    model.fit(holes, rate(said[:, :2], ["E1", "E2"]))
    model.enrol(holes, rate(said[:, 2:], ["E3"]))
    rows = np.flatnonzero(lengths)
    with pytest.warns(UserWarning, match="3 of 60 samples have no frames; .*: samples 4, 29, 54"):
        answers = model.predict_annotators(holes)
    np.testing.assert_allclose(answers.sum(axis=2), 1)
    np.testing.assert_allclose(answers[rows], model.predict_annotators(holes[rows]), atol=1e-6)
    matrix = model.enrolled_[0] if name in APART else model.confusions_[2]
    np.testing.assert_allclose(answers[4, 2], model.prior_ @ matrix)
    none = Sequences(np.zeros((0, 6)), [0, 0])
    with pytest.raises(ValueError, match="at least one sample with frames is needed to enrol"):
        model.enrol(none, rate([["sad"]], ["E9"]))


@every_model
def test_a_refit_forgets_those_who_joined(name, model, crowd):
    X, _, said = crowd
    expected = model.predict_annotators(X)
    model.enrol(X, rate(said[:, 2:], ["E3"]))
    again = model.fit(X, rate(said[:, :2], ["E1", "E2"]))
    assert again.annotators_ == ["E1", "E2"]
    np.testing.assert_array_equal(again.predict_annotators(X), expected)
