"""Models from strangers: what is in a file is checked before it is used, and reaches nowhere."""

import inspect
import os

import numpy as np
import pytest
import scipy.sparse
import sklearn
from _archives import find, forge, get_array, read_parts, scalar, set_array, write_parts
from _hostile import X, Y, refuse
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import sklearn_ser
from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    ProfileRefineryClassifier,
    SoftmaxClassifier,
    features,
    recipes,
)
from sklearn_ser.features import (
    FramePooler,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
    TransformerFrames,
)
from sklearn_ser.io import inspect_file, load, save
from sklearn_ser.io._reach import KINDS, OF_SCIKIT_LEARN
from sklearn_ser.io._types import OF_SCIKIT_LEARN as TYPES
from sklearn_ser.utils._saving import Estimator

FRAMES = [[[-1.0], [0.5]], [[1.0]]] * 10


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


# What reaches outside

#: Parameters of the public estimators that stay inside of the model. A new parameter is either
#: added here, after thinking of what predictions do with it, or to ``_reaches`` of its class.
INNER = {
    *("alpha", "annotator", "annotator_model", "annotators", "attention_on", "augmentations"),
    *("batch_norm", "batch_size", "by", "class_weight", "classes", "clip_hnr", "configuration"),
    *("context", "crowd", "cv", "dropout", "dtype", "early_stopping", "errors", "estimator"),
    *("estimators", "factor", "feature_level", "final_estimator", "fixed_target", "fmax", "fmin"),
    *("frame_dtype", "frame_length", "frame_step", "head", "hidden_sizes", "keep", "layer"),
    *("keep_all_layers", "learn_targets", "learn_weights", "log_offset", "lr", "lr_decay"),
    *("lr_decay_every", "lr_target", "lr_weight", "max_epochs", "max_iter", "min_ratings"),
    *("min_target_votes", "mixed_precision", "multilabel", "n_fft", "n_hidden_states", "n_mels"),
    *("n_seeds", "n_stages", "optimizer", "patience", "pretrain", "random_state", "refinement"),
    *("refit", "resample", "rule", "sampling_rate", "segment_length", "segment_step"),
    *("shrinkage", "size", "soft_encoder", "stage_labels", "statistics", "stop_on"),
    *("store_trajectory", "target_encoder", "threshold", "tol", "trace_penalty", "validation"),
    *("w_init", "warmup_epochs", "weight_decay", "weights", "width", "window"),
    "verbose",  # shows progress on the terminal
}
#: Inner here, although parameters of this name reach outside elsewhere.
EXCEPTIONS = {("OpenSmileFunctionals", "feature_set")}  # one of four names

PUBLIC = sorted(
    {
        thing
        for module in (sklearn_ser, features, recipes, sklearn_ser.nn)
        for name in module.__all__
        if inspect.isclass(thing := getattr(module, name)) and issubclass(thing, Estimator)
    },
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.__name__)
def test_every_parameter_is_inner_or_says_where_it_reaches(cls):
    assert set(cls._reaches.values()) <= KINDS.keys()
    for name in cls._get_param_names():
        inner = name in INNER or (cls.__name__, name) in EXCEPTIONS
        assert inner != (name in cls._reaches), (
            f"{cls.__name__}.{name} must be either in INNER or in _reaches"
        )


def test_parameters_of_scikit_learn_that_reach_outside():
    """Names of parameters that sound as if they did are known."""
    sound = ("path", "dir", "file", "folder", "memory", "cache", "jobs", "device", "callback")
    found = set()
    for name in TYPES:
        module, _, cls = name.rpartition(".")
        thing = getattr(__import__(module, fromlist=[cls]), cls)
        if issubclass(thing, BaseEstimator):
            found |= {n for n in thing._get_param_names() if any(s in n for s in sound)}
    assert found == {*OF_SCIKIT_LEARN, "cache_size", "direction"}  # of libsvm; of a search


def make_nested(folder):
    inner = make_pipeline(SegmentLogMel(memory=folder, n_jobs=2), FramePooler(), memory=folder)
    other = ProfileRefineryClassifier(memory=folder, n_jobs=2)
    return AveragingClassifier([("a", inner), ("b", other)], n_jobs=3)


