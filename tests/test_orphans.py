"""Worker processes end with the process that started them, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sklearn_ser.utils import _orphans
from sklearn_ser.utils._orphans import end_with_parent

if os.name != "posix":
    pytest.skip("on Windows, workers do not see the end of their parent", allow_module_level=True)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # A process that ended remains until its new parent asks for its status.
    return (
        not status.exists()
        or status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    )


def wait_until(is_true, seconds):
    end = time.monotonic() + seconds
    while not is_true() and time.monotonic() < end:
        time.sleep(0.1)
    return is_true()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("extract", signal.SIGKILL),
        ("extract", signal.SIGTERM),
        ("call", signal.SIGKILL),
        ("call_late", signal.SIGKILL),
        ("predict", signal.SIGKILL),
        ("search", signal.SIGKILL),
    ],
)
def test_workers_of_a_killed_script_end(name, sent, tmp_path):
    program = f"import sys, _orphans; _orphans.{name}(sys.argv[1])"
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], env=env) as script:
        started = wait_until(lambda: len(os.listdir(tmp_path)) == 2 or script.poll(), 300)
        script.send_signal(sent)
    workers = [int(name) for name in os.listdir(tmp_path)]
    assert started
    assert script.returncode == -sent
    assert len(workers) == 2
    try:
        assert wait_until(lambda: not any(map(is_running, workers)), 60)
    finally:
        for pid in filter(is_running, workers):
            os.kill(pid, signal.SIGKILL)


def test_other_processes_are_left_alone(monkeypatch):
    def start(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(_orphans.threading, "Thread", start)
    end_with_parent.cache_clear()
    end_with_parent()
