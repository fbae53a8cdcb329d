"""Models that cannot be used, and what is said of them."""

import json
import sys

import numpy as np
import pytest
import torch
import transformers
from _encoders import FAMILIES, make_extractor, make_network, make_noise, save_encoder
from safetensors.torch import load_file, save_file

from sklearn_ser.features import ExtractionError, TransformerEmbeddings, TransformerFrames
from sklearn_ser.features.encoders import _loading

SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
}


@pytest.fixture(scope="module", autouse=True)
def offline():
    """Without a network, as on most machines that compute."""
    from huggingface_hub import constants

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_OFFLINE", True)
        yield


@pytest.fixture
def folder(tmp_path):
    return save_encoder(tmp_path / "model", "wav2vec2")


def get_error(kind, model, **options):
    """Return the message of the error of fit, and check that transform raises the same one."""
    frames = TransformerFrames(model, **options)
    with pytest.raises(kind) as caught:
        frames.fit([])
    message = str(caught.value)
    with pytest.raises(kind) as caught:
        frames.transform([np.ones(1000)])
    assert not isinstance(caught.value, ExtractionError)
    assert str(caught.value) == message
    assert str(model) in message
    assert "\n" not in message
    assert len(message) < 700
    return message


def change_weights(folder, change):
    file = folder / "model.safetensors"
    weights = change(load_file(file))
    save_file(weights, file, metadata={"format": "pt"})


@pytest.mark.parametrize("name", ["nobody/no-such-model", "/no/such/folder", "../no-such-folder"])
def test_there_is_no_such_model(name):
    message = get_error(OSError, name)
    start = f"model {name} cannot be loaded: there is no such folder; on the Hugging Face hub: "
    assert message.startswith(start)


def test_a_model_is_looked_for_once(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(_loading, "_load_extractor", lambda name: calls.append(name) or {}[name])
    frames = TransformerFrames("nobody/no-such-model", memory=tmp_path)
    with pytest.raises(ValueError, match="nobody/no-such-model fails with KeyError"):
        frames.transform(make_noise(1000, 1000, 1000))
    assert len(calls) == 1

    def find(name):
        calls.append(name)
        raise OSError("nowhere")

    monkeypatch.setattr(_loading, "_load_extractor", find)
    with pytest.raises(OSError, match="hub: nowhere"):
        frames.transform(make_noise(1000, 1000, 1000))
    assert len(calls) == 2


def test_folders_without_a_model(folder, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    get_error((OSError, ValueError), empty)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "unheard of"}))
    assert "must be an encoder that transformers can load" in get_error(ValueError, folder)
    del config["model_type"]
    (folder / "config.json").write_text(json.dumps(config))
    assert "Should have a `model_type` key" in get_error(ValueError, folder)
    (folder / "config.json").write_text("{")
    assert "not a valid JSON file" in get_error(OSError, folder)


def test_weights_are_missing_or_cut_off(folder):
    file = folder / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert "fails with SafetensorError" in get_error(ValueError, folder)
    file.unlink()
    assert "no file named" in get_error(OSError, folder)


LACKS = "model must have files with all weights of its encoder; those of {} lack {} of {}"


def test_some_weights_are_missing(folder):
    n_weights = len(make_network("wav2vec2").state_dict())
    change_weights(folder, lambda w: {k: v for k, v in w.items() if "layers.1.final" not in k})
    message = get_error(ValueError, folder)
    assert message.startswith(LACKS.format(folder, 2, n_weights))
    names = [f"encoder.layers.1.final_layer_norm.{what}" for what in ("bias", "weight")]
    assert message.endswith(": " + ", ".join(names) + ".")
    change_weights(folder, lambda w: {k: v for k, v in w.items() if "encoder.layers" not in k})
    assert " more." in get_error(ValueError, folder)


def test_weights_of_another_shape(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 40}))
    message = get_error(ValueError, folder)
    assert "lack 6 of" in message
    assert "or have them in another shape: encoder.layers.0.feed_forward." in message


def test_statistics_of_a_batch_norm_are_missing(tmp_path):
    folder = save_encoder(tmp_path, "conformer")
    change_weights(folder, lambda w: {k: v for k, v in w.items() if "running_mean" not in k})
    assert "encoder.layers.0.conv_module.batch_norm.running_mean" in get_error(ValueError, folder)


def test_weights_that_only_training_uses_may_be_missing(folder):
    [signal] = make_noise(8000)
    expected = TransformerFrames(folder, layer="all").transform([signal])
    change_weights(folder, lambda w: {k: v for k, v in w.items() if k != "masked_spec_embed"})
    assert TransformerFrames(folder, layer="all").transform([signal]) == expected


