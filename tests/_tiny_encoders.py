"""Pretrained encoders for tests: tiny, with random weights."""

import torch
import transformers


def save_tiny_whisper(folder):
    """Save a Whisper with an encoder of two layers, and so three hidden states of 16 features."""
    config = transformers.WhisperConfig(
        d_model=16,
        encoder_layers=2,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_ffn_dim=24,
        num_mel_bins=8,
        vocab_size=20,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.WhisperModel(config).save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=8).save_pretrained(folder)


def save_tiny_hubert(folder):
    """Save a HuBERT of four layers, and so five hidden states of 8 features."""
    config = transformers.HubertConfig(
        hidden_size=8,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=8,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.HubertModel(config).save_pretrained(folder)


def save_tiny_text_model(folder):
    """Save a BERT, which is no encoder of speech."""
    config = transformers.BertConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=24,
        vocab_size=20,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.BertModel(config).save_pretrained(folder)
