"""Forged files whose numbers cannot be used, or do not fit each other."""

import numpy as np
import pytest
from _archives import find, forge, scalar, set_array
from _hostile import X, Y, refuse
from _nodes import array_node, array_of, change, list_of, tuple_of, type_of
from _versions import has_scikit_learn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from sklearn_ser import (
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
)
from sklearn_ser.io import load, save


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


# Numbers


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e999])
def test_weights_in_json_are_finite(value, path):
    save(Ridge().fit(X, X[:, 0]), path)
    change(path, "Ridge", intercept_=scalar(value))
    refuse(path, r"Ridge\.intercept_ is infinite or NaN")


@pytest.mark.parametrize("dtype", ["c8", "c16", "f2", "f4", "f8"])
def test_weights_of_every_type_are_finite(dtype, path):
    save(Ridge().fit(X, X[:, 0]), path)

    def spoil(parts, schema, stamp):
        coef = find(schema, "Ridge")["coef_"]
        set_array(parts, coef, np.array([1, 2, np.inf], dtype))

    refuse(forge(path, spoil), r"Ridge\.coef_ (is infinite or NaN|must be numbers)")


@pytest.mark.parametrize("classes", [[], ["one"]])
def test_machines_have_two_classes(classes, path):
    save(SVC().fit(X, Y), path)

    def spoil(parts, schema, stamp):
        state = find(schema, "SVC")
        set_array(parts, state["classes_"], np.array(classes, "U5"))
        if classes:
            set_array(parts, state["_n_support"], np.full(1, 0, np.int32))
            set_array(parts, state["_dual_coef_"], np.zeros((0, 0)))
            set_array(parts, state["_intercept_"], np.zeros(0))

    refuse(forge(path, spoil), r"SVC\.classes_ must have two classes or more")


@pytest.mark.parametrize("content", [tuple_of(scalar(1.0)), scalar("a"), list_of()])
def test_losses_have_no_state(content, path):
    save(SGDClassifier().fit(X, Y), path)

    def spoil(parts, schema, stamp):
        (loss,) = (
            value
            for value in find(schema, "SGDClassifier").values()
            if value["__loader__"] == "LossNode"
        )
        loss["content"] = content

    refuse(forge(path, spoil), "Hinge must be made of at most one number")


# Attributes that do not fit each other


def set_values(owner, name, array):
    def edit(parts, schema, stamp):
        set_array(parts, find(schema, owner)[name], np.asarray(array))

    return edit


@pytest.mark.parametrize("value", [0, -1, 10**400, True, 2.0, None, "3", float("nan")])
def test_numbers_of_features_are_numbers(value, path):
    save(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y), path)
    change(path, "StandardScaler", n_features_in_=scalar(value))
    refuse(path, r"n_features_in_ must be an integer|must be at least 1|must be of 1\d* features")


@pytest.mark.parametrize(
    ("owner", "name", "array", "message"),
    [
        ("StandardScaler", "mean_", np.zeros(2), r"mean_ must be of 3 features, got shape \(2,\)"),
        ("StandardScaler", "scale_", np.ones((3, 1)), "scale_ must be of 3 features"),
        ("StandardScaler", "var_", ["a", "b", "c"], "var_ must be numbers, got <U1"),
        ("LogisticRegression", "coef_", np.zeros((3, 4)), "coef_ must be of 3 features"),
        ("LogisticRegression", "coef_", np.zeros((2, 3)), "coef_ must have a row for each of 3"),
        (
            "LogisticRegression",
            "coef_",
            np.zeros(3),
            "coef_ must have a row for each of 3 classes",
        ),
        ("LogisticRegression", "intercept_", np.zeros(2), r"intercept_ must have 3 values, got"),
        ("LogisticRegression", "intercept_", np.zeros((1, 3)), "intercept_ must have 3 values"),
        ("LogisticRegression", "intercept_", ["a", "b", "c"], "intercept_ must be numbers"),
        ("ConsensusClassifier", "classes_", ["a", "b"], "prior_ must have 2 values"),
        ("ConsensusClassifier", "classes_", ["a", "b", "b"], "classes_ must be different labels"),
        ("ConsensusClassifier", "classes_", [], "classes_ must be different labels"),
        ("ConsensusClassifier", "classes_", [["a", "b", "c"]], "classes_ must be different"),
        (
            "ConsensusClassifier",
            "prior_",
            np.ones(2) / 2,
            r"prior_ must have 3 values, got \(2,",
        ),
    ],
)
def test_attributes_fit_each_other(owner, name, array, message, path):
    model = ConsensusClassifier(make_pipeline(StandardScaler(), LogisticRegression())).fit(X, Y)
    save(model, path)
    refuse(forge(path, set_values(owner, name, array)), rf"{owner}\.{message}")


