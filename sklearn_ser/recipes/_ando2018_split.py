"""The single split of Ando et al. (2018), and their table of utterances."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.evaluation import Evaluation, cross_evaluate
from sklearn_ser.evaluation._arguments import get_column, get_data
from sklearn_ser.recipes._recipe import lay_counts_beside
from sklearn_ser.targets import SoftTargetEncoder, has_target
from sklearn_ser.utils._arrays import isin_labels
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


def find_first_session(corpus):
    """Return which samples are of the first session, the paper's test set, and its name."""
    data, _ = get_data(corpus)
    sessions = get_column(data, "session")
    first = min(sessions)
    return np.array([session == first for session in sessions]), first


def hold_out_first_session(
    rows,
    corpus: Bunch,
    *,
    seeds: Iterable[int] = range(5),
    n_jobs: int | None = None,
    memory: Memory = None,
    verbose: bool = False,
) -> Evaluation:
    """Train on all sessions but the first, and test on the first, as in the paper.

    Parameters
    ----------
    rows, corpus, seeds, n_jobs, memory, verbose
        See `cross_evaluate`; by default, there are five trainings.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the corpus has no sessions, or only one.
    """
    test, first = find_first_session(corpus)
    if test.all():
        raise ValueError(f"at least two sessions are needed; all samples are of session {first}.")
    found = cross_evaluate(
        rows,
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


def count_clear_and_ambiguous(corpus: Bunch) -> dict[str, pd.DataFrame]:
    """Count utterances by their consensus, beside the table of the paper.

    An utterance is clear if its consensus is a target class, and ambiguous if it is not but
    someone gave it a target class. All others are left out. If the corpus has no sessions, it
    is not divided into training and test set, and nothing is published.

    Parameters
    ----------
    corpus : Bunch

    Returns
    -------
    dict of str to DataFrame
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
        test, _ = find_first_session(corpus)
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
