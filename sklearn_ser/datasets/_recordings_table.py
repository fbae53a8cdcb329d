"""Read a table of recordings whose answers are unknown, if there are any."""

import os
import warnings
from pathlib import Path

import pandas as pd

from sklearn_ser.datasets._table_columns import ABOUT, find_roles
from sklearn_ser.datasets._table_files import read_table
from sklearn_ser.datasets._table_joining import merge_same_files
from sklearn_ser.datasets._table_recordings import locate_files, read_recordings
from sklearn_ser.datasets._table_text import to_name
from sklearn_ser.utils._kinds import list_values

NO_ANSWERS = pd.DataFrame({"sample": pd.Series([], dtype=int)})


def load_recordings(path, root=None):
    """Load the table of recordings that `load_table` would load, without answers.

    Parameters
    ----------
    path : str or path-like
        See `load_table`.
    root : str or path-like, default=None
        Folder that files are in; by default that of the table.

    Returns
    -------
    DataFrame
        ``data`` of the corpus.

    Raises
    ------
    FileNotFoundError, ImportError, ValueError
        If the table cannot be read, or it is not clear what its columns are.

    Warns
    -----
    UserWarning
        About everything that was corrected or left out.
    """
    table, problems, remarks = read_table(path, "recordings"), [], []
    roles = find_roles(table, {}, ABOUT, (), problems)
    if "file" not in roles:
        problems.append(
            f"{table.name} has no column of files or names of recordings; its columns are "
            f"{list_values(table.rows.columns)}"
        )
    if problems:
        raise ValueError(f"{'; '.join(problems)}.")
    data = read_recordings(table, roles, (), True, remarks)
    nameless = sum(to_name(cell) is None for cell in table.rows[roles["file"]])
    repeated = len(table.rows) - nameless - len(data)
    if nameless:
        remarks.append(f"{nameless:,} rows have no name of a recording and are left out")
    if repeated:
        remarks.append(
            f"{repeated:,} rows are on the same recordings as others; each recording is taken once"
        )
    root = table.folder if root is None else Path(os.path.abspath(os.path.expanduser(root)))
    files = locate_files(data["file"], root, True, remarks)
    data["file"] = [files[name] for name in data["file"]]
    data, _ = merge_same_files(data, NO_ANSWERS, remarks)
    if remarks:
        warnings.warn(f"{table.name}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)
    return data
