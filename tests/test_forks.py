"""A process that is forked while a thread works can do the same work."""

import os
import subprocess
import sys

import pytest

# Each script forks while a thread works, and prints the status of every child.
FORK = """
import os, threading, time
import numpy as np

def fork(work, n):
    for _ in range(n):
        time.sleep(0.03)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = 0 if work() else 2
            finally:
                os._exit(status)
        end = time.monotonic() + 120
        done, status = 0, None
        while not done and time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.01)
        if not done:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        print(status if done else "hangs", flush=True)

ended = threading.Event()

def repeat(work):
    threading.Thread(target=lambda: [work() for _ in iter(ended.is_set, True)]).start()
"""

EXTRACT = """
from sklearn_ser.features import OpenSmileLLD
front_end = OpenSmileLLD(SET)
signals = [np.random.default_rng(0).uniform(-0.5, 0.5, 48000)]
expected = front_end.transform(signals)
repeat(lambda: front_end.transform(signals * 2))
fork(lambda: front_end.transform(signals) == expected, 6)
"""

# Whoever forks while the generator has another state would see this state.
GENERATOR = """
import torch
from sklearn_ser.features.encoders._generator import preserve_generator

def work():
    with preserve_generator():
        torch.manual_seed(np.random.randint(1000))
        time.sleep(0.02)
        return torch.rand(1)

torch.manual_seed(0)
state = torch.get_rng_state()
repeat(work)
fork(lambda: torch.equal(torch.get_rng_state(), state) and work() is not None, 6)
"""

# A thread may fork while it holds the lock itself.
HELD = """
from sklearn_ser.features.opensmile import _frames
def take():
    with _frames._LOCK:
        return True
with _frames._LOCK:
    fork(take, 2)
thread = threading.Thread(target=take)
thread.start()
thread.join(30)
fork(lambda: not thread.is_alive() and take(), 4)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on Windows")
@pytest.mark.parametrize(
    "script",
    [
        EXTRACT.replace("SET", "'chou2019'"),
        EXTRACT.replace("SET", "'emobase'"),
        GENERATOR,
        HELD,
    ],
)
def test_a_forked_process_does_not_hang(script):
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    # Python 3.12 warns about any fork of a process with threads.
    command = [
        sys.executable,
        "-W",
        "ignore::DeprecationWarning",
        "-c",
        FORK + script + "ended.set()",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert done.stdout.split() == ["0"] * 6, done.stderr
