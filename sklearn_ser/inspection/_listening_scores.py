"""Compute the scores by which the clips of a page are sorted."""

import numpy as np

from sklearn_ser.utils._arrays import normalise_rows

# In this order, the first of them that is known is the default.
SORTS = ["suspicion", "error", "disagreement", "uncertainty", "order"]


def entropy(shares):
    """Return the entropy of each row of shares, in bit; NaN if it is NaN.

    Parameters
    ----------
    shares : ndarray of shape (n_rows, n_classes)

    Returns
    -------
    ndarray of float of shape (n_rows,)
    """
    logarithms = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    # 0.0 - x, because -0.0 is shown as such.
    return np.where(np.isnan(shares).any(axis=1), np.nan, 0.0 - (shares * logarithms).sum(axis=1))


def score_clips(labels, predictions, left, counts, proba, classes):
    """Return what the clips may be sorted by, highest first.

    Parameters
    ----------
    labels, predictions : list of str or None of length n_clips
        None where there is none.
    left : ndarray of float of shape (n_clips,) or None
        The share of the corrected target that remains on the label.
    counts : ndarray of int of shape (n_clips, n_labels) or None
        How many raters gave each label.
    proba : ndarray of float of shape (n_clips, n_classes) or None
    classes : list of str

    Returns
    -------
    dict of str to ndarray of float of shape (n_clips,)
        NaN where a clip has no such score; scores that no clip has are left out.
    """
    nothing = np.full(len(labels), np.nan)
    of_label, of_prediction = (
        nothing if proba is None else _look_up(proba, names, classes)
        for names in (labels, predictions)
    )
    known = np.array([label is not None for label in labels], dtype=bool)
    predicted = np.array([label is not None for label in predictions], dtype=bool)
    is_wrong = np.array([a != b for a, b in zip(labels, predictions, strict=True)], dtype=float)
    # A label that the model does not know has probability 0.
    with_proba = np.zeros(len(labels), bool) if proba is None else ~np.isnan(proba).any(axis=1)
    of_label = np.where(with_proba & np.isnan(of_label), 0.0, of_label)
    margin = np.where(with_proba, of_prediction - of_label, is_wrong)
    scores = {
        "suspicion": 1 - (np.where(known, of_label, np.nan) if left is None else left),
        "error": np.where(known & predicted, margin, np.nan),
        "disagreement": nothing if counts is None else entropy(normalise_rows(counts)),
        "uncertainty": nothing if proba is None else entropy(proba),
    }
    return {name: values for name, values in scores.items() if np.isfinite(values).any()}


def _look_up(proba, names, classes):
    """Return the probability of one class per row; NaN where it is none of the classes."""
    column = {name: k for k, name in enumerate(classes)}
    found = [
        row[column[name]] if name in column else np.nan
        for row, name in zip(proba, names, strict=True)
    ]
    return np.array(found, dtype=float)
