"""Models as files: everything comes back as it was, and nothing that should not be is let in."""

import contextlib
import copy
import functools
import inspect
import io
import json
import os
import pickle
import pickletools
import pkgutil
import re
import subprocess
import sys
import zipfile

import _estimators
import cloudpickle
import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Bunch

import sklearn_ser
from sklearn_ser import (
    AlteredSpeaker,
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    Ratings,
    RatingsClassifier,
    SegmentClassifier,
    SegmentVGGClassifier,
    Sequences,
    SoftmaxClassifier,
    SoftTargetEncoder,
    nn,
    recipes,
)
from sklearn_ser._cli._recipes import RECIPES
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import (
    FramePooler,
    FrameSegmenter,
    LayerSelector,
    OpenSmileFunctionals,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
    SpeedPerturbation,
)
from sklearn_ser.io import TRUSTED, load, save
from sklearn_ser.io._archive import STAMP
from sklearn_ser.metrics import neg_js_divergence_scorer

SMALL = {"lr": 0.02, "max_epochs": 3, "random_state": 0}


def network(**settings):
    return AttentionBLSTMClassifier((4, 4, 4), **SMALL | settings)


def vgg(**settings):
    return SegmentVGGClassifier(width=1 / 32, max_epochs=1, random_state=0, **settings)


CLASSIFIERS = {
    "AttentionBLSTMClassifier": network(target_encoder=SoftTargetEncoder(alpha=0.5)),
    "AnnotatorEnsembleClassifier": AnnotatorEnsembleClassifier(
        network(), min_ratings=5, random_state=0
    ),
    "AveragingClassifier": AveragingClassifier(
        [
            ("network", network()),
            (
                "linear",
                make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression())),
            ),
        ],
        n_seeds=2,
        random_state=0,
    ),
    "ConsensusClassifier": ConsensusClassifier(RandomForestClassifier(5, random_state=0)),
    "CrowdEMClassifier": CrowdEMClassifier(LogisticRegression(), max_iter=100),
    "CrowdLayerClassifier": CrowdLayerClassifier(network(max_epochs=2), annotator_model="head"),
    "LabelCorrectingClassifier": LabelCorrectingClassifier(
        network(target_encoder=HardTargetEncoder()), random_state=0
    ),
    "ProfileRefineryClassifier": ProfileRefineryClassifier(
        vgg(), n_stages=2, cv=2, final_estimator=RandomForestClassifier(5), random_state=0
    ),
    "RatingsClassifier": RatingsClassifier(LogisticRegression()),
    "SegmentClassifier": SegmentClassifier(LogisticRegression()),
    "SegmentVGGClassifier": vgg(),
    "SoftmaxClassifier": SoftmaxClassifier(**SMALL),
}
# What takes one vector per sample.
OF_VECTORS = {
    "ConsensusClassifier",
    "CrowdEMClassifier",
    "RatingsClassifier",
    "SoftmaxClassifier",
}
TRANSFORMERS = {
    "LayerSelector": LayerSelector([-1, 0], n_hidden_states=3),
    "FramePooler": FramePooler(2),
    "FrameSegmenter": FrameSegmenter(4, 2),
    "SequenceScaler": SequenceScaler(by="speaker"),
    "SequenceStatistics": SequenceStatistics(),
}
AUDIO = {
    "AugmentedClassifier": AugmentedClassifier(
        make_pipeline(
            SegmentLogMel(segment_step=10),
            SequenceScaler(by="speaker"),
            SequenceStatistics(),
            ConsensusClassifier(LogisticRegression()),
        )
    ),
    "SpeedPerturbation": SpeedPerturbation(0.9),
    "OpenSmileFunctionals": OpenSmileFunctionals("eGeMAPSv02"),
    "OpenSmileLLD": OpenSmileLLD("emobase"),
    "SegmentLogMel": SegmentLogMel(segment_step=10),
}
ENCODERS = {
    "HardTargetEncoder": HardTargetEncoder(rule="majority"),
    "SoftTargetEncoder": SoftTargetEncoder(alpha=0.3),
}


@pytest.fixture(scope="module")
def tables(X):
    """What a classifier of tables is trained on."""
    return SequenceStatistics().fit_transform(X)


def ways(model, path, allow=()):
    """The same model, after each way to keep it."""
    save(model, path)
    yield load(path, allow=allow)
    yield pickle.loads(pickle.dumps(model))
    joblib.dump(model, path)
    yield joblib.load(path)
    yield joblib.load(path, mmap_mode="r")


