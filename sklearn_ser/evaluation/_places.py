"""Where each sample is: its file, start, end and channel, and who speaks."""

import hashlib
import os
from pathlib import Path

import pandas as pd

from sklearn_ser.speech._recordings import parse_column
from sklearn_ser.utils._files import add_file

# Columns of recordings that are repeated beside their predictions.
PLACE = ("file", "start", "end", "channel", "speaker")


def locate_rows(table, root=None):
    """Return what a table of recordings says about where each sample is.

    Parameters
    ----------
    table : DataFrame
    root : path-like, default=None
        Files in this folder are named relative to it, and known by a ``digest`` of their contents.

    Returns
    -------
    DataFrame of length n_samples
        With the columns of `PLACE` that the table has, and times in seconds.
    """
    place = {name: table[name].to_numpy() for name in PLACE if name in table}
    place |= {name: parse_column(table, name)[0] for name in ("start", "end") if name in table}
    located = pd.DataFrame(place, index=range(len(table)))
    if root is not None and "file" in located:
        files = table["file"].tolist()
        # Objects: the text type of pandas cannot hold every name of a file.
        located["digest"] = pd.Series(digest_files(files), dtype=object)
        located["file"] = pd.Series([shorten_path(file, root) for file in files], dtype=object)
    return located


def digest_files(files):
    """Return a digest of the contents of each file, None where it cannot be read."""
    known = {file: _digest(file) for file in dict.fromkeys(files)}
    return [known[file] for file in files]


def _digest(file):
    digest = hashlib.blake2b(digest_size=16)
    try:
        add_file(digest, os.path.expanduser(file))
    except (OSError, TypeError, ValueError):
        return None
    return digest.hexdigest()


def shorten_path(file, root):
    """Return the path of a file relative to a folder that it is in, with slashes."""
    if not isinstance(file, (str, os.PathLike)):
        return file
    path, folder = (Path(os.path.abspath(os.path.expanduser(each))) for each in (file, root))
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else file
