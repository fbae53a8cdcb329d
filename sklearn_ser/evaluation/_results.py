"""Everything that a report shows, and how its numbers look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sklearn_ser.evaluation._details import average_details
from sklearn_ser.evaluation._evaluation import Evaluation
from sklearn_ser.evaluation._published import compare_with_published
from sklearn_ser.evaluation._summary import AVERAGING
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._typing import AnyPath

# The title of what `Results.about` says.
ABOUT = "How this was made"


def show_score(value):
    """Return a score as text."""
    return f"{value:.3f}"


def show_percent(value):
    """Return a score in percent as text."""
    return f"{value:.2f}"


def show_counts(table):
    """Return a table with its numbers as text; a column of whole numbers has no decimals."""
    return table.apply(_show_column)


def _show_column(column):
    if not is_numeric_dtype(column) or is_bool_dtype(column):
        return column
    whole = (column.dropna() % 1 == 0).all()
    return column.map(f"{{:.{0 if whole else 2}f}}".format, na_action="ignore").astype(object)


def has_names(table):
    """Return whether the rows of a table have names that a reader must see."""
    return not isinstance(table.index, pd.RangeIndex)


@dataclass
class Results:
    """Everything that a report shows.

    Parameters
    ----------
    heading : str
        Its first line is the title.
    evaluations : dict of str to Evaluation
        By the name of their protocol.
    seconds : float
        Duration of the evaluation.
    baseline : str or None
        Name of the estimator that the others are compared with; None means the first.
    average : {"pooled", "folds"}
        See `Evaluation.summary`.
    published : DataFrame
        The figures of the paper; empty if there is no paper.
    tables : dict of str to DataFrame
        Tables about the corpus, by title.
    draw : callable or None
        Makes more figures of an evaluation, by title.
    notices : sequence of str
        What a reader must not miss, such as recordings that were left out.
    sentence : str
        The result in plain words.
    about : dict of str to str
        How the evaluation was made: the command, the tables, versions.
    root : path-like or None
        The folder that files are named relative to.
    """

    heading: str
    evaluations: dict[str, Evaluation]
    seconds: float
    baseline: str | None = None
    average: str = "pooled"
    published: pd.DataFrame = field(default_factory=pd.DataFrame)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    draw: Callable | None = None
    notices: Sequence[str] = ()
    sentence: str = ""
    about: dict[str, str] = field(default_factory=dict)
    root: AnyPath | None = None

    @cached_property
    def summaries(self):
        """Summary of each evaluation."""
        return {
            name: evaluation.summary(self.baseline, average=self.average)
            for name, evaluation in self.evaluations.items()
        }

    @cached_property
    def reports(self):
        """Report of each evaluation: what its figures depend on, and the table."""
        return {
            name: evaluation.report(self.baseline, average=self.average)
            for name, evaluation in self.evaluations.items()
        }

    @cached_property
    def comparison(self):
        """Scores beside the published figures; empty if there is no paper."""
        if self.published.empty:
            return self.published
        return compare_with_published(self.evaluations, self.published, average=self.average)

    def split_comparison(self):
        """Return the comparison as one table for each table of the paper, by title.

        Columns of published figures name the corpus that they are on.
        """
        table = self.comparison
        corpora = self.published["corpus"].unique() if len(table) else ()
        if len(corpora) == 1:
            table = table.rename(columns={"published": f"published, {corpora[0]}"}, level="source")
        if "table" not in table.index.names:
            return {"": table} if len(table) else {}
        parts = table.groupby(level="table", sort=False)
        return {
            f"Table {number}" if number else "Not in the paper": part.droplevel("table")
            for number, part in parts
        }

    def name_part(self, protocol, title):
        """Return the title of a part about one protocol, which is named if there are several."""
        return f"{title}, {protocol}" if len(self.evaluations) > 1 else title

    def average_details(self, protocol):
        """Return the means of all tables about fits, by title."""
        return {
            self.name_part(protocol, f"{name}, means over folds and seeds"): average_details(table)
            for name, table in self.evaluations[protocol].details.items()
        }

    def explain_gain(self):
        """Return what gains in UA are over; "" if nothing is compared."""
        names = next(iter(self.summaries.values())).index
        if len(names) < 2:
            return ""
        return f"UA_gain is the UA minus that of {self.baseline or names[0]!r}."

    def tabulate_about(self):
        """Return how the evaluation was made as a table."""
        return pd.DataFrame({"value": pd.Series(self.about, dtype=object)})

    def introduce_comparison(self):
        """Return what must be known to read the comparison."""
        averaging = AVERAGING[self.average]
        return (
            "Beside the published figures, in percent, on "
            f"{join_names(dict.fromkeys(self.published['corpus']))}. Figures of other corpora, "
            "splits or classes are not comparable. Scores of this run are averaged as in the "
            f"recipe: {averaging[0].lower()}{averaging[1:]}."
        )

    def list_notes(self):
        """Return the notes on published figures, each with its rows."""
        notes = self.published[self.published["note"] != ""]
        rows = {}
        for row, note in zip(notes.index, notes["note"], strict=True):
            rows.setdefault(note, {})[row] = True
        return [f"{', '.join(names)}: {note}." for note, names in rows.items()]
