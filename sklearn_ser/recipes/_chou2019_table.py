"""Table 1 of Chou and Lee (2019): what each model learns from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.evaluation._arguments import get_data
from sklearn_ser.ratings._counting import count_rated_samples
from sklearn_ser.recipes._recipe import lay_counts_beside
from sklearn_ser.utils._saving import save_by_name
from sklearn_ser.utils._typing import Labels

COUNTS = ["utterances", "soft", "hard"]
CLASSES = ["neutral", "anger", "happiness", "sadness"]
# The shares of E6 add up to 100.09 in the paper.
PUBLISHED = {
    "CrowdH": (5531, 0, 5531, 30.88, 19.94, 29.58, 19.60),
    "CrowdS": (7774, 3185, 4589, 29.33, 17.77, 35.79, 17.10),
    "E1": (5954, 44, 5910, 8.49, 21.21, 49.67, 20.64),
    "E2": (7845, 38, 7807, 22.45, 26.58, 31.35, 19.62),
    "E4": (6429, 212, 6217, 52.88, 12.41, 23.76, 10.95),
    "E5": (422, 3, 419, 69.88, 15.29, 8.94, 5.88),
    "E6": (773, 20, 753, 26.73, 15.76, 43.38, 14.22),
}
TITLE = "Labels that each model learns (soft: two or more classes; shares of classes in %)"
# Of a corpus with many raters, only these are shown unless they are named.
MOST_ANNOTATORS = 20
MIN_RATINGS = 30


@save_by_name
def count_soft_and_hard(
    corpus: Bunch, *, annotators: Labels | None = None, min_target_votes: int = 1
) -> dict[str, pd.DataFrame]:
    """Count the soft and hard labels that each model learns, beside those of Chou and Lee.

    An utterance is soft if its raters gave at least two different target classes, and hard
    otherwise. Shares count each of several labels of a rater. The paper has them in Table 1 [1]_.

    Parameters
    ----------
    corpus : Bunch
        As loaders return it.
    annotators : sequence of annotators, default=None
        None means those with at least 30 ratings, and of these the 20 with most.
    min_target_votes : int, default=1
        Utterances with fewer votes for target classes are not for CrowdS.

    Returns
    -------
    dict of str to DataFrame
        One table by its title: a row per model, and columns with the levels ``quantity`` (the
        numbers of utterances, and the share of each class in percent) and ``source``, "here" or
        "published".

    Raises
    ------
    TypeError
        If the corpus has no data or ratings.

    References
    ----------
    .. [1] Chou and Lee, "Every rating matters: joint learning of subjective labels and individual
       annotators for speech emotion classification", ICASSP 2019.
       doi:10.1109/ICASSP.2019.8682170

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.recipes import count_soft_and_hard
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=30, random_state=0)
    >>> (table,) = count_soft_and_hard(corpus, annotators=[]).values()
    >>> table["soft"].loc[["CrowdH", "CrowdS"]]
    source  here  published
    CrowdH   0.0          0
    CrowdS  33.0       3185
    """
    _, ratings = get_data(corpus)
    classes = ratings.classes.tolist()
    one_hot = ratings.consensus()[:, None] == np.array(classes, dtype=object)
    here = {
        "CrowdH": _count(one_hot[one_hot.any(axis=1)], classes),
        "CrowdS": _count(_get_votes(ratings, classes, min_target_votes), classes),
    }
    names = _choose_annotators(ratings, classes) if annotators is None else annotators
    for name in names:
        if name in ratings.annotators.tolist():
            here[str(name)] = _count(_get_votes(ratings.select(name), classes, 1), classes)
    theirs = {
        name: dict(zip([*COUNTS, *CLASSES], row, strict=True)) for name, row in PUBLISHED.items()
    }
    return {TITLE: lay_counts_beside(here, theirs)}


def _choose_annotators(ratings, classes):
    if ratings.is_anonymous.all():
        return []
    n_rated = count_rated_samples(ratings, classes)
    most = np.argsort(-n_rated, kind="stable")[:MOST_ANNOTATORS]
    return [ratings.annotators[i] for i in np.sort(most) if n_rated[i] >= MIN_RATINGS]


def _get_votes(ratings, classes, least):
    votes = ratings.counts(classes)
    return votes[votes.sum(axis=1) >= least]


def _count(votes, classes):
    """Return the numbers of utterances and the shares of classes of votes, one row each."""
    n_soft = int(((votes > 0).sum(axis=1) > 1).sum())
    total = votes.sum() or np.nan
    shares = 100 * votes.sum(axis=0) / total
    row = {"utterances": len(votes), "soft": n_soft, "hard": len(votes) - n_soft}
    return row | {name: shares[classes.index(name)] for name in _order(classes)}


def _order(classes):
    """Return the classes in the order of the paper, and then all others."""
    return [*(c for c in CLASSES if c in classes), *(c for c in classes if c not in CLASSES)]
