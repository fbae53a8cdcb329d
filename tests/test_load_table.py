"""Corpora from tables, as people have them: what is read, joined, corrected, said and refused."""

import itertools
import re
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from sklearn_ser import Ratings
from sklearn_ser.datasets import load_table
from sklearn_ser.datasets._table_labels import find_typos, measure_distance
from sklearn_ser.datasets._table_names import match_names

LABELS = ["happy", "sad", "angry"]
# What three raters say of six clips; the third skips one.
CELLS = {
    "E1": ["happy", "sad", "angry", "happy", "sad", "angry"],
    "E2": ["happy", "sad", "sad", "happy", "angry", "angry"],
    "E3": ["sad", "sad", "angry", None, "sad", "happy"],
}
CLIPS = [f"clip{i:02}" for i in range(6)]
SPEAKERS = ["01", "01", "01", "02", "02", "02"]


def write_clips(folder, names):
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.full(1600, i / 100), 16000)


@pytest.fixture
def folder(tmp_path):
    write_clips(tmp_path, [f"audio/{clip}.wav" for clip in CLIPS])
    return tmp_path


@pytest.fixture
def recordings(folder):
    table = pd.DataFrame({"file": [f"audio/{clip}.wav" for clip in CLIPS], "speaker": SPEAKERS})
    table.to_csv(folder / "recordings.csv", index=False)
    return folder / "recordings.csv"


@pytest.fixture
def wide():
    return pd.DataFrame({"file": [f"audio/{clip}.wav" for clip in CLIPS], **CELLS})


@pytest.fixture
def long(wide):
    table = wide.melt("file", var_name="rater", value_name="label").dropna()
    return table.reset_index(drop=True)


def load(*sources, match, **settings):
    """Load a corpus that has one warning, and return it with the text of the warning."""
    with pytest.warns(UserWarning, match=match) as caught:
        corpus = load_table(*sources, **settings)
    assert len(caught) == 1
    assert Path(caught[0].filename) == Path(__file__)
    return corpus, str(caught[0].message)


def said(corpus):
    return {
        Path(file).stem: dict(row)
        for file, row in zip(corpus.data["file"], np.asarray(corpus.ratings), strict=True)
    }


EXPECTED = {
    clip: {rater: (labels[i],) for rater, labels in CELLS.items() if labels[i]}
    for i, clip in enumerate(CLIPS)
}


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


