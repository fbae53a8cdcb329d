"""Files that are written completely or not at all."""

import contextlib
import os
import uuid


@contextlib.contextmanager
def open_atomically(path):
    """Open a file for writing, and move it to its path when it is complete.

    A process that is killed before that leaves the old file unchanged, and a file next to it whose
    name ends in ``.partial``.

    Parameters
    ----------
    path : str or path-like

    Yields
    ------
    file
        Opened in binary mode.
    """
    path = os.path.abspath(os.path.expanduser(path))
    partial = f"{path}.{uuid.uuid4().hex}.partial"
    try:
        with open(partial, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)
