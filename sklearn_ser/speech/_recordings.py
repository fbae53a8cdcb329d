"""Validate recordings, in every form in which users have them."""

import os
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_ser.speech._times import parse_channel, parse_time
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import as_column


class Clip(NamedTuple):
    """A recording or a part of it: a file or a waveform, from `start` to `end` in seconds."""

    file: str | None
    signal: np.ndarray | None
    start: float | None
    end: float | None
    channel: int | None = None  # None is the mean of all channels


class Audio(NamedTuple):
    """Clips, and the speaker and session of each."""

    clips: list
    speaker: list | None
    session: list | None


#: Recordings that `check_audio` accepts.
AudioLike: TypeAlias = (
    pd.DataFrame | pd.Series | pd.Index | Sequence[str | os.PathLike[str] | ArrayLike]
)

_ACCEPTED = (
    "audio must be a DataFrame with a column 'file' or 'signal', a sequence of paths, or a "
    "sequence of 1-D waveforms"
)
_TIMES = (
    "must be a time from 0 on (seconds as numbers or text, Timedelta, or text such as '0 days "
    "00:00:02.5'), or missing"
)
# How to read the cells of a column, and what they must be.
_CELLS = {
    "start": (parse_time, _TIMES),
    "end": (parse_time, _TIMES),
    "channel": (parse_channel, "must be a number of a channel, counted from 0, or missing"),
}


def check_audio(X, root=None):
    """Validate recordings and return them as `Audio`.

    Parameters
    ----------
    X : DataFrame, Series, Index, or sequence of paths or of waveforms
        A DataFrame has a column ``file`` (paths) or ``signal`` (1-D float waveforms), or both, if
        each row has one of them. It may have ``start`` and ``end`` (in seconds as numbers or text,
        Timedelta, or text as of a Timedelta; if missing, the beginning and the end of the
        recording), ``channel`` (counted from 0; if missing, the mean of all channels), ``speaker``
        and ``session``. File, start, end and channel may be levels of the index instead, as in
        tables of audformat; such an index, or a Series with it, is accepted as well.
    root : str or path-like, default=None
        Folder that relative paths are relative to; None means the working directory. A path may
        begin with ``~``.

    Returns
    -------
    Audio

    Raises
    ------
    TypeError
        If X is none of these, or samples are neither paths nor waveforms; these are listed.
    ValueError
        If X is empty, a DataFrame without ``file`` and ``signal``, or has invalid values in
        ``start``, ``end`` or ``channel``; all of these samples are listed. Also if one of these
        is a column and a level of the index, and they differ.
    """
    table = as_table(X)
    if table is not None:
        return _check_table(table, root)
    if isinstance(X, pd.DataFrame):
        raise ValueError(f"{_ACCEPTED}; the columns are {list(X.columns)}.")
    if isinstance(X, (str, os.PathLike)) or not hasattr(X, "__len__"):
        raise TypeError(f"{_ACCEPTED}; got {type(X).__name__}.")
    return Audio(_make_clips(list(X), root), None, None)


def as_table(X):
    """Return the table of recordings that X is or has as its index.

    Parameters
    ----------
    X : object

    Returns
    -------
    DataFrame or None
        None if X is no such table.
    """
    if isinstance(X, pd.DataFrame) and ("file" in X.columns or "signal" in X.columns):
        return _add_levels(X)
    if isinstance(X, pd.MultiIndex):
        return X.to_frame(index=False) if "file" in X.names else None
    if not isinstance(X, (pd.DataFrame, pd.Series)) or "file" not in X.index.names:
        return None
    if isinstance(X, pd.Series):
        return None if X.name == "file" else X.index.to_frame(index=False)
    _add_levels(X)  # raises if a column contradicts the index
    table = X.index.to_frame(index=False)
    columns = [name for name in X.columns if name not in table.columns]
    return pd.concat([table, X[columns].reset_index(drop=True)], axis=1)


def _add_levels(table):
    """Return a table with the parts of recordings that are levels of its index as columns."""
    names = [name for name in _CELLS if name in table.index.names]
    levels = pd.DataFrame({name: table.index.get_level_values(name) for name in names})
    twice = [name for name in names if name in table.columns]
    odd = [name for name in twice if parse_column(levels, name) != parse_column(table, name)]
    if odd:
        raise ValueError(
            f"columns and levels of the index with the same name must be equal; not for {odd}."
        )
    new = {name: levels[name].to_numpy() for name in names if name not in twice}
    return table.assign(**new) if new else table


