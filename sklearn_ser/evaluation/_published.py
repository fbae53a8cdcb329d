"""Scores beside published figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sklearn_ser.evaluation._evaluation import Evaluation
from sklearn_ser.utils._messages import join_names

if TYPE_CHECKING:
    from sklearn_ser.evaluation._evaluation import Average

# What names a printed row.
LEVELS = ("table", "row", "printed_as")
ABOUT = ("corpus", "table", "printed_as", "note")


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
        One row per estimator, indexed by ``row``, or by ``table``, ``row`` and ``printed_as`` if
        `published` has these columns. Estimators without published figures follow; their other
        names are empty. For each published score, there is one column per evaluation and one per
        corpus of the paper: the columns have the levels ``score`` and ``source``, which is
        "published" or, if there are several corpora, such as "published, CASIA". What one of them
        lacks is NaN. If an evaluation has speakers on both sides of a split, or may have, it has a
        column ``shared_speakers`` that is True.

    Raises
    ------
    ValueError
        If `average` is unknown, the name of an evaluation begins with "published", or there are no
        figures.

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
    >>> float(table.loc["hard, clear", ("UA", "published")])
    53.7
    """
    evaluations = {"here": evaluation} if isinstance(evaluation, Evaluation) else evaluation
    odd = [name for name in evaluations if str(name).startswith("published")]
    if odd:
        raise ValueError(
            "no name of an evaluation may begin with 'published', as the paper's columns do; got "
            f"{join_names(map(repr, odd))}."
        )
    scores = [name for name in published if name not in ABOUT]
    if published.empty or not scores:
        raise ValueError("published has no figures, as that of a recipe from no paper.")
    printed = _separate_corpora(published, scores)
    summaries = {
        name: one.summary(average=average, n_resamples=1) for name, one in evaluations.items()
    }
    estimators = dict.fromkeys(row for summary in summaries.values() for row in summary.index)
    more = [row for row in estimators if row not in published.index]
    index = printed.index
    if more:
        index = index.append(_name_rows(index.names, more))
    rows = index.get_level_values("row")
    columns = {}
    for score in scores:
        for name, summary in summaries.items():
            known = summary[score] * 100 if score in summary else pd.Series(dtype=float)
            columns[score, name] = known.reindex(rows).to_numpy(float)
        for source, figures in printed[score].items():
            columns[score, source] = figures.reindex(index).to_numpy(float)
    for name, one in evaluations.items():
        if one.shared_speakers:
            columns["shared_speakers", name] = np.ones(len(index), dtype=bool)
    names = pd.MultiIndex.from_tuples(columns, names=["score", "source"])
    return pd.DataFrame(dict(enumerate(columns.values())), index=index).set_axis(names, axis=1)


def _separate_corpora(published, scores):
    """Return published figures with one row per printed row, and one column per corpus."""
    levels = [level for level in LEVELS if level == "row" or level in published]
    table = published.rename_axis("row").reset_index()
    corpora = list(dict.fromkeys(table["corpus"]))
    parts = {}
    for corpus in corpora:
        source = "published" if len(corpora) == 1 else f"published, {corpus}"
        own = table[table["corpus"] == corpus].set_index(levels)
        parts |= {(score, source): own[score] for score in scores}
    rows = pd.DataFrame(index=table.drop_duplicates(levels).set_index(levels).index)
    return pd.DataFrame({place: part.reindex(rows.index) for place, part in parts.items()})


def _name_rows(levels, rows):
    """Return the index of rows that are not published."""
    if len(levels) == 1:
        return pd.Index(rows, name="row")
    names = [rows if level == "row" else [""] * len(rows) for level in levels]
    return pd.MultiIndex.from_arrays(names, names=levels)
