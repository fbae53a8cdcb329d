"""Make the table of recordings of a corpus: samples, files and who is speaking."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_ser.datasets._files import (
    check_names,
    describe_copies,
    describe_folder,
    find_recordings,
    group_copies,
)
from sklearn_ser.datasets._table_columns import ABOUT, PARTS, find_roles, normalise
from sklearn_ser.datasets._table_files import Table
from sklearn_ser.datasets._table_names import (
    READABLE,
    UNREADABLE,
    describe_ambiguous,
    describe_matches,
    is_same_path,
    match_names,
)
from sklearn_ser.datasets._table_numbers import convert_numbers, read_decimals
from sklearn_ser.datasets._table_parts import parse_parts
from sklearn_ser.datasets._table_people import describe_contradictions, read_people
from sklearn_ser.datasets._table_text import is_empty, show, strip, to_name
from sklearn_ser.utils._messages import join_names, say_count, say_rows

# Columns of long tables that are about an answer, not about the recording.
OF_ANSWERS = set(
    "comment comments note notes remark remarks confidence certainty intensity valence arousal "
    "dominance date time timestamp before trial order".split()
)


def list_folder(folder, remarks):
    """Return a table of the recordings in a folder, each of which is there once.

    Parameters
    ----------
    folder : Path
    remarks : Remarks

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If there are no recordings.
    """
    folder = Path(os.path.abspath(folder))
    files = find_recordings(folder, (*READABLE, *UNREADABLE))
    check_names(files)
    odd = [file for file in files if file.suffix.lower() in UNREADABLE]
    files = [file for file in files if file.suffix.lower() in READABLE]
    remarks, said = remarks.of(f"{folder.name}/"), ""
    if odd:
        said = (
            f"{say_count(len(odd), 'file is in a format', 'files are in formats')} that cannot be "
            f"read, and {'is' if len(odd) == 1 else 'are'} left out "
            f"({show((file.name for file in odd), 3)}): convert to WAV or FLAC, for example with "
            "ffmpeg"
        )
        remarks.append(said)
    groups = group_copies(
        files, [file.relative_to(folder).with_suffix("").as_posix() for file in files]
    )
    if not groups:
        raise ValueError(
            f"there are no recordings in {folder}. {describe_folder(folder)}"
            f"{f' {said}.' if said else ''}"
        )
    remarks += describe_copies(folder, groups.values())
    files = sorted(group[0].relative_to(folder).as_posix() for group in groups.values())
    rows = pd.DataFrame({"file": pd.Series(files, dtype=object)})
    return Table(f"{folder.name}/", rows, folder)


def read_recordings(table, roles, left_out, merge, remarks):
    """Return a table of recordings with one row per sample.

    Parameters
    ----------
    table : Table
    roles : dict of role to column
    left_out : iterable of str
        Columns that say nothing about recordings.
    merge : bool
        Whether rows on the same recording are usual, since the table has one row per answer.
    remarks : Remarks

    Returns
    -------
    DataFrame
        With ``file`` (the name in the table), ``start``, ``end``, ``channel``, ``speaker`` and
        ``session``, as far as the table has them, and all other columns under their own name.

    Raises
    ------
    ValueError
        If rows on the same recording contradict each other, or parts are invalid.
    """
    rows = table.rows
    files = pd.Series([*map(to_name, rows[roles["file"]])], rows.index, dtype=object)
    data = pd.DataFrame({"file": files, **parse_parts(table, roles, remarks)})
    for role in ("speaker", "session"):
        if role in roles:
            people = read_people(rows[roles[role]], role, remarks)
            data[role] = pd.Series(people, rows.index, dtype=object)
    taken = {*roles.values(), *left_out}
    clashes = [name for name in rows.columns if name not in taken and name in (*ABOUT, "signal")]
    if clashes:
        remarks.append(
            f"columns are left out, since their names have another meaning: {show(clashes)}"
        )
    others = [name for name in rows.columns if name not in taken and name not in clashes]
    data = pd.concat([data, *(_read_column(table, name) for name in others)], axis=1)
    nameless = data["file"].isna()
    if nameless.any() and not merge:
        numbers = data.index[nameless]
        have = say_count(len(numbers), "row has", "rows have")
        verb = "is" if len(numbers) == 1 else "are"
        remarks.append(f"{have} no name of a recording and {verb} left out ({say_rows(numbers)})")
    return _take_once(table, data[~nameless], merge, others, remarks)


def _read_column(table, name):
    """Return a column about recordings: numbers, or cells without spaces around text."""
    column = convert_numbers(read_decimals(table, name))
    if column.dtype != object and not pd.api.types.is_string_dtype(column.dtype):
        return column
    return column.map(lambda cell: strip(cell) if isinstance(cell, str) else cell)


def _take_once(table, data, merge, others, remarks):
    """Return one row per sample, in order of first appearance."""
    key = [name for name in ("file", *PARTS) if name in data.columns]
    repeated = data.duplicated(key, keep=False)
    if not repeated.any():
        return data.reset_index(drop=True)
    groups = data[repeated].groupby(key, sort=False, dropna=False)
    fixed = [name for name in ("speaker", "session") if name in data.columns]
    for name in fixed:
        odd = groups[name].nunique(dropna=True)
        odd = odd[odd > 1]
        if len(odd):
            said = {_get_file(key): _show_rows(group[name]) for key, group in groups}
            said = {file: said[file] for file in map(_get_file, odd.index)}
            raise ValueError(
                f"{table.name}: all rows on a recording must have the same {name}; not for "
                f"{describe_contradictions(said)}. If the column names raters, pass "
                "columns={'rater': ...}; if this is the table of answers, give that of the "
                "recordings first, and pass ratings for this one."
            )
        # A speaker may be stated in one of the rows only.
        data.loc[repeated, name] = groups[name].transform("first")
    if merge:
        # As text, since cells may be lists.
        texts = data.loc[repeated, others].map(repr)
        keys = [data.loc[repeated, name] for name in key]
        differ = texts.groupby(keys, sort=False, dropna=False).nunique() > 1
        odd = [name for name in others if differ[name].any()]
        # What differs in most recordings is of the answers; what does in some may be a mistake.
        shown = [
            f"{show([name])} of {show([_get_file(differ.index[differ[name]][0])])}"
            for name in odd
            if differ[name].mean() <= 0.5 and normalise(name) not in OF_ANSWERS
        ]
        if shown:
            remarks.append(
                "columns are left out, since rows on the same recording differ: "
                f"{join_names(shown, most=5)}"
            )
        data = data.drop(columns=odd)
    else:
        again = data.loc[data.duplicated(key), "file"]
        has_raters = len(find_roles(table, {}, ("rater", "label"), ("rater",), [])) == 2
        hint = ": if this is a table of answers, pass ratings for it" if has_raters else ""
        count = say_count(
            len(again),
            "row repeats the recording of an earlier row and is",
            "rows repeat recordings of earlier rows and are",
        )
        names = show(again.drop_duplicates(), most=3)
        remarks.append(f"{count} left out ({names}, {say_rows(again.index)}){hint}")
    return data.drop_duplicates(key).reset_index(drop=True)


def _get_file(key):
    return key[0] if isinstance(key, tuple) else key


def _show_rows(column):
    """Return the different cells of a column, each with its first row."""
    first = column.dropna().drop_duplicates()
    return ", ".join(f"{show([n])} in row {row}" for row, n in first.head(3).items())


def locate_files(names, root, search, remarks):
    """Find files by the names that a table gives them.

    Parameters
    ----------
    names : sequence of str
        Paths, or names without folder or extension.
    root : Path
        Folder that they are relative to.
    search : bool
        Whether to look in folders below `root` as well.
    remarks : Remarks

    Returns
    -------
    dict of str to str
        The absolute path of each; where nothing is found, what it would be.
    """
    paths = {name: os.path.join(root, os.path.expanduser(name)) for name in dict.fromkeys(names)}
    paths = {name: os.path.abspath(path) for name, path in paths.items()}
    missing = [name for name, path in paths.items() if not _is_file(path)]
    if missing and search and root.is_dir():
        present = find_recordings(root, READABLE)
        present = [path.relative_to(root).as_posix() for path in present]
        found, ambiguous = match_names(missing, present, other_folders=False)
        claimed = {path for name, path in paths.items() if name not in missing}
        found = {
            name: place
            for name, place in found.items()
            if os.path.join(root, present[place]) not in claimed
            or is_same_path(name, present[place])
        }
        paths |= {name: os.path.join(root, present[place]) for name, place in found.items()}
        missing = [name for name in missing if name not in found]
        remarks += describe_matches(found, present)
        if ambiguous:
            count = say_count(len(ambiguous), "name of a recording is", "names of recordings are")
            remarks.append(
                f"{count} ambiguous, so that no file is taken "
                f"({describe_ambiguous(ambiguous, present)})"
            )
            missing = [name for name in missing if name not in ambiguous]
    if missing:
        everything = "; that is all of them: pass root, the folder that they are in"
        count = say_count(len(missing), "file does not exist", "files do not exist")
        remarks.append(
            f"{count} ({show(missing, most=3)}) in {root}"
            f"{everything if len(missing) == len(paths) else ''}"
        )
    return paths


def _is_file(path):
    try:
        return os.path.isfile(path)
    except ValueError:  # a null byte
        return False


def describe_unknown(data, has_raters, remarks):
    """Append remarks on samples whose speaker is unknown.

    Parameters
    ----------
    data : DataFrame
    has_raters : bool
        Whether the table of recordings is that of the answers.
    remarks : Remarks
    """
    if "speaker" not in data.columns:
        more = "; if another table has them, give it first, and pass ratings for this one"
        remarks.append(
            "there is no column of speakers, without which no evaluation can hold them out"
            f"{more if has_raters else ''}"
        )
        return
    unknown = np.array([is_empty(speaker) for speaker in data["speaker"]], dtype=bool)
    if unknown.any():
        count = say_count(int(unknown.sum()), "recording is", "recordings are")
        names = show((Path(f).name for f in data["file"][unknown]), most=3)
        several = "s" if unknown.sum() > 1 else ""
        merged = "; if cells were merged, fill in every row"
        remarks.append(
            f"the speaker{several} of {count} unknown ({names})"
            f"{merged if 2 * unknown.sum() > len(data) > 1 else ''}"
        )
