"""TransformerEmbeddings, and how often the network runs."""

import numpy as np
import pandas as pd
import pytest
from _encoders import make_network, make_noise, save_encoder
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import RatingsClassifier, Sequences
from sklearn_ser.features import (
    LayerSelector,
    SequenceScaler,
    SequenceStatistics,
    TransformerEmbeddings,
    TransformerFrames,
)
from sklearn_ser.features.encoders import _base, _hidden_states
from sklearn_ser.features.encoders._encoder import Encoder
from sklearn_ser.features.encoders._loading import load_encoder
from sklearn_ser.io import load, save

STATISTICS = ["mean", "std", "q25", "max"]
# Every form of layer, and how many hidden states are side by side.
LAYERS = {
    "integer": (0, 1),
    "last": (-1, 1),
    "mean": ("mean", 1),
    "weights": ([0.5, 0.0, 1.5], 1),
    "all": ("all", 3),
    "several": ([2, 0], 2),
    "one in a list": ([1], 1),
    "from the end": ([-1, 0], 2),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("model"), "whisper")


@pytest.fixture(scope="module")
def signals():
    return make_noise(8000, 3000, 12000, 5)


@pytest.fixture
def runs(monkeypatch):
    """A list with the number of signals of every run of a network."""
    runs, run = [], Encoder._run

    def count(self, inputs, masked=False):
        runs.append(len(inputs))
        return run(self, inputs, masked)

    monkeypatch.setattr(Encoder, "_run", count)
    return runs


@pytest.fixture
def without_network(monkeypatch):
    def fail(*_):
        raise AssertionError("the network was loaded although the cache has all of it")

    def forbid():
        monkeypatch.setattr(_base, "load_encoder", fail)
        monkeypatch.setattr(_hidden_states, "load_encoder", fail)

    return forbid


@pytest.mark.parametrize("name", LAYERS)
def test_they_are_statistics_of_frames(name, folder, signals):
    layer, n_selected = LAYERS[name]
    model = TransformerEmbeddings(folder, layer=layer, statistics=STATISTICS)
    X = model.fit_transform(signals)
    assert X.lengths.tolist() == [1] * 4
    assert X.values.shape == (4, n_selected * 4 * 16)
    frames = TransformerFrames(folder, layer="all").fit_transform(signals)
    blocks = []
    for i in range(3):
        selected = LayerSelector(i, n_hidden_states=3).fit_transform(frames)
        blocks.append(SequenceStatistics(STATISTICS).fit_transform(selected))
    if name in ("mean", "weights"):
        # A mean of statistics, which of standard deviations is not that of the mean.
        weights = [1, 1, 1] if name == "mean" else layer
        expected = np.average(blocks, axis=0, weights=weights)
        np.testing.assert_allclose(X.values, expected, rtol=1e-5, atol=1e-6)
    else:
        indices = range(3) if layer == "all" else np.ravel(layer)
        expected = np.concatenate([blocks[i] for i in indices], axis=1)
        np.testing.assert_array_equal(X.values, expected)


def test_long_recordings_are_pooled_window_by_window(folder, monkeypatch):
    statistics = ["max", "std", "mean", "min"]
    signals = make_noise(50000, 8000, 33000)  # 4, 1 and 3 windows
    lengths, compute = [], _hidden_states.compute_statistics

    def note(values, *rest):
        lengths.append(len(values))
        return compute(values, *rest)

    monkeypatch.setattr(_hidden_states, "compute_statistics", note)
    model = TransformerEmbeddings(folder, layer="all", statistics=statistics, window=1.0)
    X = model.fit_transform(signals)
    # Never more than the frames of one second, of one of three hidden states.
    assert lengths == [n for n in (50, 50, 50, 7, 25, 50, 50, 4) for _ in range(3)]
    # In a batch, windows of several recordings come in another order.
    batched = clone(model).set_params(batch_size=3).fit_transform(signals)
    np.testing.assert_allclose(batched.values, X.values, rtol=1e-4, atol=1e-4)
    frames = TransformerFrames(folder, layer="all", window=1.0).fit_transform(signals)
    for i in range(3):
        states = np.split(frames[i].astype(np.float64), 3, axis=1)
        expected = [f(s, axis=0) for s in states for f in (np.max, np.std, np.mean, np.min)]
        np.testing.assert_allclose(X[i][0], np.concatenate(expected), rtol=1e-5, atol=1e-6)
    # Quantiles do not follow from those of windows.
    lengths.clear()
    model.set_params(statistics=["mean", "q25"]).fit_transform(signals)
    assert lengths == [157] * 3 + [25] * 3 + [104] * 3


