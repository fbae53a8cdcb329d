"""SegmentLogMel: the arithmetic against librosa, and what it shares with OpenSmileLLD."""

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser import Segments
from sklearn_ser.features import ExtractionError, SegmentLogMel
from sklearn_ser.features._mel import BLOCK


def noise(n_samples, seed=0):
    return 0.1 * np.random.default_rng(seed).standard_normal(n_samples).astype(np.float32)


@pytest.mark.parametrize(
    ("n_samples", "n_frames", "n_segments", "n_segments_of_3"),
    [
        (5360, 32, 1, 1),
        (5520, 33, 2, 1),
        (16000, 98, 67, 23),
        (32000, 198, 167, 56),
        (5359, 32, 1, 1),
        (399, 32, 1, 1),
        (1, 32, 1, 1),
    ],
)
def test_counts(n_samples, n_frames, n_segments, n_segments_of_3):
    X = SegmentLogMel().fit_transform([noise(n_samples)])
    assert isinstance(X, Segments)
    assert X.lengths.tolist() == [n_frames]
    assert X.n_segments.tolist() == [n_segments]
    assert (
        SegmentLogMel(segment_step=3).fit_transform([noise(n_samples)]).n_segments
        == n_segments_of_3
    )
    if n_samples >= 5360:
        assert n_frames == 1 + (n_samples - 400) // 160


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_mels": 40, "fmin": 0.0, "fmax": 8000.0},
        {"frame_length": 0.032, "frame_step": 0.016, "n_fft": 1024, "window": "hamming"},
    ],
)
@pytest.mark.parametrize("loud_tone", [False, True])
def test_equal_to_librosa(changes, loud_tone):
    signal = noise(40000)
    if loud_tone:
        # Rounding errors show in the bands that are nearly silent.
        signal = 1e-4 * signal + 0.9 * np.sin(0.2 * np.arange(40000), dtype=np.float32)
    model = SegmentLogMel(**changes)
    frame, step = round(model.frame_length * 16000), round(model.frame_step * 16000)
    # librosa puts the window in the middle of the transform, and drops frames that do not fill it.
    around = (model.n_fft - frame) // 2
    mel = librosa.feature.melspectrogram(
        y=np.pad(signal, around),
        sr=16000,
        n_fft=model.n_fft,
        hop_length=step,
        win_length=frame,
        window=model.window,
        center=False,
        power=1.0,
        n_mels=model.n_mels,
        fmin=model.fmin,
        fmax=model.fmax,
        htk=True,
        norm=None,
    )
    found = model.fit_transform([signal]).values
    np.testing.assert_allclose(found, np.log(mel.T + 0.01), rtol=0, atol=1e-5)


def test_silence_is_the_offset():
    X = SegmentLogMel(log_offset=0.5).fit_transform([np.zeros(2000), noise(1000)])
    np.testing.assert_allclose(X[0], np.log(0.5), rtol=1e-6)
    # 1000 samples are 4 frames; the rest of the segment is silence.
    assert (X[1][:4] > np.log(0.5)).all()
    np.testing.assert_allclose(X[1][4:], np.log(0.5), rtol=1e-6)


def test_a_tone_is_in_its_band():
    time = np.arange(16000) / 16000
    for frequency in (300, 1000, 4000):
        frames = SegmentLogMel().fit_transform([0.5 * np.sin(2 * np.pi * frequency * time)])[0]
        mel = 2595 * np.log10(1 + np.array([125, frequency, 7500]) / 700)
        band = (mel[1] - mel[0]) / (mel[2] - mel[0]) * 65 - 1
        assert abs(frames.mean(axis=0).argmax() - band) <= 1


def test_blocks_of_long_signals_change_nothing():
    signal = noise(160 * (BLOCK + 50) + 400)
    whole = SegmentLogMel().fit_transform([signal])[0]
    assert len(whole) == BLOCK + 51
    behind = SegmentLogMel().fit_transform([signal[160 * (BLOCK - 5) :]])[0]
    np.testing.assert_allclose(whole[BLOCK - 5 :], behind, atol=1e-5)


