"""Check what is in a file before anything is made of it."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Collection
from typing import Any

import numpy as np

from sklearn_ser.io._archive import Archive
from sklearn_ser.io._checks import State
from sklearn_ser.io._reach import iterate_reaches, reset
from sklearn_ser.io._schema import get_children, get_type, iterate_nodes, read_scalar
from sklearn_ser.io._types import find_reason
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._saving import Estimator

# Attributes that predictions multiply with: none may be infinite or NaN. Others may, such as
# scores of searches, and targets of samples that have none.
WEIGHTS = {
    *("net_", "prior_", "member_priors_", "confusions_", "average_confusion_", "enrolled_"),
    *("heads_", "mean_", "scale_", "coef_", "intercept_", "coefs_", "intercepts_", "var_"),
    *("theta_", "priors_", "means_", "xbar_", "scalings_", "rotations_", "components_"),
    *("noise_variance_", "explained_variance_", "center_", "support_vectors_", "_dual_coef_"),
    *("_intercept_", "_probA", "_probB", "estimator_weights_", "random_weights_"),
    *("random_offset_", "normalization_", "whitening_"),
}
# Attributes of estimators of this package whose names do not end in "_".
_OF_ANY = {"_sklearn_version", "_sklearn_output_config", "_metadata_request"}


class Audit:
    """The nodes of an archive whose form has been checked.

    Parameters
    ----------
    archive : Archive
    trusted : sequence of str
        Further types that may be in it; attributes of their objects are not checked.

    Attributes
    ----------
    nodes : list of (tuple of str, node)
        With the names that lead to each.
    unknown : list of str
        Types and functions that have no reason to be in a file.

    Raises
    ------
    ValueError
        If the schema has another form than `save` writes.
    """

    def __init__(self, archive: Archive, trusted: Collection[str] = ()) -> None:
        self.archive = archive
        self.trusted = frozenset(trusted)
        self.nodes = list(iterate_nodes(archive))
        self.unknown = sorted(
            {
                get_type(node)
                for _, node in self.nodes
                if find_reason(node) is None and get_type(node) not in trusted
            }
        )

    def check_values(self) -> None:
        """Check what compiled code would trust, and the names of attributes.

        Raises
        ------
        ValueError
            If something cannot be used.
        """
        for _, node in self.nodes:
            reason = find_reason(node)
            if reason is not None and reason.check is not None:
                reason.check(State.of_object(node, self.archive))
            if node["__loader__"] == "JsonNode":
                read_scalar(node)
            if node["__loader__"] == "ObjectNode" and get_type(node) not in self.trusted:
                state = State.of_object(node, self.archive)
                _check_names(state, self._find_class(node))
                self._check_weights(state)

    def find_reaches(self) -> list[Any]:
        """Return the values that reach outside and are not harmless."""
        return [
            reach
            for _, node in self.nodes
            if node["__loader__"] == "ObjectNode"
            for reach in iterate_reaches(
                State.of_object(node, self.archive), self._find_class(node)
            )
        ]

    def reset_reaches(self, allow: Collection[str]) -> bool:
        """Replace values that reach outside by harmless ones in the schema.

        Parameters
        ----------
        allow : set of str
            Kinds that are left as they are.

        Returns
        -------
        bool
            Whether there were such values.

        Raises
        ------
        ValueError
            If the model cannot do without one.
        """
        found = [reach for reach in self.find_reaches() if reach.kind not in allow]
        for reach in found:
            reset(reach)
        return bool(found)

    def _find_class(self, node):
        """Return the class of a node, or None if it is unknown, and is therefore not imported."""
        if get_type(node) in self.unknown:
            return None
        return _import_class(node["__module__"], node["__class__"])

    def _check_weights(self, state):
        for name in WEIGHTS & state.attributes.keys():
            waiting = [(f"{state.name}.{name}", state.attributes[name])]
            while waiting:
                path, node = waiting.pop()
                if node["__loader__"] == "NdArrayNode" and node["type"] == "numpy":
                    array = self.archive.read_array(node["file"])
                    if array.dtype.kind == "f" and not np.isfinite(array).all():
                        raise ValueError(f"{path} is infinite or NaN")
                elif node["__loader__"] != "ObjectNode":
                    waiting += [(f"{path}.{key}", child) for key, child in get_children(node)]


@functools.cache
def _import_class(module, name):
    return getattr(importlib.import_module(module), name)


@functools.cache
def _list_names(cls):
    """Return the names of all that a class and its bases define."""
    return frozenset().union(*(vars(base) for base in getattr(cls, "__mro__", ())))


def _check_names(state, cls):
    """Raise ValueError if attributes would replace methods, or are not of the estimator."""
    names, of_class = state.attributes, _list_names(cls)
    hidden = [name for name in names if name.startswith("__") or name in of_class]
    if hidden:
        raise ValueError(f"it would replace {join_names(hidden)} of {state.name}")
    if isinstance(cls, type) and issubclass(cls, Estimator):
        known = {*cls._get_param_names(), *_OF_ANY}
        other = [
            name
            for name in names
            if name not in known and (name.startswith("_") or not name.endswith("_"))
        ]
        if other and get_type(state.node).startswith("sklearn_ser."):
            raise ValueError(f"{state.name} has no attributes {join_names(other)}")
