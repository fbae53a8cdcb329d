"""Set up an environment and run the project's jobs; needs Python 3.11 or newer, pip, nothing else.

    python dev.py demo     the main example, on real speech in the package: a table and a figure
    python dev.py test     all tests
    python dev.py check    style, spelling and types of the code

All make a virtual environment in .venv, once, from constraints.txt.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# What is installed follows from these files; a stamp of them tells whether it is up to date.
SOURCES = ("setup.cfg", "pyproject.toml", "constraints.txt")
# An example is a page of the gallery, and writes no file itself.
DEMO = """
import runpy
import matplotlib
matplotlib.use("agg")
from matplotlib import pyplot
print("Learning from simulated raters of real speech: a minute or two ...", flush=True)
runpy.run_path("examples/plot_real_speech.py", run_name="__main__")
pyplot.savefig("soft_targets.png", dpi=150)
print("figure: soft_targets.png")
"""
# What Python runs, one after the other.
JOBS = {
    "demo": [["-c", DEMO]],
    # Networks this small keep one core busy, so two files run at a time; "-n 0" undoes that.
    "test": [["-m", "pytest", "-n", "2", "--dist", "loadfile"]],
    # Before each commit by .pre-commit-config.yaml, on the files that changed.
    "check": [
        ["-m", "ruff", "check"],
        ["-m", "ruff", "format", "--check"],
        ["-m", "codespell_lib"],
        ["-m", "mypy"],
    ],
}


def set_up():
    """Make the environment, unless it is there and up to date."""
    stamp = VENV / "sklearn_ser.stamp"
    wanted = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in SOURCES)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        print("Making a virtual environment in .venv ...", flush=True)
        venv.create(VENV, with_pip=True)
    print("Installing the package and what it needs (minutes, the first time) ...", flush=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ["--constraint", "constraints.txt"]
    # By its exact version first: where a CPU build of it is at hand, pip takes that.
    torch = next(
        line
        for line in (ROOT / "constraints.txt").read_text().split()
        if line.startswith("torch==")
    )
    subprocess.run([*pip, torch], cwd=ROOT, check=True)
    subprocess.run([*pip, *constraints, "--editable", ".[test]"], cwd=ROOT, check=True)
    stamp.write_text(wanted)


def main(arguments):
    """Run one job; further arguments are its own."""
    if not arguments or arguments[0] not in JOBS:
        print(__doc__.strip())
        return 0 if arguments in (["-h"], ["--help"]) else 2
    set_up()
    # On Windows as elsewhere, tests write their files in UTF-8.
    settings = {"cwd": ROOT, "env": os.environ | {"PYTHONUTF8": "1"}, "check": False}
    steps = [[PYTHON, *step, *arguments[1:]] for step in JOBS[arguments[0]]]
    return max([subprocess.run(step, **settings).returncode for step in steps], key=abs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
