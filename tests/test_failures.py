"""Recordings that fail: named, grouped and counted, or skipped; and what passes with a warning."""

import builtins
import os
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile
from _failing import FailingLogMel, WarningLogMel

from sklearn_ser import Segments, Sequences, check_segments, check_sequences
from sklearn_ser.features import (
    ExtractionError,
    FramePooler,
    OpenSmileFunctionals,
    OpenSmileLLD,
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
    SpeedPerturbation,
    _errors,
)
from sklearn_ser.features._errors import Failure, describe_failures

RATE = 16000
LOG_MEL = SegmentLogMel(segment_step=10)
SKIPPING = SegmentLogMel(segment_step=10, errors="skip")
SKIPPED = (
    r"2 of 4 recordings failed:\n- (.|\n)*They have no frames\. With errors=.raise., the attr"
)


@pytest.fixture
def noise():
    return np.random.default_rng(0).uniform(-0.5, 0.5, RATE)


def failures_of(X, transformer=LOG_MEL):
    with pytest.raises(ExtractionError) as caught:
        transformer.transform(X)
    return caught.value


# The message --------------------------------------------------------------------------------


def test_reasons_are_grouped_and_all_are_listed(tmp_path):
    files = [str(tmp_path / f"{i}.wav") for i in range(2000)]
    for i in range(0, 2000, 2):
        (tmp_path / f"{i}.wav").write_text(
            "version https://git-lfs.github.com/spec/v1\noid sha256:0"
        )
    error = failures_of(files)
    message = str(error)
    assert message.startswith("2000 of 2000 recordings failed:\n- 1000 times: sample 0 (")
    assert (
        "cannot be read as audio: it is a git-lfs pointer: run `git lfs pull`; likewise" in message
    )
    assert "- 1000 times: sample 1 (" in message
    assert "does not exist; likewise sample 3 (" in message
    assert " and 997 more" in message
    assert message.endswith("The attribute `failures` of this error lists all of them.")
    assert len(message) < 2000
    assert error.failures.shape == (2000, 3)
    assert error.failures["file"].tolist() == files
    assert error.failures["sample"].tolist() == list(range(2000))
    assert set(error.failures["reason"][1::2]) == {"does not exist"}
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == message
    pd.testing.assert_frame_equal(again.failures, error.failures)


@pytest.mark.parametrize("n_kinds", [1, 2, 7, 2000])
@pytest.mark.parametrize("length", [5, 5000])
def test_no_message_is_long(n_kinds, length):
    failures = [
        Failure(i, f"{'f' * length}{i}\n", f"{chr(97 + i % n_kinds)}{'r' * length} {i}")
        for i in range(2000)
    ]
    text = describe_failures(failures, 2000)
    assert len(text) < 1900
    assert text.count("\n") <= 20
    assert ("other reasons" in text) == (n_kinds == 2000 or (n_kinds == 7 and length == 5000))


def test_reasons_that_differ_in_numbers_are_one(noise):
    error = failures_of(pd.DataFrame({"signal": [noise] * 5, "end": [2, 3.5, 4, 1e3, 6]}))
    assert "5 times: sample 0 (waveform) is 1.000 s long; the part from 0 to 2 s" in str(error)
    assert error.failures["file"].tolist() == [None] * 5


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer: run `git lfs pull`"),
        (b"/annex/objects/SHA256E-s1--0.wav\n", "git-annex pointer: run `git annex get`"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0", "it is MP4, M4A or 3GP: convert it to WAV or FLAC"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", "it is WebM or Matroska: convert it"),
        (b"\xff\xf1P\x80\x1c\x7f\xfc!", "it is AAC: convert it .* with ffmpeg"),
        (b"0&\xb2u\x8ef\xcf\x11", "it is WMA: convert it"),
        (b"#!AMR\n\x3c", "it is AMR: convert it"),
        (b"<!DOCTYPE html><html>", "it is a web page: the download failed"),
        (b"\n <html lang='en'>", "it is a web page: the download failed"),
        (b"PK\x03\x04\x14\0", "it is an archive: unpack it"),
        (b"\x1f\x8b\x08\0", "it is an archive: unpack it"),
        ("kein Ton, sondern Wörter".encode(), "it is a text file"),
        (b'{"error": "not found"}', "it is a text file"),
        (b"RIFF and then words", "(Error|Format|Unspecified)"),
        (bytes(5000), "it begins with zeros: it may have been copied incompletely"),
        (b"", "it is empty"),
        (b"\x01\x02\x03\xff" * 9, "Format not recognised"),
    ],
)
def test_what_a_file_is_instead_of_audio(tmp_path, data, hint):
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(ExtractionError, match=f"cannot be read as audio: .*{hint}"):
        LOG_MEL.transform([tmp_path / "a.wav"])


