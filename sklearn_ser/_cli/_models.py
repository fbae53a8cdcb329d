"""A saved model and the files beside it."""

import sys

import pandas as pd

from sklearn_ser._cli._about import TRIAL
from sklearn_ser._cli._encoders import check_encoder_is_there, replace_encoder
from sklearn_ser._cli._options import UsageError
from sklearn_ser.io._saved import load_with_encoder
from sklearn_ser.utils._messages import shorten

SUFFIX = ".skops"
TRAINING = "training.csv"
ABOUT = "about.csv"
LABELS = "corpus_labels.csv"


def check_model_path(path):
    """Raise an error unless a path of a model to write ends as it must."""
    if path.suffix != SUFFIX:
        raise UsageError(f"--out {path} must end in {SUFFIX}")
    if path.is_dir():
        raise UsageError(f"--out {path} is a folder")


def get_report_folder(path):
    """Return the folder of the report that `train` writes beside a model."""
    return path.with_suffix(".report")


def get_card_path(path):
    """Return the path of the card that `train` writes beside a model."""
    return path.with_suffix(".md")


def load_model(path, encoder=None, allow=()):
    """Load a model to use it.

    Parameters
    ----------
    path : Path
    encoder : str, default=None
        The model's pretrained encoder, which takes the place of the one that its file names.
    allow : list of str, default=()
        What else the model may use besides its input; see `sklearn_ser.io.load`.

    Returns
    -------
    fitted classifier

    Raises
    ------
    UsageError
        If it is no fitted classifier, or needs an encoder that is not there, or is another one
        than in training.
    """
    # Not by allow=["encoder"]: parts that are hidden in the file would keep theirs.
    model, about = load_with_encoder(path, encoder, allow=allow), read_about(path)
    if not hasattr(model, "predict") or not hasattr(model, "classes_"):
        raise UsageError(
            f"{path} must hold a classifier that was fitted, as train writes it; it holds "
            f"{shorten(repr(model))}"
        )
    if encoder is not None:
        model = replace_encoder(model, encoder, about.get("encoder weights"))
    check_encoder_is_there(model, path)
    if about.get(TRIAL) == "yes":
        print(
            f"remark: {path.name} is from a quick trial: train it without --quick before its "
            "predictions count",
            file=sys.stderr,
        )
    return model


def read_about(path):
    """Return how a model was trained, as `train` wrote it beside the model; {} if unknown."""
    table = _read(path, ABOUT)
    known = table is not None and table.shape[1] > 1
    return dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True)) if known else {}


def read_training_table(path):
    """Return the recordings and speakers that a model was trained on, or None if unknown."""
    return _read(path, TRAINING)


def count_training_labels(path):
    """Return how many recordings of its training data have each label; {} if unknown."""
    table = _read(path, LABELS)
    known = table is not None and {"label", "consensus"} <= set(table)
    return dict(zip(table["label"], table["consensus"].astype(int), strict=True)) if known else {}


def _read(path, name):
    """Return a table of the report beside a model as text, or None if there is none."""
    table = get_report_folder(path) / name
    if not table.is_file():
        return None
    return pd.read_csv(table, dtype=str, keep_default_na=False, na_values=[""])


def forget_folders(model):
    """Set every cache of a fitted model to None, wherever it is."""
    names = [name for name in model.get_params() if name.split("__")[-1] == "memory"]
    model.set_params(**dict.fromkeys(names))
    inside = [step for _, step in getattr(model, "steps", ())]
    for part in [*inside, getattr(model, "best_estimator_", None)]:
        if part is not None and hasattr(part, "get_params"):
            forget_folders(part)
    return model
