"""Read the tables of a corpus, and find out which of them has what."""

import os
from os import PathLike
from pathlib import Path

import pandas as pd

from sklearn_ser.datasets._table_answers import list_answers
from sklearn_ser.datasets._table_columns import ABOUT, check_named, find_roles, normalise
from sklearn_ser.datasets._table_files import read_table
from sklearn_ser.datasets._table_names import EXTENSIONS
from sklearn_ser.datasets._table_people import read_people
from sklearn_ser.datasets._table_raters import (
    NO_RATERS,
    check_columns_of_raters,
    describe_raters,
    find_alike,
    find_raters,
    find_rivals,
)
from sklearn_ser.datasets._table_recordings import list_folder, read_recordings
from sklearn_ser.datasets._table_text import show

MOST = 30  # raters that a message lists


def read_sources(recordings, several, remarks):
    """Read the table of recordings and those of answers.

    Parameters
    ----------
    recordings : DataFrame, str, path-like or None
    several : list of DataFrame, str, path-like or None
        None for answers that are in the table of recordings.
    remarks : Remarks

    Returns
    -------
    table : Table
    answering : list of Table
        They may be the same one.
    """
    none_given = len(several) == 1 and several[0] is None
    if recordings is None and none_given:
        raise ValueError("recordings or ratings must be given; both are None.")
    is_folder = isinstance(recordings, (str, PathLike)) and Path(recordings).expanduser().is_dir()
    if is_folder and none_given:
        raise ValueError(f"recordings is a folder, {recordings}; then ratings must be a table.")
    names = _name_sources([recordings, *several])
    answering = [
        None if one is None else read_table(one, "ratings", name, remarks)
        for one, name in zip(several, names[1:], strict=True)
    ]
    if recordings is None:
        return answering[0], answering
    if is_folder:
        table = list_folder(Path(recordings).expanduser(), remarks)
    else:
        table = read_table(recordings, "recordings", names[0], remarks)
    return table, [table if one is None else one for one in answering]


def _name_sources(sources):
    """Return a name for each source that no other one has: a file's, with folders if needed."""
    ratings = [f"ratings[{i}]" for i in range(len(sources) - 1)]
    names = ["recordings", *(ratings if len(ratings) > 1 else ["ratings"])]
    paths = {
        i: Path(os.path.abspath(Path(one).expanduser()))
        for i, one in enumerate(sources)
        if isinstance(one, (str, PathLike))
    }
    others = {path.parts for path in paths.values()}
    for i, path in paths.items():
        tails = (path.parts[-n:] for n in range(1, len(path.parts)))
        unique = (t for t in tails if sum(other[-len(t) :] == t for other in others) == 1)
        names[i] = "/".join(next(unique, path.parts))
    return names


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
    remarks : Remarks

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
    if not is_one and "raters" not in given and _are_swapped(table, answering, of_answers):
        problems = [
            f"{table.name} has answers of raters, and {answering.name} has none: give the table "
            "of recordings first, and pass ratings for that of the answers"
        ]
    if problems:
        raise ValueError(f"{'; '.join(problems)}.")
    raters = given.get("raters", [])
    on_answers, on_recordings = remarks.of(answering.name), remarks.of(table.name)
    if not raters and "label" not in of_answers:
        raters = [n for n in answering.rows.columns if n not in of_answers.values()]
        check_columns_of_raters(answering, raters)
        # Who says that there is no column of labels knows that all others are raters.
        if given.get("label") != []:
            on_answers += describe_raters(raters)
    named = "raters" in given
    answers = list_answers(answering, of_answers, raters, named, mapping, on_answers)
    data = read_recordings(table, of_recordings, raters if is_one else (), is_one, on_recordings)
    if not is_one:
        _add_people(answering, of_answers, answers.rows, on_answers)
    return data, answers


def _are_swapped(table, answering, of_answers):
    """Return whether the first table has answers of raters, and the second has none."""
    if {"rater", "label"} & of_answers.keys():
        return False
    roles = find_roles(table, {}, ("file", "rater", "label"), ("rater",), [])
    if len(roles) == 3 and table.rows[roles["file"]].duplicated().any():
        return True
    # Or a column for each rater, where the other table has columns that are no raters', or none.
    free = {normalise(name) for name in answering.rows.columns if name not in of_answers.values()}
    if (free and not free & NO_RATERS) or find_raters(answering, of_answers):
        return False
    return bool(find_raters(table, find_roles(table, {}, ABOUT, (), [])))


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
        raters = find_raters(table, roles)
        shown = f"[{show(raters, most=MOST)}]" if 0 < len(raters) <= MOST else "[...]"
        seem = f"; columns {show(raters, most=10)} look like raters'" if raters else ""
        return [
            f"{table.name} has no column of labels; {have}{seem}: pass ratings, a table of "
            f"answers, or columns={{'label': ...}}, or columns={{'raters': {shown}}}"
        ]
    return []


def _add_people(table, roles, answers, remarks):
    """Add speakers and sessions that the table of answers has."""
    rows = table.rows
    for role in ("speaker", "session"):
        if role in roles:
            people = read_people(rows[roles[role]], role, remarks)
            names = pd.Series(people, rows.index, dtype=object)
            answers[role] = names.reindex(answers.index).to_numpy(object)