def test_target_classes(recordings, wide):
    corpus = load_table(recordings, wide, target_classes=["sad", "happy"])
    assert corpus.target_names == ["sad", "happy"]
    assert corpus.ratings.target_classes == ("sad", "happy")
    _, message = load(recordings, wide, target_classes=["sad", "bored"], match="target classes")
    assert message == (
        "recordings.csv: the target classes ['bored'] are not among the labels, which are "
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
        "('clip06.m4a', 'clip07.MP4'): convert them to WAV or FLAC, for example with ffmpeg; "
        "1 recordings are there more than once and are taken once (clip05.wav is also "
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
    assert list(load_table(table, root=folder).data) == ["file", "speaker", "text"]


# Names of columns.


@pytest.mark.parametrize(
    ("file", "rater", "label", "speaker"),
    [
        ("File", "Rater", "Label", "SPEAKER"),
        ("file_name", "annotator", "emotion", "speaker_id"),
        ("Filename ", "Worker ID", " Emotion", "Spk"),
        ("path", "listener", "answer", "actor"),
        ("Clip-ID", "coder", "Category", "subject"),
        ("utterance", "rater_name", "class", "Participant"),
        ("recording", "evaluatorID", "rating", "talker"),
        ("ID", "judge", "response", "SpeakerID"),
    ],
)
def test_usual_names(folder, recordings, long, file, rater, label, speaker):
    table = pd.read_csv(recordings, dtype=str)
    table = table.rename(columns={"file": file, "speaker": speaker})
    answers = long.rename(columns={"file": file, "rater": rater, "label": label})
    corpus = load_table(table, answers, root=folder)
    assert said(corpus) == EXPECTED
    assert corpus.data["speaker"].tolist() == SPEAKERS


def test_named_columns(folder, recordings, wide, long):
    table = pd.read_csv(recordings, dtype=str)
    table.columns = ["Datei", "Wer"]
    answers = long.set_axis(["Name der Datei", "Person", "Meinung"], axis=1)
    roles = {"file": ["Datei", "Name der Datei"], "speaker": "Wer"}
    roles |= {"rater": "Person", "label": "Meinung"}
    corpus = load_table(table, answers, root=folder, columns=roles)
    assert said(corpus) == EXPECTED
    assert corpus.data["speaker"].tolist() == SPEAKERS
    # A column that only one table has; the other one has a usual name.
    corpus = load_table(
        recordings, answers, columns={**roles, "file": "Name der Datei"} | {"speaker": "speaker"}
    )
    assert said(corpus) == EXPECTED
    named = wide.assign(comment="good", E4="happy")
    corpus = load_table(recordings, named, columns={"raters": ["E1", "E2", "E3"]})
    assert said(corpus) == EXPECTED
    corpus = load_table(recordings, named, columns={"raters": "E4"})
    assert corpus.target.tolist() == ["happy"] * 6


def test_a_participant_speaks_or_listens(recordings, long, folder):
    listeners = long.rename(columns={"rater": "participant"})
    assert said(load_table(recordings, listeners)) == EXPECTED
    match = (
        "recordings: all rows on a recording must have the same speaker; not for "
        "'audio/clip00.wav', 'audio/clip01.wav', 'audio/clip02.wav', 'audio/clip03.wav', "
        "'audio/clip04.wav' and 1 more. If the column names raters, pass columns={'rater': ...}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(match)}$"):
        load_table(listeners, root=folder)
    corpus, _ = load(None, listeners, root=folder, match="no column of speakers")
    assert said(corpus) == EXPECTED


def test_no_column(folder, recordings, wide):
    answers = wide.assign(emotion=CELLS["E1"])
    roles = {"label": None}
    corpus = load_table(recordings, answers, columns=roles)
    assert corpus.ratings.annotators.tolist() == ["E1", "E2", "E3", "emotion"]
    corpus, message = load(recordings, wide, columns={"speaker": None}, match="left out")
    assert "speaker" not in corpus.data
    assert message == (
        "recordings.csv: columns of recordings.csv are left out, since their names have another "
        "meaning: 'speaker'; there is no column of speakers, without which no evaluation can hold "
        "them out."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t.rename(columns={"file": "what"}),
            "ratings has no column of files or names of recordings; its columns are 'what', "
            "'rater', 'label': pass columns={'file': ...}.",
        ),
        (
            lambda t: t.assign(emotion=t["label"]),
            "columns 'label', 'emotion' of ratings may all be the label: pass columns={'label': "
            "'label'} or another of them.",
        ),
        (
            lambda t: t.assign(annotator="A", filename="x"),
            "columns 'file', 'filename' of ratings may all be the file: pass columns={'file': "
            "'file'} or another of them; columns 'rater', 'annotator' of ratings may all be the "
            "rater: pass columns={'rater': 'rater'} or another of them.",
        ),
        (
            lambda t: t.rename(columns={"label": "what"}),
            "ratings has a column of raters, 'rater', and none of labels; its columns are 'file', "
            "'rater', 'what': pass columns={'label': ...}, or columns={'raters': [...]} if there "
            "is a column for each rater.",
        ),
        (
            lambda t: t.drop(columns=["rater", "label"]),
            "ratings must have a column of labels, or a column for each rater; its columns are "
            "'file'.",
        ),
        (
            lambda t: t.assign(label=None),
            "ratings has no answer of any rater.",
        ),
        (
            lambda t: t.assign(file=[f"x{i}" for i in range(len(t))]),
            "ratings: no name is one of a recording in recordings.csv: the answers name 'x0', "
            "'x1', 'x2' and 14 more, the recordings are 'audio/clip00.wav', 'audio/clip01.wav', "
            "'audio/clip02.wav' and 3 more. If another column has the names, pass "
            "columns={'file': ...}.",
        ),
        (
            lambda t: t.assign(label=np.linspace(0.1, 0.9, len(t))),
            "ratings: column 'label' must hold labels, and holds numbers with decimals, such as "
            "0.1. If another column holds them, pass columns={'label': ...}.",
        ),
        (
            lambda t: t.assign(label=[f"answer {i}" for i in range(len(t))]),
            "ratings: column 'label' must hold labels, and has another answer in nearly every "
            "row, such as 'answer 0', 'answer 1' and 15 more. If another column holds them, pass "
            "columns={'label': ...}.",
        ),
        (
            lambda t: t.assign(start_ms=0),
            "columns 'start_ms' of ratings look like times that are not in seconds: convert "
            "them, or pass columns={'start': None} to ignore them.",
        ),
        (
            lambda t: t.set_axis(["file", "rater", "rater"], axis=1),
            "ratings: columns must have different names; not 'rater'.",
        ),
    ],
)
def test_what_is_unclear_is_refused(recordings, long, change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, change(long))


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        (
            {"clip": "file"},
            ValueError,
            "columns must be given by the roles file, start, end, channel, speaker, session, "
            "rater, label, raters; got 'clip'.",
        ),
        (
            {"label": "Emotoin", "speaker": "Spk"},
            ValueError,
            "columns names 'Emotoin' (label), 'Spk' (speaker), and recordings.csv has 'file', "
            "'speaker'; ratings has 'file', 'rater', 'Emotion'. Did you mean 'Emotion'?",
        ),
        (
            {"raters": ["file", "speaker"]},
            ValueError,
            "columns names 'speaker' (raters), and recordings.csv has 'file', 'speaker'; ratings "
            "has 'file', 'rater', 'Emotion'.",
        ),
        ({"raters": []}, ValueError, "columns must name at least one column of raters; got none."),
        ({"file": 3.5}, TypeError, "columns must be names of columns; got float for 'file'."),
    ],
)
def test_columns_that_are_not_there(recordings, long, columns, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        load_table(recordings, long.rename(columns={"label": "Emotion"}), columns=columns)


def test_parameters(recordings, wide):
    with pytest.raises(ValueError, match="The 'recordings' parameter of load_table must be"):
        load_table(3, wide)
    with pytest.raises(ValueError, match="The 'labels' parameter of load_table must be"):
        load_table(recordings, wide, labels=["happy"])
    with pytest.raises(
        ValueError, match=r"^recordings or ratings must be given; both are None\.$"
    ):
        load_table(None)
    message = r"^recordings is a folder, .*; then ratings must be a table.$"
    with pytest.raises(ValueError, match=message):
        load_table(recordings.parent)
    message = (
        "recordings.csv has no column of labels; its columns are 'file', 'speaker': pass ratings, "
        "a table of answers, or columns={'label': ...}, or columns={'raters': [...]}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings)


# Columns that are no raters.


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("confidence", [1, 2, 3, 4, 5, 5], "'confidence' must be something else"),
        ("Comment", ["", "", "noisy", "", "", ""], "'Comment' must be something else"),
        ("sure", [0.5, 1, 0.5, 0.2, 1, 1], "'sure' holds numbers with decimals, such as 0.2"),
        (
            "remarks by Ann",
            [None] * 5 + ["I could not hear anything here at all"],
            "'remarks by Ann' holds free text, such as 'I could not hear anything here at all'",
        ),
        (
            "place",
            ["Ulm", "Bonn", "Kiel", None, None, None],
            "'place' shares no label with the others ('Bonn', 'Kiel', 'Ulm')",
        ),
    ],
)
def test_columns_that_are_no_raters(recordings, wide, name, cells, reason):
    message = (
        "ratings: without a column of labels, every column but those about the recording must be "
        f"a rater: {reason}. Name the columns of raters, columns={{'raters': ['E1', 'E2', "
        "'E3']}, or the column of labels, columns={'label': ...}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, wide.assign(**{name: cells}))
    # The way out.
    corpus = load_table(
        recordings, wide.assign(**{name: cells}), columns={"raters": ["E1", "E2", "E3"]}
    )
    assert said(corpus) == EXPECTED


def test_many_recordings_and_columns_that_are_no_raters(tmp_path):
    rng = np.random.default_rng(0)
    names = [f"{i}.wav" for i in range(40)]
    table = pd.DataFrame({"file": names, "speaker": "F"})
    answers = pd.DataFrame({"file": names, **{r: rng.choice(LABELS, 40) for r in "ABC"}})
    for name, cells, reason in [
        ("mood", rng.choice(["f", "m"], 40), "shares no label with the others ('f', 'm')"),
        ("key2", [f"k{i}" for i in range(40)], "has another answer in nearly every row, such as"),
    ]:
        with pytest.raises(ValueError, match=re.escape(f"{name!r} {reason}")):
            load_table(table, answers.assign(**{name: cells}), root=tmp_path)
    # Two raters who never agree are as good as any.
    answers = pd.DataFrame({"file": names, "A": ["happy"] * 40, "B": ["sad"] * 40})
    corpus, _ = load(table, answers, root=tmp_path, match="do not exist")
    assert corpus.ratings.annotators.tolist() == ["A", "B"]


def test_a_label_among_raters_is_ambiguous(recordings, wide):
    message = (
        "column 'emotion' of ratings may hold the labels, or 'E1', 'E2', 'E3' may be raters: "
        "pass columns={'label': 'emotion'} or columns={'raters': ['E1', 'E2', 'E3']}."
    )
    answers = wide.assign(emotion=CELLS["E1"])
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, answers)
    corpus = load_table(recordings, answers, columns={"label": "emotion"})
    assert corpus.target.tolist() == CELLS["E1"]
    assert corpus.ratings.is_anonymous.all()