def test_what_reaches_outside_is_reset_wherever_it_is(path, tmp_path):
    folder = str(tmp_path / "cache")
    save(make_nested(folder), path)
    found = {
        name: value
        for name, value in load(path).get_params().items()
        if name.split("__")[-1] in ("memory", "n_jobs")
    }
    assert len(found) == 6
    assert set(found.values()) == {None}
    kept = load(path, allow=["memory", "n_jobs"]).get_params()
    assert kept["a__segmentlogmel__memory"] == kept["a__memory"] == kept["b__memory"] == folder
    assert kept["n_jobs"] == 3
    some = load(path, allow=("n_jobs",)).get_params()
    assert (some["n_jobs"], some["a__memory"]) == (3, None)


def test_fitted_attributes_are_reset(path, tmp_path):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(), memory=str(tmp_path))
    forest = RandomForestClassifier(2, n_jobs=2, random_state=0)
    search = GridSearchCV(pipeline, {"logisticregression": [forest]}, cv=3, n_jobs=2)
    save(search.fit(X, Y), path)
    again = load(path)
    assert again.best_estimator_.memory is None
    assert again.best_estimator_[-1].n_jobs is None
    assert again.n_jobs is None
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))


def test_devices_are_reset_in_parameters_and_networks(path):
    model = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1, device="cpu").fit(
        FRAMES, [0, 1] * 10
    )
    save(model, path)

    def move(parts, schema, stamp):
        state = find(schema, "AttentionBLSTMClassifier")
        state["device"] = scalar("cuda:3")
        state["net_"]["content"]["device"] = scalar("cuda:3")

    forge(path, move)
    shown = inspect_file(path).reaches
    assert shown["parameter"].str.rpartition(".")[2].tolist() == ["device", "device"]
    assert shown["value"].tolist() == ["'cuda:3'"] * 2
    assert load(path).device == "cpu"
    assert load(path, allow=["device"]).device == "cuda:3"


@pytest.mark.parametrize(
    ("model", "parameter", "kind"),
    [
        (TransformerFrames("openai/whisper-tiny.en"), "TransformerFrames.model", "encoder"),
        (TransformerFrames("/models/own"), "TransformerFrames.model", "encoder"),
        (OpenSmileLLD("/tmp/sink.conf"), "OpenSmileLLD.feature_set", "config"),
        (OpenSmileLLD("emobase", options={"O": "/tmp/out.csv"}), "OpenSmileLLD.options", "config"),
        (
            GridSearchCV(make_pipeline(TransformerFrames("a" * 200)), {}),
            "TransformerFrames.model",
            "encoder",
        ),
    ],
    ids=["hub", "folder", "conf", "options", "nested"],
)
def test_what_a_model_cannot_do_without_is_refused(model, parameter, kind, path):
    save(model, path)
    refuse(path, rf"its {parameter} is .*pass allow=\('{kind}',\)")
    with pytest.raises(ValueError, match="cannot be loaded") as caught:
        load(path)
    assert len(str(caught.value)) < 400
    again = load(path, allow=[kind])
    assert repr(again) == repr(model)
    assert inspect_file(path).refused_without == [kind]


def test_names_of_sets_are_no_paths(path):
    for name in ("chou2019", "emobase"):
        save(OpenSmileLLD(name), path)
        assert load(path).feature_set == name


@pytest.mark.parametrize("allow", ["memory", ["memory", "network"], [1]])
def test_what_is_allowed_must_be_known(allow, path):
    with pytest.raises(ValueError, match=r"allow must be a sequence of names among \['memory', "):
        load(path, allow=allow)


def test_predictions_of_a_loaded_model_touch_nothing(path, tmp_path):
    """A cache of a stranger beside the model is neither read nor written."""
    folder = tmp_path / "cache"
    signal = np.random.default_rng(0).uniform(-0.1, 0.1, 16000)
    model = SegmentLogMel(segment_step=10, memory=str(folder))
    model.fit_transform([signal])
    save(model, path)
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\x80\x04cposix\nsystem\n.")
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    load(path).transform([signal, signal[:8000]])
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


# What could replace the code of a class


def add(name, **attributes):
    def change(parts, schema, stamp):
        find(schema, name).update(attributes)
        keys = schema["content"]["key_types"]["content"]
        keys.extend([keys[0]] * len(attributes))

    return change


@pytest.mark.parametrize("name", ["predict", "transform", "_validate_input", "module_class"])
def test_attributes_do_not_replace_methods(name, path):
    save(SoftmaxClassifier(max_epochs=1).fit(X, Y), path)
    forge(path, add("SoftmaxClassifier", **{name: scalar("x")}))
    refuse(path, f"it would replace {name} of SoftmaxClassifier")


