"""The schema of a file: the tree of nodes from which skops makes objects.

A node is a dict with the name of a type (``__module__`` and ``__class__``), of the loader of skops
that makes an object of it, and what that needs.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sklearn_ser.io._archive import Archive

# Models have some 20 levels, and skops needs three levels of Python's stack for each.
DEEPEST = 100
SCALARS = (str, int, float, bool, type(None))
# Objects may share an array, as several parts of a model share its classes. All of them together
# are at most this many times as large as the file, as if each had its own.
MOST_SHARED = 10

_NUMBER = re.compile(r"numpy\.(bool_?|u?int(8|16|32|64)|float(16|32|64)|str_)")
_NUMBERS = {f"builtins.{name}" for name in ("int", "float", "str", "bool")}


def get_type(node: dict[str, Any]) -> str:
    """Return the name of the type of a node."""
    return f"{node['__module__']}.{node['__class__']}"


def is_number_type(name: str) -> bool:
    """Return whether a name is that of a type of numbers, or of text."""
    return name in _NUMBERS or is_number_of_numpy(name)


def is_number_of_numpy(name: str) -> bool:
    """Return whether a name is that of a type of numbers of numpy, or of its text."""
    return _NUMBER.fullmatch(name) is not None


def make_scalar(value: str | int | float | None) -> dict[str, Any]:
    """Return the node of a string, a number or None."""
    return {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": json.dumps(value),
        "is_json": True,
    }


def read_scalar(node: dict[str, Any]) -> Any:
    """Return the string, number or None of a node; raise a ValueError if it is something else."""
    value = json.loads(node["content"])
    if not isinstance(value, SCALARS):
        raise ValueError(f"{node['content'][:50]!r} must be a string, a number or None")
    return value


def is_scalar(node: dict[str, Any]) -> bool:
    """Return whether a node is that of a string, a number or None."""
    return bool(node["__loader__"] == "JsonNode")


def is_none(node: dict[str, Any]) -> bool:
    """Return whether a node is that of None."""
    return is_scalar(node) and node["content"] == "null"


def iterate_nodes(archive: Archive) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the nodes of an archive and the names that lead to them, after checking their form.

    skops makes one object of all nodes with the same ``__id__``, of which it reads the first only.
    Here, they must be the same, as `save` writes them, so that what is checked is what is made,
    and no more is made than the file has.

    Raises
    ------
    ValueError
        If there are too many levels, loaders that `save` does not use, nodes of another form, or
        arrays that are repeated so often that they would be much larger than the file.
    """
    seen: dict[int, dict[str, Any]] = {}
    n_bytes = 0
    waiting: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), archive.schema)]
    while waiting:
        names, node = waiting.pop()
        if len(names) > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        children = _check_node(node, archive)
        number = node.get("__id__")
        if number and not _is_same(seen.setdefault(number, node), node, archive):
            raise ValueError(f"two parts of it that differ have the same id, {number}")
        if "file" in node:
            n_bytes += len(archive.arrays[node["file"]].data)
            if n_bytes > MOST_SHARED * len(archive.data):
                raise ValueError("it repeats its arrays too often")
        yield names, node
        waiting.extend(((*names, name), child) for name, child in reversed(children))


