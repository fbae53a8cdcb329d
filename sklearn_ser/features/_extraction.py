"""Extract features from many clips in parallel, with a cache."""

import os
import threading
import traceback
import warnings
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

import joblib
from tqdm import tqdm

from sklearn_ser.features._errors import (
    ExtractionError,
    Failure,
    UnexpectedError,
    describe_failures,
    list_remarks,
)
from sklearn_ser.speech._audio import read_clip
from sklearn_ser.speech._errors import AudioError
from sklearn_ser.speech._file_kinds import check_file
from sklearn_ser.utils._cache import compute_cached, is_cached, open_cache


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


# Texts on recordings with remarks, by the kind of remark.
_SAID = {
    "clipped": "exceed [-1, 1], and what exceeds it was clipped",
    "cancelled": (
        "have channels that cancel each other in their mean (a column 'channel' selects one)"
    ),
}


def extract_all(function, clips, settings, *, sampling_rate, memory, n_jobs, verbose, errors):
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
                key = _make_key(clip, function, settings, sampling_rate, cache is not None)
            except AudioError as error:
                outcomes[i] = Outcome(reason=str(error))
            else:
                task = cache, key, function, clip, settings, sampling_rate
                if not is_cached(cache, key):
                    tasks[i] = task
                    continue
                outcomes[i] = _extract(*task)
            bar.update()
        for i, outcome in _run(tasks, n_jobs):
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
    for kind, said in _SAID.items():
        found = [
            (i, clips[i].file, remark.detail)
            for i, outcome in enumerate(outcomes)
            for remark in outcome.remarks
            if remark.kind == kind
        ]
        if found:
            text = f"{len(found)} of {len(clips)} recordings {said}: {list_remarks(found)}."
            messages.append((UserWarning, text))
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


def _run(tasks, n_jobs):
    """Yield the index and the outcome of every task, even if it crashes its process.

    joblib does not say which task crashed a process. Therefore, the remaining tasks run one by one
    until the crash occurs again; the tasks after it run in parallel again.
    """
    tasks = dict(tasks)
    while tasks:
        left = list(tasks.items())
        found = joblib.Parallel(n_jobs=n_jobs, prefer="processes", return_as="generator")(
            joblib.delayed(_extract_and_record)(os.getpid(), *task) for _, task in left
        )
        try:
            for (i, _), outcome in zip(left, found, strict=True):
                del tasks[i]
                yield i, outcome
        except BrokenProcessPool:
            for i in list(tasks):
                outcome = _run_alone(tasks.pop(i))
                yield i, outcome
                if outcome.reason == CRASHED:
                    break


CRASHED = "failed: the worker process crashed while reading it, or ran out of memory"


def _run_alone(task):
    # With two jobs, joblib starts processes; with one, a crash would end this process.
    parallel = joblib.Parallel(n_jobs=2, prefer="processes")
    try:
        return parallel([joblib.delayed(_extract_and_record)(os.getpid(), *task)])[0]
    except BrokenProcessPool:
        return Outcome(reason=CRASHED)


def _make_key(clip, function, settings, sampling_rate, with_cache):
    """Return everything that a clip's features depend on; hash waveforms only for a cache."""
    if clip.file is None:
        source = joblib.hash(clip.signal) if with_cache else None, sampling_rate
    else:
        status = check_file(clip.file)
        source = os.path.abspath(clip.file), status.st_size, status.st_mtime_ns
    key = function.__name__, source, clip.start, clip.end, tuple(settings)
    return key if clip.channel is None else (*key, clip.channel)


def _extract_and_record(parent, *task):
    """Return the outcome of a task, with the warnings that only this worker process would show."""
    # Filters of warnings are settings of the whole process, and must not change in its threads.
    if os.getpid() == parent or threading.current_thread() is not threading.main_thread():
        return _extract(*task)
    with warnings.catch_warnings(record=True) as caught:
        outcome = _extract(*task)
    return outcome._replace(warned=tuple((_simplify(w.category), str(w.message)) for w in caught))


def _simplify(category):
    """Return the built-in class of a warning, which every process knows."""
    return next(base for base in category.__mro__ if base.__module__ == "builtins")


def _extract(cache, key, function, clip, settings, sampling_rate):
    """Return the outcome of a task, so that one bad file does not stop the others."""

    def work():
        remarks = []
        result = function(read_clip(clip, sampling_rate, remarks), settings)
        return Remarked(result, tuple(remarks)) if remarks else result

    try:
        found = compute_cached(cache, key, work)
    except AudioError as error:
        return Outcome(reason=str(error))
    except (ImportError, MemoryError):
        raise  # no recording's fault
    except Exception as error:
        reason = f"failed with {type(error).__name__}: {error}"
        return Outcome(reason=reason, trace=traceback.format_exc())
    return Outcome(*found) if isinstance(found, Remarked) else Outcome(found)
