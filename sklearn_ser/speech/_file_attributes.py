"""Speakers, sessions and settings of sequences as JSON."""

import json
from numbers import Real

import numpy as np

from sklearn_ser.speech._speaker import AlteredSpeaker

# Settings are small numbers; NumPy can compute with any number up to this one.
LARGEST = 2**62


def encode_attributes(attributes):
    """Return attributes as JSON.

    Parameters
    ----------
    attributes : dict of str to ndarray of object, number, string or None

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        If JSON cannot represent an attribute.
    """
    attributes = {
        name: [_encode(v) for v in value.tolist()] if isinstance(value, np.ndarray) else value
        for name, value in attributes.items()
    }
    return json.dumps(attributes, default=_encode_number).encode()


def decode_attributes(text):
    """Return attributes from JSON.

    Parameters
    ----------
    text : bytes

    Returns
    -------
    dict of str to list, number, string or None

    Raises
    ------
    ValueError
        If `encode_attributes` does not write such a text.
    """
    try:
        attributes = json.loads(text.decode())
        if not isinstance(attributes, dict):
            raise ValueError(f"its attributes are a {type(attributes).__name__}, not a dict")
        return {name: _decode_attribute(name, value) for name, value in attributes.items()}
    except RecursionError as error:
        raise ValueError("its attributes are nested too deeply") from error


def _encode(value):
    """Return a value for JSON; an altered speaker keeps the person and the voice."""
    if isinstance(value, AlteredSpeaker):
        if not isinstance(value.person, (str, Real)):
            raise TypeError(f"{type(value.person).__name__} cannot be written: {value.person!r}")
        return {"voice": value.voice, "person": value.person}
    if isinstance(value, dict):
        raise TypeError(f"{type(value).__name__} cannot be written: {value!r}")
    return value


def _encode_number(value):
    """Convert a NumPy number to a Python number, which JSON can represent."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written: {value!r}")


def _decode_attribute(name, value):
    if isinstance(value, list):
        return [_decode(part) for part in value]
    if isinstance(value, (str, dict)) or (value is not None and not abs(value) < LARGEST):
        raise ValueError(f"{name!r} must be a number, a list or null")
    return value


def _decode(value):
    """Return the value of one sample; JSON has no tuples, and writes lists in their place."""
    if isinstance(value, list):
        return tuple(_decode(part) for part in value)
    if not isinstance(value, dict):
        return value
    voice, person = value.get("voice"), value.get("person")
    if value.keys() != {"voice", "person"} or not (
        isinstance(voice, str) and isinstance(person, (str, int, float))
    ):
        raise ValueError("a speaker must be a text, a number, null, or a person and a voice")
    return AlteredSpeaker.from_voice(person, voice)