@pytest.mark.parametrize("name", ["__class__", "__sklearn_tags__", "_repr_html_", "_impl"])
def test_attributes_do_not_replace_what_is_of_a_class(name, path):
    save(SVC().fit(X, Y), path)
    forge(path, add("SVC", **{name: scalar("x")}))
    refuse(path, f"it would replace {name} of SVC")


@pytest.mark.parametrize("name", ["cache", "_memory", "_fitted_"])
def test_attributes_that_an_estimator_does_not_have(name, path):
    save(FramePooler(), path)
    forge(path, add("FramePooler", **{name: scalar("/tmp")}))
    refuse(path, f"FramePooler has no attributes {name}")


@pytest.mark.parametrize(
    "function", [np.save, np.fromfile, np.frompyfunc, os.remove, sklearn.datasets.load_files]
)
def test_functions_that_do_more_than_compute_are_refused(function, path):
    model = FunctionTransformer(np.log1p)
    save(model, path)

    def rename(parts, schema, stamp):
        node = find(schema, "FunctionTransformer")["func"]
        node.update(__module__=function.__module__, __class__=function.__name__, __id__=0)

    forge(path, rename)
    refuse(path, rf"it holds {function.__module__}\.{function.__name__}")
    with pytest.raises(TypeError, match=f"it holds .*{function.__name__}"):
        save(FunctionTransformer(function), path)


def test_functions_of_elements(path):
    save(FunctionTransformer(np.log1p), path)
    np.testing.assert_array_equal(load(path).transform([[1.0]]), np.log1p([[1.0]]))


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(),
        sklearn.ensemble.GradientBoostingClassifier(n_estimators=1),
        sklearn.cluster.KMeans(2, n_init=1),
        sklearn.preprocessing.OneHotEncoder(),
        sklearn.preprocessing.MultiLabelBinarizer(),
        sklearn.ensemble.HistGradientBoostingClassifier(),
        sklearn.feature_extraction.text.CountVectorizer(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_types_without_a_reason_are_refused(model, path):
    with pytest.raises(TypeError, match=f"it holds .*{type(model).__name__}, which load refuses"):
        save(model, path)


def test_every_type_has_a_reason():
    for name, reason in TYPES.items():
        module, _, cls = name.rpartition(".")
        assert inspect.isclass(getattr(__import__(module, fromlist=[cls]), cls)), name
        assert len(reason.why) > 10
        compiled = "compiled" in reason.why
        assert compiled <= (reason.check is not None), name


# Trees

TREES = {
    "tree": DecisionTreeClassifier(random_state=0),
    "forest": RandomForestClassifier(3, random_state=0),
    "extra": ExtraTreesClassifier(2, random_state=0),
}


def change_nodes(field, value, where):
    """Change a field of a node of a tree: the first that is inner, or a leaf."""

    def change(parts, schema, stamp):
        node = find(schema, "Tree")["nodes"]
        nodes = get_array(parts, node)
        inner = nodes["left_child"] != -1
        row = np.flatnonzero(inner == (where == "inner"))[0]
        nodes[field][row] = value
        set_array(parts, node, nodes)

    return change


@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize(
    ("field", "value", "where", "message"),
    [
        ("left_child", 0, "inner", "must be a tree"),
        ("left_child", 10**9, "inner", "must be a tree"),
        ("right_child", -1, "inner", "must be a tree"),
        ("right_child", -(2**40), "inner", "must be a tree"),
        ("left_child", 0, "leaf", "must be a tree"),
        ("feature", 10**9, "inner", "must compare features below 3"),
        ("feature", -2, "inner", "must compare features below 3"),
        ("feature", 3, "inner", "must compare features below 3"),
        ("threshold", np.nan, "inner", "must be finite"),
    ],
)
def test_trees_are_trees(kind, field, value, where, message, path):
    save(TREES[kind].fit(X, Y), path)
    np.testing.assert_array_equal(load(path).predict_proba(X), TREES[kind].predict_proba(X))
    refuse(forge(path, change_nodes(field, value, where)), rf"Tree\.nodes .*{message}")


@pytest.mark.parametrize(
    ("owner", "name", "value", "message"),
    [
        ("Tree", "node_count", 10**6, "Tree.node_count must be the number of its nodes"),
        ("Tree", "max_depth", 0, "Tree.max_depth must be"),
        ("Tree", "max_depth", 10**12, "Tree.max_depth must be"),
        ("DecisionTreeClassifier", "n_features_in_", 2, "is not for 3 features|is for 3 features"),
        ("RandomForestClassifier", "n_features_in_", 2, "is not for 2 features"),
        ("RandomForestClassifier", "n_features_in_", None, "must be an integer"),
        ("RandomForestClassifier", "n_classes_", 10**9, "n_classes_ must be 3"),
    ],
)
def test_trees_fit_what_holds_them(owner, name, value, message, path):
    save(TREES["forest"].fit(X, Y), path)
    forge(path, lambda parts, schema, stamp: find(schema, owner).update({name: scalar(value)}))
    refuse(path, message)


def test_arguments_of_a_tree(path):
    save(TREES["tree"].fit(X, Y), path)

    def more_outputs(parts, schema, stamp):
        tree = schema["content"]["content"]["tree_"]
        tree["__reduce__"]["args"]["content"][2] = scalar(10**9)

    refuse(forge(path, more_outputs), "classes of one or more outputs")


# Support vector machines


def change_array(owner, name, make):
    def change(parts, schema, stamp):
        node = find(schema, owner)[name]
        set_array(parts, node, make(get_array(parts, node)))

    return change


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("_n_support", lambda a: a * 1000, "must sum to its .* vectors"),
        ("_n_support", lambda a: a[:2], r"must be int32 of shape \(3,\)"),
        ("_n_support", lambda a: a - [50, 0, -50], "must sum|int32"),
        ("support_vectors_", lambda a: a[:5], "must be|must sum"),
        ("support_vectors_", lambda a: a[:, :1], r"must be float64 of shape \(None, 3\)"),
        ("_dual_coef_", lambda a: a[:1], r"must be float64 of shape \(2, "),
        ("_intercept_", lambda a: a[:1], r"must be float64 of shape \(3,\)"),
        ("support_", lambda a: a[:1], "must be int32"),
        ("_probA", lambda a: a[:1], "must have 0 or 3 values"),
        ("_probB", lambda a: a[:0], "must be float64 of shape"),
        ("classes_", lambda a: np.resize(a, 50), "must be"),
    ],
)
def test_support_vector_machines_have_their_sizes(name, make, message, path):
    model = SVC(random_state=0).fit(X, Y)
    model._probA, model._probB = np.ones(3), np.zeros(3)
    save(model, path)
    np.testing.assert_array_equal(load(path).predict(X), model.predict(X))
    refuse(forge(path, change_array("SVC", name, make)), message)


