"""Tabulate the licences of everything that the package needs, from what is installed.

    python .ci/licences.py            write docs/licences.csv
    python .ci/licences.py --check    compare that table with constraints.txt and this environment

The table has what setup.cfg requires ("base") and each extra, with whatever these need in turn, at
the versions of constraints.txt. Writing it needs an environment that has all of them.
"""

import configparser
import csv
import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "licences.csv"
COLUMNS = ("package", "version", "licence", "needed by")
UNKNOWN = "unknown"

# What anybody may use in any product, under conditions that only concern the package itself.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python"),
    *("HPND", "ISC", "LLVM-exception", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0"),
    *("Unlicense", "Zlib"),
}
# Dependencies of the base under other licences: docs/licences.rst says what follows for users.
EXCEPTIONS = {"opensmile": "LicenseRef-audEERING-Research"}

# What packages without a licence expression write in its place, in lower case.
NAMES = {
    **dict.fromkeys(("apache 2.0", "apache 2.0 license", "apache license"), "Apache-2.0"),
    **dict.fromkeys(("apache license, version 2.0", "apache software license"), "Apache-2.0"),
    **dict.fromkeys(("bsd 3-clause license", "bsd-3-clause"), "BSD-3-Clause"),
    **dict.fromkeys(("isc license", "isc license (iscl)"), "ISC"),
    **dict.fromkeys(("mit license",), "MIT"),
    **dict.fromkeys(("mozilla public license 2.0 (mpl 2.0)",), "MPL-2.0"),
    **dict.fromkeys(("psfl", "python software foundation license"), "PSF-2.0"),
}
# A classifier does not say which BSD licence it is.
CLASSIFIERS = {**NAMES, "bsd license": "BSD"}
SPDX = re.compile(r"[A-Za-z0-9.-]*\d[A-Za-z0-9.-]*|MIT|ISC|Zlib|Unlicense")
# Words by which a text is recognised. What comes first in a text is the licence of the package
# itself; those of parts of others follow.
TEXTS = (
    ("audEERING Research License", "LicenseRef-audEERING-Research"),
    ("License agreement for matplotlib", "LicenseRef-matplotlib"),
    ("placed in the public domain", "LicenseRef-public-domain"),
    ("Apache License", "Apache-2.0"),
    ("Mozilla Public License", "MPL-2.0"),
    ("GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"),
    ("GNU GENERAL PUBLIC LICENSE", "GPL"),
    ("Permission is hereby granted, free of charge", "MIT"),
    ("Permission to use, copy, modify, and/or distribute", "ISC"),
    ("Redistribution and use in source and binary forms", "BSD"),
)


def read_roots():
    """Return the requirements of setup.cfg, by extra; "base" are those without one."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lists = {"base": config["options"]["install_requires"], **config["options.extras_require"]}
    return {root: text.split("\n")[1:] for root, text in lists.items()}


def read_pins():
    """Return the versions of constraints.txt, by name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version for name, version in pairs}


def find_needed(requirements):
    """Return what requirements need, and what that needs in turn.

    Parameters
    ----------
    requirements : list of str

    Returns
    -------
    dict of str to Distribution or None
        By name; None if a distribution is not installed.
    """
    found, seen = {}, set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            found[name] = None
            continue
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(text), wanted) for text in found[name].requires or ()]
    return found


def find_licence(distribution):
    """Return the licence of a distribution, as SPDX writes it where that is known.

    A text is believed rather than a classifier: that of openSMILE is wrong.
    """
    head = distribution.metadata
    if head.get("License-Expression"):
        return head.get("License-Expression")
    stated = (head.get("License") or "").strip()
    if SPDX.fullmatch(re.sub(r" (AND|OR) ", "", stated)):
        return stated
    if stated.lower() in NAMES:
        return NAMES[stated.lower()]
    for text in (stated, *_read_texts(distribution)):
        licence = recognise(text)
        if licence:
            return licence
    for classifier in head.get_all("Classifier", ()):
        name = classifier.rpartition(" :: ")[2].lower()
        if classifier.startswith("License :: ") and name in CLASSIFIERS:
            return CLASSIFIERS[name]
    return UNKNOWN


