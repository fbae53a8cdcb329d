"""Checks of what an estimator calls, and of who names the files that are read.

Each takes the `State` of an object, before anything is made of it, and raises a ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator

from sklearn_ser.io._checks import Node, State, read_value
from sklearn_ser.io._schema import get_children, get_type, is_none, is_scalar, read_scalar

#: Methods that predict. An estimator that called ``fit`` of another would train it, and searches,
#: for example, train with any parameter, such as the folder of a cache.
METHODS = ("auto", "decision_function", "predict", "predict_log_proba", "predict_proba")
_NAMES_OF_METHODS = {
    *("chain_method", "chain_method_", "response_method", "stack_method", "stack_method_"),
}

# Versions of numpy differ in what they say of their functions.
_MODULES = ("numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath")
#: Functions of numpy that a file may name: they compute with the elements of an array.
OF_ELEMENTS = {
    f"{module}.{name}"
    for module in _MODULES
    for name in (
        *("absolute", "exp", "expm1", "log", "log10", "log1p", "log2", "negative", "sign", "sqrt"),
        *("square", "tanh"),
    )
}

#: Types that read the recordings that their input names.
READERS = {
    f"sklearn_ser.features.{name}"
    for name in (
        *("OpenSmileFunctionals", "OpenSmileLLD", "SegmentLogMel", "SpeedPerturbation"),
        *("TransformerEmbeddings", "TransformerFrames"),
    )
}
# What may be before them: these make numbers or recordings, and no names of files. An imputer, for
# example, could replace what is missing by any text.
_BEFORE_READERS = {"sklearn.preprocessing._function_transformer.FunctionTransformer"}


def check_methods(state: State) -> None:
    """Check that an estimator calls methods of others that predict."""
    for name in _NAMES_OF_METHODS & state.attributes.keys():
        node = state.attributes[name]
        is_list = node["__loader__"] in ("ListNode", "TupleNode")
        for item in node["content"] if is_list else [node]:
            value = read_value(item, state.archive, f"{state.name}.{name}")
            if value is not None and value not in METHODS:
                raise ValueError(
                    f"{state.name}.{name} must be among {METHODS}, got {str(value)[:50]!r}"
                )


def check_function(state: State) -> None:
    """Check that a transformer calls a function, and one of numpy with nothing but its input."""
    for function, arguments in (("func", "kw_args"), ("inverse_func", "inv_kw_args")):
        node, given = (state.attributes.get(name) for name in (function, arguments))
        if node is None or is_none(node):
            continue
        # A type would be called, too.
        if node["__loader__"] != "FunctionNode":
            raise ValueError(f"{state.name}.{function} must be a function, got {get_type(node)}")
        # With some arguments, functions of numpy write into arrays, or return what was in memory.
        is_empty = (
            given is None
            or is_none(given)
            or (given["__loader__"] == "DictNode" and not given["content"])
        )
        if get_type(node) in OF_ELEMENTS and not is_empty:
            raise ValueError(f"{state.name}.{arguments} must be empty for a function of numpy")


def check_pipeline(state: State) -> None:
    """Check that only the input of a pipeline names the recordings that its steps read."""
    steps = state.attributes.get("steps")
    if steps is None or steps["__loader__"] != "ListNode":
        raise ValueError(f"{state.name}.steps must be a list")
    before: set[str] = set()
    for step in steps["content"]:
        if not _is_step(step):
            raise ValueError(f"{state.name}.steps must be pairs of a name and an estimator")
        types = {get_type(node) for node in _iterate_objects(step)}
        readers, odd = sorted(types & READERS), sorted(before - _BEFORE_READERS)
        if readers and odd:
            raise ValueError(
                f"{readers[0]} must come before {odd[0]} in a pipeline, since only the input may "
                "name recordings"
            )
        # The caller trusts types of others, if there are any.
        before |= {name for name in types if name.startswith("sklearn.")}


def _iterate_objects(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if found["__loader__"] == "ObjectNode":
            yield found
        waiting += [child for _, child in get_children(found)]


def _is_step(node):
    """Return whether a node is a pair of a name, and an estimator or what takes its place."""
    if node["__loader__"] not in ("TupleNode", "ListNode") or len(node["content"]) != 2:
        return False
    name, step = node["content"]
    if not is_scalar(name) or not isinstance(read_scalar(name), str):
        return False
    if is_scalar(step):
        return read_scalar(step) in (None, "passthrough")
    return step["__loader__"] in ("ObjectNode", "ConstructorFromReduceNode")
