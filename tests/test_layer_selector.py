"""LayerSelector against plain indexing, and in searches."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_ser import AlteredSpeaker, ConsensusClassifier, Ratings, Segments, Sequences
from sklearn_ser.features import LayerSelector, SequenceScaler, SequenceStatistics

N_STATES, WIDTH = 4, 3
LENGTHS = [5, 1, 0, 8]


@pytest.fixture
def states():
    """Hidden states: one array per sample, of shape (n_states, n_frames, width)."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=(N_STATES, n, WIDTH)).astype(np.float32) for n in LENGTHS]


@pytest.fixture
def X(states):
    frames = [np.concatenate(list(sample), axis=1) for sample in states]
    speaker = ["Ann", AlteredSpeaker("Ann", "faster"), "Bob", None]
    made = Sequences.from_arrays(frames, speaker=speaker, session=[1, 1, 2, 2])
    return made.with_ids(pd.Index(["a", "b", "c", "d"]))


WEIGHTS = [0.5, 0.0, 1.5, 2.0]
EXPECTED = {
    "first": (0, lambda s: s[0]),
    "last": (-1, lambda s: s[3]),
    "numpy's integer": (np.int64(2), lambda s: s[2]),
    "several, in the order given": ([2, 0], lambda s: np.concatenate([s[2], s[0]], axis=1)),
    "counted from both ends": ((-1, 1), lambda s: np.concatenate([s[3], s[1]], axis=1)),
    "an array of indices": (np.array([1]), lambda s: s[1]),
    "all": ("all", lambda s: np.concatenate(list(s), axis=1)),
    "mean": ("mean", lambda s: s.astype(float).mean(axis=0)),
    "weights": (WEIGHTS, lambda s: np.tensordot(WEIGHTS, s.astype(float), axes=1) / 4),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_form_of_layer(name, states, X):
    layer, select = EXPECTED[name]
    kept = X.values.copy()
    got = LayerSelector(layer, n_hidden_states=N_STATES).fit_transform(X)
    for frames, sample in zip(got, states, strict=True):
        np.testing.assert_allclose(frames, select(sample), rtol=1e-6, atol=1e-7)
    assert got.values.dtype == np.float32
    assert got.values.flags.c_contiguous
    assert got.lengths.tolist() == LENGTHS
    assert [getattr(s, "voice", s) for s in got.speaker] == ["Ann", "Ann faster", "Bob", None]
    assert got.session.tolist() == [1, 1, 2, 2]
    assert got.ids == X.ids
    np.testing.assert_array_equal(X.values, kept)


@pytest.mark.parametrize("name", EXPECTED)
def test_tables_stay_tables(name, X):
    layer, _ = EXPECTED[name]
    model = LayerSelector(layer, n_hidden_states=N_STATES).fit(X)
    expected = model.transform(X).values
    np.testing.assert_array_equal(model.transform(X.values), expected)
    frame = pd.DataFrame(X.values, columns=[f"f{i}" for i in range(N_STATES * WIDTH)])
    named = LayerSelector(layer, n_hidden_states=N_STATES).fit(frame)
    np.testing.assert_array_equal(named.transform(frame), expected)
    assert named.get_feature_names_out().shape == (expected.shape[1],)


def test_a_selected_block_does_not_keep_the_others_in_memory(X):
    got = LayerSelector(1, n_hidden_states=N_STATES).fit_transform(X)
    assert not np.shares_memory(got.values, X.values)


def test_segments_remain_segments():
    X = Segments(np.ones((30, 4)), [0, 30], segment_length=8, segment_step=4, frame_step=0.01)
    got = LayerSelector(0, n_hidden_states=2).fit_transform(X)
    assert type(got) is Segments
    assert got.n_features == 2


def test_samples_without_frames_only(X):
    model = LayerSelector("mean", n_hidden_states=N_STATES).fit(X)
    got = model.transform(X[[2]])
    assert (len(got), got.n_features, got.lengths.tolist()) == (1, WIDTH, [0])


def test_names_of_features(X):
    names = [f"s{s}f{f}" for s in range(N_STATES) for f in range(WIDTH)]
    expected = {
        1: ["s1f0", "s1f1", "s1f2"],
        -1: ["s3f0", "s3f1", "s3f2"],
        (2, 0): ["s2f0", "s2f1", "s2f2", "s0f0", "s0f1", "s0f2"],
        "all": names,
        "mean": ["s0f0", "s0f1", "s0f2"],
        (0.1, 0.2, 0.3, 0.4): ["s0f0", "s0f1", "s0f2"],
    }
    for layer, wanted in expected.items():
        model = LayerSelector(layer, n_hidden_states=N_STATES).fit(X)
        assert model.get_feature_names_out(names).tolist() == wanted
    assert model.get_feature_names_out().tolist() == ["x0", "x1", "x2"]


def test_one_hidden_state_is_returned_as_it_is(X):
    for layer in (0, -1, "all", "mean", [0], [2.0]):
        got = LayerSelector(layer, n_hidden_states=1).fit_transform(X)
        np.testing.assert_array_equal(got.values, X.values)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "n_hidden_states must be given: the number of hidden states that are side by side"),
        ({"n_hidden_states": 0}, "The 'n_hidden_states' parameter of LayerSelector must be"),
        (
            {"n_hidden_states": 5},
            "n_hidden_states must divide the number of features, since all hidden states have as "
            "many: got 5 for 12 features.",
        ),
        (
            {"layer": 4, "n_hidden_states": 4},
            "layer must be from -4 to 3, since X has 4 hidden states; got 4.",
        ),
        ({"layer": [0, -5], "n_hidden_states": 4}, "since X has 4 hidden states; got -5."),
        (
            {"layer": [0.5, 0.5], "n_hidden_states": 4},
            "layer must have 4 weights, one per hidden state of X; got 2: [0.5, 0.5].",
        ),
        ({"layer": [3, -1], "n_hidden_states": 4}, "layer must not repeat a hidden state"),
        ({"layer": "last", "n_hidden_states": 4}, "The 'layer' parameter of LayerSelector must"),
        ({"layer": [], "n_hidden_states": 4}, "layer must be indices (int) or weights (float)"),
    ],
)
def test_invalid_parameters(params, message, X):
    with pytest.raises(ValueError, match=re.escape(message)):
        LayerSelector(**params).fit(X)


