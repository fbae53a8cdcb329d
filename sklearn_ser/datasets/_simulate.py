"""Simulate raters: draw labels from confusions, with individual preferences."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import Interval, validate_params
from sklearn_ser.utils._random import as_generator
from sklearn_ser.utils._typing import Labels, RandomState


@validate_params(
    {
        "labels": ["array-like"],
        "confusions": [pd.DataFrame, dict],
        "n_annotators": [Interval(Integral, 1, None, closed="left")],
        "n_ratings": [Interval(Integral, 0, None, closed="left"), "array-like"],
        "bias": [Interval(Real, 0, None, closed="left")],
        "p_second": [Interval(Real, 0, 1, closed="both")],
        "activity": ["array-like", None],
        "target_classes": ["array-like", None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def simulate_ratings(
    labels: ArrayLike | pd.DataFrame,
    confusions: pd.DataFrame | dict[Any, pd.DataFrame],
    *,
    n_annotators: int = 6,
    n_ratings: int | ArrayLike = 3,
    bias: float = 0.0,
    p_second: float = 0.0,
    activity: ArrayLike | None = None,
    target_classes: Labels | None = None,
    random_state: RandomState = None,
) -> Ratings:
    """Simulate annotators who rate utterances whose emotion is known.

    If you publish results on such ratings, say that the raters were simulated.

    Parameters
    ----------
    labels : array-like of shape (n_samples,) or DataFrame of shape (n_samples, n_truths)
        The emotion that each utterance expresses: one true label, or a distribution over the true
        labels, which are the columns. An utterance that expresses several emotions is ambiguous.
    confusions : DataFrame of shape (n_truths, n_labels) or dict of annotator to DataFrame
        Each row is a true label, each column a possible answer, and each value the probability of
        the answer (rows are scaled to sum to 1). True labels need not be possible answers, and
        possible answers (such as "other") need not be true labels. A dict has one DataFrame per
        annotator, all with the same rows and columns.
    n_annotators : int, default=6
        Number of annotators, who are named "A1", "A2", ...; ignored if `confusions` is a dict.
    n_ratings : int or array-like of int of shape (n_samples,), default=3
        Number of different annotators who rate each utterance, at most all of them.
    bias : float, default=0.0
        Standard deviation of the annotators' preferences for answers, in log odds, at least 0.
        With 0, annotators do not differ.
    p_second : float, default=0.0
        Probability within [0, 1] that a rater gives a second label, different from the first.
    activity : array-like of shape (n_annotators,), default=None
        How often each annotator rates, relative to the others; at least 0. None means equally
        often.
    target_classes : sequence of labels, default=None
        The `target_classes` of the ratings.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    Ratings
        Of n_samples.

    Raises
    ------
    ValueError
        If a label is not a row of the confusions, a probability is negative or not finite, a row
        sums to 0, `n_ratings` exceeds the number of annotators whose activity is not 0, or lengths
        differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_ser.datasets import simulate_ratings
    >>> confusions = pd.DataFrame(
    ...     [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]],
    ...     index=["anger", "sadness"],
    ...     columns=["anger", "sadness", "other"],
    ... )
    >>> ratings = simulate_ratings(["anger", "sadness"] * 50, confusions, random_state=0)
    >>> len(ratings), len(ratings.annotators), ratings.labels.tolist()
    (100, 6, ['anger', 'other', 'sadness'])
    """
    rng = as_generator(random_state)
    annotators, confusion = _make_confusions(confusions, n_annotators, bias, rng)
    truths = next(iter(confusions.values())) if isinstance(confusions, dict) else confusions
    truth = _make_truth(labels, truths.index)
    n_ratings = np.asarray(n_ratings)
    if n_ratings.ndim == 0:
        n_ratings = np.full(len(truth), n_ratings)
    sample, annotator = _draw_annotators(len(truth), n_ratings, len(annotators), activity, rng)

    # The probability of each answer in each rating. Adding Gumbel noise to the logarithm and
    # sorting draws answers without replacement; the first two are used.
    likely = np.einsum("rt,rta->ra", truth[sample], confusion[annotator])
    with np.errstate(divide="ignore"):
        score = np.log(likely) + rng.gumbel(size=likely.shape)
    order = np.argsort(-score, axis=1)
    two = (rng.random(len(sample)) < p_second) & ((likely > 0).sum(axis=1) > 1)
    answers = truths.columns.to_numpy()
    second = order[:, 1] if len(answers) > 1 else order[:, 0]
    table = pd.DataFrame(
        {
            "sample": np.concatenate([sample, sample[two]]),
            "annotator": annotators[np.concatenate([annotator, annotator[two]])],
            # Answers that nobody gave are known, too.
            "label": pd.Categorical(
                answers[np.concatenate([order[:, 0], second[two]])], categories=pd.unique(answers)
            ),
        }
    )
    return Ratings.from_long(table, samples=np.arange(len(truth)), target_classes=target_classes)


def _make_confusions(confusions, n_annotators, bias, rng):
    """Return the annotators, and their confusions of shape (n_annotators, n_truths, n_labels)."""
    if isinstance(confusions, dict):
        annotators, tables = list(confusions), list(confusions.values())
        first = tables[0]
        for name, table in confusions.items():
            if not (table.index.equals(first.index) and table.columns.equals(first.columns)):
                raise ValueError(
                    f"all confusions must have the same rows and columns; those of {name!r} "
                    f"differ from those of {annotators[0]!r}."
                )
    else:
        annotators = [f"A{i + 1}" for i in range(n_annotators)]
        tables = [confusions] * n_annotators
    matrix = np.array([table.to_numpy(dtype=float) for table in tables])
    if not (np.isfinite(matrix).all() and (matrix >= 0).all() and (matrix.sum(axis=2) > 0).all()):
        raise ValueError(
            "confusions must be finite and at least 0, and each row must have a value above 0; got"
            f"\n{tables[0]}"
        )
    preference = np.exp(bias * rng.standard_normal((len(annotators), 1, matrix.shape[2])))
    matrix = matrix * preference
    return np.array(annotators, dtype=object), matrix / matrix.sum(axis=2, keepdims=True)


def _make_truth(labels, truths):
    """Return the distribution over the true labels, one row per sample."""
    if isinstance(labels, pd.DataFrame):
        unknown = [name for name in labels.columns if name not in truths]
        if not unknown:
            truth = labels.reindex(columns=truths, fill_value=0).to_numpy(dtype=float)
            total = truth.sum(axis=1, keepdims=True)
            bad = np.flatnonzero((truth < 0).any(axis=1) | ~(total[:, 0] > 0))
            if len(bad):
                raise ValueError(
                    "distributions must be at least 0, and not all 0; not for samples "
                    f"{join_names(bad)}."
                )
            return truth / total
    else:
        labels = np.asarray(labels)
        if labels.ndim != 1:
            raise ValueError(f"labels must be 1-D or a DataFrame, got shape {labels.shape}.")
        rows = truths.get_indexer(labels)
        unknown = sorted(set(labels[rows < 0].tolist()), key=str)
        if not unknown:
            return np.eye(len(truths))[rows]
    raise ValueError(f"labels must be rows of the confusions, {truths.tolist()}; got {unknown}.")


def _draw_annotators(n_samples, n_ratings, n_annotators, activity, rng):
    """Draw the annotators of each sample; return samples and annotators, one entry per rating."""
    activity = np.ones(n_annotators) if activity is None else np.asarray(activity, dtype=float)
    if activity.shape != (n_annotators,) or not (activity >= 0).all():
        raise ValueError(
            f"activity must be one number per annotator ({n_annotators}), at least 0, got "
            f"{activity}."
        )
    if n_ratings.shape != (n_samples,):
        raise ValueError(
            f"n_ratings must be one number, or one per sample: {n_samples}, got shape "
            f"{n_ratings.shape}."
        )
    n_active = np.count_nonzero(activity)
    too_many = np.flatnonzero((n_ratings > n_active) | (n_ratings < 0))
    if len(too_many):
        raise ValueError(
            f"n_ratings must be 0 to {n_active}, the number of active annotators; not for samples "
            f"{join_names(too_many)}."
        )
    with np.errstate(divide="ignore"):
        score = np.log(activity) + rng.gumbel(size=(n_samples, n_annotators))
    order = np.argsort(-score, axis=1)
    sample, place = np.nonzero(np.arange(n_annotators) < n_ratings[:, None])
    return sample, order[sample, place]