def assert_same(a, b):
    """Every attribute that fit has set is equal, to the bit."""
    assert type(a) is type(b)
    assert a.get_params().keys() == b.get_params().keys()
    learned = [name for name in vars(a) if name.endswith("_") and not name.startswith("_")]
    assert learned == [n for n in vars(b) if n.endswith("_") and not n.startswith("_")]
    for name in learned:
        one, other = getattr(a, name), getattr(b, name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        elif isinstance(one, (str, int, float)):
            assert one == other


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_predict_the_same_to_the_bit(name, X, y, tables, tmp_path):
    data = tables if name in OF_VECTORS else X
    model = CLASSIFIERS[name].fit(data, y)
    for again in ways(model, tmp_path / "model.skops"):
        assert_same(again, model)
        np.testing.assert_array_equal(again.predict_proba(data), model.predict_proba(data))
        np.testing.assert_array_equal(again.predict(data), model.predict(data))
        if hasattr(model, "transform"):
            np.testing.assert_array_equal(again.transform(data), model.transform(data))
        # A model that was loaded can be kept again.
        second = pickle.loads(pickle.dumps(again))
        np.testing.assert_array_equal(second.predict_proba(data), model.predict_proba(data))


def test_what_only_some_models_have(X, y, tables, tmp_path):
    path = tmp_path / "model.skops"
    blstm = CLASSIFIERS["AttentionBLSTMClassifier"].fit(X, y)
    save(blstm, path)
    again = load(path)
    for a, b in zip(again.attention(X), blstm.attention(X), strict=True):
        np.testing.assert_array_equal(a, b)
    assert again.net_.history[:, "train_loss"] == blstm.net_.history[:, "train_loss"]
    assert again.target_encoder_.classes_.tolist() == ["angry", "sad"]
    ensemble = CLASSIFIERS["AnnotatorEnsembleClassifier"].fit(X, y)
    save(ensemble, path)
    again = load(path)
    assert list(again.members_) == list(ensemble.members_)
    np.testing.assert_array_equal(again.predict_annotators(X), ensemble.predict_annotators(X))
    for name in ("AnnotatorEnsembleClassifier", "CrowdEMClassifier", "CrowdLayerClassifier"):
        data = tables if name in OF_VECTORS else X
        crowd = CLASSIFIERS[name].fit(data, y)
        crowd.enrol(data, Ratings.from_wide(y.to_wide()[["E1"]].set_axis(["new"], axis=1)))
        for again in ways(crowd, path):
            assert again.annotators_ == crowd.annotators_
            assert again.annotators_[-1] == "new"
            answers = again.predict_annotators(data)
            np.testing.assert_array_equal(answers, crowd.predict_annotators(data))
    refinery = CLASSIFIERS["ProfileRefineryClassifier"].fit(X, y)
    save(refinery, path)
    again = load(path)
    for stage in (0, 1):
        for a, b in zip(
            again.predict_profile(X, stage), refinery.predict_profile(X, stage), strict=True
        ):
            np.testing.assert_array_equal(a, b)
    corrected = CLASSIFIERS["LabelCorrectingClassifier"].fit(X, y)
    save(corrected, path)
    assert load(path).suspects().equals(corrected.suspects())


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers(name, X, tmp_path):
    model = TRANSFORMERS[name].fit(X)
    for again in ways(model, tmp_path / "model.skops"):
        found, expected = again.transform(X), model.transform(X)
        if isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(found, expected)
        else:
            assert found == expected


@pytest.mark.parametrize("name", AUDIO)
def test_what_takes_audio(name, tmp_path):
    rng = np.random.default_rng(0)
    signals = [rng.uniform(-volume, volume, 16000) for volume in (0.1, 0.5)]
    clips = pd.DataFrame({"signal": signals, "speaker": ["F1", "M1"]})
    model = AUDIO[name].fit(clips, ["sad", "angry"])
    use = "transform" if hasattr(model, "transform") else "predict_proba"
    expected = getattr(model, use)(clips)
    for again in ways(model, tmp_path / "model.skops"):
        found = getattr(again, use)(clips)
        if isinstance(expected, pd.DataFrame):
            np.testing.assert_array_equal(found["signal"][1], expected["signal"][1])
        else:
            assert np.all(found == expected)


def test_paths_are_kept_as_text(tmp_path):
    model = make_pipeline(
        OpenSmileLLD(tmp_path / "my.conf", memory=tmp_path / "features"),
        ProfileRefineryClassifier(memory=tmp_path),
    )
    for again in ways(model, tmp_path / "model.skops", allow=("config", "memory")):
        assert again[0].feature_set == str(tmp_path / "my.conf")
        assert again[0].memory == str(tmp_path / "features")
        assert again[1].memory == str(tmp_path)
    assert model[1].memory == tmp_path


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders(name, y, tmp_path):
    model = ENCODERS[name].fit(y)
    for again in ways(model, tmp_path / "model.skops"):
        np.testing.assert_array_equal(again.transform(y), model.transform(y))


def test_every_estimator_is_here_and_trusted():
    # The last two need a model: tests/test_embeddings.py.
    pretrained = {"TransformerEmbeddings", "TransformerFrames"}
    here = {*CLASSIFIERS, *TRANSFORMERS, *AUDIO, *ENCODERS, *pretrained}
    assert here == {*_estimators.CLASSIFIERS, *_estimators.TRANSFORMERS, *_estimators.EXEMPT}
    assert here <= {name.rpartition(".")[2] for name in TRUSTED}


def names_of_ours(path):
    """Every path of ours that a file holds, in whatever way the file is written."""
    data = path.read_bytes()
    if zipfile.is_zipfile(path):
        return {name for name in types_in(path) if name.startswith("sklearn_ser")}
    if path.suffix == ".pkl":
        texts = (str(argument) for _, argument, _ in pickletools.genops(data))
        # Old protocols write module and name with a space between them.
        names = {text.replace(" ", ".") for text in texts if text.startswith("sklearn_ser")}
    else:
        names = {name.decode() for name in re.findall(rb"sklearn_ser[\w.]*", data)}
    return names


def types_in(path):
    """Every type that an archive of skops names."""
    with zipfile.ZipFile(path) as archive:
        nodes = [json.loads(archive.read("schema.json"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            if "__module__" in node:
                yield f"{node['__module__']}.{node['__class__']}"
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node


@pytest.mark.parametrize("name", [*CLASSIFIERS, *TRANSFORMERS, *AUDIO, *ENCODERS])
def test_every_name_in_a_file_is_public(name, X, y, tables, tmp_path):
    if name in AUDIO:
        noise = np.random.default_rng(0).uniform(-0.1, 0.1, 16000)
        clips = pd.DataFrame({"signal": [noise, noise / 2], "speaker": ["F1", "M1"]})
        model = AUDIO[name].fit(clips, ["sad", "angry"])
    elif name in ENCODERS:
        model = ENCODERS[name].fit(y)
    elif name in TRANSFORMERS:
        model = TRANSFORMERS[name].fit(X)
    else:
        model = CLASSIFIERS[name].fit(tables if name in OF_VECTORS else X, y)
    save(model, tmp_path / "model.skops")
    joblib.dump(model, tmp_path / "model.joblib")
    for protocol in range(6):
        (tmp_path / f"{protocol}.pkl").write_bytes(pickle.dumps(model, protocol))
    for path in tmp_path.iterdir():
        names = names_of_ours(path)
        assert names, path
        for found in names:
            assert not any(part.startswith("_") for part in found.split(".")), (path, found)
            assert pkgutil.resolve_name(found) is not None


def test_every_name_in_what_else_is_kept_is_public(X, y, encoder, tmp_path):
    altered = [AlteredSpeaker(name, "faster") for name in X.speaker]
    copies = Sequences(X.values, X.offsets, altered)
    corpus = Bunch(data=X, ratings=y)
    evaluation = cross_evaluate(ConsensusClassifier(DummyClassifier()), corpus)
    kept = [X, copies, y, np.asarray(y), y[0], evaluation, neg_js_divergence_scorer]
    kept += [make_recipe(name, encoder) for name in RECIPES]
    kept.append(recipes.chou2019(annotators=["E1"], grid={"lr": [0.1]}))
    kept.append(np.asarray(Ratings.from_counts([[1, 2]], ["sad", "angry"])))
    for thing in kept:
        path = tmp_path / "kept.pkl"
        path.write_bytes(pickle.dumps(thing))
        again = pickle.loads(path.read_bytes())
        assert type(again) is type(thing)
        for found in names_of_ours(path):
            assert not any(part.startswith("_") for part in found.split(".")), (thing, found)
            pkgutil.resolve_name(found)
    copies.save(tmp_path / "frames")
    assert names_of_ours(tmp_path / "frames") <= {"sklearn_ser"}


def make_recipe(name, encoder):
    settings = {"encoder": encoder} if name == "baseline2026" else {}
    return getattr(recipes, name)(quick=True, **settings)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_can_be_kept(name, encoder, tmp_path):
    recipe = make_recipe(name, encoder)
    for row in recipe.values():
        save(row, tmp_path / "row.skops")
        assert repr(load(tmp_path / "row.skops", allow=["encoder"])) == repr(row)
    again = pickle.loads(pickle.dumps(recipe))
    for kind in ("describe", "inspect", "draw", "evaluate_published"):
        ours, theirs = (unwrap(getattr(kept, kind)) for kept in (recipe, again))
        assert ours == theirs
        if ours is not None:
            function = ours[0]
            assert getattr(sklearn_ser, function.__module__.split(".")[1]) is not None
            # Where the source of a function is found does not depend on how it is pickled.
            assert f"def {function.__name__}" in inspect.getsource(function)
            assert not os.path.basename(inspect.getfile(function)).startswith("__init__")


def unwrap(function):
    """Return a function and its fixed arguments."""
    if isinstance(function, functools.partial):
        return function.func, function.args, function.keywords
    return None if function is None else (function, (), {})


@pytest.mark.parametrize("name", ["CrowdH", "E1", "CrowdHS"])
def test_rows_that_search_can_be_kept(name, X, y, tmp_path):
    """Their scorer is a function, so files hold its name."""
    grid = {"lr": [1e-6, 0.02], "hidden_sizes": [(4, 4, 4)], "max_epochs": [1]}
    row = recipes.chou2019(annotators=["E1"], grid=grid, quick=True)[name]
    settings = {"cv": 2, "estimator__random_state": 0}
    search = row[-1] if name == "CrowdH" else row[-1].estimator
    search.set_params(**settings)
    model = row[-1].fit(X, y)
    path = tmp_path / "row.skops"
    for again in ways(model, path):
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    save(row, path)
    assert repr(load(path)) == repr(row)
    (tmp_path / "row.pkl").write_bytes(pickle.dumps(row))
    assert "sklearn_ser.recipes.score_targets" in names_of_ours(path)
    for path in tmp_path.iterdir():
        for found in names_of_ours(path):
            assert not any(part.startswith("_") for part in found.split(".")), (path, found)


def test_a_pipeline_and_a_search(X, y, tmp_path):
    model = make_pipeline(
        SequenceScaler(by="speaker"), network(target_encoder=SoftTargetEncoder())
    )
    grid = {"attentionblstmclassifier__target_encoder__alpha": [0.0, 0.75]}
    for scoring in (None, neg_js_divergence_scorer):
        search = GridSearchCV(model, grid, cv=GroupKFold(2), scoring=scoring)
        search.fit(X, y, groups=X.speaker)
        for fitted in (search, search.best_estimator_):
            save(fitted, tmp_path / "model.skops")
            again = load(tmp_path / "model.skops")
            np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))
            assert again.score(X, y) == fitted.score(X, y)


def test_state_is_of_no_other_package(X, y, tables):
    """Nothing of torch or skorch is written, so that no version of them matters."""
    for name, model in CLASSIFIERS.items():
        data = tables if name in OF_VECTORS else X
        written = pickle.dumps(model.fit(data, y))
        for foreign in (b"torch", b"skorch"):
            assert foreign not in written, (name, foreign)
    assert b"torch" in pickle.dumps(torch.zeros(1))


def test_loading_draws_nothing(X, y, tmp_path):
    # The legacy states are the ones that anyone may share.
    save(network().fit(X, y), tmp_path / "model.skops")
    torch.manual_seed(0)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    load(tmp_path / "model.skops")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002


def test_a_model_of_a_gpu_is_loaded_to_the_cpu(X, y, monkeypatch):
    model = network().fit(X, y)
    state = model.__getstate__()
    state["net_"]["device"] = "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    again = AttentionBLSTMClassifier()
    again.__setstate__(state)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_parameters_that_were_changed_after_fit(X, y, tmp_path):
    model = network().fit(X, y)
    expected = model.predict_proba(X)
    save(model.set_params(hidden_sizes=(8, 8, 8)), tmp_path / "model.skops")
    again = load(tmp_path / "model.skops")
    assert again.hidden_sizes == (8, 8, 8)
    np.testing.assert_array_equal(again.predict_proba(X), expected)


@pytest.mark.posix
def test_what_cannot_be_loaded_is_not_saved(X, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(b"old")
    model = make_pipeline(FunctionTransformer(os.path.basename), network())
    with pytest.raises(
        TypeError, match=r"Pipeline cannot be saved: it holds .*posixpath.basename"
    ):
        save(model, path)
    assert path.read_bytes() == b"old"
    save(model, path, trusted=["posixpath.basename"])
    with pytest.raises(ValueError, match=r"model.skops' cannot be loaded: it holds .*basename"):
        load(path)
    assert load(path, trusted=["posixpath.basename"])[0].func is os.path.basename
    with pytest.raises(TypeError, match="cannot be saved"):
        save(make_pipeline(FunctionTransformer(iter([1]))), path)


@pytest.mark.posix
def test_a_killed_save_leaves_the_old_file(X, y, tmp_path):
    path = tmp_path / "model.skops"
    model = network().fit(X, y)
    save(model, path)
    program = (
        "import os, signal, sys\n"
        "from sklearn_ser import AttentionBLSTMClassifier\n"
        "from sklearn_ser.io import save\n"
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "save(AttentionBLSTMClassifier(), sys.argv[1])\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -9
    np.testing.assert_array_equal(load(path).predict_proba(X), model.predict_proba(X))


def test_a_saved_model_replaces_no_link_and_no_mode(tmp_path):
    """A save removes the leftovers of one that was killed."""
    path, link = tmp_path / "model.skops", tmp_path / "newest.skops"
    save(FramePooler(2), path)
    path.chmod(0o600)
    link.symlink_to(path.name)
    leftover = tmp_path / f"model.skops.{'0' * 32}.partial"
    leftover.write_bytes(b"PK")
    save(FramePooler(3), link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert load(path).size == load(link).size == 3
    assert sorted(tmp_path.iterdir()) == [path, link]


def rewritten(path, change):
    """Write the parts of an archive anew after they were changed; its stamp fits them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stamp = json.loads(parts.pop(STAMP))
    change(parts, stamp)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        archive.writestr(STAMP, json.dumps(stamp))


@pytest.fixture
def path(X, y, tmp_path):
    """A good file, to be spoiled."""
    save(network().fit(X, y), tmp_path / "model.skops")
    return tmp_path / "model.skops"


class Evil:
    """Leaves a trace when it is unpickled, or called."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (self.trace, "w")


def test_a_pickle_is_refused_and_not_run(tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(Evil(str(tmp_path / "trace"))))
    with pytest.raises(ValueError, match="cannot be loaded: File is not a zip file"):
        load(path)
    assert not (tmp_path / "trace").exists()


def test_an_unknown_type_is_refused_and_not_run(path):
    trace = path.parent / "trace"

    def plant(parts, stamp):
        schema = json.loads(parts["schema.json"])
        evil = {
            "__class__": "Popen",
            "__module__": "subprocess",
            "__loader__": "ConstructorFromReduceNode",
            "__id__": 1,
            "content": {
                "__class__": "tuple",
                "__module__": "builtins",
                "__loader__": "TupleNode",
                "__id__": 2,
                "content": [
                    {
                        "__class__": "str",
                        "__module__": "builtins",
                        "__loader__": "JsonNode",
                        "__id__": 3,
                        "content": json.dumps(["touch", str(trace)]),
                        "is_json": True,
                    }
                ],
            },
        }
        schema["content"]["content"]["lr"] = evil
        parts["schema.json"] = json.dumps(schema).encode()

    rewritten(path, plant)
    with pytest.raises(ValueError, match=r"cannot be loaded: it holds subprocess\.Popen; if you"):
        load(path)
    assert not trace.exists()


def test_a_damaged_archive_is_refused(path):
    with zipfile.ZipFile(path) as archive:
        part = next(part for part in archive.infolist() if part.filename.endswith(".npy"))
    data = bytearray(path.read_bytes())
    # One bit, within the array: its header is 128 bytes, that of the archive some 70.
    data[part.header_offset + 200] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"damaged|Bad CRC-32 for file '{part.filename}'"):
        load(path)


def test_every_damaged_byte_is_noticed(path, X):
    """Cut anywhere: an error; with one byte changed anywhere: an error, or the same model."""
    whole = path.read_bytes()
    expected = load(path).predict_proba(X)
    rng = np.random.default_rng(0)
    for place in rng.integers(len(whole), size=60).tolist():
        path.write_bytes(whole[:place])
        with pytest.raises(ValueError, match="cannot be loaded"):
            load(path)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with contextlib.suppress(ValueError):
            np.testing.assert_array_equal(load(path).predict_proba(X), expected)


def absurd_header(parts, stamp):
    name = next(n for n in parts if n.endswith(".npy"))
    file = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(file, header)
    parts[name] = file.getvalue()


def absurd_network(parts, stamp):
    text = parts["schema.json"].decode()
    schema = json.loads(text)
    net = schema["content"]["content"]["net_"]
    lstm = net["content"]["module_params"]["content"]["lstm"]
    # An id of its own: equal numbers share one.
    lstm.update(content="1000000", __id__=0)
    parts["schema.json"] = json.dumps(schema).encode()


def damaged_history(parts, stamp):
    schema = json.loads(parts["schema.json"])
    history = schema["content"]["content"]["net_"]["content"]["history"]
    history.update(content=json.dumps("[1, 2"), __id__=0)
    parts["schema.json"] = json.dumps(schema).encode()


def newer(parts, stamp):
    stamp.update(format=2, version="7.0.0")


def deep(parts, stamp):
    parts["schema.json"] = b"[" * 10**6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (absurd_header, r"has 0 bytes, but shape \(1000000000000,\) of float32"),
        (absurd_network, "the weights of AttentionBLSTM must be"),
        (damaged_history, "Expecting"),
        (newer, r"it has format 2, of sklearn_ser 7.0.0; this is .* a newer version is needed"),
        (deep, "recursion"),
    ],
)
def test_spoiled_files_are_refused_with_the_reason(path, change, message):
    rewritten(path, change)
    with pytest.raises(ValueError, match=f"cannot be loaded: .*{message}"):
        load(path)


def test_files_of_others_are_refused(X, y, tmp_path):
    path = tmp_path / "model.skops"
    skops.io.dump(network().fit(X, y), path)
    with pytest.raises(ValueError, match=r"it was not written by sklearn_ser\.io\.save"):
        load(path)


def test_a_bomb_is_refused(path):
    with zipfile.ZipFile(path, "a", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.npy", b"\0" * 10**7)
    with pytest.raises(ValueError, match=r"it is compressed, unlike the files of save: bomb\.npy"):
        load(path)


def test_two_parts_of_one_name_are_refused(path):
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("schema.json", b"{}")
    with pytest.raises(ValueError, match="it is damaged: two parts have the same name"):
        load(path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.skops")


def test_without_skops(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    for call in (lambda: save(network(), tmp_path / "m"), lambda: load(tmp_path / "m")):
        with pytest.raises(ImportError, match=r"sklearn_ser.io needs skops: pip install skops"):
            call()


def test_modules_are_built_where_they_are_told():
    with torch.device("meta"):
        modules = [
            nn.AttentionBLSTM(3, 2, (4,), 4, (4,)),
            nn.SegmentVGG(20, 8, 2, width=1 / 32),
            nn.SoftmaxLayer(3, 2),
        ]
    for module in modules:
        assert {p.device.type for p in module.parameters()} == {"meta"}


class Outer:
    class Inner(AttentionBLSTMClassifier):
        """A class of a user's, within another."""


def test_classes_of_users_go_where_classes_go(X, y):
    """By reference if they can be imported, by value with cloudpickle, never by a lost name."""

    class Local(Sequences):
        """In a function."""

    nested = Outer.Inner((2, 2, 2), max_epochs=1, random_state=0).fit(X, y)
    local = Local(X.values, X.offsets, X.speaker)
    for thing in (nested, local):
        for again in (
            copy.copy(thing),
            copy.deepcopy(thing),
            pickle.loads(cloudpickle.dumps(thing)),
        ):
            assert type(again).__qualname__ == type(thing).__qualname__
    for protocol in range(2, 6):
        again = pickle.loads(pickle.dumps(nested, protocol))
        np.testing.assert_array_equal(again.predict_proba(X), nested.predict_proba(X))
    assert type(local[[1, 0]]) is Local
    with pytest.raises((AttributeError, pickle.PicklingError), match="local object"):
        pickle.dumps(local)


def test_a_class_of_main_trains_in_processes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "from sklearn_ser import SoftmaxClassifier\n"
        "class Mine(SoftmaxClassifier):\n"
        "    pass\n"
        "if __name__ == '__main__':\n"
        "    X = np.random.default_rng(0).normal(size=(20, 2))\n"
        "    grid = GridSearchCV(Mine(max_epochs=1), {'lr': [0.1, 0.2]}, cv=2, n_jobs=2)\n"
        "    print(len(grid.fit(X, np.arange(20) % 2).cv_results_['params']))\n"
    )
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    assert done.stdout == "2\n"