def test_invalid_input(X):
    model = LayerSelector(n_hidden_states=4).fit(X)
    with pytest.raises(ValueError, match="X has 8 features, but LayerSelector is expecting 12"):
        model.transform([np.zeros((2, 8))])
    with pytest.raises(ValueError, match=r"layer must be from -4 to 3, .* got 9\."):
        model.set_params(layer=9).transform(X)


def test_a_search_finds_the_layer_that_carries_the_label():
    rng = np.random.default_rng(0)
    sad = np.arange(60) % 2
    frames = []
    for label in sad:
        states = rng.normal(size=(N_STATES, rng.integers(3, 9), WIDTH))
        states[2] += 3 * label
        frames.append(np.concatenate(list(states), axis=1))
    y = Ratings.from_labels(np.where(sad, "sad", "angry"))
    model = make_pipeline(
        SequenceScaler(),
        LayerSelector(n_hidden_states=N_STATES),
        SequenceStatistics(),
        ConsensusClassifier(LogisticRegression()),
    )
    grid = {"layerselector__layer": [0, 1, 2, 3]}
    search = GridSearchCV(model, grid, cv=3).fit(Sequences.from_arrays(frames), y)
    assert search.best_params_ == {"layerselector__layer": 2}
    assert search.best_score_ > 0.95
    assert search.best_estimator_[-1].n_features_in_ == WIDTH
