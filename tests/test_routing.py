"""Weights on their way through pipelines, searches and cross-validation to what learns of them."""

import numpy as np
import pytest
import sklearn
from _contract import CLASSIFIERS, make_ratings, make_sequences, prepare
from _versions import has_scikit_learn
from sklearn.base import ClassifierMixin, clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import get_routing_for_object

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    ProfileRefineryClassifier,
    RatingsClassifier,
    SegmentClassifier,
    SegmentVGGClassifier,
    SoftmaxClassifier,
)
from sklearn_ser.features import SequenceScaler, SequenceStatistics
from sklearn_ser.metrics import wa_scorer
from sklearn_ser.recipes import OneAnnotator

WEIGHTS = np.arange(48) % 5 / 2


@pytest.fixture(params=[False, True], ids=["plain", "routed"])
def routed(request):
    with sklearn.config_context(enable_metadata_routing=request.param):
        yield request.param


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="module")
def X():
    return make_sequences()


@pytest.fixture(scope="module")
def y():
    return make_ratings()


def request(estimator, value=True):
    """Request weights, if scikit-learn routes metadata."""
    if not sklearn.get_config()["enable_metadata_routing"]:
        return estimator
    if hasattr(estimator, "set_score_request"):
        estimator.set_score_request(sample_weight=False)
    return estimator.set_fit_request(sample_weight=value)


def score(estimator, X, y, sample_weight=None):
    """The share of correct predictions, without weights, whoever passes them."""
    return wa_scorer(estimator, X, y)


def network():
    return AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)


def test_a_pipeline(X, y, routed):
    pipe = Pipeline([("scale", SequenceScaler()), ("net", request(network()))])
    name = "sample_weight" if routed else "net__sample_weight"
    found = pipe.fit(X, y, **{name: WEIGHTS})
    expected = network().fit(SequenceScaler().fit_transform(X), y, WEIGHTS)
    scaled = found[:-1].transform(X)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(scaled))


def test_a_search(X, y, routed):
    grid = {"lr": [1e-4, 1e-1]}
    search = GridSearchCV(
        request(network()), grid, scoring=score, cv=KFold(2), error_score="raise"
    )
    search.fit(X, y, sample_weight=WEIGHTS)
    expected = network().set_params(**search.best_params_).fit(X, y, WEIGHTS)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))
    # Every fold trains with the weights of its samples.
    train, test = next(KFold(2).split(X))
    for number, lr in enumerate(grid["lr"]):
        own = network().set_params(lr=lr).fit(X[train], y[train], WEIGHTS[train])
        found = search.cv_results_["split0_test_score"][number]
        assert found == score(own, X[test], y[test])


def test_cross_validation(X, y, routed):
    scores = cross_validate(
        request(network()),
        X,
        y,
        scoring=score,
        cv=KFold(3),
        params={"sample_weight": WEIGHTS},
        return_estimator=True,
        error_score="raise",
    )
    for (train, _), fitted in zip(KFold(3).split(X), scores["estimator"], strict=True):
        own = network().fit(X[train], y[train], WEIGHTS[train])
        np.testing.assert_array_equal(fitted.predict_proba(X), own.predict_proba(X))


def wrappers():
    """Classifiers around a logistic regression, how to find it once fitted, and their X."""
    linear = request(LogisticRegression())
    consensus = ConsensusClassifier(linear)
    ensemble = request(
        AnnotatorEnsembleClassifier(
            request(SoftmaxClassifier(max_epochs=1, random_state=0)), final_estimator=linear
        ).set_params(min_ratings=5)
    )
    return {
        "ConsensusClassifier": (consensus, lambda m: m.estimator_),
        "RatingsClassifier": (RatingsClassifier(clone(linear)), lambda m: m.estimator_),
        "CrowdEMClassifier": (
            CrowdEMClassifier(clone(linear), max_iter=200),
            lambda m: m.estimator_,
        ),
        "AveragingClassifier": (
            AveragingClassifier([("a", clone(consensus)), ("b", make_pipeline(clone(consensus)))]),
            lambda m: m.estimators_[1][0][-1].estimator_,
        ),
        "SegmentClassifier": (SegmentClassifier(clone(linear)), lambda m: m.estimator_),
        "OneAnnotator": (OneAnnotator(clone(consensus), "E1"), lambda m: m.estimator_.estimator_),
        "AnnotatorEnsembleClassifier": (ensemble, lambda m: m.final_estimator_),
    }


