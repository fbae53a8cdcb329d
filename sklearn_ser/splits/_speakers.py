"""Who is speaking: the one place that everything asks which groups, splits or scales by speaker.

A person whose recordings were altered (see `AlteredSpeaker`) has several voices. Splits go by
person, so that no one is on both sides; statistics of a voice go by voice.
"""

import numpy as np


def get_persons(speakers):
    """Return the person behind each speaker.

    Parameters
    ----------
    speakers : sequence of shape (n_samples,), or None

    Returns
    -------
    ndarray of object of shape (n_samples,), or None
        None where no speakers are known. Other groups, such as sessions, are returned as they are.
    """
    return _get_each(speakers, "person")


def get_voices(speakers):
    """Return the voice of each speaker.

    Parameters
    ----------
    speakers : sequence of shape (n_samples,), or None

    Returns
    -------
    ndarray of object of shape (n_samples,), or None
        Altered recordings of a person have voices of their own; all others are named as the
        speaker is.
    """
    return _get_each(speakers, "voice")


def _get_each(speakers, name):
    if speakers is None:
        return None
    found = np.empty(len(speakers), dtype=object)
    for row, speaker in enumerate(speakers):
        found[row] = getattr(speaker, name, speaker)
    return found
