"""Validate ratings in any of the accepted forms."""

from __future__ import annotations

from typing import TypeAlias

import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.ratings._forms import recognise_form
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.ratings._rows import read_rows

#: The forms that `check_ratings` accepts.
RatingsLike: TypeAlias = Ratings | pd.DataFrame | ArrayLike


def check_ratings(y: RatingsLike) -> Ratings:
    """Validate ratings, and return them as `Ratings`.

    Parameters
    ----------
    y : Ratings, DataFrame or array-like of shape (n_samples, n_annotators), or array-like of \
            shape (n_samples,)
        A cell of a table holds one label, a list, tuple or set of labels, or is missing (None,
        NaN, ``pandas.NA`` or masked). A 1-D y holds plain labels (one rating each, by an anonymous
        rater) or dicts ``{annotator: (label, ...)}``, as returned by ``numpy.asarray`` for
        `Ratings`.

    Returns
    -------
    Ratings

    Raises
    ------
    ValueError
        If y is None, a table of numbers (which may be votes, shares or codes of labels), an array
        of continuous or infinite values, a table with one row per rating (see `Ratings.from_long`)
        or with a column that cannot be a rater, or in none of these forms; or if labels are of
        several kinds.
    TypeError
        If a label or an annotator is a container, or y is no sequence.

    Warns
    -----
    DataConversionWarning
        If plain labels have shape (n_samples, 1).

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
    form, table = recognise_form(y)
    if form == "wide":
        return Ratings.from_wide(table)
    if form == "labels":
        return Ratings.from_labels(table)
    read, target_classes, own_consensus, ids = read_rows(table)
    ratings = Ratings(*read, target_classes=target_classes, own_consensus=own_consensus)
    return ratings.with_ids(ids)
