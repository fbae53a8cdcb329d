"""Files that are written completely or not at all, and read block by block."""

import contextlib
import errno
import os
import re
import stat
import uuid

try:
    import fcntl
except ImportError:  # on Windows, where files in use cannot be removed anyway
    fcntl = None  # type: ignore[assignment]


# Bytes of a file that are read at a time.
_BLOCK = 2**20


def add_file(digest, path):
    """Add the contents of a file of any size to a digest.

    Parameters
    ----------
    digest : hash object of hashlib
    path : str or path-like
    """
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)


@contextlib.contextmanager
def open_atomically(path):
    """Open a file for writing, and move it to its path when it is complete.

    A process that is killed before that leaves the old file unchanged, and a file next to it whose
    name ends in ``.partial``, which the next one that writes to the same path removes. A link
    stays a link: the file that it leads to is replaced. An existing file keeps its mode.

    Parameters
    ----------
    path : str or path-like

    Yields
    ------
    file
        Opened in binary mode.

    Raises
    ------
    OSError
        If the path is that of a pipe, a device or a socket, or the file cannot be written.
    """
    path = os.path.realpath(os.path.expanduser(path))
    mode = _find_mode(path)
    _remove_leftovers(path)
    file, partial = _create(path, 0o666 if mode is None else 0o600)
    try:
        with file:
            # On Windows, a file that may not be written could neither be moved nor removed.
            if mode is not None and fcntl is not None:
                os.chmod(partial, mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
            if fcntl is not None:
                os.replace(partial, path)
        if fcntl is None:
            os.replace(partial, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _find_mode(path):
    """Return the mode of an existing file, or None."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        return stat.S_IMODE(status.st_mode)  # a folder cannot be replaced, which os.replace says
    raise OSError(errno.EINVAL, "A pipe, a device or a socket is not replaced by a file", path)


def _create(path, mode):
    """Create a file next to a path, which is locked while it is in use."""
    while True:
        partial = f"{path}.{uuid.uuid4().hex}.partial"
        number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        file = os.fdopen(number, "wb")
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        # Before it was locked, it looked like a leftover.
        if os.fstat(number).st_nlink > 0:
            return file, partial
        file.close()


def _remove_leftovers(path):
    """Remove unfinished files of processes that were killed while writing to a path."""
    folder, name = os.path.split(path)
    pattern = re.compile(re.escape(name) + r"\.[0-9a-f]{32}\.partial")
    # Nobody who may not list the folder, or remove files, is stopped from writing.
    with contextlib.suppress(OSError):
        for found in filter(pattern.fullmatch, os.listdir(folder)):
            with contextlib.suppress(OSError):
                _remove_unused(os.path.join(folder, found))


def _remove_unused(partial):
    """Remove a regular file unless it is locked."""
    if not stat.S_ISREG(os.lstat(partial).st_mode):
        return
    if fcntl is None:
        os.unlink(partial)
        return
    with open(partial, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(partial)


_BINARY = getattr(os, "O_BINARY", 0)
