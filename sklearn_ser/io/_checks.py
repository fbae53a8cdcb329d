"""Checks of values that compiled code would trust: indices, counts and sizes.

Each takes the `State` of an object, before anything is made of it, and raises a ValueError.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_ser.io._archive import Archive, make_printable
from sklearn_ser.io._schema import get_type, is_scalar, read_scalar

Node = dict[str, Any]
KERNELS = ("linear", "poly", "rbf", "sigmoid")


class State:
    """Attributes of an object, or items of a dict, of which nothing is made yet.

    Parameters
    ----------
    name : str
        Of the object, for errors.
    attributes : dict of str to node
    archive : Archive
    node : dict, default=None
        Of the object.
    """

    def __init__(
        self,
        name: str,
        attributes: dict[str, Node],
        archive: Archive,
        node: Node | None = None,
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.archive = archive
        self.node = {} if node is None else node

    @classmethod
    def of_object(cls, node: Node, archive: Archive) -> State:
        """Return the state of the object of a node."""
        content = node.get("content")
        # That of a random generator is a dict of nodes, without a node of its own.
        is_plain = node["__loader__"] == "RandomGeneratorNode"
        plain: dict[str, Node] = node["content"] if is_plain else get_items(content)
        return cls(node["__class__"], plain, archive, node)

    def get_state(self, name: str) -> State:
        """Return the items of an attribute that is a dict; without any if it is something else."""
        items = get_items(self.attributes.get(name))
        return State(f"{self.name}.{name}", items, self.archive)

    def read(self, name: str) -> Any:
        """Return a number, a string, None or an array."""
        if name not in self.attributes:
            raise ValueError(f"{self.name} lacks {name}")
        return read_value(self.attributes[name], self.archive, f"{self.name}.{name}")

    def read_integer(self, name: str) -> int:
        """Return an integer."""
        value = self.read(name)
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
            raise ValueError(f"{self.name}.{name} must be an integer, got {str(value)[:50]}")
        return int(value)

    def read_array(self, name: str, kind: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
        """Return an array of a given type and shape, in which None is any size."""
        value = self.read(name)
        sizes = np.shape(value)
        if (
            not isinstance(value, np.ndarray)
            or value.dtype != np.dtype(kind)
            or len(sizes) != len(shape)
            or any(a not in (None, b) for a, b in zip(shape, sizes, strict=True))
        ):
            raise ValueError(
                f"{self.name}.{name} must be {kind} of shape {shape}, got "
                f"{getattr(value, 'dtype', type(value).__name__)} of shape {sizes}"
            )
        return value


def get_items(node: Node | None) -> dict[str, Node]:
    """Return the items of the node of a dict; none if it is something else."""
    if not isinstance(node, dict) or node.get("__loader__") != "DictNode":
        return {}
    items: dict[str, Node] = node["content"]
    return items


def read_value(node: Node, archive: Archive, name: str) -> Any:
    """Return the number, string, None or array of a node.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if is_scalar(node):
        return read_scalar(node)
    if node["__loader__"] == "NdArrayNode" and node["type"] == "numpy":
        array = archive.read_array(node["file"])
        return array if node["__class__"] == "ndarray" else array[()]
    raise ValueError(f"{name} must be a number or an array, got {get_type(node)}")


def check_tree_of_estimator(state: State) -> None:
    """Check that the tree of a tree estimator is for as many features as the estimator."""
    if "tree_" not in state.attributes:
        return  # It is not fitted.
    tree = state.attributes["tree_"]
    if tree["__loader__"] != "TreeNode":
        raise ValueError(f"{state.name}.tree_ must be a tree, got {get_type(tree)}")
    n_features, n_classes, _ = _read_arguments(tree, state.archive)
    own = state.read_integer("n_features_in_")
    if n_features != own:
        raise ValueError(f"the tree of {state.name} is for {n_features} features, and not {own}")
    _check_n_classes(state, n_classes)


def check_forest(state: State) -> None:
    """Check that all trees of a forest are for as many features and classes as the forest."""
    if "estimators_" not in state.attributes:
        return
    trees = state.attributes["estimators_"]
    if trees["__loader__"] != "ListNode":
        raise ValueError(f"{state.name}.estimators_ must be a list, got {get_type(trees)}")
    own = state.read_integer("n_features_in_")
    for i, node in enumerate(trees["content"]):
        tree = State.of_object(node, state.archive)
        # The forest looks at the first tree only.
        if not node["__module__"].startswith("sklearn.tree.") or "tree_" not in tree.attributes:
            raise ValueError(f"{state.name}.estimators_[{i}] must be a fitted tree")
        if tree.read_integer("n_features_in_") != own:
            raise ValueError(f"{state.name}.estimators_[{i}] is not for {own} features")
        _check_n_classes(state, _read_arguments(tree.attributes["tree_"], state.archive)[1])


def _check_n_classes(state, n_classes):
    """Check the number of classes for which a tree or a forest makes room."""
    if "n_classes_" not in state.attributes or len(n_classes) > 1:
        return
    if state.read_integer("n_classes_") != n_classes[0]:
        raise ValueError(f"{state.name}.n_classes_ must be {n_classes[0]}, as of its trees")


