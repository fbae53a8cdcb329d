"""Extract features from many clips in parallel, with a cache."""

import contextlib
import os
import threading
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

import joblib
from tqdm import tqdm

from sklearn_ser.features._errors import (
    ExtractionError,
    Failure,
    UnexpectedError,
    describe_failures,
)
from sklearn_ser.features._remarks import describe_remarks, pass_on_remarks
from sklearn_ser.speech._audio import SAMPLING_RATE, read_clip
from sklearn_ser.speech._errors import AudioError
from sklearn_ser.speech._file_kinds import check_file
from sklearn_ser.utils._cache import compute_cached, is_cached, open_cache
from sklearn_ser.utils._orphans import end_with_parent


class Computation(NamedTuple):
    """Functions that compute features of signals, and the settings that they get."""

    function: Callable  # function(signal, settings) returns the features of one signal
    settings: tuple  # everything that the features depend on, except for the signal
    select: Callable | None = None  # select(features), if not all that a cache stores is wanted
    # function(signals, settings) returns the features of several signals, which is faster.
    together: Callable | None = None
    most: int = 1  # signals to compute together


class Outcome(NamedTuple):
    """Result of one clip, or the reason why there is none."""

    result: Any = None  # the features
    remarks: tuple = ()
    reason: str | None = None  # why there is no result
    trace: str | None = None  # the traceback of an error that no clip should cause
    warned: tuple = ()  # category and text of warnings in a worker process


class Remarked(NamedTuple):
    """Features with remarks, as a cache stores them; without remarks, it stores the features."""

    result: Any
    remarks: tuple


class Task(NamedTuple):
    """One clip, and how to compute its features."""

    computation: Computation
    cache: Any
    key: tuple
    clip: Any
    sampling_rate: int


# In bytes of files: half an hour at 16 bits and 16 kHz. What is computed together is read at once.
LARGEST_GROUP = 2**26


def extract_all(computation, clips, *, sampling_rate, memory, n_jobs, verbose, errors):
    """Compute the features of every clip.

    Parameters
    ----------
    computation : Computation
        Its functions must be importable, since they are sent to worker processes.
    clips : list of Clip
    sampling_rate : int
        Sampling rate of waveforms, in Hz.
    memory : str, path-like, joblib.Memory or None
    n_jobs : int or None
    verbose : bool
    errors : {"raise", "skip"}

    Returns
    -------
    list of ndarray of shape (n_frames_i, n_features), or None for a clip that was skipped

    Raises
    ------
    ExtractionError
        If clips fail; they are grouped by reason. If `errors` is "skip", only if all fail.

    Warns
    -----
    UserWarning
        If clips are skipped, if samples exceed [-1, 1] by a little, and if channels cancel each
        other; also every warning in a worker process, once.
    """
    cache = open_cache(memory)
    outcomes = [None] * len(clips)
    tasks = {}
    with tqdm(total=len(clips), unit="clip", disable=not verbose) as bar:
        for i, clip in enumerate(clips):
            try:
                key = _make_key(clip, computation, sampling_rate, cache is not None)
            except AudioError as error:
                outcomes[i] = Outcome(reason=str(error))
            else:
                task = Task(computation, cache, key, clip, sampling_rate)
                if not is_cached(cache, key):
                    tasks[i] = task
                    continue
                outcomes[i] = _extract(task)
            bar.update()
        for i, outcome in _run(tasks, n_jobs, computation.most):
            outcomes[i] = outcome
            bar.update()
    _report(outcomes, clips, errors)
    return [outcome.result for outcome in outcomes]


def _report(outcomes, clips, errors):
    """Raise an error or a warning for clips that failed, and pass on remarks and warnings."""
    failures = [
        Failure(i, clips[i].file, outcome.reason)
        for i, outcome in enumerate(outcomes)
        if outcome.reason is not None
    ]
    # dict.fromkeys: each of them once, in order.
    messages = list(dict.fromkeys(pair for outcome in outcomes for pair in outcome.warned))
    messages += [(UserWarning, text) for text in describe_remarks(outcomes, clips)]
    pass_on_remarks(outcomes)
    if failures:
        text = describe_failures(failures, len(clips))
        if errors == "raise" or len(failures) == len(clips):
            _raise(text, failures, outcomes)
        text += (
            '\nThey have no frames. With errors="raise", the attribute `failures` of the error '
            "lists all of them."
        )
        messages.append((UserWarning, text))
    for category, text in messages:
        # The warning shows the line that called `transform`.
        warnings.warn(text, category, stacklevel=4)


def _raise(text, failures, outcomes):
    if len(failures) > 1:
        text += "\nThe attribute `failures` of this error lists all of them."
    traces = [outcome.trace for outcome in outcomes if outcome.trace is not None]
    cause = UnexpectedError(traces[0]) if traces else None
    raise ExtractionError(text, failures) from cause


