"""Imports run one way, as docs/architecture.md says."""

import ast
import re
from pathlib import Path

import pytest

import sklearn_ser

PACKAGE = Path(sklearn_ser.__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
# They only put others together.
DOORS = {"__init__", "__main__"}
LATE = {"opensmile", "matplotlib", "skops", "krippendorff", "audformat", "transformers"}
# Imported late itself, in one piece.
OF_OPENSMILE = "sklearn_ser.features.opensmile._extractor"


def levels():
    """The number of every part's line on the page."""
    text = PAGE.read_text(encoding="utf-8").split("## Who may import whom")[1]
    lines = re.findall(r"^(\d+)\. (.*(?:\n   .*)*)", text, re.MULTILINE)
    return {
        part: int(number)
        for number, line in lines
        for part in re.findall(r"`(\w+)`", line.split(":")[0])
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


FILES = sorted(path for path in PACKAGE.rglob("*.py") if part_of(path) not in DOORS)


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
    assert known["skorch"] == {"_net"}
    assert known["torch"] == {"nn", "_batches", "_net", "_side_by_side", "_report", "features"}


def test_what_is_imported_late():
    for path in FILES:
        early = {name for name, at_once in imports(path) if at_once}
        assert OF_OPENSMILE not in early, path
        if path.stem != OF_OPENSMILE.rpartition(".")[2]:
            assert not {name.split(".")[0] for name in early} & LATE, path