# Labels and spelling.


def test_spellings_blanks_and_typing_errors(recordings, wide):
    wide.loc[0, "E1"] = "Happy "
    wide.loc[3, "E1"] = "HAPPY"
    wide.loc[1, "E2"] = "n/a"
    wide.loc[2, "E2"] = "?"
    wide.loc[4, "E3"] = "-"
    corpus, message = load(recordings, wide, match="spaces")
    assert message == (
        "recordings.csv: 3 answers such as 'n/a', '?', '-' were read as no answer; labels that "
        "differ only by case or spaces are the same: 'Happy ' as 'happy' (1), 'HAPPY' as 'happy' "
        "(1)."
    )
    assert corpus.ratings.labels.tolist() == sorted(LABELS)
    assert said(corpus)["clip00"]["E1"] == ("happy",)
    assert "E2" not in said(corpus)["clip01"]


def test_labels_as_the_user_reads_them(recordings, wide):
    wide.loc[0, "E1"], wide.loc[1, "E1"], wide.loc[2, "E2"] = "hapy", "?", "trash"
    mapping = {"hapy": "happy", "?": "sad", "trash": None}
    corpus = load_table(recordings, wide, labels=mapping)
    assert said(corpus) == {
        **EXPECTED,
        "clip02": {"E1": ("angry",), "E3": ("angry",)},
    }
    _, message = load(recordings, wide, labels={**mapping, "glad": "happy"}, match="nobody used")
    assert message == "recordings.csv: labels has spellings that nobody used: 'glad'."
    # Case and spaces of the spelling do not matter, unless the exact one is there.
    wide.loc[0, "E1"] = "Hapy"
    assert said(load_table(recordings, wide, labels=mapping)) == said(corpus)


