"""The changelog is one that tools can read, and names everything public."""

import importlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

import sklearn_ser

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"(?m)^## (.*)$", TEXT)
MODULES = re.findall(
    r"(?m)^\.\. automodule:: (\S+)", (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
)


def test_headings_are_those_of_keep_a_changelog():
    assert TEXT.startswith("# Changelog\n")
    assert "https://keepachangelog.com" in TEXT
    unreleased, *releases = HEADINGS
    assert unreleased == "[Unreleased]"
    assert releases
    for heading in releases:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading), heading
    dates = [heading[-10:] for heading in releases]
    assert all(later >= earlier for later, earlier in pairwise(dates))
    assert releases[0].startswith(f"[{sklearn_ser.__version__}]")


def test_the_first_release_tells_of_no_change():
    """Nobody had what was there before it."""
    first = TEXT.split("\n## ")[-1]
    told = r"\b(?:as before|used to|formerly|the former|earlier versions?|is now|are now)\b"
    assert re.findall(told, first) == []
    assert not re.search(r"(?m)^### (Added|Changed|Fixed|Removed|Deprecated|Security)$", first)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_named(module):
    """All but ``ua_scorer`` and its kind, which are named by their score."""
    words = set(re.findall(r"\w+", TEXT))
    names = {
        re.sub(r"^neg_|_scorer$", "", name) for name in importlib.import_module(module).__all__
    }
    parts = {other.rpartition(".")[2] for other in MODULES} | {"__version__", "ua", "wa"}
    assert names - words - parts == set()
