"""Displays show what is in the ratings."""

import itertools
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError, UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
    SoftmaxClassifier,
)
from sklearn_ser.features import FramePooler, OpenSmileLLD, SequenceScaler
from sklearn_ser.inspection import (
    AgreementDisplay,
    AnnotatorDisplay,
    AttentionDisplay,
    ConfusionsDisplay,
    EmotionProfileDisplay,
    LabelCorrectionDisplay,
    ReliabilityDisplay,
)
from sklearn_ser.metrics import calibration_error

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _no_figure_stays():
    yield
    mpl.pyplot.close("all")


@pytest.fixture
def y():
    cells = [["sad", "angry"], ["sad", "sad"], ["other", "angry"], ["angry", None]]
    return Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=["angry", "sad"])


def test_shares_of_annotators_and_crowd(y):
    display = AnnotatorDisplay.from_ratings(y)
    assert display.shares.index.tolist() == ["crowd", "E1", "E2"]
    np.testing.assert_allclose(display.shares, [[3 / 6, 3 / 6], [1 / 3, 2 / 3], [2 / 3, 1 / 3]])
    assert display.n_ratings.tolist() == [6, 3, 3]
    widths = np.array([bar.get_width() for bar in display.ax_.patches]).reshape(2, 3)
    np.testing.assert_allclose(widths.T, display.shares)
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["angry", "sad"]


def test_on_axes_of_ones_own(y):
    _, ax = mpl.pyplot.subplots()
    display = AnnotatorDisplay.from_ratings(y, classes=["other", "sad"], annotators=["E2"], ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.shares.columns.tolist() == ["other", "sad"]
    assert display.shares.index.tolist() == ["crowd", "E2"]


def test_without_matplotlib(y, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="figures need matplotlib: pip install matplotlib"):
        AnnotatorDisplay.from_ratings(y)


def test_unknown_annotators(y):
    with pytest.raises(ValueError, match=r"annotators E9 are not among .*: E1, E2\."):
        AnnotatorDisplay.from_ratings(y, annotators=["E9"])
    one = AnnotatorDisplay.from_ratings(y, annotators="E2").shares
    assert one.index.tolist() == ["crowd", "E2"]


def test_what_an_ensemble_expects_of_annotators(X):
    cells = [["sad", "sad", "angry"], ["angry", "sad", "sad"], ["angry"] * 3, ["sad"] * 3] * 10
    ratings = Ratings.from_wide(cells, annotators=["E1", "E2", "E3"])
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2)
    ensemble = AnnotatorEnsembleClassifier(network, min_ratings=5, random_state=0)
    model = make_pipeline(SequenceScaler(), ensemble).fit(X, ratings)
    display = AnnotatorDisplay.from_estimator(model, X[:10])
    each = ensemble.predict_annotators(model[:-1].transform(X[:10]))
    for i, name in enumerate(ensemble.annotators_):
        np.testing.assert_allclose(display.shares.loc[str(name)], each[:, i].mean(axis=0))
    crowd = model.predict_proba(X[:10]).mean(axis=0)
    np.testing.assert_allclose(display.shares.loc["crowd"], crowd)
    assert display.shares.columns.tolist() == ensemble.classes_.tolist()
    assert display.ax_.get_xlabel() == "share of expected ratings (right: their number)"
    assert set(display.n_ratings) == {10}
    with pytest.raises(TypeError, match="must have predict_annotators, got AttentionBLSTM"):
        AnnotatorDisplay.from_estimator(network, X)


@pytest.fixture(scope="module")
def crowd():
    """A classifier of three raters: E2 calls everything angry, and E3 says "other" at times."""
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=200)
    labels = np.array(["angry", "sad"])[truth]
    third = np.where(rng.random(200) < 0.3, "other", labels)
    cells = np.column_stack([labels, np.full(200, "angry"), third]).astype(object)
    y = Ratings.from_wide(cells, annotators=["E1", "E2", "E3"], target_classes=["angry", "sad"])
    X = 2 * truth[:, None] + rng.normal(0, 0.5, (200, 1))
    model = make_pipeline(StandardScaler(), CrowdEMClassifier(LogisticRegression(), tol=0.05))
    return model.fit(X, y), X, y


