"""Features of many clips: from the cache where known, else from processes."""

import os
from concurrent.futures.process import BrokenProcessPool

import joblib
from tqdm import tqdm

from sklearn_ser.speech._audio import AudioError, read_clip
from sklearn_ser.utils._cache import compute_cached, is_cached, open_cache
from sklearn_ser.utils._messages import join_names


def extract_all(function, clips, settings, *, sampling_rate, memory, n_jobs, verbose):
    """Compute the features of every clip.

    Parameters
    ----------
    function : callable
        ``function(signal, settings)`` returns frames; importable, since it goes to processes.
    clips : list of Clip
    settings : tuple
        All else that the frames depend on.
    sampling_rate : int
        Of waveforms, in Hz.
    memory : str, path-like, joblib.Memory or None
    n_jobs : int or None
    verbose : bool

    Returns
    -------
    list of ndarray of shape (n_frames_i, n_features)

    Raises
    ------
    ValueError
        If clips cannot be read; all of them are listed, each with its reason.
    """
    cache = open_cache(memory)
    results = [None] * len(clips)
    missing = {}
    with tqdm(total=len(clips), unit="clip", disable=not verbose) as bar:
        for i, clip in enumerate(clips):
            try:
                key = _key(clip, function, settings, sampling_rate, cache is not None)
            except AudioError as error:
                results[i] = error
            else:
                task = cache, key, function, clip, settings, sampling_rate
                if not is_cached(cache, key):
                    missing[i] = task
                    continue
                results[i] = _one(*task)
            bar.update()
        for i, result in _computed(missing, n_jobs):
            results[i] = result
            bar.update()
    bad = [i for i, result in enumerate(results) if isinstance(result, AudioError)]
    if bad:
        lines = [f"sample {i} ({clips[i].file or 'waveform'}) {results[i]}" for i in bad]
        raise ValueError(f"{len(bad)} of {len(clips)} recordings failed: {_all(lines)}.")
    return results


def _computed(tasks, n_jobs):
    """Yield the number and the result of every task, in order; also of one that kills its process.

    When a process dies, joblib tells neither which nor at what: the tasks that are left go one by
    one through a process of their own until it happens again, and then side by side again.
    """
    tasks = dict(tasks)
    while tasks:
        left = list(tasks.items())
        found = joblib.Parallel(n_jobs=n_jobs, prefer="processes", return_as="generator")(
            joblib.delayed(_one)(*task) for _, task in left
        )
        try:
            for (i, _), result in zip(left, found, strict=True):
                del tasks[i]
                yield i, result
        except BrokenProcessPool:
            for i in list(tasks):
                result = _apart(tasks.pop(i))
                yield i, result
                if isinstance(result, Deadly):
                    break


def _apart(task):
    try:
        return joblib.Parallel(n_jobs=2, prefer="processes")([joblib.delayed(_one)(*task)])[0]
    except BrokenProcessPool:
        return Deadly("took down the process that read it (a crash, or too little memory)")


class Deadly(AudioError):
    """A clip that cannot even be tried."""


def _all(lines):
    # All of them: whoever has to mend a corpus does not want to be told of ten at a time.
    return join_names(lines, most=len(lines))


def _key(clip, function, settings, sampling_rate, is_cached):
    """What the features of a clip depend on; a waveform is read through only if they are kept."""
    if clip.file is None:
        source = joblib.hash(clip.signal) if is_cached else None, sampling_rate
    else:
        try:
            status = os.stat(clip.file)
        except FileNotFoundError:
            raise AudioError("does not exist") from None
        except OSError as error:
            raise AudioError(f"cannot be read ({error.strerror})") from error
        source = os.path.abspath(clip.file), status.st_size, status.st_mtime_ns
    return function.__name__, source, clip.start, clip.end, tuple(settings)


def _one(cache, key, function, clip, settings, sampling_rate):
    """Features of one clip, or the reason why there are none: one bad file stops no others."""
    try:
        return compute_cached(
            cache, key, lambda: function(read_clip(clip, sampling_rate), settings)
        )
    except AudioError as error:
        return error
