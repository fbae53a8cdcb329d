"""Calls that run side by side in processes."""

import os

import joblib
import torch


def side_by_side(function, tasks, sizes, n_jobs):
    """Call a function on every task, the largest first, in no more processes than there are cores.

    Large arrays are written once and memory-mapped by the processes, which share the threads.

    Parameters
    ----------
    function : callable
    tasks : list of tuple
        Arguments of each call.
    sizes : list of int
        How long each will take, in any unit.
    n_jobs : int or None

    Returns
    -------
    list
        What was returned, in the order of the tasks.
    """
    n_workers = min(joblib.effective_n_jobs(n_jobs), joblib.cpu_count(), len(tasks))
    n_threads = None if n_workers == 1 else max(1, joblib.cpu_count() // n_workers)
    order = sorted(range(len(tasks)), key=lambda i: -sizes[i])
    found = joblib.Parallel(n_jobs=n_workers, prefer="processes", batch_size=1)(
        joblib.delayed(_call)(function, tasks[i], n_threads, os.getpid()) for i in order
    )
    results = [None] * len(tasks)
    for i, result in zip(order, found, strict=True):
        results[i] = result
    return results


def _call(function, arguments, n_threads, parent):
    # Of a process of its own only: threads are a setting of the whole process.
    if n_threads is not None and os.getpid() != parent:
        torch.set_num_threads(n_threads)
    return function(*arguments)
