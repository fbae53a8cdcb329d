"""Results that are kept in a folder, whatever process made them."""

import os
from pathlib import Path

import joblib
from sklearn.utils.validation import check_memory

from sklearn_ser._version import __version__


def open_cache(memory):
    """Return what `kept` looks in.

    Parameters
    ----------
    memory : str, path-like, joblib.Memory or None

    Returns
    -------
    callable or None
        None where nothing is kept.
    """
    if memory is None:
        return None
    if isinstance(memory, (str, os.PathLike)):
        memory = joblib.Memory(Path(memory).expanduser(), verbose=0)
    return check_memory(memory).cache(_remember, ignore=["work"])


def is_kept(cache, key):
    """Tell whether there is a result under a key."""
    return cache is not None and cache.check_call_in_cache((*key, __version__), None)


def kept(cache, key, work):
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
    return work() if cache is None else cache((*key, __version__), work)


def _remember(key, work):
    # joblib empties a function's cache when the function's own text changes: this one never has a
    # reason to, and what the result depends on is in the key.
    return work()
