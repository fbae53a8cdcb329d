"""Delay interrupts until code that must not be interrupted has ended."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def defer_interrupt():
    """Hold back Ctrl-C while a block runs, and deliver it when the block has ended.

    ctypes prints and drops any exception that a Python callback raises. An interrupt during a
    callback would be lost, along with the work of the callback.
    """
    handler = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    # Handlers run in the main thread only, and a signal that is ignored raises nothing.
    if not (in_main_thread and callable(handler)):
        yield
        return
    received = []
    signal.signal(signal.SIGINT, lambda *arguments: received.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if received:
            handler(*received[-1])
