"""Archives as `save` writes them, which are checked before anything is made of them."""

import errno
import io
import json
import math
import os
import stat
import zipfile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_ser._version import __version__
from sklearn_ser.utils._messages import join_names, shorten

FORMAT = 1
# Of skops. By this number, a file chooses the loaders of its nodes; here are those whose nodes
# have the form that is checked.
PROTOCOLS = (1, 2)
STAMP = "sklearn_ser.json"
SCHEMA = "schema.json"  # of skops
ARRAY = ".npy"


class ArrayPart(NamedTuple):
    """Where an array is, and what its header states."""

    data: bytes
    offset: int
    shape: tuple
    dtype: np.dtype
    is_fortran: bool


class Archive:
    """The parts of a file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Attributes
    ----------
    data : bytes
    stamp : dict
        The format and the version of sklearn_ser that wrote the file.
    schema : dict
        As skops writes it; not yet checked.
    arrays : dict of str to ArrayPart
        Their bytes together are no more than those of the file.

    Raises
    ------
    ValueError
        If it is not an archive that `save` wrote, or is damaged.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive, len(data))
            # Reading a part checks its checksum.
            parts = {name: archive.read(name) for name in archive.namelist()}
        self.stamp = _read_stamp(parts.pop(STAMP))
        self.schema = _read_schema(parts.pop(SCHEMA))
        self.arrays = {name: _read_header(part, name) for name, part in parts.items()}

    def read_array(self, name: str) -> NDArray[Any]:
        """Return an array, without copying it."""
        part = self.arrays[name]
        flat = np.frombuffer(part.data, part.dtype, math.prod(part.shape), part.offset)
        return flat.reshape(part.shape, order="F" if part.is_fortran else "C")


def read_file(path: str) -> bytes:
    """Return the bytes of a regular file.

    Raises
    ------
    ValueError
        If it is a pipe, a device or a socket. It is not waited for.
    OSError
        If it cannot be read.
    """
    # Without O_NONBLOCK, opening a pipe waits for whoever writes to it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    _check_regular(os.stat(path), path)
    with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
        _check_regular(os.fstat(file.fileno()), path)
        return file.read()


def _check_regular(status, path):
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(
            f"{path!r} cannot be loaded: it is a pipe, a device or a socket, and not a file."
        )


def make_printable(text: str) -> str:
    """Return text in which characters that a terminal may obey are escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def make_error(error: Exception, said: str) -> ValueError:
    """Return what to raise for a file that cannot be used.

    Parameters
    ----------
    error : Exception
    said : str
        What cannot be done, such as ``"'model.skops' cannot be loaded"``.

    Returns
    -------
    ValueError
        With the error as its cause, unless a traceback would show what a terminal may obey.
    """
    text = " ".join(str(error).split())
    made = ValueError(f"{said}: {shorten(make_printable(text), 600)}.")
    made.__cause__ = error if text.isprintable() else None
    made.__suppress_context__ = True
    return made


def make_stamp() -> str:
    """Return the stamp of this version."""
    return json.dumps({"format": FORMAT, "version": __version__})


def replace_schema(data: bytes, schema: dict[str, Any]) -> bytes:
    """Return an archive of skops with another schema."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, json.dumps(schema) if name == SCHEMA else old.read(name))
    return changed.getvalue()


def _check_parts(archive, n_bytes):
    names = archive.namelist()
    if STAMP not in names:
        raise ValueError("it was not written by sklearn_ser.io.save")
    if SCHEMA not in names:
        raise ValueError(f"it is damaged: {SCHEMA} is missing")
    if len(set(names)) < len(names):
        raise ValueError("it is damaged: two parts have the same name")
    others = [name for name in names if not name.endswith(ARRAY) and name not in (STAMP, SCHEMA)]
    parts = archive.infolist()
    packed = [part.filename for part in parts if part.compress_type != zipfile.ZIP_STORED]
    if packed:
        raise ValueError(f"it is compressed, unlike the files of save: {join_names(packed)}")
    if others:
        raise ValueError(f"it has parts that save does not write: {join_names(others)}")
    # Parts that overlap would be more than the file.
    size = sum(part.file_size for part in parts)
    if size > n_bytes or any(part.file_size != part.compress_size for part in parts):
        raise ValueError(f"its parts are said to have {size} bytes, but the file has {n_bytes}")


def _read_stamp(text):
    stamp = json.loads(text)
    if not isinstance(stamp, dict):
        stamp = {}
    number, version = stamp.get("format"), stamp.get("version")
    if type(number) is not int or number < 1 or not isinstance(version, str) or len(version) > 99:
        raise ValueError(
            f"{STAMP} must have a format, an integer of at least 1, and a version, got "
            f"{str(number)[:50]!r} and {str(version)[:50]!r}"
        )
    if number > FORMAT:
        raise ValueError(
            f"it has format {number}, of sklearn_ser {version}; this is {__version__}, which "
            f"reads formats up to {FORMAT}: a newer version is needed"
        )
    return stamp


def _read_schema(text):
    schema = json.loads(text)
    protocol = schema.get("protocol") if isinstance(schema, dict) else None
    if type(protocol) is not int or protocol not in PROTOCOLS:
        raise ValueError(
            f"its objects have protocol {str(protocol)[:50]} of skops, and not one of {PROTOCOLS}"
        )
    return schema


def _read_header(data, name):
    """Return what the header of an array states, if the array has that size."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"{name} has version {version} of numpy's format, and not (1, 0)")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    left = len(data) - file.tell()
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects")
    # Sizes that a file does not have: some product of them is 0, or they are negative.
    absurd = any(size < 0 or size > len(data) for size in shape)
    if absurd or math.prod(shape) * dtype.itemsize != left or dtype.itemsize == 0:
        raise ValueError(f"{name} has {left} bytes, but shape {shape} of {dtype}")
    # Compiled code trusts that booleans are 0 or 1.
    if dtype == np.bool_ and (np.frombuffer(data, np.uint8, offset=file.tell()) > 1).any():
        raise ValueError(f"{name} has booleans that are neither True nor False")
    return ArrayPart(data, file.tell(), shape, dtype, is_fortran)