def get_children(node: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the nodes within a node, by name."""
    return _LOADERS[node["__loader__"]](node)


def _check_node(node, archive):
    if not isinstance(node, dict):
        raise ValueError(f"its {json.dumps(node)[:50]} is not an object")
    for key in ("__class__", "__module__", "__loader__"):
        if not isinstance(node.get(key), str):
            raise ValueError(f"an object lacks its {key}")
    if type(node.get("__id__", 0)) is not int:
        raise ValueError("an id is not an integer")
    loader = node["__loader__"]
    if loader not in _LOADERS:
        raise ValueError(f"it has a {loader[:50]}, which save does not write")
    try:
        children = _LOADERS[loader](node)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a {loader} is malformed: {error!r}") from error
    if loader == "NdArrayNode" and node["type"] == "numpy":
        # Each array is read once, so that all are no more than the file. skops would read those
        # of nodes without an id again for each node.
        own = f"{node.get('__id__')}.npy"
        if not node.get("__id__") or node.get("file") != own or own not in archive.arrays:
            raise ValueError(f"an array is not in the part {own[:50]}")
        if node["__class__"] != "ndarray" and archive.arrays[own].shape != ():
            raise ValueError(f"the part {own[:50]} must be one number or text")
    elif "file" in node:
        raise ValueError(f"a {loader} has a file")
    return children


def _is_same(one, other, archive):
    """Return whether two nodes are equal, apart from the ids of what is in them."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return False
        if "file" in one and "__loader__" in one:
            first, second = (archive.arrays.get(node["file"]) for node in (one, other))
            if first is None or second is None or first.data != second.data:
                return False
            return all(one[key] == other[key] for key in one if key not in ("__id__", "file"))
        return all(_is_same(one[key], other[key], archive) for key in one if key != "__id__")
    if isinstance(one, list):
        return len(one) == len(other) and all(
            _is_same(*pair, archive) for pair in zip(one, other, strict=True)
        )
    return one == other


def _read_leaf(node):
    return []


def _read_list(node):
    return [(str(i), child) for i, child in enumerate(_take(node["content"], list))]


def _read_dict(node):
    content, keys = _take(node["content"], dict), node["key_types"]
    if keys["__loader__"] != "ListNode" or len(keys["content"]) != len(content):
        raise TypeError("one type per key")
    # They are called with the key.
    if any(
        key["__loader__"] != "TypeNode" or not is_number_type(get_type(key))
        for key in keys["content"]
    ):
        raise TypeError("one type per key")
    return [("keys", keys), *content.items()]


def _read_array(node):
    if node["type"] == "numpy":
        return []
    if node["type"] != "json" or node["shape"]["__loader__"] != "TupleNode":
        raise TypeError("an array")
    children = _read_list(node)
    # numpy would make the elements of arrays within it objects: many times as large.
    waiting = [] if len(node["shape"]["content"]) == 1 else list(children)
    while waiting:
        _, child = waiting.pop()
        if child["__loader__"] == "ListNode":
            waiting += _read_list(child)
        elif not is_scalar(child) and not is_number_of_numpy(get_type(child)):
            raise TypeError("lists of numbers or text")
    return [*children, ("shape", node["shape"])]


def _read_object(node):
    return [] if node.get("content") is None else [("", node["content"])]


def _read_reduced(node):
    return [("arguments", node["__reduce__"]["args"]), ("", node["content"])]


def _read_masked(node):
    parts = [(name, node["content"][name]) for name in ("data", "mask")]
    if any(part["__loader__"] != "NdArrayNode" for _, part in parts):
        raise TypeError("arrays")
    return parts


def _read_content(*names):
    def read(node):
        return [(name, node["content"][name]) for name in names]

    return read


def _read_slice(node):
    for name in ("start", "stop", "step"):
        if type(node["content"][name]) not in (int, type(None)):
            raise TypeError("integers")
    return []


def _take(value, kind):
    if not isinstance(value, kind):
        raise TypeError(f"a {kind.__name__}")
    return value


#: The loaders of skops that may be in a file, and what is in their nodes. Not here are those that
#: call something by name, and those of compressed or raw bytes.
_LOADERS: dict[str, Callable[[dict[str, Any]], list[tuple[str, dict[str, Any]]]]] = {
    "JsonNode": _read_leaf,
    "TypeNode": _read_leaf,
    "FunctionNode": _read_leaf,
    "SliceNode": _read_slice,
    "ListNode": _read_list,
    "TupleNode": _read_list,
    "SetNode": _read_list,
    "DictNode": _read_dict,
    "NdArrayNode": _read_array,
    "MaskedArrayNode": _read_masked,
    "ObjectNode": _read_object,
    "TreeNode": _read_reduced,
    "LossNode": _read_reduced,
    "RandomStateNode": lambda node: [("state", node["content"])],
    "RandomGeneratorNode": _read_content("bit_generator", "seed_seq"),
    "DTypeNode": lambda node: [("dtype", node["content"])],
    # It calls its type, so that only types that the caller trusts may be there.
    "ConstructorFromReduceNode": lambda node: [("arguments", node["content"])],
}