@pytest.mark.parametrize("name", LAYERS)
def test_names_of_features(name, folder, signals):
    layer, n_selected = LAYERS[name]
    for model in (
        TransformerFrames(folder, layer=layer),
        TransformerFrames(folder, layer=layer, keep_all_layers=True),
        TransformerEmbeddings(folder, layer=layer, statistics=STATISTICS),
    ):
        names = model.fit(signals).get_feature_names_out()
        n_features = model.transform(signals).n_features
        assert len(set(names)) == len(names) == n_features
        assert n_features == n_selected * 16 * (4 if hasattr(model, "statistics") else 1)
    several = name in ("all", "several", "one in a list", "from the end")
    first = {"all": 0, "several": 2, "one in a list": 1, "from the end": 2}.get(name)
    start = f"whisper_{first}_" if several else "whisper"
    assert names[:2].tolist() == [f"{start}0_mean", f"{start}1_mean"]
    assert names[16] == f"{start}0_std"
    assert TransformerFrames(folder, layer=layer).get_feature_names_out()[1] == f"{start}1"


def test_the_network_runs_once_for_all_layers(folder, signals, tmp_path, runs, without_network):
    expected = {
        name: TransformerEmbeddings(folder, layer=layer).fit_transform(signals)
        for name, (layer, _) in LAYERS.items()
    }
    runs.clear()
    model = TransformerEmbeddings(folder, memory=tmp_path)
    model.fit_transform(signals)
    assert runs == [1] * 4
    without_network()
    for name, (layer, _) in LAYERS.items():
        # Neither the size of batches nor the number of processes changes what is computed.
        for options in ({}, {"batch_size": 4}, {"batch_size": 4, "n_jobs": 2}):
            again = clone(model).set_params(layer=layer, **options)
            assert again.fit_transform(signals) == expected[name]
            assert again.get_feature_names_out().size == expected[name].n_features
    assert runs == [1] * 4


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_frames_of_all_layers_may_be_kept(dtype, folder, signals, tmp_path, runs, without_network):
    frames = TransformerFrames(folder, frame_dtype=dtype)
    expected = {
        name: frames.set_params(layer=layer).fit_transform(signals)
        for name, (layer, _) in LAYERS.items()
    }
    runs.clear()
    frames.set_params(memory=tmp_path)
    for n_runs, layer in enumerate([0, 1, [0, 1], "mean"], start=1):
        for _ in range(2):
            frames.set_params(layer=layer).fit_transform(signals)
            assert len(runs) == 4 * n_runs
    runs.clear()
    frames.set_params(keep_all_layers=True).fit_transform(signals)
    assert len(runs) == 4
    without_network()
    for name, (layer, _) in LAYERS.items():
        found = frames.set_params(layer=layer).fit_transform(signals)
        if dtype == "float32" or name not in ("mean", "weights"):
            assert found == expected[name]
        else:  # of rounded states
            np.testing.assert_allclose(found.values, expected[name].values, atol=3e-3)
    assert len(runs) == 4


@pytest.mark.parametrize("keep", [False, True])
def test_frames_are_rounded(keep, folder, signals, tmp_path):
    frames = TransformerFrames(folder, layer="all", keep_all_layers=keep)
    expected = frames.transform(signals).values.astype(np.float16)
    for memory in (None, tmp_path, tmp_path):
        found = frames.set_params(frame_dtype="float16", memory=memory).transform(signals)
        np.testing.assert_array_equal(found.values, expected)
        assert found.values.dtype == np.float32
    frames.set_params(layer="mean")
    found = frames.transform(signals).values
    np.testing.assert_array_equal(found, found.astype(np.float16))
    # Half of the size in the cache, in which a result has some hundred bytes of header.
    sizes = {}
    for dtype in ("float32", "float16"):
        memory = tmp_path / dtype
        frames.set_params(frame_dtype=dtype, memory=memory).transform(make_noise(80000))
        sizes[dtype] = max(path.stat().st_size for path in memory.rglob("output.pkl"))
    assert 1.9 < sizes["float32"] / sizes["float16"] < 2.1


