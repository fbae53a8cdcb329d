"""Locks that are free in a process that was forked."""

import os
import threading


def make_lock():
    """Return a lock that is free in a process that is forked from this one.

    A forked process has only the thread that forked it. If another thread held the lock at that
    moment, it would stay locked for ever, and what it guards would be half done. Therefore, a fork
    waits for the lock.

    Returns
    -------
    threading.RLock
        The thread that holds it may fork, in a handler of a signal, for example.
    """
    lock = threading.RLock()
    if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
        os.register_at_fork(
            before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
        )
    return lock