def test_numbers_as_labels(folder, recordings, wide):
    numbers = {"happy": 1, "sad": 2, "angry": 3}
    coded = wide.replace(numbers).assign(E3=[2, 2, 3, np.nan, 2, 1])
    names = {number: label for label, number in numbers.items()}
    corpus = load_table(recordings, coded, labels=names)
    assert said(corpus) == EXPECTED
    coded.to_csv(folder / "coded.csv", index=False)
    assert said(load_table(recordings, folder / "coded.csv", labels=names)) == EXPECTED
    plain = load_table(recordings, coded, target_classes=[1, 2, 3])
    assert plain.target_names == ["1", "2", "3"]
    assert plain.target.tolist() == ["1", "2", "3", "1", "2", "3"]


@pytest.mark.parametrize("label", ["none", "other", "unknown", "None"])
def test_labels_that_may_be_no_answer(recordings, wide, label):
    wide.loc[0, "E3"] = label
    if label == "other" or label == "unknown":
        corpus = load_table(recordings, wide)
    else:
        corpus, message = load(recordings, wide, match="read as a label")
        assert message == (
            f"recordings.csv: {label!r} was read as a label; if it means no answer, pass "
            f"labels={{{label!r}: None}}."
        )
    assert said(corpus)["clip00"]["E3"] == (label,)
    corpus = load_table(recordings, wide, labels={label: None})
    assert "E3" not in said(corpus)["clip00"]


@pytest.mark.parametrize(
    "blank",
    ["", " ", "?", "??", "-", "--", "\u2013", "n/a", "N/A", "NA", "na", "n.a.", "NaN", "."],
)
def test_blanks(recordings, wide, blank):
    wide.loc[0, "E3"] = blank
    if blank.strip():
        corpus, message = load(recordings, wide, match="no answer")
        assert message == (f"recordings.csv: 1 answers such as {blank!r} were read as no answer.")
    else:
        corpus = load_table(recordings, wide)
    assert said(corpus)["clip00"] == {"E1": ("happy",), "E2": ("happy",)}


