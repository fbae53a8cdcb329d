"""Extract features from many clips in parallel, with a cache."""

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
        ``function(signal, settings)`` returns the frames of a signal. It must be importable, since
        it is sent to worker processes.
    clips : list of Clip
    settings : tuple
        Everything that the frames depend on, except for the signal.
    sampling_rate : int
        Sampling rate of waveforms, in Hz.
    memory : str, path-like, joblib.Memory or None
    n_jobs : int or None
    verbose : bool

    Returns
    -------
    list of ndarray of shape (n_frames_i, n_features)

    Raises
    ------
    ValueError
        If clips fail; all of them are listed with the reasons.
    """
    cache = open_cache(memory)
    results = [None] * len(clips)
    tasks = {}
    with tqdm(total=len(clips), unit="clip", disable=not verbose) as bar:
        for i, clip in enumerate(clips):
            try:
                key = _make_key(clip, function, settings, sampling_rate, cache is not None)
            except AudioError as error:
                results[i] = error
            else:
                task = cache, key, function, clip, settings, sampling_rate
                if not is_cached(cache, key):
                    tasks[i] = task
                    continue
                results[i] = _extract(*task)
            bar.update()
        for i, result in _run(tasks, n_jobs):
            results[i] = result
            bar.update()
    failed = [i for i, result in enumerate(results) if isinstance(result, AudioError)]
    if failed:
        lines = [f"sample {i} ({clips[i].file or 'waveform'}) {results[i]}" for i in failed]
        # List all of them: repairing a corpus requires the complete list.
        listed = join_names(lines, most=len(lines))
        raise ValueError(f"{len(failed)} of {len(clips)} recordings failed: {listed}.")
    return results


def _run(tasks, n_jobs):
    """Yield the index and the result of every task, even if it crashes its process.

    joblib does not say which task crashed a process. Therefore, the remaining tasks run one by one
    until the crash occurs again; the tasks after it run in parallel again.
    """
    tasks = dict(tasks)
    while tasks:
        left = list(tasks.items())
        found = joblib.Parallel(n_jobs=n_jobs, prefer="processes", return_as="generator")(
            joblib.delayed(_extract)(*task) for _, task in left
        )
        try:
            for (i, _), result in zip(left, found, strict=True):
                del tasks[i]
                yield i, result
        except BrokenProcessPool:
            for i in list(tasks):
                result = _run_alone(tasks.pop(i))
                yield i, result
                if isinstance(result, WorkerCrash):
                    break


def _run_alone(task):
    # With two jobs, joblib starts processes; with one, a crash would end this process.
    parallel = joblib.Parallel(n_jobs=2, prefer="processes")
    try:
        return parallel([joblib.delayed(_extract)(*task)])[0]
    except BrokenProcessPool:
        return WorkerCrash(
            "failed: the worker process crashed while reading it, or ran out of memory"
        )


class WorkerCrash(AudioError):
    """A clip that crashes the process in which it is read."""


def _make_key(clip, function, settings, sampling_rate, with_cache):
    """Return everything that a clip's features depend on; hash waveforms only for a cache."""
    if clip.file is None:
        source = joblib.hash(clip.signal) if with_cache else None, sampling_rate
    else:
        try:
            status = os.stat(clip.file)
        except FileNotFoundError:
            raise AudioError("does not exist") from None
        except OSError as error:
            raise AudioError(f"cannot be read ({error.strerror})") from error
        source = os.path.abspath(clip.file), status.st_size, status.st_mtime_ns
    return function.__name__, source, clip.start, clip.end, tuple(settings)


def _extract(cache, key, function, clip, settings, sampling_rate):
    """Return the features of a clip or an error, so that one bad file does not stop the others."""
    try:
        return compute_cached(
            cache, key, lambda: function(read_clip(clip, sampling_rate), settings)
        )
    except AudioError as error:
        return error
