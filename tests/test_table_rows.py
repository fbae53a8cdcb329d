"""Rows and columns of tables that are not what they seem: durations, votes, intended labels."""

import re

import numpy as np
import pandas as pd
import pytest
import soundfile
from _tables import CELLS, CLIPS, EXPECTED, LABELS, load, said, write_clips

from sklearn_ser.datasets import load_table
from sklearn_ser.datasets._recordings_table import load_recordings

# Durations.


@pytest.fixture
def parts(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(64000), 16000)
    return pd.DataFrame(
        {"file": "a.wav", "start": [0.5, 1.5, None], "speaker": list("FMF"), "label": "sad"}
    )


@pytest.mark.parametrize(
    "name",
    ["duration", "Duration (s)", "dur", "length", "Duration_sec", "DUR_S", "length seconds"],
)
def test_durations_in_place_of_ends(tmp_path, parts, name):
    corpus = load_table(parts.assign(**{name: [1, 0.1, 0.25]}), root=tmp_path)
    assert corpus.data["start"].tolist()[:2] == [0.5, 1.5]
    assert corpus.data["end"].tolist() == [1.5, 1.6, 0.25]
    assert list(corpus.data)[:4] == ["file", "start", "end", "speaker"]
    # Answers say it in either way.
    answers = parts[["file", "start"]].assign(end=[1.5, 1.6, 0.25], rater="E1", label=LABELS)
    table = parts.drop(columns="label").assign(**{name: [1, 0.1, 0.25]})
    assert load_table(table, answers, root=tmp_path).target.tolist() == LABELS


def test_durations_that_are_none(tmp_path, parts):
    whole = parts.drop(columns="start").assign(duration=[1, 2, 3])[:1]
    assert list(load_table(whole, root=tmp_path).data) == ["file", "speaker", "duration"]
    both = parts.assign(end=[1, 2, 3], duration=[7, 8, 9])
    corpus = load_table(both, root=tmp_path)
    assert corpus.data["end"].tolist() == [1, 2, 3]
    assert corpus.data["duration"].tolist() == [7, 8, 9]
    for cells, message in [
        (["1", "long", 2], r"'duration' must hold times in seconds, from 0 on; not in rows 1 "),
        ([1, -2, 1], r"'duration' must hold times in seconds, from 0 on; not in rows 1 "),
        ([1, 0, 1], r"^recordings: end must be after start; not in rows 1\.$"),
    ]:
        with pytest.raises(ValueError, match=message):
            load_table(parts.assign(duration=cells), root=tmp_path)
    message = (
        "columns 'duration_ms' of recordings look like durations that are not in seconds: convert "
        "them, or pass columns={'end': None} to ignore them."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(parts.assign(duration_ms=[1, 2, 3]), root=tmp_path)
    message = (
        "columns 'duration', 'length' of recordings may all be the duration: leave one of them, "
        "or pass columns={'end': None} to ignore them."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(parts.assign(duration=[1, 2, 3], length=[3, 2, 1]), root=tmp_path)


def test_starts_without_ends(tmp_path, parts):
    corpus, message = load(parts, root=tmp_path, match="without ends")
    assert message == (
        "recordings: there are starts of parts without ends or durations, so that each "
        "part is read to the end of its file; if it has ends, pass columns={'end': ...}."
    )
    assert "end" not in corpus.data
    parts.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(UserWarning, match="starts of parts without ends or durations"):
        load_recordings(tmp_path / "t.csv")
    empty = parts[:1].assign(start=None)
    assert len(load_table(empty, root=tmp_path).data) == 1


# Several columns of labels beside a column of raters.


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("label", "answer"),
        ("emotion", "response"),
        ("Emotion", "perceived"),
        ("label", "perceived emotion"),
        ("emotion", "choice"),
        ("label", "heard"),
    ],
)
def test_an_intended_label_beside_the_answer(recordings, long, first, second):
    intended = dict(zip(sorted(set(long["file"])), CELLS["E1"], strict=True))
    answers = long.rename(columns={"label": second})
    answers.insert(1, first, answers["file"].map(intended))
    message = (
        f"columns {first!r}, {second!r} of ratings may all be the label: pass "
        f"columns={{'label': {second!r}}} or another of them."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, answers)
    corpus = load_table(recordings, answers, columns={"label": second})
    assert said(corpus) == EXPECTED


@pytest.mark.parametrize("name", ["intended", "before", "gold", "second choice", "confidence"])
def test_columns_beside_the_answer(recordings, long, name):
    """The usual column holds the answers, which differ between raters."""
    intended = dict(zip(sorted(set(long["file"])), CELLS["E1"], strict=True))
    assert (
        said(load_table(recordings, long.assign(**{name: long["file"].map(intended)}))) == EXPECTED
    )


# Columns that are no raters.


@pytest.mark.parametrize(
    "name",
    ["target", "Final", "majority_vote", "Consensus", "final label", "Ground Truth", "mode"],
)
def test_votes_by_name_are_no_raters(recordings, wide, name):
    with pytest.raises(ValueError, match=re.escape(f"a rater: {name!r} must be something else.")):
        load_table(recordings, wide.assign(**{name: CELLS["E1"]}))


def make_answers(n_raters, n=60):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, n)
    said = np.where(rng.random((n_raters, n)) < 0.6, truth, rng.integers(0, 3, (n_raters, n)))
    table = pd.DataFrame({"file": [f"{i}.wav" for i in range(n)]})
    for i, labels in enumerate(said):
        table[f"E{i}"] = np.array(LABELS)[labels]
    return table


def vote(table, in_ties):
    columns = [name for name in table if name != "file"]
    for _, row in table[columns].iterrows():
        modes = row.mode().tolist()
        yield modes[0] if len(modes) == 1 or in_ties else None


