"""Tables of recordings: times, channels, paths and missing values of every type, and their ids."""

import datetime
import os
from decimal import Decimal

import audformat
import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser import Sequences
from sklearn_ser.features import SegmentLogMel, SequenceStatistics
from sklearn_ser.speech._audio import read_clip
from sklearn_ser.speech._ids import get_ids
from sklearn_ser.speech._recordings import check_audio, convert_to_frame
from sklearn_ser.utils._ids import make_ids
from sklearn_ser.utils._ragged import as_column

RATE = 16000
LOG_MEL = SegmentLogMel(segment_step=10)


@pytest.fixture
def noise():
    return np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)


@pytest.fixture
def path(tmp_path, noise):
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    return str(tmp_path / "a.wav")


def times(X):
    return [(clip.start, clip.end) for clip in check_audio(X).clips]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (2, 2),
        (2.5, 2.5),
        (np.float32(2.5), 2.5),
        (np.int8(2), 2),
        (Decimal("2.5"), 2.5),
        (pd.Timedelta("2.5s"), 2.5),
        (np.timedelta64(2500, "ms"), 2.5),
        (datetime.timedelta(seconds=2.5), 2.5),
        ("0 days 00:00:02.500000", 2.5),
        ("00:00:02.5", 2.5),
        ("2.0", 2),
        ("2", 2),
        ("2500ms", 2.5),
        ("P0DT0H0M2.5S", 2.5),
        ("1e-1", 0.1),
        (None, None),
        (pd.NaT, None),
        (pd.NA, None),
        (float("nan"), None),
        (np.timedelta64("NaT", "s"), None),
        ("NaT", None),
        ("nan", None),
        ("", None),
    ],
)
def test_a_time_in_any_form_is_in_seconds(value, seconds):
    table = pd.DataFrame({"file": ["a.wav"], "end": pd.Series([value], dtype=object)})
    ((start, end),) = times(table)
    assert start is None
    assert end == seconds
    assert type(end) in (int, float, type(None))


@pytest.mark.parametrize(
    "value",
    [
        np.inf,
        -1,
        -0.5,
        "soon",
        "inf",
        "-2",
        "1e400",
        "12:30:61:1",
        "2,5",  # pandas reads 25 ns
        "1,5s",  # ... and 15 s
        "2 5",
        True,
        10**400,
        1j,
        [2.0],
        b"2",
        pd.Timestamp(0),
        pd.Timedelta(-1),
        datetime.time(0, 0, 2),
        np.timedelta64(2, "Y"),
    ],
    ids=repr,
)
def test_cells_that_are_no_times_are_listed(value):
    cells = pd.Series([None, value, 1.0, value], dtype=object)
    table = pd.DataFrame({"file": ["a.wav"] * 4, "start": cells, "end": [1, 2, -3, 4]})
    with pytest.raises(ValueError, match="start must be a time from 0 on") as caught:
        check_audio(table)
    assert "not for samples 1 (" in str(caught.value)
    assert ", 3 (" in str(caught.value)
    assert "end must be a time" in str(caught.value)
    assert "not for samples 2 (-3)" in str(caught.value)


def test_two_seconds_in_every_form_are_the_same_frames(path, noise):
    whole = LOG_MEL.transform([noise])[0]
    expected = LOG_MEL.transform([noise[: 2 * RATE]])
    seconds = pd.to_timedelta([2], "s")
    for end in ([2], [2.0], seconds, ["0 days 00:00:02"], ["2.0"], [np.timedelta64(2, "s")]):
        table = pd.DataFrame({"file": [path], "start": seconds * 0, "end": end})
        np.testing.assert_allclose(LOG_MEL.transform(table)[0], expected[0], atol=1e-3)
    table["end"] = pd.NaT
    np.testing.assert_allclose(LOG_MEL.transform(table)[0], whole, atol=1e-3)


def test_numbers_keep_their_type_by_which_caches_know_them():
    table = pd.DataFrame({"file": ["a.wav"], "start": [0], "end": [1.0]})
    ((start, end),) = times(table)
    assert (type(start), type(end)) == (int, float)


def test_a_mistake_of_the_caller_is_not_called_unreadable_audio(path):
    clip = check_audio([path]).clips[0]._replace(start=[1])
    with pytest.raises(TypeError, match="float"):
        read_clip(clip)


# Tables of audformat ------------------------------------------------------------------------


@pytest.fixture
def index(path):
    return audformat.segmented_index([path, path], ["0s", "1.5s"], ["2s", pd.NaT])


