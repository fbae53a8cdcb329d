"""Results that are kept in a folder, whatever process made them."""

import os
import warnings
from pathlib import Path

import joblib
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_memory

from sklearn_ser._version import __version__

# Parameters that change the time a result takes and what is reported of it, but not the result.
IDLE = {"n_jobs", "verbose", "memory"}


def open_cache(memory):
    """Return what `kept` looks in.

    Parameters
    ----------
    memory : str, path-like, joblib.Memory or None

    Returns
    -------
    callable or None
        None where nothing is kept; with a warning where it cannot be.
    """
    if memory is None:
        return None
    try:
        if isinstance(memory, (str, os.PathLike)):
            memory = joblib.Memory(Path(memory).expanduser(), verbose=0)
        return check_memory(memory).cache(_remember, ignore=["work"])
    except OSError as error:
        _warn(error)
        return None


def _warn(error):
    warnings.warn(f"going on without a cache: {error}.", UserWarning, stacklevel=4)


def is_cached(cache, key):
    """Tell whether there is a result under a key."""
    return cache is not None and cache.check_call_in_cache((*key, __version__), None)


def compute_cached(cache, key, work):
    """Return the result under a key, which `work` makes if there is none.

    A process that is killed at any moment leaves a cache that is whole.

    Parameters
    ----------
    cache : as `open_cache` returns it
    key : tuple
        All that the result depends on but the version of this package.
    work : callable
        Without arguments.
    """
    if cache is None:
        return work()
    done = []

    def noted():
        done.append(work())
        return done[0]

    try:
        return cache((*key, __version__), noted)
    except OSError as error:
        # joblib warns where a result cannot be written, and fails where anything else cannot. If
        # it was the work that failed, it says so again.
        result = done[0] if done else work()
        _warn(error)
        return result


def fingerprint(estimator):
    """Return a hash of all parameters of an estimator that its results depend on."""
    params = {
        name: _outline(value)
        for name, value in estimator.get_params().items()
        if name.split("__")[-1] not in IDLE
    }
    return joblib.hash((type(estimator).__qualname__, params))


def _outline(value):
    """Replace estimators by their names, since their parameters are among those listed."""
    if isinstance(value, BaseEstimator):
        return type(value).__qualname__
    if isinstance(value, (list, tuple)):
        return [_outline(part) for part in value]
    return value


def _remember(key, work):
    # joblib empties a function's cache when the function's own text changes: this one never has a
    # reason to, and what the result depends on is in the key.
    return work()
