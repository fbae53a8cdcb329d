"""Files that a fuzzer would not find: written by hand by somebody who knows skops."""

import inspect
import json
import traceback
import warnings

import numpy as np
import pytest
from _archives import find, forge, get_array, read_parts, scalar, set_array, write_parts
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_ser import (
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
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
from sklearn_ser.io import TRUSTED, inspect_file, load, save
from sklearn_ser.io._archive import SCHEMA
from sklearn_ser.io._calls import READERS
from sklearn_ser.io._saved import load_with_encoder

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) + np.arange(60)[:, None] % 3
Y = np.array(["angry", "happy", "sad"] * 20)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


def refuse(path, message, **settings):
    with pytest.raises(ValueError, match=rf"model\.skops' cannot be loaded: .*{message}"):
        load(path, **settings)


def node(loader, name, content, number=0, **more):
    """A node of the schema, of a type ``module.name``."""
    module, _, name = name.rpartition(".")
    return {
        "__class__": name,
        "__module__": module,
        "__loader__": loader,
        "__id__": number,
        "content": content,
        **more,
    }


def list_of(*nodes, loader="ListNode", name="builtins.list"):
    return node(loader, name, list(nodes))


def tuple_of(*nodes):
    return list_of(*nodes, loader="TupleNode", name="builtins.tuple")


def type_of(name):
    return node("TypeNode", name, None)


def dict_of(items, key="builtins.str"):
    keys = list_of(*[type_of(key)] * len(items))
    return node("DictNode", "builtins.dict", items, key_types=keys)


def array_of(rows, shape):
    sizes = tuple_of(*map(scalar, shape))
    return node("NdArrayNode", "numpy.ndarray", rows, type="json", shape=sizes)


def change(path, owner, **values):
    """Replace attributes of the first object of a class, or add them."""

    def edit(parts, schema, stamp):
        holder = find_holder(schema, owner)
        for name, value in values.items():
            if name not in holder["content"]:
                holder["key_types"]["content"].append(type_of("builtins.str"))
            holder["content"][name] = value

    return forge(path, edit)


def find_holder(schema, owner):
    """The node of the attributes of the first object of a class."""
    state, waiting = find(schema, owner), [schema]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if found.get("content") is state:
                return found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
    raise LookupError(owner)


# Attributes that are not where they are looked for

