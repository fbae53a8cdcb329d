"""The folder in which a command keeps its unfinished work, for one run at a time."""

import contextlib
import importlib
import os
import shutil
import tempfile
from pathlib import Path

from sklearn_ser._cli._options import UsageError

# Windows has none, and two runs are not kept apart there.
fcntl = importlib.import_module("fcntl") if os.name == "posix" else None

# The file that shows that a command made the folder; it is locked while the command runs.
MARKER = "sklearn_ser.partial"


@contextlib.contextmanager
def open_partial(out):
    """Hold the folder ``OUT.partial``, and delete it if the block ends without an error.

    Parameters
    ----------
    out : Path

    Yields
    ------
    Path
        The folder, which may have the work of a run that was stopped.

    Raises
    ------
    UsageError
        If the folder is somebody else's, or another run writes the same output.
    """
    folder = out.with_name(f"{out.name}.partial")
    if not os.path.lexists(folder):
        _make(folder)
    if not (folder / MARKER).is_file():
        raise UsageError(
            f"{folder} is where unfinished work is kept, but no command made it: name another "
            "--out, or move it"
        )
    with _lock(folder / MARKER, out):
        yield folder
        # Whatever another process still writes into it is of no use.
        shutil.rmtree(folder, ignore_errors=True)
    # Windows does not delete a file that is open, as the marker was.
    if fcntl is None:
        shutil.rmtree(folder, ignore_errors=True)


def _make(folder):
    """Make a folder with its marker in one step, so that it is never there without."""
    new = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    (new / MARKER).touch()
    try:
        new.rename(folder)
    except OSError:  # another run was faster
        shutil.rmtree(new)


@contextlib.contextmanager
def _lock(path, out):
    problem = f"another run is writing {out}: wait for it to end, or name another --out"
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, "rb+"))
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other run may have ended and deleted the folder in the meantime.
            is_there = path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())
        except (BlockingIOError, FileNotFoundError) as error:
            raise UsageError(problem) from error
        if not is_there:
            raise UsageError(problem)
        yield
