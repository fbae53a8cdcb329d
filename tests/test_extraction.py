"""From files and waveforms to features: processes, errors by recording, and the cache."""

import os
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone

from sklearn_ser import Sequences
from sklearn_ser.features import OpenSmileLLD, _extraction
from sklearn_ser.utils import _cache

RATE = 16000


@pytest.fixture
def noise():
    return 0.1 * np.random.default_rng(0).standard_normal(RATE)


def test_every_bad_recording_is_named(tmp_path, noise):
    soundfile.write(tmp_path / "good.wav", noise, RATE)
    (tmp_path / "text.wav").write_text("no audio")
    clips = [tmp_path / f"gone{i}.wav" for i in range(12)]
    table = pd.DataFrame(
        {
            "file": [tmp_path / "good.wav", tmp_path / "text.wav", tmp_path / "good.wav", *clips],
            "end": [None, None, 5.0, *[None] * 12],
        }
    )
    for n_jobs, memory in ((None, None), (2, tmp_path / "cache")):
        with pytest.raises(ValueError, match="14 of 15 recordings failed") as caught:
            OpenSmileLLD(n_jobs=n_jobs, memory=memory).transform(table)
        message = str(caught.value)
        assert f"sample 1 ({tmp_path / 'text.wav'}) cannot be read as audio" in message
        assert f"sample 2 ({tmp_path / 'good.wav'}) is 1.000 s long" in message
        assert f"12 times: sample 3 ({clips[0]}) does not exist; likewise sample 4 (" in message
        failures = caught.value.failures
        assert failures["sample"].tolist() == list(range(1, 15))
        assert failures["file"].tolist() == [str(file) for file in table["file"][1:]]
        assert failures["reason"].tolist()[2:] == ["does not exist"] * 12
    with pytest.raises(ValueError, match=r"sample 1 \(waveform\) has NaN"):
        OpenSmileLLD().transform([noise, noise * np.nan])


def test_nothing_is_written_without_a_cache(tmp_path, monkeypatch, noise):
    monkeypatch.chdir(tmp_path)
    OpenSmileLLD().fit_transform([noise])
    assert list(tmp_path.iterdir()) == []


def test_processes_give_the_same(noise):
    clips = [noise[i:] for i in range(6)]
    assert OpenSmileLLD(n_jobs=2).transform(clips) == OpenSmileLLD().transform(clips)


def test_progress_bar(noise, capsys):
    OpenSmileLLD(verbose=True).transform([noise])
    assert "1/1" in capsys.readouterr().err
    OpenSmileLLD().transform([noise])
    assert capsys.readouterr().err == ""


@pytest.fixture
def clips(tmp_path, noise):
    paths = [tmp_path / f"{i}.wav" for i in range(5)]
    for i, path in enumerate(paths):
        soundfile.write(path, noise[: RATE - 1000 * i], RATE)
    return paths


@pytest.fixture
def never_read(monkeypatch):
    def fail(*_):
        raise AssertionError("a recording was read although its features are cached")

    return lambda: monkeypatch.setattr(_extraction, "read_clip", fail)


def test_a_second_pass_reads_nothing(tmp_path, clips, noise, never_read):
    lld = OpenSmileLLD(memory=tmp_path / "cache")
    signals = [noise, noise[:9000]]
    first, waves = lld.transform(clips), lld.transform(signals)
    never_read()
    assert clone(lld).transform(clips) == first
    assert clone(lld).transform(clips[::-1]) == first[::-1]
    assert clone(lld).transform(signals) == waves
    single = [lld.transform([clip])[0] for clip in clips]
    assert first == Sequences.from_arrays(single, frame_step=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"options": {"maxPitch": 400}},
        {"feature_set": "ando2018"},
        {"feature_level": "lld"},
        {"options": {"smaWin": 1}},
    ],
)
def test_other_parameters_are_other_features(tmp_path, clips, change):
    memory = tmp_path / "cache"
    OpenSmileLLD(memory=memory).transform(clips)
    changed = OpenSmileLLD(memory=memory).set_params(**change)
    assert changed.transform(clips) == changed.set_params(memory=None).transform(clips)


def test_parts_of_a_file_are_different_entries(tmp_path, clips):
    table = pd.DataFrame({"file": [clips[0]] * 2, "start": [0.0, 0.5], "end": [0.5, 0.9]})
    for _ in range(2):
        X = OpenSmileLLD(memory=tmp_path / "cache").transform(table)
        assert X.lengths.tolist() == [46, 36]


