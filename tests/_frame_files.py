"""Write files of frames byte by byte, as the format says, and as no version would."""

import io
import json
import struct
import zlib

import numpy as np

BLOCK = 2**20
ATTRIBUTES = {"speaker": None, "session": None, "frame_step": None}


def write_new(sizes, text, offsets, frames, *, block=BLOCK, start=None):
    """Return a file with valid checksums, whatever it holds.

    Parameters
    ----------
    sizes : tuple of int or None
        Bytes of the attributes, samples, frames, features; None is what is there.
    text, offsets, frames : bytes or array
    block : int
    start : int, default=None
        Where frames start; None is where the format says.
    """
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    if sizes is None:
        sizes = len(text), len(offsets) - 1, *frames.shape
    frames = frames if isinstance(frames, bytes) else frames.astype("<f4").tobytes()
    offsets = np.asarray(offsets, "<i8").tobytes()
    blocks = [frames[i : i + block] for i in range(0, len(frames), block)]
    checksums = b"".join(struct.pack("<L", zlib.crc32(each)) for each in blocks)
    first = b"sklearn_ser sequences 2\n" + struct.pack("<4Q", *sizes)
    body = text + offsets + checksums
    end = len(first) + 4 + len(body)
    body += bytes((-end % 64) if start is None else start - end)
    return first + struct.pack("<L", zlib.crc32(first + body)) + body + frames


def write_old(text, offsets, frames):
    """Return a file as versions without checksums wrote it."""
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    head = io.BytesIO()
    head.write(b"sklearn_ser sequences 1\n")
    np.save(head, np.frombuffer(text, np.uint8))
    np.save(head, np.asarray(offsets, np.int64))
    head.write(bytes(-head.tell() % 64))
    np.save(head, frames, allow_pickle=True)
    return head.getvalue()