def test_what_some_annotators_are_expected_to_say(crowd):
    model, X, _ = crowd
    every = AnnotatorDisplay.from_estimator(model, X).shares
    some = AnnotatorDisplay.from_estimator(model, X, annotators=["E3", "E1"]).shares
    assert some.index.tolist() == ["crowd", "E3", "E1"]
    pd.testing.assert_frame_equal(some, every.loc[some.index])
    one = AnnotatorDisplay.from_estimator(model, X, annotators="E3").shares
    assert one.index.tolist() == ["crowd", "E3"]
    assert AnnotatorDisplay.from_estimator(make_pipeline(model), X).shares.equals(every)
    with pytest.raises(ValueError, match=r"annotators E9 are not among .* classifier: E1, E2, E3"):
        AnnotatorDisplay.from_estimator(model, X, annotators=["E1", "E9"])


def test_matrices_of_annotators(crowd):
    model, _, _ = crowd
    display = ConfusionsDisplay.from_estimator(model)
    assert list(display.confusions) == ["average annotator", "E1", "E2", "E3"]
    assert [ax.get_title() for ax in display.axes_] == list(display.confusions)
    learned = [model[-1].average_confusion_, *model[-1].confusions_]
    for ax, table, matrix in zip(display.axes_, display.confusions.values(), learned, strict=True):
        np.testing.assert_array_equal(table, matrix)
        np.testing.assert_array_equal(ax.images[0].get_array(), matrix)
        shown = [text.get_text() for text in ax.texts]
        assert shown == [f"{share:.2f}" for share in matrix.ravel()]
    first = display.axes_[0]
    assert [text.get_text() for text in first.get_xticklabels()] == ["angry", "other", "sad"]
    assert [text.get_text() for text in first.get_yticklabels()] == ["angry", "sad"]
    assert (first.get_xlabel(), first.get_ylabel()) == ("label given", "class")
    assert display.confusions["E2"].loc["sad", "angry"] > 0.9
    assert display.confusions["E3"].loc["sad", "other"] > 0.2


def test_matrices_of_some_annotators_on_axes_of_ones_own(crowd):
    model, _, _ = crowd
    _, axes = mpl.pyplot.subplots(2)
    display = ConfusionsDisplay.from_estimator(model, annotators=["E3", "E1"], ax=axes)
    assert list(display.confusions) == ["E3", "E1"]
    assert list(display.axes_) == list(axes)
    assert display.figure_ is axes[0].figure
    np.testing.assert_array_equal(display.confusions["E1"], model[-1].confusions_[0])
    assert list(ConfusionsDisplay.from_estimator(model, annotators="E1").confusions) == ["E1"]
    with pytest.raises(ValueError, match="annotators must name at least one annotator, got none"):
        ConfusionsDisplay.from_estimator(model, annotators=[])
    lone = ConfusionsDisplay.from_estimator(model[-1], annotators=["E2"], ax=axes[0])
    assert list(lone.axes_) == [axes[0]]
    with pytest.raises(ValueError, match="ax must be 2 axes, one per matrix, got 3"):
        display.plot(ax=mpl.pyplot.subplots(3)[1])


def test_a_figure_has_at_most_twelve_matrices():
    names = [f"E{a:02}" for a in range(15)]
    cells = np.repeat([["angry"] * 15, ["sad"] * 15], 3, axis=0).astype(object)
    y = Ratings.from_wide(cells, annotators=names)
    X = np.repeat([[0.0], [1.0]], 3, axis=0)
    model = CrowdEMClassifier(LogisticRegression()).fit(X, y)
    display = ConfusionsDisplay.from_estimator(model)
    assert list(display.confusions) == ["average annotator", *names[:11]]
    assert len(display.figure_.axes) == 12
    five = ConfusionsDisplay.from_estimator(model, annotators=names[:5])
    assert len(five.figure_.axes) == 5


