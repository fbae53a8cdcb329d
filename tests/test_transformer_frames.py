"""TransformerFrames, with tiny networks of random weights."""

import sys

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
from sklearn.pipeline import make_pipeline

from sklearn_ser import AttentionBLSTMClassifier
from sklearn_ser.features import SequenceScaler, TransformerFrames
from sklearn_ser.io import load, save

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": (8,) * 7,
    "num_feat_extract_layers": 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
KINDS = {
    "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model, {}),
    "wav2vec2, layer norm": (
        transformers.Wav2Vec2Config,
        transformers.Wav2Vec2Model,
        {"feat_extract_norm": "layer", "do_stable_layer_norm": True},
    ),
    "hubert": (transformers.HubertConfig, transformers.HubertModel, {}),
    "wavlm": (transformers.WavLMConfig, transformers.WavLMModel, {}),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folders = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name, (config, model, more) in KINDS.items():
            folders[name] = tmp_path_factory.mktemp("model")
            model(config(**TINY, **more)).save_pretrained(folders[name])
    return folders


@pytest.fixture(scope="module")
def signals():
    rng = np.random.default_rng(0)
    return [
        0.2 * rng.standard_normal(n).astype(np.float32).clip(-4, 4) for n in (8000, 3000, 12000)
    ]


def by_hand(folder, model, signal):
    """Return all hidden states, with signals prepared by the library itself."""
    prepare = transformers.Wav2Vec2FeatureExtractor(do_normalize=True)
    x = prepare(signal, sampling_rate=16000, return_tensors="pt").input_values
    network = model.from_pretrained(folder).eval()
    with torch.no_grad():
        return [state[0].numpy() for state in network(x, output_hidden_states=True).hidden_states]


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_the_hidden_states(kind, models, signals):
    folder, model = models[kind], KINDS[kind][1]
    for layer in (-1, 0, 1, "mean", [1, 2, 5]):
        X = TransformerFrames(folder, layer=layer).fit_transform(signals)
        assert X.n_features == 16
        for i, signal in enumerate(signals):
            states = by_hand(folder, model, signal)
            if layer == "mean":
                expected = np.mean(states, axis=0)
            elif isinstance(layer, list):
                expected = (states[0] + 2 * states[1] + 5 * states[2]) / 8
            else:
                expected = states[layer]
            np.testing.assert_allclose(X[i], expected, atol=1e-5)
    # One frame every 320 samples.
    assert X.lengths.tolist() == [24, 9, 37]


def test_a_recording_alone_or_among_others_is_the_same(models, signals):
    frames = TransformerFrames(models["wav2vec2"])
    state = torch.get_rng_state()
    together = frames.fit_transform(signals)
    assert torch.equal(torch.get_rng_state(), state)
    for i, signal in enumerate(signals):
        np.testing.assert_array_equal(frames.transform([signal])[0], together[i])


def test_a_short_signal_gives_one_frame(models):
    X = TransformerFrames(models["hubert"]).fit_transform([np.full(5, 0.1), np.full(400, 0.1)])
    assert X.lengths.tolist() == [1, 1]
    assert np.isfinite(X.values).all()


def test_signals_are_prepared_as_the_model_says(models, signals, tmp_path):
    model = transformers.HubertModel.from_pretrained(models["hubert"])
    model.save_pretrained(tmp_path)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(tmp_path)
    found = TransformerFrames(tmp_path).fit_transform(signals)
    with torch.no_grad():
        expected = model.eval()(torch.from_numpy(signals[0])[None]).last_hidden_state[0]
    np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_frames_are_cached_until_the_model_changes(models, signals, tmp_path, monkeypatch):
    from sklearn_ser.features import _transformer_frames

    folder = tmp_path / "model"
    model = transformers.HubertModel.from_pretrained(models["hubert"])
    model.save_pretrained(folder)
    frames = TransformerFrames(folder, memory=tmp_path / "cache")
    first = frames.transform(signals)
    with monkeypatch.context() as patch:
        patch.setattr(_transformer_frames, "_load", None)
        assert frames.transform(signals) == first
    with torch.no_grad():
        model.encoder.layer_norm.bias.add_(1)
    model.save_pretrained(folder)
    assert frames.transform(signals) != first


def test_in_a_pipeline(models, signals):
    data = pd.DataFrame({"signal": signals * 4, "speaker": ["F1", "M1", "F2"] * 4})
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
    model = make_pipeline(
        TransformerFrames(models["wavlm"], layer="mean"), SequenceScaler(by="speaker"), network
    )
    model.fit(data, ["sad", "angry"] * 6)
    assert model.predict(data).shape == (12,)
    names = model[:2].get_feature_names_out()
    assert names[:2].tolist() == ["wavlm0", "wavlm1"]
    assert len(names) == 16


def test_it_can_be_saved(models, signals, tmp_path):
    frames = TransformerFrames(str(models["hubert"]), layer=[1, 0, 1])
    save(frames, tmp_path / "frames.skops")
    assert load(tmp_path / "frames.skops").transform(signals) == frames.transform(signals)


def test_wrong_layers(models, signals):
    for layer in (3, -4):
        with pytest.raises(ValueError, match=rf"layer must be from -3 to 2, since .*got {layer}"):
            TransformerFrames(models["hubert"], layer=layer).fit(signals)
    for layer in ([1, 2], [1, -1, 0]):
        with pytest.raises(ValueError, match="layer must have 3 weights whose sum is not"):
            TransformerFrames(models["hubert"], layer=layer).fit(signals)
    with pytest.raises(ValueError, match="'layer' parameter of TransformerFrames"):
        TransformerFrames(models["hubert"], layer="best").fit(signals)


def test_without_transformers(models, signals, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    from sklearn_ser.features import _transformer_frames

    _transformer_frames._load.cache_clear()
    with pytest.raises(ImportError, match="TransformerFrames needs transformers: pip install"):
        TransformerFrames(models["hubert"]).fit(signals)
