"""Frames know their times: every front end sets the frame step, and every step keeps it."""

import copy
import pickle

import matplotlib as mpl
import matplotlib.pyplot
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

import sklearn_ser.io
from sklearn_ser import AttentionBLSTMClassifier, Segments, Sequences, check_segments
from sklearn_ser import check_sequences as check
from sklearn_ser.features import (
    FramePooler,
    OpenSmileFunctionals,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceScaler,
    SpeedPerturbation,
)
from sklearn_ser.features.opensmile._settings import OWN_CONFIG
from sklearn_ser.inspection import AttentionDisplay
from sklearn_ser.speech import _file

mpl.use("Agg")

RATE = 16000


@pytest.fixture(autouse=True)
def _no_figure_stays():
    yield
    mpl.pyplot.close("all")


@pytest.fixture(scope="module")
def noise():
    return 0.1 * np.random.default_rng(0).standard_normal(2 * RATE)


def make(frame_step=0.02, lengths=(3, 0, 2)):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(n, 2)) for n in lengths]
    return Sequences.from_arrays(arrays, speaker=["F", "M", "F"], frame_step=frame_step)


def test_times_are_those_of_a_loop():
    X = make(0.03)
    for i, n in enumerate(X.lengths):
        loop = [[k * 0.03, (k + 1) * 0.03] for k in range(n)]
        np.testing.assert_array_equal(X.times(i), np.reshape(loop, (-1, 2)))
    np.testing.assert_array_equal(X.times(-1), X.times(2))
    assert X.times(1).shape == (0, 2)
    with pytest.raises(IndexError, match="sample 3 is out of range for 3 samples"):
        X.times(3)


def test_times_of_frames_are_those_of_segments_of_one_frame():
    X = make(0.04)
    one = Segments(X.values, X.offsets, segment_length=1, frame_step=0.04)
    for i in range(len(X)):
        np.testing.assert_array_equal(X.times(i), one.times(i))


@pytest.mark.parametrize("container", [Sequences, Segments])
def test_no_times_without_a_frame_step(container):
    X = container(np.zeros((40, 2)), [0, 40], frame_step=None)
    assert "frame_step" not in repr(X)
    with pytest.raises(ValueError, match=f"the frame step of these {container.__name__} is unkn"):
        X.times(0)


@pytest.mark.parametrize("value", [0, -0.01, np.nan, np.inf, "0.01", True, 1j, [0.01]])
@pytest.mark.parametrize("container", [Sequences, Segments])
def test_a_frame_step_is_a_positive_number(container, value):
    with pytest.raises(ValueError, match="frame_step must be a positive number of seconds, got"):
        container(np.zeros((40, 2)), [0, 40], frame_step=value)
    with pytest.raises(ValueError, match="frame_step must be a positive number of seconds, got"):
        container.from_arrays([np.zeros((40, 2))], frame_step=value)


@pytest.mark.parametrize("value", [0.01, 1, np.float64(0.016), np.float32(0.5), np.int64(2)])
def test_a_frame_step_is_a_float(value):
    found = make(value).frame_step
    assert type(found) is float
    assert found == value


@pytest.mark.parametrize("frame_step", [None, 0.016])
def test_what_keeps_the_frame_step(frame_step, tmp_path):
    X = make(frame_step)
    X.save(tmp_path / "frames")
    trusted = ["sklearn_ser.speech.Sequences"]
    sklearn_ser.io.save(X, tmp_path / "x.skops", trusted=trusted)
    kept = [
        X[:1],
        X[[2, 0]],
        X[np.array([True, False, True])],
        X.with_values(X.values + 1),
        X.with_ids(["a", "b", "c"]),
        Sequences.load(tmp_path / "frames"),
        Sequences.load(tmp_path / "frames", None),
        pickle.loads(pickle.dumps(X)),
        copy.deepcopy(X),
        Sequences.concatenate([X, X[:1]]),
        check(X),
        SequenceScaler().fit_transform(X),
        SequenceScaler("utterance").fit_transform(X),
        sklearn_ser.io.load(tmp_path / "x.skops", trusted=trusted),
    ]
    assert [made.frame_step for made in kept] == [frame_step] * len(kept)
    assert ("frame_step=0.016" in repr(X)) == (frame_step is not None)