def test_classifiers_without_matrices(crowd):
    model, X, y = crowd
    with pytest.raises(ValueError, match=r"annotators E8, E9 are not among .*: E1, E2, E3\."):
        ConfusionsDisplay.from_estimator(model, annotators=["E9", "E1", "E8"][::-1])
    with pytest.raises(NotFittedError):
        ConfusionsDisplay.from_estimator(CrowdEMClassifier(LogisticRegression()))
    heads = CrowdLayerClassifier(SoftmaxClassifier(max_epochs=1), annotator_model="head")
    for other, name in (
        (heads.fit(X, y), "CrowdLayerClassifier"),
        (make_pipeline(StandardScaler(), SoftmaxClassifier(max_epochs=1)).fit(X, y), "Softmax"),
    ):
        with pytest.raises(TypeError, match=f"the classifier must have confusions_, got {name}"):
            ConfusionsDisplay.from_estimator(other)


def test_matrices_of_a_crowd_layer(crowd):
    _, X, y = crowd
    model = CrowdLayerClassifier(SoftmaxClassifier(max_epochs=1)).fit(X, y)
    display = ConfusionsDisplay.from_estimator(model, annotators=["E2"])
    np.testing.assert_array_equal(display.confusions["E2"], model.confusions_[1])


def test_reliability(crowd):
    """Points, counts and bars are those of bins that are filled by hand."""
    model, X, y = crowd
    proba = model.predict_proba(X)
    display = ReliabilityDisplay.from_estimator(model, X, y, n_bins=4)
    counts = y.counts(["angry", "sad"])
    shares = counts / counts.sum(axis=1, keepdims=True)
    points, numbers = [], []
    for b in range(4):
        inside = (proba > b / 4) & (proba <= (b + 1) / 4)
        numbers.append(inside.sum())
        points.append((proba[inside].mean(), shares[inside].mean()))
    assert min(numbers) > 0
    np.testing.assert_allclose(display.bins[["probability", "share"]], points)
    np.testing.assert_allclose(display.ax_.lines[1].get_xydata(), points)
    assert [text.get_text() for text in display.ax_.texts] == [str(n) for n in numbers]
    heights = [bar.get_height() for bar in display.ax_.patches]
    np.testing.assert_allclose(heights, np.array(numbers) / 400)
    error = calibration_error(y, proba, classes=["angry", "sad"], n_bins=4)
    assert display.error == pytest.approx(error)
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert f"Pipeline (error {error:.3f})" in labels
    # Without the samples of weight 0, as if they were absent.
    weights = np.arange(200) % 2
    weighted = ReliabilityDisplay.from_estimator(model, X, y, sample_weight=weights, name="half")
    half = ReliabilityDisplay.from_estimator(model, X[1::2], y[1::2])
    pd.testing.assert_frame_equal(weighted.bins, half.bins)
    assert weighted.name == "half"


def test_many_numbers_are_turned_and_empty_bins_have_no_point():
    y = ["sad", "angry"] * 5
    _, ax = mpl.pyplot.subplots()
    settings = {"classes": ["angry", "sad"], "n_bins": 80, "ax": ax}
    display = ReliabilityDisplay.from_predictions(y, [[0.3, 0.7]] * 10, **settings)
    assert display.ax_ is ax
    assert len(ax.lines[1].get_xdata()) == 2
    assert {text.get_rotation() for text in ax.texts} == {90}
    assert display.bins["n"].sum() == 20
    assert display.error == pytest.approx(0.2)


def test_reliability_of_what_nobody_rated(y):
    unrated = y.select("E2")[[3]]
    settings = {"classes": ["angry", "sad"]}
    with pytest.warns(UndefinedMetricWarning, match="no sample has a rating for a target class"):
        display = ReliabilityDisplay.from_predictions(unrated, [[0.5, 0.5]], **settings)
    assert np.isnan(display.error)
    assert display.bins["share"].isna().all()
    with pytest.raises(ValueError, match="n_bins must be an integer of at least 1, got 0"):
        ReliabilityDisplay.from_predictions(y, np.ones((4, 2)) / 2, n_bins=0, **settings)


def test_reliability_of_samples_that_do_not_belong_together(crowd):
    model, X, y = crowd
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ReliabilityDisplay.from_estimator(model, X[:9], y)


