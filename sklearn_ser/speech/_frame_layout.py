"""Find the frames of each sample in the rows of a table."""

import re

import numpy as np
import pandas as pd

from sklearn_ser.utils._ids import make_ids
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import as_column

# Times may be off by this share of a frame step, since other programs round them.
TOLERANCE = 1e-3


class RowsOfSamples:
    """The rows of each sample in a table.

    Parameters
    ----------
    starts : ndarray of int of shape (n_samples,)
        First row of each sample.
    codes : ndarray of int of shape (n_rows,)
        Number of the sample of each row.
    names : list of length n_samples
        Names of the samples, for messages.
    ids : SampleIds or None
    """

    def __init__(self, starts, codes, names, ids):
        self.starts, self.codes, self.names, self.ids = starts, codes, names, ids

    def join(self, rows):
        """Join the names of the samples that a mask of rows selects, for a message."""
        return join_names(repr(self.names[code]) for code in np.unique(self.codes[rows]))

    def read_constant(self, column):
        """Return a value per sample from a column that has one per row, or raise a ValueError.

        Parameters
        ----------
        column : Series of length n_rows

        Returns
        -------
        ndarray of object of shape (n_samples,)
        """
        kinds, _ = pd.factorize(column)
        wrong = kinds != kinds[self.starts][self.codes]
        if wrong.any():
            raise ValueError(
                f"each sample must have one {column.name}; not for samples {self.join(wrong)}."
            )
        return as_column(column.iloc[self.starts].tolist(), len(self.starts), column.name)


def read_samples(table):
    """Find the samples of a table.

    Parameters
    ----------
    table : DataFrame
        Whose columns ``id``, ``row`` or ``sample``, or ``id_0``, ``id_1`` and so on, name the
        sample of each row.

    Returns
    -------
    RowsOfSamples

    Raises
    ------
    ValueError
        If there are no such columns, names are missing, ``row`` or ``sample`` are not integers, or
        rows of a sample are not together.
    """
    keys = [name for name in table.columns if re.fullmatch(r"id(_\d+)?|row|sample", name)]
    n_parts = sum(name.startswith("id_") for name in keys)
    if (n_parts and sorted(keys) != sorted(f"id_{i}" for i in range(n_parts))) or (
        not n_parts and len(keys) != 1
    ):
        raise ValueError(
            "a level of the index or a column must say which sample each row is of: 'id', or "
            f"'id_0', 'id_1', ... for parts of ids, or 'row' or 'sample' for numbers; got {keys}."
        )
    for key in keys:
        if key in ("row", "sample") and not pd.api.types.is_integer_dtype(table[key]):
            raise ValueError(f"{key} must be integers, got {table[key].dtype}; use 'id' for ids.")
    missing = np.flatnonzero(table[keys].isna().all(axis=1))
    if len(missing):
        raise ValueError(f"{keys[0]} must not be missing; it is in rows {join_names(missing)}.")
    groups = table.groupby(keys, sort=False, dropna=False, observed=True)
    codes = groups.ngroup().to_numpy()
    jumps = np.diff(codes, prepend=-1)
    starts = np.flatnonzero(jumps > 0)
    parts = [table[f"id_{i}" if n_parts else keys[0]].iloc[starts] for i in range(n_parts or 1)]
    names = list(zip(*parts, strict=True)) if n_parts else parts[0].tolist()
    apart = jumps < 0
    if apart.any():
        found = dict.fromkeys(repr(names[code]) for code in codes[apart])
        raise ValueError(
            f"rows of a sample must be together; not for samples {join_names(found)}."
        )
    numbers = keys == ["sample"] and names == list(range(len(names)))
    ids = None if numbers else make_ids(names, len(names), is_range=keys == ["row"])
    return RowsOfSamples(starts, codes, names, ids)


def read_frame_step(table, samples):
    """Check that the frames of each sample are complete and in order, and find their step.

    Parameters
    ----------
    table : DataFrame
        Its columns ``start`` and ``end``, in seconds, or ``frame`` say which frame each row is. A
        sample without frames has one row where they are missing. Without these columns, each row
        must be a sample.
    samples : RowsOfSamples

    Returns
    -------
    frame_step : float or None
        In seconds; None if it is unknown.
    present : ndarray of bool of shape (n_rows,) or None
        Whether a row is a frame; None if the table does not say.

    Raises
    ------
    ValueError
        If frames are repeated, missing or out of order, or times are not those of frames that
        follow each other from 0 in steps of their length.
    """
    given = [name for name in ("frame", "start", "end") if name in table.columns]
    place = np.arange(len(table)) - samples.starts[samples.codes]
    if not given:
        if place.any():
            raise ValueError(
                "a table without times or numbers of frames must have one row per sample; not "
                f"for samples {samples.join(place > 0)}."
            )
        return None, None
    if given not in (["frame"], ["start", "end"]):
        raise ValueError(f"frames must have either 'frame' or 'start' and 'end', got {given}.")
    for name in given:
        if not pd.api.types.is_numeric_dtype(table[name]) and table[name].notna().any():
            unit = "a number" if name == "frame" else "a number of seconds"
            raise ValueError(f"{name} must be {unit}, got {table[name].dtype}.")
    found = table[given].to_numpy(dtype=np.float64, na_value=np.nan)
    absent = np.isnan(found).all(axis=1)
    frame_step, unit = None, 1.0
    if len(given) == 2 and not absent.all():
        # The end of a first frame is the step to the bit; without one, the table is refused below.
        first = found[found[:, 0] == 0]
        unit = frame_step = float((first if len(first) else found[~absent])[0, 1])
    with np.errstate(invalid="ignore"):  # times may be infinite
        expected = np.column_stack([place, place + 1])[:, : len(given)] * unit
        right = (np.abs(found - expected) <= TOLERANCE * abs(unit)).all(axis=1)
    alone = np.bincount(samples.codes, minlength=1)[samples.codes] == 1
    wrong = ~np.where(absent, alone, right)
    if wrong.any():
        steps = "numbered from 0" if frame_step is None else f"every {frame_step:g} s from 0"
        raise ValueError(
            f"the frames of each sample must follow each other, {steps}, without gaps or "
            f"repetitions; not for samples {samples.join(wrong)}."
        )
    return frame_step, ~absent
