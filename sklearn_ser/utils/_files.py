"""Files that are there whole or not at all."""

import contextlib
import os
import uuid


@contextlib.contextmanager
def open_atomically(path):
    """Open a file to be written that takes its place when it is complete.

    A process that is killed in between leaves what was there, and beside it a file whose name ends
    in ``.partial``.

    Parameters
    ----------
    path : str or path-like

    Yields
    ------
    file
        Binary.
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
