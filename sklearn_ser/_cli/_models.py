"""A saved model and the files beside it."""

import pandas as pd

from sklearn_ser._cli._options import UsageError

SUFFIX = ".skops"
TRAINING = "training.csv"


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


def read_training_table(path):
    """Return the recordings and speakers that a model was trained on, or None if unknown."""
    table = get_report_folder(path) / TRAINING
    return (
        pd.read_csv(table, dtype=str, keep_default_na=False, na_values=[""])
        if table.is_file()
        else None
    )


def forget_folders(model):
    """Set every cache of a fitted model to None, wherever it is."""
    names = [name for name in model.get_params() if name.split("__")[-1] == "memory"]
    model.set_params(**dict.fromkeys(names))
    inside = [step for _, step in getattr(model, "steps", ())]
    for part in [*inside, getattr(model, "best_estimator_", None)]:
        if part is not None and hasattr(part, "get_params"):
            forget_folders(part)
    return model