@pytest.fixture(scope="module")
def corrected():
    rng = np.random.default_rng(0)
    X = [rng.normal(i % 2, 1, (4, 2)) for i in range(30)]
    labels = np.array(["sad", "angry"] * 15, dtype=object)
    labels[:4] = "sad", "sad", "sad", None
    network = AttentionBLSTMClassifier(
        (4, 4, 4), lr=0.02, max_epochs=12, target_encoder=HardTargetEncoder(), early_stopping=False
    )
    model = LabelCorrectingClassifier(network, lr_target=2.0, random_state=0)
    return make_pipeline(SequenceScaler(), model).fit(X, Ratings.from_labels(labels))


def test_where_labels_moved(corrected):
    display = LabelCorrectionDisplay.from_estimator(corrected)
    assert display.transitions is corrected[-1].transitions_
    shown = [text.get_text() for text in display.ax_.texts]
    assert shown == [f"{share:.0%}" for share in display.transitions.ravel()]
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["angry", "sad"]


def test_w_of_classes(corrected):
    display = LabelCorrectionDisplay.from_estimator(corrected, kind="class_w")
    heights = [bar.get_height() for bar in display.ax_.patches]
    np.testing.assert_allclose(heights, corrected[-1].class_w_.ravel())


def test_trajectories_of_samples(corrected):
    model = corrected[-1]
    _, ax = mpl.pyplot.subplots()
    display = LabelCorrectionDisplay.from_estimator(corrected, kind="trajectories", ax=ax)
    assert display.ax_ is ax
    suspects = model.suspects(3)
    assert list(display.trajectories) == suspects.index.tolist()
    line = ax.lines[0]
    first = suspects.index[0]
    given = list(model.classes_).index(suspects["given"].iloc[0])
    np.testing.assert_array_equal(line.get_ydata(), model.trajectory_["targets"][:, first, given])
    assert line.get_xdata().tolist() == list(range(1, 13))
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert (
        names[0]
        == f"sample {first}: {suspects['given'].iloc[0]} → " + (suspects["corrected"].iloc[0])
    )
    chosen = LabelCorrectionDisplay.from_estimator(corrected, kind="trajectories", samples=[29])
    assert list(chosen.trajectories) == [29]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "table"}, r"kind must be one of \('transitions', .*got 'table'"),
        ({"samples": [0, 3, 30]}, r"among the 30 that .* and have a target, got 3, 30\."),
    ],
)
def test_wrong_requests(corrected, settings, message):
    with pytest.raises(ValueError, match=message):
        LabelCorrectionDisplay.from_estimator(corrected, **settings)


def test_trajectories_are_of_training_samples():
    rng = np.random.default_rng(0)
    X = [rng.normal(i % 2, 1, (4, 2)) for i in range(30)]
    network = AttentionBLSTMClassifier((4, 4, 4), lr=0.02, max_epochs=4, validation=0.5)
    model = LabelCorrectingClassifier(network, lr_target=2.0, random_state=0)
    model.fit(X, ["sad", "angry"] * 15)
    ranked = model.suspects(30)
    held_out = ranked.index[ranked["held_out"]]
    assert len(held_out) == 15
    display = LabelCorrectionDisplay.from_estimator(model, kind="trajectories")
    assert list(display.trajectories) == ranked.index[~ranked["held_out"]][:3].tolist()
    message = rf"fitted on, not be held out, and have a target, got {held_out[0]}\."
    with pytest.raises(ValueError, match=message):
        LabelCorrectionDisplay.from_estimator(
            model, kind="trajectories", samples=[*display.trajectories, held_out[0]]
        )


def test_trajectories_must_have_been_recorded(corrected):
    model = LabelCorrectingClassifier(
        AttentionBLSTMClassifier((4, 4, 4), max_epochs=1), store_trajectory=False
    ).fit([np.zeros((2, 2)), np.ones((2, 2))], ["sad", "angry"])
    assert LabelCorrectionDisplay.from_estimator(model).trajectories == {}
    with pytest.raises(ValueError, match="trajectories need an estimator with store_traj"):
        LabelCorrectionDisplay.from_estimator(model, kind="trajectories")


