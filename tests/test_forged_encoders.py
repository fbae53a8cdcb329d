"""Folders of encoders that hold code, which is not run; nobody is asked whether to run it."""

import builtins
import json
import pickle

import numpy as np
import pytest
import torch
from _encoders import save_encoder
from safetensors.torch import load_file

from sklearn_ser.features import TransformerFrames


class Evil:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return open, (self.trace, "w")


@pytest.fixture
def folder(tmp_path):
    return save_encoder(tmp_path / "model", "wav2vec2")


def refuse(folder):
    """Return what is said of a folder that cannot be used."""
    with pytest.raises((OSError, ValueError)) as caught:
        TransformerFrames(folder).transform([np.ones(1000)])
    assert str(folder) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "name", "code"),
    [
        ("config.json", "AutoConfig", "configuration_evil.Evil"),
        ("config.json", "AutoModel", "modeling_evil.Evil"),
        ("preprocessor_config.json", "AutoFeatureExtractor", "extraction_evil.Evil"),
    ],
)
def test_code_in_a_folder_is_not_run(file, name, code, folder, tmp_path, monkeypatch):
    def ask(*_):
        raise AssertionError("the user was asked")

    monkeypatch.setattr(builtins, "input", ask)
    trace = tmp_path / "trace"
    module = code.partition(".")[0]
    (folder / f"{module}.py").write_text(f"open({str(trace)!r}, 'w')\nclass Evil: pass\n")
    path = folder / file
    settings = json.loads(path.read_text()) if path.exists() else {}
    settings |= {"auto_map": {name: code}, "model_type": "evil"}
    path.write_text(json.dumps(settings))
    if file != "config.json":
        settings = {"feature_extractor_type": "Evil", "auto_map": {name: code}}
        path.write_text(json.dumps(settings))
    message = refuse(folder)
    assert "asked" not in message
    assert not trace.exists()


def test_pickled_weights_hold_no_code(folder, tmp_path):
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    file = folder / "pytorch_model.bin"
    torch.save(weights, file)
    expected = TransformerFrames(folder).transform([np.ones(4000)])
    assert np.isfinite(expected.values).all()
    trace = tmp_path / "trace"
    torch.save({**weights, "evil": Evil(trace)}, file)
    assert "hold other objects, which may run code" in refuse(folder)
    data = file.read_bytes()
    file.write_bytes(pickle.dumps(Evil(trace), 2))
    assert "hold other objects, which may run code" in refuse(folder)
    for damaged in (data[: len(data) // 2], data[:2], b"", b"PK\x03\x04" * 100):
        file.write_bytes(damaged)
        assert "must be an encoder" in refuse(folder) or "cannot be loaded" in refuse(folder)
    assert not trace.exists()
