"""Results with a checksum, so that a flipped bit on disk is found."""

import pickle
import zlib
from typing import NamedTuple

import numpy as np


class Sealed(NamedTuple):
    """A result as a cache stores it."""

    checksum: int
    pickled: bytes  # the result without its arrays
    arrays: list  # the bytes of each array, which joblib can memory-map


def seal(result):
    """Return a result with its checksum. Arrays are not copied.

    Parameters
    ----------
    result : object

    Returns
    -------
    Sealed
    """
    buffers = []
    pickled = pickle.dumps(result, protocol=5, buffer_callback=buffers.append)
    arrays = [np.asarray(buffer.raw()) for buffer in buffers]
    return Sealed(_sum(pickled, arrays), pickled, arrays)


def unseal(sealed):
    """Return the result.

    Parameters
    ----------
    sealed : object
        As `seal` returned it, or what has become of it since.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        If the result does not match its checksum.
    """
    try:
        matches = sealed.checksum == _sum(sealed.pickled, sealed.arrays)
    except (AttributeError, TypeError, ValueError):
        matches = False
    if not matches:
        raise ValueError("the result does not match its checksum")
    return pickle.loads(sealed.pickled, buffers=sealed.arrays)


def _sum(pickled, arrays):
    checksum = zlib.crc32(pickled)
    for array in arrays:
        checksum = zlib.crc32(array, checksum)
    return checksum
