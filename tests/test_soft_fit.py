"""Any classifier learns distributions: the exact optimum, plain fits as a case of it, refusals."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_ser import AttentionBLSTMClassifier
from sklearn_ser.classifiers._soft_fit import fit_soft, is_linear, repeat_rows

CLASSES = np.array(["angry", "happy", "sad"])


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(90, 4)) + 0.3, rng.dirichlet(np.ones(3), 90)


def one_hot(targets):
    return np.eye(3)[targets.argmax(axis=1)]


def test_logistic_regression_is_where_the_gradient_of_the_cross_entropy_vanishes(data):
    X, targets = data
    weights = np.random.default_rng(1).uniform(0.5, 2, len(X))
    model = fit_soft(LogisticRegression(C=0.5, tol=1e-10), X, targets, CLASSES, weights)
    excess = weights[:, None] * (model.predict_proba(X) - targets)
    of_coefficients = excess.T @ X + model.coef_ / 0.5
    np.testing.assert_allclose(of_coefficients, 0, atol=1e-3)
    np.testing.assert_allclose(excess.sum(axis=0), 0, atol=1e-3)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        RandomForestClassifier(10, random_state=0),
        HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5),
        SVC(),
        KNeighborsClassifier(),
        make_pipeline(StandardScaler(), SelectKBest(k=2), GaussianNB()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_labels_are_the_case_of_zeros_and_ones(model, data):
    X, targets = data
    found = fit_soft(model, X, one_hot(targets), CLASSES).predict(X)
    np.testing.assert_array_equal(found, model.fit(X, CLASSES[targets.argmax(axis=1)]).predict(X))


def test_naive_bayes_has_the_weighted_moments(data):
    X, targets = data
    model = fit_soft(GaussianNB(), X, targets, CLASSES)
    mass = targets.sum(axis=0)
    np.testing.assert_allclose(model.theta_, targets.T @ X / mass[:, None])
    np.testing.assert_allclose(model.class_prior_, mass / mass.sum())


def test_transformers_see_every_sample_once(data):
    X, targets = data
    model = fit_soft(make_pipeline(StandardScaler(), LogisticRegression()), X, targets, CLASSES)
    np.testing.assert_array_equal(model[0].mean_, X.mean(axis=0))
    inner = fit_soft(LogisticRegression(), StandardScaler().fit_transform(X), targets, CLASSES)
    np.testing.assert_array_equal(
        model.predict_proba(X), inner.predict_proba(model[0].transform(X))
    )


def test_balanced_classes_have_the_same_mass(data):
    X, targets = data
    mass = targets.sum(axis=0)
    by_hand = targets * len(X) / (3 * mass)
    rows, codes, shares = repeat_rows(by_hand)
    expected = LogisticRegression().fit(X[rows], CLASSES[codes], shares)
    found = fit_soft(LogisticRegression(class_weight="balanced"), X, targets, CLASSES)
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(X), atol=1e-5)


def test_samples_without_targets_or_weight_are_left_out(data):
    X, targets = data
    gone = targets.copy()
    gone[:10] = np.nan
    weights = np.ones(len(X))
    weights[10:20] = 0
    found = fit_soft(GaussianNB(), X, gone, CLASSES, weights)
    expected = fit_soft(GaussianNB(), X[20:], targets[20:], CLASSES)
    np.testing.assert_array_equal(found.theta_, expected.theta_)


def test_a_network_learns_the_targets_themselves(data):
    X, targets = data
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
    soft, hard = (fit_soft(network, X, t, CLASSES) for t in (targets, one_hot(targets)))
    labels = CLASSES[targets.argmax(axis=1)]
    expected = network.fit(X, labels)
    np.testing.assert_array_equal(hard.predict_proba(X), expected.predict_proba(X))
    assert not np.array_equal(soft.predict_proba(X), expected.predict_proba(X))
    assert soft.target_encoder is None
    assert soft.target_encoder_.classes_.tolist() == CLASSES.tolist()


def test_a_classifier_without_weights_is_refused_by_name(data):
    with pytest.raises(ValueError, match=r"KNeighborsClassifier cannot learn .* no sample_weight"):
        fit_soft(KNeighborsClassifier(), *data, CLASSES)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (CalibratedClassifierCV(GaussianNB()), "CalibratedClassifierCV with cv=None"),
        (
            make_pipeline(StandardScaler(), SGDClassifier(early_stopping=True)),
            "SGDClassifier with early_stopping=True",
        ),
        (GradientBoostingClassifier(n_iter_no_change=5), "with n_iter_no_change=5"),
        (HistGradientBoostingClassifier(early_stopping=True), "with early_stopping=True"),
        (RandomForestClassifier(oob_score=True), "RandomForestClassifier with oob_score=True"),
        (
            BaggingClassifier(SGDClassifier(early_stopping=True)),
            "SGDClassifier with early_stopping=True",
        ),
    ],
)
def test_copies_of_a_sample_are_never_on_both_sides(model, named, data):
    with pytest.raises(ValueError, match=f"{named} splits samples inside of fit"):
        fit_soft(model, *data, CLASSES)


# scikit-learn announces changes of the parameters of this class.
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_search_inside_is_refused_too(data):
    with pytest.raises(ValueError, match="LogisticRegressionCV with cv=3 splits samples"):
        fit_soft(LogisticRegressionCV(cv=3), *data, CLASSES)


def test_automatic_early_stopping_is_refused_only_where_it_happens():
    targets = np.full((6000, 2), 0.5)
    X = np.zeros((6000, 1))
    model = HistGradientBoostingClassifier(max_iter=1)
    with pytest.raises(ValueError, match="early_stopping='auto' splits samples"):
        fit_soft(model, X, targets, CLASSES[:2])
    fit_soft(model, X[:5000], targets[:5000], CLASSES[:2])


def test_linear_models_are_known():
    assert is_linear(make_pipeline(StandardScaler(), LogisticRegression()))
    assert not is_linear(RandomForestClassifier())
    assert not is_linear(SVC())
