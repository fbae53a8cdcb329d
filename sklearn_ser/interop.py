"""Convert ratings to and from the formats of other packages.

crowd-kit uses a long table of single labels (``task``, ``worker``, ``label``); cleanlab and
scikit-activeml use a matrix of class codes, with NaN where a rater gave no label; audformat uses a
table with one column per rater. All of them hold one label per rater and sample: if a rater gave
several, the first is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.ratings._check import RatingsLike, check_ratings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._typing import Labels

__all__ = [
    "from_audformat",
    "from_crowdkit",
    "from_matrix",
    "to_audformat",
    "to_crowdkit",
    "to_matrix",
]


def from_crowdkit(
    frame: pd.DataFrame,
    samples: Iterable[Any] | None = None,
    target_classes: Labels | None = None,
) -> Ratings:
    """Read ratings from a crowd-kit table.

    Parameters
    ----------
    frame : DataFrame with columns ``task``, ``worker`` and ``label``
    samples, target_classes
        As in `Ratings.from_long`.

    Returns
    -------
    Ratings

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_ser.interop import from_crowdkit
    >>> rows = [("a.wav", "E1", "sad"), ("a.wav", "E2", "angry"), ("b.wav", "E1", "sad")]
    >>> from_crowdkit(pd.DataFrame(rows, columns=["task", "worker", "label"])).counts().tolist()
    [[1, 1], [0, 1]]
    """
    return Ratings.from_long(
        frame,
        sample="task",
        annotator="worker",
        label="label",
        samples=samples,
        target_classes=target_classes,
    )


def to_crowdkit(ratings: RatingsLike) -> pd.DataFrame:
    """Return ratings as a crowd-kit table.

    Parameters
    ----------
    ratings : Ratings, or any form that `check_ratings` accepts

    Returns
    -------
    DataFrame with columns ``task``, ``worker`` and ``label``
        The first label of each rater.

    Raises
    ------
    ValueError
        If raters are anonymous.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.interop import to_crowdkit
    >>> y = Ratings.from_wide([["sad", None], ["sad", "angry"]], annotators=["E1", "E2"])
    >>> to_crowdkit(y)[["task", "worker", "label"]].values.tolist()
    [[0, 'E1', 'sad'], [1, 'E1', 'sad'], [1, 'E2', 'angry']]
    """
    ratings = _check_named(ratings)
    table = ratings.to_long().drop_duplicates(["sample", "annotator"], ignore_index=True)
    return table.rename(columns={"sample": "task", "annotator": "worker"})


def from_matrix(matrix: ArrayLike, classes: Labels, annotators: Labels | None = None) -> Ratings:
    """Read ratings from a matrix of class codes, as in cleanlab and scikit-activeml.

    Parameters
    ----------
    matrix : array-like of shape (n_samples, n_annotators)
        Class codes, as indices into `classes`; NaN where an annotator gave no label.
    classes : sequence of labels of shape (n_classes,)
        They become the target classes.
    annotators : sequence of shape (n_annotators,), default=None
        By default, the columns of a DataFrame, or otherwise 0, 1, ...

    Returns
    -------
    Ratings

    Raises
    ------
    ValueError
        If a code is not an index into `classes`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.interop import from_matrix
    >>> y = from_matrix([[0, 1], [np.nan, 1]], classes=["angry", "sad"])
    >>> y.consensus().tolist()
    [None, 'sad']
    """
    if annotators is None and isinstance(matrix, pd.DataFrame):
        annotators = matrix.columns.tolist()
    codes = np.asarray(matrix, dtype=float)
    labels = np.array([*classes, None], dtype=object)
    missing = np.isnan(codes)
    place = np.where(missing, len(classes), codes)
    bad = (place != np.floor(place)) | (place < 0) | (~missing & (place >= len(classes)))
    if bad.any():
        raise ValueError(
            f"codes must be 0 to {len(classes) - 1} or NaN; not for samples "
            f"{join_names(np.flatnonzero(bad.any(axis=1)))}."
        )
    cells = labels[place.astype(int)]
    return Ratings.from_wide(cells, annotators=annotators, target_classes=classes)


def to_matrix(ratings: RatingsLike, classes: Labels | None = None) -> pd.DataFrame:
    """Return ratings as a matrix of class codes, for cleanlab and scikit-activeml.

    Parameters
    ----------
    ratings : Ratings, or any form that `check_ratings` accepts
    classes : sequence of labels of shape (n_classes,), default=None
        By default the target classes. Other labels are left out.

    Returns
    -------
    DataFrame of float of shape (n_samples, n_annotators)
        Code of the first label in `classes` that each rater gave; NaN where there is none.

    Raises
    ------
    ValueError
        If raters are anonymous.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.interop import to_matrix
    >>> y = Ratings.from_wide([["sad", None], ["sad", "angry"]], annotators=["E1", "E2"])
    >>> to_matrix(y).values.tolist()
    [[1.0, nan], [1.0, 0.0]]
    """
    ratings = _check_named(ratings)
    classes = ratings.classes.tolist() if classes is None else list(classes)
    table = ratings.to_long()
    table = table[table["label"].isin(classes)].drop_duplicates(["sample", "annotator"])
    place = {label: code for code, label in enumerate(classes)}
    column = {name: i for i, name in enumerate(ratings.annotators.tolist())}
    codes = np.full((len(ratings), len(column)), np.nan)
    codes[table["sample"], table["annotator"].map(column)] = table["label"].map(place)
    return pd.DataFrame(codes, columns=ratings.annotators.tolist())


def from_audformat(
    frame: pd.DataFrame,
    annotators: Sequence[str] | None = None,
    target_classes: Labels | None = None,
) -> Ratings:
    """Read ratings from an audformat table, with one column per rater.

    Parameters
    ----------
    frame : DataFrame
        One row per segment or file, as ``Table.get()`` returns it.
    annotators : sequence of columns, default=None
        By default all columns.
    target_classes : sequence of labels, default=None

    Returns
    -------
    Ratings
        Samples in the order of the table's rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_ser.interop import from_audformat
    >>> index = pd.Index(["a.wav", "b.wav"], name="file")
    >>> frame = pd.DataFrame({"E1": ["sad", "sad"], "E2": ["angry", None]}, index=index)
    >>> from_audformat(frame).counts().tolist()
    [[1, 1], [0, 1]]
    """
    frame = frame if annotators is None else frame[list(annotators)]
    cells = frame.astype(object).where(frame.notna(), None).reset_index(drop=True)
    return Ratings.from_wide(cells, target_classes=target_classes)


def to_audformat(ratings: RatingsLike, index: pd.Index) -> pd.DataFrame:
    """Return ratings as an audformat table, with one column per rater.

    Parameters
    ----------
    ratings : Ratings, or any form that `check_ratings` accepts
    index : Index of shape (n_samples,)
        Index of the table, such as ``audformat.filewise_index(files)``.

    Returns
    -------
    DataFrame
        Each cell holds one label: the first, if a rater gave several.

    Raises
    ------
    ValueError
        If raters are anonymous, or `index` does not have one entry per sample.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.interop import to_audformat
    >>> y = Ratings.from_wide([["sad", None], ["sad", "angry"]], annotators=["E1", "E2"])
    >>> to_audformat(y, pd.Index(["a.wav", "b.wav"], name="file"))["E1"].tolist()
    ['sad', 'sad']
    """
    ratings = _check_named(ratings)
    if len(index) != len(ratings):
        raise ValueError(
            f"index must have one entry per sample: {len(ratings)}, got {len(index)}."
        )
    codes = to_matrix(ratings, ratings.labels.tolist())
    labels = pd.DataFrame(index=codes.index)
    for name in codes.columns:
        code = codes[name].fillna(-1).astype(int)
        labels[name] = pd.Categorical.from_codes(code, categories=ratings.labels.tolist())
    return labels.set_axis(index)


def _check_named(ratings):
    """Validate ratings, and raise ValueError if raters are anonymous."""
    ratings = check_ratings(ratings)
    if ratings.is_anonymous.any():
        raise ValueError("this format needs named raters, but some are anonymous.")
    return ratings