def parse_column(table, name):
    """Return a column of a table of recordings as plain values.

    Parameters
    ----------
    table : DataFrame
    name : {"start", "end", "channel"}

    Returns
    -------
    values : list of int, float or None
        One value per row; None where it is missing, or if the table has no such column.
    bad : list of str
        Rows with invalid values, and these values.
    """
    if name not in table.columns:
        return [None] * len(table), []
    parse, _ = _CELLS[name]
    values, bad = [], []
    for row, cell in enumerate(as_column(table[name], len(table), name)):
        try:
            values.append(parse(cell))
        except (ValueError, OverflowError, TypeError):
            values.append(None)
            bad.append(f"{row} ({_shorten(cell)})")
    return values, bad


def convert_to_frame(X):
    """Return recordings in any form as a DataFrame.

    Parameters
    ----------
    X : as for `check_audio`

    Returns
    -------
    DataFrame
        With columns ``file``, ``signal``, ``start``, ``end``, ``channel``, ``speaker`` and
        ``session``, as far as they are known.

    Raises
    ------
    TypeError, ValueError
        For the same reasons as `check_audio`.
    """
    clips, speaker, session = check_audio(X)
    columns = {name: [getattr(clip, name) for clip in clips] for name in Clip._fields}
    return build_frame(**columns, speaker=speaker, session=session).dropna(axis=1, how="all")


def build_frame(**columns):
    """Return columns as a DataFrame of objects, without those that are None."""
    known = {name: values for name, values in columns.items() if values is not None}
    return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in known.items()})


def _check_table(table, root):
    n_samples = len(table)
    columns = {
        name: as_column(table[name], n_samples, name) if name in table.columns else None
        for name in ("file", "signal", "speaker", "session")
    }
    items = [columns[name] for name in ("file", "signal") if columns[name] is not None]
    # A table may mix original files and altered copies: rows without a file have a signal.
    items = [next((v for v in row if v is not None), None) for row in zip(*items, strict=True)]
    parts, wrong = {}, []
    for name, (_, must) in _CELLS.items():
        parts[name], bad = parse_column(table, name)
        if bad:
            wrong.append(f"{name} {must}; not for samples {join_names(bad)}")
    if wrong:
        raise ValueError(". ".join(wrong) + ".")
    return Audio(_make_clips(items, root, **parts), columns["speaker"], columns["session"])


def _make_clips(items, root, **parts):
    """Return a clip per recording; raise an error that lists what is no recording."""
    if len(items) == 0:
        raise ValueError("Found 0 sample(s): at least one recording is needed.")
    unknown = [None] * len(items)
    starts, ends, channels = (parts.get(name, unknown) for name in ("start", "end", "channel"))
    root = None if root is None else os.path.expanduser(os.fspath(root))
    clips, wrong = [], []
    for i, item in enumerate(items):
        file = signal = None
        if isinstance(item, (str, os.PathLike)):
            file = _resolve(item, root)
        else:
            signal = _as_waveform(item)
            if signal is None:
                wrong.append(f"sample {i} is {_describe(item)}")
        clips.append(Clip(file, signal, starts[i], ends[i], channels[i]))
    if wrong:
        raise TypeError(f"{_ACCEPTED}; {join_names(wrong)}.")
    return clips


def _resolve(path, root):
    """Return a path as text: with the home folder in place of ``~``, and in the folder `root`."""
    # A plain str even for numpy's, so that equal paths have equal places in a cache.
    path = os.path.expanduser(str(os.fsdecode(path)))
    return path if root is None else os.path.join(root, path)


def _as_waveform(item):
    """Return a 1-D array of numbers, or None if this is no waveform."""
    # Only arrays, lists and tuples: a row of a DataFrame of features is not a waveform.
    if isinstance(item, np.ma.MaskedArray) and item.dtype.kind == "f":
        item = item.filled(np.nan)  # numpy would take what is below the mask
    if isinstance(item, (np.ndarray, list, tuple)):
        try:
            signal = np.asarray(item)
        except ValueError:  # of unequal rows
            return None
        if signal.ndim == 1 and signal.dtype.kind in "fiu":
            return signal
    return None


def _describe(item):
    if isinstance(item, np.ndarray) and item.ndim == 1:
        return f"an array of {item.dtype}"
    if isinstance(item, np.ndarray):
        return f"an array of shape {item.shape}"
    return type(item).__name__


def _shorten(value):
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
