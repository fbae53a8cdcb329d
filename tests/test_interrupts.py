"""Interrupts that wait until a block has ended."""

import signal
import threading

import pytest

from sklearn_ser.utils._interrupts import defer_interrupt


def test_an_interrupt_is_raised_after_the_block():
    handler = signal.getsignal(signal.SIGINT)
    done = []
    with pytest.raises(KeyboardInterrupt):
        interrupt_block(done)
    assert done == [1, 2]
    assert signal.getsignal(signal.SIGINT) is handler


def interrupt_block(done):
    with defer_interrupt():
        done.append(1)
        signal.raise_signal(signal.SIGINT)
        done.append(2)


def test_without_an_interrupt_nothing_changes():
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), defer_interrupt():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is handler


def test_an_ignored_interrupt_stays_ignored():
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with defer_interrupt():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, handler)


def test_other_threads_leave_handlers_alone():
    handler, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with defer_interrupt():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [handler]
