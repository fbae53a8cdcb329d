"""The metadata of the package agree with its pages, and versions with each other."""

import re
import tomllib
from itertools import chain

import yaml
from _project import PYTHONS, ROOT, SETTINGS, read
from packaging.requirements import Requirement
from packaging.version import Version

import sklearn_ser

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def require(section, name):
    """The requirements of a list in setup.cfg, by the name of the package."""
    found = map(Requirement, SETTINGS[section][name].split("\n")[1:])
    return {requirement.name: requirement for requirement in found}


REQUIRED = require("options", "install_requires")
EXTRAS = {
    name: require("options.extras_require", name) for name in SETTINGS["options.extras_require"]
}
PINNED = {
    re.sub(r"[-_.]+", "-", name).lower(): version
    for name, version in re.findall(r"^([\w.-]+)==(.+)$", read("constraints.txt"), re.MULTILINE)
}


def test_one_oldest_python_everywhere():
    oldest = PYTHONS[0]
    assert PYTHONS == ["3.11", "3.12", "3.13"]
    assert SETTINGS["options"]["python_requires"] == f">={oldest}"
    assert PYPROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    for page in ("README.md", "CONTRIBUTING.md", "docs/install.rst", "dev.py"):
        assert re.findall(r"Python (3\.\d+) or newer", read(page)) == [oldest], page
    assert f"Python {oldest}." in read(".ci/oldest.txt")


def test_a_package_has_the_same_least_version_in_all_lists():
    for extra in EXTRAS.values():
        for name, requirement in extra.items():
            others = [each[name] for each in (REQUIRED, *EXTRAS.values()) if name in each]
            assert set(others) == {requirement}


def test_only_least_versions_are_required():
    """An upper bound needs a test that fails without it; there is none."""
    for group in (REQUIRED, *EXTRAS.values()):
        for requirement in group.values():
            assert [part.operator for part in requirement.specifier] == [">="], requirement


def test_the_oldest_versions_are_the_least_ones():
    oldest = dict(re.findall(r"^([\w-]+)==(.+)$", read(".ci/oldest.txt"), re.MULTILINE))
    known = {**REQUIRED, **dict(chain(*(extra.items() for extra in EXTRAS.values())))}
    for name in oldest.keys() & known.keys():
        (least,) = known[name].specifier
        assert Version(oldest[name]) == Version(least.version), name
    # As the file says, older wheels of torch have CUDA.
    assert REQUIRED.keys() - oldest.keys() == {"torch"}


def test_versions_are_pinned_in_one_place():
    for group in (REQUIRED, *EXTRAS.values()):
        for name, requirement in group.items():
            pinned = PINNED[re.sub(r"[-_.]+", "-", name).lower()]
            assert requirement.specifier.contains(pinned), name
    tools = {"ruff", "codespell", "mypy", "pytest"}
    assert tools <= EXTRAS["test"].keys()
    # Neither workflows nor hooks name a version of a tool.
    for path in [*(ROOT / ".github" / "workflows").iterdir(), ROOT / ".pre-commit-config.yaml"]:
        assert not re.search(r"\w==|rev:|additional_dependencies", read(path)), path


def test_extras_are_on_the_page():
    page = read("docs/install.rst")
    named = re.findall(r'^``pip install "\.\[(\w+)\]"``', page, re.MULTILINE)
    assert sorted(named) == sorted(EXTRAS)


def test_what_is_published_is_said():
    metadata = SETTINGS["metadata"]
    assert metadata["version"] == "attr: sklearn_ser._version.__version__"
    said = yaml.safe_load(read("CITATION.cff"))
    assert said["version"] == sklearn_ser.__version__
    assert said["authors"] == [{"name": metadata["author"]}]
    systems = re.findall(r"Operating System :: (\w+)", metadata["classifiers"])
    assert systems == ["MacOS", "Microsoft", "POSIX"]
    assert "Typing :: Typed" in metadata["classifiers"]
    assert (ROOT / "sklearn_ser" / "py.typed").exists()
    for name in metadata["license_files"].split():
        assert (ROOT / name).is_file()