@pytest.mark.parametrize(
    "make",
    [
        lambda index: index,
        lambda index: pd.DataFrame(index=index),
        lambda index: pd.DataFrame({"emotion": ["sad", "sad"]}, index=index),
        lambda index: pd.Series(["sad", "sad"], index=index, name="emotion"),
        lambda index: index.to_frame(index=False),
        lambda index: index.to_frame(index=False).astype(str),
    ],
)
def test_tables_of_audformat(index, make, noise):
    X = LOG_MEL.transform(make(index))
    expected = LOG_MEL.transform([noise[: 2 * RATE], noise[RATE * 3 // 2 :]])
    assert X.lengths.tolist() == expected.lengths.tolist()
    np.testing.assert_allclose(X.values, expected.values, atol=1e-3)
    file = index[0][0]
    assert list(X.ids) == [(file, 0.0, 2.0), (file, 1.5, None)]
    assert list(make_ids(index, 2)) == list(X.ids)
    SequenceStatistics().fit(X, pd.Series(["sad", "sad"], index=index))
    with pytest.raises(ValueError, match="must be of the same samples, in the same order"):
        SequenceStatistics().fit(X, pd.Series(["sad", "sad"], index=index[::-1]))


@pytest.mark.parametrize("column", ["file", "signal"])
def test_parts_in_the_index_beside_a_column_of_recordings(index, column, path, noise):
    """Such as of a table of audformat with other paths."""
    recordings = pd.Series([path if column == "file" else noise] * 2, index, dtype=object)
    table = pd.DataFrame({column: recordings})
    expected = LOG_MEL.transform(index).lengths.tolist()
    for some in (table, table.droplevel("file"), table.assign(end=["2", None])):
        assert LOG_MEL.transform(some).lengths.tolist() == expected
    if column == "file":
        assert list(LOG_MEL.transform(table).ids) == [(path, 0.0, 2.0), (path, 1.5, None)]


@pytest.mark.parametrize("columns", [[], ["file"]])
def test_parts_in_the_index_and_in_columns_must_be_equal(index, columns, path):
    table = pd.DataFrame({"start": [0.0, 1.0], "end": [2.0, 3.0]}, index=index)
    table = table.assign(**dict.fromkeys(columns, path))
    message = r"columns and levels .* must be equal; not for \['start', 'end'\]"
    with pytest.raises(ValueError, match=message):
        check_audio(table)


def test_files_of_audformat_and_other_columns(path):
    index = audformat.filewise_index([path, path])
    table = pd.DataFrame({"speaker": ["a", "b"], "channel": [0, None]}, index=index)
    audio = check_audio(table)
    assert [clip.file for clip in audio.clips] == [path, path]
    assert [clip.channel for clip in audio.clips] == [0, None]
    assert audio.speaker.tolist() == ["a", "b"]
    assert check_audio(pd.Series([1, 2], index=index)).clips[0].file == path
    assert check_audio(index).clips[0].file == path
    assert list(get_ids(index)) == [path, path]
    with pytest.raises(ValueError, match=r"the columns are \['speaker'\]"):
        check_audio(table[["speaker"]].reset_index(drop=True))


# Missing values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("string", "a"),
        ("string[pyarrow]", "a"),
        ("str", "a"),
        ("category", "a"),
        ("Int64", 1),
        ("Float64", 1.5),
        ("boolean", True),
        ("int64[pyarrow]", 1),
        ("double[pyarrow]", 1.5),
        ("large_string[pyarrow]", "a"),
        (object, Decimal("1")),
        (object, "a"),
    ],
)
def test_missing_values_of_any_type_are_none(dtype, value):
    column = pd.Series([value, None], dtype=dtype)
    (found, missing) = as_column(column, 2, "speaker")
    assert found == value
    assert missing is None
    assert type(found).__module__ in ("builtins", "decimal", "numpy")
    assert type(found) is str or not isinstance(found, str)
    X = Sequences([[0.0], [1.0]], [0, 1, 2], speaker=column, session=column)
    assert X.speaker.tolist() == X.session.tolist() == [value, None]


@pytest.mark.parametrize(
    "missing",
    [None, np.nan, pd.NA, pd.NaT, Decimal("NaN"), np.datetime64("NaT", "s"), np.float32("nan")],
)
def test_missing_values_among_objects_are_none(missing):
    assert as_column(["a", missing], 2, "speaker").tolist() == ["a", None]


def test_plain_values_are_kept():
    assert as_column(np.ma.array(["a", "b"], mask=[0, 1]), 2, "x").tolist() == ["a", None]
    (name,) = as_column(np.array(["a"]), 1, "speaker")
    assert type(name) is str
    values = as_column([(1, 2), [None]], 2, "speaker")
    assert values.tolist() == [(1, 2), [None]]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]", "string", "category"])
def test_times_and_channels_of_any_type(dtype):
    column = pd.Series(["1", None], dtype="string").astype(dtype)
    table = pd.DataFrame({"file": ["a.wav", "b.wav"], "end": column, "channel": column})
    audio = check_audio(table)
    assert times(table) == [(None, 1), (None, None)]
    assert [clip.channel for clip in audio.clips] == [1, None]


