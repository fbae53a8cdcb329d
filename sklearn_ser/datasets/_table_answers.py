"""List the answers of a table, with one row per answer or one column per rater."""

import ast
import contextlib
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_ser.datasets._table_files import Table
from sklearn_ser.datasets._table_labels import read_labels
from sklearn_ser.datasets._table_numbers import read_decimals
from sklearn_ser.datasets._table_parts import parse_parts
from sklearn_ser.datasets._table_people import merge_people
from sklearn_ser.datasets._table_raters import (
    check_labels,
    describe_strangers,
)
from sklearn_ser.datasets._table_split import split_labels
from sklearn_ser.datasets._table_text import is_empty, read_known, read_texts, show, strip, to_name
from sklearn_ser.datasets._table_votes import check_no_consensus, check_no_votes
from sklearn_ser.utils._messages import say_count, say_rows

MERGED = "; if cells were merged, fill in every row"


class Answers(NamedTuple):
    """The answers of a table as its cells have them, since all tables are read together."""

    table: Table
    roles: dict  # of role to column
    raters: list  # columns of raters, in a table without a column of labels
    named: bool  # whether the user named them
    # With file (the name in the table), the parts of it in seconds that the table has, rater (None
    # where unknown), and speaker and session if this table has them.
    rows: pd.DataFrame
    cells: list  # one list of labels per row


def list_answers(table, roles, raters, named, mapping, remarks):
    """List the answers of a table.

    Parameters
    ----------
    table : Table
    roles : dict of role to column
        With "file". With "label", the table has one row per answer.
    raters : list of str
        Columns of raters in a table without "label".
    named : bool
        Whether the user named them.
    mapping : dict of str to str or None
        See `read_answers`.
    remarks : Remarks
        What is unusual is appended.

    Returns
    -------
    Answers

    Raises
    ------
    ValueError
        If there are no columns of labels, or columns hold no times.
    """
    rows = table.rows
    files = pd.Series([*map(to_name, rows[roles["file"]])], rows.index, dtype=object)
    key = pd.DataFrame({"file": files, **parse_parts(table, roles, remarks)})
    if "label" in roles:
        (cells,) = _list_labels(table, [roles["label"]], mapping)
        who = rows[roles["rater"]].tolist() if "rater" in roles else [None] * len(rows)
        answers = key.assign(rater=pd.Series(who, rows.index, dtype=object))
        _remark_gaps(cells, key, remarks)
    else:
        if not raters:
            raise ValueError(
                f"{table.name} must have a column of labels, or a column for each rater; its "
                f"columns are {show(rows.columns, most=10)}."
            )
        columns = _list_labels(table, raters, mapping)
        cells = [cell for row in zip(*columns, strict=True) for cell in row]
        answers = key.loc[np.repeat(rows.index, len(raters))]
        answers["rater"] = pd.Series(list(raters) * len(rows), answers.index, dtype=object)
    return Answers(table, roles, list(raters), named, answers, [_list_cell(c) for c in cells])


def read_answers(listed, mapping, remarks):
    """Read the labels and raters of all tables, each spelt in one way.

    Parameters
    ----------
    listed : list of Answers
    mapping : dict of str to str or None
        See `read_labels`.
    remarks : Remarks
        What is unusual is appended.

    Returns
    -------
    list of DataFrame
        One per table: its ``rows`` with a ``label``, in its order.

    Raises
    ------
    ValueError
        If columns hold no labels.
    """
    places = [(one.table.name, row) for one in listed for row in one.rows.index]
    lists = split_labels([cell for one in listed for cell in one.cells], mapping, places, remarks)
    lengths = [len(labels) for labels in lists]
    labels = read_labels(
        [label for labels in lists for label in labels],
        mapping,
        [place for place, n in zip(places, lengths, strict=True) for _ in range(n)],
        remarks,
    )
    firsts = np.cumsum([0, *(len(one.cells) for one in listed)])
    ends = np.cumsum([0, *lengths])
    tables = []
    for one, first, end in zip(listed, firsts, firsts[1:], strict=False):
        answers = one.rows.take(np.repeat(np.arange(len(one.rows)), lengths[first:end]))
        own = labels[ends[first] : ends[end]]
        answers["label"] = pd.Series(own, answers.index, dtype=object)
        tables.append(_check_answers(one, answers, remarks.of(one.table.name)))
    names = _name_raters(listed, tables, remarks)
    return [
        _drop_nameless(one.table, answers.assign(rater=own), remarks.of(one.table.name))
        for one, answers, own in zip(listed, tables, names, strict=True)
    ]


