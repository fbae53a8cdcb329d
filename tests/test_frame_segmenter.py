"""FrameSegmenter: every segment is cut where a loop cuts it."""

import numpy as np
import pytest

from sklearn_ser import Segments, Sequences
from sklearn_ser.features import FrameSegmenter, SequenceScaler


def make_frames(lengths, n_features=2):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, n_features)).astype(np.float32) for n in lengths]


def cut(frames, length, step):
    """Return the segments of one sequence, cut one by one."""
    frames = list(frames)
    while len(frames) < length:
        frames.append(frames[-1])
    return [frames[start : start + length] for start in range(0, len(frames) - length + 1, step)]


@pytest.mark.parametrize(("length", "step"), [(1, 1), (4, 4), (4, 1), (5, 3), (3, 7), (40, 2)])
def test_segments_are_cut_as_by_a_loop(length, step):
    arrays = make_frames([1, 3, 4, 5, 11, 23])
    X = FrameSegmenter(length, step).fit_transform(arrays)
    assert isinstance(X, Segments)
    assert (X.segment_length, X.segment_step) == (length, step)
    for i, frames in enumerate(arrays):
        np.testing.assert_array_equal(X.segments(i), cut(frames, length, step))


def test_samples_stay_who_they_are():
    arrays = make_frames([2, 9, 6])
    X = Sequences.from_arrays(arrays, speaker=["F", "M", "F"], session=[1, 1, 2])
    X = X.with_ids(["a", "b", "c"])
    found = FrameSegmenter(4, 2).fit_transform(X)
    assert found.speaker.tolist() == ["F", "M", "F"]
    assert found.session.tolist() == [1, 1, 2]
    assert found.ids.values.tolist() == ["a", "b", "c"]
    assert found[[2]].n_segments.tolist() == [2]


def test_long_sequences_are_not_copied():
    X = Sequences.from_arrays(make_frames([6, 9]))
    assert np.shares_memory(FrameSegmenter(6, 2).fit_transform(X).values, X.values)


def test_a_sequence_without_frames_has_no_segments():
    X = Sequences(np.ones((3, 2)), [0, 0, 3, 3])
    found = FrameSegmenter(4, 2).fit_transform(X)
    assert found.n_segments.tolist() == [0, 1, 0]
    assert found.lengths.tolist() == [0, 4, 0]


def test_the_time_between_frames():
    frames = np.concatenate(make_frames([8]))
    X = Segments(frames, [0, 8], segment_length=2, segment_step=1, frame_step=0.02)
    # Segments are cut anew.
    found = FrameSegmenter(4, 3).fit_transform(X)
    assert found.n_segments.tolist() == [2]
    np.testing.assert_allclose(found.times(0), [[0, 0.08], [0.06, 0.14]])
    assert FrameSegmenter(4, 3).fit_transform([frames]).frame_step == 0.01


def test_a_table_is_returned_unchanged():
    table = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(FrameSegmenter().fit_transform(table), table)


def test_names_of_features():
    segmenter = FrameSegmenter().fit(make_frames([3], n_features=3))
    assert segmenter.get_feature_names_out().tolist() == ["x0", "x1", "x2"]


def test_scaling_before_and_after_are_the_same_if_none_is_short():
    arrays = make_frames([20, 31, 18])
    after = SequenceScaler().fit_transform(FrameSegmenter(8, 4).fit_transform(arrays))
    before = FrameSegmenter(8, 4).fit_transform(SequenceScaler().fit_transform(arrays))
    assert after == before


@pytest.mark.parametrize("name", ["segment_length", "segment_step"])
@pytest.mark.parametrize("value", [0, -3, 1.5, "many"])
def test_bad_parameters(name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of FrameSegmenter must be"):
        FrameSegmenter(**{name: value}).fit(make_frames([9]))


def test_bad_input():
    segmenter = FrameSegmenter().fit(make_frames([9]))
    with pytest.raises(ValueError, match="X has 3 features, but FrameSegmenter is expecting 2"):
        segmenter.transform(make_frames([9], n_features=3))
    with pytest.raises(ValueError, match="NaN or infinity in samples 1"):
        FrameSegmenter().fit([np.ones((3, 2)), np.full((3, 2), np.nan)])