@pytest.mark.parametrize("dtype", ["string", "category", "str", object, "string[pyarrow]"])
def test_files_and_waveforms_in_columns_of_any_type(dtype):
    table = pd.DataFrame({"file": pd.Series(["a.wav", None], dtype=dtype)})
    table["signal"] = [None, np.zeros(4)]
    first, second = check_audio(table).clips
    assert (first.file, first.signal, second.file) == ("a.wav", None, None)
    assert type(first.file) is str
    assert second.signal.tolist() == [0] * 4
    with pytest.raises(TypeError, match="sample 1 is NoneType"):
        check_audio(table[["file"]])


def test_every_sample_that_is_no_recording_is_listed():
    with pytest.raises(TypeError, match="sample 1 is NoneType, sample 3 is int, sample 4 is list"):
        check_audio(["a.wav", None, np.zeros(3), 7, [[1], [1, 2]]])


@pytest.mark.parametrize("value", [-1, 0.5, "left", True, np.inf, [0]])
def test_channels_that_are_none(value):
    table = pd.DataFrame({"file": ["a.wav"] * 2, "channel": pd.Series([0, value], dtype=object)})
    with pytest.raises(ValueError, match=r"channel must be a number .* not for samples 1 \("):
        check_audio(table)


# Paths --------------------------------------------------------------------------------------


@pytest.mark.posix
@pytest.mark.parametrize(
    "name", [b"caf\xe9.wav", "naïve 日本.wav".encode(), b"two\nlines.wav", b"a" * 251 + b".wav"]
)
def test_names_of_any_bytes(tmp_path, noise, name):
    file = os.path.join(str(tmp_path), os.fsdecode(name))
    soundfile.write(os.fsencode(file), noise[:8000], RATE, format="WAV")
    gone = file.replace(".wav", "?")
    for memory in (None, tmp_path / "cache"):
        X = SegmentLogMel(memory=memory).transform([file])
        assert len(X[0]) > 0
        assert list(X.ids) == [file]
    X.save(tmp_path / "frames")
    assert list(Sequences.load(tmp_path / "frames").ids) == [file]
    with pytest.raises(
        ValueError, match=r"1 of 2 recordings failed: sample 1 .* does not"
    ) as caught:
        LOG_MEL.transform([file, gone])
    assert str(caught.value).isprintable()
    assert caught.value.failures["file"].tolist() == [gone]


@pytest.mark.posix
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x" * 300, "File name too long"),
        ("x\0y", "null (byte|character)"),  # from Python 3.13 on, a character
        ("a.wav/b.wav", "Not a directory"),
        ("\ud800", r"can't encode|does not exist"),
        ("", "does not exist"),
    ],
)
def test_names_that_cannot_be_do_not_stop_the_others(path, name, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=rf"(?s)1 of 2 recordings failed: .*({reason})"):
        LOG_MEL.transform([path, name])


def test_paths_may_begin_with_the_home_folder(tmp_path, path, noise, set_home):
    set_home(tmp_path)
    X = LOG_MEL.transform(["~/a.wav"])
    assert X == LOG_MEL.transform([path])
    assert list(X.ids) == ["~/a.wav"]
    assert X == LOG_MEL.set_params().transform(pd.DataFrame({"file": ["~/a.wav"]}))
    assert X == SegmentLogMel(segment_step=10, root="~").transform(["a.wav"])


def test_paths_are_relative_to_the_root(tmp_path, path, noise):
    (tmp_path / "wav").mkdir()
    soundfile.write(tmp_path / "wav" / "b.wav", noise[:9000], RATE)
    inside = SegmentLogMel(segment_step=10, root=tmp_path)
    X = inside.transform(["wav/b.wav", path])
    assert X.lengths.tolist() == LOG_MEL.transform([noise[:9000], noise]).lengths.tolist()
    assert list(X.ids) == ["wav/b.wav", path]
    with pytest.raises(ValueError, match=r"sample 0 \(.*/c\.wav\) does not exist"):
        inside.transform(["c.wav"])
    with pytest.raises(ValueError, match="root must be an existing folder, got '/nowhere'"):
        SegmentLogMel(root="/nowhere").transform(["a.wav"])
    with pytest.raises(ValueError, match="'root' parameter of SegmentLogMel must be"):
        SegmentLogMel(root=3).transform(["a.wav"])


def test_channels_and_times_stay_in_a_frame():
    table = pd.DataFrame({"file": ["a.wav"], "end": ["00:00:02"], "channel": [1.0], "x": [3]})
    assert convert_to_frame(table).to_dict("records") == [
        {"file": "a.wav", "end": 2.0, "channel": 1}
    ]


def test_ids_name_channels():
    table = pd.DataFrame({"file": ["a.wav"] * 2, "channel": ["0", "1"], "end": ["2s", None]})
    assert list(get_ids(table)) == [("a.wav", None, 2.0, 0), ("a.wav", None, None, 1)]
    assert list(get_ids(table.drop(columns="channel"))) == [
        ("a.wav", None, 2.0),
        ("a.wav", None, None),
    ]
