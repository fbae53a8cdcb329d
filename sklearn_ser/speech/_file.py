"""Sequences as one file whose frames can be used where they lie."""

import io
import json
import os

import numpy as np

from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.utils._files import open_atomically

MAGIC = b"sklearn_ser sequences 1\n"
# Where frames start, in bytes: memory-mapped, they are as well aligned as fresh ones.
ALIGNMENT = 64


def write_sequences(path, values, offsets, attributes):
    """Write frames, offsets and what else there is to know of them; whole or not at all."""
    attributes = {
        name: [_noted(v) for v in value.tolist()] if isinstance(value, np.ndarray) else value
        for name, value in attributes.items()
    }
    head = io.BytesIO()
    head.write(MAGIC)
    np.save(head, np.frombuffer(json.dumps(attributes, default=_plain).encode(), dtype=np.uint8))
    np.save(head, offsets)
    head.write(b"\0" * (-head.tell() % ALIGNMENT))
    with open_atomically(path) as file:
        file.write(head.getvalue())
        np.save(file, np.ascontiguousarray(values))


def _noted(value):
    """A speaker as JSON: who is behind an altered voice must not be lost."""
    if isinstance(value, AlteredSpeaker):
        return {"voice": value.voice, "person": value.person}
    return value


def _recognised(entry):
    """What `_noted` wrote; any other object of JSON stays as it is."""
    if entry.keys() == {"voice", "person"}:
        return AlteredSpeaker.from_voice(entry["person"], entry["voice"])
    return entry


def _plain(value):
    """What JSON does not know: numbers of numpy."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written: {value!r}")


def read_sequences(path, mmap_mode):
    """Return frames (memory-mapped, unless the mode is None), offsets and the rest, by name."""
    path = os.path.expanduser(path)
    with open(path, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f"{os.fspath(path)!r} is not a file written by Sequences.save.")
        try:
            text = np.load(file, allow_pickle=False).tobytes()
            attributes = json.loads(text, object_hook=_recognised)
            offsets = np.load(file, allow_pickle=False)
            file.seek(-file.tell() % ALIGNMENT, os.SEEK_CUR)
            if mmap_mode is None:
                values = np.load(file, allow_pickle=False)
            else:
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                start = file.tell()
                values = np.memmap(path, dtype, mode=mmap_mode, offset=start, shape=shape)
        except (ValueError, EOFError) as error:
            raise ValueError(f"{os.fspath(path)!r} is damaged: {error}") from error
    return values, offsets, attributes
