"""Find the length that a header states: libsndfile quietly adjusts it to the file's size."""

import io
import struct
from typing import NamedTuple

from sklearn_ser.speech._errors import AudioError

# Chunks or blocks that are looked through; nobody's recording has more before its samples.
MOST_CHUNKS = 1000

# Programs that write to a pipe cannot know the length. They state 0, or the largest number that
# they dare to: 0xffffffff (ffmpeg), 0x7ffff000 or 0x7f000000 (sox), 2**63 - 1 (in 64 bits).
UNKNOWN = {4: 0x7F000000, 8: 2**62}

# The largest page of Ogg, and the beginning of one.
LONGEST_PAGE = 27 + 255 + 255 * 255
PAGE = b"OggS\0"
END_OF_STREAM = 4


class Extent(NamedTuple):
    """Position and size of the samples in a file, in bytes."""

    start: int
    size: int | None  # as the header states it; None if it states no length
    # Offset and struct format of the stated size, and the bytes that it counts besides samples.
    field: tuple[int, str, int] | None = None
    # Whether libsndfile reads what follows the samples, too.
    is_overread: bool = False


class Layout(NamedTuple):
    """Arrangement of the chunks of a container."""

    first: int  # offset of the first chunk
    name_size: int  # bytes of a chunk's name
    size: str  # struct format of a chunk's size
    own: int  # bytes of a chunk's header that its size includes
    multiple: int  # chunks begin at multiples of this number of bytes
    samples: bytes  # name of the chunk of samples


_WAVE_64 = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_LAYOUTS = {
    (b"RIFF", b"WAVE"): Layout(12, 4, "<I", 0, 2, b"data"),
    (b"RIFX", b"WAVE"): Layout(12, 4, ">I", 0, 2, b"data"),
    (b"RF64", b"WAVE"): Layout(12, 4, "<I", 0, 2, b"data"),
    (b"BW64", b"WAVE"): Layout(12, 4, "<I", 0, 2, b"data"),
    (b"FORM", b"AIFF"): Layout(12, 4, ">I", 0, 2, b"SSND"),
    (b"FORM", b"AIFC"): Layout(12, 4, ">I", 0, 2, b"SSND"),
    (b"FORM", b"8SVX"): Layout(12, 4, ">I", 0, 2, b"BODY"),
    (b"FORM", b"16SV"): Layout(12, 4, ">I", 0, 2, b"BODY"),
}
_WAVE64_LAYOUT = Layout(40, 16, "<Q", 24, 8, b"data" + _WAVE_64)
_CAF_LAYOUT = Layout(8, 4, ">q", 0, 1, b"data")


def find_extent(file, n_bytes):
    """Find where a file's header says that its samples are.

    Parameters
    ----------
    file : file
        Opened in binary mode.
    n_bytes : int
        Size of the file.

    Returns
    -------
    Extent or None
        None if the format states no size in bytes, or the header cannot be read.

    Raises
    ------
    AudioError
        If the last page of an Ogg file is not the end of its stream.
    """
    head = file.read(128)
    layout = _LAYOUTS.get((head[:4], head[8:12]))
    if layout is not None:
        return _find_chunk(file, n_bytes, head, layout)
    if head.startswith(b"riff") and head[24:40] == b"wave" + _WAVE_64:
        return _find_chunk(file, n_bytes, head, _WAVE64_LAYOUT)
    for beginning, find in _OTHERS.items():
        if head.startswith(beginning):
            try:
                return find(file, n_bytes, head)
            except AudioError:
                raise
            except (struct.error, KeyError, ValueError):
                return None
    return None


def is_misread(extent, n_bytes):
    """Return whether libsndfile would read more or fewer samples than there are."""
    if extent is None:
        return False
    # It reads nothing if the header states a size of 0.
    is_open = extent.size is None
    return is_open or (extent.is_overread and extent.start + extent.size < n_bytes)


def repair(data, extent):
    """Return a file in memory that ends with the samples, with a header that states their size.

    Parameters
    ----------
    data : bytes
    extent : Extent

    Returns
    -------
    BytesIO
    """
    if extent.size is not None:
        return io.BytesIO(data[: extent.start + extent.size])
    at, size, own = extent.field
    data = bytearray(data)
    most = 2 ** (8 * struct.calcsize(size) - 1) - 1
    struct.pack_into(size, data, at, min(len(data) - extent.start + own, most))
    return io.BytesIO(data)


