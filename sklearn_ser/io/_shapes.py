"""Check that the fitted attributes of an estimator fit each other."""

from __future__ import annotations

import numpy as np

from sklearn_ser.io._checks import Node, State, read_value
from sklearn_ser.io._schema import get_type, is_scalar, read_scalar

# Arrays whose last axis is the features of the input, in any estimator that has them.
OF_FEATURES = {
    *("center_", "coef_", "components_", "feature_log_prob_", "mean_", "min_", "scale_"),
    *("theta_", "var_"),
}
_OWN = "sklearn_ser.classifiers."
_FITTED = {"estimator_", "estimators_", "net_", "prior_"}
_NAMES = {*OF_FEATURES, "classes_", "n_features_in_"}


def check_shapes(state: State) -> None:
    """Check the numbers of features and classes of an estimator.

    Otherwise, predictions would raise an error of numpy that does not say what is wrong.

    Raises
    ------
    ValueError
        If they do not fit each other.
    """
    if _FITTED & state.attributes.keys() and get_type(state.node).startswith(_OWN):
        _check_own(state)
    names = _NAMES & state.attributes.keys()
    if not names:
        return
    n_features = state.read_integer("n_features_in_") if "n_features_in_" in names else None
    if n_features is not None and n_features < 1:
        raise ValueError(f"{state.name}.n_features_in_ must be at least 1, got {n_features}")
    for name in sorted(OF_FEATURES & names):
        shape = _get_shape(state, name)
        if shape and n_features is not None and shape[-1] != n_features:
            raise ValueError(
                f"{state.name}.{name} must be of {n_features} features, got shape {shape}"
            )
        _check_numbers(state, name)
    n_classes = _count_classes(state) if "classes_" in names else None
    if n_classes is not None:
        shape = _get_shape(state, "prior_")
        if shape is not None and shape != (n_classes,):
            raise ValueError(f"{state.name}.prior_ must have {n_classes} values, got {shape}")
    if "coef_" in names:
        _check_linear(state, n_classes)


def _check_linear(state, n_classes):
    """Check a linear model: a row of coefficients, and an intercept, per class or target."""
    shape = _get_shape(state, "coef_")
    if not shape:
        return
    n_rows = shape[0] if len(shape) == 2 else 1
    # One row is enough for two classes.
    if n_classes is not None and n_rows != n_classes and (n_rows, n_classes) != (1, 2):
        raise ValueError(
            f"{state.name}.coef_ must have a row for each of {n_classes} classes, got {shape}"
        )
    intercepts = _get_shape(state, "intercept_")
    if intercepts and intercepts not in ((n_rows,), (1,)):
        raise ValueError(
            f"{state.name}.intercept_ must have {n_rows} values, got shape {intercepts}"
        )
    _check_numbers(state, "intercept_")


def _count_classes(state):
    """Return the number of classes; None if there are several outputs, or no array."""
    shape = _get_shape(state, "classes_")
    if shape is None:
        return None
    labels = _list_labels(state)
    if len(shape) != 1 or shape[0] == 0 or len(set(labels)) < len(labels):
        raise ValueError(f"{state.name}.classes_ must be different labels, got shape {shape}")
    return shape[0]


def _list_labels(state):
    """Return the labels of an array of classes, as far as they are strings, numbers or None."""
    node = state.attributes["classes_"]
    if node["type"] == "numpy":
        values = state.archive.read_array(node["file"]).reshape(-1).tolist()
    else:
        values = [read_scalar(part) for part in node["content"] if is_scalar(part)]
    return [(isinstance(value, str), value) for value in values]


def _check_own(state):
    """Check that a fitted classifier of this package has classes, which its estimators predict."""
    if _get_shape(state, "classes_") is None:
        raise ValueError(f"{state.name}.classes_ must be an array")
    _check_numbers(state, "prior_")
    known = set(_list_labels(state))
    waiting = [state.attributes[n] for n in ("estimator_", "estimators_") if n in state.attributes]
    while waiting:
        node = waiting.pop()
        if node["__loader__"] == "ListNode":
            waiting += node["content"]
        elif node["__loader__"] == "ObjectNode":
            held = State.of_object(node, state.archive)
            if _get_shape(held, "classes_") is not None and not known.issuperset(
                _list_labels(held)
            ):
                raise ValueError(
                    f"{held.name}.classes_ must be among those of {state.name}, which holds it"
                )


def _check_numbers(state, name):
    node = state.attributes.get(name)
    if node is None:
        return
    if _is_array(node):
        of = state.archive.arrays[node["file"]].dtype if node["type"] == "numpy" else "objects"
    else:
        value = read_value(node, state.archive, f"{state.name}.{name}")
        of = np.asarray(0.0 if value is None else value).dtype
    if of == "objects" or of.kind not in "biuf":
        raise ValueError(f"{state.name}.{name} must be numbers, got {of}")


def _get_shape(state, name):
    """Return the shape of an attribute; None if it is no array."""
    node = state.attributes.get(name)
    if not _is_array(node):
        return None
    if node["type"] == "numpy":
        return state.archive.arrays[node["file"]].shape
    return tuple(read_scalar(part) for part in node["shape"]["content"])


def _is_array(node: Node | None) -> bool:
    return (
        node is not None and node["__loader__"] == "NdArrayNode" and node["__class__"] == "ndarray"
    )
