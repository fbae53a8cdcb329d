"""The page of what is stable names what there is."""

import importlib
import re
import warnings
from pathlib import Path

import pytest
from sklearn.utils import deprecated

import sklearn_ser
from sklearn_ser._cli._models import TRAINING
from sklearn_ser.evaluation._report import REPORT_FILES

DOCS = Path(__file__).parents[1] / "docs"
PACKAGE = Path(sklearn_ser.__file__).parent
# Modules of the package that are public: those that it lists, and itself.
MODULES = ["sklearn_ser"] + [
    f"sklearn_ser.{name}"
    for name in sklearn_ser.__all__
    if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()
]


def read(page):
    return (DOCS / page).read_text(encoding="utf-8")


def read_section(title):
    text = read("stability.rst")
    return re.split(rf"(?m)^{title}\n-+\n", text)[1].split("\n----")[0]


@pytest.fixture(scope="module")
def public():
    """All public names that are no modules, of all modules."""
    names = {name for module in MODULES for name in importlib.import_module(module).__all__}
    parts = {module.rpartition(".")[2] for module in MODULES}
    return names - parts - {"__version__"}


@pytest.fixture(scope="module")
def experimental():
    """The names in the first column of the table."""
    rows = re.findall(r"(?m)^   \* - (.*(?:\n       .*)*)", read_section("Experimental"))
    return {name for row in rows[1:] for name in re.findall(r"`(\w+)`", row)}


def test_experimental_names_exist(public, experimental):
    assert len(experimental) > 20
    assert experimental <= public


def test_every_public_name_is_experimental_or_in_the_reference(public, experimental):
    listed = set(re.findall(r"(?m)^   (\w+)$", read("api.rst")))
    assert public - experimental - listed == set()
    automodules = re.findall(r"(?m)^\.\. automodule:: (\S+)$", read("api.rst"))
    assert sorted(automodules) == sorted(MODULES)


def test_what_recipes_are_made_of_is_experimental(experimental):
    """All but the functions that return a recipe."""
    names = set(sklearn_ser.recipes.__all__)
    papers = {name for name in names if re.fullmatch(r"[a-z]+20\d\d", name)}
    assert names - papers <= experimental
    assert not papers & experimental


def test_the_other_modules_are_private():
    found = {
        path.stem
        for path in PACKAGE.iterdir()
        if re.fullmatch(r"[a-z]\w*", path.stem)
        and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    private = found - set(sklearn_ser.__all__)
    (sentence,) = re.findall(r"modules that are not in.*?;", read_section("Private"), re.DOTALL)
    assert set(re.findall(r"``(\w+)``", sentence)) == private


def test_files_that_are_stable_exist():
    files = set(re.findall(r"``(\w+\.csv)``", read_section("Stable")))
    assert files == {"predictions.csv", "training.csv", "summary.csv", "scores.csv"}
    assert files <= {*REPORT_FILES, TRAINING}


def test_the_decorator_warns_as_the_rule_says():
    assert "``FutureWarning``" in read_section("Deprecation rule")

    @deprecated("use `new`; removed in 0.5")
    def old():
        return 1

    with pytest.warns(FutureWarning, match=r"old is deprecated; use `new`; removed in 0\.5"):
        assert old() == 1


@pytest.mark.parametrize("module", MODULES)
def test_ordinary_use_warns_of_nothing(module):
    """No public name is deprecated today: importing all of them is silent."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in importlib.import_module(module).__all__:
            getattr(importlib.import_module(module), name)
