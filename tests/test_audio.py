"""Validating and reading audio: files, tables and waveforms of any rate and number of channels."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser.features import SegmentLogMel
from sklearn_ser.speech import _audio
from sklearn_ser.speech._audio import AudioError, read_clip
from sklearn_ser.speech._recordings import Clip, check_audio

RATE = 16000


def tone(frequency=440, seconds=1.0, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


def part(file=None, signal=None, start=None, end=None):
    return Clip(None if file is None else str(file), signal, start, end)


def test_paths(tmp_path):
    audio = check_audio(["a.wav", tmp_path / "b.wav"])
    assert audio.clips == [part("a.wav"), part(tmp_path / "b.wav")]
    assert audio.speaker is None


def test_waveforms_may_differ_in_length():
    audio = check_audio([np.zeros(5), [0.0, 0.1], (0.0,)])
    assert [len(clip.signal) for clip in audio.clips] == [5, 2, 1]


def test_a_table_of_files():
    table = pd.DataFrame(
        {
            "file": ["a.wav", "b.wav"],
            "start": [0.5, np.nan],
            "end": [1.5, None],
            "speaker": ["F1", None],
            "session": [1, 2],
        },
        index=[7, 3],
    )
    audio = check_audio(table)
    assert audio.clips == [part("a.wav", None, 0.5, 1.5), part("b.wav")]
    assert audio.speaker.tolist() == ["F1", None]
    assert audio.session.tolist() == [1, 2]


def test_a_table_of_waveforms():
    audio = check_audio(pd.DataFrame({"signal": [np.zeros(4), np.ones(3)], "speaker": [0, 1]}))
    assert [len(clip.signal) for clip in audio.clips] == [4, 3]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("a.wav", TypeError, "a sequence of paths, or a sequence of 1-D waveforms; got str"),
        (7, TypeError, "got int"),
        ([], ValueError, "Found 0 sample"),
        (pd.DataFrame({"file": []}), ValueError, "Found 0 sample"),
        (pd.DataFrame({"path": ["a"]}), ValueError, r"the columns are \['path'\]"),
        ([np.zeros(3), np.zeros((3, 2))], TypeError, r"sample 1 is an array of shape \(3, 2\)"),
        (["a.wav", None], TypeError, "sample 1 is NoneType"),
    ],
)
def test_other_types_are_refused(X, error, message):
    with pytest.raises(error, match=message):
        check_audio(X)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_any_rate_becomes_16_khz(tmp_path, rate):
    soundfile.write(tmp_path / "tone.wav", tone(rate=rate), rate)
    signal = read_clip(part(tmp_path / "tone.wav"))
    assert signal.dtype == np.float32
    assert abs(len(signal) - RATE) <= 1
    inside = slice(1000, -1000)  # resampling rings at the ends
    assert np.abs(signal[:RATE] - tone()[: len(signal)])[inside].max() < 0.01


@pytest.mark.parametrize("rate", [8000, 44100])
def test_a_waveform_of_another_rate(rate):
    signal = read_clip(part(signal=tone(rate=rate)), rate)
    assert np.abs(signal[:RATE] - tone()[: len(signal)])[1000:-1000].max() < 0.01


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_formats_and_channels(tmp_path, suffix, channels):
    gains = np.arange(1, channels + 1) / channels
    soundfile.write(tmp_path / f"tone.{suffix}", tone()[:, None] * gains, RATE)
    signal = read_clip(part(tmp_path / f"tone.{suffix}"))
    tolerance = 0.05 if suffix == "ogg" else 1e-4  # Vorbis is lossy
    np.testing.assert_allclose(
        signal[2000:-2000], (tone() * gains.mean())[2000:-2000], atol=tolerance
    )


def test_a_part_of_a_file_is_that_part(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 2 * RATE)
    soundfile.write(tmp_path / "noise.wav", noise, RATE, subtype="FLOAT")
    whole = read_clip(part(tmp_path / "noise.wav"))
    for start, end in [(0.25, 0.75), (None, 0.5), (1.5, None), (1.0, 2.005)]:
        got = read_clip(part(tmp_path / "noise.wav", None, start, end))
        expected = whole[int((start or 0) * RATE) : int((end or 2) * RATE)]
        np.testing.assert_array_equal(got, expected)
        np.testing.assert_array_equal(read_clip(part(None, noise, start, end)), expected)


def test_full_scale_stays_below_one(tmp_path):
    # 1.0 would become -1.0 in 16 bits.
    signal = read_clip(part(signal=np.array([1.0, 1.7, -1.0, -1.7, 0.5])))
    np.testing.assert_array_equal(signal, np.float32([32767 / 32768, 32767 / 32768, -1, -1, 0.5]))
    assert (signal * 32768).astype(np.int16).tolist() == [32767, 32767, -32768, -32768, 16384]


@pytest.mark.parametrize(
    ("signal", "start", "end", "reason"),
    [
        (np.zeros(0), None, None, "has no samples"),
        (np.array([0, np.nan]), None, None, "has NaN or infinite samples"),
        (np.array([0, np.inf]), None, None, "has NaN or infinite samples"),
        (
            np.zeros(8, dtype=np.int16),
            None,
            None,
            r"must have float samples within \[-1, 1\], got int16",
        ),
        (np.zeros(RATE), 0.5, 2.0, "is 1.000 s long; the part from 0.5 to 2 s is not in it"),
        (np.zeros(RATE), -0.5, 0.5, "the part from -0.5 to 0.5 s is not in it"),
        (np.zeros(RATE), 0.5, 0.5, "has a start that is not before its end: 0.5 and 0.5 s"),
    ],
)
def test_what_a_clip_must_be(tmp_path, signal, start, end, reason):
    with pytest.raises(AudioError, match=reason):
        read_clip(part(None, signal, start, end))
    if signal.dtype.kind == "f":
        soundfile.write(tmp_path / "clip.wav", signal, RATE, subtype="FLOAT")
        with pytest.raises(AudioError, match=reason):
            read_clip(part(tmp_path / "clip.wav", None, start, end))


def test_a_mask_on_a_waveform_is_seen():
    signal = np.ma.array(np.zeros(16000), mask=np.arange(16000) == 5)
    clip = check_audio([signal]).clips[0]
    with pytest.raises(AudioError, match="has NaN or infinite samples"):
        read_clip(clip)
    signal.mask = False
    assert len(read_clip(check_audio([signal]).clips[0])) == 16000


def test_damaged_files(tmp_path):
    (tmp_path / "text.wav").write_text("no audio at all")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    soundfile.write(tmp_path / "raw.raw", tone(), RATE, subtype="PCM_16")
    for name in ("text.wav", "empty.wav", "folder.wav", "raw.raw"):
        with pytest.raises(AudioError, match="cannot be read as audio"):
            read_clip(part(tmp_path / name))
    with pytest.raises(AudioError, match=r"does not exist$"):
        read_clip(part(tmp_path / "nowhere.wav"))
    with pytest.raises(AudioError, match=r"does not exist in the working directory$"):
        read_clip(part("nowhere.wav"))


def test_a_file_that_was_cut_off(tmp_path):
    """It is an error, and not a shorter recording."""
    path = tmp_path / "clip.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 50_000), 16000)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(AudioError, match=r"^(ends \d+ samples early|cannot be read as audio)"):
        read_clip(part(path))


def test_a_header_that_announces_too_many_samples(tmp_path):
    """It takes no memory, and is an error."""
    path = tmp_path / "clip.flac"
    soundfile.write(path, np.zeros(1000), 16000)
    data = bytearray(path.read_bytes())
    # The number of samples is 36 bits at the end of STREAMINFO.
    data[21] |= 15
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)
    assert soundfile.info(path).frames == 2**36 - 1
    with pytest.raises(AudioError, match=r"^(ends \d+ samples early|cannot be read as audio)"):
        read_clip(part(path))


def test_samples_that_are_far_too_large(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.full((500, 2), 3e38), 8000, subtype="FLOAT")
    with pytest.raises(AudioError, match="has samples that are far too large"):
        read_clip(part(path))


def test_too_few_samples_per_second(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.zeros(500), 34)
    with pytest.raises(AudioError, match="has 34 samples per second; at least 1000 are needed"):
        read_clip(part(path))


def test_too_many_samples_per_second(tmp_path):
    """The resampler would not end with such a rate."""
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.zeros(500), 2**31 - 1)
    message = "has 2147483647 samples per second; at most 10000000 can be read"
    with pytest.raises(AudioError, match=message):
        read_clip(part(path))
    signal = np.zeros(500, np.float32)
    with pytest.raises(AudioError, match="at most 10000000 can be read"):
        read_clip(Clip(None, signal, None, None), 2**63)
    for rate in (10_000_001, 2**63, 10**400):
        with pytest.raises(ValueError, match=r"in the range \[1000, 10000000\]"):
            SegmentLogMel(sampling_rate=rate).transform([signal])
    assert len(read_clip(Clip(None, signal, None, None), 10_000_000)) == 1


def test_long_files_are_read_completely(tmp_path, monkeypatch):
    """Files are read in parts, which gives the same samples."""
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, (5000, 3)), 16000)
    once = read_clip(part(path))
    monkeypatch.setattr(_audio, "BLOCK", 1000)
    np.testing.assert_array_equal(read_clip(part(path)), once)
    assert len(once) == 5000
