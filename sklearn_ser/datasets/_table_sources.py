"""Read the tables of a corpus, and find out which of them has what."""

from os import PathLike
from pathlib import Path

import pandas as pd

from sklearn_ser.datasets._table_answers import list_answers
from sklearn_ser.datasets._table_columns import ABOUT, check_named, find_roles
from sklearn_ser.datasets._table_files import read_table
from sklearn_ser.datasets._table_names import EXTENSIONS
from sklearn_ser.datasets._table_raters import (
    check_columns_of_raters,
    describe_raters,
    find_alike,
    find_rivals,
)
from sklearn_ser.datasets._table_recordings import list_folder, read_people, read_recordings
from sklearn_ser.datasets._table_text import show


def read_sources(recordings, ratings, remarks):
    """Return the table of recordings and that of answers, which may be the same one."""
    if recordings is None and ratings is None:
        raise ValueError("recordings or ratings must be given; both are None.")
    is_folder = isinstance(recordings, (str, PathLike)) and Path(recordings).expanduser().is_dir()
    if is_folder and ratings is None:
        raise ValueError(f"recordings is a folder, {recordings}; then ratings must be a table.")
    answering = None if ratings is None else read_table(ratings, "ratings")
    if recordings is None:
        return answering, answering
    if is_folder:
        return list_folder(Path(recordings).expanduser(), remarks), answering
    table = read_table(recordings, "recordings")
    return table, table if answering is None else answering


def list_sources(table, answering, given, mapping, needs_label, remarks):
    """Return the recordings, and the answers with the names that they use, as they are written.

    Parameters
    ----------
    table, answering : Table
        Of recordings, and of answers; they may be the same one.
    given : dict of role to list of str
        Columns that the user names.
    mapping : dict of str to str or None
        Spellings of labels.
    needs_label : bool
        Whether the table of answers is one of recordings, of which columns without a usual name
        are no raters.
    remarks : list of str

    Returns
    -------
    data : DataFrame
    answers : Answers
    """
    is_one = table is answering
    check_named(given, table, answering)
    problems = []
    roles = (*ABOUT, *(() if "raters" in given else ("rater", "label")))
    clear = ("rater",) if needs_label else ("speaker",)
    of_answers = find_roles(answering, given, roles, clear, problems)
    of_recordings = of_answers if is_one else find_roles(table, given, ABOUT, (), problems)
    for source, found in [(table, of_recordings)] + [(answering, of_answers)] * (not is_one):
        if "file" not in found:
            problems.append(
                f"{source.name} has no column of files or names of recordings; its columns, as "
                f"its first row names them, are {show(source.rows.columns, most=10)}: pass "
                "columns={'file': ...}"
                f"{_find_no_header(source)}"
            )
    problems += _check_form(answering, of_answers, given, needs_label)
    if problems:
        raise ValueError(f"{'; '.join(problems)}.")
    raters = given.get("raters", [])
    if not raters and "label" not in of_answers:
        raters = [n for n in answering.rows.columns if n not in of_answers.values()]
        check_columns_of_raters(answering, raters)
        # Who says that there is no column of labels knows that all others are raters.
        if given.get("label") != []:
            remarks += describe_raters(raters)
    named = "raters" in given
    answers = list_answers(answering, of_answers, raters, named, mapping, remarks)
    data = read_recordings(table, of_recordings, raters if is_one else (), is_one, remarks)
    if not is_one:
        _add_people(answering, of_answers, of_recordings, answers.rows, remarks)
    return data, answers


def _find_no_header(table):
    audio = [name for name in table.rows.columns if name.lower().endswith(EXTENSIONS)]
    return f" (the first row must be the header, not {show(audio, 1)})" if audio else ""


def _check_form(table, roles, given, needs_label):
    """Return what is unclear about where the labels of a table are."""
    have = f"its columns are {show(table.rows.columns, most=10)}"
    if "raters" in given:
        return []
    if "label" in roles:
        if "label" in given:
            return []
        if "rater" in roles:
            rivals = find_rivals(table, roles)
            if not rivals:
                return []
            return [
                f"columns {show([roles['label'], *rivals])} of {table.name} may all be the label: "
                f"pass columns={{'label': {show(rivals[:1])}}} or another of them"
            ]
        alike = find_alike(table, roles)
        if not alike:
            return []
        return [
            f"column {show([roles['label']])} of {table.name} may hold the labels, or "
            f"{show(alike)} may be raters: pass columns={{'label': {show([roles['label']])}}} or "
            f"columns={{'raters': [{show(alike, most=10)}]}}"
        ]
    if "rater" in roles:
        return [
            f"{table.name} has a column of raters, {show([roles['rater']])}, and none of labels; "
            f"{have}: pass columns={{'label': ...}}, or columns={{'raters': [...]}} if there is a "
            "column for each rater"
        ]
    if needs_label:
        return [
            f"{table.name} has no column of labels; {have}: pass ratings, a table of answers, or "
            "columns={'label': ...}, or columns={'raters': [...]}"
        ]
    return []


def _add_people(table, roles, of_recordings, answers, remarks):
    """Add speakers and sessions that only the table of answers has."""
    rows = table.rows
    for role in ("speaker", "session"):
        if role in roles and role not in of_recordings:
            people = read_people(rows[roles[role]], role, remarks)
            names = pd.Series(people, rows.index, dtype=object)
            answers[role] = names.reindex(answers.index).to_numpy(object)
