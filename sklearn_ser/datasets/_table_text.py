"""Cells of tables as text, whichever program wrote the table."""

import os
import unicodedata
from numbers import Integral, Real

import numpy as np
import pandas as pd

from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._blank import BLANK
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._text import fold

# Characters of a name that are shown in a message.
LONGEST = 60
# What `str.strip` leaves: zero-width space, word joiner and byte order mark.
INVISIBLE = "\u200b\u2060\ufeff"
UNKNOWN = {*BLANK, "none", "unknown", "unk"}


def to_text(cell):
    """Return a cell as text, without spaces around it.

    Parameters
    ----------
    cell : object

    Returns
    -------
    str or None
        None for a missing cell. Whole numbers have no decimals: 1.0 and "1.0" are "1", since
        columns with gaps are floats in some programs. "01" keeps its zero. Letters and their
        accents are composed.
    """
    text = _to_text(cell)
    return None if text is None else unicodedata.normalize("NFC", text)


def to_name(cell):
    """Return a cell as the name of a file, whose characters are as the disk has them."""
    return _to_text(cell) or None


def _to_text(cell):
    if isinstance(cell, str):
        text = strip(cell)
        whole = text.removesuffix(".0")
        return whole if whole != text and whole.removeprefix("-").isdigit() else text
    if isinstance(cell, (bool, np.bool_)):
        return str(bool(cell))
    if isinstance(cell, Integral):
        return str(int(cell))
    if isinstance(cell, Real) and not pd.isna(cell):
        number = float(cell)
        return str(int(number)) if number.is_integer() else repr(number)
    if isinstance(cell, os.PathLike):
        return os.fspath(cell)
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    return strip(str(cell))


def strip(text):
    """Return text without spaces and invisible characters around it."""
    return text.strip().strip(INVISIBLE).strip()


def is_empty(cell):
    """Return whether a cell is missing or holds nothing but spaces."""
    if isinstance(cell, str):
        return not strip(cell)
    return cell is None or (pd.api.types.is_scalar(cell) and bool(pd.isna(cell)))


def show(values, most=5):
    """Return values for a message, as Python shows them: bounded in number and in length.

    Parameters
    ----------
    values : iterable
    most : int, default=5

    Returns
    -------
    str
        Such as ``"'a.wav', 'b.wav' and 3 more"``.
    """
    texts = (repr(to_plain(value)) for value in values)
    shown = join_names((t if len(t) <= LONGEST else f"{t[:LONGEST]}..." for t in texts), most)
    return shown or "none"


def read_texts(column):
    """Return the cells of a column as text; None where a cell is empty."""
    return [to_text(cell) or None for cell in column]


def read_known(column):
    """Return the cells of a column of people as text; None where it says that nobody is known."""
    return [None if name is None or fold(name) in UNKNOWN else name for name in read_texts(column)]
