"""Corpora from tables, as people have them: forms, speakers and parts of recordings."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from _tables import CELLS, CLIPS, EXPECTED, LABELS, SPEAKERS, load, said, write_clips

from sklearn_ser import Ratings
from sklearn_ser.datasets import load_table


def test_a_table_of_recordings_and_one_of_answers(recordings, wide, folder):
    corpus = load_table(recordings, wide)
    assert corpus.data["file"].tolist() == [str(folder / "audio" / f"{c}.wav") for c in CLIPS]
    assert corpus.data["speaker"].tolist() == SPEAKERS
    assert list(corpus.data) == ["file", "speaker"]
    assert said(corpus) == EXPECTED
    assert list(corpus.ratings.ids) == corpus.data["file"].tolist()
    # Clip 2 has two answers "angry", clip 3 two answers "happy", and so on; all agree in part.
    assert corpus.target.tolist() == ["happy", "sad", "angry", "happy", "sad", "angry"]
    assert corpus.target_names == sorted(LABELS)
    assert corpus.DESCR == (
        "recordings.csv\n--------------\n"
        "6 recordings of 2 speakers, with 17 answers of 3 raters.\n"
        "Consensus: angry 2, happy 2, sad 2; 0 recordings without consensus.\n"
    )


def test_several_tables_of_answers(recordings, wide):
    """As one table: each rater has an own table, and one has two."""
    whole = load_table(recordings, wide)
    key, *raters = wide.columns
    long = wide[[key, raters[0]]].set_axis([key, "label"], axis=1).assign(rater=raters[0])
    others = wide[[key, *raters[1:]]]
    for several in ([long, others], [others, long[:2], long[2:]]):
        corpus = load_table(recordings, several)
        assert corpus.ratings == whole.ratings
        assert corpus.data.equals(whole.data)
    assert load_table(recordings, [wide]).ratings == whole.ratings


def test_labels_of_the_listening_page_beside_others(recordings, wide):
    """As the page writes them: times that are all missing, and columns that are no raters."""
    before = load_table(recordings, wide)
    file = before.data["file"][1]
    cells = {"sample": 1, "file": file, "start": None, "end": None, "annotator": "me"}
    chosen = pd.DataFrame([{**cells, "label": "happy", "before": "sad", "note": "sure"}])
    corpus = load_table(recordings, [wide, chosen])
    assert corpus.data.equals(before.data)
    assert corpus.ratings[1] == {**before.ratings[1], "me": ("happy",)}
    assert corpus.ratings.drop("me").to_long().equals(before.ratings.to_long())


@pytest.mark.parametrize(
    ("recordings_given", "several", "message"),
    [
        (True, 0, "at least one, with recordings given; got 0 tables and a table of recordings."),
        (False, 2, "at least one, with recordings given; got 2 tables and no recordings."),
    ],
)
def test_wrong_numbers_of_tables(recordings, wide, recordings_given, several, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        load_table(recordings if recordings_given else None, [wide] * several)


def test_tables_on_different_parts(recordings, wide):
    parts = wide[[wide.columns[0]]].assign(start=0.1, end=0.2, rater="me", label="sad")
    message = "all tables of ratings must be on the same parts of recordings, or on whole ones"
    with pytest.raises(ValueError, match=re.escape(message)):
        load_table(recordings, [wide, parts])


def test_target_classes(recordings, wide):
    corpus = load_table(recordings, wide, target_classes=["sad", "happy"])
    assert corpus.target_names == ["sad", "happy"]
    assert corpus.ratings.target_classes == ("sad", "happy")
    _, message = load(recordings, wide, target_classes=["sad", "bored"], match="target classes")
    assert message == (
        "ratings: the target classes ['bored'] are not among the labels, which are "
        "['angry', 'happy', 'sad']."
    )


# The same tables in all forms.


def save(table, path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
        table.to_parquet(path)
    elif form == "xlsx":
        pytest.importorskip("openpyxl")
        table.to_excel(path, index=False)
    else:
        delimiter, encoding = FORMS[form]
        text = table.to_csv(index=False, sep=delimiter, lineterminator="\r\n")
        path.write_bytes(text.encode(encoding))


FORMS = {
    "comma": (",", "utf-8"),
    "semicolon": (";", "utf-8-sig"),
    "tab": ("\t", "utf-8"),
    "excel": ("\t", "utf-16"),
    "western": (";", "cp1252"),
    "bar": ("|", "utf-8"),
}


@pytest.mark.parametrize("form", [*FORMS, "parquet", "xlsx"])
def test_all_formats_are_equal(form, folder, recordings, wide, long):
    people = pd.DataFrame(
        {
            "file": [f"audio/{clip}.wav" for clip in CLIPS],
            "speaker": ["J\u00f6rg", "J\u00f6rg", "01", "01", "02", "02"],
            "age": [30, 30, 41, 41, 55, 55],
            "weight": [70.5, 70.5, np.nan, np.nan, 60, 60],
        }
    )
    expected = load_table(people, wide, root=folder)
    save(people, folder / "people", form)
    for answers in (wide, long):
        save(answers, folder / "answers", form)
        corpus = load_table(folder / "people", folder / "answers")
        assert corpus.ratings == expected.ratings
        assert list(corpus.ratings.ids) == list(expected.ratings.ids)
        pd.testing.assert_frame_equal(corpus.data, expected.data, check_dtype=False)
    assert corpus.data["age"].dtype.kind == "i"
    assert corpus.data["weight"].dtype.kind == "f"


def test_long_and_wide_and_any_order_of_rows(recordings, wide, long):
    expected = load_table(recordings, wide)
    rng = np.random.default_rng(0)
    for answers in (wide, long):
        for _ in range(5):
            shuffled = answers.iloc[rng.permutation(len(answers))]
            assert load_table(recordings, shuffled).ratings == expected.ratings
    table = pd.read_csv(recordings, dtype=str)
    order = rng.permutation(len(table))
    corpus = load_table(table.iloc[order], long, root=recordings.parent)
    assert corpus.data["speaker"].tolist() == [SPEAKERS[i] for i in order]
    assert corpus.ratings == expected.ratings[order]


def test_a_folder_of_recordings(folder, wide):
    wide["file"] = CLIPS
    corpus, message = load(folder / "audio", wide, match="speakers")
    assert message == (
        "audio/: there is no column of speakers, without which no evaluation can hold them out."
    )
    assert said(corpus) == EXPECTED
    assert "speaker" not in corpus.data
    # The table of answers may know who is speaking.
    corpus = load_table(folder / "audio", wide.assign(Speaker=SPEAKERS))
    assert corpus.data["speaker"].tolist() == SPEAKERS
    assert said(corpus) == EXPECTED


def test_formats_of_files_in_a_folder(tmp_path, wide):
    names = ["clip00.aiff", "clip01.flac", "clip02.WAV", "clip03.mp3", "clip04.ogg", "clip05.wav"]
    write_clips(tmp_path, [*names, "clip05.flac"])
    for name in ("clip06.m4a", "clip07.MP4", "notes.txt", "._clip00.wav"):
        (tmp_path / name).write_bytes(b"\0")
    wide["file"] = CLIPS
    corpus, message = load(tmp_path, wide.assign(speaker="F"), match="once")
    assert [Path(file).name for file in corpus.data["file"]] == names
    assert message == (
        f"{tmp_path.name}/: 2 files are in formats that cannot be read, and are left out "
        "('clip06.m4a', 'clip07.MP4'): convert to WAV or FLAC, for example with ffmpeg; "
        "1 recording is there more than once and is taken once (clip05.wav is also "
        "clip05.flac)."
    )


def test_answers_that_name_the_files(folder, wide, long):
    expected = load_table(wide.assign(speaker="F")[["file", "speaker"]], wide, root=folder)
    for answers in (wide, long):
        corpus = load_table(None, answers.assign(speaker="F"), root=folder)
        assert said(corpus) == EXPECTED
        assert corpus.ratings == expected.ratings[[CLIPS.index(c) for c in said(corpus)]]
        assert list(corpus.data) == ["file", "speaker"]
    long.assign(speaker="F").to_csv(folder / "long.csv", index=False)
    assert said(load_table(folder / "long.csv")) == EXPECTED
    assert said(load_table(None, folder / "long.csv")) == EXPECTED


def test_a_column_of_labels_is_the_only_rating(folder, recordings):
    table = pd.read_csv(recordings, dtype=str).assign(emotion=CELLS["E1"], room=range(6))
    corpus = load_table(table, root=folder)
    assert corpus.ratings.is_anonymous.all()
    assert corpus.target.tolist() == CELLS["E1"]
    assert list(corpus.data) == ["file", "speaker", "room"]


def test_columns_of_recordings_stay(folder, recordings, wide):
    table = pd.read_csv(recordings, dtype=str)
    table["emotion"] = CELLS["E2"]  # as acted
    table["Zip code"] = ["01", "02", "03", "04", "05", "06"]
    table["gender"] = ["f", "f", None, "m", "m", "m"]
    table["session"] = [1.0, 1.0, 1.0, 2.0, 2.0, None]
    table.to_csv(recordings, index=False)
    corpus = load_table(recordings, wide)
    assert list(corpus.data) == ["file", "speaker", "session", "emotion", "Zip code", "gender"]
    assert corpus.data["session"].tolist() == ["1", "1", "1", "2", "2", None]
    assert corpus.data["Zip code"].tolist() == ["01", "02", "03", "04", "05", "06"]
    assert said(corpus) == EXPECTED


def test_rows_of_answers_that_are_no_columns_of_recordings(folder, long):
    """In a table with one row per answer, some columns are of the answer."""
    table = long.assign(speaker="F", confidence=range(len(long)), text="Hello.")
    table["words"] = [["Hello"] for _ in range(len(table))]
    table["times"] = [[i] for i in range(len(table))]
    assert list(load_table(table, root=folder).data) == ["file", "speaker", "text", "words"]


# Speakers.


def test_unknown_speakers(recordings, wide, folder):
    table = pd.read_csv(recordings, dtype=str)
    table["speaker"] = ["01", "?", "unknown", "02", None, " 02"]
    corpus, message = load(table, wide, root=folder, match="unknown")
    assert corpus.data["speaker"].tolist() == ["01", None, None, "02", None, "02"]
    assert message == (
        "recordings: speakers that differ only by case or spaces are the same: ' 02' as '02' "
        "(1); the speakers of 3 recordings are unknown ('clip01.wav', 'clip02.wav', "
        "'clip04.wav')."
    )


def test_speakers_are_text(recordings, wide, folder):
    table = pd.read_csv(recordings, dtype=str)
    for column in ([1, 1, 1, 2, 2, 2], [1.0, 1, 1, 2, 2, 2], ["1"] * 3 + ["2"] * 3):
        corpus = load_table(table.assign(speaker=column), wide, root=folder)
        assert corpus.data["speaker"].tolist() == ["1"] * 3 + ["2"] * 3
    corpus, message = load(
        table.assign(speaker=["ann", "Ann", "ann", "Bo", "Bo", "Bo"]),
        wide,
        root=folder,
        match="case",
    )
    assert corpus.data["speaker"].tolist() == ["ann"] * 3 + ["Bo"] * 3
    assert (
        "speakers that differ only by case or spaces are the same: 'Ann' as 'ann' (1)" in message
    )


def test_rows_on_the_same_recording(folder, recordings, wide):
    table = pd.read_csv(recordings, dtype=str)
    twice = pd.concat([table, table.iloc[[0, 0, 1]]])
    corpus, message = load(twice, wide, root=folder, match="repeat recordings")
    assert said(corpus) == EXPECTED
    assert message == (
        "recordings: 3 rows repeat recordings of earlier rows and are left out "
        "('audio/clip00.wav', 'audio/clip01.wav', rows 6, 7, 8)."
    )
    twice["speaker"] = [*SPEAKERS, "01", "02", "01"]
    message = (
        "recordings: all rows on a recording must have the same speaker; not for "
        "'audio/clip00.wav' ('01' in row 0, '02' in row 7). If the column names raters, pass "
        "columns={'rater': ...}; if this is the table of answers, give that of the recordings "
        "first, and pass ratings for this one."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(twice, wide, root=folder)
    same = pd.concat([table, pd.DataFrame({"file": ["audio/CLIP00"], "speaker": ["01"]})])
    corpus, message = load(same, wide, root=folder, match="several names")
    assert message == (
        "recordings: 1 recording has several names and is taken once ('clip00.wav')."
    )
    assert said(corpus) == EXPECTED


# Parts of recordings.


@pytest.fixture
def segments():
    return pd.DataFrame(
        {
            "file": ["a.wav", "a.wav", "b.wav"],
            "start": [0, 0.5, 0.25],
            "end": [0.5, 1.0, None],
            "speaker": ["F", "M", "F"],
        }
    )


@pytest.fixture
def audio(tmp_path):
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, np.zeros(16000), 16000)
    return tmp_path


def test_parts_are_joined_by_their_times(audio, segments):
    answers = pd.DataFrame(
        {
            "file": ["a", "b", "a", "a"],
            "start": ["0.5", "00:00:00.25", "0.0001", "0,5"],
            "end": ["1", "", "0.5", "1,0"],
            "rater": ["E1", "E1", "E1", "E2"],
            "label": ["sad", "happy", "angry", "happy"],
        }
    )
    answers.to_csv(audio / "answers.csv", index=False, sep=";")
    # As no spreadsheet writes a column: times as a clock, and numbers with commas.
    with pytest.raises(ValueError, match=r"must hold times in seconds, from 0 on; not in rows 5"):
        load_table(segments, audio / "answers.csv", root=audio)
    answers["start"] = ["0,5", "0,25", "0,0001", "0,5"]
    answers["end"] = ["1", "", "0,5", "1,0"]
    answers.to_csv(audio / "answers.csv", index=False, sep=";")
    corpus = load_table(segments, audio / "answers.csv", root=audio)
    assert [dict(row) for row in np.asarray(corpus.ratings)] == [
        {"E1": ("angry",)},
        {"E1": ("sad",), "E2": ("happy",)},
        {"E1": ("happy",)},
    ]
    assert corpus.data["start"].tolist() == [0, 0.5, 0.25]
    assert list(corpus.ratings.ids)[1] == (str(audio / "a.wav"), 0.5, 1.0)
    # Parts may be known to the answers only.
    files = pd.DataFrame({"file": ["b.wav", "a.wav"], "speaker": ["F", "M"]})
    found = load_table(files, audio / "answers.csv", root=audio)
    assert (
        found.data["file"].map(lambda file: Path(file).name).tolist() == ["b.wav"] + ["a.wav"] * 2
    )
    assert found.data["start"].tolist() == [0.25, 0.0001, 0.5]
    assert found.data["speaker"].tolist() == ["F", "M", "M"]
    assert found.ratings[2] == {"E1": ("sad",), "E2": ("happy",)}
    # And one table may have everything.
    answers.assign(speaker="F").to_csv(audio / "answers.csv", index=False, sep=";")
    whole = load_table(audio / "answers.csv")
    assert whole.ratings == found.ratings[[2, 0, 1]]


def test_parts_that_do_not_match(audio, segments):
    answers = pd.DataFrame({"file": ["a.wav", "b.wav"], "rater": "E1", "label": "sad"})
    message = (
        "recordings has several parts of the same file, and ratings must say by start and end "
        "which one is meant; not for 'a.wav'."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(segments, answers, root=audio)
    answers = answers.assign(start=[0, 0.25], end=[0.7, None])
    corpus, message = load(segments, answers, root=audio, match="left out")
    assert message == (
        "ratings: 1 answer is on a part of a file that is not in recordings, and is left "
        "out ('a.wav' from 0.0 to 0.7 s; row 0). recordings: 2 recordings have no answers "
        "('a.wav', 'a.wav')."
    )
    assert corpus.ratings.lengths.tolist() == [0, 0, 1]
    message = (
        "ratings: no part of a file is one in recordings; start and end must be the same in both, "
        "in seconds."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(segments, answers.assign(start=0.1), root=audio)
    message = "recordings and ratings must both have start and end, or only one of them."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(segments.drop(columns="start"), answers, root=audio)


def test_times_that_are_none(audio, segments):
    message = (
        "recordings: column 'start' must hold times in seconds, from 0 on; not in rows 1 "
        "('soon'); column 'end' must hold times in seconds, from 0 on; not in rows 2 (-1.0)."
    )
    segments["start"] = [0, "soon", 0]
    segments["end"] = [0.5, 1, -1]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(segments.assign(label="sad"), root=audio)
    segments["start"], segments["end"] = [0, 1, None], [0.5, 1, 0]
    message = "recordings: end must be after start; not in rows 1, 2."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(segments.assign(label="sad"), root=audio)


def test_channels(audio):
    table = pd.DataFrame({"file": ["a.wav"] * 2, "channel": [0, 1], "speaker": ["F", "M"]})
    answers = pd.DataFrame({"file": "a", "channel": ["1", "0"], "label": ["sad", "angry"]})
    corpus = load_table(table, answers, root=audio)
    assert corpus.target.tolist() == ["angry", "sad"]
    assert corpus.data["channel"].tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"must hold numbers of channels, counted from 0; not in"):
        load_table(table.assign(channel=["left", "right"]), answers, root=audio)


# Anything that people may type.


def test_a_messy_spreadsheet(tmp_path):
    """Whatever is in the cells: a corpus of whole answers, or an error of bounded length."""
    write_clips(tmp_path, ["a.wav", "sub/b.wav", "c 1.wav"])
    rng = np.random.default_rng(0)
    texts = [
        "happy",
        "Happy ",
        "sad",
        "sad",
        "sad/happy",
        "?",
        "",
        None,
        1,
        1.5,
        "x" * 500,
        "none",
        "\u00fc\n,;\"'",
        True,
        np.nan,
        pd.NaT,
        "-",
        "0",
        "nan",
        ["sad", "happy"],
        "<script>",
    ]
    files = ["a", "a.wav", "b", "sub/b.wav", "c 1", "C 1.WAV", "d", None, "", 3, "x" * 300, "../a"]
    heads = [
        "file",
        "Clip",
        "rater",
        "label",
        "E1",
        "E2",
        "speaker",
        "start",
        "end",
        "comment",
        "",
        "Unnamed: 3",
        "E1 ",
        7,
        None,
        "n" * 300,
    ]
    n_read, errors = 0, []
    for _ in range(400):
        width = rng.integers(1, 6)
        chosen = ["file", *rng.permutation(np.array(heads, dtype=object))[:width]]
        rows = [
            [files[rng.integers(len(files))]]
            + [texts[rng.integers(len(texts))] for _ in range(width)]
            for _ in range(rng.integers(0, 12))
        ]
        table = pd.DataFrame(rows, columns=chosen, dtype=object)
        with warnings.catch_warnings(record=True) as caught:
            try:
                corpus = load_table(tmp_path if rng.random() < 0.5 else None, table, root=tmp_path)
            except ValueError as error:
                errors.append(str(error))
                continue
        n_read += 1
        assert len(caught) <= 1
        assert all(len(str(warning.message)) < 4000 for warning in caught)
        assert isinstance(corpus.ratings, Ratings)
        assert len(corpus.data) == len(corpus.ratings)
        assert all(isinstance(label, str) for label in corpus.ratings.labels.tolist())
        assert all(isinstance(file, str) for file in corpus.data["file"])
    assert min(n_read, len(errors)) > 30
    assert max(map(len, errors)) < 2000
