"""How our objects are saved: under names that stay when files move.

Pickle and skops write where a class is *defined*, which is a private file. Our files name the part
of the package that exports the class instead: ``sklearn_ser.features``, and not
``sklearn_ser.features._pooler``. Classes keep their true ``__module__``, so that `inspect`,
doctest and IPython still find their source.
"""

import importlib
import os

from sklearn.base import BaseEstimator

PACKAGE = __name__.partition(".")[0]


def get_public_module(module):
    """Return the part of the package that exports what a module of ours defines.

    Parameters
    ----------
    module : str
        Full name of any module, such as ``"sklearn_ser.features._pooler"``.

    Returns
    -------
    str
        Such as ``"sklearn_ser.features"``; modules of others are returned as they are.
    """
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == PACKAGE else module


def new_instance(module, name, *arguments):
    """Make an empty object of a class; pickles call this.

    Parameters
    ----------
    module, name : str
        Where the class is imported from.
    *arguments : object
        Passed to ``__new__``.

    Returns
    -------
    object
        Before its state is set.
    """
    cls = getattr(importlib.import_module(module), name)
    return cls.__new__(cls, *arguments)


# It is in every pickle, so that it needs a public name, too.
new_instance.__module__ = get_public_module(__name__)


class SavedByName:
    """Mixin for classes whose pickles name them by their public path."""

    __slots__ = ()

    def __reduce_ex__(self, protocol):
        # Protocol 2 and later: (copyreg.__newobj__, (class, *arguments), state, items, pairs).
        _, (cls, *arguments), *rest = super().__reduce_ex__(max(protocol, 2))
        module = get_public_module(cls.__module__)
        return new_instance, (module, cls.__qualname__, *arguments), *rest


class Estimator(SavedByName, BaseEstimator):
    """Base of all estimators here."""


class PathsAsTextMixin:
    """Mixin for estimators with paths as parameters, which are saved as text.

    A path object of one operating system cannot be made on another.
    """

    def __getstate__(self):
        return {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in super().__getstate__().items()
        }