@pytest.mark.parametrize(
    "change",
    [{"context": "model"}, {"window": 1.0}, {"dtype": "bfloat16"}, {"statistics": ["max"]}],
)
def test_other_parameters_are_other_entries(change, folder, tmp_path, runs):
    signals = make_noise(20000)
    model = TransformerEmbeddings(folder, memory=tmp_path).fit(signals)
    first = model.transform(signals)
    changed = model.set_params(**change)
    # The network is the same, except for the type of its weights: it is loaded, and run on noise.
    load_encoder(changed._make_settings().source)
    runs.clear()
    second = changed.fit_transform(signals)
    assert runs == [1] * (2 if "window" in change else 1)
    assert second != first
    assert changed.set_params(memory=None).transform(signals) == second


@pytest.mark.parametrize("make", [TransformerEmbeddings, TransformerFrames])
def test_a_changed_model_is_loaded_again(make, signals, tmp_path):
    folder = save_encoder(tmp_path / "model", "hubert")
    model = make(folder, memory=tmp_path / "cache")
    first = model.fit_transform(signals)
    network = make_network("hubert")
    network.encoder.layer_norm.bias.data += 1
    network.save_pretrained(folder)
    second = model.fit_transform(signals)
    assert second != first
    assert model.set_params(memory=None).transform(signals) == second


@pytest.mark.parametrize("cls", [TransformerEmbeddings, TransformerFrames])
def test_a_cache_that_cannot_be_used_is_told_once(cls, folder, signals, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match="continuing without a cache: .*Not a directory") as said:
        X = cls(folder, memory=tmp_path / "file" / "cache").fit_transform(signals)
    assert len(said) == 1
    assert X == cls(folder).fit_transform(signals)


def test_parameters(folder, signals, tmp_path):
    model = TransformerEmbeddings(folder, layer=[0, 1], statistics=["mean"], window=20)
    assert clone(model).get_params() == model.get_params()
    assert repr(TransformerEmbeddings("some", layer=2)) == (
        "TransformerEmbeddings(layer=2, model='some')"
    )
    # Sequences are no table.
    assert not hasattr(model, "set_output")
    with config_context(transform_output="pandas"):
        assert isinstance(model.fit_transform(signals), Sequences)
    for part in (model, TransformerFrames(folder, layer=[0.5, 0.5, 0.0])):
        save(part, tmp_path / "model.skops")
        again = load(tmp_path / "model.skops", allow=["encoder"])
        assert again.model == str(folder)
        assert {**again.get_params(), "model": folder} == part.get_params()
        assert again.transform(signals) == part.transform(signals)
    with pytest.raises(ValueError, match=r"'statistics' parameter .* must be an array-like"):
        model.set_params(statistics="mean").fit(signals)
    with pytest.raises(ValueError, match=r"statistics must be among .*got \['mode'\]"):
        model.set_params(statistics=["mode"]).transform(signals)


def test_in_a_pipeline(folder, tmp_path):
    signals = make_noise(*range(2000, 14000, 1000))
    data = pd.DataFrame({"signal": signals, "speaker": ["F1", "M1", "F2"] * 4})
    model = make_pipeline(
        TransformerEmbeddings(folder, layer=1),
        SequenceScaler(by="speaker"),
        SequenceStatistics(["mean"]),
        RatingsClassifier(LogisticRegression()),
    )
    model.fit(data, ["sad", "angry"] * 6)
    assert model.predict(data).shape == (12,)
    save(model, tmp_path / "model.skops")
    again = load(tmp_path / "model.skops", allow=["encoder"])
    np.testing.assert_array_equal(again.predict_proba(data), model.predict_proba(data))
