"""Files of sequences, whose frames can be memory-mapped."""

import io
import json
import os
from numbers import Real

import numpy as np

from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.utils._files import open_atomically

MAGIC = b"sklearn_ser sequences 1\n"
# The frames start at a multiple of this number of bytes, so that memory-mapped frames are as well
# aligned as arrays in memory.
ALIGNMENT = 64


def write_sequences(path, values, offsets, attributes):
    """Write sequences to a file, completely or not at all.

    Parameters
    ----------
    path : str or path-like
    values : ndarray of shape (n_frames_total, n_features)
    offsets : ndarray of shape (n_samples + 1,)
    attributes : dict of str to ndarray of object, number, string or None
        Speakers, sessions and settings.

    Raises
    ------
    TypeError
        If JSON cannot represent an attribute.
    OSError
        If the file cannot be written.
    """
    attributes = {
        name: [_encode_speaker(v) for v in value.tolist()]
        if isinstance(value, np.ndarray)
        else value
        for name, value in attributes.items()
    }
    head = io.BytesIO()
    head.write(MAGIC)
    np.save(
        head,
        np.frombuffer(json.dumps(attributes, default=_encode_number).encode(), dtype=np.uint8),
    )
    np.save(head, offsets)
    head.write(b"\0" * (-head.tell() % ALIGNMENT))
    with open_atomically(path) as file:
        file.write(head.getvalue())
        np.save(file, np.ascontiguousarray(values))


def _encode_speaker(value):
    """Return a speaker for JSON; an altered speaker keeps the person and the voice."""
    if isinstance(value, AlteredSpeaker):
        if not isinstance(value.person, (str, Real)):
            raise TypeError(f"{type(value.person).__name__} cannot be written: {value.person!r}")
        return {"voice": value.voice, "person": value.person}
    return value


def _decode_speaker(entry):
    """Invert `_encode_speaker`; other JSON objects are returned unchanged."""
    if entry.keys() == {"voice", "person"}:
        return AlteredSpeaker.from_voice(entry["person"], entry["voice"])
    return entry


def _encode_number(value):
    """Convert a NumPy number to a Python number, which JSON can represent."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written: {value!r}")


def read_sequences(path, mmap_mode):
    """Read a file of sequences.

    Parameters
    ----------
    path : str or path-like
    mmap_mode : {"r", "c"} or None
        None reads the frames into memory.

    Returns
    -------
    values : ndarray or memmap of shape (n_frames_total, n_features)
    offsets : ndarray of shape (n_samples + 1,)
    attributes : dict of str to object

    Raises
    ------
    ValueError
        If the file was not written by `write_sequences`, or is damaged.
    """
    path = os.path.expanduser(path)
    with open(path, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f"{os.fspath(path)!r} is not a file written by Sequences.save.")
        try:
            text = np.load(file, allow_pickle=False).tobytes()
            attributes = json.loads(text, object_hook=_decode_speaker)
            offsets = np.load(file, allow_pickle=False)
            file.seek(-file.tell() % ALIGNMENT, os.SEEK_CUR)
            if mmap_mode is None:
                values = np.load(file, allow_pickle=False)
            else:
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                start = file.tell()
                if 0 in shape:  # an empty array cannot be mapped
                    return np.zeros(shape, dtype), offsets, attributes
                values = np.memmap(path, dtype, mode=mmap_mode, offset=start, shape=shape)
        except (ValueError, EOFError) as error:
            raise ValueError(f"{os.fspath(path)!r} is damaged: {error}") from error
    return values, offsets, attributes