@pytest.fixture(scope="module")
def segments():
    rng = np.random.default_rng(0)
    return Segments(rng.normal(size=(96, 5)), np.arange(9) * 12, segment_length=4, segment_step=2)


@pytest.fixture(scope="module")
def refinery(segments):
    network = SegmentVGGClassifier(width=1 / 64, max_epochs=1)
    model = ProfileRefineryClassifier(network, cv=2, random_state=0)
    return make_pipeline(SequenceScaler(), model).fit(segments, ["sad", "angry"] * 4)


def test_profiles_over_time_and_stages(refinery, segments):
    display = EmotionProfileDisplay.from_estimator(refinery, segments, sample=2)
    scaled = refinery[0].transform(segments)
    assert list(display.profiles) == ["stage 1", "stage 2"]
    for stage, (ax, name) in enumerate(zip(display.axes_[1:], display.profiles, strict=True)):
        expected = refinery[-1].predict_profile(scaled[[2]], stage=stage)[0]
        np.testing.assert_allclose(display.profiles[name], expected)
        for k, line in enumerate(ax.lines):
            np.testing.assert_allclose(line.get_xdata(), 0.01 * (2 * np.arange(5) + 2))
            np.testing.assert_allclose(line.get_ydata(), expected[:, k])
    image = display.axes_[0].images[0]
    np.testing.assert_allclose(image.get_array(), scaled[2].T)
    assert image.get_extent()[:2] == pytest.approx([0, 0.12])
    names = [text.get_text() for text in display.axes_[1].get_legend().get_texts()]
    assert names == ["angry", "sad"]
    assert display.ax_.get_xlabel().startswith("time (s)")


def test_a_profile_under_its_waveform(refinery, segments):
    _, axes = mpl.pyplot.subplots(2)
    signal = np.sin(np.arange(1600))
    display = EmotionProfileDisplay.from_estimator(
        refinery, segments, stages=[-1], signal=signal, sampling_rate=8000, ax=axes
    )
    assert list(display.profiles) == ["stage 2"]
    np.testing.assert_allclose(axes[0].lines[0].get_xdata()[-1], 1599 / 8000)
    with pytest.raises(ValueError, match=r"ax must be 2 axes, one for the sound .*, got 3"):
        display.plot(ax=mpl.pyplot.subplots(3)[1])


def test_profiles_of_arrays_count_frames():
    cube = np.random.default_rng(0).normal(size=(8, 32, 64))
    network = SegmentVGGClassifier(width=1 / 64, max_epochs=1).fit(cube, ["sad", "angry"] * 4)
    display = EmotionProfileDisplay.from_estimator(network, cube)
    assert display.frame_step is None
    assert display.times.tolist() == [[0, 32]]
    assert display.axes_[0].images[0].get_extent()[:2] == [0, 32]
    assert display.ax_.get_xlabel() == "frame, at the centre of each segment"
    with pytest.raises(ValueError, match="a waveform can only be drawn above frames whose frame_"):
        EmotionProfileDisplay.from_estimator(network, cube, signal=np.zeros(100))
    timed = Segments(cube.reshape(-1, 64), np.arange(9) * 32, frame_step=0.02)
    display = EmotionProfileDisplay.from_estimator(network, timed)
    assert display.times == pytest.approx(np.array([[0, 0.64]]))
    assert display.axes_[0].images[0].get_extent()[:2] == pytest.approx([0, 0.64])


def test_a_network_alone_has_one_profile(segments):
    network = SegmentVGGClassifier(width=1 / 64, max_epochs=1).fit(segments, ["sad", "angry"] * 4)
    display = EmotionProfileDisplay.from_estimator(network, segments)
    assert list(display.profiles) == ["profile"]
    assert len(display.axes_) == 2


