"""Read the votes of anonymous raters: counts, or shares and how many raters are behind them."""

import numpy as np
import pandas as pd

from sklearn_ser.ratings._codes import ANONYMOUS, sort_codes
from sklearn_ser.ratings._names import read_classes
from sklearn_ser.ratings._values import read_numbers
from sklearn_ser.ratings._vocabulary import encode_labels
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names

# Every vote takes memory. No listening test comes near; a larger count is a mistake.
MOST_VOTES = 1_000_000


def read_counts(counts, classes):
    """Read the number of anonymous raters who gave each class.

    Returns
    -------
    values, offsets, annotators, labels
    """
    numbers, classes = _read_table(counts, classes, "counts")
    bad = ~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))).all(axis=1)
    if bad.any():
        raise ValueError(
            "counts must be whole numbers of raters, 0 or more; not for samples "
            f"{join_names(np.flatnonzero(bad))}."
        )
    _check_number(numbers.sum(axis=1), "counts")
    return make_votes(numbers.astype(np.int64), classes)


def make_votes(counts, classes):
    """Turn counts into one rating per vote."""
    of_column, labels = encode_labels(classes)
    label = np.repeat(np.tile(of_column, len(counts)), counts.ravel())
    sample = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    return *sort_anonymous(len(counts), sample, label), labels


def sort_anonymous(n_samples, sample, label):
    """Sort ratings of which no rater is known."""
    annotator = np.full(len(label), ANONYMOUS)
    return *sort_codes(n_samples, sample, annotator, label), np.array([], dtype=str)


def read_shares(shares, classes, n_raters):
    """Read the share of the raters of each sample who gave each class.

    Returns
    -------
    values, offsets, annotators, labels
    """
    numbers, classes = _read_table(shares, classes, "shares")
    rated = ~np.isnan(numbers).all(axis=1)
    n_raters = _read_n_raters(n_raters, rated)
    half_unit = 0.5 * 10.0 ** -_count_decimals(numbers[rated])
    exact = 1e-6  # of floats: 3 * 0.333333 is no whole number
    negative = (numbers < -exact).any(axis=1)
    off = np.abs(numbers.sum(axis=1) - 1) > numbers.shape[1] * half_unit + exact
    bad = rated & (np.isnan(numbers).any(axis=1) | negative | off)
    if bad.any():
        raise ValueError(
            "shares must be 0 or more and sum to 1 in each sample, apart from rounding; not for "
            f"samples {join_names(np.flatnonzero(bad))}."
        )
    votes = np.where(rated[:, None], numbers, 0) * n_raters[:, None]
    whole = np.round(votes)
    # Rounded shares tell one number of votes from the next only if raters are few enough.
    error = n_raters * half_unit
    tolerance = np.where(error < 0.5, error, 0) + exact * np.maximum(n_raters, 1)
    bad = rated & (
        (np.abs(votes - whole) > tolerance[:, None]).any(axis=1) | (whole.sum(axis=1) != n_raters)
    )
    if bad.any():
        raise ValueError(
            "shares times n_raters must be whole numbers of raters, apart from rounding; not for "
            f"samples {join_names(np.flatnonzero(bad))}. Each rater must have given one label."
        )
    return make_votes(whole.astype(np.int64), classes)


def _read_table(table, classes, name):
    """Return a table as floats, NaN where a cell is missing or no number, and its classes."""
    classes = read_classes(classes, "classes")
    numbers, _ = read_numbers(table)
    if numbers.shape[1] != len(classes):
        raise ValueError(
            f"{name} must have shape (n_samples, {len(classes)}), one column per class; "
            f"got {numbers.shape}."
        )
    if isinstance(table, pd.DataFrame):
        columns = table.columns.tolist()
        if columns != classes and set(columns) == set(classes):
            raise ValueError(
                f"classes must be in the order of the columns, {list_values(columns)}, got "
                f"{list_values(classes)}."
            )
    return numbers, classes


def _read_n_raters(n_raters, rated):
    """Return the number of raters of each sample, 0 for those without."""
    shape = np.shape(n_raters)
    if shape not in ((), rated.shape):
        raise ValueError(
            f"n_raters must be one number, or have shape ({len(rated)},), got shape {shape}."
        )
    column = np.broadcast_to(np.asarray(n_raters), rated.shape)
    numbers, _ = read_numbers(column.reshape(1, -1))
    numbers = np.where(rated, numbers[0], 0)
    bad = rated & ~((numbers >= 1) & (numbers == np.floor(numbers)))
    if bad.any():
        raise ValueError(
            "n_raters must be whole numbers of at least 1; not for samples "
            f"{join_names(np.flatnonzero(bad))}."
        )
    _check_number(numbers, "n_raters")
    return numbers


def _check_number(n_votes, name):
    bad = np.flatnonzero(n_votes > MOST_VOTES)
    if len(bad):
        raise ValueError(
            f"{name} must be at most {MOST_VOTES:,} raters per sample; not for samples "
            f"{join_names(bad)}."
        )


def _count_decimals(shares):
    """Return to how many decimals shares are rounded, from 2 to 6."""
    for decimals in range(2, 6):
        if np.allclose(shares, np.round(shares, decimals), rtol=0, atol=1e-9, equal_nan=True):
            return decimals
    return 6
