"""What every recipe is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from sklearn.base import BaseEstimator, clone

from sklearn_ser.features import FramePooler, OpenSmileLLD
from sklearn_ser.utils._saving import SavedByName


class Recipe(SavedByName, dict):
    """The pipelines of a paper's comparison, by row.

    Parameters
    ----------
    rows : dict of str to estimator
        They are cloned.
    paper : str
        Reference.
    published : DataFrame
        The paper's figures in percent, indexed by row; rows that are no pipelines here were quoted
        by the paper, or are other corpora's. Columns: ``corpus``, the metrics, and ``note``, which
        flags what is printed wrong and what was quoted ("" elsewhere).
    groups : str
        What `cross_evaluate` is to hold out: the paper's "session" or "speaker", or "speaker"
        where the paper did not keep speakers apart.
    baseline : str
        The row that others are compared with.
    need_annotators : sequence of str, default=()
        Rows that learn nothing from ratings that do not tell who gave them.

    Attributes
    ----------
    paper, published, groups, baseline, need_annotators
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
    ) -> None:
        # Rows share no object: what is set in one must not show in another.
        super().__init__({name: clone(estimator) for name, estimator in rows.items()})
        self.paper = paper
        self.published = published
        self.groups = groups
        self.baseline = baseline
        self.need_annotators = need_annotators

    def __repr__(self):
        return f"Recipe({self.paper!r}, rows={list(self)})"


def get_training_settings(quick):
    """Return the settings of a network on frames: its own, or those that are soon done."""
    return {"lr": 0.003, "max_epochs": 20, "patience": 5} if quick else {}


def make_frame_steps(feature_set, quick, memory):
    """Return the first steps of a pipeline: features every 10 ms, or means of 5 of them."""
    lld = OpenSmileLLD(feature_set, memory=memory)
    return [lld, FramePooler(5)] if quick else [lld]


def tabulate_figures(columns, rows, notes=None):
    """Return published figures as a table.

    Parameters
    ----------
    columns : list of str
    rows : list of tuple
        The row's name, the corpus, and one figure for each of `columns`.
    notes : dict of (row, corpus) to str, default=None

    Returns
    -------
    DataFrame
    """
    table = pd.DataFrame(rows, columns=["row", "corpus", *columns]).set_index("row")
    notes = notes or {}
    table["note"] = [notes.get(key, "") for key in zip(table.index, table["corpus"], strict=True)]
    return table
