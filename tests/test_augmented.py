"""Altered copies: what they are, and what is learned from them."""

import pickle

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    ConsensusClassifier,
    Ratings,
    Sequences,
)
from sklearn_ser.features import (
    FramePooler,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
    SpeedPerturbation,
)
from sklearn_ser.speech._recordings import check_audio, convert_to_frame
from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.splits._cross_fitting import split_for_cross_fitting
from sklearn_ser.splits._speakers import get_persons, get_voices
from sklearn_ser.splits._validation import split_validation

RATE = 16000


def tone(frequency, seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


def pitch(signal):
    """The loudest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    return spectrum.argmax() * RATE / len(signal)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_time_and_pitch_change_together(factor):
    (signal,) = SpeedPerturbation(factor).fit_transform([tone(800)])["signal"]
    assert signal.dtype == np.float32
    assert abs(len(signal) - 8000 / factor) <= 1
    assert abs(pitch(signal) - 800 * factor) < 5
    # Neither louder nor softer.
    assert abs(signal[500:-500].std() / tone(800).std() - 1) < 0.01


def test_its_own_speed_changes_nothing():
    (signal,) = SpeedPerturbation(1.0).fit_transform([tone(800)])["signal"]
    np.testing.assert_array_equal(signal, tone(800).astype(np.float32))


def test_who_speaks_is_kept(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(300, rate=8000), 8000)
    table = pd.DataFrame(
        {"file": [str(tmp_path / "a.wav")] * 2, "end": [0.25, None], "speaker": ["F1", "M1"]}
    )
    copies = SpeedPerturbation(1.25, memory=tmp_path / "cache").fit_transform(table)
    assert copies.columns.tolist() == ["signal", "speaker"]
    said = ["F1 at 1.25 times the speed", "M1 at 1.25 times the speed"]
    assert get_voices(copies["speaker"]).tolist() == said
    assert get_persons(copies["speaker"]).tolist() == ["F1", "M1"]
    assert [len(signal) for signal in copies["signal"]] == [3200, 6400]


def test_who_speaks_is_kept_in_a_file(tmp_path):
    table = pd.DataFrame({"signal": [tone(300), tone(400)], "speaker": ["F1", None]})
    copies = SpeedPerturbation(1.25).fit_transform(SpeedPerturbation(0.9).fit_transform(table))
    X = SegmentLogMel(segment_step=10).fit_transform(copies)
    X.save(tmp_path / "frames")
    again = type(X).load(tmp_path / "frames")
    assert again == X
    for speaker in (X.speaker, again.speaker):
        voices = ["F1 at 0.9 times the speed at 1.25 times the speed", None]
        assert get_voices(speaker).tolist() == voices
        assert get_persons(speaker).tolist() == ["F1", None]


@pytest.mark.parametrize("factor", [0.4, 2.5, "fast"])
def test_factors_that_are_none(factor):
    with pytest.raises(ValueError, match="'factor' parameter of SpeedPerturbation"):
        SpeedPerturbation(factor).fit([tone(300)])


def test_recordings_in_any_form_are_one_table():
    frame = convert_to_frame([tone(300), "a.wav"])
    assert frame["file"].tolist() == [None, "a.wav"]
    assert check_audio(frame).clips[1].file == "a.wav"
    assert check_audio(frame).clips[0].signal is not None
    table = pd.DataFrame({"file": ["a.wav"], "start": [0.5], "speaker": ["F1"], "what": ["ever"]})
    assert convert_to_frame(table).to_dict("records") == [
        {"file": "a.wav", "start": 0.5, "speaker": "F1"}
    ]


class Noted(ConsensusClassifier):
    """Keeps what it was trained on."""

    def fit(self, X, y):
        self.seen_ = X, y
        return super().fit(X, y)


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(0)
    signals = [
        (volume * rng.standard_normal(4000)).clip(-1, 1).astype(np.float32)
        for volume in [0.02, 0.3] * 6
    ]
    data = pd.DataFrame({"signal": signals, "speaker": ["F1", "F1", "M1", "M1"] * 3})
    return data, Ratings.from_wide([["sad", "sad"], ["angry", "sad"]] * 6)


def test_copies_have_ratings_and_speakers_of_their_originals(corpus):
    data, ratings = corpus
    pipeline = make_pipeline(
        SegmentLogMel(segment_step=10), SequenceStatistics(["mean"]), Noted(LogisticRegression())
    )
    ratings = Ratings.from_wide([["sad", "sad"], ["angry", None]] * 6)
    model = AugmentedClassifier(pipeline).fit(data, ratings)
    X, y = model.estimator_[-1].seen_
    assert y[:12] == y[12:24] == y[24:] == ratings
    extracted = pipeline[:-1].fit_transform(data)
    np.testing.assert_array_equal(X[:12], extracted)
    for factor, part in ((0.9, X[12:24]), (1.1, X[24:])):
        copy = SpeedPerturbation(factor).fit_transform(data)
        np.testing.assert_array_equal(part, pipeline[:-1].fit_transform(copy))
    # Recordings are predicted as they are.
    np.testing.assert_array_equal(
        model.predict_proba(data), model.estimator_[-1].predict_proba(extracted)
    )
    assert model.classes_.tolist() == ["angry", "sad"]
    assert model.score(data, ratings) == 1


def test_without_changes_it_is_the_estimator(corpus):
    data, ratings = corpus
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
    pipeline = make_pipeline(
        OpenSmileLLD("emobase"), FramePooler(5), SequenceScaler(by="speaker"), network
    )
    model = AugmentedClassifier(pipeline, augmentations=[]).fit(data, ratings)
    np.testing.assert_array_equal(
        model.predict_proba(data), pipeline.fit(data, ratings).predict_proba(data)
    )
    more = AugmentedClassifier(pipeline).fit(data, ratings)
    assert (more.predict_proba(data) != model.predict_proba(data)).any()


def test_an_altered_voice_stays_with_its_person():
    names = np.repeat(["F1", "M1", "F2", "M2"], 5).tolist()
    altered = [AlteredSpeaker(name, "faster") for name in names]
    twice = [AlteredSpeaker(name, "and louder") for name in altered]
    speakers = [*names, *altered, *twice]
    assert get_persons(speakers).tolist() == names * 3
    assert get_persons(None) is None
    X = Sequences(np.zeros((60, 2)), np.arange(61), pickle.loads(pickle.dumps(speakers)))
    sides = [split_validation(0.25, X, np.arange(60) % 2, np.random.default_rng(0))]
    sides += split_for_cross_fitting(4, X)
    for train, test in sides:
        assert not set(np.array(names * 3)[train]) & set(np.array(names * 3)[test])
    # For scaling, it is a speaker of its own.
    assert len(SequenceScaler(by="speaker").fit(X).speakers_) == 12


class Half(SpeedPerturbation):
    """Loses recordings."""

    def transform(self, X):
        return super().transform(X)[::2]


def test_wrong_arguments(corpus):
    data, ratings = corpus
    pipeline = make_pipeline(
        SegmentLogMel(segment_step=10), SequenceStatistics(), LogisticRegression()
    )
    with pytest.raises(
        ValueError, match=r"must return one copy per recording: 12, got 6 of Half\(\)\."
    ):
        AugmentedClassifier(pipeline, augmentations=[Half()]).fit(data, ratings)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        AugmentedClassifier(pipeline).fit(data, ratings[:5])
    with pytest.raises(ValueError, match="'estimator' parameter of AugmentedClassifier"):
        AugmentedClassifier(SpeedPerturbation()).fit(data, ratings)


def test_sequences_with_other_voices_are_other_sequences():
    plain, altered = (
        Sequences(np.zeros((2, 1)), [0, 1, 2], ["F1", name])
        for name in ("F1", AlteredSpeaker("F1", "faster"))
    )
    assert plain != altered
    assert altered == altered[:]
    assert f"{altered.speaker[1]:>4}" == "  F1"


def test_a_person_that_no_file_can_name_is_not_saved(tmp_path):
    speaker = [AlteredSpeaker(("F1", 2), "faster")]
    with pytest.raises(TypeError, match=r"tuple cannot be written: \('F1', 2\)"):
        Sequences(np.zeros((1, 1)), [0, 1], speaker).save(tmp_path / "frames")
