"""Weights of samples reach the scores of estimators and scorers, by scikit-learn's routing too."""

import copy
import pickle

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AveragingClassifier,
    ConsensusClassifier,
    LabelCorrectingClassifier,
    Ratings,
    SoftmaxClassifier,
    metrics,
)
from sklearn_ser.features import SequenceStatistics
from sklearn_ser.io import load, save
from sklearn_ser.metrics import (
    cross_entropy,
    js_divergence,
    macro_f1,
    unweighted_accuracy,
    weighted_accuracy,
)
from sklearn_ser.recipes import OneAnnotator

SCORERS = [getattr(metrics, name) for name in metrics.__all__ if name.endswith("scorer")]
each_scorer = pytest.mark.parametrize("scorer", SCORERS, ids=repr)

NETWORK = SoftmaxClassifier(lr=0.01, max_epochs=2, random_state=0)
LINEAR = ConsensusClassifier(LogisticRegression())
MODELS = {
    "network": NETWORK,
    "linear": LINEAR,
    "averaging": AveragingClassifier([("a", NETWORK), ("b", LINEAR)], random_state=0),
    "correcting": LabelCorrectingClassifier(NETWORK),
    "one": OneAnnotator(LINEAR, "E1"),
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    labels = rng.choice(["angry", "happy", "sad"], 60)
    X = (labels == "sad")[:, None] + rng.normal(0, 1, (60, 3))
    y = Ratings.from_wide(np.column_stack([labels, labels]), annotators=["E1", "E2"])
    return X, y, rng.uniform(0, 2, 60)


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize("name", MODELS)
def test_scores_of_classifiers(data, name):
    X, y, weights = data
    model = clone(MODELS[name]).fit(X, y)
    found = model.score(X, y, sample_weight=weights)
    right = model.predict(X) == y.consensus()
    assert found == pytest.approx((weights * right).sum() / weights.sum())
    assert found != model.score(X, y)
    assert model.score(X, y) == pytest.approx(right.mean())
    with pytest.raises(ValueError, match=r"of shape \(60,\)"):
        model.score(X, y, weights[:59])


def test_a_pipeline_passes_weights_on(data):
    X, y, weights = data
    model = make_pipeline(SequenceStatistics(["mean"]), NETWORK).fit(X[:, None], y)
    found = model.score(X[:, None], y, sample_weight=weights)
    assert found == metrics.wa_scorer(model, X[:, None], y, sample_weight=weights)


class Opinionated(SoftmaxClassifier):
    """Expects E1 to answer as the crowd, and E2 to be undecided."""

    annotators_ = ("E1", "E2")

    def predict_annotators(self, X):
        proba = self.predict_proba(X)
        return np.stack([proba, np.full_like(proba, 1 / proba.shape[1])], axis=1)


@each_scorer
def test_scorers_take_weights(data, scorer):
    X, y, weights = data
    model = Opinionated(**NETWORK.get_params()).fit(X, y)
    rows = np.repeat(np.arange(60), np.arange(60) % 3)
    found = scorer(model, X, y, sample_weight=np.arange(60) % 3)
    assert found == pytest.approx(scorer(model, X[rows], y[rows]))
    assert scorer(model, X, y, sample_weight=weights) != scorer(model, X, y)


class Unweighted(LogisticRegression):
    """Takes the consensus of ratings, and no weights."""

    annotators_ = ("E1", "E2")
    predict_annotators = Opinionated.predict_annotators

    def fit(self, X, y):
        return super().fit(X, y.consensus().astype(str))


@each_scorer
def test_routing(data, scorer, routing):
    X, y, weights = data
    asking = scorer.set_score_request(sample_weight=True)
    settings = {"cv": KFold(3), "params": {"sample_weight": weights}, "error_score": "raise"}
    expected = []
    for train, test in KFold(3).split(X):
        model = Unweighted().fit(X[train], y[train])
        expected.append(scorer(model, X[test], y[test], sample_weight=weights[test]))
    for n_jobs in (None, 2):
        found = cross_validate(Unweighted(), X, y, scoring=asking, n_jobs=n_jobs, **settings)
        np.testing.assert_array_equal(found["test_score"], expected)
    found = cross_validate(Unweighted(), X, y, scoring={"a": asking}, **settings)
    np.testing.assert_array_equal(found["test_a"], expected)
    settings["params"] = {"trust": weights}
    renamed = scorer.set_score_request(sample_weight="trust")
    found = cross_validate(Unweighted(), X, y, scoring=renamed, **settings)
    np.testing.assert_array_equal(found["test_score"], expected)


def test_weights_nobody_asked_for_are_an_error(data, routing):
    X, y, weights = data
    settings = {"cv": 2, "params": {"sample_weight": weights}, "error_score": "raise"}
    for scorer in (metrics.ua_scorer, metrics.ua_scorer.set_score_request(sample_weight=None)):
        with pytest.raises(UnsetMetadataPassedError, match="not requested for ua_scorer"):
            cross_validate(Unweighted(), X, y, scoring=scorer, **settings)
    scoring = {
        "no": metrics.ua_scorer.set_score_request(sample_weight=False),
        "yes": metrics.ua_scorer.set_score_request(sample_weight=True),
    }
    found = cross_validate(Unweighted(), X, y, scoring=scoring, **settings)
    plain = cross_validate(Unweighted(), X, y, scoring=metrics.ua_scorer, cv=2)["test_score"]
    np.testing.assert_array_equal(found["test_no"], plain)
    assert (found["test_yes"] != plain).any()


def test_classifiers_ask_for_weights_of_their_score(routing):
    for model in MODELS.values():
        asking = clone(model).set_score_request(sample_weight=True)
        assert asking.get_metadata_routing() is not None


@each_scorer
def test_a_request_makes_another_scorer(scorer, routing, tmp_path):
    asking = scorer.set_score_request(sample_weight=True)
    assert asking is not scorer
    assert scorer.get_metadata_routing().score.requests == {"sample_weight": None}
    assert repr(asking) == repr(scorer)
    save(GridSearchCV(LINEAR, {}, scoring=asking), tmp_path / "search.skops")
    for again in (
        pickle.loads(pickle.dumps(asking)),
        copy.deepcopy(asking),
        clone(asking, safe=False),
        load(tmp_path / "search.skops").scoring,
    ):
        assert again.get_metadata_routing().score.requests == {"sample_weight": True}
        assert again.function is scorer.function
    assert b"_scorers" not in pickle.dumps(asking) + pickle.dumps(scorer)
    assert copy.deepcopy(scorer) is clone(scorer, safe=False) is scorer
    assert joblib.hash(asking) != joblib.hash(scorer)


def test_a_request_needs_routing():
    with pytest.raises(RuntimeError, match=r"set_score_request needs metadata routing: skl"):
        metrics.ua_scorer.set_score_request(sample_weight=True)


class Weighted(LogisticRegression):
    """Takes the consensus of ratings, and weights."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y.consensus().astype(str), sample_weight)


def test_searches_that_fit_with_weights_ask_scorers(data):
    """Without routing, scikit-learn asks whether a scorer takes weights."""
    X, y, weights = data
    for scoring in (metrics.ua_scorer, {"ua": metrics.ua_scorer, "wa": metrics.wa_scorer}):
        search = GridSearchCV(Weighted(), {"C": [0.1, 1]}, scoring=scoring, refit=False, cv=2)
        search.fit(X, y, sample_weight=weights)
        assert all(np.isfinite(v).all() for k, v in search.cv_results_.items() if "test" in k)


@pytest.mark.parametrize("factor", [1e308, 2.0**-1040, 3.0])
def test_only_proportions_matter_whatever_their_size(factor):
    """Twelve times 1e308 is infinite."""
    was, said = ["sad", "angry", "happy"] * 4, ["sad", "sad", "happy", "angry"] * 3
    proba = np.random.default_rng(0).dirichlet([1, 1, 1], 12)
    weights = np.array([1.0, 0.5, 0.25] * 4)
    for score in (weighted_accuracy, unweighted_accuracy, macro_f1):
        expected = score(was, said, sample_weight=weights)
        assert score(was, said, sample_weight=weights * factor) == pytest.approx(expected)
    for score in (cross_entropy, js_divergence):
        given = (was, proba)
        expected = score(*given, classes=["angry", "happy", "sad"], sample_weight=weights)
        found = score(*given, classes=["angry", "happy", "sad"], sample_weight=weights * factor)
        assert found == pytest.approx(expected)