def test_typing_errors_are_named_and_not_mended(folder, recordings, wide):
    many = pd.concat([wide] * 3).reset_index(drop=True)
    many["file"] = [f"{i}.wav" for i in range(18)]
    many.loc[3, "E1"] = "hapy"
    many.loc[4, "E1"] = "asd"
    corpus, message = load(None, many.assign(speaker="F"), match="typing", root=folder)
    assert (
        "labels that may be typing errors: pass labels={'hapy': 'happy', 'asd': 'sad'}" in message
    )
    assert {"hapy", "asd"} < set(corpus.ratings.labels)
    corpus, message = load(
        None,
        many.assign(speaker="F"),
        match="exist",
        root=folder,
        labels={"hapy": "happy", "asd": "sad"},
    )
    assert "typing errors" not in message


def edits(text):
    """All texts that differ from one by adding, dropping, replacing or swapping."""
    letters = "abc"
    for i in range(len(text) + 1):
        yield from (text[:i] + letter + text[i:] for letter in letters)
    for i in range(len(text)):
        yield text[:i] + text[i + 1 :]
        yield from (text[:i] + letter + text[i + 1 :] for letter in letters)
    for i in range(len(text) - 1):
        yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def test_the_distance_is_the_number_of_edits():
    """All short texts, compared with a search through all edits."""
    texts = ["".join(t) for n in range(4) for t in itertools.product("abc", repeat=n)]
    for a in texts:
        one = set(edits(a)) - {a}
        for b in texts:
            distance = measure_distance(a, b)
            assert (distance == 0) == (a == b)
            assert (distance == 1) == (b in one), (a, b)
            assert distance == measure_distance(b, a)


def test_what_is_no_typing_error():
    assert find_typos({"happy": 50, "hapyp": 2, "sappy": 40, "sad": 60, "mad": 3}) == {
        "hapyp": "happy",
        "mad": "sad",
    }
    # Codes, numbers, and labels that are no rarer.
    assert find_typos({"S": 50, "H": 1, "12": 60, "13": 1, "bored": 10, "board": 9}) == {}
    assert find_typos({f"label {i}": 1 for i in range(600)} | {"label": 90}) == {}


def test_several_labels_of_a_rater(recordings, long):
    more = [["audio/clip00.wav", "E1", "sad"], ["audio/clip01.wav", "E1", "sad"]]
    answers = pd.concat([long, pd.DataFrame(more, columns=long.columns)], ignore_index=True)
    corpus, message = load(recordings, answers, match="several labels")
    assert message == (
        "recordings.csv: 1 answers are there more than once and count once; 1 times, a rater gave "
        "several labels to a recording, all of which are kept ('E1' of 'audio/clip00.wav': "
        "'happy', 'sad')."
    )
    assert said(corpus)["clip00"]["E1"] == ("happy", "sad")
    assert said(corpus)["clip01"]["E1"] == ("sad",)


def test_several_labels_in_a_cell(recordings, wide):
    wide.loc[0, "E1"] = "happy, sad"
    wide.loc[1, "E1"] = "Sad/angry"
    wide.loc[2, "E1"] = "sad; puzzled"
    corpus, message = load(recordings, wide, match="several labels")
    assert message.startswith(
        "recordings.csv: 2 cells with several labels were split, such as 'Sad/angry', 'happy, "
        "sad'; labels that differ only by case or spaces are the same: 'Sad' as 'sad' (1); "
    )
    assert said(corpus)["clip00"]["E1"] == ("happy", "sad")
    assert said(corpus)["clip01"]["E1"] == ("sad", "angry")
    # Not all parts of it are labels.
    assert said(corpus)["clip02"]["E1"] == ("sad; puzzled",)
    wide["E1"] = [["happy", "sad"], ("sad",), np.array(["angry"]), [], ["sad"], None]
    corpus, _ = load(recordings, wide, match="several labels to a recording")
    assert said(corpus)["clip00"]["E1"] == ("happy", "sad")
    assert "E1" not in said(corpus)["clip03"]


# Names of recordings.


@pytest.mark.parametrize(
    "spell",
    [
        lambda name: name,
        lambda name: f"./{name}",
        lambda name: name.replace("/", "\\"),
        lambda name: name.upper(),
        lambda name: Path(name).name,
        lambda name: Path(name).stem,
        lambda name: f"C:\\Users\\Ann\\study\\{Path(name).stem}.mp4",
        lambda name: f"  {Path(name).stem}.flac ",
        lambda name: f"/home/ann/{name}",
        lambda name: f"old/{Path(name).stem}",
    ],
)
def test_names_of_the_same_recording(recordings, wide, spell):
    wide["file"] = [spell(name) for name in wide["file"]]
    assert said(load_table(recordings, wide)) == EXPECTED


