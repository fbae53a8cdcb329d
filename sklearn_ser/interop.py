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
from sklearn_ser.ratings._names import check_classes, read_classes
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.ratings._values import read_numbers
from sklearn_ser.utils._kinds import list_values
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
        Class codes, as indices into `classes`; missing (NaN, None, ``pandas.NA`` or masked) where
        an annotator gave no label.
    classes : sequence of labels of shape (n_classes,)
        They become the target classes, even if nobody chose one of them.
    annotators : sequence of shape (n_annotators,), default=None
        By default, the columns of a DataFrame, or otherwise 0, 1, ...

    Returns
    -------
    Ratings

    Raises
    ------
    ValueError
        If a code is not an index into `classes`, or classes repeat or are missing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.interop import from_matrix
    >>> y = from_matrix([[0, 1], [np.nan, 1]], classes=["angry", "sad"])
    >>> y.consensus().tolist()
    [None, 'sad']
    """
    classes = read_classes(classes, "classes")
    codes, missing = read_numbers(matrix, "n_annotators")
    whole = (codes >= 0) & (codes < len(classes)) & (codes == np.floor(codes))
    bad = ~(missing | whole).all(axis=1)
    if bad.any():
        raise ValueError(
            f"codes must be 0 to {len(classes) - 1} or NaN; not for samples "
            f"{join_names(np.flatnonzero(bad))}."
        )
    codes = np.where(missing, -1, codes).astype(int)
    # Categories are known as labels, even those that nobody chose.
    dtype = pd.CategoricalDtype(classes)
    columns = {
        i: pd.Categorical.from_codes(column, dtype=dtype) for i, column in enumerate(codes.T)
    }
    table = pd.DataFrame(columns, index=range(len(codes)))
    if isinstance(matrix, pd.DataFrame):
        table.index, annotators = matrix.index, annotators or matrix.columns.tolist()
    made = Ratings.from_wide(table, annotators=annotators, target_classes=classes)
    return made if isinstance(matrix, pd.DataFrame) else made.with_ids(None)


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
        If raters are anonymous; if no class is among the labels, or classes repeat, are missing,
        or differ from a label only in kind, case or spaces.

    Warns
    -----
    UserWarning
        If some of `classes` are not among the labels.

    Examples
    --------
    >>> from sklearn_ser import Ratings
    >>> from sklearn_ser.interop import to_matrix
    >>> y = Ratings.from_wide([["sad", None], ["sad", "angry"]], annotators=["E1", "E2"])
    >>> to_matrix(y).values.tolist()
    [[1.0, nan], [1.0, 0.0]]
    """
    ratings = _check_named(ratings)
    if classes is None:
        classes = ratings.classes.tolist()
    else:
        classes = check_classes(classes, ratings.labels.tolist(), "classes")
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
        One row per segment or file, as ``Table.get()`` returns it. The files are the ids of the
        samples, if the index holds nothing else.
    annotators : sequence of columns, default=None
        The columns that hold a rater's labels. By default all columns, which must then look like
        labels of one scheme: all categorical with the same categories, or all text.
    target_classes : sequence of labels, default=None
        As in `Ratings.from_long`.

    Returns
    -------
    Ratings
        Samples in the order of the table's rows.

    Raises
    ------
    TypeError
        If `frame` is no DataFrame.
    ValueError
        If `annotators` are not columns of the table; if they are not given, and columns hold
        numbers or times, such as the confidence in a label, or labels of different schemes.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_ser.interop import from_audformat
    >>> index = pd.Index(["a.wav", "b.wav"], name="file")
    >>> frame = pd.DataFrame({"E1": ["sad", "sad"], "E2": ["angry", None]}, index=index)
    >>> from_audformat(frame).counts().tolist()
    [[1, 1], [0, 1]]
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"frame must be a DataFrame, such as Table.get() returns, got {type(frame).__name__}."
        )
    if annotators is None:
        _check_one_scheme(frame)
    else:
        annotators = [annotators] if isinstance(annotators, str) else list(annotators)
        absent = [name for name in annotators if name not in frame.columns]
        if absent:
            raise ValueError(
                f"annotators must be columns of the table, {list_values(frame)}, got "
                f"{list_values(absent)}."
            )
        frame = frame[annotators]
    made = Ratings.from_wide(frame, target_classes=target_classes)
    # X may name a segment in other ways than by file, start and end.
    return made.with_ids(None) if isinstance(frame.index, pd.MultiIndex) else made


def _check_one_scheme(frame):
    """Raise ValueError if the columns of a table cannot all be labels by the same scheme.

    In audformat, the scheme and the rater are attributes of a column that a DataFrame does not
    have. Labels of a scheme are categorical there, or text if the scheme lists no labels. Numbers,
    times and truth values are of schemes that rate nothing by name.
    """
    schemes = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            scheme = frozenset(column.dtype.categories)
        elif column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
            scheme = "text"
        else:
            scheme = f"values of type {column.dtype}"
        schemes.setdefault(scheme, []).append(name)
    odd = [name for scheme, names in schemes.items() if "values" in scheme for name in names]
    if odd:
        raise ValueError(
            f"columns {list_values(odd)} hold no labels. Name the columns of raters: "
            "from_audformat(frame, annotators=[...])."
        )
    if len(schemes) > 1:
        groups = " and ".join(map(list_values, schemes.values()))
        raise ValueError(
            f"columns {groups} hold labels of different schemes. Name the columns of raters: "
            "from_audformat(frame, annotators=[...])."
        )


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
