"""Save models to files that hold no code, and load them.

A file is an archive of `skops <https://skops.readthedocs.io>`_: arrays, strings, numbers, and the
names of types. Loading creates only objects of the types in `TRUSTED` and of scikit-learn's own
estimators, and runs no code from the file.

Use `save`, and not ``skops.io.dump``, for models of this package. ``skops.io.dump`` names a class
by the private file that defines it, such as ``sklearn_ser.features._pooler.FramePooler``, and its
files can no longer be loaded when that file moves. `save` writes public names, such as
``sklearn_ser.features.FramePooler``, and `load` only reads files that `save` wrote.

>>> import tempfile
>>> from pathlib import Path
>>> from sklearn_ser import AttentionBLSTMClassifier
>>> from sklearn_ser.io import load, save
>>> X = [[[-1.0]], [[1.0]]] * 10
>>> model = AttentionBLSTMClassifier((4, 4, 4), max_epochs=5).fit(X, ["sad", "angry"] * 10)
>>> with tempfile.TemporaryDirectory() as folder:
...     save(model, Path(folder) / "model.skops")
...     again = load(Path(folder) / "model.skops")
>>> bool((again.predict_proba(X) == model.predict_proba(X)).all())
True
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from collections.abc import Iterable

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_ser._version import __version__
from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._saving import get_public_module
from sklearn_ser.utils._typing import AnyPath

__all__ = ["TRUSTED", "load", "save"]

FORMAT = 1
STAMP = "sklearn_ser.json"
SCHEMA = "schema.json"  # of skops

#: Types that files may hold in addition to those that skops itself trusts: the estimators and
#: scorers of this package and, from scikit-learn, the splitters, the placeholder for a default
#: scorer, metadata routing requests, and the nodes of forests.
TRUSTED = [
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.GroupShuffleSplit",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.LeaveOneGroupOut",
    "sklearn.model_selection._split.LeavePGroupsOut",
    "sklearn.model_selection._split.ShuffleSplit",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.model_selection._split.StratifiedShuffleSplit",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
    "sklearn_ser.classifiers.AnnotatorEnsembleClassifier",
    "sklearn_ser.classifiers.AttentionBLSTMClassifier",
    "sklearn_ser.classifiers.AugmentedClassifier",
    "sklearn_ser.classifiers.AveragingClassifier",
    "sklearn_ser.classifiers.ConsensusClassifier",
    "sklearn_ser.classifiers.CrowdEMClassifier",
    "sklearn_ser.classifiers.CrowdLayerClassifier",
    "sklearn_ser.classifiers.LabelCorrectingClassifier",
    "sklearn_ser.classifiers.ProfileRefineryClassifier",
    "sklearn_ser.classifiers.RatingsClassifier",
    "sklearn_ser.classifiers.SegmentClassifier",
    "sklearn_ser.classifiers.SegmentVGGClassifier",
    "sklearn_ser.classifiers.SoftmaxClassifier",
    "sklearn_ser.features.SpeedPerturbation",
    "sklearn_ser.features.FramePooler",
    "sklearn_ser.features.FrameSegmenter",
    "sklearn_ser.features.LayerSelector",
    "sklearn_ser.features.OpenSmileFunctionals",
    "sklearn_ser.features.OpenSmileLLD",
    "sklearn_ser.features.SegmentLogMel",
    "sklearn_ser.features.SequenceScaler",
    "sklearn_ser.features.SequenceStatistics",
    "sklearn_ser.features.TransformerEmbeddings",
    "sklearn_ser.features.TransformerFrames",
    "sklearn_ser.metrics.RatingsScorer",
    "sklearn_ser.recipes.OneAnnotator",
    "sklearn_ser.recipes.OtherSpeaker",
    "sklearn_ser.recipes.score_targets",
    "sklearn_ser.splits.SpeakerKFold",
    "sklearn_ser.targets.HardTargetEncoder",
    "sklearn_ser.targets.SoftTargetEncoder",
]


def save(model: BaseEstimator, path: AnyPath, *, trusted: Iterable[str] = ()) -> None:
    """Write a model to a file, completely or not at all.

    Parameters
    ----------
    model : estimator
        A fitted or unfitted estimator of this package or of scikit-learn, or a pipeline of both.
    path : str or path-like
        By convention it ends in ``.skops``. An existing file is replaced once the new one is
        complete.
    trusted : sequence of str, default=()
        Further types, as ``module.name``, that will be passed to `load` as trusted.

    Raises
    ------
    TypeError
        If the model holds objects that cannot be written, or that `load` would refuse.
    OSError
        If the file cannot be written; an existing file is left unchanged.
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
    skops = _skops()
    try:
        data = _with_public_names(skops.dumps(model))
        unknown = _unknown(skops, data, trusted)
    except Exception as error:
        raise TypeError(f"{type(model).__name__} cannot be saved: {error}") from error
    if unknown:
        raise TypeError(
            f"{type(model).__name__} cannot be saved: it holds {join_names(unknown)}, which load "
            "refuses; if you know these types, list them in trusted."
        )
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(STAMP, json.dumps({"format": FORMAT, "version": __version__}))
    with open_atomically(path) as file:
        file.write(buffer.getbuffer())