def test_a_changed_file_is_read_again(tmp_path, clips):
    lld = OpenSmileLLD(memory=tmp_path / "cache")
    before = lld.transform(clips)
    stamp = os.stat(clips[0])
    soundfile.write(clips[0], soundfile.read(clips[0])[0][::-1], RATE)
    os.utime(clips[0], ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    after = lld.transform(clips)
    assert os.stat(clips[0]).st_size == stamp.st_size
    assert not np.array_equal(after[0], before[0])
    assert after[1:] == before[1:]


def test_damaged_entries_are_computed_again(tmp_path, clips):
    lld = OpenSmileLLD(memory=tmp_path / "cache")
    first = lld.transform(clips)
    entries = sorted((tmp_path / "cache").rglob("output.pkl"))
    assert len(entries) == 5
    entries[0].write_bytes(b"")
    entries[1].write_bytes(entries[1].read_bytes()[:100])
    entries[2].unlink()
    assert lld.transform(clips) == first
    assert lld.transform(clips) == first


@pytest.mark.posix
def test_a_killed_process_leaves_an_intact_cache(tmp_path, noise):
    clips = [tmp_path / f"{i}.wav" for i in range(40)]
    for clip in clips:
        soundfile.write(clip, np.tile(noise, 10), RATE)
    cache = tmp_path / "cache"
    script = (
        "import sys; from sklearn_ser.features import OpenSmileLLD\n"
        "OpenSmileLLD(memory=sys.argv[1]).transform(sys.argv[2:])"
    )
    child = subprocess.Popen([sys.executable, "-c", script, cache, *clips])
    deadline = time.monotonic() + 60
    while len(list(cache.rglob("output.pkl"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    n_known = len(list(cache.rglob("output.pkl")))
    assert 3 <= n_known < 40
    assert OpenSmileLLD(memory=cache).transform(clips) == OpenSmileLLD().transform(clips)


def test_a_cache_of_another_version_of_the_package_is_not_used(tmp_path, clips, monkeypatch):
    read = []
    read_clip = _extraction.read_clip
    monkeypatch.setattr(_extraction, "read_clip", lambda *a: read.append(a) or read_clip(*a))
    lld = OpenSmileLLD(memory=tmp_path / "cache")
    for version, n_read in (("0.0.1", 5), ("0.0.1", 5), ("0.0.2", 10), ("0.0.1", 10)):
        monkeypatch.setattr(_cache, "__version__", version)
        lld.transform(clips)
        assert len(read) == n_read


def test_results_are_kept_by_version(tmp_path, monkeypatch):
    cache = _cache.open_cache(tmp_path)
    monkeypatch.setattr(_cache, "__version__", "0.0.1")
    assert _cache.compute_cached(cache, ("key",), lambda: "old") == "old"
    assert _cache.is_cached(cache, ("key",))
    monkeypatch.setattr(_cache, "__version__", "0.0.2")
    assert not _cache.is_cached(cache, ("key",))
    assert _cache.compute_cached(cache, ("key",), lambda: "new") == "new"


def test_every_folder_of_a_process_is_known_to_the_next_process(tmp_path):
    folders = [str(tmp_path / name) for name in ("first", "second", "third")]
    for folder in folders:
        cache = _cache.open_cache(folder)
        assert _cache.compute_cached(cache, ("key",), lambda: "kept") == "kept"
    script = (
        "import sys; from sklearn_ser.utils._cache import is_cached, open_cache\n"
        "for folder in sys.argv[1:]: print(is_cached(open_cache(folder), ('key',)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, *folders], check=True, capture_output=True, text=True
    )
    assert found.stdout.split() == ["True"] * 3


def test_processes_share_the_cache(tmp_path, clips, never_read):
    lld = OpenSmileLLD(memory=tmp_path / "cache", n_jobs=2)
    first = lld.transform(clips)
    never_read()
    assert lld.transform(clips) == first


def test_a_path_may_begin_with_the_home_folder(tmp_path, clips, set_home):
    set_home(tmp_path)
    OpenSmileLLD(memory="~/features").transform(clips)
    assert len(list((tmp_path / "features").rglob("output.pkl"))) == 5


def test_a_fitted_transformer_is_pickled(clips):
    lld = OpenSmileLLD().fit(clips)
    assert pickle.loads(pickle.dumps(lld)).transform(clips) == lld.transform(clips)
