"""Feed forged files of frames for as long as you like.

    python tests/fuzz/frames.py [--cases 20000] [--seed 0]

Files are mutated before or after their checksums are made. Each must be refused with a ValueError,
or read as frames of the right shape. Cases are numbered from the seed on. A case that takes longer
than ten seconds, or more than 1 GB of memory, has failed.
"""

import argparse
import collections
import faulthandler
import json
import resource
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np
from mutation import mutated

sys.path.append(str(Path(__file__).resolve().parents[1]))

from _frame_files import ATTRIBUTES, write_new, write_old

from sklearn_ser import Segments, Sequences, check_sequences

SECONDS, MEMORY = 10, 2**30

SCALARS = [None, True, 0, 1, -1, 3, 2**31, 2**63, 10**30, 10**400, 0.5, -0.0, 1e308]
SCALARS += [float("nan"), float("inf"), "", "Ann", "\ud800", "0" * 1000]
DTYPES = ["|O", ">f4", "<f8", "<f2", "<i4", "|V4", "|S4", "<c8", "<m8", "<M8[s]", "|b1", "O"]


def draw(rng, values):
    return values[rng.integers(len(values))]


def draw_value(rng, depth=0):
    """Return something that JSON can represent."""
    kind = rng.integers(8 if depth < 3 else 5)
    if kind < 5:
        return draw(rng, SCALARS)
    if kind < 7:
        return [draw_value(rng, depth + 1) for _ in range(rng.integers(5))]
    names = ["voice", "person", draw(rng, ["voice", "x", ""])]
    return {name: draw_value(rng, depth + 1) for name in names[: rng.integers(4)]}


def draw_column(rng, n):
    values = [draw(rng, ["Ann", "Bob", 3, None, 0.5]) for _ in range(n)]
    if n and rng.random() < 0.2:
        values[rng.integers(n)] = draw_value(rng)
    return values if rng.random() < 0.8 else draw(rng, [None, values[1:], draw_value(rng)])


def draw_attributes(rng, n):
    attributes = dict(ATTRIBUTES)
    attributes |= {"segment_length": draw(rng, [1, 2, 3]), "segment_step": draw(rng, [1, 2])}
    for name in ("speaker", "session", "ids"):
        if rng.random() < 0.5:
            attributes[name] = draw_column(rng, n)
    if rng.random() < 0.5:
        attributes["ids_are_range"] = draw(rng, [True, False, None])
    if rng.random() < 0.15:
        attributes[draw(rng, list(attributes))] = draw_value(rng)
    if rng.random() < 0.1:
        del attributes[draw(rng, list(attributes))]
    text = json.dumps(attributes).encode()
    if rng.random() < 0.05:
        text = draw(rng, [b"[" * 50_000, b"", b"{}", mutated(text, rng), b"\xff" * 9])
    return text


def draw_parts(rng):
    """Return attributes, offsets and frames, some of which are wrong."""
    lengths = rng.integers(0, 6, rng.integers(1, 6))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    frames = rng.normal(size=(offsets[-1], int(rng.integers(1, 5)))).astype(np.float32)
    if frames.size and rng.random() < 0.2:
        frames.flat[rng.integers(frames.size)] = draw(rng, [np.nan, np.inf, -np.inf, 3e38])
    text = draw_attributes(rng, len(lengths))
    if rng.random() < 0.1:
        wrong = [-1, 0, 1, 2**31, 2**62, 2**63 - 1, -(2**63)]
        offsets[rng.integers(len(offsets))] = draw(rng, wrong)
    return text, offsets, frames


def forge_new(rng):
    text, offsets, frames = draw_parts(rng)
    sizes = [len(text), len(offsets) - 1, *frames.shape]
    if rng.random() < 0.15:
        wrong = [0, 1, 7, 2**31, 2**32, 2**62, 2**63, 2**64 - 1]
        sizes[rng.integers(4)] = draw(rng, wrong)
    return write_new(sizes, text, offsets, frames, block=draw(rng, [2**20] * 9 + [16]))


def forge_old(rng):
    text, offsets, frames = draw_parts(rng)
    data = write_old(text, offsets, frames)
    at = data.rindex(b"\x93NUMPY")
    head, header, body = data[:at], data[at : at + 128], data[at + 128 :]
    kind = rng.integers(6)
    if kind == 0:
        header = header.replace(b"<f4", draw(rng, DTYPES).encode())
    elif kind == 1:
        header = header.replace(b"False", draw(rng, [b"True", b"0", b"None", b"[]"]))
    elif kind == 2:
        shapes = [b"(3,)", b"()", b"(-1, -4)", b"(1, 2, 3)", b"(2**40, 2)", b"(" * 50, b"0" * 50]
        header = header.replace(b"'shape': (", b"'shape': " + draw(rng, shapes))
    elif kind == 3:
        header = mutated(header, rng)
    return head + header + body


def forge(rng):
    """Return the bytes of a file."""
    data = draw(rng, [forge_new, forge_new, forge_old])(rng)
    return mutated(data, rng) if rng.random() < 0.15 else data


def feed(rng, folder):
    """Load a forged file; return whether it was read."""
    path = folder / "frames"
    path.write_bytes(forge(rng))
    if rng.random() < 0.02:
        with open(path, "r+b") as file:
            file.truncate(draw(rng, [2**30, 2**40]))
    of = draw(rng, [Sequences, Sequences, Segments])
    mode, verify = draw(rng, ["r", "c", None]), rng.random() < 0.2
    try:
        X = of.load(path, mode, verify=bool(verify))
    except ValueError as error:
        assert str(path) in str(error), error
        assert len(str(error)) < 2000, error
        return False
    assert X.values.dtype == np.float32
    assert X.values.ndim == 2
    assert X.values.nbytes < path.stat().st_size
    assert sum(map(len, X)) == len(X.values)
    assert X[::-1][::-1] == X or not np.isfinite(X.values).all()
    for column in (X.speaker, X.session):
        assert column is None or len({hash(value) for value in column}) <= len(X)
    assert repr(X).startswith(of.__name__)
    assert X.ids is None or len(repr(X.ids)) < 20_000
    if X.frame_step is not None:
        assert all(np.isfinite(X.times(i)).all() for i in range(len(X)))
    if isinstance(X, Segments):
        assert [len(X.segments(i)) for i in range(len(X))] == X.n_segments.tolist()
    try:
        check_sequences(X)
    except ValueError as error:
        expected = "NaN or infinity in samples" if len(X) else "0 sample(s)"
        assert expected in str(error), error
    else:
        assert np.isfinite(X.values).all()
    return True


def late(*_):
    raise TimeoutError(f"longer than {SECONDS} seconds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    faulthandler.enable()
    signal.signal(signal.SIGALRM, late)
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    counts, failed = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.seed, options.seed + options.cases):
            signal.alarm(SECONDS)
            try:
                read = feed(np.random.default_rng(number), Path(folder))
                counts["read" if read else "refused"] += 1
            except Exception as error:
                failed.append(f"{number}: {type(error).__name__}: {str(error)[:300]}")
            finally:
                signal.alarm(0)
    print(*(f"{n} {outcome}" for outcome, n in sorted(counts.items())), sep="\n")
    print(*failed[:50], f"{len(failed)} failed", sep="\n")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