def test_what_raters_confuse_pair_by_pair(y):
    """As counted by hand: every ordered pair of raters of a sample, samples weighed by raters."""
    ratings = Ratings.from_wide(
        [["sad", "sad", "angry"], ["angry", "angry", None], ["sad", None, None], ["calm"] * 3]
    )
    labels = ["angry", "calm", "sad"]
    expected = pd.DataFrame(0.0, index=labels, columns=labels)
    for cells in [["sad", "sad", "angry"], ["angry", "angry"], ["calm"] * 3]:
        for one, other in itertools.permutations(cells, 2):
            expected.loc[one, other] += 1 / (len(cells) - 1)
    expected = expected.div(expected.sum(axis=1), axis=0)
    display = AgreementDisplay.from_ratings(ratings)
    pd.testing.assert_frame_equal(display.shares, expected)
    assert display.alpha == ratings.agreement().alpha
    np.testing.assert_allclose(display.ax_.images[0].get_array(), expected)
    assert display.ax_.get_title() == f"Krippendorff's alpha {display.alpha:.2f}"
    # Target classes come first; a label that stood beside no other has no row.
    assert AgreementDisplay.from_ratings(y).shares.index.tolist() == ["angry", "sad", "other"]
    alone = AgreementDisplay.from_ratings(Ratings.from_labels(["sad", "angry"]))
    assert alone.shares.isna().all(axis=None)
    assert len(alone.ax_.texts) == 0


def test_what_raters_say_of_what_a_model_calls_so(y):
    said = np.array(["sad", "sad", "angry", "angry"])
    display = AgreementDisplay.from_predictions(y, said)
    rows = [["angry", "other", "angry"], ["sad", "angry", "sad", "sad"]]
    for label, heard in zip(("angry", "sad"), rows, strict=True):
        expected = [heard.count(name) / len(heard) for name in ("angry", "sad", "other")]
        np.testing.assert_allclose(display.shares.loc[label], expected)
    assert display.shares.loc["other"].isna().all()
    assert display.alpha == y.agreement().alpha
    assert (display.ax_.get_ylabel(), display.ax_.get_xlabel()) == ("the model", "raters")
    model = ConsensusClassifier(DummyClassifier(strategy="constant", constant="sad"))
    model.fit(np.zeros((4, 1)), y)
    of_model = AgreementDisplay.from_estimator(model, np.zeros((4, 1)), y, classes=["sad"])
    assert of_model.shares.to_numpy().tolist() == [[1.0]]
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        AgreementDisplay.from_predictions(y, said[:2])


@pytest.fixture(scope="module")
def recordings():
    rng = np.random.default_rng(0)
    signals = [0.3 * rng.standard_normal(n).clip(-3, 3) for n in (8000, 16000, 12000, 8000)]
    return pd.DataFrame({"signal": signals, "speaker": ["F1", "M1"] * 2})


def test_attention_over_the_sound(recordings):
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
    model = make_pipeline(OpenSmileLLD("emobase"), FramePooler(5), SequenceScaler(), network)
    model.fit(recordings, ["sad", "angry"] * 2)
    display = AttentionDisplay.from_estimator(model, recordings, sample=1)
    weights = model[-1].attention(model[:-1].transform(recordings))[1]
    np.testing.assert_allclose(display.weights, weights, atol=1e-6)
    assert display.frame_step == 0.05
    fill, line = display.ax_.patches
    for step in (fill, line):
        values, edges, _ = step.get_data()
        np.testing.assert_allclose(values, weights * len(weights), rtol=1e-4)
        np.testing.assert_allclose(edges, np.arange(len(weights) + 1) * 0.05)
    # A second of sound, and frames that cover it but for the last window.
    assert display.ax_.lines[0].get_xdata()[-1] == pytest.approx(1, abs=1e-3)
    assert 0.9 < edges[-1] <= 1
    assert display.ax_.get_xlabel() == "time (s)"
    # Frames, in place of recordings, have no sound.
    X = model[:-1].transform(recordings)
    _, ax = mpl.pyplot.subplots()
    silent = AttentionDisplay.from_estimator(model[-1], X, sample=1, frame_step=0.05, ax=ax)
    assert silent.signal is None
    assert silent.ax_ is ax
    np.testing.assert_allclose(silent.weights, display.weights, atol=1e-6)
    with pytest.raises(TypeError, match="must have attention, got SequenceScaler"):
        AttentionDisplay.from_estimator(SequenceScaler().fit(X), X)