def _run(tasks, n_jobs, most):
    """Yield the index and the outcome of every task, even if it crashes its process.

    joblib does not say which task crashed a process. Therefore, the remaining tasks run one by one
    until the crash occurs again; the tasks after it run in parallel again.
    """
    tasks = dict(tasks)
    while tasks:
        groups = _group(tasks, _share(most, len(tasks), n_jobs))
        found = joblib.Parallel(n_jobs=n_jobs, prefer="processes", return_as="generator")(
            joblib.delayed(_extract_and_record)(os.getpid(), [tasks[i] for i in group])
            for group in groups
        )
        try:
            for group, outcomes in zip(groups, found, strict=True):
                for i, outcome in zip(group, outcomes, strict=True):
                    del tasks[i]
                    yield i, outcome
        except BrokenProcessPool:
            for i in list(tasks):
                outcome = _run_alone(tasks.pop(i))
                yield i, outcome
                if outcome.reason == CRASHED:
                    break


def _share(most, n_tasks, n_jobs):
    """Return how many tasks to compute together at most, so that every job has some."""
    return most if most == 1 else min(most, -(-n_tasks // joblib.effective_n_jobs(n_jobs)))


def _group(tasks, most):
    """Group tasks that are computed together, in order: at most so many, and not too long."""
    groups, n_bytes = [], 0
    for i, task in tasks.items():
        size = _count_bytes(task)
        n_bytes += size
        if not groups or len(groups[-1]) == most or n_bytes > LARGEST_GROUP:
            groups.append([])
            n_bytes = size
        groups[-1].append(i)
    return groups


def _count_bytes(task):
    """Return the bytes of a waveform or a file; of a part, as if it had 16 bits and 16 kHz."""
    if task.clip.file is None:
        return task.clip.signal.nbytes
    _, n_bytes, _ = task.key[1]  # path, bytes and time of the file
    if task.clip.end is None:
        return n_bytes
    return min(n_bytes, 2 * SAMPLING_RATE * (task.clip.end - (task.clip.start or 0)))


CRASHED = "failed: the worker process crashed while reading it, or ran out of memory"


def _run_alone(task):
    # With two jobs, joblib starts processes; with one, a crash would end this process.
    parallel = joblib.Parallel(n_jobs=2, prefer="processes")
    try:
        return parallel([joblib.delayed(_extract_and_record)(os.getpid(), [task])])[0][0]
    except BrokenProcessPool:
        return Outcome(reason=CRASHED)


def _make_key(clip, computation, sampling_rate, with_cache):
    """Return everything that a clip's features depend on; hash waveforms only for a cache."""
    if clip.file is None:
        source = joblib.hash(clip.signal) if with_cache else None, sampling_rate
    else:
        status = check_file(clip.file)
        source = os.path.abspath(clip.file), status.st_size, status.st_mtime_ns
    name, settings = computation.function.__name__, tuple(computation.settings)
    key = name, source, clip.start, clip.end, settings
    return key if clip.channel is None else (*key, clip.channel)


def _extract_and_record(parent, tasks):
    """Return the outcomes of tasks, with the warnings that only this worker process would show."""
    end_with_parent()
    # Filters of warnings are settings of the whole process, and must not change in its threads.
    if os.getpid() == parent or threading.current_thread() is not threading.main_thread():
        return _extract_group(tasks)
    with warnings.catch_warnings(record=True) as caught:
        outcomes = _extract_group(tasks)
    warned = tuple((_simplify(w.category), str(w.message)) for w in caught)
    return [outcomes[0]._replace(warned=warned), *outcomes[1:]]


def _simplify(category):
    """Return the built-in class of a warning, which every process knows."""
    return next(base for base in category.__mro__ if base.__module__ == "builtins")


def _extract_group(tasks):
    """Return the outcomes of tasks that are computed together."""
    if len(tasks) == 1:
        return [_extract(tasks[0])]
    computation = tasks[0].computation
    signals, remarks = {}, {}
    for i, task in enumerate(tasks):
        remarks[i] = []
        with contextlib.suppress(Exception):  # told when the clip is read again, alone
            signals[i] = read_clip(task.clip, task.sampling_rate, remarks[i])
    results = []
    # If a signal makes the computation fail, each is computed alone, to tell which one.
    with contextlib.suppress(Exception):
        results = computation.together(list(signals.values()), computation.settings)
    found = {
        i: Remarked(result, tuple(remarks[i])) if remarks[i] else result
        for i, result in zip(signals, results, strict=False)
    }
    return [_extract(task, found.get(i)) for i, task in enumerate(tasks)]


def _extract(task, found=None):
    """Return the outcome of a task, so that one bad file does not stop the others.

    Parameters
    ----------
    task : Task
    found : object, default=None
        The result, if it was computed already.
    """
    function, settings, select, *_ = task.computation

    def work():
        if found is not None:
            return found
        remarks = []
        result = function(read_clip(task.clip, task.sampling_rate, remarks), settings)
        return Remarked(result, tuple(remarks)) if remarks else result

    try:
        made = compute_cached(task.cache, task.key, work)
    except AudioError as error:
        return Outcome(reason=str(error))
    except (ImportError, MemoryError):
        raise  # no recording's fault
    except Exception as error:
        reason = f"failed with {type(error).__name__}: {error}"
        return Outcome(reason=reason, trace=traceback.format_exc())
    outcome = Outcome(*made) if isinstance(made, Remarked) else Outcome(made)
    return outcome if select is None else outcome._replace(result=select(outcome.result))
