"""Cut long recordings into windows."""

from __future__ import annotations

from numbers import Real

import numpy as np
import pandas as pd

from sklearn_ser.speech._audio import SAMPLING_RATE, TOLERANCE, measure_duration
from sklearn_ser.speech._errors import AudioError
from sklearn_ser.speech._recordings import AudioLike, convert_to_frame

# Times are rounded to microseconds.
DECIMALS = 6


def cut_recordings(
    X: AudioLike, length: float, hop: float | None = None, *, sampling_rate: int = SAMPLING_RATE
) -> pd.DataFrame:
    """Cut recordings into windows, each a row of a table that feature extractors read.

    Only headers are read. The last window of a recording ends with it. It is at least half as long
    as the others: what would be shorter is added to the window before it. A recording that is
    shorter than a window is one window.

    Parameters
    ----------
    X : DataFrame, Series, Index, or sequence of paths or of waveforms
        See `OpenSmileLLD.transform`. Parts of recordings are cut between their start and end.
    length : float
        Seconds from the start to the end of a window; greater than 0.
    hop : float, default=None
        Seconds from the start of one window to the start of the next; greater than 0 and at most
        `length`, which is the default.
    sampling_rate : int, default=16000
        Sampling rate of waveforms, in Hz.

    Returns
    -------
    DataFrame
        One row per window, in the order of X and of time: ``file``, ``signal``, ``start``, ``end``
        (seconds from the beginning of the recording), ``channel``, ``speaker`` and ``session``, as
        far as X has them. Its index is the row of X. A file whose length cannot be read stays one
        row, about which feature extractors raise their error.

    Raises
    ------
    ValueError
        If `length` or `hop` is out of range; also for the reasons for which feature extractors
        refuse X.
    TypeError
        If X has another form.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser.features import cut_recordings
    >>> silence = np.zeros(7 * 16000)
    >>> cut_recordings([silence], 2)[["start", "end"]].values.tolist()
    [[0.0, 2.0], [2.0, 4.0], [4.0, 6.0], [6.0, 7.0]]
    >>> cut_recordings([silence], 3, 2)[["start", "end"]].values.tolist()
    [[0.0, 3.0], [2.0, 5.0], [4.0, 7.0]]
    >>> cut_recordings([silence], 3)[["start", "end"]].values.tolist()
    [[0.0, 3.0], [3.0, 7.0]]
    """
    hop = length if hop is None else hop
    for name, value in (("length", length), ("hop", hop)):
        if not isinstance(value, Real) or not 0 < value < np.inf:
            raise ValueError(f"{name} must be a number of seconds greater than 0, got {value!r}.")
    if hop > length:
        raise ValueError(
            f"hop must be at most length, or windows would leave gaps; got {hop} and {length}."
        )
    table = convert_to_frame(X)
    nothing = [None] * len(table)
    cells = [table.get(name, nothing) for name in ("file", "signal", "start", "end")]
    rows, starts, ends = [], [], []
    for row, (file, signal, start, end) in enumerate(zip(*cells, strict=True)):
        for first, last in _cut(file, signal, start, end, length, hop, sampling_rate):
            rows.append(row)
            starts.append(first)
            ends.append(last)
    windows = table.iloc[rows].assign(start=starts, end=ends)
    return windows.set_axis(rows, axis=0)


def _cut(file, signal, start, end, length, hop, sampling_rate):
    """Return the start and the end of every window of a recording or a part of it."""
    if end is None or end != end:
        try:
            end = measure_duration(file) if file is not None else len(signal) / sampling_rate
        except AudioError:
            return [(start, None)]
    first = 0.0 if start is None or start != start else start
    n_whole = int(np.floor((end - first - length) / hop + 1e-9)) + 1
    if n_whole < 1:
        return [(first, end)]
    starts = [first + i * hop for i in range(n_whole)]
    ends = [begin + length for begin in starts]
    if end - ends[-1] > TOLERANCE and end - starts[-1] - hop >= length / 2:
        starts.append(starts[-1] + hop)
        ends.append(end)
    ends[-1] = end
    return list(
        zip(np.round(starts, DECIMALS).tolist(), np.round(ends, DECIMALS).tolist(), strict=True)
    )
