"""Samples to listen to, in each form in which they are found."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names

_ACCEPTED = (
    "samples must be Ratings, an Evaluation, or a DataFrame with a column or index named "
    "'sample', such as `suspects` returns"
)
# Columns of `Evaluation.predictions` that say something of a sample, besides probabilities.
_OF_SAMPLES = ["speaker", "consensus", "prediction"]


class Samples(NamedTuple):
    """Samples to listen to."""

    table: pd.DataFrame  # one row per sample to listen to; its index is the row of the data
    ratings: Ratings | None  # of all samples of the data


def name_label(label):
    """Return a label as text; None if there is no label.

    A label that is a whole number is the same as integer and float.
    """
    label = to_plain(label)
    if pd.isna(label):
        return None
    is_whole = isinstance(label, float) and label.is_integer()
    return str(int(label) if is_whole else label)


def read_samples(samples, estimator, ids, n_samples):
    """Return the samples to listen to.

    Parameters
    ----------
    samples : Ratings, Evaluation or DataFrame
    estimator : str or None
        Name of an estimator of the evaluation.
    ids : SampleIds or None
        Of all samples of the data, if known.
    n_samples : int
        Number of samples of the data.

    Returns
    -------
    Samples

    Raises
    ------
    TypeError
        If samples have none of these forms.
    ValueError
        If there are no samples, one comes twice, or is not in the data; if `estimator` is not one
        of the evaluation, or is needed.
    """
    # `evaluation` is on the same level as this part, and cannot be imported.
    is_evaluation = hasattr(samples, "predictions") and hasattr(samples, "ratings")
    if estimator is not None and not is_evaluation:
        raise ValueError(
            f"estimator is a name in an Evaluation; samples are {type(samples).__name__}."
        )
    if isinstance(samples, Ratings):
        return Samples(pd.DataFrame(index=pd.RangeIndex(len(samples))), samples)
    if is_evaluation:
        table = _collapse(samples.predictions, estimator)
        return Samples(_find_rows(table, ids, n_samples), samples.ratings)
    if not isinstance(samples, pd.DataFrame):
        raise TypeError(f"{_ACCEPTED}; got {type(samples).__name__}.")
    if "sample" in samples.columns:
        samples = samples.set_index("sample")
    if samples.index.name != "sample":
        raise ValueError(f"{_ACCEPTED}; the columns are {list_values(samples.columns)}.")
    return Samples(_find_rows(samples, ids, n_samples), None)


def _collapse(predictions, estimator):
    """Return one row per sample, of one estimator: the mean over seeds and repeated tests."""
    names = predictions["estimator"].unique().tolist()
    if estimator is None and len(names) > 1:
        raise ValueError(
            f"the evaluation is of several estimators: {list_values(names)}; estimator= says "
            "whose predictions to show."
        )
    estimator = names[0] if estimator is None else estimator
    if estimator not in names:
        raise ValueError(f"estimator must be one of {list_values(names)}, got {estimator!r}.")
    part = predictions[predictions["estimator"] == estimator]
    by_sample = part.groupby("sample")
    table = part.drop_duplicates("sample").set_index("sample").sort_index()[_OF_SAMPLES].copy()
    votes = part.groupby(["sample", "prediction"], as_index=False, sort=False).size()
    most = votes.sort_values("size", ascending=False, kind="stable").drop_duplicates("sample")
    table["prediction"] = most.set_index("sample")["prediction"]
    probabilities = [name for name in predictions.columns if str(name).startswith("p_")]
    return table.join(by_sample[probabilities].mean())


def _find_rows(table, ids, n_samples):
    """Return a table whose index is the row of each sample in the data."""
    if len(table) == 0:
        raise ValueError("there are no samples to listen to: the table is empty.")
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise ValueError(
            f"samples must have one row per sample; several for {join_names(twice.tolist())}. A "
            "table of several estimators or seeds must be reduced to one."
        )
    names = table.index.tolist()
    if pd.api.types.is_integer_dtype(table.index):
        wrong = [name for name in names if not 0 <= name < n_samples]
        must = f"rows of audio, from 0 to {n_samples - 1}"
        rows = names
    else:
        place = {} if ids is None else {name: row for row, name in enumerate(ids)}
        wrong = [name for name in names if name not in place]
        must = f"row numbers, or names of recordings in audio{'' if place else ', which has none'}"
        rows = [place.get(name) for name in names]
    if wrong:
        raise ValueError(f"samples must be {must}; not {join_names(map(repr, wrong))}.")
    return table.set_axis(pd.Index(rows, dtype=np.intp), axis=0)
