"""Files of sequences, whose frames can be memory-mapped.

A file has these parts; all numbers are little-endian::

    magic             MAGIC
    sizes             4 uint64: bytes of the attributes, samples, frames, features
    checksum          uint32: of magic, sizes, and whatever follows up to the frames
    attributes        JSON
    offsets           int64: one more than there are samples
    block checksums   uint32: one for every BLOCK bytes of frames
    zeros             up to a multiple of ALIGNMENT
    frames            float32: row by row

Checksums are CRC-32. They find damage, such as a flipped bit. They do not show who wrote a
file, so whatever is read is checked as well.
"""

import os
import stat
import struct
import zlib
from typing import Any, NamedTuple

import numpy as np

from sklearn_ser.speech._file_attributes import decode_attributes, encode_attributes
from sklearn_ser.speech._old_file import OLD_MAGIC, read_old_head
from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._ragged import check_offsets

MAGIC = b"sklearn_ser sequences 2\n"
_SIZES = struct.Struct("<4Q")
_CHECKSUM = struct.Struct("<L")
FRAME = np.dtype("<f4")
# The frames start at a multiple of this number of bytes, so that memory-mapped frames are as well
# aligned as arrays in memory.
ALIGNMENT = 64
BLOCK = 2**20
# Blocks that are verified whenever a file is opened, however large it is.
N_SAMPLED = 8