PAIRS = {
    "array": lambda items: array_of([list_of(*map(scalar, item)) for item in items], (3, 2)),
    "list": lambda items: list_of(*(tuple_of(*map(scalar, item)) for item in items)),
    "tuple": lambda items: tuple_of(*(tuple_of(*map(scalar, item)) for item in items)),
    "set": lambda items: list_of(
        *(tuple_of(*map(scalar, item)) for item in items), loader="SetNode", name="builtins.set"
    ),
    "text of numpy": lambda items: dict_of({k: scalar(v) for k, v in items}, "numpy.str_"),
    "numbers": lambda items: dict_of({"1": scalar("/tmp")}, "builtins.int"),
    "type": lambda items: type_of("builtins.str"),
    "json": lambda items: scalar(dict(items)),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_attributes_are_a_dict_by_name(kind, path):
    """A dict can be updated from rows of an array, too; nothing would see what is in them."""
    save(OpenSmileLLD(), path)
    forged = PAIRS[kind]([("feature_set", "/tmp/evil.conf"), ("memory", "/tmp"), ("root", "/")])
    forge(path, lambda parts, schema, stamp: schema.update(content=forged))
    refuse(path, "the attributes of OpenSmileLLD must be a dict by their names")
    with pytest.raises(ValueError, match="cannot be inspected: the attributes of OpenSmileLLD"):
        inspect_file(path)


def test_objects_without_attributes(path):
    save(FramePooler(), path)
    for content in (None, scalar(None)):
        forge(path, lambda parts, schema, stamp: schema.update(content=content))  # noqa: B023
        assert type(load(path)) is FramePooler


@pytest.mark.parametrize("version", ["\x1b[2J", "1" * 51, "", 3.5, "1.0\n", "1.0 beta"])
def test_versions_that_a_warning_would_show(version, path):
    save(LogisticRegression(), path)
    change(path, "LogisticRegression", _sklearn_version=scalar(version))
    if version == 3.5:
        with pytest.warns(UserWarning, match=r"from version 3\.5"):
            load(path)
    else:
        refuse(path, "the version of LogisticRegression is no version")


# Loaders of other protocols


@pytest.mark.parametrize("protocol", [0, 3, -1, True, 2.0, "2", None, [2], 10**30])
def test_protocols(protocol, path):
    save(FunctionTransformer(np.log1p), path)

    def call(parts, schema, stamp):
        schema["protocol"] = protocol
        # In protocol 0, this names the function.
        func = find(schema, "FunctionTransformer")["func"]
        func["content"] = {"module_path": "builtins", "function": "dict"}

    refuse(forge(path, call), "its objects have protocol .* of skops, and not one of")


def test_the_protocol_before_is_read(path):
    save(LogisticRegression().fit(X, Y), path)
    expected = load(path).predict_proba(X)
    forge(path, lambda parts, schema, stamp: schema.update(protocol=1))
    np.testing.assert_array_equal(load(path).predict_proba(X), expected)


@pytest.mark.parametrize("schema", ["[]", "null", "3", '"a"', "{}", "{"])
def test_schemas_that_are_none(schema, path):
    save(FramePooler(), path)
    parts, _, stamp = read_parts(path)
    write_parts(path, parts, schema, stamp)
    refuse(path, "protocol None of skops|Expecting")


def test_a_schema_must_be_there(path):
    save(FramePooler(), path)
    parts, _, stamp = read_parts(path)
    write_parts(path, {**parts, "1.npy": b""}, "{}", stamp)
    data = path.read_bytes().replace(SCHEMA.encode(), b"schemas.npy")
    path.write_bytes(data)
    refuse(path, r"schema\.json is missing")


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
    """What a stacked search would do is done by no method that is allowed."""
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
    """Who trusts them knows what they do."""
    names = [f"{__name__}.twice", f"{__name__}.Louder"]
    model = make_pipeline(FunctionTransformer(twice, kw_args={"times": 3}))
    save(model, path, trusted=names)
    np.testing.assert_array_equal(load(path, trusted=names).transform(X), 3 * X)
    signal = RNG.uniform(-0.1, 0.1, 8000)
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


def without_ids(node):
    if isinstance(node, dict):
        return {k: 0 if k == "__id__" else without_ids(v) for k, v in node.items()}
    return [without_ids(part) for part in node] if isinstance(node, list) else node


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


# More memory than the file


def array_node(number, file=None, name="numpy.ndarray"):
    file = f"{number}.npy" if file is None else file
    made = node("NdArrayNode", name, None, number, type="numpy", file=file)
    del made["content"]
    return made


def plant(path, make, size=10**6, number=7):
    """Put an array into a file, and what is made of it in place of a parameter."""
    save(FramePooler(), path)

    def edit(parts, schema, stamp):
        set_array(parts, {"file": f"{number}.npy"}, np.zeros(size, np.uint8))
        find(schema, "FramePooler")["size"] = make(number)

    return forge(path, edit)


def test_arrays_without_an_id_would_be_read_again(path):
    plant(path, lambda number: list_of(*[array_node(number)] * 2000), number=0)
    refuse(path, r"an array is not in the part 0\.npy")
    bare = array_node(None)
    del bare["__id__"]
    plant(path, lambda _: list_of(*[bare] * 2000), number=None)
    refuse(path, r"an array is not in the part None\.npy")


def test_arrays_are_not_shared_without_end(path):
    """Whatever joins them would need 2 GB; the file has 1.4 MB."""
    plant(path, lambda number: list_of(*[array_node(number)] * 2000))
    refuse(path, "it repeats its arrays too often")
    plant(path, lambda number: list_of(*[array_node(number)] * 5))
    assert len(load(path).size) == 5


def test_arrays_of_objects_hold_no_arrays(path):
    """Of each byte, numpy would make an object."""
    plant(path, lambda number: array_of([array_node(number)] * 5, (5, 10**6)))
    refuse(path, "a NdArrayNode is malformed: .*lists of numbers or text")
    plant(path, lambda number: array_of([list_of(array_node(number))] * 5, ()))
    refuse(path, "lists of numbers or text")
    data = [list_of(scalar("a"), scalar(None)), list_of(scalar(1.5), scalar("b"))]
    plant(path, lambda number: array_of(data, (2, 2)))
    assert load(path).size.tolist() == [["a", None], [1.5, "b"]]


@pytest.mark.parametrize("name", ["float64", "str_", "uint8"])
def test_numbers_are_no_arrays(name, path):
    """numpy.float64 makes an array of an array, eight times as large."""
    plant(path, lambda number: array_node(number, name=f"numpy.{name}"))
    refuse(path, r"the part 7\.npy must be one number or text")
    plant(path, lambda number: array_node(number, name=f"numpy.{name}"), size=())
    assert load(path).size == (np.uint8(0) if name != "str_" else "0")


@pytest.mark.parametrize("part", ["data", "mask"])
def test_masked_arrays_are_made_of_arrays(part, path):
    def make(number):
        parts = {"data": array_node(number), "mask": array_node(number)}
        parts[part] = list_of(*[array_node(number)] * 3)
        return node("MaskedArrayNode", "numpy.ma.MaskedArray", parts)

    plant(path, make)
    refuse(path, "a MaskedArrayNode is malformed: .*arrays")


def test_other_nodes_have_no_file(path):
    plant(path, lambda number: {**list_of(), "file": f"{number}.npy"})
    refuse(path, "a ListNode has a file")


def test_booleans_are_true_or_false(path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    model.mask_ = np.array([True, False, True])
    save(model, path)

    def spoil(parts, schema, stamp):
        part = find(schema, "Pipeline")["mask_"]["file"]
        parts[part] = parts[part][:-1] + b"\x02"

    assert load(path).mask_.tolist() == [True, False, True]
    refuse(forge(path, spoil), r"\.npy has booleans that are neither True nor False")


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


# What a terminal shows

EVIL = "\x1b]0;evil\x07\u202e\ud800"


def test_messages_hold_no_characters_that_a_terminal_obeys(path):
    save(FramePooler(), path)
    parts, schema, stamp = read_parts(path)
    forged = {
        "type": (parts, {**schema, "__class__": EVIL}, stamp),
        "loader": (parts, {**schema, "__loader__": EVIL}, stamp),
        "version": (parts, schema, {"format": 2, "version": EVIL}),
        "part": ({**parts, "\x1b.txt": b""}, schema, stamp),
    }
    for made in forged.values():
        write_parts(path, *made)
        with pytest.raises(ValueError, match=r"cannot be loaded.*\\x1b") as caught:
            load(path)
        # What a traceback would show.
        shown = "".join(traceback.format_exception(caught.value))
        assert shown.replace("\n", "").isprintable()
    schema["_skops_version"] = EVIL
    state = dict_of({"memory": scalar("/tmp")})
    find(schema, "FramePooler")["size"] = node("ObjectNode", f"evil.{EVIL}", state)
    write_parts(path, parts, schema, {**stamp, "version": EVIL})
    found = inspect_file(path)
    shown = [found.version, found.skops_version, *found.untrusted, *found.types.index]
    shown += found.reaches["parameter"].tolist()
    assert all(text.isprintable() for text in shown)
    assert shown[2] == r"evil.\x1b]0;evil\x07\u202e\ud800"


# Archives


def test_encrypted_parts_are_refused(path):
    save(FramePooler(), path)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(mark)
        data[start + at] |= 1
    path.write_bytes(data)
    refuse(path, "is encrypted")


@pytest.mark.parametrize("name", ["../1.npy", "/etc/passwd", "schema.json/", "SCHEMA.JSON"])
def test_parts_of_other_names_do_nothing(name, path):
    save(FramePooler(), path)
    parts, schema, stamp = read_parts(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_parts(path, {**parts, name: b"\x93NUMPY"}, schema, stamp)
    refuse(path, "it has parts that save does not write|.npy|EOF|array")


@pytest.mark.parametrize(
    "text",
    ["9" * 5000, '"\\ud800"', "[1, 2]", "", "{", "1e999", "-", "[" * 5000],
)
def test_scalars_that_are_odd(text, path):
    save(FramePooler(), path)
    change(path, "FramePooler", size={**scalar(1), "content": text})
    if text in ("1e999", '"\\ud800"'):
        assert load(path).size == json.loads(text)
    else:
        refuse(path, "")


@pytest.mark.parametrize("content", [None, 1, [], {}, True])
def test_scalars_that_are_no_text(content, path):
    save(FramePooler(), path)
    change(path, "FramePooler", size={**scalar(1), "content": content})
    refuse(path, "")


def test_an_honest_model_is_as_before(path):
    model = make_pipeline(StandardScaler(), ConsensusClassifier(LogisticRegression())).fit(X, Y)
    save(model, path)
    np.testing.assert_array_equal(load(path).predict_proba(X), model.predict_proba(X))


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


@pytest.mark.parametrize("labels", [Y, Y == "sad"], ids=["three", "two"])
def test_linear_classifiers_of_every_form(labels, path):
    for model in (
        RidgeClassifier(),
        SGDClassifier(average=True),
        SGDClassifier(loss="log_loss", fit_intercept=False),
        LinearSVC(multi_class="crammer_singer", max_iter=100_000),
        LinearSVC(fit_intercept=False),
        LogisticRegression(fit_intercept=False),
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    ):
        save(model.fit(X, labels), path)
        np.testing.assert_array_equal(load(path).predict(X), model.predict(X))


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
