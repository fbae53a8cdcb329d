"""The table of licences is that of the environment, and the base has no unknown licence."""

import importlib.util
import re
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
MIT = "Permission is hereby granted, free of charge, to any person"
BSD = "Redistribution and use in source and binary forms, {} THIS SOFTWARE IS PROVIDED as is"


@pytest.fixture(scope="module")
def licences():
    path = ROOT / ".ci" / "licences.py"
    spec = importlib.util.spec_from_file_location("licences", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_distribution(text="", **head):
    """A distribution with these fields of metadata, and one licence file."""
    metadata = Message()
    for name, value in head.items():
        metadata[name.replace("_", "-")] = value
    path = SimpleNamespace(read_text=lambda **_: text)
    file = SimpleNamespace(parts=("x-1.dist-info",), name="LICENSE", locate=lambda: path)
    return SimpleNamespace(metadata=metadata, files=[file])


def test_the_table_is_that_of_this_environment(licences):
    differences, n_compared = licences.find_differences(licences.read_table())
    assert differences == []
    if not n_compared:
        pytest.skip("nothing is installed in the versions of constraints.txt")


def test_the_table_has_the_pinned_versions(licences):
    assert licences.find_outdated(licences.read_table()) == []


def test_the_table_has_every_requirement(licences):
    found = {licences.canonicalize_name(row["package"]): row for row in licences.read_table()}
    for root, requirements in licences.read_roots().items():
        assert requirements
        for text in requirements:
            name = licences.canonicalize_name(licences.Requirement(text).name)
            roots = found[name]["needed by"].split(", ")
            assert root in roots or roots == ["base"], (name, root)


def test_every_licence_of_the_base_is_allowed(licences):
    rows = licences.read_table()
    assert licences.find_forbidden(rows) == []
    base = {row["package"]: row["licence"] for row in rows if row["needed by"] == "base"}
    assert base["scikit-learn"] == "BSD-3-Clause"
    # An exception that is not needed any more is to be deleted, also from the page.
    assert licences.EXCEPTIONS.items() <= base.items()
    page = (ROOT / "docs" / "licences.rst").read_text(encoding="utf-8")
    assert all(name in page.lower() for name in licences.EXCEPTIONS)
    assert "research and personal use only" in page
    assert "the licence of their weights" in page


@pytest.mark.parametrize(
    ("package", "licence", "needed_by", "is_forbidden"),
    [
        ("new", "MIT", "base", False),
        ("new", "Apache-2.0 WITH LLVM-exception AND (MIT OR BSD-3-Clause)", "base", False),
        ("new", "unknown", "base", True),
        ("new", "BSD", "base", True),
        ("new", "GPL-3.0-or-later", "base", True),
        ("new", "MIT AND GPL-3.0-or-later", "base", True),
        ("new", "LicenseRef-audEERING-Research", "base", True),
        ("new", "unknown", "docs, test", False),
        ("opensmile", "LicenseRef-audEERING-Research", "base", False),
        ("opensmile", "AGPL-3.0-only", "base", True),
        ("opensmile", "unknown", "base", True),
    ],
)
def test_forbidden_licences(licences, package, licence, needed_by, is_forbidden):
    row = {"package": package, "version": "1", "licence": licence, "needed by": needed_by}
    assert licences.find_forbidden([row]) == ([row] if is_forbidden else [])


@pytest.mark.parametrize(
    ("head", "text", "licence"),
    [
        ({"License_Expression": "MIT AND Zlib"}, BSD.format(""), "MIT AND Zlib"),
        ({"License": "MPL-2.0 AND MIT"}, "", "MPL-2.0 AND MIT"),
        ({"License": "Apache License, Version 2.0"}, "", "Apache-2.0"),
        ({"License": "MIT License"}, "", "MIT"),
        # Words that name several licences are told apart by the text.
        (
            {"License": "BSD"},
            BSD.format("nor used to endorse or promote products"),
            "BSD-3-Clause",
        ),
        ({"License": "BSD"}, BSD.format("with the notice."), "BSD-2-Clause"),
        # What a text begins with is the licence of the package; parts of others follow.
        ({}, f"{MIT} ... GNU GENERAL PUBLIC LICENSE of a part", "MIT"),
        ({}, f"{BSD.format('with the notice.')} endorse or promote: of a part", "BSD-2-Clause"),
        ({"License": "Copyright (c) 2020. All rights reserved."}, MIT, "MIT"),
        # A text is believed rather than a classifier.
        (
            {
                "License": "openSMILE\n This audEERING Research\n License Agreement",
                "Classifier": "License :: OSI Approved :: MIT License",
            },
            "",
            "LicenseRef-audEERING-Research",
        ),
        ({"Classifier": "License :: OSI Approved :: ISC License (ISCL)"}, "", "ISC"),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, "", "BSD"),
        ({"Classifier": "License :: OSI Approved"}, "", "unknown"),
        ({"Classifier": "Topic :: MIT License"}, "", "unknown"),
        ({"License": "see our website"}, "All rights reserved.", "unknown"),
        ({}, "", "unknown"),
    ],
)
def test_licences_are_found(licences, head, text, licence):
    assert licences.find_licence(make_distribution(text, **head)) == licence


