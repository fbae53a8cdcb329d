"""List the answers of a table, with one row per answer or one column per rater."""

from collections import Counter

import numpy as np
import pandas as pd

from sklearn_ser.datasets._table_columns import ABOUT, PARTS
from sklearn_ser.datasets._table_labels import merge_spellings, read_labels
from sklearn_ser.datasets._table_text import is_empty, read_texts
from sklearn_ser.ratings._values import list_cell
from sklearn_ser.speech._recordings import parse_column
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names

# A column of text holds no labels if so many of at least so many answers are different.
DIFFERENT = 0.9
FEWEST = 10
# Nobody's label has so many words.
MOST_WORDS = 6


def list_answers(table, roles, raters, mapping, remarks):
    """List the answers of a table.

    Parameters
    ----------
    table : Table
    roles : dict of role to column
        With "file". With "label", the table has one row per answer.
    raters : list of str, or None
        Columns of raters in a table without "label"; None means all that have no other role.
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
    key = {"file": files, **parse_parts(table, roles)}
    if "label" in roles:
        who = rows[roles["rater"]] if "rater" in roles else [None] * len(rows)
        answers = pd.DataFrame({**key, "rater": list(who), "label": list(rows[roles["label"]])})
        answers = _explode(answers.set_axis(rows.index))
    else:
        if raters is None:
            raters = [name for name in rows.columns if name not in roles.values()]
        parts = [
            pd.DataFrame({**key, "rater": name, "label": list(rows[name])}) for name in raters
        ]
        if not parts:
            raise ValueError(
                f"{table.name} must have a column of labels, or a column for each rater; its "
                f"columns are {list_values(rows.columns)}."
            )
        answers = _explode(pd.concat(parts).sort_index(kind="stable"))
    cells = answers["label"].tolist()
    answers["label"] = read_labels(cells, mapping, remarks)
    _check_labels(table, answers, "label" in roles, roles)
    if "label" in roles:
        n_empty = sum(map(is_empty, cells))
        if n_empty:
            remarks.append(f"{n_empty:,} rows of {table.name} have no label")
    else:
        silent = [n for n in raters if answers["label"][answers["rater"] == n].isna().all()]
        if silent:
            remarks.append(f"raters without any answer: {join_names(silent, most=5)}")
    answers = answers[answers["label"].notna()]
    answers = _read_raters(table, answers, "rater" in roles, remarks)
    nameless = answers["file"].isna()
    if nameless.any():
        numbers = answers.index[nameless].unique()
        remarks.append(
            f"{len(numbers):,} rows of {table.name} have answers and no name of a recording, and "
            f"are left out (rows {join_names(numbers, most=5)}); if cells were merged, fill in "
            "every row"
        )
    return answers[~nameless]


def parse_parts(table, roles):
    """Return start, end and channel of each row, as far as the table has them.

    Raises
    ------
    ValueError
        If cells are no times or channels, or an end is not after its start; the rows are listed.
    """
    parts, problems = {}, []
    for role in PARTS:
        if role not in roles:
            continue
        column = table.rows[roles[role]]
        column = column.map(lambda cell: None if is_empty(cell) else cell).astype(object)
        values, bad = parse_column(pd.DataFrame({role: column}), role)
        parts[role] = pd.Series(values, table.rows.index, dtype=object)
        if bad:
            bad = [f"{table.rows.index[int(b.split(' ')[0])]} {b.split(' ', 1)[1]}" for b in bad]
            must = (
                "whole numbers from 0 on" if role == "channel" else "times in seconds, from 0 on"
            )
            problems.append(
                f"column {roles[role]!r} must hold {must}; not in rows {join_names(bad, most=5)}"
            )
    if {"start", "end"} <= parts.keys() and not problems:
        start, end = (pd.to_numeric(parts[role]).to_numpy(float) for role in ("start", "end"))
        backwards = table.rows.index[np.nan_to_num(start) >= np.where(np.isnan(end), np.inf, end)]
        if len(backwards):
            problems.append(
                f"end must be after start; not in rows {join_names(backwards, most=5)}"
            )
    if problems:
        raise ValueError(f"{table.name}: {'; '.join(problems)}.")
    return parts


def find_duplicates(answers, remarks):
    """Append remarks on what a rater said twice of a sample, or in which they changed their mind.

    Parameters
    ----------
    answers : DataFrame
        With ``file``, ``sample``, ``rater`` and ``label``.
    remarks : list of str
    """
    named = answers[answers["rater"].notna()]
    n_repeated = int(named.duplicated(["sample", "rater", "label"]).sum())
    if n_repeated:
        remarks.append(f"{n_repeated:,} answers are there more than once and count once")
    single = named.drop_duplicates(["sample", "rater", "label"])
    several = single[single.duplicated(["sample", "rater"], keep=False)]
    if len(several):
        pairs = several.groupby(["sample", "rater"], sort=False)
        shown = [
            f"{rater} on {group['file'].iloc[0]}: {' and '.join(group['label'])}"
            for (_, rater), group in list(pairs)[:3]
        ]
        remarks.append(
            f"raters gave several labels to the same recording {pairs.ngroups:,} times, all of "
            f"which are kept ({'; '.join(shown)})"
        )


def _explode(answers):
    """Return one row per label where cells are lists, as in tables of several labels."""
    if any(
        isinstance(cell, (list, tuple, set, frozenset, np.ndarray)) for cell in answers["label"]
    ):
        lists = [
            list_cell(cell.tolist() if isinstance(cell, np.ndarray) else cell)
            for cell in answers["label"]
        ]
        return answers.assign(label=lists).explode("label")
    return answers


def _read_raters(table, answers, has_raters, remarks):
    """Return answers with the names of raters as text, each of them spelt in one way."""
    cells = answers["rater"].tolist()
    names = merge_spellings(read_texts(cells), cells, "raters", remarks)
    if has_raters and None in names:
        remarks.append(
            f"{names.count(None):,} answers in {table.name} have no rater and count as those of "
            "unknown people"
        )
    return answers.assign(rater=pd.Series(names, answers.index, dtype=object))


def _check_labels(table, answers, is_long, roles):
    """Raise a ValueError if columns hold something else than labels."""
    said = answers[answers["label"].notna()]
    if said.empty:
        raise ValueError(f"{table.name} has no answer of any rater.")
    by_column = (
        {roles["label"]: said["label"].tolist()}
        if is_long
        else {name: group["label"].tolist() for name, group in said.groupby("rater", sort=False)}
    )
    odd = find_misfits(by_column)
    if not odd:
        return
    reasons = join_names((f"{name!r} {reason}" for name, reason in odd.items()), most=5)
    others = [name for name in by_column if name not in odd]
    if is_long:
        raise ValueError(
            f"{table.name}: the column of labels {reasons}. Labels must be classes; pass the "
            "column that holds them, columns={'label': ...}."
        )
    raise ValueError(
        f"{table.name}: every column but those of the recordings must be a rater. Column "
        f"{reasons}. Name the columns of raters: columns={{'raters': "
        f"{list_values(others) if others else '[...]'}}}."
    )


def find_misfits(by_column):
    """Find columns that hold something else than labels of one vocabulary.

    Parameters
    ----------
    by_column : dict of column to list of str

    Returns
    -------
    dict of column to str
        The reason.
    """
    odd = {}
    owners = Counter(label for labels in by_column.values() for label in set(labels))
    for name, labels in by_column.items():
        different = set(labels)
        own = {label for label in different if owners[label] == 1}
        fractions = sorted(label for label in different if _is_fraction(label))
        wordy = [label for label in different if len(label.split()) > MOST_WORDS]
        if fractions:
            odd[name] = f"holds numbers with decimals, such as {fractions[0]}"
        elif len(wordy) > len(different) / 2:
            odd[name] = "holds free text"
        elif len(labels) >= FEWEST and len(different) >= DIFFERENT * len(labels):
            odd[name] = "has a different answer in nearly every row"
        elif len(by_column) > 2 and own == different and len(labels) >= FEWEST:
            odd[name] = f"shares no label with the others ({list_values(sorted(own)[:3])})"
    # Raters who have nothing in common with anyone are no reason to refuse all of them.
    alone = [name for name, reason in odd.items() if reason.startswith("shares")]
    if len(by_column) - len(odd) < 2:
        odd = {name: reason for name, reason in odd.items() if name not in alone}
    return odd


def _is_fraction(label):
    try:
        number = float(label)
    except ValueError:
        return False
    return np.isfinite(number) and not number.is_integer()


def look_like_raters(table, roles):
    """Return columns without a role that share labels with the column of labels.

    Parameters
    ----------
    table : Table
    roles : dict of role to column

    Returns
    -------
    list of str
    """
    labels = {text.casefold() for text in read_texts(table.rows[roles["label"]]) if text}
    alike = []
    for name in table.rows.columns:
        if name in roles.values() or name in ABOUT:
            continue
        texts = {text.casefold() for text in read_texts(table.rows[name]) if text}
        if len(texts) > 1 and len(texts & labels) >= len(texts) / 2:
            alike.append(name)
    return alike
