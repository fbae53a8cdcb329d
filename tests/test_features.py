"""SequenceScaler, FramePooler and SequenceStatistics against numpy and plain loops."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import Sequences
from sklearn_ser.features import FramePooler, SequenceScaler, SequenceStatistics, _scaler
from sklearn_ser.features._pooling import check_statistics

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


def test_nothing_is_left_of_a_single_vector_of_a_new_speaker(X):
    one = Sequences.from_arrays([[[3.0, -2.0, 7.0]]], speaker=["F9"])
    assert not SequenceScaler(by="speaker").fit(X).transform(one).values.any()


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


QUANTILES = {"median": 50, "q0": 0, "q5": 5, "q25": 25, "q33.3": 33.3, "q95": 95, "q100": 100}


@pytest.mark.parametrize("scale", [1, 1e30, 1e-30])
def test_quantiles_are_numpys(scale):
    rng = np.random.default_rng(0)
    lengths = [1, 2, 3, 7, 400, 0, 20, 21]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = (scale * rng.normal(size=(offsets[-1], 3))).astype(np.float32)
    X = Sequences(values, offsets)
    kept = values.copy()
    found = SequenceStatistics(list(QUANTILES)).fit_transform(X)
    for row, part in zip(found, X, strict=True):
        if len(part) == 0:
            assert np.isnan(row).all()
            continue
        part = part.astype(np.float64)
        expected = [np.quantile(part, q / 100, axis=0) for q in QUANTILES.values()]
        np.testing.assert_allclose(row, np.concatenate(expected), rtol=2e-7, atol=1e-7 * scale)
    np.testing.assert_array_equal(values, kept)


def test_the_median_of_an_even_number_lies_between():
    X = [np.array([[4.0], [1.0], [2.0], [10.0]])]
    assert SequenceStatistics(["median"]).fit_transform(X).tolist() == [[3.0]]


def test_extreme_quantiles_are_the_extremes(X):
    quantiles = SequenceStatistics(["q0", "q100"]).fit_transform(X)
    extremes = SequenceStatistics(["min", "max"]).fit_transform(X)
    np.testing.assert_array_equal(quantiles, extremes)


def test_a_statistic_is_the_same_beside_any_others(X):
    names = ["mean", "std", "min", "max", *QUANTILES]
    together = SequenceStatistics(names).fit_transform(X)
    alone = [SequenceStatistics([name]).fit_transform(X) for name in names]
    np.testing.assert_array_equal(together, np.concatenate(alone, axis=1))
    columns = SequenceStatistics(("q25", "q97.5")).fit(X).get_feature_names_out(["a", "b", "c"])
    assert columns.tolist() == ["a_q25", "b_q25", "c_q25", "a_q97.5", "b_q97.5", "c_q97.5"]


def test_statistics_of_samples_without_frames_only(X):
    model = SequenceStatistics(["mean", "std", "max", "q10"]).fit(X)
    found = model.transform(Sequences(np.zeros((0, 3)), [0, 0, 0]))
    assert found.shape == (2, 12)
    assert np.isnan(found).all()


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["mean", "mode"],
        ["Median"],
        ["q101"],
        ["q100.1"],
        ["q-5"],
        ["q"],
        ["q.5"],
        ["q 5"],
        ["q5%"],
        ["q\u0665"],
        ["q1e1"],
        ["qnan"],
        ["5"],
        [25],
        [None],
        [["mean"]],
    ],
)
def test_unknown_statistics(wrong):
    message = (
        "statistics must be among ['mean', 'std', 'min', 'max', 'median'] or quantiles in "
        f"percent, from 'q0' to 'q100', and at least one; got {wrong!r}."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        SequenceStatistics(wrong).fit(np.zeros((2, 3, 1)))


def test_statistics_are_no_text():
    with pytest.raises(ValueError, match=r"must be an array-like\. Got 'mean'"):
        SequenceStatistics("mean").fit(np.zeros((2, 3, 1)))
    with pytest.raises(ValueError, match=r"and at least one; got 'mean'\."):
        check_statistics("mean")


def test_many_unknown_statistics_are_a_short_message():
    with pytest.raises(ValueError, match=r"got \['x', 'x', .*\.\.\.\]\.") as error:
        SequenceStatistics(["x"] * 1000).fit(np.zeros((2, 3, 1)))
    assert len(str(error.value)) < 250
