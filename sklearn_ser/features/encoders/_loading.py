"""Load pretrained encoders, once per process."""

import contextlib
import functools
from pathlib import Path
from typing import NamedTuple

from sklearn_ser.features.encoders._encoder import Encoder
from sklearn_ser.utils._messages import join_names

# Parameters that only training uses, and that some published files therefore lack.
UNUSED = ("masked_spec_embed",)


class Source(NamedTuple):
    """Which network to load, and how."""

    name: str  # a folder, or a name on the Hugging Face hub
    stamp: tuple  # sizes and times of the files in a folder
    device: str
    dtype: str  # "float32", "float16" or "bfloat16"


def make_stamp(name):
    """Return sizes and times of a model's files; () for a model on the Hugging Face hub."""
    if not Path(name).is_dir():
        return ()
    files = sorted(path for path in Path(name).iterdir() if path.is_file())
    return tuple((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files)


@functools.lru_cache(maxsize=2)
def load_encoder(source):
    """Load an encoder.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Encoder

    Raises
    ------
    ImportError
        If transformers is not installed.
    ValueError
        If the files lack weights of the encoder, or it is not an encoder of speech.
    OSError
        If there is no such model.
    """
    try:
        import torch
        from transformers import AutoConfig, AutoModel
    except ImportError as error:
        raise ImportError(
            "Pretrained encoders need transformers: pip install transformers"
        ) from error
    extractor = _load_extractor(source.name)
    with torch.random.fork_rng(devices=[]), _without_progress_bar():
        # transformers may draw random weights before it reads them; torch's generator must not
        # advance.
        config = AutoConfig.from_pretrained(source.name)
        network, report = AutoModel.from_pretrained(
            source.name,
            config=config,
            dtype=getattr(torch, source.dtype),
            output_loading_info=True,
        )
    encoder = network.get_encoder() if network.config.is_encoder_decoder else network
    _check_complete(encoder, network, report["missing_keys"], source.name)
    return Encoder(encoder.to(source.device).eval(), extractor, source.name)


def _load_extractor(name):
    from transformers import AutoFeatureExtractor, Wav2Vec2FeatureExtractor

    if Path(name).is_dir() and not (Path(name) / "preprocessor_config.json").exists():
        # It normalises, which is the default for networks that take waveforms.
        return Wav2Vec2FeatureExtractor()
    return AutoFeatureExtractor.from_pretrained(name)


@contextlib.contextmanager
def _without_progress_bar():
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _check_complete(encoder, network, missing, name):
    """Raise ValueError if weights of the encoder are not in the files, and so are random."""
    own = {id(parameter) for parameter in encoder.parameters()}
    parameters = dict(network.named_parameters())
    found = [
        key
        for key in sorted(missing)
        if id(parameters.get(key)) in own and not key.endswith(UNUSED)
    ]
    if found:
        raise ValueError(
            f"model must hold all weights of its encoder; {name} lacks {len(found)} of "
            f"{len(own)}, which would be random: {join_names(found)}."
        )
