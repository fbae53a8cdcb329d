"""Forged files by which an estimator would call what it should not, or read other input."""

import inspect

import numpy as np
import pytest
from _archives import find, forge, get_array, read_parts, scalar, set_array
from _hostile import X, Y, refuse
from _nodes import (
    array_node,
    array_of,
    change,
    dict_of,
    list_of,
    node,
    tuple_of,
    type_of,
    without_ids,
)
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_ser import (
    AveragingClassifier,
    SoftmaxClassifier,
    features,
)
from sklearn_ser.features import (
    FramePooler,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceStatistics,
    SpeedPerturbation,
    TransformerFrames,
)
from sklearn_ser.io import TRUSTED, load, save
from sklearn_ser.io._calls import READERS
from sklearn_ser.io._saved import load_with_encoder


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


# Methods that are called by name


def trained_at_predict(folder):
    """A search whose fit would read and write a cache."""
    pipeline = make_pipeline(StandardScaler(), PCA(1), LogisticRegression())
    return GridSearchCV(pipeline, {"memory": [folder]}, cv=2)


@pytest.mark.parametrize("method", ["fit", "set_params", "score", "tofile", "__init__", 3])
def test_methods_that_predict(method, path, tmp_path):
    inner = trained_at_predict(str(tmp_path / "cache"))
    models = {
        "stack_method_": StackingClassifier([("a", inner)]),
        "chain_method_": ClassifierChain(inner),
        "response_method": FixedThresholdClassifier(inner),
    }
    for name, model in models.items():
        save(model, path)
        for value in (scalar(method), list_of(scalar(method)), tuple_of(scalar(method))):
            change(path, type(model).__name__, **{name: value})
            refuse(path, rf"{type(model).__name__}\.{name} must be among \('auto', ")
    change(path, "FixedThresholdClassifier", response_method=array_of([scalar("fit")], (1,)))
    refuse(path, r"FixedThresholdClassifier\.response_method must be a number or an array")


def test_predictions_do_not_train(path, tmp_path):
    """No method that is allowed would let a stacked search train."""
    folder = tmp_path / "cache"
    save(StackingClassifier([("a", trained_at_predict(str(folder)))]), path)
    inner = read_parts(path)[1]["content"]["content"]["estimators"]["content"][0]["content"][1]
    change(
        path,
        "StackingClassifier",
        estimators_=list_of(inner),
        stack_method_=list_of(scalar("predict")),
        final_estimator_=inner,
    )
    model = load(path)
    with pytest.raises(Exception, match="not fitted"):
        model.predict(X)
    assert not folder.exists()


def test_methods_that_are_usual(path):
    for model in (
        StackingClassifier([("a", DummyClassifier())], stack_method="predict_proba"),
        ClassifierChain(LogisticRegression(), chain_method="decision_function"),
        ClassifierChain(LogisticRegression(), chain_method=["predict_proba", "predict"]),
        FixedThresholdClassifier(LogisticRegression(), response_method="decision_function"),
    ):
        save(model, path)
        assert repr(load(path)) == repr(model)
    chain = ClassifierChain(LogisticRegression(), chain_method="predict_proba")
    chain.fit(X, (X[:, :2] > 1).astype(int))
    save(chain, path)
    np.testing.assert_array_equal(load(path).predict(X), chain.predict(X))


# Functions


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("func", type_of("builtins.str"), "func must be a function, got builtins.str"),
        ("inverse_func", type_of("numpy.float64"), "inverse_func must be a function"),
        ("func", list_of(), "func must be a function, got builtins.list"),
        ("kw_args", dict_of({"where": scalar(False)}), "kw_args must be empty"),
        ("inv_kw_args", dict_of({"out": scalar(None)}), "inv_kw_args must be empty for a func"),
        ("kw_args", list_of(scalar("out")), "kw_args must be empty"),
        ("kw_args", scalar("out"), "kw_args must be empty"),
    ],
)
def test_functions_are_called_with_the_input_alone(name, value, message, path):
    """numpy.exp(X, where=False) returns what was in memory before."""
    save(FunctionTransformer(np.exp, inverse_func=np.log), path)
    change(path, "FunctionTransformer", **{name: value})
    refuse(path, rf"FunctionTransformer\.{message}")


def twice(X, times=2):
    return X * times


