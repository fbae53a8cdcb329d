"""Read a table of recordings whose answers are unknown, if there are any."""

import os
from pathlib import Path

import pandas as pd

from sklearn_ser.datasets._table_columns import ABOUT, check_columns, check_named, find_roles
from sklearn_ser.datasets._table_files import read_table
from sklearn_ser.datasets._table_joining import merge_same_files
from sklearn_ser.datasets._table_recordings import list_folder, locate_files, read_recordings
from sklearn_ser.datasets._table_remarks import Remarks
from sklearn_ser.datasets._table_text import to_name
from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import say_count, say_rows

NO_ANSWERS = pd.DataFrame({"sample": pd.Series([], dtype=int)})
# The names of recordings as a table has them. No column of a table is a number.
GIVEN = 0


def read_source(recordings, remarks):
    """Return the table of a file or of a folder."""
    path = Path(recordings).expanduser()
    if path.is_dir():
        return list_folder(path, remarks)
    return read_table(path, "recordings", path.name, remarks)


def load_recordings(recordings, root=None, columns=None):
    """Load the recordings that `load_table` would load, without answers.

    Parameters
    ----------
    recordings : str or path-like
        A table, or a folder; see `load_table`.
    root : str or path-like, default=None
        Folder that files are in; by default that of the table.
    columns : dict of role to column, default=None
        See `load_table`.

    Returns
    -------
    DataFrame
        ``data`` of the corpus, and a column `GIVEN`.

    Raises
    ------
    FileNotFoundError, ImportError, ValueError
        If the table cannot be read, or it is not clear what its columns are.

    Warns
    -----
    UserWarning
        About everything that was corrected or left out.
    """
    given, problems, remarks = check_columns(columns), [], Remarks()
    table = read_source(recordings, remarks)
    remarks = remarks.of(table.name)
    check_named(given, table, table)
    roles = find_roles(table, given, ABOUT, (), problems)
    if "file" not in roles:
        problems.append(
            f"{table.name} has no column of files or names of recordings; its columns are "
            f"{list_values(table.rows.columns)}: pass columns={{'file': ...}}"
        )
    if problems:
        raise ValueError(f"{'; '.join(problems)}.")
    data = read_recordings(table, roles, (), True, remarks)
    nameless = sum(to_name(cell) is None for cell in table.rows[roles["file"]])
    repeated = len(table.rows) - nameless - len(data)
    if nameless:
        rows = [row for row, cell in table.rows[roles["file"]].items() if to_name(cell) is None]
        have = say_count(nameless, "row has", "rows have")
        verb = "is" if nameless == 1 else "are"
        remarks.append(f"{have} no name of a recording and {verb} left out ({say_rows(rows)})")
    if repeated:
        are = say_count(
            repeated,
            "row is on the same recording as another",
            "rows are on the same recordings as others",
        )
        remarks.append(f"{are}; each recording is taken once")
    root = table.folder if root is None else Path(os.path.abspath(os.path.expanduser(root)))
    files = locate_files(data["file"], root, True, remarks)
    data[GIVEN] = data["file"]
    data["file"] = [files[name] for name in data["file"]]
    data, _ = merge_same_files(table.name, data, NO_ANSWERS, remarks)
    remarks.warn(stacklevel=3)
    return data
