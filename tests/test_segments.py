"""Segments: they are the segments of a plain loop, and views of the frames."""

import pickle

import numpy as np
import pytest

from sklearn_ser import Segments, Sequences, check_segments
from sklearn_ser.features import FramePooler, SequenceScaler


def frames(lengths=(7, 4, 12), n_features=3):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, n_features)).astype(np.float32) for n in lengths]


def segments(segment_step=2, segment_length=4, **columns):
    arrays = frames()
    offsets = np.concatenate([[0], np.cumsum([len(a) for a in arrays])])
    values = np.concatenate(arrays)
    return Segments(
        values, offsets, segment_length=segment_length, segment_step=segment_step, **columns
    )


@pytest.mark.parametrize("segment_step", [1, 2, 3, 50])
@pytest.mark.parametrize("segment_length", [1, 3, 4])
def test_segments_are_what_a_loop_would_cut(segment_step, segment_length):
    X = segments(segment_step, segment_length)
    expected = []
    for a in frames():
        starts = range(0, len(a) - segment_length + 1, segment_step)
        expected.append(np.stack([a[start : start + segment_length] for start in starts]))
    assert X.n_segments.tolist() == [len(e) for e in expected]
    for i, own in enumerate(expected):
        np.testing.assert_array_equal(X.segments(i), own)
        assert X.times(i)[:, 0] == pytest.approx(0.01 * segment_step * np.arange(len(own)))
        assert np.diff(X.times(i), axis=1) == pytest.approx(0.01 * segment_length)
    np.testing.assert_array_equal(X.windows()[X.segment_starts], np.concatenate(expected))


def test_nothing_is_copied():
    X = segments()
    assert np.shares_memory(X.segments(1), X.values)
    assert np.shares_memory(X.windows(), X.values)
    assert not X.segments(1).flags.writeable
    assert np.shares_memory(X[1:].segments(0), X.values)


def test_rows_keep_their_segments_and_speakers():
    X = segments(speaker=["F", "M", "F"], session=[1, 1, 2])
    part = X[[2, 0]]
    assert isinstance(part, Segments)
    assert (part.segment_step, part.segment_length) == (2, 4)
    assert part.speaker.tolist() == ["F", "F"]
    np.testing.assert_array_equal(part.segments(0), X.segments(2))
    assert X[[False, True, True], ...].session.tolist() == [1, 2]
    assert pickle.loads(pickle.dumps(X)) == X
    both = Segments.concatenate([part, X])
    np.testing.assert_array_equal(both.segments(3), X.segments(1))
    with pytest.raises(ValueError, match=r"parts must have the same segment_step, got \[1, 2\]"):
        Segments.concatenate([segments(segment_step=1), X])


def test_a_saved_file_comes_back_and_is_cut_the_same(tmp_path):
    X = segments(segment_step=3, speaker=["F", "M", None])
    X.save(tmp_path / "segments")
    back = Segments.load(tmp_path / "segments")
    assert isinstance(back.values, np.memmap)
    assert back == X
    assert (back.segment_step, back.segment_length, back.frame_step) == (3, 4, 0.01)
    assert isinstance(Sequences.load(tmp_path / "segments"), Sequences)
    Sequences(X.values, X.offsets).save(tmp_path / "frames")
    with pytest.raises(
        ValueError, match=r"frames' has no 'segment_length': it holds Sequences, not Segments"
    ):
        Segments.load(tmp_path / "frames")


def test_bands_are_scaled_and_stay_segments():
    X = segments(speaker=["F", "M", "F"])
    for by in ("corpus", "speaker", "utterance"):
        scaled = SequenceScaler(by=by).fit_transform(X)
        assert isinstance(scaled, Segments)
        plain = SequenceScaler(by=by).fit_transform(Sequences(X.values, X.offsets, X.speaker))
        np.testing.assert_array_equal(scaled.values, plain.values)
        assert scaled.n_segments.tolist() == X.n_segments.tolist()
    # Pooled frames have other positions, so that segments are lost.
    assert type(FramePooler(2).fit_transform(X)) is Sequences


def test_samples_without_segments_are_one_segment_each():
    three_d = np.zeros((5, 8, 3))
    assert check_segments(three_d).n_segments.tolist() == [1] * 5
    assert check_segments(np.zeros((5, 3))).segment_length == 1
    X = segments()
    assert check_segments(X) is X
    with pytest.raises(ValueError, match=r"must be Segments, or .* of 4 to 12 frames"):
        check_segments(frames())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"segment_length": 6}, r"at least 6 frames, .* not for samples 1 \(4\)\."),
        ({"segment_step": 0}, "segment_step must be an integer of at least 1, got 0"),
        ({"segment_length": 2.0}, "segment_length must be an integer of at least 1, got 2.0"),
    ],
)
def test_bad_segments(settings, message):
    with pytest.raises(ValueError, match=message):
        segments(**settings)