class Louder(BaseEstimator, TransformerMixin):
    """A user's step before recordings are read."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return [2 * signal for signal in X]


def test_functions_and_steps_of_a_user(path):
    """Types that the caller trusts may be anywhere in a pipeline."""
    names = [f"{__name__}.twice", f"{__name__}.Louder"]
    model = make_pipeline(FunctionTransformer(twice, kw_args={"times": 3}))
    save(model, path, trusted=names)
    np.testing.assert_array_equal(load(path, trusted=names).transform(X), 3 * X)
    signal = np.random.default_rng(0).uniform(-0.1, 0.1, 8000)
    model = make_pipeline(Louder(), SegmentLogMel()).fit([signal])
    save(model, path, trusted=names)
    assert load(path, trusted=names).transform([signal]) == model.transform([signal])
    refuse(path, r"it holds .*\.Louder; if you know")


def test_functions_that_are_usual(path):
    for model in (
        FunctionTransformer(),
        FunctionTransformer(np.tanh, inverse_func=np.expm1, kw_args={}),
    ):
        save(model, path)
        np.testing.assert_array_equal(load(path).transform(X), model.transform(X))


# Names of recordings that are not in the input


def test_readers_are_all_that_read_recordings():
    found = {
        name
        for name in features.__all__
        if "root" in inspect.signature(getattr(features, name)).parameters
    }
    assert {f"sklearn_ser.features.{name}" for name in found} == READERS


@pytest.mark.parametrize(
    "before",
    [
        SimpleImputer(strategy="constant", fill_value="/etc/passwd"),
        make_pipeline(FunctionTransformer(), SimpleImputer()),
        StackingClassifier([("a", DummyClassifier(strategy="constant", constant="a.wav"))]),
        GridSearchCV(SimpleImputer(), {}),
    ],
    ids=["imputer", "nested", "predictions", "search"],
)
@pytest.mark.parametrize(
    "reader",
    [
        OpenSmileLLD(),
        make_pipeline(SegmentLogMel(), SequenceStatistics()),
        AveragingClassifier([("a", make_pipeline(SegmentLogMel(), SoftmaxClassifier()))]),
    ],
    ids=["alone", "pipeline", "averaging"],
)
def test_only_the_input_names_recordings(before, reader, path):
    message = "must come before sklearn.* in a pipeline, since only the input may name recordings"
    with pytest.raises(ValueError, match=f"Pipeline cannot be saved.*{message}"):
        save(make_pipeline(before, reader), path)
    save(make_pipeline(reader), path)
    steps = read_parts(path)[1]["content"]["content"]["steps"]["content"]
    save(make_pipeline(before), path)

    def extend(parts, schema, stamp):
        find(schema, "Pipeline")["steps"]["content"] += without_ids(steps)

    refuse(forge(path, extend), message)


def test_what_may_be_before_recordings_are_read(path):
    for before in (FunctionTransformer(np.tanh), SpeedPerturbation(), "passthrough", None):
        model = Pipeline([("a", before), ("b", SegmentLogMel()), ("c", SequenceStatistics())])
        save(model, path)
        assert repr(load(path)) == repr(model)


@pytest.mark.parametrize(
    "steps", [scalar("ab"), dict_of({"ab": scalar(1)}), list_of(scalar("ab")), tuple_of()]
)
def test_steps_are_a_list_of_pairs(steps, path):
    save(make_pipeline(FramePooler()), path)
    change(path, "Pipeline", steps=steps)
    refuse(path, r"Pipeline\.steps must be (a list|pairs)")


@pytest.mark.parametrize(
    "step",
    [
        tuple_of(scalar("a")),
        tuple_of(scalar("a"), scalar(None), scalar(None)),
        tuple_of(scalar(1), scalar(None)),
        tuple_of(scalar("a"), scalar("drop")),
        tuple_of(scalar("a"), list_of()),
        tuple_of(scalar("a"), type_of("builtins.str")),
    ],
)
def test_steps_are_names_and_estimators(step, path):
    save(make_pipeline(FramePooler()), path)
    change(path, "Pipeline", steps=list_of(step))
    refuse(path, r"Pipeline\.steps must be pairs of a name and an estimator")


# Encoders, which a user puts in place of those of the file


def test_encoders_are_replaced_wherever_they_are(path):
    """The command ``predict --encoder`` opens none that the file names."""
    search = GridSearchCV(make_pipeline(TransformerFrames("/evil/1"), FramePooler()), {})
    search.best_estimator_ = make_pipeline(TransformerFrames("/evil/2"), FramePooler())
    model = AveragingClassifier([("a", TransformerFrames("evil/3")), ("b", search)])
    model.estimators_, model.classes_ = [TransformerFrames("evil/4")], np.array(["a", "b"])
    save(model, path)
    assert b"evil" in path.read_bytes()
    again = load_with_encoder(path, "/mine")
    (_, first), (_, search) = again.estimators
    assert first.model == again.estimators_[0].model == "/mine"
    assert search.best_estimator_[0].model == search.estimator[0].model == "/mine"
    save(again, path)
    assert b"evil" not in path.read_bytes()
    with pytest.raises(ValueError, match=r"pass allow=\('encoder',\)"):
        load_with_encoder(path, None)


def test_allowing_one_thing_allows_no_other(path, tmp_path):
    model = make_pipeline(SegmentLogMel(memory=str(tmp_path), n_jobs=2, root="/"), memory="/tmp")
    save(model, path)
    found = load(path, allow=["memory"])
    assert (found[0].memory, found[0].n_jobs, found[0].root) == (str(tmp_path), None, None)
    save(OpenSmileLLD("/tmp/a.conf", memory="/tmp"), path)
    for allow in (["memory"], ["n_jobs", "root", "device", "encoder", "memory"]):
        refuse(path, r"pass allow=\('config',\)", allow=allow)


# What a user trusts

CALLED = []


def called_at_load(*arguments):
    CALLED.append(arguments)
    return list(*arguments)


class Mine:
    """A class that a user trusts."""


FUNCTION, TYPE = f"{__name__}.called_at_load", f"{__name__}.Mine"


@pytest.mark.parametrize(
    "made",
    [
        list_of(scalar("/etc/passwd"), name=FUNCTION),
        list_of(scalar(1), loader="SetNode", name=FUNCTION),
        {**dict_of({}), "__module__": __name__, "__class__": "called_at_load"},
        node("ConstructorFromReduceNode", FUNCTION, tuple_of(scalar("/etc/passwd"))),
        node("ObjectNode", FUNCTION, None),
        type_of(FUNCTION),
    ],
    ids=["list", "set", "dict", "call", "object", "type"],
)
def test_trusted_functions_are_not_called_by_loading(made, path):
    save(FramePooler(), path)
    change(path, "FramePooler", size=made)
    refuse(path, f"it would call {FUNCTION}, which is no type", trusted=[FUNCTION])
    assert CALLED == []


def test_keys_are_made_by_no_type_of_the_user(path):
    save(FramePooler(), path)
    change(path, "FramePooler", size=dict_of({"/etc/passwd": scalar(1)}, key=TYPE))
    refuse(path, "a DictNode is malformed: .*one type per key", trusted=[TYPE])


def test_trusted_functions_and_types_are_loaded(path):
    save(FunctionTransformer(called_at_load), path, trusted=[FUNCTION])
    assert load(path, trusted=[FUNCTION]).func is called_at_load
    model = FramePooler()
    model.size = Mine
    save(model, path, trusted=[TYPE])
    assert load(path, trusted=[TYPE]).size is Mine


def test_known_types_are_checked_although_they_are_trusted(path):
    """Users of skops pass all types that a file holds."""
    save(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y), path)

    def spoil(parts, schema, stamp):
        coef = find(schema, "LogisticRegression")["coef_"]
        set_array(parts, coef, np.full_like(get_array(parts, coef), np.nan))

    assert load(path, trusted=TRUSTED).predict(X).shape == Y.shape
    refuse(forge(path, spoil), r"LogisticRegression\.coef_ is infinite or NaN", trusted=TRUSTED)
    save(DecisionTreeClassifier().fit(X, Y), path)
    empty = tuple_of(scalar(3), array_node(7), scalar(1))
    name = "sklearn.tree._tree.Tree"

    def call(parts, schema, stamp):
        set_array(parts, {"file": "7.npy"}, np.array([3], np.intp))
        find(schema, "DecisionTreeClassifier")["tree_"] = node(
            "ConstructorFromReduceNode", name, empty
        )

    refuse(forge(path, call), rf"it holds {name}", trusted=[*TRUSTED])
