"""Labels and names as codes into their sorted vocabulary."""

import numpy as np
import pandas as pd

from sklearn_ser.ratings._codes import ANONYMOUS
from sklearn_ser.ratings._values import read_column
from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._kinds import find_kind, find_kinds, list_values
from sklearn_ser.utils._messages import join_names


def encode_labels(values, sample=None):
    """Replace labels by codes into their sorted vocabulary; a missing label has code -1.

    Parameters
    ----------
    values : array-like of shape (n,)
    sample : sequence of shape (n,), default=None
        Whose label each one is, for messages; None means 0, 1, ...

    Returns
    -------
    codes : ndarray of int of shape (n,)
    vocabulary : ndarray

    Raises
    ------
    TypeError
        If labels are containers.
    ValueError
        If labels are of several kinds, fractions or infinite.
    """
    column = read_column(values)
    codes, found = factorize(column)
    check_numbers(codes, found, sample)
    check_kinds(column, found, sample)
    return sort_vocabulary(codes, found)


def encode_names(values):
    """Replace names of annotators by codes into their sorted vocabulary, as `encode_labels`.

    Names may be of several kinds.
    """
    return sort_vocabulary(*factorize(read_column(values, "annotators")))


def factorize(column):
    """Replace the values of a column by codes in order of appearance; a missing one has code -1.

    Returns
    -------
    codes : ndarray of int of shape (n,)
    found : ndarray of shape (n_found,)

    Raises
    ------
    TypeError
        If values are containers, which are neither labels nor names.
    """
    try:
        codes, found = pd.factorize(column)
        odd = [value for value in found.tolist() if find_kind(value) == "containers"]
    except TypeError:
        odd = [value for value in column if find_kind(value) == "containers"]
        if not odd:
            raise
    if odd:
        raise TypeError(
            "labels and annotators must be plain values, such as strings or numbers; got "
            f"{join_names(odd)}. For several labels by one rater, see Ratings.from_wide."
        )
    found = np.asarray(found)
    if found.dtype == object and pd.api.types.infer_dtype(column) == "mixed-integer-float":
        # The same labels whichever came first, such as in columns with and without missing values.
        numbers = np.asarray(found, dtype=np.float64)
        if (numbers == np.floor(numbers)).all() and np.isfinite(numbers).all():
            found = np.array([int(value) for value in found])
    return codes, found


def sort_vocabulary(codes, found):
    """Sort a vocabulary.

    Returns
    -------
    codes : ndarray of int of shape (n,)
    vocabulary : ndarray
        Of strings if all values are strings, otherwise of the values' own type.
    """
    rank, vocabulary = pd.factorize(found, sort=True)
    codes = np.append(rank, ANONYMOUS)[codes]
    if vocabulary.dtype == object:
        natural = np.array(vocabulary.tolist())
        # numpy would turn a mix of 1 and "a" into strings; such a vocabulary keeps its objects.
        if natural.shape == vocabulary.shape and natural.tolist() == vocabulary.tolist():
            vocabulary = natural
    return codes, vocabulary


def check_numbers(codes, found, sample=None, of_column=None):
    """Raise ValueError if there are fractions or infinite numbers among labels.

    Parameters
    ----------
    codes, found
        As `factorize` returns them.
    sample : sequence of shape (n,), default=None
        Whose label each one is, for messages; None means 0, 1, ...
    of_column : sequence of shape (n,), default=None
        The column of a table that each label is from, for messages.
    """
    if found.dtype.kind not in "fO":
        return
    is_number = np.array([find_kind(value) == "numbers" for value in found], dtype=bool)
    numbers = np.zeros(len(found))
    numbers[is_number] = found[is_number]
    infinite, broken = np.isinf(numbers), numbers != np.floor(numbers)
    if infinite.any():
        where = np.append(infinite, False)[codes]
        raise ValueError(
            f"Input y contains infinity {_locate(where, sample, of_column)}; it is no label."
        )
    if broken.any():
        where = np.append(broken, False)[codes]
        raise ValueError(
            "Unknown label type: continuous. Labels must be text or whole numbers, got "
            f"{list_values(found[broken])} {_locate(where, sample, of_column)}. For shares of "
            "votes, see Ratings.from_shares."
        )


def check_kinds(column, found, sample=None, of_column=None):
    """Raise ValueError if labels are of several kinds, such as text and numbers.

    Parameters
    ----------
    column : Series, Index, ExtensionArray or ndarray of shape (n,)
    found, sample, of_column
        As in `check_numbers`.
    """
    kinds = find_kinds(column if column.dtype == object else found)
    if len(kinds) < 2:
        return
    values = np.asarray(column, dtype=object)
    of_kind = np.array([find_kind(value) for value in values], dtype=object)
    of_kind[pd.isna(values)] = None
    parts = []
    for kind in sorted(kinds):
        where = of_kind == kind
        example = repr(to_plain(values[where][0]))
        parts.append(f"{kind} (such as {example}) {_locate(where, sample, of_column)}")
    raise ValueError(f"labels must be of one kind, got {' and '.join(parts)}.")


def _locate(where, sample, of_column):
    """Return in which samples, and in which columns, a mask of labels is true."""
    names = np.flatnonzero(where) if sample is None else np.asarray(sample)[where].tolist()
    text = f"in samples {join_names(dict.fromkeys(names))}"
    if of_column is None:
        return text
    return f"{text} of columns {list_values(dict.fromkeys(np.asarray(of_column)[where].tolist()))}"


def encode_with(values, vocabulary, n_values=None):
    """Replace values by codes into a given vocabulary; a missing value has code -1.

    Raises
    ------
    ValueError
        If values are not in the vocabulary, or there are not `n_values`.
    """
    column = read_column(values)
    if n_values is not None and len(column) != n_values:
        raise ValueError(f"one label per sample is needed: {n_values}, got {len(column)}.")
    codes, found = factorize(column)
    place = {_as_key(value): i for i, value in enumerate(vocabulary.tolist())}
    keys = [_as_key(value) for value in found.tolist()]
    unknown = [to_plain(value) for key, value in zip(keys, found, strict=True) if key not in place]
    if unknown:
        raise ValueError(
            f"labels must be among {list_values(vocabulary)}, got "
            f"{list_values(sorted(unknown, key=str))}."
        )
    return np.array([*(place[key] for key in keys), -1], dtype=np.intp)[codes]


def _as_key(value):
    """Return a key that differs for True and 1, which are equal in Python."""
    return isinstance(value, (bool, np.bool_)), value