def load(path: AnyPath, *, trusted: Iterable[str] = ()) -> BaseEstimator:
    """Read a model from a file that `save` wrote, without running any code from it.

    A model that was trained on a GPU is loaded to the CPU if there is no GPU.

    Parameters
    ----------
    path : str or path-like
    trusted : sequence of str, default=()
        Further types, as ``module.name``, that may be created in addition to `TRUSTED`.

    Returns
    -------
    estimator
        It predicts the same as the one that was saved.

    Raises
    ------
    ValueError
        If the file was not written by `save`, is damaged, has a newer format, or holds untrusted
        types or arrays whose sizes do not match their headers.
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
    skops = _skops()
    path = os.path.abspath(os.path.expanduser(path))
    with open(path, "rb") as file:
        data = file.read()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
        unknown = _unknown(skops, data, trusted)
        if unknown:
            raise ValueError(
                f"it holds {join_names(unknown)}; if you know these types and who wrote the file, "
                "list them in trusted"
            )
        return skops.loads(data, trusted=[*TRUSTED, *trusted])
    # A hostile file can make the reader raise anything.
    except Exception as error:
        raise ValueError(f"{path!r} cannot be loaded: {error}.") from error


def _skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("sklearn_ser.io needs skops: pip install skops") from error
    return skops.io


def _with_public_names(data):
    """Name classes by the public module that exports them, so that moving them breaks no file."""
    named = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(named, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SCHEMA:
                content = json.dumps(json.loads(content, object_hook=_name_publicly))
            new.writestr(name, content)
    return named.getvalue()


def _name_publicly(node):
    if isinstance(node.get("__module__"), str):
        node["__module__"] = get_public_module(node["__module__"])
    return node


def _unknown(skops, data, trusted):
    known = {*TRUSTED, *trusted}
    return [name for name in skops.get_untrusted_types(data=data) if name not in known]


def _check(archive):
    """Raise ValueError unless an archive is one that `save` writes."""
    names = archive.namelist()
    if STAMP not in names:
        raise ValueError("it was not written by sklearn_ser.io.save")
    if len(set(names)) < len(names):
        raise ValueError("it is damaged: two parts have the same name")
    packed = [part.filename for part in archive.infolist() if part.file_size != part.compress_size]
    if packed:
        raise ValueError(f"it is compressed, unlike the files of save: {join_names(packed)}")
    damaged = archive.testzip()
    if damaged is not None:
        raise ValueError(f"it is damaged: {damaged} is not as it was saved")
    stamp = json.loads(archive.read(STAMP))
    if stamp["format"] > FORMAT:
        raise ValueError(
            f"it has format {stamp['format']}, of sklearn_ser {stamp['version']}; this is "
            f"{__version__}, which reads formats up to {FORMAT}: a newer version is needed"
        )
    for name in names:
        if name.endswith(".npy"):
            _check_array(archive.read(name), name)


def _check_array(data, name):
    """Raise ValueError unless an array has the size its header states, without creating it."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0}
    shape, _, dtype = read.get(version, np.lib.format.read_array_header_2_0)(file)
    left = len(data) - file.tell()
    if math.prod(shape) * dtype.itemsize != left:
        raise ValueError(f"{name} has {left} bytes, but shape {shape} of {dtype}")
