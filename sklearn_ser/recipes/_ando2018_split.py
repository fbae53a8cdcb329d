"""The single split of Ando et al. (2018), and their table of utterances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from sklearn_ser.evaluation import Evaluation, cross_evaluate
from sklearn_ser.evaluation._arguments import get_column, get_data
from sklearn_ser.recipes._recipe import lay_counts_beside
from sklearn_ser.targets import SoftTargetEncoder, has_target
from sklearn_ser.utils._arrays import isin_labels
from sklearn_ser.utils._saving import save_by_name
from sklearn_ser.utils._typing import Memory

QUANTITIES = ["utterances", "neutral", "happiness", "sadness", "anger", "others"]
TITLE = (
    "Utterances by consensus (ambiguous: it is no target class, but somebody gave one; all others "
    "are left out)"
)
COUNTS = {
    "train, clear": (3548, 1324, 460, 890, 874, 0),
    "train, ambiguous": (3693, 0, 0, 0, 0, 3693),
    "test": (942, 384, 135, 194, 229, 0),
}


@save_by_name
def hold_out_first_session(
    estimators: Mapping[str, BaseEstimator] | BaseEstimator,
    corpus: Bunch,
    *,
    seeds: Iterable[int] = range(5),
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> Evaluation:
    """Train on all sessions but the first, and test on the first.

    So did Ando et al. [1]_, with five trainings, on the five sessions of IEMOCAP.

    Parameters
    ----------
    estimators : dict of str to classifier, or a classifier
        See `cross_evaluate`; also for the other parameters.
    corpus : Bunch
        With sessions.
    seeds : sequence of int, default=(0, 1, 2, 3, 4)
    n_jobs : int or None, default=None
    memory : str, path-like, joblib.Memory or None, default=None
    verbose : bool, default=False

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the corpus has no sessions, or only one; also as `cross_evaluate`.

    References
    ----------
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_ser import ConsensusClassifier
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.recipes import hold_out_first_session
    >>> corpus = make_dyadic_corpus(n_sessions=3, n_utterances=8, random_state=0)
    >>> found = hold_out_first_session(ConsensusClassifier(DummyClassifier()), corpus)
    >>> len(found.predictions), found.predictions["group"].unique().tolist()
    (40, [1])
    """
    test, first = _find_first_session(corpus)
    if test.all():
        raise ValueError(f"at least two sessions are needed; all samples are of session {first}.")
    found = cross_evaluate(
        estimators,
        corpus,
        groups="session",
        cv=[(np.flatnonzero(~test), np.flatnonzero(test))],
        seeds=seeds,
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
    )
    found.description += f"; session {first} is the test set, and all others are for training"
    return found


@save_by_name
def count_clear_and_ambiguous(corpus: Bunch) -> dict[str, pd.DataFrame]:
    """Count utterances by their consensus, beside those of Ando et al.

    An utterance is clear if its consensus is a target class, and ambiguous if it is not but
    someone gave it a target class. All others are left out. The first session is the test set, as
    in the paper [1]_.

    Parameters
    ----------
    corpus : Bunch
        As loaders return it.

    Returns
    -------
    dict of str to DataFrame
        One table by its title: a row per set, and columns with the levels ``quantity`` (the
        number of utterances in all and of each class) and ``source``, "here" or "published". If
        the corpus has no sessions, it is not divided into training and test set, and there is
        only "here".

    Raises
    ------
    TypeError
        If the corpus has no data or ratings.

    References
    ----------
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.recipes import count_clear_and_ambiguous
    >>> corpus = make_dyadic_corpus(n_sessions=3, n_utterances=30, random_state=0)
    >>> (table,) = count_clear_and_ambiguous(corpus).values()
    >>> table["utterances"]
    source            here  published
    train, clear        40       3548
    train, ambiguous    19       3693
    test                22        942
    """
    data, ratings = get_data(corpus)
    consensus = ratings.consensus()
    clear = isin_labels(consensus, ratings.classes)
    encoder = SoftTargetEncoder(alpha=0, keep="ambiguous")
    ambiguous = has_target(encoder.fit_transform(ratings))
    session = get_column(data, "session", required=False)
    if session is None:
        sets, published = {"clear": clear, "ambiguous": ambiguous}, {}
    else:
        test, _ = _find_first_session(corpus)
        published = COUNTS
        sets = {
            "train, clear": clear & ~test,
            "train, ambiguous": ambiguous & ~test,
            "test": clear & test,
        }
    classes = list(dict.fromkeys([*QUANTITIES[1:-1], *ratings.classes.tolist()]))
    here = {}
    for name, kept in sets.items():
        row = {"utterances": int(kept.sum())}
        row |= {label: int((consensus[kept] == label).sum()) for label in classes}
        here[name] = row | {"others": int((kept & ~clear).sum())}
    theirs = {
        name: dict(zip(QUANTITIES, counts, strict=True)) for name, counts in published.items()
    }
    return {TITLE: lay_counts_beside(here, theirs)}


def _find_first_session(corpus):
    """Return which samples are of the first session, the paper's test set, and its name."""
    data, _ = get_data(corpus)
    sessions = get_column(data, "session")
    first = min(sessions)
    return np.array([session == first for session in sessions]), first
