"""SequenceScaler, FramePooler and SequenceStatistics against numpy and plain loops."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import Sequences
from sklearn_ser.features import FramePooler, SequenceScaler, SequenceStatistics, _scaler

SPEAKERS = ["F1", "M1", "F1", "M1", "F2", "F2", "M1"]


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    arrays = [rng.normal(i, 1 + i, (n, 3)) for i, n in enumerate([5, 1, 8, 3, 4, 12, 6])]
    return Sequences.from_arrays(arrays, speaker=SPEAKERS, session=[1, 1, 1, 1, 2, 2, 1])


def scaled_by_loop(X, group):
    """Scale each sample by the frames of its group, one after the other."""
    rows = []
    for frames, own in zip(X, group, strict=True):
        together = np.concatenate([f for f, g in zip(X, group, strict=True) if g == own])
        rows.append(StandardScaler().fit(together.astype(float)).transform(frames.astype(float)))
    return np.concatenate(rows)


@pytest.mark.parametrize(
    ("by", "group"), [("corpus", [0] * 7), ("speaker", SPEAKERS), ("utterance", range(7))]
)
def test_scaling_is_that_of_scikit_learn_on_each_group(X, by, group):
    got = SequenceScaler(by=by).fit_transform(X)
    np.testing.assert_allclose(got.values, scaled_by_loop(X, group), atol=1e-5)
    assert got.values.dtype == np.float32
    assert got.speaker.tolist() == SPEAKERS
    assert got.session.tolist() == X.session.tolist()


@pytest.mark.parametrize("by", ["corpus", "speaker", "utterance"])
def test_blocks_change_nothing(X, by, monkeypatch):
    expected = SequenceScaler(by=by).fit_transform(X)
    for block in (1, 4, 7):
        monkeypatch.setattr(_scaler, "BLOCK", block)
        np.testing.assert_allclose(
            SequenceScaler(by=by).fit_transform(X).values, expected.values, atol=1e-6
        )


def test_a_speaker_of_fit_keeps_the_statistics_of_fit(X):
    scaler = SequenceScaler(by="speaker").fit(X)
    together, alone = scaler.transform(X), scaler.transform(X[[3]])
    np.testing.assert_array_equal(alone[0], together[3])
    assert scaler.speakers_ == ["F1", "M1", "F2"]
    assert scaler.mean_.shape == scaler.scale_.shape == (3, 3)
    np.testing.assert_allclose(scaler.mean_[2], np.concatenate([X[4], X[5]]).mean(0), rtol=1e-5)


def test_a_new_speaker_is_scaled_by_the_frames_of_this_call(X):
    known = [i for i, speaker in enumerate(SPEAKERS) if speaker != "F2"]
    scaler = SequenceScaler(by="speaker").fit(X[known])
    expected = SequenceScaler(by="speaker").fit_transform(X)
    np.testing.assert_allclose(scaler.transform(X).values, expected.values, atol=1e-6)
    # One recording of the new speaker alone is scaled by its own frames.
    np.testing.assert_allclose(scaler.transform(X[[5]])[0].mean(axis=0), 0, atol=1e-6)


def test_a_sample_without_speaker_is_scaled_alone(X):
    some = Sequences(X.values, X.offsets, ["F1", None, "F1", None, "F2", "F2", "M1"])
    scaler = SequenceScaler(by="speaker").fit(some)
    with pytest.warns(UserWarning, match=r"2 of 7 samples have no speaker .* frames: 1, 3\."):
        got = scaler.transform(some)
    np.testing.assert_allclose(got[3], scaled_by_loop(X, range(7))[14:17], atol=1e-5)
    nobody = Sequences(X.values, X.offsets)
    with pytest.warns(UserWarning, match="7 of 7 samples have no speaker"):
        got = SequenceScaler(by="speaker").fit(nobody).transform(nobody)
    np.testing.assert_allclose(got.values, scaled_by_loop(X, range(7)), atol=1e-5)


def test_a_constant_feature_is_centred_only():
    X = np.column_stack([np.full(9, 0.1), np.arange(9.0)])
    got = SequenceScaler().fit_transform([X, X])
    np.testing.assert_allclose(got.values[:, 0], 0, atol=1e-7)
    assert got.values[:, 1].std() == pytest.approx(1)


def test_a_large_offset_costs_no_precision():
    # A single pass over squares would lose the spread.
    frames = 3e4 + np.arange(1000) % 2
    got = SequenceScaler().fit_transform([frames[:, None]])
    np.testing.assert_allclose(np.abs(got.values), 1, rtol=1e-6)


def test_invalid_input_of_the_scaler(X):
    with pytest.raises(ValueError, match="The 'by' parameter of SequenceScaler must be"):
        SequenceScaler(by="session").fit(X)
    with pytest.raises(ValueError, match="X has 2 features, but SequenceScaler is expecting 3"):
        SequenceScaler().fit(X).transform([np.zeros((4, 2))])
    with pytest.raises(ValueError, match="NaN or infinity in samples 1 "):
        SequenceScaler().fit([np.zeros((2, 1)), np.full((2, 1), np.nan)])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_pools_are_means(X, size):
    got = FramePooler(size).fit_transform(X)
    for pooled, frames in zip(got, X, strict=True):
        expected = [frames[t : t + size].mean(axis=0) for t in range(0, len(frames), size)]
        np.testing.assert_allclose(pooled, expected, rtol=1e-5, atol=1e-6)
    assert got.speaker.tolist() == SPEAKERS
    assert got.values.dtype == np.float32


def test_invalid_input_of_the_pooler(X):
    with pytest.raises(ValueError, match="The 'size' parameter of FramePooler must be"):
        FramePooler(0).fit(X)
    with pytest.raises(ValueError, match="X has 2 features, but FramePooler is expecting 3"):
        FramePooler().fit(X).transform([np.zeros((4, 2))])


@pytest.mark.parametrize(
    "transformer", [FramePooler(3), SequenceScaler(), SequenceScaler("utterance")]
)
def test_alone_or_together(X, transformer):
    together = clone(transformer).fit(X).transform(X)
    for i in range(len(X)):
        alone = clone(transformer).fit(X).transform(X[[i]])
        np.testing.assert_allclose(alone[0], together[i], atol=1e-6)


def test_names_of_features_pass_through(X):
    pipe = make_pipeline(SequenceScaler(), FramePooler()).fit(X)
    assert pipe.get_feature_names_out(["a", "b", "c"]).tolist() == ["a", "b", "c"]
    assert pipe.get_feature_names_out().tolist() == ["x0", "x1", "x2"]


def test_statistics_are_numpys():
    rng = np.random.default_rng(0)
    frames = [rng.normal(50, 0.1, size=(n, 3)).astype(np.float32) for n in (1, 7, 4000)]
    names = ["max", "mean", "std", "min"]
    model = SequenceStatistics(names).fit(frames)
    found = model.transform(frames)
    assert found.dtype == np.float32
    for row, part in zip(found, frames, strict=True):
        part = part.astype(np.float64)
        expected = np.concatenate([getattr(part, name)(axis=0) for name in names])
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-7)
    assert model.get_feature_names_out(["a", "b", "c"]).tolist()[2:5] == [
        "c_max",
        "a_mean",
        "b_mean",
    ]
    order = np.array([2, 0, 1])
    np.testing.assert_array_equal(model.transform([frames[i] for i in order]), found[order])


@pytest.mark.parametrize("wrong", [[], ["median"], ["mean", "mode"]])
def test_unknown_statistics(wrong):
    with pytest.raises(ValueError, match=r"among \['mean', 'std', 'min', 'max'\], got \["):
        SequenceStatistics(wrong).fit(np.zeros((2, 3, 1)))
