"""Valid archives of models whose values were changed at random, and what becomes of them."""

import copy
import io
import json
import random
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    SegmentVGGClassifier,
    SoftmaxClassifier,
)
from sklearn_ser.features import FramePooler, SegmentLogMel, SequenceScaler, SequenceStatistics
from sklearn_ser.io import load, save
from sklearn_ser.io._types import TRUSTED

sys.path.append(str(Path(__file__).parents[1]))

from _archives import forge, get_array, scalar, set_array
from _nodes import array_of, list_of

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(30, 4)) + np.arange(30)[:, None] % 3
FRAMES = [[vector, vector * 0.9, vector * 1.1] for vector in VECTORS]
SOUNDS = [0.1 * RNG.normal(size=4000) for _ in range(6)]
LABELS = ["angry", "happy", "sad"]

LINEAR = LogisticRegression(max_iter=20)
SPEECH = make_pipeline(
    SegmentLogMel(8, segment_step=10), SequenceStatistics(), ConsensusClassifier(LINEAR)
)
MODELS = {
    "blstm": (AttentionBLSTMClassifier((3, 2, 3), max_epochs=1, random_state=0), FRAMES),
    "vgg": (SegmentVGGClassifier(width=1 / 64, max_epochs=1, random_state=0), None),
    "softmax": (SoftmaxClassifier(max_epochs=1, random_state=0), VECTORS),
    "forest": (ConsensusClassifier(RandomForestClassifier(3, random_state=0)), VECTORS),
    "machine": (ConsensusClassifier(SVC(random_state=0)), VECTORS),
    "bagging": (
        ConsensusClassifier(BaggingClassifier(DecisionTreeClassifier(max_depth=3), 3)),
        VECTORS,
    ),
    "mlp": (ConsensusClassifier(MLPClassifier((3,), max_iter=5, random_state=0)), VECTORS),
    "one vs one": (ConsensusClassifier(OneVsOneClassifier(LinearSVC(random_state=0))), VECTORS),
    "transformers": (
        make_pipeline(
            FunctionTransformer(np.tanh),
            ColumnTransformer(
                [("a", QuantileTransformer(n_quantiles=10), [0, 1]), ("b", "passthrough", [2])]
            ),
            SimpleImputer(),
            PowerTransformer(),
            SelectKBest(k=2),
            PCA(2),
            ConsensusClassifier(GaussianNB()),
        ),
        VECTORS,
    ),
    "search": (ConsensusClassifier(GridSearchCV(LINEAR, {"C": [1.0, 2.0]}, cv=2)), VECTORS),
    "pipeline": (ConsensusClassifier(make_pipeline(StandardScaler(), LINEAR)), VECTORS),
    "em": (CrowdEMClassifier(LINEAR, max_iter=2), VECTORS),
    "frames": (
        make_pipeline(
            SequenceScaler(),
            FramePooler(2),
            AveragingClassifier(
                [("a", make_pipeline(SequenceStatistics(), ConsensusClassifier(LINEAR)))]
            ),
        ),
        FRAMES,
    ),
    "speech": (SPEECH, SOUNDS),
}
SCALARS = [
    *(None, True, False, 0, 1, -1, 2, 3, 625, 10**6, 10**9, 2**31, 2**63, -(2**31), 10**30),
    *(0.0, -0.5, 1e-300, 1e308, float("nan"), float("inf"), -float("inf")),
    *("", "x", "cpu", "cuda:0", "/etc/passwd", "~/.ssh", "openai/whisper-tiny.en", "a" * 1000),
    *("precomputed", "mean", "all", "PCG64", "numpy.save", "auto", "balanced", "fit", "drop"),
]
TYPES = [
    *TRUSTED,
    *("os.system", "subprocess.Popen", "numpy.save", "numpy.fromfile", "builtins.eval"),
    *("numpy.ndarray", "numpy.str_", "builtins.dict", "builtins.list", "builtins.bytes"),
    *("sklearn.neighbors._kd_tree.KDTree", "sklearn.datasets._base.load_files"),
    *("joblib.memory.Memory", "numpy.random.mtrand.RandomState"),
]
LOADERS = [
    *("ObjectNode", "ListNode", "DictNode", "TupleNode", "JsonNode", "NdArrayNode", "TreeNode"),
    *("TypeNode", "FunctionNode", "CachedNode", "MethodNode", "PartialNode", "BytesNode"),
    *("ConstructorFromReduceNode", "OperatorFuncNode", "SparseMatrixNode", "LossNode"),
]
NAMES = [
    *("memory", "n_jobs", "root", "device", "model", "feature_set", "options", "predict"),
    *("transform", "estimator_", "coef_", "tree_", "__class__", "_sparse", "classes_", "steps"),
]


