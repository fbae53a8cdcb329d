"""Save objects under the public names of their classes, which do not change when files move.

Pickle and skops write the module where a class is *defined*, which is a private file. Files of
this package name the part that exports the class instead: ``sklearn_ser.features``, and not
``sklearn_ser.features._pooler``. Classes keep their true ``__module__``, so that `inspect`,
doctest and IPython still find their source.
"""

import importlib
import inspect
import os
import warnings
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from sklearn.base import BaseEstimator

from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._refitting import restore_on_failure

PACKAGE = __name__.partition(".")[0]
Function = TypeVar("Function", bound=Callable[..., Any])


def get_public_module(module):
    """Return the part of the package that exports what a module defines.

    Parameters
    ----------
    module : str
        Full name of a module, such as ``"sklearn_ser.features._pooler"``.

    Returns
    -------
    str
        Such as ``"sklearn_ser.features"``. A module of another package is returned unchanged.
    """
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == PACKAGE else module


def save_by_name(function: Function) -> Function:
    """Have a function pickled under its public path; a decorator.

    Parameters
    ----------
    function : callable
        It is exported by the part of the package that defines it.

    Returns
    -------
    callable
        The same function.
    """
    # doctest looks for a function in its ``__module__``, and in what its file lists here.
    function.__globals__.setdefault("__test__", {})[function.__name__] = function
    function.__module__ = get_public_module(function.__module__)
    return function


# Every pickle refers to this function, which therefore needs a public name, too.
@save_by_name
def new_instance(module, name, *arguments):
    """Create an object without calling ``__init__``; pickles call this function.

    Parameters
    ----------
    module, name : str
        Where the class is imported from.
    *arguments : object
        Passed to ``__new__``.

    Returns
    -------
    object
        Its state is not set yet.
    """
    cls = getattr(importlib.import_module(module), name)
    return cls.__new__(cls, *arguments)


class SavedByName:
    """Mixin for classes that are pickled under their public path."""

    __slots__ = ()

    def __reduce_ex__(self, protocol):
        cls = type(self)
        module = get_public_module(cls.__module__)
        if module == cls.__module__:
            # A class of somebody else, who may have it pickled by value or in another way.
            return super().__reduce_ex__(protocol)
        # Protocol 2 and later: (copyreg.__newobj__, (class, *arguments), state, items, pairs).
        _, (_, *arguments), *rest = super().__reduce_ex__(max(protocol, 2))
        return new_instance, (module, cls.__qualname__, *arguments), *rest


class Estimator(SavedByName, BaseEstimator):
    """Base class of all estimators of this package: saved by name, unchanged by a failed fit.

    A class whose parameters reach outside of the model, to files, processes or devices, says so in
    ``_reaches``, a dict from their names to a kind that `sklearn_ser.io.load` knows.
    """

    _reaches: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "fit" in vars(cls):
            cls.fit = restore_on_failure(cls.fit)

    def __setstate__(self, state):
        super().__setstate__(_add_new_parameters(type(self), state))


def _add_new_parameters(cls, state):
    """Return a state with the defaults of parameters that did not exist when it was saved."""
    missing = [name for name in cls._get_param_names() if name not in state]
    if not missing:
        return state
    parameters = inspect.signature(cls.__init__).parameters
    defaults = {name: parameters[name].default for name in missing}
    absent = [name for name, value in defaults.items() if value is inspect.Parameter.empty]
    if absent:
        raise ValueError(f"{cls.__name__} lacks {join_names(absent)}, which has no default.")
    warnings.warn(
        f"{cls.__name__} was saved without {join_names(missing)}, by a version without these "
        "parameters; they have their defaults.",
        UserWarning,
        stacklevel=3,
    )
    return {**defaults, **state}


class PathsAsTextMixin:
    """Mixin for estimators with paths as parameters: paths are saved as text.

    A path object of one operating system cannot be unpickled on another.
    """

    def __getstate__(self):
        return {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in super().__getstate__().items()
        }
