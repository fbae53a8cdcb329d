"""Parallel calls in processes."""

import os
import sys
from concurrent.futures import CancelledError

import joblib

from sklearn_ser.utils._orphans import end_with_parent

# How many times in a row tasks are resubmitted to a cluster that finishes none of them.
MOST_CANCELLED = 3


def run_parallel(function, tasks, sizes, n_jobs):
    """Call a function on every task, the largest first, in at most one process per core.

    Large arrays are written once and memory-mapped by the processes. The processes divide the
    threads among themselves.

    Parameters
    ----------
    function : callable
    tasks : list of tuple
        Arguments of each call.
    sizes : list of int
        How long each call is expected to take, in any unit.
    n_jobs : int or None

    Returns
    -------
    list
        Results, in the order of the tasks.
    """
    order = sorted(range(len(tasks)), key=lambda i: -sizes[i])
    results = [None] * len(tasks)
    found = iterate_parallel(function, [tasks[i] for i in order], n_jobs)
    for i, result in zip(order, found, strict=True):
        results[i] = result
    return results


def iterate_parallel(function, tasks, n_jobs):
    """Call a function on every task, and yield the results in order.

    A cluster cancels tasks whose data were lost with a worker; these are resubmitted.

    Parameters
    ----------
    function, tasks, n_jobs
        See `run_parallel`.

    Yields
    ------
    object
        Result of the next task.

    Raises
    ------
    CancelledError
        If a cluster repeatedly cancels tasks without finishing any.
    """
    n_workers = min(joblib.effective_n_jobs(n_jobs), joblib.cpu_count(), len(tasks))
    n_threads = None if n_workers == 1 else max(1, joblib.cpu_count() // n_workers)
    n_done, n_cancelled = 0, 0
    while n_done < len(tasks):
        found = joblib.Parallel(
            n_jobs=n_workers, prefer="processes", batch_size=1, return_as="generator"
        )(joblib.delayed(_call)(function, n_threads, os.getpid(), *t) for t in tasks[n_done:])
        try:
            for result in found:
                n_done, n_cancelled = n_done + 1, 0
                yield result
        except CancelledError:
            n_cancelled += 1
            if n_cancelled > MOST_CANCELLED:
                raise


# Arguments are passed one by one: a cluster sends each of them to a worker once, however many
# tasks share it.
def _call(function, n_threads, parent, *arguments):
    end_with_parent()
    # The number of threads is a setting of the whole process, and is changed in workers only. A
    # worker that needs torch has imported it while unpickling the arguments.
    torch = sys.modules.get("torch")
    if torch is not None and n_threads is not None and os.getpid() != parent:
        torch.set_num_threads(n_threads)
    return function(*arguments)
