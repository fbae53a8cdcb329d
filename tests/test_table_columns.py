"""Columns of tables: by usual names, as the user names them, and those that are no raters."""

import re

import numpy as np
import pandas as pd
import pytest
from _tables import CELLS, EXPECTED, LABELS, SPEAKERS, load, said

from sklearn_ser._cli._messages import translate
from sklearn_ser.datasets import load_table

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
        "'audio/clip00.wav' ('E1' in row 0, 'E2' in row 6, 'E3' in row 12), 'audio/clip01.wav' "
        "('E1' in row 1, 'E2' in row 7, 'E3' in row 13), 'audio/clip02.wav' ('E1' in row 2, 'E2' "
        "in row 8, 'E3' in row 14) and 3 more. If the column names raters, pass "
        "columns={'rater': ...}; if this is the table of answers, give that of the recordings "
        "first, and pass ratings for this one."
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
        "recordings.csv: columns are left out, since their names have another "
        "meaning: 'speaker'; there is no column of speakers, without which no evaluation can hold "
        "them out."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t.rename(columns={"file": "what"}),
            "ratings has no column of files or names of recordings; its columns, as its first "
            "row names them, are 'what', 'rater', 'label': pass columns={'file': ...}.",
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


def test_votes_are_no_raters(recordings, wide):
    votes = pd.DataFrame({"file": wide["file"], "happy": [3, 0, 1, 2, 0, 0], "sad": [0, 3] * 3})
    message = (
        "ratings: columns 'happy', 'sad' look like numbers of votes for each label, not like "
        "raters. Read them with Ratings.from_counts; or if they are raters, name them: "
        "columns={'raters': [...]}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, votes)
    corpus = load_table(
        recordings, votes, columns={"raters": ["happy", "sad"]}, target_classes=["0", "3"]
    )
    assert corpus.ratings.annotators.tolist() == ["happy", "sad"]


def test_votes_for_labels_of_any_name(tmp_path):
    """They add up to the number of raters in every row; codes of labels do not."""
    rng = np.random.default_rng(0)
    names = {"file": [f"{i}.wav" for i in range(20)], "speaker": "F"}
    votes, codes = pd.DataFrame(names), pd.DataFrame(names)
    votes[["x", "y", "z"]] = rng.multinomial(5, [1 / 3] * 3, 20)
    codes[["x", "y", "z"]] = rng.integers(0, 3, (20, 3))
    with pytest.raises(ValueError, match=r"^ratings: columns 'x', 'y', 'z' look like numbers"):
        load_table(None, votes, root=tmp_path)
    corpus, _ = load(None, codes, root=tmp_path, match="exist", target_classes=[0, 1, 2])
    assert corpus.ratings.annotators.tolist() == ["x", "y", "z"]


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


# Tables that are given as something else.


@pytest.fixture
def people(recordings):
    table = pd.read_csv(recordings, dtype=str)
    return table.assign(gender=["f", "f", "f", "m", "m", "m"])


@pytest.mark.parametrize("form", ["long", "wide"])
def test_tables_the_wrong_way_round(folder, people, form, request):
    answers = request.getfixturevalue(form)
    message = (
        "recordings has answers of raters, and ratings has none: give the table of recordings "
        "first, and pass ratings for that of the answers."
    )
    for table in (people, people[["file", "speaker"]], people[["file"]], people.assign(room="1")):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            load_table(answers, table, root=folder)
        assert said(load_table(table.assign(speaker="F"), answers, root=folder)) == EXPECTED
    answers.to_csv(folder / "answers.csv", index=False)
    people.to_csv(folder / "people.csv", index=False)
    with pytest.raises(ValueError, match=r"^answers\.csv has answers of raters, and people\.csv"):
        load_table(folder / "answers.csv", folder / "people.csv")
    assert translate(message).endswith("first, and pass --ratings for that of the answers.")


def test_raters_in_both_tables(folder, people, wide, long):
    """As acted, as intended, and a rater of whom nobody knows more."""
    table = people.assign(acted=CELLS["E1"], intended=CELLS["E2"])
    corpus = load_table(table, wide[["file", "E1"]], root=folder)
    assert corpus.target.tolist() == CELLS["E1"]
    # Languages are alike, too.
    table = people.assign(L1=["en", "da"] * 3, L2=["en", "en", "da"] * 2)
    assert said(load_table(table, wide, root=folder)) == EXPECTED
    corpus = load_table(table, wide[["file", "E2"]], root=folder)
    assert corpus.target.tolist() == CELLS["E2"]
    # Who names raters has raters in both.
    wide = people[["file"]].assign(E9=CELLS["E1"])
    corpus, _ = load(
        long.assign(speaker="F"), wide, root=folder, columns={"raters": ["E9"]}, match="repeat"
    )
    assert corpus.target.tolist() == CELLS["E1"]


def test_the_table_of_answers_alone(folder, people, long):
    corpus, message = load(long, root=folder, match="speakers")
    assert message == (
        "recordings: there is no column of speakers, without which no evaluation can hold them "
        "out; if another table has them, give it first, and pass ratings for this one."
    )
    assert said(corpus) == EXPECTED
    # Two tables of answers, and none of recordings.
    again = long.assign(rater=long["rater"] + "b")
    _, message = load(long, again, root=folder, match="repeat recordings")
    assert "(row" not in message.partition("rows")[0]
    assert ": if this is a table of answers, pass ratings for it" in message


def test_raters_beside_the_recordings(folder, people, wide):
    table = people.merge(wide, on="file")
    table["E3"] = table["E3"].fillna("sad")
    message = (
        "recordings has no column of labels; its columns are 'file', 'speaker', 'gender', 'E1', "
        "'E2', 'E3'; columns 'E1', 'E2', 'E3' look like raters': pass ratings, a table of "
        "answers, or columns={'label': ...}, or columns={'raters': ['E1', 'E2', 'E3']}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(table, root=folder)
    assert translate(message).endswith("or --columns raters=E1,E2,E3.")
    corpus = load_table(table, root=folder, columns={"raters": ["E1", "E2", "E3"]})
    assert corpus.ratings.annotators.tolist() == ["E1", "E2", "E3"]
    assert list(corpus.data) == ["file", "speaker", "gender"]


@pytest.mark.parametrize(
    ("more", "raters"),
    [
        ({"age": [30, 31, 32, 33, 34, 35], "text": list("abcdef")}, []),
        ({"Ann": [1, 2, 3, 1, 2, 3], "Ben": [1, 2, 2, 1, 2, 3]}, ["Ann", "Ben"]),
        ({"1": CELLS["E1"], "2": CELLS["E2"], "note": None}, ["1", "2"]),
        ({"Ann": CELLS["E1"], "Ben": CELLS["E2"], "sure": [0.5, 0.1] * 3}, ["Ann", "Ben"]),
        ({f"r{i}": CELLS["E1"] for i in range(40)}, [f"r{i}" for i in range(40)]),
    ],
)
def test_columns_that_look_like_raters(folder, people, more, raters):
    table = people.assign(**more)
    with pytest.raises(ValueError, match="has no column of labels") as caught:
        load_table(table, root=folder)
    said_of_it = str(caught.value)
    assert ("look like raters'" in said_of_it) == bool(raters)
    listed = raters if 0 < len(raters) <= 30 else "[...]"
    assert f"columns={{'raters': {listed}}}." in said_of_it
    assert len(said_of_it) < 1000