@pytest.mark.parametrize("name", wrappers())
def test_weights_go_through_to_the_base(name, X, y, routed):
    """In a pipeline, in a search: the base is what it is when it is trained directly."""
    model, base = wrappers()[name]
    table = SequenceStatistics().fit_transform(X)
    direct = clone(model).fit(table, y, sample_weight=WEIGHTS)
    assert (base(direct).coef_ != base(clone(model).fit(table, y)).coef_).any()
    pipe = Pipeline([("table", SequenceStatistics()), ("last", clone(model))])
    given = "sample_weight" if routed else "last__sample_weight"
    pipe.fit(X, y, **{given: WEIGHTS})
    np.testing.assert_array_equal(base(pipe[-1]).coef_, base(direct).coef_)
    key = "crowd" if "crowd" in model.get_params() else None
    grid = {key: [("hard", "soft")]} if key else {}
    search = GridSearchCV(clone(model), grid, scoring=score, cv=KFold(2), error_score="raise")
    search.fit(table, y, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(base(search.best_estimator_).coef_, base(direct).coef_)


def test_weights_go_through_to_segment_networks(y, routed):
    X = prepare("ProfileRefineryClassifier", make_sequences())
    network = request(SegmentVGGClassifier(width=1 / 64, max_epochs=1))
    final = request(LogisticRegression())
    model = ProfileRefineryClassifier(network, final_estimator=final, cv=2, random_state=0)
    found = cross_validate(
        request(model),
        X,
        y,
        scoring=score,
        cv=[(np.arange(48), np.arange(48))],
        params={"sample_weight": WEIGHTS},
        return_estimator=True,
        error_score="raise",
    )["estimator"][0]
    with sklearn.config_context(enable_metadata_routing=False):
        expected = clone(model).fit(X, y, WEIGHTS)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


def test_default_parts_request_weights(X, y, routing):
    for model in (AnnotatorEnsembleClassifier(), ProfileRefineryClassifier()):
        parts = get_routing_for_object(request(model))
        consumed = parts.consumes("fit", ["sample_weight"])
        assert consumed == {"sample_weight"}
        for name in ("estimator", "final_estimator"):
            inner = model._choose_parts()[name]
            assert inner.get_metadata_routing().fit.requests == {"sample_weight": True} | (
                {"segment_targets": None} if isinstance(inner, SegmentVGGClassifier) else {}
            )


@pytest.mark.parametrize(
    "wrap",
    [
        False,
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                not has_scikit_learn("1.8"),
                reason="before scikit-learn 1.8, a pipeline could not be scored by weights",
            ),
        ),
    ],
    ids=["alone", "in a pipeline"],
)
def test_a_wrapper_is_scored_by_weights(wrap, X, y, routing):
    part = LogisticRegression().set_fit_request(sample_weight=False)
    model = ConsensusClassifier(part).set_score_request(sample_weight=True)
    table = SequenceStatistics().fit_transform(X)
    if wrap:
        model = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
    folds = KFold(3)
    scores = cross_validate(model, table, y, cv=folds, params={"sample_weight": WEIGHTS})
    expected = [
        wa_scorer(clone(model).fit(table[a], y[a]), table[b], y[b], sample_weight=WEIGHTS[b])
        for a, b in folds.split(table)
    ]
    np.testing.assert_allclose(scores["test_score"], expected, rtol=1e-12)
    unset = ConsensusClassifier(part)
    with pytest.raises(UnsetMetadataPassedError, match=r"ConsensusClassifier\.score"):
        cross_validate(unset, table, y, cv=folds, params={"sample_weight": WEIGHTS})


def test_a_part_that_does_not_want_weights(X, y, routing):
    table = SequenceStatistics().fit_transform(X)
    without = ConsensusClassifier(request(LogisticRegression(), False))
    pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=True), clone(without))
    pipe.fit(table, y, sample_weight=WEIGHTS)
    scaled = StandardScaler().fit_transform(table, sample_weight=WEIGHTS)
    expected = ConsensusClassifier(LogisticRegression()).fit(scaled, y)
    np.testing.assert_array_equal(pipe[-1].estimator_.coef_, expected.estimator_.coef_)
    with pytest.raises(TypeError, match="unexpected argument"):
        clone(without).fit(table, y, sample_weight=WEIGHTS)
    unset = ConsensusClassifier(LogisticRegression())
    with pytest.raises(UnsetMetadataPassedError, match="not explicitly set as requested"):
        unset.fit(table, y, sample_weight=WEIGHTS)
    with pytest.raises(TypeError, match="but KNeighborsClassifier does not accept it"):
        ConsensusClassifier(KNeighborsClassifier()).fit(table, y, sample_weight=WEIGHTS)


def test_an_alias(X, y, routing):
    table = SequenceStatistics().fit_transform(X)
    linear = request(LogisticRegression(), "quality")
    found = make_pipeline(ConsensusClassifier(linear)).fit(table, y, quality=WEIGHTS)
    expected = ConsensusClassifier(request(LogisticRegression()))
    expected.fit(table, y, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(found[-1].estimator_.coef_, expected.estimator_.coef_)


@pytest.mark.parametrize(
    "model",
    [
        ConsensusClassifier(LogisticRegression()),
        RatingsClassifier(LogisticRegression()),
        CrowdEMClassifier(LogisticRegression()),
        AveragingClassifier([("a", ConsensusClassifier(LogisticRegression()))]),
        AugmentedClassifier(ConsensusClassifier(LogisticRegression())),
        AnnotatorEnsembleClassifier(),
        ProfileRefineryClassifier(),
        OneAnnotator(ConsensusClassifier(LogisticRegression()), "E1"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_other_metadata_need_routing(model, y):
    with pytest.raises((TypeError, ValueError), match=r"extra keyword arguments to .*fit is only"):
        model.fit(np.ones((48, 3)), y, color="red")


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_says_that_it_takes_weights(name, routing):
    """To a pipeline around it, for example."""
    model = clone(CLASSIFIERS[name])
    for part in (model, *model.get_params().values()):
        if isinstance(part, ClassifierMixin):
            request(part)
    pipe = get_routing_for_object(make_pipeline(model))
    assert pipe.consumes("fit", ["sample_weight"]) == {"sample_weight"}