def check_tree(state: State) -> None:
    """Check that a tree is one: each node but the first has one parent, which comes before it."""
    n_features, n_classes, n_outputs = _read_arguments(state.node, state.archive)
    from sklearn.tree._tree import NODE_DTYPE

    nodes = state.read_array("nodes", NODE_DTYPE, (None,))
    n_nodes = len(nodes)
    shape = (n_nodes, n_outputs, int(n_classes.max()))
    values = state.read_array("values", "float64", shape)
    if n_nodes == 0 or state.read_integer("node_count") != n_nodes:
        raise ValueError(f"Tree.node_count must be the number of its nodes, {n_nodes}")
    left, right = nodes["left_child"], nodes["right_child"]
    inner = np.flatnonzero(left != -1)
    children = np.concatenate([left[inner], right[inner]])
    if (
        not np.array_equal(np.sort(children), np.arange(1, n_nodes))
        or (np.minimum(left[inner], right[inner]) <= inner).any()
    ):
        raise ValueError("Tree.nodes must be a tree, each child of one parent that is before it")
    features, thresholds = nodes["feature"][inner], nodes["threshold"][inner]
    if (features < 0).any() or (features >= n_features).any():
        raise ValueError(f"Tree.nodes must compare features below {n_features}")
    if not np.isfinite(values).all() or np.isnan(thresholds).any():
        raise ValueError("Tree.nodes and Tree.values must be finite")
    depth = _measure_depth(left, right)
    if state.read_integer("max_depth") != depth:
        raise ValueError(f"Tree.max_depth must be {depth}, as of its nodes")


def _measure_depth(left, right):
    depth, level = 0, np.array([0])
    while True:
        level = level[left[level] != -1]
        if len(level) == 0:
            return depth
        level = np.concatenate([left[level], right[level]])
        depth += 1


def _read_arguments(tree, archive):
    """Return the number of features, of classes per output, and of outputs of a tree."""
    given = tree["__reduce__"]["args"]
    parts = given["content"] if given["__loader__"] == "TupleNode" else []
    if len(parts) != 3:
        raise ValueError(f"a tree must have three arguments, got {len(parts)}")
    n_features, n_classes, n_outputs = (
        read_value(part, archive, "an argument of a tree") for part in parts
    )
    if (
        not isinstance(n_classes, np.ndarray)
        or n_classes.dtype != np.intp
        or n_classes.shape != (n_outputs,)
        or len(n_classes) == 0
        or n_classes.min() < 1
        or type(n_features) is not int
    ):
        raise ValueError("a tree must be told its features, and classes of one or more outputs")
    return n_features, n_classes, n_outputs


def check_support_vectors(state: State) -> None:
    """Check that the arrays of a support vector machine have the sizes that libsvm expects."""
    kernel = state.read("kernel")
    if kernel not in KERNELS:
        raise ValueError(f"{state.name}.kernel must be one of {KERNELS}, got {str(kernel)[:50]!r}")
    if "support_vectors_" not in state.attributes:
        return
    if state.read("_sparse") is not False:
        raise ValueError(f"{state.name} was fitted on a sparse matrix, which files do not hold")
    n_classes = len(np.atleast_1d(state.read("classes_"))) if "SVC" in state.name else 2
    if n_classes < 2:
        raise ValueError(f"{state.name}.classes_ must have two classes or more")
    n_pairs = n_classes * (n_classes - 1) // 2
    vectors = state.read_array(
        "support_vectors_", "float64", (None, state.read_integer("n_features_in_"))
    )
    counts = state.read_array("_n_support", "int32", (n_classes,))
    state.read_array("support_", "int32", (len(vectors),))
    if "SVC" in state.name and ((counts < 0).any() or counts.sum(dtype=np.int64) != len(vectors)):
        raise ValueError(f"{state.name}._n_support must sum to its {len(vectors)} vectors")
    state.read_array("_dual_coef_", "float64", (n_classes - 1, len(vectors)))
    state.read_array("_intercept_", "float64", (n_pairs,))
    # Empty without probabilities.
    n_probabilities = np.size(state.read("_probA"))
    if n_probabilities not in (0, n_pairs):
        raise ValueError(f"{state.name}._probA must have 0 or {n_pairs} values")
    for name in ("_probA", "_probB"):
        state.read_array(name, "float64", (n_probabilities,))
    state.read_integer("degree")
    for name in ("_gamma", "coef0", "cache_size"):
        value = state.read(name)
        if not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
            raise ValueError(f"{state.name}.{name} must be finite, got {str(value)[:50]}")


def check_loss(state: State) -> None:
    """Check that a loss is made of at most one number."""
    given = state.node["__reduce__"]["args"]
    parts = given["content"] if given["__loader__"] == "TupleNode" else None
    is_plain = state.node["content"]["__loader__"] == "DictNode"
    if parts is None or len(parts) > 1 or not is_plain or state.attributes:
        raise ValueError(f"{state.name} must be made of at most one number")
    for part in parts:
        value = read_value(part, state.archive, state.name)
        if not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
            raise ValueError(f"{state.name} must be made of a number, got {str(value)[:50]}")


def check_mt19937(state: State) -> None:
    """Check that the position of a random state is within its key."""
    inner = state.get_state("state")
    inner.read_array("key", "uint32", (624,))
    position = inner.read_integer("pos")
    if state.read("bit_generator") != "MT19937" or not 0 <= position <= 624:
        raise ValueError(f"RandomState must be at a position of its key, got {position}")


def check_pcg64(state: State) -> None:
    """Check that a generator is PCG64, whose state is two integers."""
    bits, seed = (state.get_state(name) for name in ("bit_generator", "seed_seq"))
    if bits.read("bit_generator") != "PCG64":
        raise ValueError(f"Generator must be PCG64, got {str(bits.read('bit_generator'))[:50]!r}")
    if seed.read_integer("pool_size") != 4:
        raise ValueError("Generator must have a pool of 4 numbers")


def describe_node(node: Node) -> str:
    """Return the value of a node as text, or the name of its type."""
    if is_scalar(node):
        text = repr(json.loads(node["content"]))
    else:
        text = make_printable(get_type(node))
    return text if len(text) <= 80 else f"{text[:77]}..."