class Sizes(NamedTuple):
    """Numbers from which the place of every part of a file follows."""

    n_text: int  # bytes of the attributes
    n_samples: int
    n_frames: int
    n_features: int

    @property
    def n_blocks(self):
        return -(-self.n_frames * self.n_features * FRAME.itemsize // BLOCK)

    @property
    def start(self):
        """Where the frames start."""
        size = len(MAGIC) + _SIZES.size + _CHECKSUM.size + self.n_text
        size += 8 * (self.n_samples + 1) + 4 * self.n_blocks
        return -(-size // ALIGNMENT) * ALIGNMENT


class Head(NamedTuple):
    """Everything before the frames."""

    text: bytes  # the attributes, as JSON
    offsets: Any  # ndarray of int64 of shape (n_samples + 1,)
    shape: tuple[int, int]  # of the frames
    start: int  # where the frames start
    checksums: Any = None  # ndarray of shape (n_blocks,); files of earlier versions have none


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
    ValueError
        If frames have no features.
    OSError
        If the file cannot be written.
    """
    _check_shape(values.shape)
    text = encode_attributes(attributes)
    offsets = np.ascontiguousarray(offsets, "<i8")
    frames = np.ascontiguousarray(values, FRAME).reshape(-1).view(np.uint8)
    sizes = Sizes(len(text), len(offsets) - 1, *values.shape)
    with open_atomically(path) as file:
        # The frames come first, so that they are read only once, however many there are.
        file.seek(sizes.start)
        checksums = np.empty(sizes.n_blocks, "<u4")
        for i in range(sizes.n_blocks):
            block = frames[i * BLOCK : (i + 1) * BLOCK]
            checksums[i] = zlib.crc32(block)
            file.write(block)
        file.seek(0)
        file.write(_join_head(sizes, text + offsets.tobytes() + checksums.tobytes()))


def _join_head(sizes, body):
    """Return the head of a file as bytes."""
    first = MAGIC + _SIZES.pack(*sizes)
    body = body.ljust(sizes.start - len(first) - _CHECKSUM.size, b"\0")
    return first + _CHECKSUM.pack(zlib.crc32(body, zlib.crc32(first))) + body


def read_sequences(path, mmap_mode, verify):
    """Read a file of sequences.

    Parameters
    ----------
    path : str or path-like
    mmap_mode : {"r", "c"} or None
        None reads the frames into memory.
    verify : bool
        Compare all frames with their checksums. If False, this is done with all frames that are
        read into memory, and with some blocks of those that are mapped.

    Returns
    -------
    values : ndarray or memmap of shape (n_frames_total, n_features)
    offsets : ndarray of shape (n_samples + 1,)
    attributes : dict of str to object

    Raises
    ------
    ValueError
        If the file was not written by `write_sequences`, is damaged, or has no checksums although
        `verify` is True.
    """
    if mmap_mode not in ("r", "c", None):
        raise ValueError(f"mmap_mode must be 'r', 'c' or None, got {mmap_mode!r}.")
    path = os.path.expanduser(os.fsdecode(path))
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        # Opening a pipe would wait for its other end.
        raise ValueError(f"{path!r} is a pipe or a device, not a file written by Sequences.save.")
    with open(path, "rb") as file:
        magic = file.read(len(MAGIC))
        if magic not in (MAGIC, OLD_MAGIC):
            raise ValueError(f"{path!r} is not a file written by Sequences.save.")
        if verify and magic == OLD_MAGIC:
            raise ValueError(
                f"{path!r} cannot be verified: it was saved without checksums, by an earlier "
                "version. Load it without verify=True and save it again."
            )
        try:
            n_bytes = os.fstat(file.fileno()).st_size
            if magic == OLD_MAGIC:
                head = Head(*read_old_head(file, n_bytes, ALIGNMENT))
                _check_size(n_bytes, head.start, head.shape)
            else:
                head = _read_head(file, n_bytes)
            _check_shape(head.shape)
            check_offsets(head.offsets, head.shape[0])
            attributes = decode_attributes(head.text)
            values = _read_frames(file, head, mmap_mode, verify)
        except ValueError as error:
            raise ValueError(f"{path!r} is damaged: {error}") from error
    return values, head.offsets, attributes


def _check_shape(shape):
    # Nothing in the file would show that the number of such frames is right.
    if shape[0] > 0 and shape[1] == 0:
        raise ValueError(f"frames must have at least one feature, got shape {shape}.")


def _check_size(n_bytes, start, shape):
    # Python's numbers do not overflow.
    expected = start + shape[0] * shape[1] * FRAME.itemsize
    if n_bytes != expected:
        raise ValueError(f"its header announces {expected} bytes, and {n_bytes} are there")


def _read_head(file, n_bytes):
    """Read everything before the frames, and check that it belongs together."""
    first, checksum = file.read(_SIZES.size), file.read(_CHECKSUM.size)
    if len(checksum) < _CHECKSUM.size:
        raise ValueError("it is cut off in its header")
    sizes = Sizes(*_SIZES.unpack(first))
    shape = sizes.n_frames, sizes.n_features
    # What is read below is never longer than the file.
    _check_size(n_bytes, sizes.start, shape)
    body = file.read(sizes.start - file.tell())
    if _CHECKSUM.unpack(checksum)[0] != zlib.crc32(body, zlib.crc32(MAGIC + first)):
        raise ValueError("its header does not match its checksum")
    text, body = body[: sizes.n_text], body[sizes.n_text :]
    offsets = np.frombuffer(body, "<i8", sizes.n_samples + 1).astype(np.int64)
    checksums = np.frombuffer(body, "<u4", sizes.n_blocks, offset=offsets.nbytes)
    return Head(text, offsets, shape, sizes.start, checksums)


def _read_frames(file, head, mmap_mode, verify):
    """Read or map the frames, and compare them with their checksums."""
    in_memory = mmap_mode is None or 0 in head.shape  # an empty array cannot be mapped
    if not in_memory:
        if head.checksums is not None:
            _compare(head, _read_blocks(file, head, _choose_blocks(head, verify)))
        return np.memmap(file, FRAME, mmap_mode, head.start, head.shape)
    values = np.empty(head.shape, FRAME)
    data = values.reshape(-1).view(np.uint8)
    file.seek(head.start)
    file.readinto(data)
    if head.checksums is not None:
        n_blocks = len(head.checksums)
        _compare(head, ((i, data[i * BLOCK : (i + 1) * BLOCK]) for i in range(n_blocks)))
    return values


def _choose_blocks(head, verify):
    """Return the numbers of the blocks to verify: all, or the first, the last and some between."""
    n_blocks = len(head.checksums)
    if verify:
        return range(n_blocks)
    return np.unique(np.linspace(0, n_blocks - 1, N_SAMPLED).round().astype(int)).tolist()


def _read_blocks(file, head, numbers):
    """Yield the number and the bytes of some blocks of frames."""
    for i in numbers:
        # Blocks are read rather than mapped, so that a disk that fails raises an OSError.
        file.seek(head.start + i * BLOCK)
        yield i, file.read(BLOCK)


def _compare(head, blocks):
    """Raise a ValueError if blocks of frames do not match their checksums."""
    width = head.shape[1] * FRAME.itemsize
    damaged = set()
    for i, block in blocks:
        if zlib.crc32(block) != head.checksums[i]:
            first, last = i * BLOCK // width, ((i + 1) * BLOCK - 1) // width
            # Samples whose frames overlap with the block.
            start, end = np.searchsorted(head.offsets, [first, last], side="right")
            damaged.update(range(start - 1, min(end, len(head.offsets) - 1)))
    if damaged:
        raise ValueError(
            f"the frames of samples {join_names(sorted(damaged))} do not match their checksums"
        )
