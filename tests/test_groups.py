"""Clips that are computed together: what is told of each, and what a cache keeps."""

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile
from _tones import BAD, DEADLY, WARNED, Tones

from sklearn_ser.features import ExtractionError, _extraction

RATE = 16000


def make_signals(*lengths, first=0.1):
    return [np.r_[first, np.full(n - 1, 0.1)].astype(np.float32) for n in lengths]


def read_groups(folder):
    """Return the lengths of the signals of every group so far, and forget them."""
    lines = (folder / "groups").read_text().splitlines() if (folder / "groups").exists() else []
    (folder / "groups").unlink(missing_ok=True)
    return [list(map(int, line.split())) for line in lines]


def get_lengths(X):
    return [int(frames[0, 0]) if len(frames) else None for frames in X]


def test_clips_are_computed_in_groups(tmp_path):
    X = Tones(tmp_path).transform(make_signals(*range(100, 110)))
    assert get_lengths(X) == list(range(100, 110))
    groups = [list(range(100, 104)), list(range(104, 108)), [108, 109]]
    assert read_groups(tmp_path) == groups


def test_every_process_gets_some(tmp_path):
    # Two processes, and so no more than three of five signals in a group.
    X = Tones(tmp_path, n_jobs=2).transform(make_signals(*range(100, 105)))
    assert get_lengths(X) == list(range(100, 105))
    assert sorted(read_groups(tmp_path)) == [[100, 101, 102], [103, 104]]


def test_groups_are_not_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(_extraction, "LARGEST_GROUP", 1000)
    # In bytes: 400, 500 and 1200 as waveforms of 4 bytes per sample.
    signals = make_signals(100, 125, 300, 100, 125, 50)
    Tones(tmp_path).transform(signals)
    assert read_groups(tmp_path) == [[100, 125], [300], [100, 125], [50]]
    # A file counts as its bytes, and a part of it as its seconds.
    file = tmp_path / "a.wav"
    soundfile.write(file, np.full(RATE, 0.1), RATE)
    Tones(tmp_path).transform([file, file])
    assert read_groups(tmp_path) == [[RATE], [RATE]]
    parts = {"start": [None, 0.5, 0.5], "end": [0.01, 0.51, 0.51]}
    table = pd.DataFrame({"file": [file] * 3, **parts})
    Tones(tmp_path).transform(table)
    assert read_groups(tmp_path) == [[160, 160, 160]]


def test_bad_clips_are_told_as_always(tmp_path):
    soundfile.write(tmp_path / "good.wav", np.full(500, 0.1), RATE)
    (tmp_path / "text.wav").write_text("no audio")
    signals = make_signals(100, 101)
    files = [tmp_path / "good.wav", tmp_path / "text.wav", None, tmp_path / "gone.wav", None]
    waveforms = [None, None, signals[0], None, signals[1] * np.nan]
    clips = pd.DataFrame({"file": files, "signal": waveforms})
    for n_jobs in (None, 2):
        tones = Tones(tmp_path, n_jobs=n_jobs)
        with pytest.raises(ExtractionError) as caught:
            tones.transform(clips)
        failures = caught.value.failures
        assert failures["sample"].tolist() == [1, 3, 4]
        reasons = "cannot be read as audio", "does not exist", "has NaN or infinite samples"
        for reason, start in zip(failures["reason"], reasons, strict=True):
            assert reason.startswith(start)
        with pytest.warns(UserWarning, match="3 of 5 recordings failed"):
            X = tones.set_params(errors="skip").transform(clips)
        assert get_lengths(X) == [500, None, 100, None, None]


def test_a_signal_that_fails_is_named_alone(tmp_path):
    signals = [*make_signals(100, 101), *make_signals(102, first=BAD), *make_signals(103, 104)]
    tones = Tones(tmp_path, memory=tmp_path / "cache")
    with pytest.raises(ExtractionError) as caught:
        tones.transform(signals)
    failures = caught.value.failures
    assert failures["sample"].tolist() == [2]
    reason = "failed with ZeroDivisionError: a bad signal of 102 samples"
    assert failures["reason"].tolist() == [reason]
    assert "ZeroDivisionError" in str(caught.value.__cause__)
    # The group, then each alone, and the second group.
    assert read_groups(tmp_path) == [[100, 101, 102, 103], [100], [101], [102], [103], [104]]
    # All others are in the cache.
    with pytest.warns(UserWarning, match="1 of 5 recordings failed"):
        X = tones.set_params(errors="skip").transform(signals)
    assert get_lengths(X) == [100, 101, None, 103, 104]
    assert read_groups(tmp_path) == [[102]]


def test_errors_that_are_no_clips_fault_are_raised(tmp_path, monkeypatch):
    def lack(*_):
        raise ImportError("no such package")

    monkeypatch.setattr("_tones.compute_together", lack)
    with pytest.raises(ImportError, match="no such package"):
        Tones(tmp_path).transform(make_signals(100, 101))


