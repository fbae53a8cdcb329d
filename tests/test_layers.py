"""Every form of the parameter layer, and its errors."""

import numpy as np
import pytest

from sklearn_ser.features._layers import (
    check_layer,
    is_weights,
    parse_layer,
    select_layer,
)

N, N_ROWS, WIDTH = 4, 5, 3

# What is given, what it is parsed to, and how many hidden states are side by side.
FORMS = {
    "an integer": (2, 2, 1),
    "counted from the end": (-1, -1, 1),
    "numpy's integer": (np.int64(3), 3, 1),
    "numpy's unsigned integer": (np.uint8(0), 0, 1),
    "all": ("all", "all", 4),
    "mean": ("mean", "mean", 1),
    "a list": ([1, 3], (1, 3), 2),
    "a tuple of one": ((2,), (2,), 1),
    "in another order, from both ends": ([-1, 0], (-1, 0), 2),
    "numpy's array of integers": (np.array([0, 2], np.int16), (0, 2), 2),
    "a list of numpy's integers": ([np.int32(0), 2], (0, 2), 2),
    "a range": (range(3), (0, 1, 2), 3),
    "weights": ([0.5, 0.0, 1.5, 2.0], (0.5, 0.0, 1.5, 2.0), 1),
    "negative weights": ([1.0, -0.5, 0.0, 0.0], (1.0, -0.5, 0.0, 0.0), 1),
    "numpy's weights": (np.array([0, 1, 0, 0], np.float32), (0.0, 1.0, 0.0, 0.0), 1),
    "weights of both types": ([0.5, 1, 2, 0], (0.5, 1.0, 2.0, 0.0), 1),
    "an array without axes": (np.array(1), (1,), 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form):
    given, parsed, n_selected = FORMS[form]
    layer = parse_layer(given)
    assert layer == parsed
    assert type(layer) is type(parsed)
    if isinstance(layer, tuple):
        assert {type(entry) for entry in layer} == {type(parsed[0])}
    assert parse_layer(layer) == layer
    hash(layer)
    check_layer(layer, N, "X")
    states = np.random.default_rng(0).normal(size=(N, N_ROWS, WIDTH)).astype(np.float32)
    if layer == "mean" or is_weights(layer):
        weights = np.ones(N) if layer == "mean" else np.array(layer)
        expected = np.tensordot(weights, states.astype(float), axes=1) / weights.sum()
    else:
        indices = range(N) if layer == "all" else np.ravel(layer)
        expected = np.concatenate([states[i] for i in indices], axis=1)
    found = select_layer(states, layer)
    assert found.dtype == np.float32
    assert found.shape == (N_ROWS, n_selected * WIDTH)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_mean_of_one_state_is_that_state(dtype):
    states = np.random.default_rng(0).normal(size=(N, N_ROWS, WIDTH)).astype(dtype)
    for i in range(N):
        weights = tuple(float(i == j) for j in range(N))
        np.testing.assert_array_equal(select_layer(states, weights), states[i])
        np.testing.assert_array_equal(select_layer(states, (i,)), states[i])


NOT_NUMBERS = "layer must be indices (int) or weights (float), got "
NO_MEAN = "layer must have finite weights whose sum is not 0, got "
REPEATS = "layer must not repeat an index, got "


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ([], NOT_NUMBERS + "[]."),
        (np.array([]), NOT_NUMBERS),
        (True, NOT_NUMBERS + "True."),
        (False, NOT_NUMBERS + "False."),
        ([True, False], NOT_NUMBERS + "[True, False]."),
        ([0, True], NOT_NUMBERS),
        (np.array([True]), NOT_NUMBERS),
        ([np.True_], NOT_NUMBERS),
        (["mean"], NOT_NUMBERS),
        ([None, 1], NOT_NUMBERS),
        ([[0, 1], [2, 3]], NOT_NUMBERS),
        (np.zeros((2, 2)), NOT_NUMBERS),
        ([1j], NOT_NUMBERS),
        ([0.5, np.nan], NO_MEAN + "[0.5, nan]."),
        ([np.inf, 1.0], NO_MEAN),
        ([0.0, 0.0], NO_MEAN),
        ([1.0, -1.0], NO_MEAN),
        ([0.1, 0.2, -0.3], NO_MEAN),  # 5.6e-17 in floating point
        ([1e308, 1e308], NO_MEAN),
        ([0, 0], REPEATS + "[0, 0]. Integers are indices; weights are floats, such as 1.0."),
        ([1, 0, 1], REPEATS),
        (np.array([2, 2]), REPEATS),
    ],
)
def test_wrong_forms(layer, message):
    with pytest.raises(ValueError, match="layer must") as caught:
        parse_layer(layer)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (4, "layer must be from -4 to 3, since it has 4 hidden states; got 4."),
        (-5, "layer must be from -4 to 3, since it has 4 hidden states; got -5."),
        (
            (0, 7, -9),
            "layer must be from -4 to 3, since it has 4 hidden states; got 7, -9.",
        ),
        ((0, -4), "layer must not repeat a hidden state, got [0, -4]: it has 4."),
        ((3, 1, -1), "layer must not repeat a hidden state, got [3, 1, -1]: it has 4."),
        (
            (0.5, 0.5),
            "layer must have 4 weights, one per hidden state of it; got 2: [0.5, 0.5].",
        ),
        ((1.0,) * 5, "layer must have 4 weights, one per hidden state of it; got 5: ["),
    ],
)
def test_layers_that_a_network_lacks(layer, message):
    with pytest.raises(ValueError, match="layer must") as caught:
        check_layer(layer, N, "it")
    assert str(caught.value).startswith(message)


def test_messages_are_short():
    many = list(range(1000))
    for layer in (many * 2, [*many, "x"], [np.nan, *map(float, many)]):
        with pytest.raises(ValueError, match="layer must") as caught:
            parse_layer(layer)
        assert len(str(caught.value)) < 300
    for layer in (many, [*map(float, many)], [*many[:900], -1000]):
        with pytest.raises(ValueError, match="layer must") as caught:
            check_layer(parse_layer(layer), 900, "it")
        assert len(str(caught.value)) < 300
