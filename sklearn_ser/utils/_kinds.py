"""Kinds of labels. Labels of different kinds are never equal: 0 is not '0', and True is not 1."""

from collections.abc import Iterable
from numbers import Number

import numpy as np
import pandas as pd

from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._text import fold

# By what pandas finds in a column; values of other columns are looked at one by one.
KINDS = {
    "string": "text",
    "bytes": "bytes",
    "boolean": "booleans",
    "datetime": "datetimes",
    "datetime64": "datetimes",
    "integer": "numbers",
    "floating": "numbers",
    "mixed-integer-float": "numbers",
}
CONTAINERS = (list, tuple, set, frozenset, dict, np.ndarray, pd.Series, pd.Index)
# Labels shown in a message.
MOST = 5


def as_labels(values):
    """Return labels as an array that leaves each of them as it is.

    numpy alone would turn the list ``[1, "a"]`` into text.

    Parameters
    ----------
    values : array-like of shape (n_labels,)

    Returns
    -------
    ndarray
    """
    if isinstance(values, np.ma.MaskedArray):
        labels = np.array(values.data, dtype=object)
        labels[np.ma.getmaskarray(values)] = None  # numpy would take what is below the mask
        return labels
    if not isinstance(values, (list, tuple)):
        return np.asarray(values)
    labels = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        labels[i] = value
    return labels


def infer_type(values):
    """Return the type that pandas infers for values that are not missing, such as "string"."""
    if values.dtype.kind == "U":
        return "string"
    return "mixed" if values.dtype.kind == "V" else pd.api.types.infer_dtype(values, skipna=True)


def find_kind(value):
    """Return the kind of a value: "text", "numbers", "booleans", "containers", ..."""
    if isinstance(value, (bool, np.bool_)):
        return "booleans"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, CONTAINERS):
        return "containers"
    if isinstance(value, Number) and not isinstance(value, complex):
        return "numbers"
    return f"{type(value).__name__} objects"


def find_kinds(values):
    """Return the kinds of values that are not missing.

    Parameters
    ----------
    values : Series, Index, ExtensionArray or ndarray

    Returns
    -------
    set of str
        Integers and floats are one kind, "numbers"; strings of every type are "text".
    """
    inferred = infer_type(values)
    present = ~pd.isna(values)
    if inferred in KINDS:
        return {KINDS[inferred]} if present.any() else set()
    return {find_kind(value) for value in np.asarray(values, dtype=object)[present]}


def list_names(names):
    """Return names as a list; a single name, such as text or a number, as a list of one."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        return [names]
    return list(names)


def list_values(values):
    """Format values for a message as Python does, as a list of bounded length: ``[1, 'a']``."""
    return f"[{join_names(repr(to_plain(value)) for value in values)}]"


def show_labels(labels, most=MOST):
    """Format labels for a message as Python does, each of them once.

    Parameters
    ----------
    labels : iterable
        Types of numpy are shown as those of Python: 'sad', and not np.str_('sad').
    most : int, default=5
        Number of different labels to show; the others are only counted.

    Returns
    -------
    str
        Such as ``"'angry', 'sad' and 3 more"``.
    """
    return join_names(dict.fromkeys(repr(to_plain(label)) for label in labels), most)


def check_same_kind(labels, others, name, name_of_others):
    """Raise a ValueError if labels are of another kind than those that they are compared with.

    Parameters
    ----------
    labels : array-like of shape (n_labels,)
        May be of several kinds; if empty, nothing is compared.
    others : array-like of shape (n_others,)
        Each must be of one of these kinds.
    name, name_of_others : str
        What the two are called in the message.
    """
    known = find_kinds(as_labels(labels))
    odd = find_kinds(as_labels(others)) - known
    if known and odd:
        raise ValueError(
            f"{name_of_others} must be labels of the same kind as {name}, because labels of "
            f"different kinds are never equal (0 is not '0'): {name} are "
            f"{' and '.join(sorted(known))} ({show_labels(labels)}), {name_of_others} are "
            f"{' and '.join(sorted(odd))} ({show_labels(others)})."
        )


def find_respelled(labels, others):
    """Return the labels that others differ from only by case, spaces, hyphens or underscores.

    Parameters
    ----------
    labels : iterable
    others : iterable

    Returns
    -------
    dict
        Of those `others` that are not among the labels: the label that each seems to mean.
    """
    labels = set(labels)
    meant = {_normalise(label): label for label in labels if isinstance(label, str)}
    strangers = dict.fromkeys(o for o in others if isinstance(o, str) and o not in labels)
    return {other: meant[_normalise(other)] for other in strangers if _normalise(other) in meant}


def _normalise(label):
    return "".join(character for character in fold(label) if character not in " _-")
