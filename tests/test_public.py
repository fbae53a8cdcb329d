"""Everything public says what it takes, of what type, and shows how it is used."""

import doctest
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

import sklearn_ser

REFERENCE = Path(__file__).parents[1] / "docs" / "api.rst"
MODULES = [
    "sklearn_ser",
    *(
        f"sklearn_ser.{name}"
        for name in (
            "datasets",
            "evaluation",
            "features",
            "inspection",
            "interop",
            "io",
            "metrics",
            "nn",
            "recipes",
            "splits",
        )
    ),
]


def functions(thing):
    """What can be called of a public thing, with its name: the methods of a class, bases' too."""
    if not inspect.isclass(thing):
        return [(thing.__name__, inspect.unwrap(thing))] if inspect.isfunction(thing) else []
    found = []
    for base in thing.__mro__:
        if base.__module__.partition(".")[0] != "sklearn_ser":
            continue
        for name, member in vars(base).items():
            if not name.startswith("_") or name == "__init__":
                member = getattr(member, "__func__", getattr(member, "fget", member))
                member = getattr(member, "func", getattr(member, "fn", member))
                if inspect.isfunction(member):
                    found.append((f"{base.__name__}.{name}", inspect.unwrap(member)))
    return found


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_says_its_types(name):
    module = importlib.import_module(name)
    found = [pair for public in module.__all__ for pair in functions(getattr(module, public))]
    assert found
    silent = [
        f"{name}({parameter.name})"
        for name, function in found
        for parameter in inspect.signature(function).parameters.values()
        if parameter.annotation is parameter.empty and parameter.name not in ("self", "cls")
    ]
    silent += [name for name, function in found if "return" not in function.__annotations__]
    assert silent == []


@pytest.mark.parametrize("name", MODULES)
def test_every_parameter_is_described(name):
    module = importlib.import_module(name)
    missing = []
    for public in module.__all__:
        thing = getattr(module, public)
        for called, function in functions(thing):
            text = inspect.getdoc(thing if called.endswith(".__init__") else function)
            heads = re.findall(r"^([A-Za-z_][\w, ]*?)(?: : .*)?$", text or "", re.MULTILINE)
            described = {part for head in heads for part in head.split(", ")}
            given = set(inspect.signature(function).parameters) - {"self", "cls", "params"}
            missing += [f"{called}({parameter})" for parameter in sorted(given - described)]
    assert missing == []


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_has_an_example(name):
    module = importlib.import_module(name)
    things = {public: getattr(module, public) for public in module.__all__}
    described = {
        public: inspect.getdoc(thing)
        for public, thing in things.items()
        if not inspect.ismodule(thing) and not isinstance(thing, (str, list))
    }
    assert [public for public, text in described.items() if ">>>" not in text] == []


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_found_where_they_are(name):
    """As `doctest` looks for them, in the file that defines a function."""
    module = importlib.import_module(name)
    for public in module.__all__:
        function = getattr(module, public)
        if inspect.isfunction(function):
            function = inspect.unwrap(function)
            file = sys.modules[function.__globals__["__name__"]]
            found = {test.docstring for test in doctest.DocTestFinder().find(file)}
            assert function.__doc__ in found, public


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_in_the_reference(name):
    module = importlib.import_module(name)
    text = REFERENCE.read_text(encoding="utf-8")
    part = text.split(f".. currentmodule:: {module.__name__}\n")[1].split(".. automodule")[0]
    listed = set(re.findall(r"^   (\w+)$", part, re.MULTILINE))
    parts = {other.rpartition(".")[2] for other in MODULES}
    assert listed == set(module.__all__) - {"__version__"} - parts


def test_the_package_says_that_it_has_types():
    assert (Path(sklearn_ser.__file__).parent / "py.typed").exists()


CLASSES = [
    getattr(importlib.import_module(name), public)
    for name in MODULES
    for public in importlib.import_module(name).__all__
    if inspect.isclass(getattr(importlib.import_module(name), public))
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_source_of_a_class_is_found(cls):
    """As `inspect`, and so IPython's ``??``, look for it."""
    assert f"class {cls.__name__}" in inspect.getsource(cls)
    assert Path(inspect.getfile(cls)).name != "__init__.py"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_class_is_exported_by_the_part_that_defines_it(cls):
    """Saved files name it so; see `sklearn_ser.utils._saving`."""
    part = importlib.import_module(".".join(cls.__module__.split(".")[:2]))
    assert getattr(part, cls.__name__) is cls


def test_enough_examples_are_collected(request):
    whole = request.config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if not whole or not request.config.option.doctestmodules:
        pytest.skip("only some of the tests were selected")
    found = [item for item in request.session.items if type(item).__name__ == "DoctestItem"]
    assert len(found) >= 66
