"""Worker processes end with the process that started them."""

import functools
import multiprocessing
import os
import threading
import time

# How often a worker looks for its parent, in seconds.
INTERVAL = 1.0


@functools.cache
def end_with_parent():
    """Have this process end soon after its parent, if it is a worker of joblib or of a pool.

    A worker whose parent was killed may wait forever for somebody to read its result. Whatever
    runs in workers calls this function first; only the first call in a process has an effect.
    Workers of a cluster are left alone: who started them need not be who uses them.
    """
    parent = multiprocessing.parent_process()
    name = multiprocessing.current_process().name
    if parent is not None and (name.startswith("LokyProcess") or "PoolWorker" in name):
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    # A forked process has none of its parent's threads, and another parent.
    os.register_at_fork(after_in_child=end_with_parent.cache_clear)


def _end_after(parent):
    if os.name == "posix":
        # An orphan is adopted by another process. (Linux can signal the end of a parent, but does
        # so when the thread ends that started the process.)
        while os.getppid() == parent.pid:
            time.sleep(INTERVAL)
    else:
        # On Windows, the id of the parent stays the same when it ends, but workers of joblib have
        # its handle; elsewhere, they do not.
        parent.join()
    # Nobody is left to pass an error to, and the main thread may hang.
    os._exit(1)
