"""Parameters that reach outside of a model: to files, other models, processes and devices.

Estimators of this package say which of their parameters do, in ``_reaches``: a dict from the name
of a parameter to the kind, one of `KINDS`. The name ``net_.device`` is an item of the state of
``net_``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sklearn_ser.features.opensmile import _settings
from sklearn_ser.io._checks import State, describe_node
from sklearn_ser.io._schema import is_scalar, make_scalar, read_scalar
from sklearn_ser.utils._messages import join_names

_FEATURE_SETS = (*_settings.OWN, *_settings.SHIPPED, *_settings.FUNCTIONALS)


class Kind(NamedTuple):
    """A way to reach outside of a model; `load` allows it by its name."""

    what: str
    harmless: tuple[str | int | None, ...]
    is_reset: bool  # to the first harmless value; otherwise the model cannot do without


KINDS = {
    "memory": Kind("a folder that predictions read and write", (None,), True),
    "n_jobs": Kind("a number of processes", (None, 1), True),
    "root": Kind("the folder of relative paths", (None,), True),
    "device": Kind("a device", ("cpu", "auto"), True),
    "encoder": Kind("the folder of an encoder, or its name on a hub", (), False),
    "config": Kind("a custom configuration of openSMILE", (None, *_FEATURE_SETS), False),
}

#: Parameters of any estimator of scikit-learn that reach outside, by their kind.
OF_SCIKIT_LEARN = {"memory": "memory", "n_jobs": "n_jobs"}


class Reach(NamedTuple):
    """A value that reaches outside."""

    parameter: str  # with the class
    kind: str
    value: str  # as text
    holder: dict[str, dict[str, Any]]
    key: str


def check_kinds(allow: Iterable[str]) -> set[str]:
    """Return names of kinds, or raise an error if they are not."""
    names = [allow] if isinstance(allow, str) else list(allow)
    unknown = [str(name) for name in names if name not in KINDS]
    if unknown or isinstance(allow, str):
        raise ValueError(
            f"allow must be a sequence of names among {list(KINDS)}, got {join_names(names)}."
        )
    return set(names)


def iterate_reaches(state: State, cls: type | None) -> Iterator[Reach]:
    """Yield the values of an object that reach outside and are not harmless."""
    for name, kind in {**OF_SCIKIT_LEARN, **getattr(cls, "_reaches", {})}.items():
        attribute, _, item = name.partition(".")
        holder = state.get_state(attribute).attributes if item else state.attributes
        key = item or attribute
        if key in holder and not _is_harmless(holder[key], KINDS[kind]):
            yield Reach(f"{state.name}.{name}", kind, describe_node(holder[key]), holder, key)


def _is_harmless(node, kind):
    if node["__loader__"] == "DictNode" and not node["content"]:
        return None in kind.harmless
    if not is_scalar(node):
        return False
    value = read_scalar(node)
    return not isinstance(value, (bool, float)) and value in kind.harmless


def reset(reach: Reach) -> None:
    """Replace a value by a harmless one.

    Raises
    ------
    ValueError
        If the model cannot do without.
    """
    kind = KINDS[reach.kind]
    if not kind.is_reset:
        raise ValueError(
            f"its {reach.parameter} is {reach.value}, {kind.what}, which predictions would read; "
            f"if you want that, pass allow=({reach.kind!r},)"
        )
    reach.holder[reach.key] = make_scalar(kind.harmless[0])
