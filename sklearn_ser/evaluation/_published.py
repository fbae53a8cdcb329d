"""Scores beside published figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sklearn_ser.evaluation._evaluation import Evaluation

if TYPE_CHECKING:
    from sklearn_ser.evaluation._evaluation import Average

ABOUT = ("corpus", "note")


def compare_with_published(
    evaluation: Evaluation | Mapping[str, Evaluation],
    published: pd.DataFrame,
    *,
    average: Average = "pooled",
) -> pd.DataFrame:
    """Lay scores beside published figures, in percent.

    Parameters
    ----------
    evaluation : Evaluation, or dict of str to Evaluation
        One evaluation, which is named "here", or several with their names.
    published : DataFrame
        ``published`` of a `Recipe`: figures in percent, indexed by the names of the estimators.
    average : {"pooled", "folds"}, default="pooled"
        See `Evaluation.summary`; ``average`` of a `Recipe` is that of its paper.

    Returns
    -------
    DataFrame
        Indexed by ``row`` and ``corpus`` of the published figures; estimators without any follow,
        without a corpus. For each published score, there is one column per evaluation and one
        named "published": the columns have the levels ``score`` and ``source``. What one of them
        lacks is NaN. If an evaluation has speakers on both sides of a split, or may have, it has a
        column ``shared_speakers`` that is True.

    Raises
    ------
    ValueError
        If `average` is unknown, an evaluation is named "published", or there are no figures.

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> from sklearn_ser.evaluation import compare_with_published, cross_evaluate
    >>> from sklearn_ser.recipes import ando2018
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=8, random_state=0)
    >>> recipe = ando2018(quick=True)
    >>> found = cross_evaluate(recipe["majority class"], corpus, groups="session")
    >>> table = compare_with_published(found, recipe.published)
    >>> table.columns.tolist()[:2]
    [('WA', 'here'), ('WA', 'published')]
    >>> float(table.loc["hard, clear"]["UA", "published"].item())
    53.7
    """
    evaluations = {"here": evaluation} if isinstance(evaluation, Evaluation) else evaluation
    if "published" in evaluations:
        raise ValueError("no evaluation may be named 'published', the name of the paper's column.")
    scores = [name for name in published if name not in ABOUT]
    if published.empty or not scores:
        raise ValueError("published has no figures, as that of a recipe from no paper.")
    printed = published[scores].set_index(published["corpus"], append=True)
    summaries = {
        name: one.summary(average=average, n_resamples=1) for name, one in evaluations.items()
    }
    estimators = dict.fromkeys(row for summary in summaries.values() for row in summary.index)
    more = [(row, "") for row in estimators if row not in published.index]
    index = pd.MultiIndex.from_tuples([*printed.index, *more], names=["row", "corpus"])
    rows = index.get_level_values("row")
    columns = {}
    for score in scores:
        for name, summary in summaries.items():
            known = summary[score] * 100 if score in summary else pd.Series(dtype=float)
            columns[score, name] = known.reindex(rows).to_numpy(float)
        columns[score, "published"] = printed[score].reindex(index).to_numpy(float)
    for name, one in evaluations.items():
        if one.shared_speakers:
            columns["shared_speakers", name] = np.ones(len(index), dtype=bool)
    names = pd.MultiIndex.from_tuples(columns, names=["score", "source"])
    return pd.DataFrame(dict(enumerate(columns.values())), index=index).set_axis(names, axis=1)