def fit(name):
    """Fit a model of MODELS."""
    model, data = MODELS[name]
    if data is None:
        from sklearn_ser import Segments

        frames = RNG.normal(size=(30 * 8, 4)).astype(np.float32)
        data = Segments(frames, np.arange(31) * 8, segment_length=8, segment_step=2, frame_step=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(data, (LABELS * 10)[: len(data)]), data[:3]


def prepare(folder):
    """Save all models, and return what each predicts."""
    samples = {}
    for name in MODELS:
        model, samples[name] = fit(name)
        save(model, folder / f"{name}.skops")
    return samples


def list_nodes(schema):
    """List the nodes of a schema, each with what holds it and its place there."""
    found, waiting = [], [(None, None, schema)]
    while waiting:
        holder, place, node = waiting.pop()
        if isinstance(node, dict):
            if "__loader__" in node:
                found.append((holder, place, node))
            waiting += [(node, key, value) for key, value in node.items()]
        elif isinstance(node, list):
            waiting += [(node, i, value) for i, value in enumerate(node)]
    return found


def change_scalar(rng, parts, schema, stamp):
    """Replace a string or a number; all copies of it, or one with an id of its own."""
    nodes = [node for *_, node in list_nodes(schema) if node["__loader__"] == "JsonNode"]
    if not nodes:
        return
    node, value = rng.choice(nodes), json.dumps(rng.choice(SCALARS))
    if rng.random() < 0.7:
        node.update(content=value, __id__=0)
    else:
        for other in nodes:
            if other.get("__id__") == node.get("__id__"):
                other["content"] = value


def change_values(rng, parts, schema, stamp):
    """Replace some numbers of an array."""
    nodes = [node for *_, node in list_nodes(schema) if node.get("file") in parts]
    if not nodes:
        return
    node = rng.choice(nodes)
    array = np.array(get_array(parts, node))
    if array.size == 0:
        return
    field = array[rng.choice(array.dtype.names)] if array.dtype.names else array
    for _ in range(rng.choice([1, 1, 3])):
        place = rng.randrange(field.size)
        if field.dtype.kind == "f":
            value = rng.choice([np.nan, np.inf, -np.inf, 0, 1e30, -1e38, 1e300, 5e-324])
        elif field.dtype.kind in "iu":
            info = np.iinfo(field.dtype)
            value = rng.choice([0, 1, 2, 5, 127, info.min, info.max, info.max // 2])
        elif field.dtype.kind == "b":
            value = rng.random() < 0.5
        else:
            value = "?"
        with np.errstate(over="ignore"):
            field.flat[place] = value
    set_array(parts, node, array)


def change_shape(rng, parts, schema, stamp):
    """Give an array another shape, size or type."""
    nodes = [node for *_, node in list_nodes(schema) if node.get("file") in parts]
    if not nodes:
        return
    node = rng.choice(nodes)
    array = get_array(parts, node)
    kind = rng.randrange(7)
    if kind == 0:
        array = array[:1] if array.ndim else array[None]
    elif kind == 1:
        array = array[:0] if array.ndim else array[None][:0]
    elif kind == 2:
        array = np.repeat(np.atleast_1d(array), 3, axis=-1)
    elif kind == 3:
        array = array.T.reshape(-1)
    elif kind == 4 and array.dtype.names is None and array.dtype.kind in "iufb":
        array = array.astype(rng.choice(["f4", "f8", "i4", "i8", "u1", "?"]))
    elif kind == 5:
        array = array[None]
    else:
        array = get_array(parts, rng.choice(nodes))
    set_array(parts, node, array)


def change_type(rng, parts, schema, stamp):
    """Let a node be of another type, or of another loader."""
    node = rng.choice(list_nodes(schema))[-1]
    if rng.random() < 0.5:
        node["__module__"], _, node["__class__"] = rng.choice(TYPES).rpartition(".")
    else:
        node["__loader__"] = rng.choice(LOADERS)


def change_place(rng, parts, schema, stamp):
    """Put another part in place of one, or let two parts have the same id."""
    nodes = list_nodes(schema)
    holder, place, node = rng.choice(nodes)
    other = rng.choice(nodes)[-1]
    if rng.random() < 0.3:
        node["__id__"] = other.get("__id__", 1)
    elif holder is not None:
        holder[place] = copy.deepcopy(other)


def change_attributes(rng, parts, schema, stamp):
    """Add an attribute, remove one, or rename one."""
    dicts = [node for *_, node in list_nodes(schema) if node["__loader__"] == "DictNode"]
    if not dicts:
        return
    node = rng.choice(dicts)
    if "key_types" not in node:
        return  # another change made this of something else
    content, keys = node["content"], node["key_types"]["content"]
    names = list(content)
    kind = rng.randrange(3)
    if kind == 0 or not names:
        value = copy.deepcopy(rng.choice(list_nodes(schema))[-1])
        content[rng.choice(NAMES)] = value
        if keys and len(keys) < len(content):
            keys.append(copy.deepcopy(keys[0]))
        return
    i = rng.randrange(len(names))
    value = content.pop(names[i])
    key = keys.pop(i) if i < len(keys) else None
    if kind == 2 and key is not None:
        content[rng.choice(NAMES)] = value
        if len(keys) < len(content):
            keys.append(key)


def change_list(rng, parts, schema, stamp):
    """Repeat, remove or shuffle what is in a list."""
    nodes = [node for *_, node in list_nodes(schema) if isinstance(node.get("content"), list)]
    if not nodes:
        return
    content = rng.choice(nodes)["content"]
    kind = rng.randrange(3)
    if kind == 0:
        content *= rng.choice([2, 5, 50])
    elif kind == 1:
        del content[rng.randrange(len(content) + 1) :]
    else:
        rng.shuffle(content)


def change_form(rng, parts, schema, stamp):
    """Replace the attributes of an object by pairs of names and values: rows of an array."""
    nodes = [node for *_, node in list_nodes(schema) if node["__loader__"] == "ObjectNode"]
    if not nodes:
        return
    node = rng.choice(nodes)
    items = node["content"].get("content") if isinstance(node.get("content"), dict) else None
    if not isinstance(items, dict):
        return
    rows = [list_of(scalar(name), value) for name, value in items.items()]
    node["content"] = rng.choice([array_of(rows, (len(rows), 2)), list_of(*rows)])


def change_schema(rng, parts, schema, stamp):
    """Replace the protocol, by which skops chooses loaders, or another value of the schema."""
    name = rng.choice(["protocol", "protocol", "_skops_version", "__id__", "is_json"])
    schema[name] = rng.choice([*SCALARS, 0, 1, 2, 3])


def change_stamp(rng, parts, schema, stamp):
    """Replace the format or the version."""
    stamp[rng.choice(["format", "version", "other"])] = rng.choice(SCALARS)


CHANGES = [
    *[change_scalar] * 6,
    *[change_values] * 6,
    *[change_shape] * 3,
    *[change_type, change_place, change_attributes] * 2,
    change_list,
    change_form,
    change_schema,
    change_stamp,
]


def forge_one(number, folder):
    """Write a forged file, and return its path and what it was made of."""
    rng = random.Random(number)
    name = rng.choice(list(MODELS))
    path = folder / "forged.skops"
    path.write_bytes((folder / f"{name}.skops").read_bytes())
    changes = [rng.choice(CHANGES) for _ in range(rng.choice([1, 1, 2, 3]))]

    def change(parts, schema, stamp):
        for one in changes:
            one(rng, parts, schema, stamp)

    forge(path, change)
    return path, name


def judge(path, X):
    """Load a file and predict: "refused", "predicted", or "error", and why."""
    stderr, sys.stderr = sys.stderr, io.StringIO()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                model = load(path)
            except ValueError as error:
                if f"{str(path)!r} cannot be loaded: " not in str(error):
                    raise
                return "refused", str(error)
            try:
                use = "predict_proba" if hasattr(model, "predict_proba") else "predict"
                found = np.asarray(getattr(model, use)(X))
            except Exception as error:
                return "error", f"{type(error).__name__}: {error}"
    finally:
        sys.stderr = stderr
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        return "not finite", str(found)
    return "predicted", ""
