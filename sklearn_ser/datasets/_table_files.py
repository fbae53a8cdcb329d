"""Read a table in the formats in which spreadsheets and data frames are saved."""

import codecs
import csv
import io
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_ser.datasets._files import POINTER, describe_folder
from sklearn_ser.datasets._table_text import is_empty, show, strip
from sklearn_ser.datasets._table_workbooks import read_workbook
from sklearn_ser.utils._messages import join_names, shorten

DELIMITERS = "\t;,|"
# Rows by which the delimiter is found.
N_ROWS = 100
# The first line of Excel for the delimiter that follows.
SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n')
SAVE = "save the table as CSV"
OLD_EXCEL, ZIP, PARQUET = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"PAR1"


class Table(NamedTuple):
    """A table as it was read."""

    name: str  # for messages
    # All columns have a name that is text. The index is the number of each row as a spreadsheet
    # shows it, or the position in a DataFrame.
    rows: pd.DataFrame
    folder: Path | None = None  # of the file
    # Whether numbers may have a comma as their decimal mark; see `_table_numbers`.
    decimal_commas: bool = False
    unread: tuple = ()  # titles of other sheets of the file that may be tables


def read_table(source, argument, name, remarks):
    """Read a table from a file, or take a DataFrame.

    Parameters
    ----------
    source : DataFrame, str or path-like
    argument : str
        Name of the argument, for messages.
    name : str
        Name of the table, for messages.
    remarks : Remarks

    Returns
    -------
    Table
        Without empty rows, empty columns that have no name, and row numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If the format needs a package that is not installed.
    ValueError
        If the file is no table, columns have no name or the same, or rows have too many cells.
    """
    if isinstance(source, pd.DataFrame):
        return Table(name, _tidy(name, _reset_index(source)))
    path = Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"{argument} must be a table or a DataFrame; there is no file {path}. "
            f"{describe_folder(path if path.is_dir() else path.parent)}"
        )
    content = path.read_bytes()
    if content.startswith(POINTER):
        raise ValueError(
            f"{path} is a pointer of Git LFS, not the file itself; run `git lfs pull` in its "
            "repository."
        )
    if content.startswith(OLD_EXCEL):
        raise ValueError(f"{path} is of an old format of Excel: save it as .xlsx or as CSV.")
    decimal_commas, unread = False, ()
    if content.startswith(PARQUET):
        rows = _read_parquet(path)
    elif content.startswith(ZIP):
        name, sheet, unread = read_workbook(path, name, remarks)
        rows = _make_rows(name, sheet)
        if unread:
            remarks.of(name).append(
                f"only the first sheet is read, not {show(unread)}: if the table is another one, "
                "or goes on there, save that sheet as CSV"
            )
    else:
        rows, delimiter = _read_text_table(path, name, content)
        decimal_commas = delimiter != ","
    folder = Path(os.path.abspath(path.parent))
    return Table(name, _tidy(name, rows), folder, decimal_commas, unread)


@contextmanager
def name_sheets(*tables):
    """Let errors say which sheets were not read, of which one may be the table that is meant."""
    try:
        yield
    except ValueError as error:
        unread = {table.name: show(table.unread) for table in tables if table.unread}
        if not unread:
            raise
        said = "; ".join(f"{name} is read, not {others}" for name, others in unread.items())
        text = f"{error} Only {said}; to read another sheet, save it as CSV."
        raise ValueError(text) from error


def _reset_index(frame):
    """Return a DataFrame with the named levels of its index as columns."""
    names = [name for name in frame.index.names if name is not None]
    levels = {
        name: frame.index.get_level_values(name).to_numpy()
        for name in names
        if name not in frame.columns
    }
    rows = frame.reset_index(drop=True)
    for place, (name, values) in enumerate(levels.items()):
        rows.insert(place, name, values)
    return rows


def _read_parquet(path):
    try:
        return _reset_index(pd.read_parquet(path))
    except ImportError:
        raise ImportError(
            f"reading {path.name} needs pyarrow: pip install pyarrow, or {SAVE}."
        ) from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as parquet: {shorten(error)}") from error


def _read_text_table(path, name, content):
    text = _decode(path, content)
    first = SEPARATOR.match(text)
    delimiter = first[1] if first else _find_delimiter(text)
    rows = _split(path, text[first.end() :] if first else text, delimiter)
    if first:
        rows.insert(0, [])
    return _make_rows(name, rows), delimiter


