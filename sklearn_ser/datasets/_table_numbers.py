"""Numbers in the cells of tables, with points or commas as their decimal mark."""

import re

import pandas as pd

from sklearn_ser.datasets._table_text import is_empty, strip

# Numbers as text. A zero in front of others makes a name of a number.
NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
COMMA = re.compile(r"[-+]?\d*,\d+")


def read_decimals(table, name):
    """Return a column with points in place of commas, if it holds numbers with decimals.

    Parameters
    ----------
    table : Table
    name : str

    Returns
    -------
    Series
    """
    column = table.rows[name]
    if not table.decimal_commas:
        return column
    texts = [strip(cell) for cell in column if isinstance(cell, str) and strip(cell)]
    commas = [COMMA.fullmatch(text) is not None for text in texts]
    if any(commas) and all(c or NUMBER.fullmatch(t) for c, t in zip(commas, texts, strict=True)):
        return column.map(lambda cell: cell.replace(",", ".") if isinstance(cell, str) else cell)
    return column


def convert_numbers(column):
    """Return a column of cells as numbers, if every cell is a number or empty."""
    if column.dtype != object and not pd.api.types.is_string_dtype(column.dtype):
        return column
    cells = [None if is_empty(cell) else cell for cell in column]
    known = [cell for cell in cells if cell is not None]
    if not known or not all(map(_is_number, known)):
        return column
    return pd.to_numeric(pd.Series(cells, column.index, dtype=object, name=column.name))


def _is_number(cell):
    if isinstance(cell, str):
        text = strip(cell)
        return NUMBER.fullmatch(text) is not None
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)
