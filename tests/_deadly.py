"""Calls that kill the process they run in, as a crash would.

They are apart from the tests because every new worker process imports the module that a call is
in, and these need neither torch nor pytest.
"""

import os
import signal
import time

from sklearn_ser.features import SegmentLogMel
from sklearn_ser.features._mel import compute_log_mel


def kill_this_process():
    os.kill(os.getpid(), signal.SIGKILL)


def compute_or_die(waveform, settings):
    """Compute log-Mel bands; a recording that begins with 0.25 kills any worker process."""
    *settings, main = settings
    if abs(waveform[0] - 0.25) < 1e-3 and os.getpid() != main:
        kill_this_process()
    return compute_log_mel(waveform, settings)


class FragileLogMel(SegmentLogMel):
    """Extracts features by `compute_or_die`."""

    _function = staticmethod(compute_or_die)

    def _make_settings(self):
        return (*super()._make_settings(), os.getpid())


def square_or_die_once(i, folder):
    """Square a number; the first process to do so with 5 is killed, the next is not."""
    time.sleep(0.05)
    if i == 5 and not (folder / "died").exists():
        (folder / "died").touch()
        kill_this_process()
    return i**2
