"""Worker processes end with the process that started them, however it ends."""

import multiprocessing
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
    pytest.skip("the scripts are killed by signals of POSIX", allow_module_level=True)


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
        ("search_in_pool", signal.SIGKILL),
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


class Parent:
    """A parent process on Windows, whose end is waited for by its handle."""

    pid = None

    def __init__(self):
        self.n_waited = 0

    def join(self):
        self.n_waited += 1


def test_workers_on_windows_wait_for_the_handle_of_their_parent(monkeypatch):
    class Exit(Exception):
        pass

    def leave(status):
        raise Exit(status)

    monkeypatch.setattr(_orphans.os, "name", "nt")
    monkeypatch.setattr(_orphans.os, "_exit", leave)
    parent = Parent()
    with pytest.raises(Exit, match="1"):
        _orphans._end_after(parent)
    assert parent.n_waited == 1


def watch(started):
    """The body of a worker that has the handle of its parent, as all have on Windows."""
    os.name = "nt"
    _orphans.threading.Thread(
        target=_orphans._end_after, args=(multiprocessing.parent_process(),), daemon=True
    ).start()
    with open(started, "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    time.sleep(120)


def start(started):
    multiprocessing.get_context("spawn").Process(target=watch, args=(started,)).start()
    time.sleep(120)


def test_the_handle_of_a_parent_tells_that_it_was_killed(tmp_path):
    """Processes that multiprocessing spawns have such a handle everywhere."""
    started = tmp_path / "started"
    program = f"import test_orphans; test_orphans.start({str(started)!r})"
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    with subprocess.Popen([sys.executable, "-c", program], env=env) as script:
        assert wait_until(lambda: started.exists() and started.read_text(), 120)
        pid = int(started.read_text())
        time.sleep(0.5)
        assert is_running(pid)
        script.kill()
    assert wait_until(lambda: not is_running(pid), 30)


def test_other_processes_are_left_alone(monkeypatch):
    def start(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(_orphans.threading, "Thread", start)
    end_with_parent.cache_clear()
    end_with_parent()
