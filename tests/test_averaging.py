"""AveragingClassifier: a mean of what its parts say, and nothing else."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    Ratings,
    Sequences,
    SoftTargetEncoder,
)
from sklearn_ser.features import SequenceStatistics
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.utils._random import as_generator, clone_with_seed, draw_seed


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = Sequences.from_arrays([rng.normal(i % 3, 1, size=(4 + i % 5, 3)) for i in range(36)])
    wide = np.array(["angry", "happy", "sad"])[np.arange(36) % 3][:, None].repeat(2, axis=1)
    wide = wide.astype(object)
    wide[::5, 1] = "happy"
    return X, Ratings.from_wide(wide)


def parts():
    network = AttentionBLSTMClassifier((4, 4, 4), target_encoder=SoftTargetEncoder(), max_epochs=2)
    linear = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    return [("network", network), ("linear", linear)]


def test_the_mean_of_what_its_parts_say(data):
    X, y = data
    model = AveragingClassifier(parts(), n_seeds=2, weights=[3, 1], random_state=5).fit(X, y)
    rng = as_generator(5)
    seeds = [draw_seed(rng) for _ in range(4)]
    expected = 0
    for i, (seed, weight) in enumerate(zip(seeds, [3, 1, 3, 1], strict=True)):
        alone = clone_with_seed(parts()[i % 2][1], seed).fit(X, y)
        expected = expected + weight / 8 * alone.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-12)
    assert model.predict(X).tolist() == model.classes_[expected.argmax(axis=1)].tolist()
    consensus = y.consensus()
    known = np.array([label is not None for label in consensus])
    assert model.score(X, y) == (model.predict(X) == consensus)[known].mean()
    assert len(model.named_estimators_["network"]) == 2


def test_seeds_differ_and_are_the_same_again(data):
    X, y = data
    model = AveragingClassifier(parts()[:1], n_seeds=3, random_state=0)
    fitted = model.fit(X, y)
    each = [part.predict_proba(X) for part in fitted.estimators_[0]]
    assert not np.array_equal(each[0], each[1])
    again = clone(model).set_params(n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    # With more seeds, the first are the same.
    fewer = clone(model).set_params(n_seeds=2).fit(X, y)
    np.testing.assert_array_equal(fewer.estimators_[0][1].predict_proba(X), each[1])


def test_a_class_that_one_part_does_not_know(data):
    X, y = data
    some = SoftTargetEncoder(classes=["angry", "sad"])
    few = AttentionBLSTMClassifier((2, 2, 2), target_encoder=some, max_epochs=1)
    all_of_them = ConsensusClassifier(DummyClassifier(strategy="uniform"))
    model = AveragingClassifier([("few", few), ("all", all_of_them)]).fit(X, y)
    assert model.classes_.tolist() == ["angry", "happy", "sad"]
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(proba[:, 1], 1 / 6)


def test_parameters_of_parts_can_be_searched(data):
    X, y = data
    grid = {"network__target_encoder__alpha": [0, 0.75], "linear": [parts()[1][1]]}
    model = AveragingClassifier(parts(), random_state=0)
    search = GridSearchCV(model, grid, cv=2, scoring=ua_scorer).fit(X, y)
    assert search.best_params_["network__target_encoder__alpha"] in (0, 0.75)
    assert model.get_params()["network__max_epochs"] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimators": []}, "at least one estimator is needed"),
        ({"weights": [1]}, r"2 numbers of at least 0, one per estimator.*got \[1\]"),
        ({"weights": [0, 0]}, "not all 0"),
        ({"weights": [1, -1]}, "at least 0"),
        ({"n_seeds": 0}, "n_seeds"),
        ({"estimators": [("a", parts()[0][1])] * 2}, "Names provided are not unique"),
    ],
)
def test_wrong_parameters_are_refused_in_fit(data, changes, message):
    with pytest.raises(ValueError, match=message):
        AveragingClassifier(**{"estimators": parts()} | changes).fit(*data)