def _decode(path, content):
    """Return the text of a file in UTF-8, in UTF-16 as Excel writes it, or in Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _decode_lines(content)
    if "\0" in text:
        raise ValueError(f"{path} is not a table: it is binary; {SAVE} in UTF-8.")
    return text


def _decode_lines(content):
    """Return text of which some lines are in UTF-8: files of several programs in one."""
    lines = []
    for line in content.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace"))
    return "".join(lines)


def _split(path, text, delimiter):
    settings = {"delimiter": delimiter, "skipinitialspace": True}
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True, **settings))
    except csv.Error as error:
        if "end of data" in str(error):
            raise ValueError(
                f"{path} has a quotation mark that opens a cell and is never closed."
            ) from None
    try:
        return list(csv.reader(io.StringIO(text, newline=""), **settings))
    except csv.Error as error:
        raise ValueError(f"{path} cannot be read as a table: {error}; {SAVE} again.") from error


def _find_delimiter(text):
    """Return the delimiter by which most rows have as many cells as the first one."""
    best, found = (0, 0), ","
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths = []
        try:
            for row in reader:
                if row:
                    widths.append(len(row))
                if len(widths) == N_ROWS:
                    break
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            rank = widths.count(widths[0]), widths[0]
            if rank > best:
                best, found = rank, delimiter
    return found


def _make_rows(name, rows):
    """Return a DataFrame of the cells of a sheet, of which the first row is the header."""
    numbers = [i for i, row in enumerate(rows, 1) if not all(map(is_empty, row))]
    if not numbers:
        raise ValueError(f"{name} is empty.")
    header, *body = ([*rows[number - 1]] for number in numbers)
    while header and is_empty(header[-1]):
        header.pop()
    # Spreadsheets export cells to the right of the header that were once filled.
    body = [row + [None] * (len(header) - len(row)) for row in body]
    long = [
        number
        for number, row in zip(numbers[1:], body, strict=True)
        if not all(map(is_empty, row[len(header) :]))
    ]
    if long:
        raise ValueError(
            f"{name} has rows with more cells than its header, row {numbers[0]} ({show(header, 3)}"
            f"): {join_names(long)}. Name every column, and delete what is above their names; a "
            "cell that contains the separator must be in quotation marks."
        )
    # A list of columns, since names may come twice.
    columns = [
        pd.Series([row[place] for row in body], numbers[1:], dtype=object)
        for place in range(len(header))
    ]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=numbers[1:])
    return frame.set_axis(["" if is_empty(cell) else cell for cell in header], axis=1)


def _tidy(name, rows):
    """Return a table without what programs add: empty rows and columns, and row numbers."""
    header = [_name_column(column) for column in rows.columns]
    empty = np.array(
        [[is_empty(cell) for cell in column] for _, column in rows.items()], dtype=bool
    ).reshape(len(header), len(rows))
    dropped = [
        not title and (empty[place].all() or (place == 0 and _is_numbering(rows.iloc[:, 0])))
        for place, title in enumerate(header)
    ]
    kept = ~np.array(dropped, dtype=bool)
    nameless = [place + 1 for place in np.flatnonzero(kept) if not header[place]]
    # The first column of a table may be the index of a DataFrame, which has no name.
    if nameless == [1]:
        nameless, header[0] = [], "file"
    titles = [title for title, keep in zip(header, kept, strict=True) if keep]
    repeated = sorted({title for title in titles if title and titles.count(title) > 1})
    problems = []
    if nameless:
        problems.append(f"columns {join_names(nameless)} have cells and no name in the header")
    if repeated:
        problems.append(f"columns must have different names; not {show(repeated)}")
    if problems:
        raise ValueError(f"{name}: {'; '.join(problems)}.")
    tidy = rows.loc[:, kept].set_axis(titles, axis=1)
    return tidy.loc[~empty[kept].all(axis=0)] if kept.any() else tidy


def _name_column(column):
    text = "" if is_empty(column) else strip(str(column))
    return "" if re.fullmatch(r"Unnamed: \d+", text) else text


def _is_numbering(column):
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    return len(numbers) > 0 and any(
        np.array_equal(numbers, np.arange(first, first + len(numbers))) for first in (0, 1)
    )