def test_the_table_of_recordings_may_lack_folders_and_extensions(folder, wide):
    table = pd.DataFrame({"clip": [clip.upper() for clip in CLIPS], "speaker": SPEAKERS})
    table.to_csv(folder / "recordings.csv", index=False)
    corpus = load_table(folder / "recordings.csv", wide)
    assert all(Path(file).is_file() for file in corpus.data["file"])
    assert said(corpus) == EXPECTED


def test_composed_characters():
    composed = "J\u00f6rg.wav"
    apart = unicodedata.normalize("NFD", composed)
    assert apart != composed
    assert match_names([composed], [apart]) == ({composed: 0}, {})


def test_numbers_that_lost_their_zeros():
    found, ambiguous = match_names(["1", "2", "10"], ["s/001.wav", "s/002.wav", "s/010.wav"])
    assert found == {"1": 0, "2": 1, "10": 2}
    assert not ambiguous
    assert match_names(["1"], ["01.wav", "001.wav"])[1] == {"1": [0, 1]}


def test_which_recording_is_meant():
    recordings = ["s1/a.wav", "s2/a.wav", "s2/b.wav", "s2/c.flac", "s3/C.wav"]
    found, ambiguous = match_names(
        ["s1/a.wav", "S2/A", "b", "x/b.wav", "a", "s2/c", "d"], recordings
    )
    # "b" is the file of that name; "x/b.wav" is in another folder, so it is another one.
    assert found == {"s1/a.wav": 0, "S2/A": 1, "b": 2, "s2/c": 3}
    assert ambiguous == {"a": [0, 1]}
    # Neither of two names that could be the same file is.
    assert match_names(["x/b", "y/b"], recordings) == ({}, {"x/b": [2], "y/b": [2]})