def test_kernels_that_are_numbers_of_samples(path):
    with pytest.raises(ValueError, match=r"cannot be saved.*SVC.kernel must be one of"):
        save(SVC(kernel="precomputed").fit(X @ X.T, Y), path)


# Weights


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("model", "name"),
    [
        (SoftmaxClassifier(max_epochs=1), "SoftmaxClassifier.net_.weights.head.weight"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "LogisticRegression.coef_"),
        (ConsensusClassifier(LogisticRegression()), "ConsensusClassifier.prior_"),
        (make_pipeline(StandardScaler(), SGDClassifier()), "StandardScaler.mean_"),
    ],
)
def test_weights_must_be_finite(model, name, value, path):
    model.fit(X, Y)
    save(model, path)

    def spoil(parts, schema, stamp):
        owner, attribute, *rest = name.split(".", 3)
        node = find(schema, owner)[attribute]
        for part in rest:
            node = node["content"][part]
        array = get_array(parts, node)
        array.flat[0] = value
        set_array(parts, node, array)

    refuse(forge(path, spoil), rf"{name} is infinite or NaN")


def test_weights_that_load_would_refuse_are_not_saved(path):
    model = LogisticRegression().fit(X, Y)
    model.coef_[0, 0] = np.nan
    message = r"cannot be saved, since load would refuse it: LogisticRegression.coef_ is infinite"
    with pytest.raises(ValueError, match=message):
        save(make_pipeline(model), path)
    assert not path.exists()


def test_frames_that_overflow_are_named(path):
    """A prediction is never the first class because nothing could be computed."""
    model = make_pipeline(
        SequenceScaler(), SequenceStatistics(), ConsensusClassifier(LogisticRegression())
    )
    save(model.fit(FRAMES, [0, 1] * 10), path)
    with pytest.raises(ValueError, match=r"infin|too large"), np.errstate(over="ignore"):
        load(path).predict([*FRAMES[:2], [[1e308], [1e308]]])


