"""Raters who listen: their answers depend on how an utterance sounds, and on their own taste."""

import numpy as np
import pandas as pd

from sklearn_ser.ratings._agreement import compute_alpha
from sklearn_ser.ratings._names import read_classes
from sklearn_ser.utils._messages import join_names

N_HALVINGS = 30


def centre_scores(scores, classes):
    """Return scores with a mean of 0 over the classes of each sample, and the classes."""
    if isinstance(scores, pd.DataFrame):
        names = read_classes(list(scores.columns), "columns of scores")
        if classes is not None and read_classes(classes, "classes") != names:
            raise ValueError(
                "classes must be the columns of scores, in the same order, "
                f"{join_names(names)}; got {join_names(classes)}."
            )
    elif classes is None:
        raise ValueError(
            "scores must be a DataFrame whose columns are the classes, or classes must be given, "
            "in the order of the columns."
        )
    else:
        names = read_classes(classes, "classes")
    values = _read_numbers(scores)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(
            "scores must be 2-D, with one row per sample and one column for each of at least two "
            f"classes, got shape {values.shape}."
        )
    if len(names) != values.shape[1]:
        raise ValueError(
            f"classes must have one name per column of scores ({values.shape[1]}), got "
            f"{len(names)}."
        )
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise ValueError(f"scores must be finite; not for samples {join_names(bad)}.")
    return values - values.mean(axis=1, keepdims=True), pd.Index(names).to_numpy()


def _read_numbers(scores):
    try:
        return np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"scores must be numbers, with as many in each row; {error}.") from error


def draw_listeners(n_annotators, n_classes, bias, taste, rng):
    """Draw annotators.

    Returns
    -------
    annotators : ndarray of object of shape (n_annotators,)
    preferences : ndarray of shape (n_annotators, n_classes)
    tastes : ndarray of shape (n_annotators, n_classes, n_classes)
    """
    annotators = np.array([f"A{i + 1}" for i in range(n_annotators)], dtype=object)
    preferences = bias * rng.standard_normal((n_annotators, n_classes))
    own = taste * rng.standard_normal((n_annotators, n_classes, n_classes))
    return annotators, preferences, np.eye(n_classes) + own


def hear(scores, tastes, sample, annotator):
    """Return what the annotator of each rating hears, of shape (n_ratings, n_classes)."""
    return np.einsum("rk,rjk->rj", scores[sample], tastes[annotator])


def find_temperature(alpha, heard, rest, sample, two):
    """Return the temperature at which ratings agree as much as wanted.

    The same raters with the same noise answer at each temperature, so that alpha hardly ever rises
    with it, and bisection finds where it passes the wanted value.

    Parameters
    ----------
    alpha : float
        Krippendorff's alpha.
    heard : ndarray of shape (n_ratings, n_classes)
        Divided by the temperature.
    rest : ndarray of shape (n_ratings, n_classes)
        What is added: preferences and noise.
    sample : ndarray of int of shape (n_ratings,)
    two : ndarray of bool of shape (n_ratings,)
        Whether a rating has a second label.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If no temperature reaches alpha, or nobody can be compared.
    """

    def measure(log_temperature):
        order = np.argsort(-(heard / np.exp(log_temperature) + rest), axis=1)
        counts = np.zeros((sample.max(initial=0) + 1, heard.shape[1]), dtype=np.int64)
        np.add.at(counts, (sample, order[:, 0]), 1)
        np.add.at(counts, (sample[two], order[two, 1]), 1)
        return compute_alpha(counts)

    # From scores that outweigh everything else by far to scores that hardly matter.
    middle = np.log(heard.std() or 1.0) if heard.size else 0.0
    sure, unsure = middle - np.log(1000), middle + np.log(1000)
    most, least = measure(sure), measure(unsure)
    if np.isnan(most):
        raise ValueError(
            "alpha needs utterances with two or more ratings, and more than one class among them, "
            "to choose a temperature; give the temperature itself."
        )
    if not least <= alpha <= most:
        low, high = sorted((least, most))
        raise ValueError(
            f"no temperature has alpha={alpha}: these raters reach {low:.2f} to {high:.2f}. "
            "Choose another alpha, or less bias or taste."
        )
    tried = {sure: most, unsure: least}
    for _ in range(N_HALVINGS):
        centre = (sure + unsure) / 2
        tried[centre] = measure(centre)
        sure, unsure = (centre, unsure) if tried[centre] > alpha else (sure, centre)
    return float(np.exp(min(tried, key=lambda place: abs(tried[place] - alpha))))
