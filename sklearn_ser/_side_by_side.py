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
    order = sorted(range(len(tasks)), key=lambda i: -sizes[i])
    results = [None] * len(tasks)
    found = streamed(function, [tasks[i] for i in order], n_jobs)
    for i, result in zip(order, found, strict=True):
        results[i] = result
    return results


def streamed(function, tasks, n_jobs):
    """Call a function on every task, and return an iterator over what it returns, in order.

    Parameters
    ----------
    function, tasks, n_jobs
        As of `side_by_side`.

    Returns
    -------
    iterator
    """
    n_workers = min(joblib.effective_n_jobs(n_jobs), joblib.cpu_count(), len(tasks))
    n_threads = None if n_workers == 1 else max(1, joblib.cpu_count() // n_workers)
    return joblib.Parallel(
        n_jobs=n_workers, prefer="processes", batch_size=1, return_as="generator"
    )(joblib.delayed(_call)(function, task, n_threads, os.getpid()) for task in tasks)


def _call(function, arguments, n_threads, parent):
    # Of a process of its own only: threads are a setting of the whole process.
    if n_threads is not None and os.getpid() != parent:
        torch.set_num_threads(n_threads)
    return function(*arguments)
