"""Simulate raters, who either confuse true labels or listen to each utterance."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.datasets._confuse import make_confusions, make_truth
from sklearn_ser.datasets._listen import centre_scores, draw_listeners, find_temperature, hear
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import Interval, StrOptions, validate_params
from sklearn_ser.utils._random import as_generator
from sklearn_ser.utils._typing import Labels, RandomState


@validate_params(
    {
        "labels": ["array-like", None],
        "confusions": [pd.DataFrame, dict, None],
        "scores": ["array-like", None],
        "classes": ["array-like", None],
        "n_annotators": [Interval(Integral, 1, None, closed="left")],
        "n_ratings": [Interval(Integral, 0, None, closed="left"), "array-like"],
        "bias": [Interval(Real, 0, None, closed="left")],
        "taste": [Interval(Real, 0, None, closed="left")],
        "temperature": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "p_second": [Interval(Real, 0, 1, closed="both")],
        "activity": ["array-like", None],
        "target_classes": ["array-like", None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def simulate_ratings(
    labels: ArrayLike | pd.DataFrame | None = None,
    confusions: pd.DataFrame | dict[Any, pd.DataFrame] | None = None,
    *,
    scores: ArrayLike | pd.DataFrame | None = None,
    classes: Labels | None = None,
    n_annotators: int = 6,
    n_ratings: int | ArrayLike = 3,
    bias: float = 0.0,
    taste: float = 0.0,
    temperature: float | Literal["auto"] = 1.0,
    alpha: float = 0.4,
    p_second: float = 0.0,
    activity: ArrayLike | None = None,
    target_classes: Labels | None = None,
    random_state: RandomState = None,
) -> Ratings:
    r"""Simulate annotators who rate utterances.

    Raters either confuse or listen. With `labels` and `confusions`, an answer depends on the true
    label alone, so that no utterance is harder than another one of its label. With `scores`,
    raters listen: an answer depends on how the utterance sounds, so that raters disagree on the
    utterances that are hard to tell, and each rater hears them in their own way.

    If you publish results on such ratings, say that the raters were simulated.

    Parameters
    ----------
    labels : array-like of shape (n_samples,) or DataFrame of shape (n_samples, n_truths)
        The emotion that each utterance expresses: one true label, or a distribution over the true
        labels, which are the columns. An utterance that expresses several emotions is ambiguous.
        Needed unless `scores` are given.
    confusions : DataFrame of shape (n_truths, n_labels) or dict of annotator to DataFrame
        Each row is a true label, each column a possible answer, and each value the probability of
        the answer (rows are scaled to sum to 1). True labels need not be possible answers, and
        possible answers (such as "other") need not be true labels. A dict has one DataFrame per
        annotator, all with the same rows and columns. Needed unless `scores` are given.
    scores : DataFrame or array-like of shape (n_samples, n_classes), default=None
        How much each utterance sounds like each class, as log-probabilities: finite numbers, of
        which only the differences within a row matter. Use a classifier that was trained on other
        speakers, as in the example, so that no utterance's own label decides how it sounds.
    classes : sequence of labels of shape (n_classes,), default=None
        The possible answers, in the order of the columns of `scores`. None means the columns of
        the DataFrame.
    n_annotators : int, default=6
        Number of annotators, who are named "A1", "A2", ...; ignored if `confusions` is a dict.
    n_ratings : int or array-like of int of shape (n_samples,), default=3
        Number of different annotators who rate each utterance, at most all of them.
    bias : float, default=0.0
        Standard deviation of the annotators' preferences for answers, in log odds, at least 0.
        With 0, annotators do not differ in them.
    taste : float, default=0.0
        Standard deviation of the annotators' own weights of the scores, at least 0; only with
        `scores`. With 0, all annotators hear the same.
    temperature : float or "auto", default=1.0
        Divides the scores, above 0; only with `scores`. The higher, the more raters disagree.
        "auto" chooses it such that the ratings have the agreement `alpha`.
    alpha : float, default=0.4
        The agreement for ``temperature="auto"``: Krippendorff's alpha, between 0 and 1.
        Spontaneous speech has 0.3 to 0.5. It is met as closely as the number of ratings allows;
        see `Ratings.agreement` for the alpha of the ratings.
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
        If neither or both of labels with confusions and scores are given, a label is not a row of
        the confusions, a probability is negative or not finite, a row sums to 0, `n_ratings`
        exceeds the number of annotators whose activity is not 0, or lengths differ; if scores are
        not finite or not 2-D, their classes are unknown, missing or repeated, or no temperature
        has the agreement `alpha`.

    Notes
    -----
    With scores :math:`s_n`, centred over the classes, and temperature :math:`T`, rater :math:`a`
    answers from :math:`\operatorname{softmax}(M_a s_n / T + b_a)`, where
    :math:`b_a \sim N(0, \text{bias}^2)` and :math:`M_a = I + \text{taste} \cdot N(0, 1)`, all
    entries independent.

    Examples
    --------
    Raters who confuse:

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

    Raters who listen, with a classifier's scores that are cross-fitted by speaker:

    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_predict
    >>> from sklearn_ser.splits import SpeakerKFold
    >>> acted, speaker = np.tile(["anger", "sadness"], 100), np.repeat(list("ABCDE"), 40)
    >>> X = (acted == "sadness")[:, None] + np.random.default_rng(0).normal(size=(200, 3))
    >>> scores = cross_val_predict(
    ...     LogisticRegression(), X, acted, groups=speaker, cv=SpeakerKFold(5),
    ...     method="predict_log_proba",
    ... )
    >>> ratings = simulate_ratings(
    ...     scores=scores, classes=["anger", "sadness"], temperature="auto", alpha=0.4,
    ...     bias=0.7, taste=0.1, random_state=0,
    ... )
    >>> round(ratings.agreement().alpha, 1)
    0.4
    """
    rng = as_generator(random_state)
    _check_kind(labels, confusions, scores, classes, taste, temperature)
    if scores is None:
        annotators, confusion = make_confusions(confusions, n_annotators, bias, rng)
        truth, answers = make_truth(labels, confusions)
        n_samples = len(truth)
    else:
        centred, answers = centre_scores(scores, classes)
        annotators, preferences, tastes = draw_listeners(
            n_annotators, len(answers), bias, taste, rng
        )
        n_samples = len(centred)
    n_ratings = np.asarray(n_ratings)
    if n_ratings.ndim == 0:
        n_ratings = np.full(n_samples, n_ratings)
    sample, annotator = _draw_annotators(n_samples, n_ratings, len(annotators), activity, rng)

    # Adding Gumbel noise to the logarithm of the probabilities and sorting draws answers without
    # replacement; the first two are used.
    noise = rng.gumbel(size=(len(sample), len(answers)))
    two = rng.random(len(sample)) < p_second
    if scores is None:
        likely = np.einsum("rt,rta->ra", truth[sample], confusion[annotator])
        two &= (likely > 0).sum(axis=1) > 1
        with np.errstate(divide="ignore"):
            log_likely = np.log(likely)
    else:
        heard, preferred = hear(centred, tastes, sample, annotator), preferences[annotator]
        if temperature == "auto":
            temperature = find_temperature(alpha, heard, preferred + noise, sample, two)
        log_likely = heard / temperature + preferred
    order = np.argsort(-(log_likely + noise), axis=1)
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
    return Ratings.from_long(table, samples=np.arange(n_samples), target_classes=target_classes)


def _check_kind(labels, confusions, scores, classes, taste, temperature):
    """Raise a ValueError unless the arguments are those of one kind of raters."""
    if scores is not None:
        surplus = {"labels": labels is not None, "confusions": confusions is not None}
        if any(surplus.values()):
            raise ValueError(
                "raters either confuse (labels and confusions) or listen (scores); got scores and "
                f"{join_names(name for name, given in surplus.items() if given)}."
            )
    elif labels is None or confusions is None:
        raise ValueError(
            "simulate_ratings needs either labels and confusions, for raters who confuse, or "
            "scores, for raters who listen."
        )
    else:
        surplus = {
            "classes": classes is not None,
            "taste": taste != 0,
            "temperature": temperature != 1,
        }
        if any(surplus.values()):
            raise ValueError(
                f"{join_names(name for name, given in surplus.items() if given)} can only be set "
                "for raters who listen, who need scores; raters who confuse have labels and "
                "confusions."
            )


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
