"""Values in the cells of tables: times in seconds, and numbers of channels."""

import datetime
import math
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd


def parse_time(value):
    """Return a time in seconds.

    Parameters
    ----------
    value : number, Timedelta, timedelta64, timedelta, str or None
        A number is in seconds, and so is a text such as ``"2.5"``. Other texts are as for
        `pandas.Timedelta`: ``"0 days 00:00:02.5"``, ``"00:00:02.5"``, ``"2500ms"``.

    Returns
    -------
    int, float or None
        None is the beginning or the end of the recording.

    Raises
    ------
    ValueError
        If the value is not a time, or is infinite or negative.
    """
    seconds = _read_text(value) if isinstance(value, str) else value
    if isinstance(seconds, np.timedelta64):
        seconds = pd.Timedelta(seconds)
    if seconds is None or seconds is pd.NaT:
        return None
    if isinstance(seconds, datetime.timedelta):
        seconds = seconds.total_seconds()
    number = _read_number(seconds)
    if number is not None and number < 0:
        raise ValueError("negative")
    return number


def parse_channel(value):
    """Return the number of a channel, counted from 0.

    Parameters
    ----------
    value : int, integral float, str or None

    Returns
    -------
    int or None

    Raises
    ------
    ValueError
        If the value is not the number of a channel.
    """
    number = _read_number(float(value) if isinstance(value, str) else value)
    if number is None:
        return None
    if number < 0 or number != int(number):
        raise ValueError("no channel")
    return int(number)


def _read_text(text):
    try:
        return float(text)
    except ValueError:
        # To pandas, "2,5" is 25 ns, and so is any number without a unit.
        if "," in text or not any(char.isalpha() or char == ":" for char in text.strip() or "NaT"):
            raise
        return pd.Timedelta(text)


def _read_number(value):
    """Return a finite Python number, and None for None and NaN."""
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (Real, Decimal)):
        raise ValueError("no number")
    if isinstance(value, np.generic):
        value = value.item()
    # Integers stay integers, by which caches name parts of recordings.
    number = value if isinstance(value, (int, float)) else float(value)
    if math.isnan(number):
        return None
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
