"""Validate ratings in every form that users have them."""

from __future__ import annotations

from typing import TypeAlias

import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.ratings import _readers as tables
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.ratings._rows import read_rows

#: What `check_ratings` takes.
RatingsLike: TypeAlias = Ratings | pd.DataFrame | ArrayLike


def check_ratings(y: RatingsLike) -> Ratings:
    """Return y as `Ratings`: the one door through which ratings come.

    Parameters
    ----------
    y : Ratings, DataFrame or 2-D object array of shape (n_samples, n_annotators), or array-like \
            of shape (n_samples,)
        A cell of a table is one label, a list, tuple or set of labels, or missing (None or NaN).
        One dimension holds plain labels (one rating each, by an unknown rater), or dicts
        ``{annotator: (label, ...)}``, which is what ``numpy.asarray`` makes of `Ratings`.

    Returns
    -------
    Ratings

    Raises
    ------
    ValueError
        If y is a two-dimensional array of numbers, of continuous values, a table with one row an
        answer (see `Ratings.from_long`), or not in one of these forms.

    Warns
    -----
    DataConversionWarning
        If plain labels come as a column, of shape (n_samples, 1).

    Examples
    --------
    >>> from sklearn_ser import check_ratings
    >>> check_ratings(["sad", "angry", "sad"])
    Ratings(n_samples=3, n_ratings=3, n_annotators=0, labels=['angry', 'sad'])
    """
    if y is None:
        raise ValueError(
            "ratings are needed: fit requires y to be passed, but the target y is None"
        )
    if isinstance(y, Ratings):
        return y
    kind, table = tables.recognise_form(y)
    if kind == "wide":
        return Ratings.from_wide(table)
    if kind == "labels":
        return Ratings.from_labels(table)
    return _from_rows(table)


def _from_rows(rows):
    read, target_classes, consensus = read_rows(rows)
    ratings = Ratings._from_codes(read, target_classes)
    return ratings if consensus is None else ratings.with_consensus(consensus)