def _find_chunk(file, n_bytes, head, layout):
    at = layout.first
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        name = file.read(layout.name_size)
        stated = file.read(struct.calcsize(layout.size))
        if len(stated) < struct.calcsize(layout.size):
            return None
        (size,) = struct.unpack(layout.size, stated)
        start = at + len(name) + len(stated)
        if name == layout.samples:
            field = at + len(name), layout.size, layout.own
            if head[:4] in (b"RF64", b"BW64") and size == 0xFFFFFFFF and head[12:16] == b"ds64":
                field = 28, "<Q", 0
                (size,) = struct.unpack_from("<Q", head, 28)
            closed = _is_closed(head, layout, n_bytes)
            extent = _judge(start, size - field[2], n_bytes, field, closed)
            return extent._replace(is_overread=layout is _WAVE64_LAYOUT)
        end = start + size - layout.own
        if end < start:
            return None
        at = -(-end // layout.multiple) * layout.multiple
    return None


def _is_closed(head, layout, n_bytes):
    """Return whether the file was completed: its header states the size of the whole file."""
    (total,) = struct.unpack_from(layout.size, head, layout.name_size)
    return total in (n_bytes, n_bytes - 7, n_bytes - 8)


def _judge(start, size, n_bytes, field, closed=False):
    """Return an extent; its size is None if it was not known when the header was written."""
    present = n_bytes - start
    too_large = size >= UNKNOWN[struct.calcsize(field[1])] and size > present
    unknown = present > 0 and (too_large or (size <= 0 and not closed))
    return Extent(start, None if unknown else max(size, 0), field)


def _find_au(file, n_bytes, head):
    order = ">" if head.startswith(b".snd") else "<"
    start, size = struct.unpack_from(f"{order}2I", head, 4)
    extent = _judge(start, size, n_bytes, (8, f"{order}I", 0))
    return extent._replace(is_overread=True)


def _find_caf(file, n_bytes, head):
    return _find_chunk(file, n_bytes, head, _CAF_LAYOUT)


def _find_nist(file, n_bytes, head):
    start = int(head[8:16])
    file.seek(0)
    lines = [line.split(None, 2) for line in file.read(min(start, 1 << 16)).split(b"\n")]
    fields = {line[0]: line[2] for line in lines if len(line) == 3}
    size = int(fields[b"sample_count"]) * int(fields.get(b"channel_count", 1))
    return Extent(start, size * int(fields[b"sample_n_bytes"]))


def _find_avr(file, n_bytes, head):
    stereo, bits = struct.unpack_from(">2H", head, 12)
    (n_samples,) = struct.unpack_from(">I", head, 26)
    return Extent(128, n_samples * (2 if stereo else 1) * (bits // 8))


def _find_voc(file, n_bytes, head):
    (start,) = struct.unpack_from("<H", head, 20)
    at = start
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        block = file.read(4)
        if not block or block[0] == 0:
            at += len(block[:1])  # the terminator, which may be missing
            break
        if len(block) < 4:
            break
        size = int.from_bytes(block[1:], "little")
        if size in (0, 0xFFFFFF):
            return None
        at += 4 + size
    return Extent(start, at - start, is_overread=True)


def _check_ogg(file, n_bytes, head):
    """Raise an error if the last page is incomplete or does not end the stream."""
    file.seek(max(0, n_bytes - 2 * LONGEST_PAGE))
    tail = file.read()
    at = tail.rfind(PAGE)
    header = tail[at : at + 27]
    if at < 0:
        return
    sizes = tail[at + 27 : at + 27 + header[26]] if len(header) == 27 else b""
    end = at + 27 + len(sizes) + sum(sizes)
    if len(header) < 27 or len(sizes) < header[26] or end > len(tail):
        raise AudioError("is cut off: its last page of Ogg is incomplete")
    if not header[5] & END_OF_STREAM:
        raise AudioError("is cut off: its last page of Ogg does not end the stream")


_OTHERS = {
    b".snd": _find_au,
    b"dns.": _find_au,
    b"caff": _find_caf,
    b"NIST_1A": _find_nist,
    b"2BIT": _find_avr,
    b"Creative Voice File": _find_voc,
    b"OggS": _check_ogg,
}