class Strict(Message):
    """Metadata as importlib_metadata reads them: a missing field is an error."""

    def __getitem__(self, name):
        if name not in self:
            raise KeyError(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("head", [{}, {"License": "MIT License"}, {"License-Expression": "MIT"}])
def test_missing_fields_are_no_error(licences, head):
    found = make_distribution(MIT)
    found.metadata = Strict()
    for name, value in head.items():
        found.metadata[name] = value
    assert licences.find_licence(found) == "MIT"


def test_what_needs_what(licences, monkeypatch):
    requires = {
        "a": ["b>=1", "c; extra == 'more'", "d; python_version < '3'"],
        "b": ["A_b", "a[more]; extra == 'all'"],
        "a-b": None,
        "c": ["b[all]"],
    }

    def find(name):
        if name not in requires:
            raise licences.metadata.PackageNotFoundError
        return SimpleNamespace(requires=requires[name])

    monkeypatch.setattr(licences.metadata, "distribution", find)
    assert set(licences.find_needed(["a"])) == {"a", "b", "a-b"}
    assert set(licences.find_needed(["a[more]>=2", "a"])) == {"a", "b", "a-b", "c"}
    assert set(licences.find_needed(["b[all]"])) == {"a", "b", "a-b", "c"}
    assert licences.find_needed(["e", "e[x]", "f; extra == 'x'"]) == {"e": None}


def test_the_base_is_not_listed_by_extra(licences, monkeypatch):
    roots = {"base": ["a"], "two": ["a", "b"], "one": ["b"]}
    licence = {"License-Expression": "MIT", "Name": "B"}
    found = SimpleNamespace(metadata=licence, version="2.0+cpu", requires=None)
    monkeypatch.setattr(licences, "read_roots", lambda: roots)
    monkeypatch.setattr(
        licences,
        "find_needed",
        lambda texts: {text: found if text == "b" else None for text in texts},
    )
    row = {"package": "B", "version": "2.0", "licence": "MIT", "needed by": "one, two"}
    assert licences.tabulate() == ([row], ["a"])
    roots["base"] = ["b"]
    assert licences.tabulate()[0] == [{**row, "needed by": "base"}]


def test_the_base_comes_first(licences):
    rows = licences.read_table()
    order = [
        (row["needed by"] != "base", licences.canonicalize_name(row["package"])) for row in rows
    ]
    assert order == sorted(order)
    assert not order[0][0]


def test_a_table_that_is_out_of_date_is_an_error(licences, monkeypatch):
    rows = [dict(row) for row in licences.read_table()]
    numpy = next(row for row in rows if row["package"] == "numpy")
    right, numpy["licence"] = numpy["licence"], "GPL-2.0-only"
    monkeypatch.setattr(licences, "read_table", lambda: rows)
    installed = [{**numpy, "licence": right}]
    monkeypatch.setattr(licences, "tabulate", lambda: (installed, ["docutils"]))
    with pytest.raises(SystemExit) as error:
        licences.check()
    assert str(error.value) == (
        f"docs/licences.csv:\nnumpy {numpy['version']} is {right}, of the base, and in the table "
        "GPL-2.0-only, of the base\nnumpy is GPL-2.0-only"
    )
    numpy["licence"], numpy["version"] = right, "0.1"
    with pytest.raises(SystemExit, match=r"numpy has another version in constraints\.txt$"):
        licences.check()
    rows.append({"package": "old", "version": "1", "licence": "MIT", "needed by": "test"})
    monkeypatch.setattr(licences, "tabulate", lambda: (installed, []))
    with pytest.raises(SystemExit, match=r"(?m)^old is not needed$"):
        licences.check()


def test_other_versions_may_need_other_packages(licences, monkeypatch):
    """As where the newest versions are tested: what is installed in another version is skipped."""
    rows = licences.read_table()
    base, extra = (
        next(row for row in rows if (row["needed by"] == "base") == is_base)
        for is_base in (True, False)
    )
    moved = {**base, "needed by": "test"}
    newer = {**extra, "version": "99", "licence": "GPL-3.0-only"}
    monkeypatch.setattr(licences, "tabulate", lambda: ([moved, newer], []))
    assert licences.find_differences(rows) == ([], 1)
    monkeypatch.setattr(licences, "tabulate", lambda: ([moved], ["docutils"]))
    (difference,) = licences.find_differences(rows)[0]
    assert difference.endswith("of extras, and in the table " + base["licence"] + ", of the base")
    monkeypatch.setattr(licences, "tabulate", lambda: ([{**moved, "licence": "MIT-0"}, newer], []))
    (difference,) = licences.find_differences(rows)[0]
    assert difference.endswith(f"is MIT-0, and in the table {base['licence']}")


def test_a_table_is_not_written_without_everything(licences, monkeypatch):
    monkeypatch.setattr(licences, "tabulate", lambda: ([], ["docutils", "sphinx"]))
    with pytest.raises(SystemExit, match=r"^not installed: docutils, sphinx$"):
        licences.write()


def test_a_table_is_read_as_it_was_written(licences, monkeypatch, tmp_path):
    rows = licences.read_table()
    monkeypatch.setattr(licences, "TABLE", tmp_path / "licences.csv")
    monkeypatch.setattr(licences, "tabulate", lambda: (rows, []))
    licences.write()
    assert licences.read_table() == rows
    assert (tmp_path / "licences.csv").read_bytes() == (
        ROOT / "docs" / "licences.csv"
    ).read_bytes()


def test_the_audit_checks_licences_with_and_without_a_network():
    script = (ROOT / ".ci" / "audit").read_text(encoding="utf-8")
    assert len(re.findall(r'"\$python" \.ci/licences\.py --check', script)) == 2
