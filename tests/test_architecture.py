"""Imports run one way, as docs/architecture.md says, and load no more than they need."""

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import sklearn_ser

PACKAGE = Path(sklearn_ser.__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
# They only put others together.
ENTRIES = {"__init__", "__main__"}
LATE = {"opensmile", "matplotlib", "skops", "transformers"}
LATE |= {"audformat", "audb", "openpyxl", "pyarrow"}
# Imported late itself, in one piece.
OF_OPENSMILE = "sklearn_ser.features.opensmile._extractor"


def levels():
    """The number of every part's line on the page."""
    text = PAGE.read_text(encoding="utf-8").split("## Which part may import which")[1]
    lines = re.findall(r"^(\d+)\. (.*(?:\n   .*)*)", text, re.MULTILINE)
    return {
        part: int(number)
        for number, line in lines
        for part in re.findall(r"(?:^|\. |, )`(\w+)`", line)
    }


def imports(path):
    """Every module that a file imports, and whether it does so when it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_once = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, id(node) in at_once) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = node.module == "sklearn_ser"
            names = [f"sklearn_ser.{n.name}" for n in node.names] if whole else [node.module]
            yield from ((name, id(node) in at_once) for name in names)


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(path for path in PACKAGE.rglob("*.py") if part_of(path) not in ENTRIES)


def test_every_part_has_its_place():
    assert set(levels()) == {part_of(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    level, own = levels(), part_of(path)
    for name, _ in imports(path):
        if name.startswith("sklearn_ser."):
            other = name.split(".")[1]
            assert other == own or level[other] < level[own], name


def test_who_knows_torch_and_skorch():
    known = {"torch": set(), "skorch": set()}
    for path in FILES:
        for name, _ in imports(path):
            known.get(name.split(".")[0], set()).add(part_of(path))
    assert known["skorch"] == {"training"}
    assert known["torch"] == {"nn", "training", "features"}


def test_what_is_imported_late():
    for path in FILES:
        early = {name for name, at_once in imports(path) if at_once}
        assert OF_OPENSMILE not in early, path
        if path.stem != OF_OPENSMILE.rpartition(".")[2]:
            assert not {name.split(".")[0] for name in early} & LATE, path


def run(program):
    """Run a program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_importing_the_package_loads_nothing_else():
    loaded = run("""
        import sys
        before = set(sys.modules)
        import sklearn_ser
        assert sklearn_ser.__version__
        dir(sklearn_ser)
        print(*{name.partition(".")[0] for name in set(sys.modules) - before})
    """).split()
    heavy = {"torch", "skorch", "pandas", "numpy", "scipy", "sklearn", "joblib", "opensmile"}
    assert "sklearn_ser" in loaded
    assert not heavy & set(loaded)


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("Ratings", {"torch", "skorch", "soundfile", "opensmile", "matplotlib"}),
        ("Sequences", {"torch", "skorch", "soundfile", "opensmile", "matplotlib"}),
        ("metrics.ua_scorer", {"torch", "skorch", "soundfile", "opensmile", "matplotlib"}),
        ("features.OpenSmileLLD", {"torch", "skorch", "opensmile", "transformers", "matplotlib"}),
        ("AttentionBLSTMClassifier", {"soundfile", "opensmile", "transformers", "matplotlib"}),
    ],
)
def test_a_name_loads_only_what_it_needs(name, absent):
    loaded = run(f"""
        import sys
        import sklearn_ser
        sklearn_ser.{name}
        print(*sys.modules)
    """).split()
    assert not absent & set(loaded)


def test_a_worker_that_extracts_frames_never_loads_torch():
    """What a worker unpickles and runs, in processes of joblib's own."""
    loaded = run("""
        import sys
        import joblib
        import numpy as np
        from sklearn_ser.features import OpenSmileLLD, _extraction

        class Modules(OpenSmileLLD):
            @staticmethod
            def _function(signal, settings):
                from sklearn_ser.features.opensmile._frames import compute_frames
                compute_frames(signal, settings)
                return np.array([["torch" in sys.modules, "skorch" in sys.modules]])

        noise = 0.1 * np.random.default_rng(0).standard_normal(8000)
        with joblib.parallel_config(n_jobs=2):
            found = Modules().fit(noise).transform([noise, noise])
        print(found.values.any(), "torch" in sys.modules)
    """).split()
    assert loaded == ["False", "False"]
