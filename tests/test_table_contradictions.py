"""Two tables on the same recordings agree, complete each other, or are refused."""

import re
import warnings

import pandas as pd
import pytest
from _tables import CLIPS, EXPECTED, SPEAKERS, load, said

from sklearn_ser.datasets import load_table


def make_tables(role, recorded, answered):
    """Recordings and answers that both know speakers or sessions."""
    table = pd.DataFrame({"file": [f"audio/{c}.wav" for c in CLIPS], "speaker": SPEAKERS})
    table[role] = recorded
    return table, {f"audio/{c}.wav": one for c, one in zip(CLIPS, answered, strict=True)}


FORMS = ["wide", "long"]


@pytest.fixture(params=FORMS)
def answers(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("role", ["speaker", "session"])
def test_a_contradiction_is_refused(folder, answers, role):
    table, known = make_tables(
        role, ["1", "1", "2", "2", "3", "3"], ["1", "2", "2", "3", "?", "4"]
    )
    rated = answers.assign(**{role.title(): answers["file"].map(known)})
    table.to_csv(folder / "t.csv", index=False)
    rated.to_csv(folder / "r.csv", index=False)
    message = (
        f"t.csv and r.csv must have the same {role} for a recording; not for 'audio/clip01.wav' "
        "('1' in t.csv, '2' in r.csv), 'audio/clip03.wav' ('2' in t.csv, '3' in r.csv), "
        "'audio/clip05.wav' ('3' in t.csv, '4' in r.csv). Correct one of them, or rename its "
        "column if it means something else."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(folder / "t.csv", folder / "r.csv")
    # The ways out.
    renamed = rated.rename(columns={role.title(): "comment"})
    columns = {"raters": ["E1", "E2", "E3"]} if "E1" in rated else None
    assert said(load_table(folder / "t.csv", renamed, columns=columns)) == EXPECTED


def test_many_contradictions_are_counted(folder, answers):
    table, known = make_tables("speaker", ["a"] * 6, ["b"] * 6)
    rated = answers.assign(speaker=answers["file"].map(known))
    with pytest.raises(ValueError, match=r"'audio/clip02.wav' \('a' in .*\) and 3 more\. Correct"):
        load_table(table, rated, root=folder)


@pytest.mark.parametrize(
    ("recorded", "answered"),
    [
        (["01", "01", "02", "02", "02", "02"], ["1", 1, 2.0, "2", 2, "2"]),
        (["Ann"] * 3 + ["Bo"] * 3, ["Ann"] * 3 + ["Bo"] * 3),
        (["Ann", None, "Ann", "Bo", None, "?"], ["Ann", "Ann", "unknown", None, "Bo", "Bo"]),
    ],
)
@pytest.mark.parametrize("role", ["speaker", "session"])
def test_what_is_the_same_passes_without_a_word(folder, answers, role, recorded, answered):
    table, known = make_tables(role, recorded, answered)
    rated = answers.assign(**{role: answers["file"].map(known)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = load_table(table, rated, root=folder)
    # Each recording has what either of the tables knows, in the spelling of the first.
    expected = [
        str(a) if a not in (None, "?") else str(b) for a, b in zip(recorded, answered, strict=True)
    ]
    assert corpus.data[role].tolist() == expected
    assert said(corpus) == EXPECTED


def test_spellings_of_two_tables_are_merged(folder, answers):
    table, known = make_tables("speaker", ["Ann"] * 3 + [None] * 3, ["ann "] * 6)
    rated = answers.assign(speaker=answers["file"].map(known))
    corpus, message = load(table, rated, root=folder, match="case or spaces")
    assert corpus.data["speaker"].nunique() == 1
    assert "speakers that differ only by case or spaces are the same" in message


def test_numbers_that_two_tables_write_differently(folder, answers):
    """One person would be two of them."""
    table, known = make_tables("speaker", ["01"] * 3 + [None] * 3, ["1"] * 6)
    rated = answers.assign(speaker=answers["file"].map(known))
    corpus, message = load(table, rated, root=folder, match="numbers are equal")
    assert "speakers are taken as different people" in message
    assert corpus.data["speaker"].tolist() == ["01"] * 3 + ["1"] * 3


@pytest.mark.parametrize("role", ["speaker", "session"])
def test_answers_that_contradict_each_other(folder, long, role):
    table = pd.DataFrame({"file": [f"audio/{c}.wav" for c in CLIPS]})
    rated = long.assign(**{role: ["a"] * 6 + ["b"] + ["a"] * 10})
    message = (
        f"ratings: all answers on a recording must have the same {role}; not for "
        f"{rated['file'][6]!r} ('a' in row {rated.index[rated['file'] == rated['file'][6]][0]}, "
        f"'b' in row 6). If the column means something else, pass columns={{{role!r}: None}} to "
        "ignore it."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            load_table(table, rated, root=folder)


def test_parts_have_speakers_of_their_own(tmp_path):
    """Two people in one file; the answers are on parts of it."""
    table = pd.DataFrame({"file": "a.wav", "start": [0, 1], "end": [1, 2], "speaker": ["F", "M"]})
    answers = pd.DataFrame(
        {"file": "a", "start": [1, 0], "end": [2, 1], "rater": "E1", "label": ["sad", "happy"]}
    )
    corpus, _ = load(table, answers.assign(speaker=["M", "F"]), root=tmp_path, match="not exist")
    assert corpus.data["speaker"].tolist() == ["F", "M"]
    with pytest.raises(
        ValueError, match=r"not for 'a\.wav' \('F' in recordings, 'M' in ratings\)"
    ):
        load_table(table, answers.assign(speaker=["F", "M"]), root=tmp_path)
