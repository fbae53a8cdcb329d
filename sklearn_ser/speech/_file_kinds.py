"""Check that a path is a file, and explain why a file cannot be read as audio."""

import os
import stat

from sklearn_ser.speech._errors import AudioError

# Bytes that are looked at.
HEAD = 512

_CONVERT = "convert it to WAV or FLAC, for example with ffmpeg"
_UNPACK = "it is an archive: unpack it"
# How audio begins, whatever follows.
_AUDIO = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b"ID3", b"caff", b".snd")
# How files begin, at which byte, and what to say of them.
_BEGINNINGS = [
    (0, b"version https://git-lfs", "it is a git-lfs pointer: run `git lfs pull`"),
    (0, b"/annex/objects/", "it is a git-annex pointer: run `git annex get`"),
    (4, b"ftyp", f"it is MP4, M4A or 3GP: {_CONVERT}"),
    (0, b"\x1aE\xdf\xa3", f"it is WebM or Matroska: {_CONVERT}"),
    (0, b"\xff\xf1", f"it is AAC: {_CONVERT}"),
    (0, b"\xff\xf9", f"it is AAC: {_CONVERT}"),
    (0, b"\x30\x26\xb2\x75", f"it is WMA: {_CONVERT}"),
    (0, b"#!AMR", f"it is AMR: {_CONVERT}"),
    (0, b"PK\x03\x04", _UNPACK),
    (0, b"\x1f\x8b", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", _UNPACK),
]


def check_file(path):
    """Return the status of a file, as ``os.stat`` does.

    Parameters
    ----------
    path : str

    Returns
    -------
    os.stat_result

    Raises
    ------
    AudioError
        If there is no file at this path, or it is empty.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        where = "" if os.path.isabs(path) else " in the working directory"
        raise AudioError(f"does not exist{where}") from None
    except OSError as error:
        raise AudioError(f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        # A null byte, or characters that the file system cannot encode.
        raise AudioError(f"cannot be read ({error})") from error
    if stat.S_ISDIR(status.st_mode):
        raise AudioError("cannot be read as audio: it is a folder")
    if not stat.S_ISREG(status.st_mode):
        # Opening a pipe would wait for its other end.
        raise AudioError("cannot be read as audio: it is a pipe or a device, not a file")
    if status.st_size == 0:
        raise AudioError("cannot be read as audio: it is empty")
    return status


def explain_file(path):
    """Return a text that says what a file is, if it is not audio, and what to do.

    Parameters
    ----------
    path : str

    Returns
    -------
    str or None
        None if it cannot be told.
    """
    with open(path, "rb") as file:
        head = file.read(HEAD)
    for at, beginning, said in _BEGINNINGS:
        if head[at:].startswith(beginning):
            return said
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return "it is a web page: the download failed"
    if head.startswith(_AUDIO):
        return None
    if not any(head):
        return "it begins with zeros: it may have been copied incompletely"
    if all(byte >= 32 or byte in b"\t\n\r\f" for byte in head):
        try:
            # A character may be cut at the end of what was read.
            head[:-3].decode("utf-8")
        except UnicodeDecodeError:
            return None
        return "it is a text file"
    return None
