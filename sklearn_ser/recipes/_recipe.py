"""The class of all recipes, and code that they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Bunch

from sklearn_ser.evaluation import Evaluation
from sklearn_ser.features import FramePooler, OpenSmileLLD
from sklearn_ser.utils._saving import SavedByName

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Recipe(SavedByName, dict):
    """A dict of the pipelines that a paper compares, by the name of their row in its table.

    Parameters
    ----------
    rows : dict of str to estimator
        Clones of them are used.
    paper : str
        The reference.
    published : DataFrame
        The paper's figures in percent, indexed by row. It may have rows without a pipeline, which
        the paper quotes from others. The columns are ``corpus``, the metrics, and ``note``, which
        marks misprints and quoted figures ("" otherwise). If several tables of the paper print
        some rows, there is one row for each, with the number of the ``table`` and what it calls
        the row, ``printed_as``.
    groups : {"session", "speaker"}
        What `cross_evaluate` should hold out: the same as the paper, or "speaker" if the paper had
        speakers on both sides.
    baseline : str
        The row that the others are compared with.
    need_annotators : sequence of str, default=()
        Rows that need ratings with known annotators.
    average : {"pooled", "folds"}, default="pooled"
        How the paper averages; see `Evaluation.summary`.
    n_seeds : int, default=1
        Number of trainings that the paper averages.
    describe : callable, default=None
        ``describe(corpus)`` returns tables about the ratings of a corpus, as a dict of titles and
        DataFrames. Nothing is trained.
    inspect : callable, default=None
        ``inspect(classifier)`` returns tables about a fitted row; see `cross_evaluate`, which uses
        it.
    draw : callable, default=None
        ``draw(evaluation)`` returns figures of an `Evaluation`, as a dict of titles and Figures.
    evaluate_published : callable, default=None
        ``evaluate_published(rows, corpus, seeds=..., n_jobs=..., memory=..., verbose=...)``
        returns an `Evaluation` on the splits of the paper. None if these are what `cross_evaluate`
        makes of `groups`.

    Attributes
    ----------
    paper, published, groups, baseline, need_annotators, average, n_seeds
        As given.
    describe, inspect, draw, evaluate_published
        As given.

    Examples
    --------
    >>> from sklearn_ser.recipes import ando2018
    >>> recipe = ando2018(quick=True)
    >>> list(recipe)[:2], recipe.groups
    (['majority class', 'hard, clear'], 'session')
    """

    def __init__(
        self,
        rows: Mapping[str, BaseEstimator],
        *,
        paper: str,
        published: pd.DataFrame,
        groups: str,
        baseline: str,
        need_annotators: Sequence[str] = (),
        average: Literal["pooled", "folds"] = "pooled",
        n_seeds: int = 1,
        describe: Callable[[Bunch], dict[str, pd.DataFrame]] | None = None,
        inspect: Callable[[Any], dict[str, pd.DataFrame]] | None = None,
        draw: Callable[[Evaluation], dict[str, Figure]] | None = None,
        evaluate_published: Callable[..., Evaluation] | None = None,
    ) -> None:
        # Rows share no objects, so setting a parameter of one does not affect the others.
        super().__init__({name: clone(estimator) for name, estimator in rows.items()})
        self.paper = paper
        self.published = published
        self.groups = groups
        self.baseline = baseline
        self.need_annotators = need_annotators
        self.average = average
        self.n_seeds = n_seeds
        self.describe = describe
        self.inspect = inspect
        self.draw = draw
        self.evaluate_published = evaluate_published

    def __repr__(self):
        return f"Recipe({self.paper!r}, rows={list(self)})"


def get_training_settings(quick):
    """Return settings for training a network on frames: {} for the defaults, or quick ones."""
    return {"lr": 0.003, "max_epochs": 20, "patience": 5} if quick else {}


def make_frame_steps(feature_set, quick, memory):
    """Return the first steps of a pipeline: features every 10 ms, pooled by five if quick."""
    lld = OpenSmileLLD(feature_set, memory=memory)
    return [lld, FramePooler(5)] if quick else [lld]


def lay_counts_beside(here, published):
    """Lay quantities of a corpus beside published ones.

    Parameters
    ----------
    here, published : dict of str to dict of str to number
        Quantities by row.

    Returns
    -------
    DataFrame
        One row per row of `here`, and then of `published`. The columns have the levels
        ``quantity`` and ``source``, "here" or "published"; what one of them lacks is NaN.
    """
    tables = {
        "here": pd.DataFrame.from_dict(here, orient="index"),
        "published": pd.DataFrame.from_dict(published, orient="index"),
    }
    rows = list(dict.fromkeys([*here, *published]))
    quantities = dict.fromkeys(name for table in tables.values() for name in table)
    columns = pd.MultiIndex.from_product(
        [quantities, [source for source, table in tables.items() if len(table)]],
        names=["quantity", "source"],
    )
    found = [tables[source].reindex(rows).get(name) for name, source in columns]
    values = {place: column for place, column in enumerate(found) if column is not None}
    return pd.DataFrame(values, index=rows).set_axis(columns[list(values)], axis=1)


def tabulate_figures(columns, rows, notes=None):
    """Return published figures as a table.

    Parameters
    ----------
    columns : list of str
    rows : list of tuple
        The row's name, the corpus, and one figure per entry of `columns`.
    notes : dict of (row, corpus) to str, default=None

    Returns
    -------
    DataFrame
    """
    table = pd.DataFrame(rows, columns=["row", "corpus", *columns]).set_index("row")
    notes = notes or {}
    table["note"] = [notes.get(key, "") for key in zip(table.index, table["corpus"], strict=True)]
    return table