def test_files_that_are_none(tmp_path, noise):
    soundfile.write(tmp_path / "a.raw", noise, RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "b.flac", noise, RATE)
    data = (tmp_path / "b.flac").read_bytes()
    (tmp_path / "b.flac").write_bytes(data[: len(data) // 2])
    files = [tmp_path, tmp_path / "a.raw", tmp_path / "b.flac"]
    folder, raw, cut = failures_of(files).failures["reason"]
    assert folder == "cannot be read as audio: it is a folder"
    assert raw == "cannot be read as audio: raw samples have no header; convert it to WAV"
    assert "cut off" in cut


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_file_that_may_not_be_read(tmp_path, noise):
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    (tmp_path / "a.wav").chmod(0)
    assert "cannot be read (Permission denied)" in str(failures_of([tmp_path / "a.wav"]))


# Errors of any kind -------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("kind", ["ZeroDivisionError", "KeyError", "RuntimeError", "Unpicklable"])
def test_any_error_of_one_recording_leaves_the_others(noise, n_jobs, kind, tmp_path):
    X = [noise, noise[: RATE // 2], noise[:9000]]
    failing = FailingLogMel(kind, n_jobs=n_jobs, memory=tmp_path / "cache")
    error = failures_of(X, failing)
    assert f"1 of 3 recordings failed: sample 1 (waveform) failed with {kind}: " in str(error)
    assert "in compute_or_fail" in str(error.__cause__)
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 2
    with pytest.warns(UserWarning, match=f"failed with {kind}"):
        assert failing.set_params(errors="skip").transform(X).lengths[1] == 0


@pytest.mark.parametrize("kind", ["ImportError", "MemoryError", "KeyboardInterrupt"])
def test_what_is_no_recordings_fault_is_raised(noise, kind):
    with pytest.raises(getattr(builtins, kind), match="here"):
        FailingLogMel(kind).transform([noise[: RATE // 2]])


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_warnings_of_workers_are_shown_once(noise, n_jobs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        WarningLogMel(n_jobs=n_jobs).transform([noise, noise[1:], noise[2:]])
    shown = {(w.category, str(w.message)) for w in caught}
    assert shown == {(RuntimeWarning, "made in compute_and_warn")}
    assert len(caught) == (1 if n_jobs else 3)


# Samples beyond full scale, and channels ----------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (2**15, "up to 16383.*Divide integers of 16 bits by 32768"),
        (2**9, "up to 255.*Divide integers of 16 bits by 32768"),
        (2**23, "up to .*Divide integers of 24 bits by 8388608"),
        (2**31, "up to .*Divide integers of 32 bits by 2147483648"),
        (1e30, r"up to .*e\+29; they must be within \[-1, 1\]\.$"),
        (10, r"up to 4\.99.*; they must be within \[-1, 1\]\.$"),
    ],
)
def test_waveforms_of_other_units_are_refused(tmp_path, noise, scale, message):
    for X in ([noise * scale], [-noise * scale], [(noise * scale).astype(np.float32)]):
        assert "has samples that are far too large: " in str(failures_of(X))
    with pytest.raises(ValueError, match=message):
        LOG_MEL.transform([noise * scale])
    soundfile.write(tmp_path / "a.wav", noise * scale, RATE, subtype="DOUBLE")
    with pytest.raises(ValueError, match=message):
        LOG_MEL.transform([tmp_path / "a.wav"])
    with pytest.raises(ValueError, match="must be within"):
        LOG_MEL.transform([noise * 1e300])


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_little_overshoot_is_clipped_with_one_warning(tmp_path, noise, n_jobs):
    loud = noise * 2.4
    soundfile.write(tmp_path / "a.wav", loud, RATE, subtype="FLOAT")
    X = pd.DataFrame({"file": [str(tmp_path / "a.wav"), None], "signal": [None, noise]})
    clipped = np.clip(loud, -1, 32767 / 32768).astype(np.float32)
    for memory in (None, tmp_path / "cache", tmp_path / "cache"):
        message = (
            r"1 of 2 recordings exceed \[-1, 1\], .* clipped: sample 0 \(.*a\.wav\) up to 1\.2\."
        )
        with pytest.warns(UserWarning, match=message) as caught:
            found = SegmentLogMel(memory=memory, n_jobs=n_jobs).transform(X)
        assert len(caught) == 1
        np.testing.assert_array_equal(
            found.values, SegmentLogMel().transform([clipped, noise]).values
        )


def test_many_warnings_are_one(noise):
    with pytest.warns(UserWarning, match="30 of 30 recordings .* and 25 more") as caught:
        LOG_MEL.transform([noise * 2.2] * 30)
    assert len(caught) == 1
    assert len(str(caught[0].message)) < 500


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "VORBIS", "PCM_U8"])
def test_full_scale_passes_without_a_word(tmp_path, noise, subtype):
    path = tmp_path / ("a.ogg" if subtype == "VORBIS" else "a.wav")
    signal = noise * (1.6 if subtype == "VORBIS" else 2)
    soundfile.write(path, signal / np.abs(signal).max(), 44100, subtype=subtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if subtype != "VORBIS":
            LOG_MEL.transform([path])
        LOG_MEL.transform([noise / np.abs(noise).max(), np.ones(4000), -np.ones(4000)])


@pytest.fixture
def stereo(tmp_path, noise):
    """Two speakers, one per channel."""
    other = np.random.default_rng(1).uniform(-0.5, 0.5, RATE)
    soundfile.write(tmp_path / "a.wav", np.column_stack([noise, other]), RATE, subtype="FLOAT")
    return str(tmp_path / "a.wav"), noise, other


@pytest.mark.parametrize("dtype", [object, "Int64", "Float64", "string"])
def test_a_channel_is_that_of_one_speaker(stereo, dtype, tmp_path):
    path, noise, other = stereo
    channel = pd.Series(["0", "1", None], dtype="string").astype(dtype)
    lld = OpenSmileLLD(memory=tmp_path / "cache")
    for _ in range(2):
        X = lld.transform(pd.DataFrame({"file": [path] * 3, "channel": channel}))
        expected = OpenSmileLLD().transform([noise, other, (noise + other) / 2])
        np.testing.assert_allclose(X.values, expected.values, rtol=1e-3, atol=2e-2)
    assert list(X.ids) == [(path, None, None, c) for c in (0, 1, None)]
    # Without a channel, the entry is that of a table that never had the column.
    n_entries = len(list((tmp_path / "cache").rglob("output.pkl")))
    assert lld.transform([path]) == X[[2]]
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == n_entries == 3


def test_a_channel_that_is_not_there(stereo):
    path, noise, _ = stereo
    table = pd.DataFrame({"file": [path, None], "signal": [None, noise], "channel": [2, 1]})
    first, second = failures_of(table).failures["reason"]
    assert first == "has 2 channels, counted from 0; there is no channel 2"
    assert second == "has one channel, counted from 0; there is no channel 1"
    assert LOG_MEL.transform(table.assign(channel=[1, 0])).shape == (2,)


@pytest.mark.parametrize(
    ("mix", "message"),
    [
        (lambda s: [s, -s], r"\(.*\) to silence\."),
        (lambda s: [s, -0.95 * s], "by 32 dB"),
        (lambda s: [s, -s, s, -s], "to silence"),
        (lambda s: [s, -0.7 * s], None),
        (lambda s: [s, 0 * s], None),
        (lambda s: [s] * 5, None),
        (lambda s: [0 * s, 0 * s], None),
        (lambda s: [s, np.roll(s, 100)], None),
    ],
)
def test_channels_that_cancel_each_other(tmp_path, noise, mix, message):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.column_stack(mix(noise)), RATE, subtype="FLOAT")
    said = "1 of 1 recordings have channels that cancel each other in their mean .*'channel'.*"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if message is None:
            LOG_MEL.transform([path])
        else:
            with pytest.warns(UserWarning, match=said + message):
                LOG_MEL.transform([path])
        LOG_MEL.transform(pd.DataFrame({"file": [path], "channel": [0]}))


# Recordings that are skipped ----------------------------------------------------------------


@pytest.fixture
def recordings(noise):
    """Two that fail, the first among them; the last of a speaker of its own."""
    return pd.DataFrame(
        {
            "signal": [np.zeros(0), noise, noise * np.nan, noise[:9000]],
            "speaker": ["a", "a", "b", "c"],
        }
    )


@pytest.fixture
def skipped(recordings):
    with pytest.warns(UserWarning, match=SKIPPED) as caught:
        X = SKIPPING.transform(recordings)
    assert len(caught) == 1
    return X


@pytest.mark.parametrize(
    "transformer",
    [
        SKIPPING,
        OpenSmileLLD(errors="skip"),
        OpenSmileFunctionals("eGeMAPSv02", errors="skip"),
        OpenSmileLLD(errors="skip", n_jobs=2),
    ],
    ids=lambda transformer: type(transformer).__name__,
)
def test_skipped_recordings_have_no_frames(recordings, transformer):
    with pytest.warns(UserWarning, match=SKIPPED) as caught:
        X = transformer.transform(recordings)
    assert len(caught) == 1
    good = transformer.transform(recordings.iloc[[1, 3]])
    assert (X.lengths > 0).tolist() == [False, True, False, True]
    assert X[[1, 3]] == good
    assert X.speaker.tolist() == ["a", "a", "b", "c"]
    assert X.ids is not None
    with pytest.raises(ExtractionError, match="2 of 4 recordings failed"):
        transformer.set_params(errors="raise").transform(recordings)
    transformer.set_params(errors="skip")
    with pytest.raises(ExtractionError, match="2 of 2 recordings failed"):
        transformer.transform(recordings.iloc[[0, 2]])


def test_nothing_is_said_where_nothing_fails(recordings):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert SKIPPING.transform(recordings.iloc[[1, 3]]).lengths.min() > 0
    with pytest.raises(ValueError, match="'errors' parameter of SegmentLogMel must be"):
        SegmentLogMel(errors="ignore").transform(recordings)


def test_copies_of_skipped_recordings(recordings):
    with pytest.warns(UserWarning, match=SKIPPED):
        copies = SpeedPerturbation(1.25, errors="skip").transform(recordings)
    assert [len(signal) for signal in copies["signal"]] == [0, 12800, 0, 7200]
    with pytest.warns(UserWarning, match="(?s)2 of 4 .*has no samples"):
        assert (SKIPPING.transform(copies).lengths > 0).tolist() == [False, True, False, True]


@pytest.mark.parametrize("kind", [Segments, Sequences])
def test_containers_hold_samples_without_frames(skipped, tmp_path, kind):
    X = skipped if kind is Segments else Sequences(skipped.values, skipped.offsets)
    assert check_sequences(X) is X
    X.save(tmp_path / "frames")
    for mode in ("r", "c", None):
        assert kind.load(tmp_path / "frames", mode) == X
    for rows in ([0], [2, 0], [1, 2], slice(2), [False, False, True, False]):
        part = X[rows]
        part.save(tmp_path / "part")
        assert kind.load(tmp_path / "part") == part
        assert part.lengths.tolist() == X.lengths[rows].tolist()
        assert kind.concatenate([part, X])[len(part) :] == X
    assert pickle.loads(pickle.dumps(X)) == X
    assert [len(frames) for frames in X] == X.lengths.tolist()


def test_segments_of_samples_without_frames(skipped):
    n_segments = skipped.n_segments
    assert n_segments[[0, 2]].tolist() == [0, 0]
    assert n_segments[1] > 0
    good = skipped[[1, 3]]
    assert check_segments(skipped) is skipped
    assert skipped.segments(0).shape == (0, 32, 64)
    assert skipped.times(2).shape == (0, 2)
    np.testing.assert_array_equal(
        skipped.windows()[skipped.segment_starts], good.windows()[good.segment_starts]
    )
    assert skipped.segment_offsets.tolist() == [0, 0, *[n_segments[1]] * 2, n_segments.sum()]
    alone = skipped[[0]]
    assert len(alone.windows()) == 0
    assert len(alone.segment_starts) == 0
    frames = Sequences(np.zeros((4, 2)), [0, 2, 2, 4])
    assert check_segments(frames).n_segments.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match="at least one sample must have frames"):
        check_segments(frames[[1]])


@pytest.mark.parametrize("by", ["corpus", "speaker", "utterance"])
def test_scaling_ignores_samples_without_frames(skipped, by):
    good = skipped[[1, 3]]
    scaler = SequenceScaler(by=by).fit(skipped)
    found = scaler.transform(skipped)
    np.testing.assert_array_equal(found.values, SequenceScaler(by=by).fit_transform(good).values)
    assert found.lengths.tolist() == skipped.lengths.tolist()
    assert len(scaler.transform(skipped[[0, 2]]).values) == 0
    if by == "speaker":
        assert scaler.speakers_ == ["a", "c"]
        # A speaker of whom fit saw no frames is new.
        new = Sequences(good.values, good.offsets, ["b", "b"])
        expected = SequenceScaler(by="speaker").fit_transform(new)
        np.testing.assert_array_equal(scaler.transform(new).values, expected.values)
        nameless = Sequences(skipped.values, skipped.offsets)
        with pytest.warns(UserWarning, match="2 of 4 samples have no speaker .*: 1, 3"):
            scaler.transform(nameless)


def test_pooling_and_statistics_of_samples_without_frames(skipped):
    good = skipped[[1, 3]]
    pooled = FramePooler(5).fit_transform(skipped)
    assert pooled[[1, 3]] == FramePooler(5).fit_transform(good)
    assert pooled.lengths[[0, 2]].tolist() == [0, 0]
    assert len(FramePooler(5).fit(good).transform(skipped[[0]])[0]) == 0
    statistics = SequenceStatistics(["mean", "std", "min", "max"])
    found = statistics.fit_transform(skipped)
    np.testing.assert_array_equal(found[[1, 3]], statistics.fit_transform(good))
    assert np.isnan(found[[0, 2]]).all()
    assert np.isnan(statistics.transform(skipped[[2]])).all()


@pytest.mark.parametrize("step", [FramePooler(), SequenceScaler(), SequenceStatistics()])
def test_a_step_needs_frames_to_fit(skipped, step):
    with pytest.raises(ValueError, match="at least one sample must have frames to fit"):
        step.fit(skipped[[0, 2]])


def test_damage_is_found_between_samples_without_frames(skipped):
    values = skipped.values.copy()
    values[-1] = np.nan
    with pytest.raises(ValueError, match=r"NaN or infinity in samples 3 \(1 frames\)"):
        check_sequences(Sequences(values, [*skipped.offsets, len(values)]))


def test_an_empty_array_of_the_user_is_an_error():
    with pytest.raises(ValueError, match="at least one frame; not for samples 1"):
        check_sequences([np.zeros((2, 3)), np.zeros((0, 3))])


def test_few_failures_are_described_one_by_one():
    failures = [Failure(i, f"{i}.wav", "does not exist") for i in range(_errors.FEW)]
    text = describe_failures(failures, 9)
    assert text.count("does not exist") == _errors.FEW
