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
    """Have this process end soon after its parent, if it is a worker process of joblib.

    A worker whose parent was killed may wait forever for somebody to read its result. Whatever
    runs in workers calls this function first; only the first call in a process has an effect.
    Workers of a cluster are left alone, since they are not processes of joblib.
    """
    parent = multiprocessing.parent_process()
    # On Windows, the id of the parent does not change when it ends.
    is_worker = multiprocessing.current_process().name.startswith("LokyProcess")
    if parent is not None and is_worker and os.name == "posix":
        threading.Thread(target=_wait_for_end, args=(parent.pid,), daemon=True).start()


def _wait_for_end(parent):
    # An orphan is adopted by another process. (Linux can signal the end of a parent, but does so
    # when the thread ends that started the process.)
    while os.getppid() == parent:
        time.sleep(INTERVAL)
    # Nobody is left to pass an error to, and the main thread may hang.
    os._exit(1)