def _check_answers(one, answers, remarks):
    """Return the answers that are given, from columns that hold labels."""
    said = {name: answers["label"][answers["rater"] == name] for name in one.raters}
    if one.raters and not one.named:
        check_no_votes(one.table, said)
    check_labels(one.table, one.roles.get("label"), answers)
    if one.raters and not one.named:
        check_no_consensus(one.table, said)
        remarks += describe_strangers(said)
    silent = [name for name, labels in said.items() if labels.isna().all()]
    if silent:
        remarks.append(f"raters without any answer: {show(silent)}")
    return answers[answers["label"].notna()]


def find_repeats(answers, remarks):
    """Append remarks on what a rater said twice of a sample, and on several labels.

    Parameters
    ----------
    answers : DataFrame
        With ``file``, ``sample``, ``rater`` and ``label``, and the ``table`` and ``row`` that
        they are from.
    remarks : Remarks
    """
    named = answers[answers["rater"].notna()]
    repeated = named.duplicated(["sample", "rater", "label"])
    for table, again in named[repeated].groupby("table", sort=False):
        count = say_count(len(again), "answer is", "answers are")
        count_once = "counts once" if len(again) == 1 else "count once"
        remarks.of(table).append(
            f"{count} there more than once and {count_once} ({say_rows(again['row'])})"
        )
    single = named[~repeated]
    several = single[single.duplicated(["sample", "rater"], keep=False)]
    if len(several):
        groups = several.groupby(["sample", "rater"], sort=False)
        shown = [
            f"{show([rater])} of {show([group['file'].iloc[0]])}: {show(group['label'], 3)}"
            for _, (((_, rater), group)) in zip(range(3), groups, strict=False)
        ]
        times = "once" if groups.ngroups == 1 else f"{groups.ngroups:,} times"
        remarks.of(*several["table"]).append(
            f"{times}, a rater gave several labels to a recording, all of which are kept "
            f"({'; '.join(shown)})"
        )


def _list_cell(cell):
    """Return the labels of a cell, which is a list in tables with several labels per rater."""
    if isinstance(cell, str) and cell.strip().startswith("["):
        # As pandas writes lists to text files. Nested too deeply, it is none.
        with contextlib.suppress(SyntaxError, ValueError, MemoryError, RecursionError):
            cell = ast.literal_eval(cell.strip())
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, (set, frozenset)):
        # A set has no order; sorting makes its first label the same in every run.
        return sorted(cell, key=str)
    return list(cell) if isinstance(cell, (list, tuple)) else [cell]


def _remark_gaps(cells, key, remarks):
    empty = np.array([is_empty(cell) for cell in cells], dtype=bool) & key["file"].notna()
    if empty.any():
        numbers = key.index[empty]
        have = say_count(len(numbers), "row has", "rows have")
        remarks.append(f"{have} no label ({say_rows(numbers)})")


def _list_labels(table, columns, mapping):
    """Return the cells of columns of labels; "1,2" is two labels if both are there alone."""
    texts = [cell for name in columns for cell in table.rows[name] if isinstance(cell, str)]
    single = {*mapping, *(strip(text) for text in texts if "," not in text)}
    parts = {strip(part) for text in texts if "," in text for part in text.split(",")}
    if parts <= single:
        return [table.rows[name].tolist() for name in columns]
    return [read_decimals(table, name).tolist() for name in columns]


def _name_raters(listed, tables, remarks):
    """Return the names of the raters of each table, the same one in one spelling."""
    cells = [answers["rater"].tolist() for answers in tables]
    names = []
    for one, answers, own in zip(listed, tables, cells, strict=True):
        known = read_known(own) if "rater" in one.roles else read_texts(own)
        if "rater" in one.roles and None in known:
            rows = [row for row, name in zip(answers.index, known, strict=True) if name is None]
            counts = "counts as that" if len(rows) == 1 else "count as those"
            remarks.of(one.table.name).append(
                f"{say_count(len(rows), 'answer has', 'answers have')} no rater, and {counts} of "
                f"unknown people ({say_rows(rows)})"
                f"{MERGED if 2 * len(rows) > len(own) else ''}"
            )
        names += known
    every = [cell for own in cells for cell in own]
    sources = [one.table.name for one, own in zip(listed, cells, strict=True) for _ in own]
    spelt = iter(merge_people(names, every, "raters", remarks, sources))
    return [
        pd.Series([next(spelt) for _ in own], answers.index, dtype=object)
        for own, answers in zip(cells, tables, strict=True)
    ]


def _drop_nameless(table, answers, remarks):
    nameless = answers["file"].isna()
    if nameless.any():
        numbers = answers.index[nameless].unique()
        have = say_count(len(numbers), "row has answers", "rows have answers")
        text = (
            f"{have} and no name of a recording, and {'is' if len(numbers) == 1 else 'are'} left "
            f"out ({say_rows(numbers)}){MERGED}"
        )
        if nameless.all():
            raise ValueError(f"{table.name}: {text}.")
        remarks.append(text)
    return answers[~nameless]
