"""The page "What is checked": every example says what the page has."""

import csv
import warnings
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
with (DOCS / "checks.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.reader(file))[1:]


@pytest.fixture(scope="module")
def names():
    source = (DOCS / "checks_setup.py").read_text(encoding="utf-8")
    names = {}
    exec(compile(source, "checks_setup.py", "exec"), names)
    return names


@pytest.mark.parametrize("row", ROWS, ids=[f"{part}: {situation}" for part, situation, *_ in ROWS])
def test_it_says_what_the_page_has(row, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, says = row[2:]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            eval(code, dict(names))
        except (TypeError, ValueError) as error:
            said = [error]
        else:
            said = [warning.message for warning in caught]
    assert [f"{type(one).__name__}: {one}" for one in said] == [says]


def test_parts_are_together_and_examples_different():
    parts = [row[0] for row in ROWS]
    runs = sum(part != before for part, before in zip(parts, ["", *parts], strict=False))
    assert runs == len(set(parts))
    assert len({row[2] for row in ROWS}) == len(ROWS) > 35
