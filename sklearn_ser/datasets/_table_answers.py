"""List the answers of a table, with one row per answer or one column per rater."""

import numpy as np
import pandas as pd

from sklearn_ser.datasets._table_labels import merge_spellings, read_labels, split_labels
from sklearn_ser.datasets._table_parts import parse_parts
from sklearn_ser.datasets._table_raters import check_labels, check_no_votes
from sklearn_ser.datasets._table_text import is_empty, read_texts, show
from sklearn_ser.utils._messages import join_names


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
        See `read_labels`.
    remarks : list of str
        What is unusual is appended.

    Returns
    -------
    DataFrame
        With ``file`` (the name in the table), the parts of it in seconds that the table has,
        ``rater`` (None where unknown) and ``label``, in the order of the table.

    Raises
    ------
    ValueError
        If columns hold no labels or no times.
    """
    rows = table.rows
    files = pd.Series(read_texts(rows[roles["file"]]), rows.index, dtype=object)
    key = pd.DataFrame({"file": files, **parse_parts(table, roles)})
    if "label" in roles:
        cells = rows[roles["label"]].tolist()
        who = rows[roles["rater"]].tolist() if "rater" in roles else [None] * len(rows)
        answers = key.assign(rater=pd.Series(who, rows.index, dtype=object))
        _remark_gaps(table, roles, cells, key, remarks)
    else:
        if not raters:
            raise ValueError(
                f"{table.name} must have a column of labels, or a column for each rater; its "
                f"columns are {show(rows.columns, most=10)}."
            )
        cells = [cell for row in rows[raters].itertuples(index=False) for cell in row]
        answers = key.loc[np.repeat(rows.index, len(raters))]
        answers["rater"] = pd.Series(list(raters) * len(rows), answers.index, dtype=object)
    lists = split_labels([_list_cell(cell) for cell in cells], mapping, remarks)
    lengths = [len(labels) for labels in lists]
    answers = answers.take(np.repeat(np.arange(len(answers)), lengths))
    labels = read_labels([label for labels in lists for label in labels], mapping, remarks)
    answers["label"] = pd.Series(labels, answers.index, dtype=object)
    if "label" not in roles and not named:
        check_no_votes(table, {n: answers["label"][answers["rater"] == n] for n in raters})
    check_labels(table, roles.get("label"), answers)
    silent = [name for name in raters if answers["label"][answers["rater"] == name].isna().all()]
    if silent:
        remarks.append(f"raters without any answer: {show(silent)}")
    answers = answers[answers["label"].notna()]
    answers = _name_raters(table, answers, "rater" in roles, remarks)
    return _drop_nameless(table, answers, remarks)


def find_repeats(answers, remarks):
    """Append remarks on what a rater said twice of a sample, and on several labels.

    Parameters
    ----------
    answers : DataFrame
        With ``file``, ``sample``, ``rater`` and ``label``.
    remarks : list of str
    """
    named = answers[answers["rater"].notna()]
    repeated = named.duplicated(["sample", "rater", "label"])
    if repeated.any():
        remarks.append(f"{int(repeated.sum()):,} answers are there more than once and count once")
    single = named[~repeated]
    several = single[single.duplicated(["sample", "rater"], keep=False)]
    if len(several):
        groups = several.groupby(["sample", "rater"], sort=False)
        shown = [
            f"{show([rater])} of {show([group['file'].iloc[0]])}: {show(group['label'], 3)}"
            for _, (((_, rater), group)) in zip(range(3), groups, strict=False)
        ]
        remarks.append(
            f"{groups.ngroups:,} times, a rater gave several labels to a recording, all of which "
            f"are kept ({'; '.join(shown)})"
        )


def _list_cell(cell):
    """Return the labels of a cell, which is a list in tables with several labels per rater."""
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, (set, frozenset)):
        # A set has no order; sorting makes its first label the same in every run.
        return sorted(cell, key=str)
    return list(cell) if isinstance(cell, (list, tuple)) else [cell]


def _remark_gaps(table, roles, cells, key, remarks):
    empty = np.array([is_empty(cell) for cell in cells], dtype=bool) & key["file"].notna()
    if empty.any():
        numbers = join_names(key.index[empty], most=5)
        remarks.append(f"{int(empty.sum()):,} rows of {table.name} have no label (rows {numbers})")


def _name_raters(table, answers, has_raters, remarks):
    """Return answers with the names of raters as text, each of them spelt in one way."""
    cells = answers["rater"].tolist()
    names = merge_spellings(read_texts(cells), cells, "raters", remarks)
    if has_raters and None in names:
        remarks.append(
            f"{names.count(None):,} answers in {table.name} have no rater, and count as those of "
            "unknown people"
        )
    return answers.assign(rater=pd.Series(names, answers.index, dtype=object))


def _drop_nameless(table, answers, remarks):
    nameless = answers["file"].isna()
    if nameless.any():
        numbers = answers.index[nameless].unique()
        remarks.append(
            f"{len(numbers):,} rows of {table.name} have answers and no name of a recording, and "
            f"are left out (rows {join_names(numbers, most=5)}); if cells were merged, fill in "
            "every row"
        )
        if nameless.all():
            raise ValueError(f"{table.name}: {remarks[-1]}.")
    return answers[~nameless]
