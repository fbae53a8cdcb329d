"""Tiny encoders of random weights, and transformers' own way to run them."""

import inspect
import math

import numpy as np
import torch
import transformers

HOP = 320  # samples per frame, of all encoders here

_WAVEFORMS = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": (8,) * 7,
    "num_feat_extract_layers": 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
_LAYER_NORM = {**_WAVEFORMS, "feat_extract_norm": "layer", "do_stable_layer_norm": True}
_SPECTRA = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "feature_projection_input_dim": 160,
}
_WHISPER = {
    "d_model": 16,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 24,
    "vocab_size": 60,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}

# The class of the network, its configuration, and the class of its feature extractor.
FAMILIES = {
    "wav2vec2": ("Wav2Vec2", _WAVEFORMS, "Wav2Vec2"),
    "wav2vec2, layer norm": ("Wav2Vec2", _LAYER_NORM, "Wav2Vec2"),
    "hubert": ("Hubert", _WAVEFORMS, "Wav2Vec2"),
    "hubert, layer norm": ("Hubert", _LAYER_NORM, "Wav2Vec2"),
    "wavlm": ("WavLM", _WAVEFORMS, "Wav2Vec2"),
    "wavlm, layer norm": ("WavLM", _LAYER_NORM, "Wav2Vec2"),
    "data2vec": ("Data2VecAudio", {**_WAVEFORMS, "num_conv_pos_embeddings": 5}, "Wav2Vec2"),
    "unispeech": ("UniSpeech", _WAVEFORMS, "Wav2Vec2"),
    "unispeech-sat": ("UniSpeechSat", _LAYER_NORM, "Wav2Vec2"),
    "conformer": ("Wav2Vec2Conformer", _WAVEFORMS, "Wav2Vec2"),
    "w2v-bert": ("Wav2Vec2Bert", _SPECTRA, "SeamlessM4T"),
    "whisper": ("Whisper", _WHISPER, "Whisper"),
}
MASKED = {
    "wav2vec2, layer norm",
    "hubert, layer norm",
    "wavlm, layer norm",
    "unispeech-sat",
    "w2v-bert",
}


def make_network(family, head="Model"):
    """Return a network of random weights, the same ones at each call."""
    name, settings, _ = FAMILIES[family]
    config = getattr(transformers, f"{name}Config")(**settings)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return getattr(transformers, f"{name}{head}")(config).eval()


def make_extractor(family, **options):
    return getattr(transformers, f"{FAMILIES[family][2]}FeatureExtractor")(**options)


def save_encoder(folder, family, head="Model"):
    make_network(family, head).save_pretrained(folder)
    make_extractor(family).save_pretrained(folder)
    return folder


def make_noise(*lengths):
    rng = np.random.default_rng(0)
    return [np.clip(0.2 * rng.standard_normal(n, np.float32), -0.9, 0.9) for n in lengths]


def run_by_hand(folder, signal):
    """Return all hidden states of a signal, prepared and computed by transformers itself."""
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    made = extractor(signal, sampling_rate=16000, return_tensors="pt")
    with torch.no_grad():
        if network.config.is_encoder_decoder:  # Whisper: padded to 30 s
            states = network.encoder(**made, output_hidden_states=True).hidden_states
            n_frames = math.ceil(len(signal) / HOP)
        else:
            states = network(**made, output_hidden_states=True).hidden_states
            masked = "input_features" in made
            n_frames = int(made["attention_mask"].sum()) if masked else None
    return torch.stack(states)[:, 0, :n_frames].numpy()


def run_whisper_by_hand(folder, signal):
    """Return all hidden states of Whisper's encoder, with a context of the signal alone."""
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    encoder = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).encoder.eval()
    n_frames = math.ceil(len(signal) / HOP)
    padded = np.pad(signal, (0, n_frames * HOP - len(signal)))
    made = extractor(
        padded, sampling_rate=16000, return_tensors="pt", padding=False, truncation=False
    )
    # Some versions take a second mask.
    masks = {"attention_mask", "layer_head_mask"} & set(
        inspect.signature(encoder.layers[0].forward).parameters
    )
    with torch.no_grad():
        x = torch.nn.functional.gelu(encoder.conv1(made["input_features"]))
        x = torch.nn.functional.gelu(encoder.conv2(x)).transpose(1, 2)
        x = x + encoder.embed_positions.weight[:n_frames]
        states = [x]
        for layer in encoder.layers:
            x = layer(x, **dict.fromkeys(masks))
            x = x[0] if isinstance(x, tuple) else x
            states.append(x)
        states[-1] = encoder.layer_norm(x)
    return torch.stack(states)[:, 0].numpy()


def assert_close(found, expected, tolerance):
    """Compare hidden states, relative to the largest value of each."""
    assert found.shape == expected.shape
    largest = np.abs(expected).max(axis=(1, 2), keepdims=True)
    assert (np.abs(found - expected) <= tolerance * largest).all()