@pytest.mark.parametrize(("n_raters", "in_ties"), [(3, True), (3, False), (5, True), (2, False)])
def test_a_column_that_is_the_vote_of_the_others(tmp_path, n_raters, in_ties):
    table = make_answers(n_raters)
    recordings = table[["file"]].assign(speaker="F")
    raters = table.columns[1:].tolist()
    answers = table.assign(E9=list(vote(table, in_ties)))
    message = (
        "ratings: without a column of labels, every column but those about the recording must be "
        "a rater: 'E9' equals the vote of the others in every row. Name the columns of raters, "
        f"columns={{'raters': {raters}}}, or the column of labels, columns={{'label': ...}}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, answers, root=tmp_path)
    # One other answer makes it a rater; so do the others alone.
    agreed = table[raters].nunique(axis=1) == 1
    row = agreed[agreed].index[-1]
    answers.loc[row, "E9"] = next(n for n in LABELS if n != answers.loc[row, "E0"])
    for rated in (answers, table):
        corpus, _ = load(recordings, rated, root=tmp_path, match="exist")
        assert corpus.ratings.annotators.tolist() == rated.columns[1:].tolist()


def test_raters_who_agree_everywhere_are_no_votes(tmp_path):
    table = make_answers(1).assign(E1=lambda t: t["E0"], E2=lambda t: t["E0"])
    corpus, _ = load(table[["file"]].assign(speaker="F"), table, root=tmp_path, match="exist")
    assert len(corpus.ratings.annotators) == 3


def test_columns_that_were_taken_for_raters(recordings, wide):
    corpus, message = load(recordings, wide.assign(mood=CELLS["E2"]), match="taken for raters")
    assert message == (
        "ratings: columns 'E1', 'E2', 'E3', 'mood' were taken for raters: pass "
        "columns={'raters': [...]} if some are none."
    )
    assert corpus.ratings.annotators.tolist() == ["E1", "E2", "E3", "mood"]
    for names in (["Ann", "Bo", "Cy"], ["Rater10", "rater 1", "rater_2"], ["1", "2", "3"]):
        named = wide.set_axis(["file", *names], axis=1)
        assert load_table(recordings, named).ratings.annotators.tolist() == names


def test_columns_without_a_common_label(tmp_path):
    table = make_answers(1, 12).assign(quality=["good", "bad"] * 6)
    recordings = table[["file"]].assign(speaker="F")
    _, message = load(recordings, table, root=tmp_path, match="share a label")
    assert (
        "columns were taken for raters though no two of them share a label, 'E0' ('angry', "
        "'happy', 'sad'); 'quality' ('bad', 'good'): pass columns={'raters': [...]} if some are "
        "none"
    ) in message
    _, message = load(recordings[:9], table[:9], root=tmp_path, match="exist")
    assert "share a label" not in message


def test_spaces_in_columns_of_recordings(folder, wide):
    genders = ["f", "f ", " f", "m", "m\u00a0", "m"]
    table = wide[["file"]].assign(speaker="F", gender=genders)
    assert load_table(table, wide, root=folder).data["gender"].tolist() == ["f"] * 3 + ["m"] * 3


# Columns about recordings, and rows on the same one.


def test_columns_of_recordings_that_differ_in_some_rows(folder, long):
    table = long.assign(speaker="F", gender="f", room="1", confidence=range(len(long)))
    table.loc[3, "gender"], table.loc[5, "room"] = "f ", " 1"
    corpus = load_table(table, root=folder)
    assert corpus.data["gender"].tolist() == ["f"] * 6
    assert corpus.data["room"].tolist() == [1] * 6
    table.loc[3, "gender"], table.loc[5, "room"] = "m", None
    corpus, message = load(
        table.assign(comment=[None, "x"] + [None] * 15), root=folder, match="differ"
    )
    assert list(corpus.data) == ["file", "speaker"]
    assert message == (
        "recordings: columns are left out, since rows on the same recording "
        f"differ: 'gender' of {long.loc[3, 'file']!r}, 'room' of {long.loc[5, 'file']!r}."
    )


def test_rows_that_a_prediction_takes_once(tmp_path):
    write_clips(tmp_path, [f"{clip}.wav" for clip in CLIPS])
    table = pd.DataFrame({"file": [*CLIPS, CLIPS[0], CLIPS[1], CLIPS[0], None], "x": 1})
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(UserWarning, match="once") as caught:
        data = load_recordings(tmp_path / "t.csv")
    assert str(caught[0].message) == (
        "t.csv: 1 row has no name of a recording and is left out (row 11); 3 rows are on the same "
        "recordings as others; each recording is taken once."
    )
    assert len(data) == 6
    table[:6].to_csv(tmp_path / "t.csv", index=False)
    assert len(load_recordings(tmp_path / "t.csv")) == 6


def test_a_prediction_of_one_file_under_two_names(tmp_path):
    write_clips(tmp_path, ["s1/a.wav", "s1/b.wav"])
    table = pd.DataFrame({"file": ["s1/a.wav", "S1/A", "b"], "speaker": ["F", None, "F"]})
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(UserWarning, match="1 recording has several names and is taken once"):
        data = load_recordings(tmp_path / "t.csv")
    assert data["file"].tolist() == [str(tmp_path / "s1" / f"{name}.wav") for name in "ab"]
    table.assign(speaker=["F", "M", "F"]).to_csv(tmp_path / "t.csv", index=False)
    message = (
        "t.csv: rows that mean the same recording must have the same speaker; not for 'a.wav' "
        "('F', 'M')."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_recordings(tmp_path / "t.csv")
