"""Forge model files for as long as you like, and see that they are refused, or do no harm.

    python tests/fuzz/forged.py [--cases 20000] [--seed 0]

Each case is a valid archive whose values were changed after it was saved (`forgery.py`). It runs
in a child process that may take ten seconds and 1 GiB per case, and in which an audit hook sees
every file that is opened, and every connection, process and program that is started. A case has
failed if the child crashes or is killed, if something is touched, or if a prediction is not
finite. Others are refused, predicted, or end with an error of Python while predicting.
"""

import argparse
import collections
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import sklearn_ser

SECONDS, MEMORY = 10, 2**30
# What the interpreter and the libraries do before the first case may take longer.
START = 600
REACHES = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")
WRITES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")


def child(first, last, folder):
    """Run cases; write a line before and after each."""
    from forgery import forge_one, judge, prepare

    # Forged models may ask scikit-learn to print.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(answer):
        print(json.dumps(answer), file=answers, flush=True)

    samples = prepare(folder)
    for name in samples:
        judge(folder / f"{name}.skops", samples[name])  # everything is imported now
    used = (
        int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        * resource.getpagesize()
    )
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    touched, watching = [], []
    # The package may be installed from elsewhere, and its modules are loaded late.
    package = str(Path(sklearn_ser.__file__).parent)
    installed = tuple({package, sys.prefix, sys.base_prefix, *filter(None, sys.path)})

    def see(event, arguments):
        if not watching:
            return
        if event == "open":
            path, _, flags = arguments
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            own = not writes and str(path).startswith((str(watching[0]), *installed, "/proc/"))
            if isinstance(path, int) or own:
                return
        elif not event.startswith((*REACHES, *WRITES)):
            return
        touched.append(f"{event}{arguments!r}"[:200])

    sys.addaudithook(see)
    # A hook that sees nothing would find nothing.
    watching.append(folder / "none")
    (folder / "probe").write_text("touched")
    watching.clear()
    if not touched:
        raise RuntimeError("the audit hook does not see files that are written")
    touched.clear()
    for number in range(first, last):
        tell({"case": number})
        path, name = forge_one(number, folder)
        signal.alarm(SECONDS)
        watching.append(path)
        try:
            outcome, why = judge(path, samples[name])
        except BaseException as error:
            outcome, why = "raised", f"{type(error).__name__}: {error}"
        watching.clear()
        signal.alarm(0)
        if touched:
            outcome, why = "touched", "; ".join(touched)
            touched.clear()
        tell({"case": number, "outcome": outcome, "model": name, "why": why[:300]})


def run(first, last):
    """Yield the outcome of every case, each once; a child that dies is replaced."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    while first < last:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--child", str(first), str(last), folder]
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, env=environment, bufsize=0
            ) as process:
                current = None
                for line in iterate_lines(process):
                    found = json.loads(line)
                    current = found["case"]
                    if "outcome" in found:
                        first = current + 1
                        yield found
            if process.returncode:
                if current is None:
                    raise RuntimeError(f"the child ended with {process.returncode} at its start")
                why = f"the child ended with {process.returncode}"
                if current >= first:
                    yield {"case": current, "outcome": "died", "model": "?", "why": why}
                first = current + 1


def iterate_lines(process):
    """Yield lines of a process; it is killed if there is none for too long."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        limit = START
        while True:
            if not waiting.select(limit):
                process.kill()
                return
            line = process.stdout.readline()
            if not line:
                return
            limit = 3 * SECONDS
            yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--errors", action="store_true", help="show errors of predictions")
    options = parser.parse_args()
    if options.child:
        child(int(options.child[0]), int(options.child[1]), Path(options.child[2]))
        return False
    counts, failed = collections.Counter(), []
    for found in run(options.seed, options.seed + options.cases):
        counts[found["outcome"]] += 1
        if found["outcome"] not in ("refused", "predicted", "error"):
            failed.append(found)
            print(json.dumps(found), flush=True)
        elif options.errors and found["outcome"] == "error":
            print(json.dumps(found), flush=True)
        done = sum(counts.values())
        if done % 500 == 0:
            print(f"{done}: {dict(counts)}", file=sys.stderr, flush=True)
    print(*(f"{outcome}: {n}" for outcome, n in sorted(counts.items())), sep="\n")
    print(f"{len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