# Sizes


def double(n_levels):
    """A list of the same list twice, and so on: 2 to the power of n_levels objects."""

    def change(parts, schema, stamp):
        node = scalar(1.5)
        for level in range(n_levels):
            node = {
                "__class__": "list",
                "__module__": "builtins",
                "__loader__": "ListNode",
                "__id__": 10**6 + level,
                "content": [node, {**node, "content": []} if level else node],
            }
        find(schema, "FramePooler")["size"] = node

    return change


def test_shared_parts_are_repeated_in_full(path):
    save(FramePooler(), path)
    refuse(forge(path, double(60)), "two parts of it that differ have the same id")


def test_levels_are_bounded(path):
    save(FramePooler(), path)

    def nest(parts, schema, stamp):
        node = scalar(1)
        for level in range(150):
            node = {
                "__class__": "list",
                "__module__": "builtins",
                "__loader__": "ListNode",
                "__id__": 10**6 + level,
                "content": [node],
            }
        find(schema, "FramePooler")["size"] = node

    refuse(forge(path, nest), "nested more than 100 levels deep")


def test_a_reference_before_its_object_is_refused(path):
    save(FramePooler(), path)
    cached = {"__class__": "x", "__module__": "y", "__loader__": "CachedNode", "__id__": 1}
    forge(path, lambda parts, schema, stamp: find(schema, "FramePooler").update(size=cached))
    refuse(path, "it has a CachedNode, which save does not write")


def test_compressed_parts_within_are_refused(path):
    save(FramePooler(), path)
    packed = {
        "__class__": "csr_matrix",
        "__module__": "scipy.sparse",
        "__loader__": "SparseMatrixNode",
        "__id__": 1,
        "type": "scipy",
        "file": "1.npz",
    }

    def plant(parts, schema, stamp):
        find(schema, "FramePooler")["size"] = packed
        parts["1.npz"] = b"PK"

    refuse(forge(path, plant), r"it has parts that save does not write: 1\.npz")
    with pytest.raises(TypeError, match="cannot be saved"):
        save(SVC().fit(scipy.sparse.csr_matrix(X), Y), path)


def test_one_array_is_not_read_many_times(path):
    save(LogisticRegression().fit(X, Y), path)

    def repeat(parts, schema, stamp):
        state = find(schema, "LogisticRegression")
        state["intercept_"] = {**state["coef_"], "__id__": 7}

    refuse(forge(path, repeat), "an array is not in the part 7.npy")


def test_layers_are_counted_before_they_are_made(path):
    model = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1).fit(FRAMES, [0, 1] * 10)
    save(model, path)

    def stack(parts, schema, stamp):
        params = find(schema, "AttentionBLSTMClassifier")["net_"]["content"]["module_params"]
        before = params["content"]["before"]
        before["__id__"] = 0
        before["content"] = [scalar(2)] * 20_000

    message = "before of AttentionBLSTM must have at most as many layers as there are weights"
    refuse(forge(path, stack), message)


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "8"])
def test_batches_are_not_empty(size, path):
    save(SoftmaxClassifier(max_epochs=1).fit(X, Y), path)

    def change(parts, schema, stamp):
        find(schema, "SoftmaxClassifier")["net_"]["content"]["batch_size"] = scalar(size)

    refuse(forge(path, change), "batch_size must be an integer of at least 1")


