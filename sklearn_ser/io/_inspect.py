"""See what is in a file without loading it."""

from __future__ import annotations

import collections
import os
from dataclasses import dataclass

import pandas as pd

from sklearn_ser.io._archive import Archive, make_error, make_printable, read_file
from sklearn_ser.io._audit import Audit
from sklearn_ser.io._reach import KINDS
from sklearn_ser.io._schema import get_type
from sklearn_ser.utils._typing import AnyPath


@dataclass(frozen=True)
class FileContents:
    """Contents of a file that `save` wrote, as `inspect_file` returns them.

    Attributes
    ----------
    format : int
        Of the file.
    version : str
        Of sklearn_ser, which wrote the file.
    skops_version : str
        Of skops, which wrote the objects.
    n_bytes, n_bytes_of_arrays : int
        Of the file, and of the arrays in it.
    types : Series of int
        Number of objects of each type, and of each function, in descending order.
    untrusted : list of str
        Types and functions that `load` refuses unless they are trusted.
    reaches : DataFrame
        One row per value that reaches outside of the model, with columns ``parameter``, ``value``
        (as text) and ``allow``, the name with which `load` keeps it.
    refused_without : list of str
        Names that must be in ``allow`` of `load`, since the model cannot do without.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.features import FramePooler
    >>> from sklearn_ser.io import inspect_file, save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(FramePooler(3), Path(folder, "pooler.skops"))
    ...     inspect_file(Path(folder, "pooler.skops")).format
    1
    """

    format: int
    version: str
    skops_version: str
    n_bytes: int
    n_bytes_of_arrays: int
    types: pd.Series
    untrusted: list[str]
    reaches: pd.DataFrame
    refused_without: list[str]


def inspect_file(path: AnyPath) -> FileContents:
    """Return what is in a file that `save` wrote, without making objects of it.

    Nothing that the file names is imported, apart from this package and scikit-learn.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    FileContents

    Raises
    ------
    ValueError
        If the file was not written by `save`, is damaged, is no regular file, or has a newer
        format. Values are not checked: `load` does.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.features import OpenSmileFunctionals
    >>> from sklearn_ser.io import inspect_file, save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(OpenSmileFunctionals(n_jobs=4), Path(folder, "frames.skops"))
    ...     contents = inspect_file(Path(folder, "frames.skops"))
    >>> contents.reaches
                         parameter value   allow
    0  OpenSmileFunctionals.n_jobs     4  n_jobs
    """
    path = os.path.abspath(os.path.expanduser(path))
    content = read_file(path)
    try:
        archive = Archive(content)
        audit = Audit(archive)
        found = audit.find_reaches()
        types = collections.Counter(make_printable(get_type(node)) for _, node in audit.nodes)
    # A hostile file can make the reader raise anything.
    except Exception as error:
        raise make_error(error, f"{path!r} cannot be inspected")  # noqa: B904
    rows = [(make_printable(reach.parameter), reach.value, reach.kind) for reach in found]
    return FileContents(
        format=archive.stamp["format"],
        version=make_printable(archive.stamp["version"]),
        skops_version=make_printable(str(archive.schema.get("_skops_version"))[:50]),
        n_bytes=len(content),
        n_bytes_of_arrays=sum(len(part.data) for part in archive.arrays.values()),
        types=pd.Series(dict(types.most_common()), dtype=int, name="objects"),
        untrusted=[make_printable(name) for name in audit.unknown],
        reaches=pd.DataFrame(rows, columns=["parameter", "value", "allow"]),
        refused_without=sorted({r.kind for r in found if not KINDS[r.kind].is_reset}),
    )
