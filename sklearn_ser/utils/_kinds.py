"""Kinds of labels. Labels of different kinds are never equal: 0 is not '0', and True is not 1."""

from numbers import Number

import numpy as np
import pandas as pd

from sklearn_ser.utils._messages import join_names

KINDS = {"b": "bool", "i": "number", "u": "number", "f": "number", "U": "text", "M": "datetime"}
TYPES = {bool: "bool", np.bool_: "bool", Number: "number", str: "text"}
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


def get_kinds(values):
    """Return the kinds of some labels.

    Integers and floats are one kind, "number"; strings of every type are "text".

    Parameters
    ----------
    values : array-like of shape (n_labels,)
        Missing values (None, NaN) have no kind.

    Returns
    -------
    set of str
    """
    labels = as_labels(values)
    present = labels[~pd.isna(labels)]
    if labels.dtype.kind in KINDS:
        return {KINDS[labels.dtype.kind]} if present.size else set()
    return {_name_kind(cls) for cls in set(map(type, present.ravel().tolist()))}


def _name_kind(cls):
    return next((kind for known, kind in TYPES.items() if issubclass(cls, known)), cls.__name__)


def show_labels(labels, most=MOST):
    """Format labels for a message as Python does, so that 0 and '0' differ.

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
    plain = (label.item() if isinstance(label, np.generic) else label for label in labels)
    return join_names(dict.fromkeys(map(repr, plain)), most)


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
    known = get_kinds(labels)
    odd = get_kinds(others) - known
    if known and odd:
        raise ValueError(
            f"{name_of_others} must be labels of the same kind as {name}, because labels of "
            f"different kinds are never equal (0 is not '0'): {name} have the kind "
            f"{' and '.join(sorted(known))} ({show_labels(labels)}), {name_of_others} the kind "
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
    return "".join(character for character in label.casefold() if character not in " \t\r\n_-")
