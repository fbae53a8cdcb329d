"""Hostile input, some of it; tests/fuzz/run.py has no end."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).with_name("fuzz")))

from cases import CASES

N_CASES = {
    "audio": 150,
    "cut": 150,
    "ratings": 400,
    "order": 300,
    "dtypes": 300,
    "emoevaluation": 400,
    "model": 60,
}


@pytest.mark.parametrize("name", CASES)
def test_a_right_answer_or_a_named_error(name, tmp_path):
    outcomes = {CASES[name](np.random.default_rng(i), tmp_path) for i in range(N_CASES[name])}
    # Both kinds came up, or nothing was tested.
    assert outcomes == {False, True}


@pytest.mark.linux
def test_forged_models_are_refused_or_do_no_harm():
    """A few of the cases of tests/fuzz/forged.py, in a child process with limits."""
    program = Path(__file__).with_name("fuzz") / "forged.py"
    command = [sys.executable, program, "--cases", "60"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict(line.split(": ") for line in done.stdout.splitlines() if ": " in line)
    assert int(counts["refused"]) > 10
    assert int(counts["predicted"]) > 10
