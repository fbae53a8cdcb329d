"""Parts of recordings in tables: start, end and channel."""

import numpy as np
import pandas as pd

from sklearn_ser.datasets._table_columns import PARTS
from sklearn_ser.datasets._table_numbers import read_decimals
from sklearn_ser.datasets._table_text import LONGEST, is_empty, show
from sklearn_ser.speech._recordings import parse_column
from sklearn_ser.utils._messages import join_names

MUST = {
    "start": "times in seconds, from 0 on",
    "end": "times in seconds, from 0 on",
    "duration": "times in seconds, from 0 on",
    "channel": "numbers of channels, counted from 0",
}
# Parts of so many seconds are seldom utterances.
LONG = 600
# Of an end in seconds that is a sum.
DECIMALS = 6


def parse_parts(table, roles, remarks):
    """Return start, end and channel of each row, as far as the table has them.

    Parameters
    ----------
    table : Table
    roles : dict of role to column
        With "duration" in place of "end", ends are starts and durations together.
    remarks : Remarks

    Returns
    -------
    dict of role to Series of numbers
        NaN where a cell is empty.

    Raises
    ------
    ValueError
        If cells are no times or channels, or an end is not after its start; the rows are listed.
    """
    parts, problems = {}, []
    index = table.rows.index
    for role in (*PARTS, "duration"):
        if role not in roles:
            continue
        cells = [None if is_empty(cell) else cell for cell in read_decimals(table, roles[role])]
        name = "end" if role == "duration" else role
        values, bad = parse_column(pd.DataFrame({name: pd.Series(cells, dtype=object)}), name)
        parts[role] = pd.to_numeric(pd.Series(values, index, dtype=object))
        if bad:
            rows = [int(entry.partition(" ")[0]) for entry in bad]
            shown = [
                f"{index[row]} {entry.partition(' ')[2][:LONGEST]}"
                for row, entry in zip(rows, bad, strict=True)
            ]
            problems.append(
                f"column {show([roles[role]])} must hold {MUST[role]}; not in rows "
                f"{join_names(shown, most=5)}"
            )
    if "duration" in parts:
        end = parts["start"].fillna(0) + parts.pop("duration")
        parts["end"] = end.astype(float).round(DECIMALS)
        parts = {role: parts[role] for role in PARTS if role in parts}
    elif "start" in parts and "end" not in parts and parts["start"].notna().any():
        remarks.append(
            "there are starts of parts without ends or durations, so that each part "
            "is read to the end of its file; if it has ends, pass columns={'end': ...}"
        )
    if {"start", "end"} <= parts.keys():
        start, end = (parts[role].to_numpy(float) for role in ("start", "end"))
        backwards = index[np.nan_to_num(start) >= np.where(np.isnan(end), np.inf, end)]
        if len(backwards):
            problems.append(
                f"end must be after start; not in rows {join_names(backwards, most=5)}"
            )
    if problems:
        raise ValueError(f"{table.name}: {'; '.join(problems)}.")
    _describe_units(parts, remarks)
    return parts


def _describe_units(parts, remarks):
    """Append remarks on numbers that may be milliseconds, or channels that are counted from 1."""
    if {"start", "end"} <= parts.keys():
        lengths = (parts["end"] - parts["start"].fillna(0)).dropna().astype(float)
        if len(lengths) and lengths.median() >= LONG and (lengths % 1 == 0).all():
            remarks.append(
                f"half of the parts are {lengths.median():,.0f} s or longer: times must be in "
                "seconds; convert them if they are in milliseconds or samples"
            )
    if "channel" in parts:
        known = parts["channel"].dropna()
        if len(known) and known.min() > 0 and known.max() > 1:
            remarks.append(
                f"channels are counted from 0, and there is none, but {show(sorted(set(known)))}: "
                "subtract 1 if they are counted from 1"
            )
