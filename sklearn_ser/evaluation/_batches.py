"""Batches of samples, in which speakers are whole where a model scales by speaker."""

import warnings
from collections import Counter

import numpy as np

from sklearn_ser.features import OpenSmileFunctionals, SequenceScaler, TransformerEmbeddings
from sklearn_ser.splits._speakers import get_voices
from sklearn_ser.utils._messages import join_names

GIVE = "give every recording a speaker, or use a model that does not scale by speaker"


def make_batches(n_samples, size, speakers=None):
    """Cut samples into batches.

    Parameters
    ----------
    n_samples, size : int
    speakers : sequence of shape (n_samples,), default=None
        If given, all samples of a speaker are in one batch, which may therefore be larger.

    Returns
    -------
    list of ndarray of int
        Every sample is in one of them.
    """
    if speakers is None:
        rows = np.arange(n_samples)
        return [rows[start : start + size] for start in range(0, n_samples, size)]
    groups = {}
    for row, voice in enumerate(get_voices(speakers)):
        groups.setdefault(("", row) if _is_unknown(voice) else voice, []).append(row)
    batches = [[]]
    for rows in groups.values():
        if batches[-1] and len(batches[-1]) + len(rows) > size:
            batches.append([])
        batches[-1] += rows
    return [np.sort(rows) for rows in batches]


def check_speakers_are_known(model, speakers, n_samples, front):
    """Return whether a model scales by speaker; raise an error or warn if it lacks speakers.

    Parameters
    ----------
    model : fitted estimator
        What follows the first steps.
    speakers : sequence of shape (n_samples,), or None
    n_samples : int
    front : Pipeline or None
        The first steps.

    Returns
    -------
    bool
    """
    steps = [step for step in _list_parts(model) if isinstance(step, SequenceScaler)]
    steps = [step for step in steps if step.by == "speaker"]
    if not steps:
        return False
    seen = {speaker for step in steps for speaker in getattr(step, "speakers_", ())}
    voices = [None] * n_samples if speakers is None else get_voices(speakers).tolist()
    unknown = [row for row, voice in enumerate(voices) if _is_unknown(voice)]
    counts = Counter(voice for voice in voices if not _is_unknown(voice))
    # One vector per recording: its mean is itself, and so it is scaled to 0.
    is_whole = front is not None and any(
        isinstance(step, (OpenSmileFunctionals, TransformerEmbeddings))
        for step in front.named_steps.values()
    )
    about = "the model scales the features of each speaker by all recordings of the speaker, and"
    if unknown:
        about = f"{about} the speakers of {len(unknown)} of {n_samples} samples are unknown"
        if is_whole:
            raise ValueError(
                f"{about} (samples {join_names(unknown)}), so that it would say the same of each "
                f"of them; {GIVE}."
            )
        warnings.warn(
            f"{about} (samples {join_names(unknown)}): each is scaled by itself, and predictions "
            f"are less good; {GIVE}.",
            UserWarning,
            stacklevel=3,
        )
    alone = sorted(str(v) for v, count in counts.items() if count == 1 and v not in seen)
    if is_whole and alone:
        warnings.warn(
            f"{about} speakers with a single recording are scaled to nothing, so that it says the "
            f"same of each of them: {join_names(alone)}. Predict them with other recordings of "
            "theirs, or use a model that does not scale by speaker.",
            UserWarning,
            stacklevel=3,
        )
    return True


def _list_parts(model):
    """Return the estimators inside an estimator, fitted ones where it is a search."""
    model = getattr(model, "best_estimator_", model)
    parts = [model]
    for _, step in getattr(model, "steps", ()):
        parts += _list_parts(step)
    return parts


def _is_unknown(voice):
    return voice is None or voice != voice
