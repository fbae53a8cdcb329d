"""A cache of results in a folder that processes share.

The folder must be trusted: joblib unpickles what it finds there.
"""

import os
import warnings
from pathlib import Path

import joblib
from joblib.memory import FIRST_LINE_TEXT, MemorizedFunc
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_memory

from sklearn_ser._version import __version__
from sklearn_ser.utils._sealed import seal, unseal

# Parameters that affect how long a result takes or what is reported, but not the result itself.
IDLE = {"n_jobs", "verbose", "memory"}
# Part of all keys: results are stored with their checksum.
SEALED = "sealed"


def open_cache(memory, *, warn=True):
    """Open a cache for `is_cached` and `compute_cached`.

    Parameters
    ----------
    memory : str, path-like, joblib.Memory or None
    warn : bool, default=True
        False where another call for the same folder warns.

    Returns
    -------
    callable or None
        None if `memory` is None, or if the folder cannot be used.

    Warns
    -----
    UserWarning
        If the folder cannot be used, and `warn` is True.
    """
    if memory is None:
        return None
    try:
        if isinstance(memory, (str, os.PathLike)):
            memory = joblib.Memory(Path(memory).expanduser(), verbose=0)
        cache = check_memory(memory).cache(_call, ignore=["work"])
        _store_source(cache)
        return cache
    except OSError as error:
        if warn:
            _warn(error)
        return None


def _store_source(cache):
    """Store the source of `_call` in the folder, where joblib looks for it before any result.

    joblib itself stores it only in the first folder of a process. In any other, the first look-up
    of the next process would not find what is there.
    """
    if not isinstance(cache, MemorizedFunc):
        return
    try:
        cache.store_backend.get_cached_func_code([cache.func_id])
    except OSError:
        source, _, line = cache.func_code_info
        text = f"{FIRST_LINE_TEXT} {line}\n{source}"
        cache.store_backend.store_cached_func_code([cache.func_id], text)


def _warn(error):
    warnings.warn(f"continuing without a cache: {error}.", UserWarning, stacklevel=4)


def _warn_of_damage(cache):
    warnings.warn(
        f"a result in the cache {cache.store_backend.location!r} is damaged, and is computed "
        "again: the disk or the memory may be faulty.",
        UserWarning,
        stacklevel=4,
    )


def is_cached(cache, key):
    """Return whether a cache holds a result for a key.

    Parameters
    ----------
    cache : as returned by `open_cache`
    key : tuple

    Returns
    -------
    bool
    """
    return cache is not None and cache.check_call_in_cache((*key, __version__, SEALED), None)


def compute_cached(cache, key, work):
    """Return the cached result for a key; compute and store it if there is none.

    A process that is killed at any time leaves an intact cache. Results have checksums: those that
    were damaged on disk are computed again.

    Parameters
    ----------
    cache : as returned by `open_cache`
    key : tuple
        Everything that the result depends on, except for the version of this package, which is
        added.
    work : callable
        Computes the result, without arguments.

    Returns
    -------
    object
        What `work` returned.

    Warns
    -----
    UserWarning
        If the folder cannot be used, or the result there is damaged.
    """
    if cache is None:
        return work()
    key = (*key, __version__, SEALED)
    results = []

    def work_and_seal():
        results.append(work())
        return seal(results[0])

    try:
        found = cache(key, work_and_seal)
        if results:
            return results[0]
        try:
            return unseal(found)
        except ValueError:
            _warn_of_damage(cache)
        cache.call_and_shelve(key, work_and_seal).clear()
        cache(key, work_and_seal)
        return results[0]
    except OSError as error:
        # joblib only warns if a result cannot be written, but raises if a folder cannot be created
        # or read. If the error came from `work` instead, calling it again raises it again.
        result = results[0] if results else work()
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


def _call(key, work):
    # joblib empties the cache of a function whose source changes. This one has no reason to
    # change: the key holds everything that the result depends on.
    return work()