def test_ambiguous_names(tmp_path):
    write_clips(tmp_path, ["s1/a.wav", "s2/a.wav", "s2/b.wav"])
    table = pd.DataFrame({"file": ["s1/a.wav", "s2/a.wav", "s2/b.wav"], "speaker": list("FMM")})
    answers = pd.DataFrame({"file": ["a", "b"], "label": ["sad", "happy"]})
    message = (
        "ratings: 1 names may mean several recordings of recordings ('a' may be 's1/a.wav', "
        "'s2/a.wav'). Write them with their folder and extension."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(table, answers, root=tmp_path)


def test_what_does_not_match(recordings, long, folder):
    answers = long.replace({"audio/clip05.wav": "audio/clip5b.wav"})
    extra = pd.DataFrame([["zzz", "E1", "sad"]], columns=long.columns)
    corpus, message = load(recordings, pd.concat([answers, extra]), match="left out")
    assert message == (
        "recordings.csv: answers on 2 names that are no recording are left out: "
        "'audio/clip5b.wav' (nearest: 'audio/clip05.wav'), 'zzz'; 1 recordings have no answers "
        "('clip05.wav')."
    )
    assert said(corpus) == {**EXPECTED, "clip05": {}}
    assert corpus.target[5] is None


def test_missing_files(folder, recordings, wide):
    (folder / "audio" / "clip03.wav").unlink()
    corpus, message = load(recordings, wide, match="exist")
    assert message == (f"recordings.csv: 1 files do not exist ('audio/clip03.wav') in {folder}.")
    assert said(corpus) == EXPECTED
    _, message = load(recordings, wide, root=folder / "audio" / "nowhere", match="exist")
    assert message == (
        "recordings.csv: 6 files do not exist ('audio/clip00.wav', 'audio/clip01.wav', "
        f"'audio/clip02.wav' and 3 more) in {folder / 'audio' / 'nowhere'}; that is all of them: "
        "pass root, the folder that they are in."
    )
    write_clips(folder, ["other/clip03.wav", "third/clip03.wav"])
    _, message = load(recordings, wide, match="ambiguous")
    assert (
        "1 names of recordings are ambiguous ('audio/clip03.wav' may be 'other/clip03.wav', "
        "'third/clip03.wav')"
    ) in message


def test_the_working_directory_and_home(folder, wide, monkeypatch):
    table = pd.DataFrame({"file": wide["file"], "speaker": SPEAKERS})
    monkeypatch.chdir(folder)
    corpus = load_table(table, wide)
    assert corpus.data["file"][0] == str(folder / "audio" / "clip00.wav")
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", str(folder))
    corpus = load_table(table.assign(file="~/" + table["file"]), wide)
    assert corpus.data["file"][0] == str(folder / "audio" / "clip00.wav")
    assert said(load_table(table, wide, root="~")) == EXPECTED


# Speakers.


def test_unknown_speakers(recordings, wide, folder):
    table = pd.read_csv(recordings, dtype=str)
    table["speaker"] = ["01", "?", "unknown", "02", None, " 02"]
    corpus, message = load(table, wide, root=folder, match="unknown")
    assert corpus.data["speaker"].tolist() == ["01", None, None, "02", None, "02"]
    assert message == (
        "own recordings: speakers that differ only by case or spaces are the same: ' 02' as '02' "
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
    corpus, message = load(twice, wide, root=folder, match="more than once")
    assert said(corpus) == EXPECTED
    assert message == (
        "own recordings: 3 recordings are in recordings more than once and are taken once "
        "('audio/clip00.wav', 'audio/clip00.wav', 'audio/clip01.wav')."
    )
    twice["speaker"] = [*SPEAKERS, "01", "02", "01"]
    message = (
        "recordings: all rows on a recording must have the same speaker; not for "
        "'audio/clip00.wav'. If the column names raters, pass columns={'rater': ...}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(twice, wide, root=folder)
    same = pd.concat([table, pd.DataFrame({"file": ["audio/CLIP00"], "speaker": ["01"]})])
    corpus, message = load(same, wide, root=folder, match="several names")
    assert message == (
        "own recordings: 1 recordings have several names and are taken once ('clip00.wav')."
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
        "own recordings: 1 answers are on parts of files that are not in recordings, and are left "
        "out ('a.wav' from 0.0 to 0.7 s); 2 recordings have no answers ('a.wav', 'a.wav')."
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


# Files of tables.


def test_habits_of_spreadsheets(folder, wide):
    lines = [
        ";;;;",
        " File ; E1;E2 ;E3;;Unnamed: 5",
        *(
            ";".join([name, *cells]) + ";;"
            for name, *cells in wide.fillna("").itertuples(index=False)
        ),
        ";;;;;",
        "",
        "",
    ]
    (folder / "answers.csv").write_text("\n".join(lines))
    corpus, _ = load(folder / "audio", folder / "answers.csv", match="speakers")
    assert said(corpus) == EXPECTED
    (folder / "answers.csv").write_text("\n".join(["sep=;", *lines]))
    corpus, _ = load(folder / "audio", folder / "answers.csv", match="speakers")
    assert said(corpus) == EXPECTED
    # A DataFrame's index has no name, and holds row numbers, or the files.
    wide.to_csv(folder / "answers.csv")
    corpus, _ = load(folder / "audio", folder / "answers.csv", match="speakers")
    assert said(corpus) == EXPECTED
    wide.set_index("file").rename_axis(None).to_csv(folder / "answers.csv")
    corpus, _ = load(folder / "audio", folder / "answers.csv", match="speakers")
    assert said(corpus) == EXPECTED
    corpus, _ = load(folder / "audio", wide.set_index("file"), match="speakers")
    assert said(corpus) == EXPECTED


def test_quotation_marks(folder, recordings):
    (folder / "answers.csv").write_text(
        'file, rater, label, note\n"audio/clip00.wav", "Doe, Jane", "sad", "a ""b""\nc"\n'
    )
    corpus, _ = load(recordings, folder / "answers.csv", match="no answers")
    assert said(corpus)["clip00"] == {"Doe, Jane": ("sad",)}
    (folder / "answers.csv").write_text('file,label\naudio/clip00.wav,a "b" c\n')
    corpus, _ = load(recordings, folder / "answers.csv", match="no answers")
    assert corpus.target[0] == 'a "b" c'


def test_rows_without_names(folder, recordings, long):
    long.loc[[1, 2], "file"] = None
    long.loc[3, "rater"] = " "
    long.loc[4, "label"] = None
    corpus, message = load(recordings, long, match="merged")
    assert message == (
        "recordings.csv: 1 rows of ratings have no label (rows 4); 1 answers in ratings have no "
        "rater, and count as those of unknown people; 2 rows of ratings have answers and no name "
        "of a recording, and are left out (rows 1, 2); if cells were merged, fill in every row."
    )
    assert corpus.ratings.lengths.tolist() == [3, 2, 2, 2, 2, 3]
    assert corpus.ratings.is_anonymous.sum() == 1
    table = pd.read_csv(recordings, dtype=str)
    table.loc[6] = [None, "03"]
    table.to_csv(recordings, index=False)
    wide = long.dropna().pivot_table("label", "file", "rater", "first").reset_index()
    _, message = load(recordings, wide[["file", "E1", "E2", "E3"]], match="no name")
    assert (
        "1 rows of recordings.csv have no name of a recording and are left out (rows 8)" in message
    )
    everything = "ratings: 15 rows of ratings have answers and no name of a recording"
    with pytest.raises(ValueError, match=f"^{everything}"):
        load_table(recordings, long.assign(file=None).dropna(subset="label").iloc[1:])


def test_a_rater_without_answers(recordings, wide):
    corpus, message = load(recordings, wide.assign(E4=None, E5="?"), match="without any answer")
    assert message == (
        "recordings.csv: 6 answers such as '?' were read as no answer; raters without any answer: "
        "'E4', 'E5'."
    )
    assert corpus.ratings.annotators.tolist() == ["E1", "E2", "E3"]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", ValueError, r"^t\.csv is empty\.$"),
        (b"\n ,;\n", ValueError, r"must|no column"),
        (
            b"file,label\na.wav,sad,happy\n",
            ValueError,
            r"^t\.csv has rows with more cells than its header: 2\. Name every column; a cell "
            r"that contains the separator must be in quotation marks\.$",
        ),
        (
            b'file,label\n"a.wav,sad\n',
            ValueError,
            r"has a quotation mark that opens a cell and is never closed\.$",
        ),
        (
            b"file,,label\na.wav,x,sad\n",
            ValueError,
            r"^t\.csv: columns 2 have cells and no name in the header\.$",
        ),
        (b"file\0label\n", ValueError, r"is not a table: it is binary; save the table as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", ValueError, r"is of an old format of Excel: save it as"),
        (b"version https://git-lfs.github.com/spec/v1\n", ValueError, r"is a pointer of Git LFS"),
        (b"PAR1 and nothing else", ValueError, r"cannot be read as parquet"),
        (
            b"a.wav,sad\nb.wav,happy\n",
            ValueError,
            r"its columns are 'a\.wav', 'sad': pass columns=\{'file': \.\.\.\} \(the first row "
            r"must be the header, not 'a\.wav'\)",
        ),
        (
            b"file,label\na.wav," + b"x" * 200_000 + b"\n",
            ValueError,
            r"cannot be read as a table: field larger than field limit",
        ),
    ],
)
def test_files_that_are_no_tables(tmp_path, content, error, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        load_table(tmp_path / "t.csv")
    assert len(str(caught.value)) < 1000


def test_files_that_are_not_there(tmp_path, wide):
    (tmp_path / "mine.csv").write_text("file,label\n")
    message = (
        rf"^recordings must be a table or a DataFrame; there is no file {tmp_path}/my\.csv\. The "
        r"folder has mine\.csv\.$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        load_table(tmp_path / "my.csv")
    with pytest.raises(FileNotFoundError, match=r"^ratings must be a table or a DataFrame; there"):
        load_table(wide, tmp_path)
    with pytest.raises(ValueError, match=r"^there are no recordings in .*\. The folder has mine"):
        load_table(tmp_path, wide)


def test_a_workbook(folder, recordings, wide):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([])
    sheet.append(["Clip ", None, *CELLS, None])
    for name, *cells in wide.itertuples(index=False):
        sheet.append([Path(name).stem, None, *cells])
    sheet.append([None, " "])
    book.create_sheet("other").append(["nothing"])
    book.save(folder / "answers.xlsx")
    assert said(load_table(recordings, folder / "answers.xlsx")) == EXPECTED
    (folder / "bad.xlsx").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(ValueError, match=r"is an archive and no \.xlsx file; save the table as"):
        load_table(recordings, folder / "bad.xlsx")


def test_packages_that_are_not_installed(tmp_path, monkeypatch, wide):
    import builtins

    load_module = builtins.__import__

    def refuse(name, *settings, **more):
        if name in ("openpyxl", "pyarrow", "fastparquet"):
            raise ImportError(name)
        return load_module(name, *settings, **more)

    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04")
    monkeypatch.setattr(builtins, "__import__", refuse)
    message = r"^reading t\.xlsx needs openpyxl: save the table as CSV, or pip install openpyxl\.$"
    with pytest.raises(ImportError, match=message):
        load_table(tmp_path / "t.xlsx")
    monkeypatch.undo()

    def read(path):
        raise ImportError("no engine")

    monkeypatch.setattr(pd, "read_parquet", read)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    message = (
        r"^reading t\.parquet needs pyarrow: pip install pyarrow, or save the table as CSV\.$"
    )
    with pytest.raises(ImportError, match=message):
        load_table(tmp_path / "t.parquet")


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
            except (ValueError, TypeError) as error:
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