def test_old_names_of_weights(folder):
    """Before torch 2.1, a weight norm was two weights of the layer."""
    [signal] = make_noise(8000)
    expected = TransformerFrames(folder, layer="all").transform([signal])
    old = {
        "parametrizations.weight.original0": "weight_g",
        "parametrizations.weight.original1": "weight_v",
    }

    def rename(weights):
        for new, name in old.items():
            weights = {key.replace(new, name): weight for key, weight in weights.items()}
        assert "encoder.pos_conv_embed.conv.weight_g" in weights
        return weights

    change_weights(folder, rename)
    assert TransformerFrames(folder, layer="all").transform([signal]) == expected


@pytest.mark.parametrize(
    ("family", "head"),
    [
        ("wav2vec2", "ForCTC"),
        ("hubert", "ForSequenceClassification"),
        ("wavlm", "ForCTC"),
        ("w2v-bert", "ForCTC"),
        ("whisper", "ForConditionalGeneration"),
    ],
)
def test_networks_with_a_head(family, head, tmp_path, capfd):
    name, settings, _ = FAMILIES[family]
    config = getattr(transformers, f"{name}Config")(**{"vocab_size": 50, **settings})
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = getattr(transformers, f"{name}{head}")(config)
    network.save_pretrained(tmp_path / "head")
    base = getattr(network, network.base_model_prefix)
    base.save_pretrained(tmp_path / "base")
    capfd.readouterr()
    for folder in ("head", "base"):
        make_extractor(family).save_pretrained(tmp_path / folder)
    found, expected = (
        TransformerFrames(tmp_path / folder, layer="all").fit_transform(make_noise(8000))
        for folder in ("head", "base")
    )
    assert found == expected
    assert capfd.readouterr() == ("", "")


def test_a_decoder_may_be_missing_or_of_another_size(tmp_path):
    folder = save_encoder(tmp_path / "whisper", "whisper")
    [signal] = make_noise(8000)
    expected = TransformerFrames(folder, layer="all").transform([signal])
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": 70}))
    assert TransformerFrames(folder, layer="all").transform([signal]) == expected
    change_weights(folder, lambda w: {k: v for k, v in w.items() if "decoder" not in k})
    assert TransformerFrames(folder, layer="all").transform([signal]) == expected
    change_weights(folder, lambda w: {k: v for k, v in w.items() if "conv1.bias" not in k})
    assert "encoder.conv1.bias" in get_error(ValueError, folder)


TEXT = {
    "bert": (transformers.BertConfig(vocab_size=50, **SIZES), transformers.BertModel),
    "t5": (
        transformers.T5Config(vocab_size=50, d_model=16, d_kv=8, d_ff=24, num_layers=1),
        transformers.T5Model,
    ),
}


@pytest.mark.parametrize("kind", TEXT)
def test_models_of_text(kind, tmp_path):
    config, network = TEXT[kind]
    network(config).save_pretrained(tmp_path)
    message = get_error(ValueError, tmp_path)
    start = f"model must be an encoder of speech; {tmp_path}, of type {kind}, takes input_ids"
    assert message.startswith(start)


def test_models_of_images(tmp_path):
    transformers.ViTModel(transformers.ViTConfig(**SIZES)).save_pretrained(tmp_path)
    message = get_error(ValueError, tmp_path)
    start = f"model must be an encoder of speech; {tmp_path}, of type vit, takes pixel_values"
    assert message.startswith(start)


@pytest.mark.parametrize("family", ["whisper", "w2v-bert"])
def test_the_feature_extractor_is_missing(family, tmp_path):
    make_network(family).save_pretrained(tmp_path)
    message = get_error(ValueError, tmp_path)
    assert "takes input_features, and its feature extractor makes input_values." in message
    assert "preprocessor_config.json may only be missing if the network takes wav" in message


def test_another_sampling_rate(folder):
    make_extractor("wav2vec2", sampling_rate=8000).save_pretrained(folder)
    message = get_error(ValueError, folder)
    assert message == f"model must take speech at 16000 Hz; {folder} takes 8000."


def test_frames_of_patches(tmp_path):
    """The Audio Spectrogram Transformer's states are of patches of bands and time."""
    config = transformers.ASTConfig(num_mel_bins=32, max_length=200, **SIZES)
    transformers.ASTModel(config).save_pretrained(tmp_path)
    transformers.ASTFeatureExtractor(num_mel_bins=32, max_length=200).save_pretrained(tmp_path)
    message = get_error(ValueError, tmp_path)
    assert message == (
        f"model must make frames over time, as many of every second; {tmp_path} makes 40 of 1 s "
        "and 40 of 2 s."
    )


