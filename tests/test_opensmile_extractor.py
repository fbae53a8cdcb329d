"""openSMILE objects that are reused: renewed, after a failure, and when Ctrl-C is pressed."""

import ast
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from opensmile.core.lib import OpenSMILE, OpenSmileException

from sklearn_ser.features import OpenSmileLLD
from sklearn_ser.features.opensmile import _extractor, _frames
from sklearn_ser.features.opensmile._settings import OWN, OWN_CONFIG, resolve_settings

RATE = 16000


@pytest.fixture
def noise():
    return 0.1 * np.random.default_rng(0).standard_normal(RATE)


def test_only_public_names_of_opensmile_are_used():
    tree = ast.parse(Path(_extractor.__file__).read_text(encoding="utf-8"))
    private = [
        f"{ast.unparse(node.value)}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.match("_(?!_)", node.attr)
    ]
    assert len(private) > 5
    assert {name.split(".")[0] for name in private} == {"self"}
    assert not any(name.startswith("self._smile._") for name in private)


@pytest.fixture
def extractor():
    level, options = OWN["chou2019"]
    return _extractor.Extractor(OWN_CONFIG, level, options, RATE, ring=4000)


def test_an_object_is_renewed_after_many_signals(extractor, noise, monkeypatch):
    expected = extractor(noise)
    started = []
    initialize = OpenSMILE.initialize
    monkeypatch.setattr(
        OpenSMILE,
        "initialize",
        lambda *arguments: started.append(arguments) or initialize(*arguments),
    )
    monkeypatch.setattr(_extractor, "MOST_RUNS", 3)
    for _ in range(7):
        np.testing.assert_array_equal(extractor(noise), expected)
    # One run before, then runs 2 to 3, 4 to 6 and 7 to 8.
    assert len(started) == 2


def fail_at_call(monkeypatch, nth, error):
    """Make the nth chunk of sound fail to be passed on; return how to stop that."""
    write, calls = OpenSMILE.external_audio_source_write_data, []

    def fail(self, name, data):
        calls.append(name)
        if len(calls) == nth:
            raise error
        return write(self, name, data)

    monkeypatch.setattr(OpenSMILE, "external_audio_source_write_data", fail)


# The first chunk is passed on before openSMILE runs, later ones by a callback while it runs.
@pytest.mark.parametrize("nth", [1, 12])
def test_a_failure_of_opensmile_is_an_error_of_one_recording(noise, nth, monkeypatch):
    noise = np.tile(noise, 3)
    expected = OpenSmileLLD().transform([noise])
    error = OpenSmileException(6, "out of luck")
    with monkeypatch.context() as patch:
        fail_at_call(patch, nth, error)
        with pytest.raises(
            ValueError,
            match=r"1 of 2 recordings failed: sample 0 \(waveform\) makes openSMILE fail "
            r"\(Code: 6, Message: out of luck\)\.$",
        ):
            OpenSmileLLD().transform([noise, noise])
    assert OpenSmileLLD().transform([noise]) == expected


@pytest.mark.parametrize("nth", [1, 12])
def test_any_other_error_in_a_callback_is_raised(noise, nth, monkeypatch):
    noise = np.tile(noise, 3)
    expected = OpenSmileLLD().transform([noise])
    with monkeypatch.context() as patch:
        fail_at_call(patch, nth, MemoryError("no more"))
        with pytest.raises(MemoryError, match="no more"):
            OpenSmileLLD().transform([noise])
    assert OpenSmileLLD().transform([noise]) == expected


@pytest.mark.posix
def test_an_interrupt_while_opensmile_runs_is_raised(noise, tmp_path):
    """Ctrl-C then arrives in a callback, whose exceptions ctypes drops."""
    signals = [np.tile(noise, 20)[i:] for i in range(30)]
    lld = OpenSmileLLD(memory=tmp_path)
    lld.transform([noise])
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        lld.transform(signals)
    # Nothing wrong was kept.
    assert 1 <= len(list(tmp_path.rglob("output.pkl"))) <= 30
    assert lld.transform(signals[:5]) == OpenSmileLLD().transform(signals[:5])


MANY = [resolve_settings("emobase", "lld", None, limit) for limit in range(1, 11)]


@pytest.fixture
def kept(monkeypatch):
    """No openSMILE object is kept from other tests."""
    monkeypatch.setattr(_frames, "_kept", {})
    return _frames._kept


def test_the_objects_used_last_are_kept(kept, noise):
    for settings in [*MANY, MANY[4], MANY[4]]:
        _frames.compute_frames(noise, settings)
    last = [*MANY[2:4], *MANY[5:], MANY[4]]
    assert list(kept) == last
    assert _frames.get_feature_names(MANY[5])[:2] == ["pcm_intensity_sma", "pcm_loudness_sma"]
    assert list(kept) == [*last[:2], *last[3:], last[2]]


def test_objects_do_not_hold_more_sound_than_allowed(kept, noise, monkeypatch):
    """Any signal is at most a second: MOST_HELD is three, and four are too much."""
    monkeypatch.setattr(_frames, "MOST_HELD", 3)
    expected = {}
    rng = np.random.default_rng(0)
    for _ in range(40):
        settings = MANY[rng.integers(10)]
        length = int(rng.integers(4000, RATE + 1))
        frames = _frames.compute_frames(noise[:length], settings)
        before = expected.setdefault((settings, length), frames)
        np.testing.assert_array_equal(frames, before)
        assert settings in kept
        assert sum(e.n_held for (e,) in kept.values()) <= 3 * RATE
    assert len(kept) >= 3
    # A longer signal leaves nothing.
    _frames.compute_frames(np.tile(noise, 4), MANY[0])
    assert not kept
    np.testing.assert_array_equal(_frames.compute_frames(noise[:length], settings), frames)


def test_objects_that_get_chunks_hold_no_sound(kept, noise):
    settings = resolve_settings("chou2019", None, None, None)
    _frames.compute_frames(np.tile(noise, 70), settings)
    assert [extractor.n_held for extractor in kept[settings]] == [0]


@pytest.mark.linux
def test_memory_stays_flat_with_any_number_of_settings():
    """Ten settings in turn; an object that has had 20 seconds of sound holds 60 MB and more."""
    program = """
import numpy as np, resource
from sklearn_ser.features.opensmile import _frames
from sklearn_ser.features.opensmile._settings import resolve_settings
many = [resolve_settings("emobase", "lld", None, limit) for limit in range(1, 11)]
noise = 0.1 * np.random.default_rng(0).standard_normal(16000 * 20)
for n in [1, 20, 1, 1]:
    for settings in many:
        _frames.compute_frames(noise[:16000 * n], settings)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    short, long, *later = map(float, done.stdout.split())
    assert long < short + 60 * 4 + 20 * 4 + 30  # what is held, the signal at hand, and a margin
    assert max(later) < long + 10
