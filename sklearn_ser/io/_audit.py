"""Check what is in a file before anything is made of it."""

from __future__ import annotations

import functools
import importlib
import math
import re
from collections.abc import Collection
from typing import Any

import numpy as np

from sklearn_ser.io._archive import Archive
from sklearn_ser.io._checks import State
from sklearn_ser.io._reach import iterate_reaches, reset
from sklearn_ser.io._schema import (
    get_children,
    get_type,
    is_none,
    is_scalar,
    iterate_nodes,
    make_scalar,
    read_scalar,
)
from sklearn_ser.io._shapes import check_shapes
from sklearn_ser.io._types import KNOWN, find_reason
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._saving import Estimator

# Attributes that predictions compute with: none may be infinite or NaN. Others may, such as scores
# of searches, and targets of samples that have none.
WEIGHTS = {
    *("net_", "prior_", "member_priors_", "confusions_", "average_confusion_", "enrolled_"),
    *("heads_", "mean_", "scale_", "coef_", "intercept_", "coefs_", "intercepts_", "var_"),
    *("theta_", "priors_", "means_", "xbar_", "scalings_", "rotations_", "components_"),
    *("noise_variance_", "explained_variance_", "center_", "support_vectors_", "_dual_coef_"),
    *("_intercept_", "_probA", "_probB", "estimator_weights_", "random_weights_"),
    *("random_offset_", "normalization_", "whitening_", "min_", "lambdas_", "quantiles_"),
    *("class_prior_", "feature_log_prob_", "K_fit_rows_", "K_fit_all_"),
}
_VERSION = re.compile(r"[\w.+-]{1,50}", re.ASCII)
# Attributes of estimators of this package whose names do not end in "_".
_OF_ANY = {"_sklearn_version", "_sklearn_output_config", "_metadata_request"}


class Audit:
    """The nodes of an archive whose form has been checked.

    Parameters
    ----------
    archive : Archive
    trusted : sequence of str
        Further types that may be in it; attributes of their objects are not checked. Types that
        have a reason to be in a file are checked all the same.

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
        self.trusted = frozenset(trusted) - KNOWN
        self.nodes = list(iterate_nodes(archive))
        self.unknown = sorted(
            {
                get_type(node)
                for _, node in self.nodes
                if find_reason(node) is None and get_type(node) not in self.trusted
            }
        )
        for _, node in self.nodes:
            if node["__loader__"] == "ObjectNode" and get_type(node) not in self.trusted:
                _check_form(node)

    def check_values(self) -> None:
        """Check what compiled code would trust, and the names of attributes.

        Raises
        ------
        ValueError
            If something cannot be used.
        """
        for _, node in self.nodes:
            reason = find_reason(node)
            if reason is None:
                self._check_trusted(node)
            elif reason.check is not None:
                reason.check(State.of_object(node, self.archive))
            if is_scalar(node):
                read_scalar(node)
            if node["__loader__"] == "ObjectNode" and get_type(node) not in self.trusted:
                state = State.of_object(node, self.archive)
                _check_names(state, self._find_class(node))
                check_shapes(state)
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

    def reset_reaches(self, allow: Collection[str], encoder: str | None = None) -> bool:
        """Replace values that reach outside by harmless ones in the schema.

        Parameters
        ----------
        allow : set of str
            Kinds that are left as they are.
        encoder : str, default=None
            Replaces all pretrained encoders, wherever in the model they are.

        Returns
        -------
        bool
            Whether there were such values.

        Raises
        ------
        ValueError
            If the model cannot do without one.
        """
        is_changed = False
        for reach in self.find_reaches():
            if reach.kind == "encoder" and encoder is not None:
                reach.holder[reach.key] = make_scalar(encoder)
            elif reach.kind not in allow:
                reset(reach)
            else:
                continue
            is_changed = True
        return is_changed

    def _find_class(self, node):
        """Return the class of a node, or None if it is unknown, and is therefore not imported."""
        if get_type(node) in self.unknown:
            return None
        return _import_class(node["__module__"], node["__class__"])

    def _check_trusted(self, node):
        """Raise ValueError if a function that the caller trusts would be called by loading."""
        if node["__loader__"] != "FunctionNode" and not isinstance(self._find_class(node), type):
            raise ValueError(f"it would call {get_type(node)}, which is no type")

    def _check_weights(self, state):
        for name in WEIGHTS & state.attributes.keys():
            waiting = [(f"{state.name}.{name}", state.attributes[name])]
            while waiting:
                path, node = waiting.pop()
                if not self._is_finite(node):
                    raise ValueError(f"{path} is infinite or NaN")
                if node["__loader__"] != "ObjectNode":
                    waiting += [(f"{path}.{key}", child) for key, child in get_children(node)]

    def _is_finite(self, node):
        """Return False for a number, or an array of numbers, that is infinite or NaN."""
        if is_scalar(node):
            value = read_scalar(node)
            return not isinstance(value, float) or math.isfinite(value)
        if node["__loader__"] != "NdArrayNode" or node["type"] != "numpy":
            return True
        array = self.archive.read_array(node["file"])
        return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _check_form(node):
    """Raise ValueError if the attributes of an object are no dict by their names.

    skops would take anything from which a dict can be updated, and they would not be checked.
    """
    content = node.get("content")
    if content is None or is_none(content):
        return
    if content["__loader__"] != "DictNode" or any(
        get_type(key) != "builtins.str" for key in content["key_types"]["content"]
    ):
        raise ValueError(f"the attributes of {node['__class__']} must be a dict by their names")
    version = content["content"].get("_sklearn_version")
    # A warning shows it.
    if version is not None and not _VERSION.fullmatch(str(read_scalar(version))):
        raise ValueError(f"the version of {node['__class__']} is no version")


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
