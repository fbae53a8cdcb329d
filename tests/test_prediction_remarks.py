"""Remarks on recordings that say nothing come from the one time that a recording is read."""

import numpy as np
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_ser import ConsensusClassifier
from sklearn_ser.evaluation import tabulate_predictions
from sklearn_ser.features import SegmentLogMel, SequenceStatistics, _extraction
from sklearn_ser.features._remarks import observe_remarks
from sklearn_ser.speech._remarks import SILENCE, Remark

LOG_MEL = SegmentLogMel(segment_step=30)
SAID = [None, "is silent", None, "is shorter than 0.1 s", None, None]


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    signals = [rng.normal(0, 0.1, 16000) for _ in range(6)]
    signals[1] = np.zeros(16000)
    signals[3] = signals[3][:1500]
    names = [str(tmp_path / f"{i}.wav") for i in range(6)]
    for name, signal in zip(names, signals, strict=True):
        soundfile.write(name, signal, 16000)
    return names


def make_model(files, log_mel=LOG_MEL):
    model = make_pipeline(log_mel, SequenceStatistics(), ConsensusClassifier(DummyClassifier()))
    return model.fit(files, ["sad", "angry"] * 3)


def predict(model, files, **settings):
    """Remarks, and how often each recording was read."""
    read, count = _extraction.read_clip, []

    def note(clip, *arguments):
        count.append(clip.file)
        return read(clip, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_extraction, "read_clip", note)
        with pytest.warns(UserWarning, match="1 of 6 recordings are (silent|shorter)") as caught:
            table = tabulate_predictions(model, files, **settings)
    assert len(caught) == 2
    return table["remark"].tolist(), [count.count(file) for file in files]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_each_recording_is_read_once(files, size):
    said, count = predict(make_model(files), files, batch_size=size)
    assert said == SAID
    assert count == [1] * 6


def test_remarks_come_from_processes_and_from_caches(files, tmp_path):
    assert predict(make_model(files), files, n_jobs=2)[0] == SAID
    log_mel = SegmentLogMel(segment_step=30, memory=tmp_path / "cache")
    model = make_model(files, log_mel)
    # The cache has the features, and the remarks with them.
    assert predict(model, files) == (SAID, [0] * 6)
    assert predict(model, files[::-1]) == (SAID[::-1], [0] * 6)


def test_a_search_that_reads_inside(files):
    """Predictions and probabilities read, and remarks are still those of each recording."""
    model = make_model(files)
    search = GridSearchCV(model, {"segmentlogmel__n_mels": [64]}, cv=2).fit(files, list("ababab"))
    assert predict(search, files)[0] == SAID
    with pytest.warns(UserWarning, match="of 7 recordings") as caught:
        table = tabulate_predictions(search, ["nowhere.wav", *files], errors="skip")
    assert table["remark"].tolist() == [None, *SAID]
    assert len(caught) == 3


def test_observers_see_their_own_block_only(files):
    with observe_remarks() as outer:
        with observe_remarks() as inner:
            LOG_MEL.transform(files)
        assert inner == {1: (Remark("silent"),), 3: (Remark("short"),)}
        LOG_MEL.transform(files[3:4])
    LOG_MEL.transform(files)
    assert outer == {0: (Remark("short"),)}


@pytest.mark.parametrize("step", [1.5, 2, 3, 4])
def test_steps_of_16_bits_and_silence(files, step):
    """Two steps, as dither has them, are silence."""
    signal = np.zeros(16000)
    signal[::2] = step / 32768
    with observe_remarks() as found:
        LOG_MEL.transform([signal])
    assert bool(found) == (step / 32768 <= SILENCE)
