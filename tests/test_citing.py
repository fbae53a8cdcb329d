"""Sources that docstrings name are on the page of what to cite, and have an entry in BibTeX."""

import datetime
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest
import yaml

import sklearn_ser
from sklearn_ser import datasets

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "citing.rst").read_text(encoding="utf-8")
BIB = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
MODULES = re.findall(
    r"(?m)^\.\. automodule:: (\S+)", (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
)
THINGS = {
    name: getattr(importlib.import_module(module), name)
    for module in MODULES
    for name in importlib.import_module(module).__all__
} | {"Ratings.agreement": sklearn_ser.Ratings.agreement}
# What is to be cited beyond what docstrings refer to: the software, its sets, and encoders.
ENCODERS = {
    "radford2023",
    "baevski2020",
    "hsu2021",
    "chen2022wavlm",
    "baevski2022",
    "chen2022unispeech",
    "seamless2023",
}
FURTHER = {
    "OpenSmileLLD": {"eyben2010"},
    "OpenSmileFunctionals": {"eyben2010"},
    "TransformerFrames": ENCODERS,
    "TransformerEmbeddings": ENCODERS,
    "Ratings.agreement": {"krippendorff2018"},
}
SETS = {"eyben2016", "schuller2016"}


def read_entries():
    """The fields of each entry, by key."""
    entries = re.findall(r"(?ms)^@(\w+)\{(\w+),\n(.*?)^\}", BIB)
    assert len(entries) == BIB.count("@")
    return {
        key: {"type": kind, **dict(re.findall(r"(?m)^  (\w+) += \{(.*)\},$", body))}
        for kind, key, body in entries
    }


ENTRIES = read_entries()


def list_references(thing):
    """The references of a docstring, each in one line."""
    text = inspect.getdoc(thing) or ""
    section = re.search(r"References\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", text, re.DOTALL)
    found = re.findall(r"(?ms)^\.\. \[\d+\] (.*?)(?=^\.\. \[|\Z)", section[1] if section else "")
    return [" ".join(reference.split()) for reference in found]


def find_key(reference):
    """The entry of a reference: that of its DOI or arXiv number, or of its author and year."""
    for field, pattern in (("doi", r"doi:(\S+?)\.?(?:\s|$)"), ("eprint", r"arXiv:(\S+)")):
        identifier = re.search(pattern, reference)
        if identifier:
            (key,) = (key for key, entry in ENTRIES.items() if entry.get(field) == identifier[1])
            return key
    return re.match(r"\w+", reference)[0].lower() + re.search(r"\b(?:19|20)\d\d\b", reference)[0]


def find_sources(name):
    """Keys of what a docstring refers to, and of what the description of a corpus names."""
    references = list_references(THINGS[name])
    keys = {find_key(text) for text in references if not text.startswith("http")}
    if name.startswith("load_"):
        module = sys.modules[inspect.unwrap(THINGS[name]).__globals__["__name__"]]
        description = getattr(module, "DESCR", "")
        authors = r"([A-Z]\w+), [A-Z]\.(?:(?!\n\n)[^()])*?\((\d{4})\)"
        keys |= {(who + year).lower() for who, year in re.findall(authors, description)}
    return keys


def read_rows():
    """Keys by name, of all tables of the page."""
    found = {}
    rows = re.findall(r"(?m)^   \* - (.*(?:\n       .*)*)\n     - (.*(?:\n       .*)*)", PAGE)
    for names, keys in rows:
        for name in re.findall(r"(?<!`)`([\w.]+)`(?!`)", names):
            found.setdefault(name, set()).update(re.findall(r"``([a-z]+\d{4}[a-z]*)``", keys))
    return found


ROWS = read_rows()


@pytest.mark.parametrize("name", sorted(THINGS))
def test_sources_are_on_the_page(name):
    expected = find_sources(name) | FURTHER.get(name, set())
    assert ROWS.get(name, set()) == expected
    assert expected <= set(ENTRIES)


def test_every_estimator_of_a_paper_has_an_entry():
    """The four systems, at least; the rest is derived from docstrings."""
    for name, key in {
        "SoftTargetEncoder": "ando2018",
        "AnnotatorEnsembleClassifier": "chou2019",
        "LabelCorrectingClassifier": "fujioka2019",
        "ProfileRefineryClassifier": "mao2020",
        "CrowdEMClassifier": "dawid1979",
        "load_iemocap": "busso2008",
        "load_msp_podcast": "naini2024",
        "load_casia": "tao2005",
        "baseline2026": "rodrigues2018",
    }.items():
        assert key in find_sources(name), name


def test_every_corpus_with_a_source_is_on_the_page():
    own = {"load_audformat", "load_table"}
    loaders = {name for name in datasets.__all__ if name.startswith("load_")}
    assert loaders - set(ROWS) == own


def test_every_name_on_the_page_exists():
    assert set(ROWS) <= set(THINGS)
    encoders = inspect.getdoc(sklearn_ser.features.TransformerFrames)
    (row,) = re.findall(r"(?ms)^     - the encoder: (.*?)\. The card", PAGE)
    names = re.findall(r"`` for ([\w .-]+?)(?:,|$)", " ".join(row.split()))
    assert len(names) == len(ENCODERS)
    assert all(name in " ".join(encoders.split()) for name in names)


def test_every_entry_is_complete_and_used():
    used = set(re.findall(r"``([a-z]+\d{4}[a-z]*)``", PAGE))
    assert set(ENTRIES) == used | {"sklearn_ser"}
    assert set().union(*ROWS.values()) | SETS == used
    for key, entry in ENTRIES.items():
        assert {"author", "title", "year"} <= set(entry), key
        assert key == "sklearn_ser" or entry["year"] in key
        assert all(value.count("{") == value.count("}") for value in entry.values()), key
        surname = re.sub(r"[^a-z]", "", re.match(r"[^ ,]+", entry["author"])[0].lower())
        assert key == "sklearn_ser" or key.startswith(surname), key


def test_identifiers_are_of_one_entry_each():
    found = [
        entry[field] for entry in ENTRIES.values() for field in ("doi", "eprint") if field in entry
    ]
    assert len(found) == len(set(found)) > 25
    assert all(re.fullmatch(r"10\.\d{4,}/\S+|\d{4}\.\d{4,5}", identifier) for identifier in found)


def test_the_version_is_the_same_everywhere():
    (shown,) = re.findall(r"(?ms)^   (@software\{.*?^   \})", PAGE)
    assert re.sub(r"(?m)^   ", "", shown) in BIB
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    own = ENTRIES["sklearn_ser"]
    assert citation["version"] == own["version"] == sklearn_ser.__version__ == "0.1.0"
    assert citation["date-released"].isoformat() == own["date"]
    assert own["date"].startswith(own["year"])
    assert citation["title"] == own["title"]
    assert own["author"] == f"{{{citation['authors'][0]['name']}}}"
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{citation['version']}] - {own['date']}" in log


def test_the_citation_file_has_the_four_papers():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert isinstance(citation["date-released"], datetime.date)
    keys = ["ando2018", "chou2019", "fujioka2019", "mao2020"]
    for key, reference in zip(keys, citation["references"], strict=True):
        entry = ENTRIES[key]
        authors = [f"{one['family-names']}, {one['given-names']}" for one in reference["authors"]]
        assert " and ".join(authors) == entry["author"]
        assert reference["title"] == re.sub("[{}]", "", entry["title"])
        assert str(reference["year"]) == entry["year"]
        assert reference.get("doi") == entry.get("doi")
        assert "doi" in entry or reference["url"].endswith(entry["eprint"])
