"""Save models, and load them."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterable

from sklearn.base import BaseEstimator

from sklearn_ser.io._archive import (
    SCHEMA,
    STAMP,
    Archive,
    make_error,
    make_stamp,
    read_file,
    replace_schema,
)
from sklearn_ser.io._audit import Audit
from sklearn_ser.io._reach import check_kinds
from sklearn_ser.io._types import PLAIN, TRUSTED
from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._saving import get_public_module
from sklearn_ser.utils._typing import AnyPath


def save(model: BaseEstimator, path: AnyPath, *, trusted: Iterable[str] = ()) -> None:
    """Write a model to a file, completely or not at all.

    Parameters
    ----------
    model : estimator
        A fitted or unfitted estimator of this package or of scikit-learn, or a pipeline of both.
    path : str or path-like
        By convention it ends in ``.skops``. An existing file is replaced once the new one is
        complete, and keeps its mode; of a link, the file that it leads to is replaced.
    trusted : sequence of str, default=()
        Further types, as ``module.name``, that will be passed to `load` as trusted.

    Raises
    ------
    TypeError
        If the model holds objects that cannot be written, or that `load` would refuse.
    ValueError
        If it holds values that `load` would refuse, such as weights that are infinite or NaN.
    OSError
        If the file cannot be written, or the path is that of a pipe or a device; an existing file
        is left unchanged.
    ImportError
        If skops is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.features import FramePooler
    >>> from sklearn_ser.io import load, save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(FramePooler(3), Path(folder, "pooler.skops"))
    ...     load(Path(folder, "pooler.skops"))
    FramePooler(size=3)
    """
    skops, trusted = _import_skops(), list(trusted)
    try:
        data = _add_stamp(_with_public_names(skops.dumps(model)))
        audit = Audit(Archive(data), trusted)
    except Exception as error:
        raise TypeError(f"{type(model).__name__} cannot be saved: {error}") from error
    if audit.unknown:
        raise TypeError(
            f"{type(model).__name__} cannot be saved: it holds {join_names(audit.unknown)}, which "
            "load refuses; if you know these types, list them in trusted."
        )
    try:
        audit.check_values()
    except ValueError as error:
        raise ValueError(
            f"{type(model).__name__} cannot be saved, since load would refuse it: {error}."
        ) from error
    with open_atomically(path) as file:
        file.write(data)


def load(
    path: AnyPath, *, trusted: Iterable[str] = (), allow: Iterable[str] = ()
) -> BaseEstimator:
    """Read a model from a file that `save` wrote, without running any code from it.

    Predictions of the model read nothing but their input (recordings, if these are the input) and
    write nothing. What reaches further is reset, wherever in the model it is, or the file is
    refused if the model cannot do without:

    =============  =========================================================  ============
    ``"memory"``   folders of caches (``memory``), which predictions would    reset to None
                   read and write; a cache from elsewhere can run code
    ``"n_jobs"``   numbers of processes                                       reset to None
    ``"root"``     the folder of relative paths                               reset to None
    ``"device"``   devices other than the CPU, also that of the training      reset to "cpu"
    ``"encoder"``  the folder of a pretrained encoder, or its name on a hub   refused
    ``"config"``   custom configurations of openSMILE, and its options        refused
    =============  =========================================================  ============

    ``allow`` keeps them. All this is about predictions: `fit` uses whatever parameters say, such
    as the grid of a search.

    Parameters
    ----------
    path : str or path-like
    trusted : sequence of str, default=()
        Further types and functions, as ``module.name``, that may be in the file in addition to
        `TRUSTED`. Values of such objects are not checked. Loading calls none of the functions.
    allow : sequence of {"memory", "n_jobs", "root", "device", "encoder", "config"}, default=()
        What of the table above is kept as it was saved.

    Returns
    -------
    estimator
        It predicts the same as the one that was saved.

    Raises
    ------
    ValueError
        If the file was not written by `save`, is damaged, is no regular file, has a newer format,
        holds untrusted types, values that cannot be used, such as weights that are infinite or
        NaN, or something that reaches outside and cannot be reset; or if `allow` is invalid. The
        message says which.
    OSError
        If the file cannot be read.
    ImportError
        If skops is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.features import FramePooler
    >>> from sklearn_ser.io import load, save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(FramePooler(3), Path(folder, "pooler.skops"))
    ...     load(Path(folder, "pooler.skops"))
    FramePooler(size=3)
    """
    return _load(path, trusted, allow)


def load_with_encoder(
    path: AnyPath, encoder: str | None, *, allow: Iterable[str] = ()
) -> BaseEstimator:
    """Read a model as `load` does, and let it use a pretrained encoder that is elsewhere.

    Parameters
    ----------
    path : str or path-like
    encoder : str or None
        A folder, or a name on a hub, in place of every one that the file names, wherever in the
        model it is. None is the same as `load`.
    allow : sequence of str, default=()
        See `load`.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError, OSError, ImportError
        For the same reasons as `load`.
    """
    return _load(path, (), allow, encoder)


def _load(path, trusted, allow, encoder=None):
    skops, trusted = _import_skops(), list(trusted)
    kinds = check_kinds(allow)
    path = os.path.abspath(os.path.expanduser(path))
    content = read_file(path)
    try:
        archive = Archive(content)
        audit = Audit(archive, trusted)
        if audit.unknown:
            raise ValueError(
                f"it holds {join_names(audit.unknown)}; if you know these types and who wrote the "
                "file, list them in trusted"
            )
        audit.check_values()
        data = archive.data
        if audit.reset_reaches(kinds, encoder):
            data = replace_schema(data, archive.schema)
        del archive, audit, content  # of which skops makes copies
        return skops.loads(data, trusted=[*TRUSTED, *PLAIN, *trusted])
    # A hostile file can make the reader raise anything.
    except Exception as error:
        raise make_error(error, f"{path!r} cannot be loaded")  # noqa: B904


def _import_skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("sklearn_ser.io needs skops: pip install skops") from error
    return skops.io


def _add_stamp(data):
    stamped = io.BytesIO(data)
    with zipfile.ZipFile(stamped, "a") as archive:
        archive.writestr(STAMP, make_stamp())
    return stamped.getvalue()


def _with_public_names(data):
    """Name classes by the public module that exports them, so that moving them breaks no file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(SCHEMA), object_hook=_name_publicly)
    return replace_schema(data, schema)


def _name_publicly(node):
    if isinstance(node.get("__module__"), str):
        node["__module__"] = get_public_module(node["__module__"])
    return node