def test_remarks_are_kept_with_each_clip(tmp_path):
    signals = make_signals(100, 101, 102)
    signals[1] = signals[1] * 12  # 1.2
    tones = Tones(tmp_path, memory=tmp_path / "cache")
    for n_groups in (1, 0):
        with pytest.warns(UserWarning, match="1 of 3 recordings exceed") as caught:
            X = tones.transform(signals)
        assert len(caught) == 1
        assert "sample 1 (waveform)" in str(caught[0].message)
        assert len(read_groups(tmp_path)) == n_groups
    assert X == Tones(memory=None).transform([s.clip(-1, 32767 / 32768) for s in signals])


def test_one_entry_per_clip(tmp_path):
    signals = make_signals(*range(100, 106))
    tones = Tones(tmp_path, memory=tmp_path / "cache")
    first = tones.transform(signals)
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 6
    assert read_groups(tmp_path) == [[100, 101, 102, 103], [104, 105]]
    assert tones.transform(signals[::-1]) == first[::-1]
    assert read_groups(tmp_path) == []
    # What is new is computed together.
    tones.transform([*signals[:3], *make_signals(200), *signals[3:], *make_signals(201)])
    assert read_groups(tmp_path) == [[200, 201]]


def test_the_same_clip_twice(tmp_path):
    [signal] = make_signals(100)
    for memory in (None, tmp_path / "cache"):
        X = Tones(tmp_path, memory=memory).transform([signal, signal])
        assert get_lengths(X) == [100, 100]


def test_waveforms_and_files(tmp_path):
    [a, b] = make_signals(100, 101)
    soundfile.write(tmp_path / "a.wav", a, RATE)
    table = pd.DataFrame({"file": [tmp_path / "a.wav", None], "signal": [None, b]})
    for memory in (None, tmp_path / "cache", tmp_path / "cache"):
        assert get_lengths(Tones(tmp_path, memory=memory).transform(table)) == [100, 101]
    assert read_groups(tmp_path) == [[100, 101]] * 2


def test_a_file_that_disappears_meanwhile(tmp_path, monkeypatch):
    [a, b] = make_signals(100, 101)
    for name, signal in {"a.wav": a, "b.wav": b}.items():
        soundfile.write(tmp_path / name, signal, RATE)
    group = _extraction._group

    def delete(tasks, most):
        (tmp_path / "a.wav").unlink(missing_ok=True)
        return group(tasks, most)

    monkeypatch.setattr(_extraction, "_group", delete)
    with pytest.raises(ExtractionError, match=r"sample 0 \(.*a\.wav\) does not exist"):
        Tones(tmp_path).transform([tmp_path / "a.wav", tmp_path / "b.wav"])


def test_a_file_that_cannot_be_read_for_any_reason_is_named(tmp_path, monkeypatch):
    read = _extraction.read_clip

    def fail(clip, *rest):
        if len(clip.signal) == 101:
            raise RuntimeError("no such thing")
        return read(clip, *rest)

    monkeypatch.setattr(_extraction, "read_clip", fail)
    said = r"sample 1 .* failed with RuntimeError: no such thing\."
    with pytest.raises(ExtractionError, match=said):
        Tones(tmp_path).transform(make_signals(100, 101, 102))
    with pytest.warns(UserWarning, match=said):
        X = Tones(tmp_path, errors="skip").transform(make_signals(100, 101, 102))
    assert get_lengths(X) == [100, None, 102]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_progress(n_jobs, tmp_path, capsys):
    signals = [*make_signals(*range(100, 108)), *make_signals(108, first=BAD), np.array([np.nan])]
    with pytest.warns(UserWarning, match="2 of 10 recordings failed"):
        Tones(tmp_path, verbose=True, n_jobs=n_jobs, errors="skip").transform(signals)
    assert "10/10" in capsys.readouterr().err


def test_a_crash_names_the_right_clip(tmp_path):
    signals = [*make_signals(100, 101), *make_signals(102, first=DEADLY), *make_signals(103, 104)]
    tones = Tones(tmp_path, n_jobs=2, memory=tmp_path / "cache")
    with pytest.raises(ExtractionError) as caught:
        tones.transform(signals)
    failures = caught.value.failures
    assert failures["sample"].tolist() == [2]
    assert failures["reason"].tolist() == [_extraction.CRASHED]
    # All others are in the cache.
    read_groups(tmp_path)
    assert get_lengths(tones.transform(signals[:2] + signals[3:])) == [100, 101, 103, 104]
    assert read_groups(tmp_path) == []


def test_warnings_of_processes_are_shown_once(tmp_path):
    signals = make_signals(*range(100, 108), first=WARNED)
    for n_jobs in (None, 2):
        with pytest.warns(UserWarning, match="a strange signal") as caught:
            Tones(tmp_path, n_jobs=n_jobs).transform(signals)
        assert n_jobs is None or len(caught) == 1


def test_threads(tmp_path):
    signals = make_signals(*range(100, 120))
    with joblib.parallel_config("threading", n_jobs=4):
        X = Tones(tmp_path).transform(signals)
    assert get_lengths(X) == list(range(100, 120))
    assert sorted(map(len, read_groups(tmp_path))) == [4] * 5