def recognise(text):
    """Return the licence that a text starts with, or None."""
    text = " ".join(text.split())
    places = [(text.find(words), licence) for words, licence in TEXTS if words in text]
    if not places:
        return None
    start, licence = min(places)
    if licence == "BSD":
        terms = text[start:].partition("THIS SOFTWARE IS PROVIDED")[0]
        return "BSD-3-Clause" if "endorse or promote" in terms else "BSD-2-Clause"
    return licence


def _read_texts(distribution):
    for file in distribution.files or ():
        if ".dist-info" in file.parts[0] and re.match("licen[cs]e|copying", file.name.lower()):
            yield file.locate().read_text(encoding="utf-8", errors="replace")


def tabulate():
    """Return the table of what is installed, and the names of what is not.

    Returns
    -------
    rows : list of dict of str to str
        First those of the base, which are needed by "base" alone; sorted by name.
    missing : list of str
    """
    needed_by, distributions = {}, {}
    for root, requirements in read_roots().items():
        found = find_needed(requirements)
        distributions |= found
        for name in found:
            needed_by.setdefault(name, []).append(root)
    names = sorted(distributions, key=lambda name: ("base" not in needed_by[name], name))
    pairs = [(name, distributions[name]) for name in names]
    rows = [
        {
            "package": distribution.metadata["Name"],
            "version": Version(distribution.version).public,
            "licence": find_licence(distribution),
            "needed by": _join_roots(needed_by[name]),
        }
        for name, distribution in pairs
        if distribution is not None
    ]
    return rows, [name for name, distribution in pairs if distribution is None]


def _join_roots(roots):
    return "base" if "base" in roots else ", ".join(sorted(roots))


def read_table():
    """Return the rows of docs/licences.csv."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def find_forbidden(rows):
    """Return those of the base's rows whose licence is neither allowed nor an exception."""
    return [
        row
        for row in rows
        if row["needed by"] == "base"
        and row["licence"] != EXCEPTIONS.get(canonicalize_name(row["package"]))
        and not set(re.findall(r"[\w.-]+", row["licence"])) - {"AND", "OR", "WITH"} <= ALLOWED
    ]


def find_outdated(rows):
    """Return the names in the table with another version than in constraints.txt."""
    pins = read_pins()
    return [
        row["package"]
        for row in rows
        if pins.get(canonicalize_name(row["package"]), row["version"]) != row["version"]
    ]


def find_differences(rows):
    """Compare the table with what is installed in the same versions, or those of constraints.txt.

    Parameters
    ----------
    rows : list of dict
        Of the table.

    Returns
    -------
    differences : list of str
    n_compared : int
        Number of packages that are installed in such a version.
    """
    installed, missing = tabulate()
    stated = {row["package"]: row for row in rows}
    versions = {canonicalize_name(name): row["version"] for name, row in stated.items()}
    versions |= read_pins()
    here = [
        row
        for row in installed
        if versions.get(canonicalize_name(row["package"])) == row["version"]
    ]
    # Other versions may need other packages: then only the licences can be compared.
    is_pinned = len(here) == len(installed)
    differences = []
    for row in here:
        found, known = (_describe(one, is_pinned) for one in (row, stated.get(row["package"])))
        if found != known:
            text = f"{row['package']} {row['version']} is {found}, and in the table {known}"
            differences.append(text)
    if is_pinned and not missing:
        names = {row["package"] for row in installed}
        differences += [f"{name} is not needed" for name in stated if name not in names]
    return differences, len(here)


def _describe(row, is_pinned):
    """Return what must agree; which extras need a package is known only if all are installed."""
    if row is None:
        return "missing"
    needed = f", {'of the base' if row['needed by'] == 'base' else 'of extras'}"
    return row["licence"] + (needed if is_pinned else "")


def check():
    """Raise SystemExit if the table is out of date, or if a licence in it is not allowed."""
    rows = read_table()
    problems, n_compared = find_differences(rows)
    problems += [f"{name} has another version in constraints.txt" for name in find_outdated(rows)]
    problems += [f"{row['package']} is {row['licence']}" for row in find_forbidden(rows)]
    if problems:
        raise SystemExit("\n".join(["docs/licences.csv:", *problems]))
    print(f"licences: {len(rows)} packages, {n_compared} of them compared with this environment")


def write():
    """Write docs/licences.csv."""
    rows, missing = tabulate()
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)}")
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    check() if sys.argv[1:] else write()
