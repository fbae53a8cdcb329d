"""Load pretrained encoders, once per process."""

import contextlib
import functools
import pickle
from pathlib import Path
from typing import NamedTuple

from sklearn_ser.features.encoders._encoder import Encoder
from sklearn_ser.features.encoders._generator import preserve_generator
from sklearn_ser.utils._messages import join_names, shorten

# Parameters that only training uses, and that some published files therefore lack.
UNUSED = ("masked_spec_embed",)


class Source(NamedTuple):
    """The network to load, and the device and type of its weights."""

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


def load_encoder(source):
    """Load an encoder; the last two are kept.

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
        If the files are damaged or lack weights of the encoder, or it is not an encoder of speech.
    OSError
        If there is no such model.
    """
    # Threads that need the same encoder wait for the first of them to load it.
    with preserve_generator():
        return _load(source)


@functools.lru_cache(maxsize=2)
def _load(source):
    try:
        from safetensors import SafetensorError
        from transformers import AutoConfig, AutoModel
    except ImportError as error:
        raise ImportError(
            "Pretrained encoders need transformers: pip install transformers"
        ) from error
    import torch

    name = source.name
    # Without trust_remote_code=False, transformers asks on the terminal whether to run code that
    # the folder holds.
    try:
        with _silence():
            extractor = _load_extractor(name)
            network, report = AutoModel.from_pretrained(
                name,
                config=AutoConfig.from_pretrained(name, trust_remote_code=False),
                trust_remote_code=False,
                weights_only=True,
                dtype=getattr(torch, source.dtype),
                # Weights of another shape are reported, as missing ones are.
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
    except OSError as error:
        # As older versions of transformers report them.
        if _is_about_pickle(error):
            raise _make_error_of_pickle(name) from error
        found = "" if Path(name).is_dir() else "there is no such folder; on the Hugging Face hub: "
        raise OSError(f"model {name} cannot be loaded: {found}{shorten(error)}") from error
    except pickle.UnpicklingError as error:
        raise _make_error_of_pickle(name) from error
    except (ValueError, KeyError, EOFError, RuntimeError, SafetensorError) as error:
        raise ValueError(
            f"model must be an encoder that transformers can load; {name} fails with "
            f"{type(error).__name__}: {shorten(error)}"
        ) from error
    encoder = network.get_encoder() if network.config.is_encoder_decoder else network
    # Some versions give the shapes as well.
    mismatched = (key if isinstance(key, str) else key[0] for key in report["mismatched_keys"])
    _check_complete(encoder, network, {*report["missing_keys"], *mismatched}, name)
    return Encoder(encoder.to(source.device).eval(), extractor, name)


def _is_about_pickle(error):
    """Return whether an error arose while another one about pickled objects was handled."""
    while error is not None and not isinstance(error, pickle.UnpicklingError):
        error = error.__context__
    return error is not None


def _make_error_of_pickle(name):
    # The message of torch tells how to run such code.
    return ValueError(
        f"model must be an encoder whose weights are numbers; those of {name} hold other objects, "
        "which may run code"
    )


def _load_extractor(name):
    from transformers import AutoFeatureExtractor, Wav2Vec2FeatureExtractor

    files = "preprocessor_config.json", "processor_config.json"
    if Path(name).is_dir() and not any((Path(name) / file).exists() for file in files):
        # It normalises, which is the default for networks that take waveforms.
        return Wav2Vec2FeatureExtractor()
    return AutoFeatureExtractor.from_pretrained(name, trust_remote_code=False)


@contextlib.contextmanager
def _silence():
    """Hide progress bars, and warnings about weights that are random, which are checked here."""
    from transformers.utils import logging

    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def _check_complete(encoder, network, random, name):
    """Raise ValueError if weights of the encoder are random, since the files lack them."""
    own = {id(weight) for weight in encoder.state_dict(keep_vars=True).values()}
    weights = network.state_dict(keep_vars=True)
    found = [
        key for key in sorted(random) if id(weights.get(key)) in own and not key.endswith(UNUSED)
    ]
    if found:
        raise ValueError(
            f"model must have files with all weights of its encoder; those of {name} lack "
            f"{len(found)} of {len(own)}, or have them in another shape: {join_names(found)}."
        )