def test_what_earlier_versions_wrote_has_no_frame_step(tmp_path):
    X = make()
    _file.write_sequences(
        tmp_path / "old", X.values, X.offsets, {"speaker": X.speaker, "session": None}
    )
    assert Sequences.load(tmp_path / "old") == make(None)
    old = copy.copy(X)
    del vars(old)["frame_step"]
    opened = pickle.loads(pickle.dumps(old))
    assert "frame_step" not in vars(opened)
    assert opened.frame_step is None
    assert opened == make(None)


def test_segments_are_saved_with_their_frame_step_and_read_as_frames(tmp_path):
    X = Segments(np.zeros((40, 2)), [0, 40], frame_step=0.02)
    X.save(tmp_path / "segments")
    assert Segments.load(tmp_path / "segments").frame_step == 0.02
    assert Sequences.load(tmp_path / "segments").frame_step == 0.02


def test_equal_samples_have_equal_times():
    assert make(0.02) == make(0.02)
    assert make(0.02) != make(0.01)
    assert make(0.02) != make(None)
    values = np.zeros((40, 2))
    assert Segments(values, [0, 40]) == Segments(values, [0, 40], segment_length=32)
    assert Segments(values, [0, 40]) != Segments(values, [0, 40], segment_step=2)
    assert Segments(values, [0, 40]) != Segments(values, [0, 40], frame_step=0.02)


@pytest.mark.parametrize(
    ("steps", "shown"),
    [([0.02, 0.01], r"\[0.01, 0.02\]"), ([0.02, None, 0.02], r"\[None, 0.02\]")],
)
def test_parts_must_agree_on_their_times(steps, shown):
    with pytest.raises(ValueError, match=f"parts must have the same frame_step, got {shown}"):
        Sequences.concatenate([make(step) for step in steps])


def test_new_offsets_are_new_frames():
    X = make()
    values, offsets = X.values[:3], [0, 1, 2, 3]
    assert X.with_values(values, offsets).frame_step is None
    assert X.with_values(values, offsets, frame_step=0.1).frame_step == 0.1
    assert X.with_values(X.values, frame_step=0.1).frame_step == 0.1


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pooled_frames_are_longer(size):
    X = make(0.02, lengths=(7, 0, 3))
    pooled = FramePooler(size).fit_transform(X)
    assert pooled.frame_step == pytest.approx(0.02 * size, rel=1e-15)
    np.testing.assert_allclose(pooled.times(0)[:, 0], X.times(0)[::size, 0], rtol=1e-14)
    assert FramePooler(size).fit_transform(make(None)).frame_step is None
    twice = make_pipeline(FramePooler(2), FramePooler(3)).fit_transform(X)
    assert twice.frame_step == pytest.approx(0.12)


def test_arrays_have_no_frame_step():
    assert check([np.zeros((3, 2))]).frame_step is None
    assert check(np.zeros((3, 2))).frame_step is None
    assert check_segments(np.zeros((3, 4, 2))).frame_step is None
    assert check_segments(make(0.02, (4, 4, 4))).frame_step == 0.02


@pytest.mark.parametrize("name", ["chou2019", "ando2018", "fujioka2020", "emobase"])
def test_named_sets_have_a_frame_every_10_ms(noise, name):
    X = OpenSmileLLD(name).fit_transform([noise])
    assert X.frame_step == 0.01
    # The last frame ends with the sound, but for its own length and smoothing.
    assert 1.85 < X.times(0)[-1, 1] <= 2.01


@pytest.mark.parametrize("n_samples", [80, 160.49, 160.51, 161.5, 162.5, 333, 196.8])
def test_the_option_is_rounded_as_opensmile_rounds_it(noise, n_samples):
    """The reported step makes the same frames, and whole steps are the distance of frames."""
    options = {"frameStep": n_samples / RATE, "smaWin": 1}
    found = OpenSmileLLD(options=options, feature_level="lld").fit_transform([noise])
    hop = found.frame_step * RATE
    assert hop == pytest.approx(round(hop), abs=1e-9)
    assert abs(hop - n_samples) <= 0.5 + 1e-9
    exact = OpenSmileLLD(
        options={"frameStep": found.frame_step, "smaWin": 1}, feature_level="lld"
    ).fit_transform([noise])
    assert exact == found
    click = np.zeros(2 * RATE)
    click[RATE] = 0.5
    smile = OpenSmileLLD("ando2018", options=options, feature_level="lld")
    X = smile.fit_transform([click])
    loud = X[0][:, list(smile.get_feature_names_out()).index("loudness_sma")]
    (rows,) = np.nonzero(loud > loud.min())
    starts = X.times(0)[rows, 0]
    # A frame of 25 ms hears the click if it starts at most 25 ms before it.
    assert starts.min() >= 1 - 0.025 - 1e-9
    assert starts.max() <= 1 + 1e-9
    assert len(rows) == pytest.approx(0.025 / X.frame_step, abs=1)


