"""Select hidden states of a network as features: one, several side by side, or a mean."""

import reprlib
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Literal, TypeAlias

import numpy as np

from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import StrOptions

#: Forms of the parameter `layer`.
Layer: TypeAlias = int | Literal["all", "mean"] | Sequence[int] | Sequence[float]

# The least sum of weights, relative to the sum of their sizes.
SMALLEST = 1e-9

CONSTRAINTS = [Integral, StrOptions({"all", "mean"}), "array-like"]


def parse_layer(layer):
    """Return a layer as a value that identifies it, and that `select_layer` understands.

    Parameters
    ----------
    layer : int, "all", "mean", sequence of int or sequence of float

    Returns
    -------
    int, str, tuple of int, or tuple of float

    Raises
    ------
    ValueError
        If a sequence is empty or holds anything but numbers, if an index repeats, or if weights
        are not finite or add up to 0.
    """
    if isinstance(layer, str):
        return layer
    if isinstance(layer, Integral) and not isinstance(layer, bool):
        return int(layer)
    if isinstance(layer, bool):
        entries = []  # True is an integer of Python, but means no layer
    else:
        entries = np.atleast_1d(layer).tolist() if hasattr(layer, "dtype") else list(layer)
    numbers = all(isinstance(e, Real) and not isinstance(e, bool) for e in entries)
    if not entries or not numbers:
        raise ValueError(
            f"layer must be indices (int) or weights (float), got {reprlib.repr(layer)}."
        )
    if all(isinstance(entry, Integral) for entry in entries):
        if len(set(entries)) < len(entries):
            raise ValueError(
                f"layer must not repeat an index, got {reprlib.repr(entries)}. Integers are "
                "indices; weights are floats, such as 1.0."
            )
        return tuple(map(int, entries))
    weights = tuple(map(float, entries))
    total, size = sum(weights), sum(map(abs, weights))
    # Of weights such as 0.1, 0.2 and -0.3, the sum differs from 0 by rounding.
    if not np.isfinite(size) or abs(total) <= SMALLEST * size:
        raise ValueError(
            f"layer must have finite weights whose sum is not 0, got {reprlib.repr(entries)}."
        )
    return weights


def check_layer(layer, n_hidden_states, owner):
    """Raise ValueError if a network lacks the hidden states that a layer refers to.

    Parameters
    ----------
    layer : as returned by `parse_layer`
    n_hidden_states : int
        One more than the network has layers.
    owner : str
        What has the hidden states, for messages.
    """
    if isinstance(layer, str):
        return
    if is_weights(layer):
        if len(layer) != n_hidden_states:
            raise ValueError(
                f"layer must have {n_hidden_states} weights, one per hidden state of {owner}; "
                f"got {len(layer)}: {reprlib.repr(list(layer))}."
            )
        return
    indices = (layer,) if isinstance(layer, int) else layer
    unknown = [i for i in indices if not -n_hidden_states <= i < n_hidden_states]
    if unknown:
        raise ValueError(
            f"layer must be from {-n_hidden_states} to {n_hidden_states - 1}, since {owner} has "
            f"{n_hidden_states} hidden states; got {join_names(unknown)}."
        )
    if len({i % n_hidden_states for i in indices}) < len(indices):
        raise ValueError(
            f"layer must not repeat a hidden state, got {reprlib.repr(list(indices))}: "
            f"{owner} has {n_hidden_states}."
        )


def is_weights(layer):
    """Tell whether a layer, as returned by `parse_layer`, is weights of all hidden states."""
    return isinstance(layer, tuple) and isinstance(layer[0], float)


def select_layer(states, layer):
    """Select hidden states, or average them.

    Parameters
    ----------
    states : ndarray of shape (n_hidden_states, n_rows, n_features)
    layer : as returned by `parse_layer`

    Returns
    -------
    ndarray of shape (n_rows, n_selected * n_features)
        Several hidden states are side by side.
    """
    if isinstance(layer, int):
        return states[layer]
    if layer == "mean" or is_weights(layer):
        weights = np.ones(len(states)) if layer == "mean" else np.asarray(layer)
        weights = (weights / weights.sum()).astype(np.float32)
        return np.einsum("s,srf->rf", weights, states, dtype=np.float32)
    selected = states if layer == "all" else states[list(layer)]
    return np.concatenate(list(selected), axis=1)
