"""The pretrained encoder of a model: where it is, and whether it is the one of training."""

import hashlib
import itertools
import os
import sys
from pathlib import Path

from sklearn_ser._cli._options import UsageError
from sklearn_ser.evaluation._card import ENCODERS
from sklearn_ser.utils._files import add_file
from sklearn_ser.utils._pipelines import find_parts

CONFIGURATION = "config.json"
# Files of weights, in the order of preference of transformers.
WEIGHTS = (".safetensors", ".bin")


def find_encoder(encoder):
    """Return an encoder such that a model finds it from any working directory.

    A hint is written to stderr if an encoder must be looked for on the Hugging Face hub, which
    takes long without a network.

    Raises
    ------
    UsageError
        If it is a folder that has no model of transformers.
    """
    if encoder is None:
        return None
    folder = os.path.abspath(os.path.expanduser(encoder))
    if os.path.isdir(folder):
        if not os.path.isfile(os.path.join(folder, CONFIGURATION)):
            raise UsageError(
                f"--encoder {encoder}: the folder has no {CONFIGURATION}, as models of "
                "transformers have, so that it is no encoder"
            )
        return folder
    if not os.path.isabs(os.path.expanduser(encoder)) and not _is_downloaded(encoder):
        print(
            f"--encoder {encoder}: there is no such folder here; looking for it on the Hugging "
            "Face hub, where names are ORGANISATION/NAME. Without a network this takes a minute, "
            "and fails",
            file=sys.stderr,
        )
    return encoder


def replace_encoder(model, folder, known=None):
    """Let a fitted model use its encoder in another folder.

    Parameters
    ----------
    model : fitted classifier
        It is changed.
    folder : path-like
        A folder, or a name on the Hugging Face hub.
    known : str, default=None
        The fingerprint of the encoder of training; see `fingerprint_encoder`.

    Returns
    -------
    fitted classifier

    Raises
    ------
    UsageError
        If the model has no encoder, or this one cannot be the encoder of training.
    """
    parts = find_parts(model, ENCODERS)
    if not parts:
        raise UsageError(f"--encoder {folder}: the model uses no pretrained encoder")
    folder = find_encoder(folder)
    found = fingerprint_encoder(folder)
    if known and found and known != found and _name_format(known) == _name_format(found):
        raise UsageError(
            f"--encoder {folder}: its weights are not those of the encoder that the model was "
            "trained with"
        )
    for part in parts:
        part.set_params(model=folder)
        try:
            n_features = len(part.get_feature_names_out())
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"--encoder {folder} cannot be used: {error}") from error
        needed = _count_features(model, part)
        if needed not in (None, n_features):
            raise UsageError(
                f"--encoder {folder}: it gives {n_features} features, and the model was trained "
                f"with an encoder that gives {needed}"
            )
    return model


def check_encoder_is_there(model, path):
    """Raise an error if the folder of a model's encoder is missing."""
    for part in find_parts(model, ENCODERS):
        folder = os.path.expanduser(os.fspath(part.model))
        if os.path.isabs(folder) and not os.path.isdir(folder):
            raise UsageError(
                f"{path} needs its pretrained encoder, whose folder {folder} is missing: pass "
                "--encoder with the folder where it is now"
            )


def fingerprint_encoder(folder):
    """Return what the weights of an encoder are known by; "" if it is not a folder that has any.

    It begins with the format of the files, since the same weights differ in another one.
    """
    for suffix in WEIGHTS if folder is not None and os.path.isdir(folder) else ():
        files = sorted(Path(folder).glob(f"*{suffix}"))
        if files:
            digest = hashlib.blake2b(digest_size=16)
            for file in files:
                add_file(digest, file)
            return f"{suffix[1:]} {digest.hexdigest()}"
    return ""


def _name_format(fingerprint):
    return fingerprint.partition(" ")[0]


def _is_downloaded(name):
    """Return whether the Hugging Face hub need not be asked for a model."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:  # told when the encoder is loaded
        return True
    try:
        return isinstance(try_to_load_from_cache(name, CONFIGURATION), str)
    except HFValidationError:  # cannot be a name on the hub, which is told at once
        return True


def _count_features(model, part):
    """Return the number of features that the step after a part was fitted to; None if unknown."""
    steps = [step for _, step in getattr(model, "steps", ())]
    for before, after in itertools.pairwise(steps):
        if before is part:
            return getattr(after, "n_features_in_", None)
    return None