def test_the_frame_step_of_a_foreign_configuration_is_unknown(noise, tmp_path):
    conf = tmp_path / "own.conf"
    with open(OWN_CONFIG, encoding="utf-8") as file:
        conf.write_text(file.read().replace("frameStep{0.010}", "frameStep{0.020}"))
    X = OpenSmileLLD(conf, feature_level="lld").fit_transform([noise])
    assert X.frame_step is None
    assert 95 < len(X[0]) <= 101
    # This package's own file is known by any name.
    X = OpenSmileLLD(OWN_CONFIG, feature_level="lld").fit_transform([noise])
    assert X.frame_step == 0.01


def test_functionals_are_of_a_whole_recording(noise):
    X = OpenSmileFunctionals("eGeMAPSv02").fit_transform([noise])
    assert X.frame_step is None
    assert OpenSmileLLD(errors="skip").fit_transform([noise]).frame_step == 0.01


def test_skipped_recordings_change_no_times(noise):
    with pytest.warns(UserWarning, match="1 of 2 recordings failed"):
        X = OpenSmileLLD(errors="skip").fit_transform([np.zeros(0), noise])
    assert X.frame_step == 0.01
    assert X.times(0).shape == (0, 2)


@pytest.mark.parametrize(("given", "hop"), [(0.01, 160), (0.016, 256), (0.0101, 162)])
def test_segments_have_the_step_of_whole_samples(noise, given, hop):
    X = SegmentLogMel(frame_step=given).fit_transform([noise])
    assert X.frame_step == hop / RATE
    assert len(X[0]) == 1 + (2 * RATE - 400) // hop


def test_changed_recordings_have_the_times_of_what_is_heard(noise):
    X = make_pipeline(SpeedPerturbation(2.0), OpenSmileLLD()).fit_transform([noise])
    assert X.frame_step == 0.01
    assert 0.85 < X.times(0)[-1, 1] <= 1.01


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(6, 2)) for _ in range(4)]
    model = AttentionBLSTMClassifier((4, 4, 4), max_epochs=1, random_state=0)
    return model.fit(arrays, ["sad", "angry"] * 2), arrays


@pytest.mark.parametrize("frame_step", [0.02, 0.25])
def test_attention_over_the_times_of_the_input(network, frame_step):
    model, arrays = network
    X = Sequences.from_arrays(arrays, frame_step=frame_step)
    display = AttentionDisplay.from_estimator(model, X)
    assert display.frame_step == frame_step
    assert display.ax_.get_xlim() == pytest.approx((0, 6 * frame_step))
    assert display.ax_.get_xlabel() == "time (s)"
    inner = make_pipeline(FramePooler(3)).fit(X)
    pooled = make_pipeline(FramePooler(2).fit(X), inner, model)
    assert AttentionDisplay.from_estimator(pooled, X).frame_step == pytest.approx(6 * frame_step)
    assert AttentionDisplay.from_estimator(pooled, X, frame_step=3.0).frame_step == 3


def test_attention_over_frames_without_times(network):
    model, arrays = network
    display = AttentionDisplay.from_estimator(model, arrays)
    assert display.frame_step is None
    assert display.ax_.get_xlim() == (0, 6)
    assert display.ax_.get_xlabel() == "frame"
    explicit = AttentionDisplay.from_estimator(model, arrays, frame_step=0.5)
    assert explicit.ax_.get_xlim() == (0, 3)
    assert explicit.ax_.get_xlabel() == "time (s)"
    # A sound has no place on an axis that counts frames.
    sound = AttentionDisplay(display.weights, None, signal=np.ones(100)).plot()
    assert [line.get_label() for line in sound.ax_.lines] == ["uniform"]


def test_a_table_of_vectors_has_no_times(network):
    model, _ = network
    table = pd.DataFrame(np.zeros((2, 2)))
    assert AttentionDisplay.from_estimator(model, table).ax_.get_xlabel() == "frame"