@pytest.mark.parametrize(
    "value", [type_of("builtins.str"), scalar("a"), list_of(), array_of([scalar(1)] * 3, (3,))]
)
@pytest.mark.parametrize("name", ["coef_", "intercept_"])
def test_weights_are_numbers(name, value, path):
    save(LogisticRegression().fit(X, Y), path)
    change(path, "LogisticRegression", **{name: value})
    refuse(path, rf"LogisticRegression\.{name} must be (numbers|a number or an array)")


@pytest.mark.parametrize("value", [type_of("builtins.str"), scalar("a"), list_of(scalar("a"))])
def test_classes_are_an_array(value, path):
    save(ConsensusClassifier(LogisticRegression()).fit(X, Y), path)
    change(path, "ConsensusClassifier", classes_=value)
    refuse(path, r"ConsensusClassifier\.classes_ must be an array")
    save(ConsensusClassifier(LogisticRegression()).fit(X, Y), path)
    change(path, "ConsensusClassifier", prior_=value)
    refuse(path, r"ConsensusClassifier\.prior_ must be (numbers|a number or an array)")


@pytest.mark.parametrize("labels", [["angry", "happy", "other"], ["a", "b", "c"], [0, 1, 2]])
def test_classes_of_what_a_classifier_holds(labels, path):
    models = (
        ConsensusClassifier(LogisticRegression()),
        CrowdEMClassifier(LogisticRegression(), max_iter=50, tol=1.0),
        AveragingClassifier([("a", ConsensusClassifier(LogisticRegression()))]),
    )
    for model in models:
        save(model.fit(X, Y), path)

        def edit(parts, schema, stamp):
            set_array(parts, {"file": "7.npy"}, np.array(labels))
            state = schema["content"]["content"]
            held = state.get("estimator_") or state["estimators_"]
            while held["__loader__"] == "ListNode":
                held = held["content"][0]
            held["content"]["content"]["classes_"] = array_node(7)

        refuse(forge(path, edit), r"\.classes_ must be among those of .*, which holds it")


@pytest.mark.parametrize(
    ("content", "is_valid"),
    [(["b", "a", None], True), ([1, "1", 2.5], True), (["a", "a", "b"], False), ([], False)],
)
def test_labels_that_are_objects_differ(content, is_valid, path):
    save(LogisticRegression().fit(X, Y), path)
    change(
        path, "LogisticRegression", classes_=array_of(list(map(scalar, content)), (len(content),))
    )
    if is_valid:
        assert load(path).classes_.tolist() == content
    else:
        refuse(path, "classes_ must be different labels")


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("targets", [X[:, 0], X[:, :1], X[:, :2]], ids=["1-D", "column", "two"])
def test_linear_models_of_every_form(fit_intercept, targets, path):
    for cls in (LinearRegression, Ridge, Lasso, ElasticNet):
        model = cls(fit_intercept=fit_intercept).fit(X, targets)
        save(model, path)
        np.testing.assert_array_equal(load(path).predict(X), model.predict(X))


# Before scikit-learn 1.9, its own losses name a module that anybody could have: they are refused.
SMOOTH_LOSS = "log_loss" if has_scikit_learn("1.9") else "modified_huber"


@pytest.mark.parametrize("labels", [Y, Y == "sad"], ids=["three", "two"])
def test_linear_classifiers_of_every_form(labels, path):
    for model in (
        RidgeClassifier(),
        SGDClassifier(average=True),
        SGDClassifier(loss=SMOOTH_LOSS, fit_intercept=False),
        LinearSVC(multi_class="crammer_singer", max_iter=100_000),
        LinearSVC(fit_intercept=False),
        LogisticRegression(fit_intercept=False),
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    ):
        save(model.fit(X, labels), path)
        np.testing.assert_array_equal(load(path).predict(X), model.predict(X))
