"""Check that labels can be compared: of the same kind, spelled alike, each of them once."""

import reprlib
import warnings

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_consistent_length

from sklearn_ser.utils._kinds import as_labels, check_same_kind, find_respelled, show_labels
from sklearn_ser.utils._messages import join_names

# With fewer samples, predictions that share no class with the truth may be bad luck.
FEWEST_TO_JUDGE = 10


def get_known_labels(ratings):
    """Return all labels that ratings know, and their target classes."""
    return list(dict.fromkeys([*ratings.labels.tolist(), *(ratings.target_classes or ())]))


def check_predictions(ratings, y_pred):
    """Validate predicted labels and return them as an array.

    Parameters
    ----------
    ratings : Ratings of length n_samples
    y_pred : array-like of shape (n_samples,)

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If there is not one label per sample, a label is missing (None, NaN or masked; such
        samples are listed), or labels are of another kind than those of the ratings.

    Warns
    -----
    UserWarning
        If a predicted label differs from a label of the ratings only by its case, spaces, hyphens
        or underscores, or if two or more predicted labels have nothing in common with two or more
        labels of the ratings.
    """
    labels = as_labels(y_pred)
    if labels.ndim != 1:
        raise ValueError(
            f"y_pred must have shape (n_samples,), one label per sample; got {labels.shape}."
        )
    check_consistent_length(ratings, labels)
    missing = np.flatnonzero(pd.isna(labels))
    if len(missing):
        raise ValueError(
            "y_pred must hold one label per sample; there is none for samples "
            f"{join_names(missing)}."
        )
    known = get_known_labels(ratings)
    check_same_kind(known, labels, "the labels of y_true", "the predictions")
    predicted = set(labels.tolist())
    strange = predicted.difference(known)
    respelled = find_respelled(known, strange)
    if respelled:
        pairs = join_names(f"{new!r} for {old!r}" for new, old in sorted(respelled.items()))
        problem = f"labels are spelled in different ways, such as {pairs}"
    elif len(strange) == len(predicted) >= 2 <= len(known) and len(labels) >= FEWEST_TO_JUDGE:
        problem = "no predicted label is among the labels of y_true"
    else:
        return labels
    warnings.warn(
        f"{problem}; such predictions count as wrong. The predictions are "
        f"{show_labels(sorted(predicted, key=str))}, the labels of y_true "
        f"{show_labels(known)}.",
        UserWarning,
        stacklevel=4,
    )
    return labels


def check_columns(ratings, classes):
    """Validate the labels of the columns of probabilities and return them as a list.

    Parameters
    ----------
    ratings : Ratings
    classes : array-like of shape (n_classes,)

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If classes are no sequence of different labels, are of another kind than the labels of the
        ratings or spelled in another way, or if none of them is among two or more such labels.
    """
    if isinstance(classes, (str, bytes, set, frozenset)) or not np.iterable(classes):
        raise ValueError(
            "classes must be a sequence of labels, one per column of the probabilities; got "
            f"{reprlib.repr(classes)}."
        )
    labels = as_labels(list(classes))
    if pd.isna(labels).any():
        raise ValueError(f"classes must not be missing; got {show_labels(labels)}.")
    known = get_known_labels(ratings)
    check_same_kind(known, labels, "the labels of y_true", "classes")
    labels = labels.tolist()
    repeated = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if repeated:
        raise ValueError(
            f"classes must be different labels; repeated are {show_labels(repeated)}."
        )
    # Labels that are classes themselves may differ by their spelling alone.
    respelled = set(find_respelled(known, labels).values()).difference(labels)
    if respelled or (len(known) >= 2 and not set(known).intersection(labels)):
        raise ValueError(
            "classes must be spelled like the labels of y_true, and at least one must be among "
            f"them: classes are {show_labels(labels)}, the labels {show_labels(known)}."
        )
    return labels
