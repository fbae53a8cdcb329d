"""Remarks on recordings that say nothing, whatever a model says of them."""

import os
import warnings

import numpy as np

from sklearn_ser.features._errors import list_remarks
from sklearn_ser.speech._audio import SAMPLING_RATE, read_clip
from sklearn_ser.speech._errors import AudioError
from sklearn_ser.speech._recordings import as_table, check_audio

# The range of samples that is silence: a step of 16 bits up and one down, as of dither.
SILENCE = 2 / 32768
SILENT = "is silent"
# In seconds. No vowel is as short.
SHORTEST = 0.1
SHORT = f"is shorter than {SHORTEST} s"


def remark_on(batch, front, places):
    """Return a remark on each recording that says nothing of emotions.

    Parameters
    ----------
    batch : any container of samples
        Only recordings get remarks.
    front : Pipeline or None
        The first steps of the model, which may read them.
    places : sequence of int
        The recordings that could be read.

    Returns
    -------
    list of (str or None)
        One per place.
    """
    if not _is_recordings(batch, front):
        return [None] * len(places)
    steps = [] if front is None else front.named_steps.values()
    rates = [step.sampling_rate for step in steps if hasattr(step, "sampling_rate")]
    try:
        clips = check_audio(batch).clips
    except (TypeError, ValueError):  # frames, or what the model will say itself
        return [None] * len(places)
    return [_remark(clips[place], *rates[:1]) for place in places]


def warn_of_remarks(table):
    """Warn of predictions that have a remark, once per kind.

    Parameters
    ----------
    table : DataFrame
        With ``remark`` and, if known, ``file``.
    """
    files = table.get("file", [None] * len(table))
    pairs = list(zip(files, table["remark"], strict=True))
    for kind in (SILENT, SHORT):
        said = [(row, file, "") for row, (file, remark) in enumerate(pairs) if remark == kind]
        if said:
            what = {SILENT: "silent", SHORT: f"shorter than {SHORTEST} s"}[kind]
            warnings.warn(
                f"{len(said)} of {len(table)} recordings are {what}, so that their predictions "
                f"mean nothing: {list_remarks(said)}. A column 'remark' says so.",
                UserWarning,
                stacklevel=3,
            )


def _is_recordings(batch, front):
    if as_table(batch) is not None:
        return True
    # Without a step that reads recordings, lists of numbers are features.
    return isinstance(batch, list) and (
        front is not None or all(isinstance(item, (str, os.PathLike)) for item in batch)
    )


def _remark(clip, sampling_rate=SAMPLING_RATE):
    try:
        signal = read_clip(clip, sampling_rate)
    except AudioError:  # told with all failures
        return None
    if np.ptp(signal) <= SILENCE:
        return SILENT
    return SHORT if len(signal) < SHORTEST * SAMPLING_RATE else None
