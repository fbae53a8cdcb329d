"""Windows of long recordings, and groups of equal length."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from _encoders import (
    FAMILIES,
    assert_close,
    make_noise,
    run_by_hand,
    run_whisper_by_hand,
    save_encoder,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_ser.features import TransformerFrames
from sklearn_ser.features.encoders._windows import cut_windows, group_by_length

HOP, SECOND = 320, 16000


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    names = "wav2vec2", "wavlm, layer norm", "data2vec", "w2v-bert", "whisper"
    assert set(names) <= set(FAMILIES)
    return {name: save_encoder(tmp_path_factory.mktemp("model"), name) for name in names}


def count_frames(n_samples):
    """Return the frames of convolutions of 400 samples, every 320."""
    return max(1, (n_samples - 400) // HOP + 1)


@settings(deadline=None)
@given(st.integers(1, 40000), st.integers(1, 30))
def test_windows_have_each_frame_once(n_samples, n_frames):
    longest = n_frames * HOP
    windows = cut_windows(n_samples, longest, HOP, overlap=80, shortest=400)
    assert windows[0].start == 0
    assert windows[-1].stop == n_samples
    assert [w.start for w in windows] == [longest * i for i in range(len(windows))]
    first = []
    for w in windows:
        made = count_frames(w.stop - w.start)
        first += [w.start + HOP * i for i in range(min(made, w.n_frames))]
    assert first == [HOP * i for i in range(count_frames(n_samples))]
    assert all(w.stop - w.start < longest + 400 for w in windows)


@settings(deadline=None)
@given(st.integers(1, 40000), st.integers(1, 30))
def test_windows_of_a_fixed_context_never_exceed_it(n_samples, n_frames):
    longest = n_frames * HOP
    windows = cut_windows(n_samples, longest, HOP, overlap=0, shortest=1)
    assert [w.start for w in windows] == list(range(0, n_samples, longest))
    assert [w.stop for w in windows] == [*range(longest, n_samples, longest), n_samples]
    assert sum(w.n_frames for w in windows) == -(-n_samples // HOP)


@settings(deadline=None)
@given(st.lists(st.integers(1, 50)), st.integers(1, 5), st.booleans())
def test_groups_have_each_input_once(lengths, most, masked):
    groups = group_by_length(lengths, most, masked)
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    for group in groups:
        found = [lengths[row] for row in group]
        assert 1 <= len(group) <= most
        assert min(found) >= (0.9 if masked else 1) * max(found)


def test_equal_lengths_share_full_groups():
    assert group_by_length([3, 5, 3, 3, 5], 2, masked=False) == [[1, 4], [0, 2], [3]]
    assert group_by_length([100, 90, 89], 3, masked=True) == [[0, 1], [2]]


# Around two windows of 1 s.
AROUND = [2 * SECOND + n for n in (-400, -399, -320, -1, 0, 1, 80, 320, 399, 400, 401, 1599, 1600)]


@pytest.mark.parametrize("family", ["wav2vec2", "wavlm, layer norm", "data2vec", "w2v-bert"])
def test_long_recordings_have_as_many_frames_as_in_one_run(family, folders):
    signals = make_noise(*AROUND, 3 * SECOND)
    frames = TransformerFrames(folders[family], layer="all")
    whole = frames.transform(signals)
    cut = frames.set_params(window=1.0).transform(signals)
    assert cut.lengths.tolist() == whole.lengths.tolist()
    assert cut != whole
    assert frames.set_params(window=10.0).transform(signals) == whole


def test_frames_of_a_window_are_those_of_a_run_on_it(folders):
    lengths = [*AROUND, 40000]
    for family in ("wav2vec2", "wavlm, layer norm"):
        signals = make_noise(*lengths)
        X = TransformerFrames(folders[family], window=1.0).transform(signals)
        for found, signal in zip(X, signals, strict=True):
            starts = [s for s in (0, SECOND, 2 * SECOND) if s == 0 or s + 400 <= len(signal)]
            parts = []
            for start in starts:
                last = start == starts[-1]
                stop = None if last else start + SECOND + 80
                states = run_by_hand(folders[family], signal[start:stop])[-1]
                assert last or len(states) == 50
                parts.append(states)
            assert_close(found[None], np.concatenate(parts)[None], 1e-5)


def test_windows_of_whisper(folders):
    [signal] = make_noise(70 * SECOND + 5)
    folder = folders["whisper"]
    frames = TransformerFrames(folder, context="model")
    found = frames.transform([signal])[0]
    parts = [signal[start : start + 30 * SECOND] for start in (0, 30 * SECOND, 60 * SECOND)]
    expected = np.concatenate([run_by_hand(folder, part)[-1] for part in parts])
    assert len(found) == 70 * 50 + 1
    assert_close(found[None], expected[None], 1e-4)
    # Longer windows than the network can take are cut to its context.
    np.testing.assert_array_equal(frames.set_params(window=60).transform([signal])[0], found)
    found = frames.set_params(context="clip", window=25).transform([signal])[0]
    parts = [signal[start : start + 25 * SECOND] for start in (0, 25 * SECOND, 50 * SECOND)]
    expected = np.concatenate([run_whisper_by_hand(folder, part)[-1] for part in parts])
    assert_close(found[None], expected[None], 1e-5)


@pytest.mark.parametrize("context", ["clip", "model"])
def test_lengths_around_windows_of_whisper(context, folders):
    lengths = [n + d for n in (SECOND, 2 * SECOND) for d in (-1, 0, 1, 319, 320, 321)]
    frames = TransformerFrames(folders["whisper"], window=1.0, context=context)
    X = frames.transform(make_noise(*lengths))
    assert X.lengths.tolist() == [-(-n // HOP) for n in lengths]
    assert np.isfinite(X.values).all()


def test_a_window_need_not_be_whole_frames(folders):
    frames = TransformerFrames(folders["wav2vec2"], window=1.01)
    signals = make_noise(40000)
    assert frames.transform(signals) == frames.set_params(window=1.0).transform(signals)


def test_windows_share_runs_and_are_joined_in_order(folders):
    signals = make_noise(50000, 3000, 33000)
    for folder in folders.values():
        frames = TransformerFrames(folder, window=1.0)
        alone = frames.transform(signals)
        together = frames.set_params(batch_size=4).transform(signals)
        for found, expected in zip(together, alone, strict=True):
            assert_close(found[None], expected[None], 1e-4)


def test_windows_of_a_file_and_of_a_part_of_it(folders, tmp_path):
    [signal] = make_noise(60000)
    soundfile.write(tmp_path / "a.wav", signal, SECOND, subtype="FLOAT")
    frames = TransformerFrames(folders["wav2vec2"], window=1.0)
    table = pd.DataFrame({"file": [tmp_path / "a.wav"], "start": [0.5], "end": [3.0]})
    expected = frames.transform([signal[8000:48000]])
    np.testing.assert_array_equal(frames.transform(table).values, expected.values)