def test_files_parts_speakers_and_rates(tmp_path):
    signal = noise(32000)
    stereo = np.column_stack([signal, signal])
    soundfile.write(tmp_path / "a.wav", stereo, 32000, subtype="FLOAT")
    table = pd.DataFrame(
        {
            "file": [tmp_path / "a.wav"] * 2,
            "start": [None, 0.2],
            "end": [None, 0.7],
            "speaker": ["F", "M"],
            "session": [1, 1],
        }
    )
    table["file"] = table["file"].map(str)
    X = SegmentLogMel().fit_transform(table)
    assert X.lengths.tolist() == [98, 48]
    assert X.speaker.tolist() == ["F", "M"]
    assert X.session.tolist() == [1, 1]
    same = SegmentLogMel(sampling_rate=32000).fit_transform([signal])
    np.testing.assert_allclose(same[0], X[0], atol=1e-5)


def test_every_bad_recording_is_named(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    recordings = [noise(6000), np.zeros(0), np.array([np.nan] * 10)]
    message = r"2 of 3 .*\n- sample 1 .* has no samples\n- sample 2 .*NaN"
    with pytest.raises(ValueError, match=message):
        SegmentLogMel().fit_transform(recordings)
    with pytest.raises(ValueError, match=r"1 of 1 recordings failed: sample 0 .*text\.wav"):
        SegmentLogMel().fit_transform([str(tmp_path / "text.wav")])


def test_the_cache_keeps_frames_for_any_segment_step(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", noise(16000), 16000)
    files = [str(tmp_path / "a.wav")]
    first = SegmentLogMel(memory=tmp_path / "cache").fit_transform(files)

    def fail(*_):
        raise AssertionError("read again")

    monkeypatch.setattr("sklearn_ser.features._extraction.read_clip", fail)
    again = SegmentLogMel(memory=tmp_path / "cache", segment_step=5).fit_transform(files)
    np.testing.assert_array_equal(again.values, first.values)
    assert again.n_segments.tolist() == [14]
    with pytest.raises(ExtractionError, match="failed with AssertionError: read again"):
        SegmentLogMel(memory=tmp_path / "cache", fmin=0).fit_transform(files)


def test_processes_give_the_same():
    recordings = [noise(6000 + 100 * i, seed=i) for i in range(6)]
    one, two = (SegmentLogMel(n_jobs=n).fit_transform(recordings) for n in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fft": 256}, "n_fft must be at least 400, the samples of a frame, got 256"),
        ({"fmin": 4000, "fmax": 3000}, "fmin must be below fmax, got 4000 and 3000 Hz"),
        ({"n_mels": 200}, r"bands contain no frequency of a transform of 512 samples: use fewer"),
        ({"fmax": 9000}, "'fmax' parameter"),
        ({"log_offset": 0}, "'log_offset' parameter"),
        ({"segment_step": 0}, "'segment_step' parameter"),
        ({"window": "boxy"}, r"(?i)(unknown|invalid) window"),
    ],
)
def test_bad_parameters(settings, message):
    for method in ("fit", "transform"):
        with pytest.raises(ValueError, match=message):
            getattr(SegmentLogMel(**settings), method)([noise(6000)])


def test_names_of_bands():
    names = SegmentLogMel(3).get_feature_names_out()
    assert names.tolist() == ["mel0", "mel1", "mel2"]


def test_real_recordings(emodb):
    files = sorted(str(path) for path in (emodb / "wav").glob("*.wav"))[:5]
    X = SegmentLogMel(segment_step=3).fit_transform(files)
    assert X.n_features == 64
    n_samples = np.array([soundfile.info(file).frames for file in files])
    assert X.lengths.tolist() == (1 + (n_samples - 400) // 160).tolist()
    # Speech is above silence, and below a tone at full scale.
    assert X.values.min() >= np.float32(np.log(0.01)) - 1e-6
    assert X.values.mean() > np.log(0.01) + 1
