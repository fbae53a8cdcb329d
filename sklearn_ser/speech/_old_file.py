"""Read files of sequences of earlier versions, which have no checksums.

After the magic, they have three arrays as `numpy.save` writes them: the attributes, as bytes of
JSON, the offsets, and the frames.
"""

import re

import numpy as np

OLD_MAGIC = b"sklearn_ser sequences 1\n"
# NumPy evaluates such a header as Python, with any error that this may raise, and accepts any
# dtype, pointers included. Files of earlier versions have exactly this form.
_HEADER = re.compile(
    rb"\{'descr': '([<|]\w{2})', 'fortran_order': False, "
    rb"'shape': \((\d{1,18}),(?: (\d{1,18}))?\), \} *\n"
)
_BEGINNING = b"\x93NUMPY\x01\x00"


def read_old_head(file, n_bytes, alignment):
    """Read everything before the frames.

    Parameters
    ----------
    file : file
        After the magic.
    n_bytes : int
        Size of the file.
    alignment : int
        The frames' header starts at a multiple of this number of bytes.

    Returns
    -------
    text : bytes
        Attributes, as JSON.
    offsets : ndarray of int64 of shape (n_samples + 1,)
    shape : tuple of int
        Of the frames.
    start : int
        Where the frames start.

    Raises
    ------
    ValueError
        If the file does not have this form.
    """
    text = _read_array(file, n_bytes, b"|u1").tobytes()
    offsets = _read_array(file, n_bytes, b"<i8").astype(np.int64)
    file.seek(-file.tell() % alignment, 1)
    shape = _read_header(file, b"<f4", 2)
    return text, offsets, shape, file.tell()


def _read_array(file, n_bytes, dtype):
    """Read an array with one axis."""
    (length,) = _read_header(file, dtype, 1)
    size = length * np.dtype(dtype.decode()).itemsize
    if size > n_bytes - file.tell():
        raise ValueError("it is cut off in its header")
    return np.frombuffer(file.read(size), dtype.decode())


def _read_header(file, dtype, n_axes):
    """Read the header of an array of this dtype, and return its shape."""
    beginning, length = file.read(len(_BEGINNING)), file.read(2)
    match = _HEADER.fullmatch(file.read(int.from_bytes(length, "little")))
    if beginning != _BEGINNING or match is None:
        raise ValueError("an array has a header that no version writes")
    shape = tuple(int(size) for size in match.groups()[1:] if size is not None)
    if match[1] != dtype or len(shape) != n_axes:
        raise ValueError(
            f"an array must be {dtype.decode()} with {n_axes} axes, got {match[1].decode()} with "
            f"shape {shape}"
        )
    return shape