@pytest.mark.parametrize(
    ("shape", "descr"),
    [((-2, -4), "<f8"), ((0, 10**12), "<f8"), ((10**12,), "<U0"), ((1,), "|O"), ((8,), "|O")],
)
def test_headers_of_arrays(shape, descr, path):
    save(LogisticRegression().fit(X, Y), path)

    def change(parts, schema, stamp):
        header = str({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
        node = find(schema, "LogisticRegression")["coef_"]
        parts[node["file"]] = (
            b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 64
        )

    refuse(forge(path, change), r"\.npy ")


@pytest.mark.parametrize("position", [-1, 625, 10**9])
def test_positions_of_random_states(position, path):
    save(RandomForestClassifier(random_state=np.random.RandomState(0)), path)

    def change(parts, schema, stamp):
        state = schema["content"]["content"]["random_state"]["content"]["content"]["state"]
        state["content"]["pos"] = scalar(position)

    refuse(forge(path, change), f"RandomState must be at a position of its key, got {position}")


# Stamps, and files that are none


@pytest.mark.parametrize("number", [float("nan"), -5, True, "1", 1.0, None, [1]])
def test_formats_are_integers(number, path):
    save(FramePooler(), path)
    forge(path, lambda parts, schema, stamp: stamp.update(format=number))
    refuse(path, r"sklearn_ser\.json must have a format, an integer of at least 1")


@pytest.mark.parametrize("stamp", [[], "1", {}, {"format": 1}, {"format": 1, "version": 2}])
def test_stamps_of_other_types(stamp, path):
    save(FramePooler(), path)
    parts, schema, _ = read_parts(path)
    write_parts(path, parts, schema, stamp)
    refuse(path, r"sklearn_ser\.json must have a format")


@pytest.mark.posix
def test_pipes_and_devices_are_refused(path, tmp_path):
    os.mkfifo(path)
    refuse(path, "it is a pipe, a device or a socket, and not a file")
    with pytest.raises(ValueError, match=r"null' cannot be loaded: it is a pipe, a device"):
        load("/dev/null")
    with pytest.raises(ValueError, match="it is a pipe"):
        inspect_file(path)
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


def test_parts_are_no_more_than_the_file(path):
    save(FramePooler(), path)
    data = bytearray(path.read_bytes())
    # In the directory of the archive, the sizes of the first part begin 20 bytes from its head.
    start = data.index(b"PK\x01\x02")
    data[start + 20 : start + 28] = (2**31).to_bytes(4, "little") * 2
    path.write_bytes(data)
    refuse(path, "its parts are said to have")


def test_a_newer_parameter_has_its_default(path):
    save(make_pipeline(FramePooler(3), OpenSmileLLD("emobase", clip_hnr=None)), path)

    def forget(parts, schema, stamp):
        for owner, name in (("OpenSmileLLD", "clip_hnr"), ("FramePooler", "size")):
            state = find(schema, owner)
            place = list(state).index(name)
            del state[name]
            _drop_key(schema, state, place)

    forge(path, forget)
    with pytest.warns(UserWarning, match="was saved without") as said:
        again = load(path)
    texts = sorted(str(warning.message) for warning in said)
    assert texts[0].startswith("FramePooler was saved without size, by a version without these")
    assert texts[1].startswith("OpenSmileLLD was saved without clip_hnr")
    assert again[0].size == 5
    assert again[1].clip_hnr == 30.0
    assert "FramePooler()" in repr(again)


def _drop_key(schema, state, place):
    """Remove the type of the key at a place of a dict."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("content") is state:
                del node["key_types"]["content"][place]
                return
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def test_a_parameter_without_default_must_be_there(path):
    save(ConsensusClassifier(LogisticRegression()), path)

    def forget(parts, schema, stamp):
        state = find(schema, "ConsensusClassifier")
        place = list(state).index("estimator")
        del state["estimator"]
        _drop_key(schema, state, place)

    refuse(forge(path, forget), "ConsensusClassifier lacks estimator, which has no default")


# inspect_file


def test_what_is_in_a_file(path, tmp_path):
    save(make_nested(str(tmp_path)), path)
    found = inspect_file(path)
    assert found.format == 1
    assert found.version == sklearn_ser.__version__
    assert found.n_bytes == path.stat().st_size
    assert found.types["sklearn_ser.features.SegmentLogMel"] == 1
    assert found.untrusted == found.refused_without == []
    assert found.reaches["parameter"].tolist()[0] == "AveragingClassifier.n_jobs"
    assert set(found.reaches["allow"]) == {"memory", "n_jobs"}
    assert repr(str(tmp_path)) in found.reaches["value"].tolist()


def test_inspecting_imports_nothing_that_a_file_names(path, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "evil.py").write_text("raise SystemExit('run')\n")
    save(FramePooler(), path)

    def rename(parts, schema, stamp):
        schema.update(__module__="evil", __class__="Evil")

    forge(path, rename)
    assert inspect_file(path).untrusted == ["evil.Evil"]
    refuse(path, r"it holds evil\.Evil")
    (tmp_path / "other").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="other' cannot be inspected: File is not a zip file"):
        inspect_file(tmp_path / "other")


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, [[[]]]])
def test_scalars_are_scalars(value, path):
    save(FramePooler(), path)
    forge(
        path, lambda parts, schema, stamp: find(schema, "FramePooler").update(size=scalar(value))
    )
    refuse(path, "must be a string, a number or None")