def test_frames_that_are_joined_after_the_convolutions(tmp_path):
    transformers.SEWModel(transformers.SEWConfig(**SIZES)).save_pretrained(tmp_path)
    message = get_error(ValueError, tmp_path)
    assert message == (
        "model must make a frame every 320 samples, as its convolutions do; "
        f"{tmp_path} makes 24 of 1 s."
    )


def test_networks_that_fail(tmp_path):
    """SpeechT5 alone lacks the part that takes speech."""
    config = transformers.SpeechT5Config(
        vocab_size=50,
        hidden_size=16,
        encoder_layers=1,
        encoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=24,
    )
    network = transformers.SpeechT5Model(config)
    network.save_pretrained(tmp_path)
    transformers.SpeechT5FeatureExtractor().save_pretrained(tmp_path)
    message = get_error(ValueError, tmp_path)
    start = f"model must be an encoder that makes hidden states of speech; {tmp_path}, of type spe"
    assert message.startswith(start)
    assert "fails on noise with " in message


def test_layers_that_the_model_lacks(folder):
    for layer in (3, -4, [0, 5]):
        message = get_error(ValueError, folder, layer=layer)
        assert f"layer must be from -3 to 2, since {folder} has 3 hidden states; got " in message
    for keep in (False, True):
        message = get_error(ValueError, folder, layer=[0.5, 0.5], keep_all_layers=keep)
        assert "layer must have 3 weights, one per hidden state of" in message
    with pytest.raises(ValueError, match="layer must be from -3 to 2"):
        TransformerEmbeddings(folder, layer=3).transform(make_noise(1000))
    with pytest.raises(ValueError, match="layer must be from -3 to 2"):
        TransformerEmbeddings(folder, layer=3).get_feature_names_out()


@pytest.mark.parametrize(
    "options",
    [
        {"layer": "best"},
        {"layer": 1.5},
        {"layer": None},
        {"context": "none"},
        {"window": 0.5},
        {"window": np.nan},
        {"window": "long"},
        {"dtype": "int8"},
        {"frame_dtype": "bfloat16"},
        {"keep_all_layers": "yes"},
        {"batch_size": 0},
        {"batch_size": 1.5},
        {"device": "tpu"},
        {"model": 5},
    ],
)
def test_parameters_out_of_range(options, folder):
    frames = TransformerFrames(folder).set_params(**options)
    match = f"'{next(iter(options))}' parameter of TransformerFrames must be"
    with pytest.raises(ValueError, match=match):
        frames.fit([])
    with pytest.raises(ValueError, match=match):
        frames.transform(make_noise(1000))


def test_a_boolean_is_no_layer(folder):
    with pytest.raises(ValueError, match=r"layer must be indices .* got True"):
        TransformerFrames(folder, layer=True).fit([])


@pytest.mark.parametrize("batch_size", [1, 4])
def test_frames_beyond_float16(batch_size, folder):
    change_weights(
        folder, lambda w: {k: v * 1e5 if "layers.1.final" in k else v for k, v in w.items()}
    )
    signals = make_noise(1000, 1000)
    frames = TransformerFrames(folder, layer=2, frame_dtype="float16", batch_size=batch_size)
    with pytest.raises(ExtractionError) as caught:
        frames.transform(signals)
    assert (
        caught.value.failures["reason"].tolist()
        == [
            "failed with ValueError: hidden states exceed what float16 frames of a network of "
            "float32 weights can hold"
        ]
        * 2
    )
    assert np.isfinite(frames.set_params(layer=1).transform(signals).values).all()
    frames.set_params(layer=2, frame_dtype="float32")
    assert np.abs(frames.transform(signals).values).max() > 65504


def test_without_transformers(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    _loading._load.cache_clear()
    message = r"Pretrained encoders need transformers: pip install transformers"
    for make in (TransformerFrames, TransformerEmbeddings):
        with pytest.raises(ImportError, match=message):
            make(folder).fit([])
        with pytest.raises(ImportError, match=message):
            make(folder).transform(make_noise(1000))


@pytest.mark.parametrize("batch_size", [1, 4])
def test_recordings_that_fail_are_skipped(batch_size, folder):
    signals = [*make_noise(8000), np.array([np.nan]), *make_noise(8000), np.zeros(0)]
    for make in (TransformerFrames, TransformerEmbeddings):
        model = make(folder, batch_size=batch_size)
        with pytest.raises(ExtractionError, match=r"2 of 4 .*\n- sample 1 .* has NaN"):
            model.transform(signals)
        with pytest.warns(UserWarning, match="2 of 4 recordings failed"):
            X = model.set_params(errors="skip").transform(signals)
        n_frames = 24 if make is TransformerFrames else 1
        assert X.lengths.tolist() == [n_frames, 0, n_frames, 0]
        with pytest.raises(ExtractionError, match="2 of 2 recordings failed"):
            model.transform([signals[1], signals[3]])
