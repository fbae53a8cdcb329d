"""Devices by name or object; machines with other devices are made up."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    SegmentVGGClassifier,
    SoftmaxClassifier,
)
from sklearn_ser.io import load, save
from sklearn_ser.nn.device import choose_available, list_devices, resolve_device

NETWORKS = [AttentionBLSTMClassifier, SegmentVGGClassifier, SoftmaxClassifier]
SMALL = {"max_epochs": 2, "random_state": 0}


@pytest.fixture
def machine(monkeypatch):
    """Return a function that sets how many GPUs there are, and whether there is Apple's."""

    def pretend(n_gpus=0, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: n_gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.fixture(scope="module")
def data():
    X = np.random.default_rng(0).normal(size=(20, 3))
    X[::2] += 2
    return X, ["sad", "angry"] * 10


@pytest.mark.parametrize(
    ("n_gpus", "mps", "devices", "auto"),
    [
        (0, False, ["cpu"], "cpu"),
        (2, False, ["cpu", "cuda:0", "cuda:1"], "cuda"),
        (0, True, ["cpu", "mps"], "cpu"),
    ],
)
def test_what_there_is(machine, n_gpus, mps, devices, auto):
    machine(n_gpus, mps)
    assert list_devices() == devices
    assert resolve_device("auto") == auto
    for name in devices:
        assert resolve_device(name) == name
        assert resolve_device(torch.device(name)) == name
    assert resolve_device("cpu:0") == resolve_device(torch.device("cpu", 0)) == "cpu"


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:1", "mps", "mps:0"])
def test_what_there_is_not(machine, device):
    machine()
    for form in (device, torch.device(device)):
        with pytest.raises(ValueError, match=r"needs a GPU that .* this machine are \['cpu'\]"):
            resolve_device(form)
    machine(n_gpus=1)
    with pytest.raises(ValueError, match=r"device='cuda:1' needs .* are \['cpu', 'cuda:0'\]"):
        resolve_device("cuda:1")
    with pytest.raises(ValueError, match=r"device='cpu:1' does not exist"):
        resolve_device("cpu:1")


@pytest.mark.parametrize(
    "device",
    ["meta", "tpu", "gpu", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda:1:2", "", " cpu", "xpu"],
)
def test_what_is_no_device(data, device):
    message = "the 'device' parameter must be 'auto', or one of the types .*such as 'cuda' or 'cu"
    with pytest.raises(ValueError, match=message):
        resolve_device(device)
    with pytest.raises(ValueError, match=message):
        SoftmaxClassifier(device=device, **SMALL).fit(*data)
    if device in ("meta", "xpu"):
        with pytest.raises(ValueError, match=message):
            resolve_device(torch.device(device))


@pytest.mark.parametrize("device", [None, 0, ["cpu"], True])
def test_what_has_no_such_type(data, device):
    with pytest.raises(
        ValueError, match="'device' parameter of SoftmaxClassifier must be an inst"
    ):
        SoftmaxClassifier(device=device, **SMALL).fit(*data)


@pytest.mark.parametrize("device", ["cpu", "cpu:0", torch.device("cpu"), torch.device("cpu:0")])
def test_every_form_trains_the_same(data, device):
    X, y = data
    model = SoftmaxClassifier(device=device, **SMALL)
    params = clone(model).get_params()
    assert params["device"] == device
    assert type(params["device"]) is type(device)
    assert model.get_params()["device"] is model.device is device
    expected = SoftmaxClassifier(device="cpu", **SMALL).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), expected)
    assert model.device is device
    ensemble = AnnotatorEnsembleClassifier(model, annotators=(), n_jobs=2, random_state=0)
    assert ensemble.fit(X, y).predict_proba(X).shape == (20, 2)


@pytest.mark.parametrize("make", NETWORKS)
def test_a_device_is_saved_as_text(make, tmp_path):
    model = make(device=torch.device("cuda:1"))
    save(model, tmp_path / "model.skops")
    for again in (
        pickle.loads(pickle.dumps(model)),
        load(tmp_path / "model.skops", allow=["device"]),
    ):
        assert again.device == "cuda:1"
    assert load(tmp_path / "model.skops").device == "cpu"
    assert model.device == torch.device("cuda:1")
    assert make.__name__ in repr(model)


@pytest.mark.parametrize("saved", ["cuda", "cuda:1", "cuda:7", "mps", "meta", "junk"])
def test_a_model_of_another_machine_predicts_here(data, machine, saved):
    X, y = data
    machine()
    model = SoftmaxClassifier(device="cpu", **SMALL).fit(X, y)
    state = model.__getstate__()
    state["net_"]["device"] = saved
    again = SoftmaxClassifier()
    again.__setstate__({**state, "device": saved})
    assert again.net_.device == "cpu"
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    # To train it again, its own device is needed.
    with pytest.raises(ValueError, match="device"):
        again.fit(X, y)


def test_the_nearest_device_is_chosen(machine):
    machine(n_gpus=2)
    wanted = {"cuda:1": "cuda:1", "cuda:5": "cuda", "cuda": "cuda", "mps": "cpu", "cpu": "cpu"}
    assert {name: choose_available(name) for name in wanted} == wanted
    machine(mps=True)
    assert choose_available("mps") == "mps"
    assert choose_available("cuda:1") == "cpu"
