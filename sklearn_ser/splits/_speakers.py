"""Identify speakers, for everything that groups, splits or scales by speaker.

A person whose recordings were altered (see `AlteredSpeaker`) has several voices. Splits go by
person, so that nobody is on both sides. Scaling goes by voice, since each has its own statistics.
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
        None if `speakers` is None. Entries that are not altered speakers, sessions for example,
        are returned as they are.
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
        None if `speakers` is None. An altered speaker has a voice of its own, named by a str;
        other entries are returned unchanged.
    """
    return _get_each(speakers, "voice")


def has_altered(speakers):
    """Tell whether any recording was altered.

    Parameters
    ----------
    speakers : sequence of shape (n_samples,), or None

    Returns
    -------
    bool
    """
    return speakers is not None and any(hasattr(speaker, "person") for speaker in speakers)


def _get_each(speakers, name):
    if speakers is None:
        return None
    if hasattr(speakers, "dtype"):
        # Python's own numbers, not numpy's.
        speakers = np.asarray(speakers, dtype=object)
    found = np.empty(len(speakers), dtype=object)
    for row, speaker in enumerate(speakers):
        found[row] = getattr(speaker, name, speaker)
    return found
