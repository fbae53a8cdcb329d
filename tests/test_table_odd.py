"""Tables as other programs and hurried people leave them."""

import re
import warnings
from pathlib import Path

import pandas as pd
import pytest
from _tables import CELLS, CLIPS, EXPECTED, SPEAKERS, load, said, write_clips

from sklearn_ser.datasets import load_table


def test_a_cell_that_looks_like_a_list_and_is_nested_too_deeply(folder, wide):
    odd = "[" + "-" * 100_000 + "1]"
    wide.iloc[0, 1] = odd
    corpus = load_table(wide[["file"]].assign(speaker="F"), wide, root=folder)
    assert odd in corpus.ratings.labels


# People who are written in several ways.


@pytest.mark.parametrize(
    ("one", "other"),
    [("S1", "S01"), ("s1", "S_1"), ("spk 3", "spk03"), ("Bo", "Bo."), ("A-1", "a1")],
)
@pytest.mark.parametrize("role", ["speaker", "session"])
def test_people_with_names_that_are_alike(folder, wide, role, one, other):
    table = wide[["file"]].assign(speaker="F")
    table[role] = [one, other] * 3
    corpus, message = load(table, wide, root=folder, match="names are alike")
    assert message == (
        f"recordings: {role}s are taken as different people though their names are alike: "
        f"{one!r}, {other!r}; if they are the same, write them the same way."
    )
    assert corpus.data[role].nunique() == 2


@pytest.mark.parametrize(
    ("one", "other"), [("S1", "S11"), ("1-1", "11"), ("Ann", "Anna"), ("a", "\u00e1"), ("!", "?!")]
)
def test_people_with_names_that_are_not(folder, wide, one, other):
    table = wide[["file"]].assign(speaker=[one, other] * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = load_table(table, wide, root=folder)
    assert corpus.data["speaker"].nunique() == 2


# Labels with signs.


@pytest.mark.parametrize("sign", ["happy.", "happy!", "(happy)", "'happy'", "Happy \U0001f600"])
def test_labels_that_differ_by_signs(folder, recordings, long, sign):
    """Also if one rater always writes so."""
    answers = long.copy()
    answers.loc[(answers["rater"] == "E2") & (answers["label"] == "happy"), "label"] = sign
    _, message = load(recordings, answers, match="typing errors")
    assert f"pass labels={{{sign!r}: 'happy'}} to correct them" in message
    assert said(load_table(recordings, answers, labels={sign: "happy"})) == EXPECTED


def test_signs_that_are_labels(folder, recordings, long):
    for labels in (
        ["+", "-1", "++"],
        ["\U0001f600", "\U0001f622", "\U0001f620"],
        ["a1", "a2", "a3"],
    ):
        answers = long.replace(
            {"label": dict(zip(["happy", "sad", "angry"], labels, strict=True))}
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            corpus = load_table(recordings, answers)
        assert corpus.target_names == sorted(labels)


# Cells that are no labels.


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["50%", "100%", "0 %", "50%", "75%", "5%"], "holds percentages, such as 0 %"),
        (["12,5%", "50%"] * 3, "holds percentages, such as 12,5%"),
        (pd.date_range("2024-01-01", periods=6), "holds dates, such as '2024-01-01 00:00:00'"),
        (["2024-03-01", "2024-03-02"] * 3, "holds dates, such as '2024-03-01'"),
        (["1.2.2024", "02/03/2024"] * 3, "holds dates, such as '02/03/2024'"),
    ],
)
def test_percentages_and_dates_are_no_labels(folder, recordings, wide, cells, reason):
    with pytest.raises(ValueError, match=re.escape(f"must be a rater: 'x' {reason}")):
        load_table(recordings, wide.assign(x=cells))
    alone = wide[["file"]].assign(rater="E1", label=cells)
    with pytest.raises(ValueError, match=re.escape(f"must hold labels, and {reason}")):
        load_table(recordings, alone)


@pytest.mark.parametrize(("yes", "no"), [(True, False), ("x", None), ("yes", "no"), ("Y", "N")])
def test_a_mark_in_the_column_of_the_label(folder, recordings, wide, yes, no):
    marks = {
        label: [yes if cell == label else no for cell in CELLS["E1"]] for label in ("happy", "sad")
    }
    with pytest.raises(ValueError, match=r"'happy', 'sad' look like numbers of votes for each"):
        load_table(recordings, wide[["file"]].assign(**marks))
    # Raters may say yes and no.
    raters = wide[["file"]].assign(Ann=["yes", "no"] * 3, Ben=["yes", "no", "no"] * 2)
    assert load_table(recordings, raters).target_names == ["no", "yes"]


def test_columns_that_pandas_renamed(folder, recordings, wide):
    table = wide.rename(columns={"E2": "E1.1"})
    corpus, message = load(recordings, table, match="second columns")
    assert message == (
        "ratings: columns 'E1.1' were taken for raters of their own, and may be second columns of "
        "the same raters, which pandas names so: rename them, or pass columns={'raters': [...]}."
    )
    assert corpus.ratings.annotators.tolist() == ["E1", "E1.1", "E3"]


# Files of several programs.


def test_lines_in_several_encodings(folder, recordings, long):
    """A file in UTF-8, to which another program appended."""
    table = long.replace("happy", "fr\u00f6hlich").replace("E1", "Zo\u00eb")
    text = table.to_csv(index=False)
    for n in (1, 5, 12):
        lines = text.splitlines(keepends=True)
        content = "".join(lines[:n]).encode("utf-8") + "".join(lines[n:]).encode("cp1252")
        for start in (b"", b"\xef\xbb\xbf"):
            (folder / "a.csv").write_bytes(start + content)
            corpus = load_table(recordings, folder / "a.csv")
            assert corpus.target_names == ["angry", "fr\u00f6hlich", "sad"]
            assert corpus.ratings.annotators.tolist() == ["E2", "E3", "Zo\u00eb"]


def test_files_that_were_joined(folder, recordings, long):
    """Each with its byte order mark, and the second one's header."""
    halves = [f"\ufeff{half.to_csv(index=False)}" for half in (long[:9], long[9:])]
    (folder / "a.csv").write_text("".join(halves), encoding="utf-8")
    corpus, message = load(recordings, folder / "a.csv", match="not in recordings.csv")
    assert said(corpus) == EXPECTED
    assert "left out: 'file' (row 11)" in message


@pytest.mark.parametrize("top", ["My study,,,\n", "# by me\n", "file,Ratings,,\n"])
def test_rows_above_the_header(folder, recordings, wide, top):
    (folder / "a.csv").write_text(top + wide.to_csv(index=False))
    first = ", ".join(map(repr, filter(None, top.strip().split(","))))
    message = (
        f"a.csv has rows with more cells than its header, row 1 ({first}): 2, 3, 4, 5, 6, 7, 8. "
        "Name every column, and delete what is above their names; a cell that contains the "
        "separator must be in quotation marks."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, folder / "a.csv")


def test_names_as_in_addresses_of_web_pages(tmp_path, wide):
    names = [f"my clips/{clip} (1).wav" for clip in CLIPS]
    write_clips(tmp_path, names)
    table = pd.DataFrame({"file": names, "speaker": SPEAKERS})
    quoted = [name.replace(" ", "%20").replace("(", "%28") for name in names]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = load_table(table, wide.assign(file=quoted), root=tmp_path)
        other = load_table(table.assign(file=quoted), wide.assign(file=names), root=tmp_path)
    for corpus in (one, other):
        assert [Path(file).is_file() for file in corpus.data["file"]] == [True] * 6
        assert list(said(corpus).values()) == list(EXPECTED.values())
    # A name that has a percent sign is that of its own file.
    write_clips(tmp_path, ["a%20b.wav", "a b.wav"])
    table = pd.DataFrame({"file": ["a%20b.wav", "a b.wav"], "speaker": ["F", "M"], "label": "sad"})
    corpus = load_table(table, root=tmp_path)
    assert [Path(file).name for file in corpus.data["file"]] == ["a%20b.wav", "a b.wav"]


def test_a_total_row_is_named(folder, recordings, wide):
    total = pd.DataFrame([["Total", "6", "6", "5"], [None, "6", "6", "5"]], columns=list(wide))
    table = pd.concat([wide, total], ignore_index=True)
    corpus, message = load(recordings, table, match="left out")
    assert said(corpus) == EXPECTED
    assert corpus.target_names == ["angry", "happy", "sad"]
    assert "1 row has answers and no name of a recording, and is left out (row 7)" in message
    assert "not in recordings.csv are left out: 'Total' (row 6)" in message


@pytest.mark.parametrize("error", ["#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#Num!"])
def test_formulas_that_failed_are_no_answers(folder, recordings, wide, error):
    corpus, message = load(recordings, wide.replace("angry", error), match="no answer")
    assert message.startswith(f"ratings: 5 answers such as {error!r} were read as no answer (rows")
    assert corpus.target_names == ["happy", "sad"]


@pytest.mark.parametrize("label", ["don't know", "Don\u2019t know", "unsure", "no answer", "k.A."])
def test_labels_that_mean_that_nobody_knows(folder, recordings, long, label):
    answers = long.replace("angry", label)
    corpus, message = load(recordings, answers, match="read as a label")
    assert f"if it means no answer, pass labels={{{label!r}: None}}" in message
    assert label in corpus.target_names
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_table(recordings, answers, labels={label: None})
        # Who knows that it is a label says so.
        load_table(recordings, answers, labels={label: label})


def test_numbers_among_words(folder, recordings, wide, long):
    codes = {"happy": 1, "sad": 2, "angry": 3}
    message = "'E3' holds numbers, where the others hold words, such as '1', '2' and 1 more"
    with pytest.raises(ValueError, match=re.escape(message)):
        load_table(recordings, wide.assign(E3=wide["E3"].map(codes)))
    answers = long.copy()
    answers.loc[answers["rater"] == "E3", "label"] = ["2", "2", "3", "2", "1"]
    _, remark = load(recordings, answers, match="numbers in some cells")
    assert remark == (
        "ratings: labels are numbers in some cells, '1', '2', '3', and words in others: pass "
        "labels={'2': ...} to name them (rows 12, 13, 14, 15, 16)."
    )
    names = {number: label for label, number in codes.items()}
    assert said(load_table(recordings, answers, labels=names)) == EXPECTED
    # One of them may mean nothing.
    answers = long.replace("angry", "0")
    _, remark = load(recordings, answers, match="numbers in some cells")
    assert "'0', and words in others: pass labels={'0': ...} to name them" in remark


def test_numbers_that_are_written_differently(folder, recordings, long):
    (folder / "a.csv").write_text(
        long.replace({"happy": "1", "sad": "2", "angry": "3"})
        .assign(label=lambda t: t["label"].where(t["rater"] == "E1", "0" + t["label"]))
        .to_csv(index=False)
    )
    _, remark = load(recordings, folder / "a.csv", match="typing errors")
    assert "pass labels={'1': '01', '2': '02', '3': '03'} to correct them" in remark


def test_cells_that_were_merged(folder, recordings, long):
    answers = long.sort_values("rater", ignore_index=True)
    answers.loc[answers.duplicated("rater"), "rater"] = None
    _, message = load(recordings, answers, match="merged")
    assert "14 answers have no rater, and count as those of unknown people" in message
    assert message.endswith("; if cells were merged, fill in every row.")
    table = pd.read_csv(recordings, dtype=str)
    table.loc[table.duplicated("speaker"), "speaker"] = None
    _, message = load(table, long, root=folder, match="merged")
    assert message.endswith("; if cells were merged, fill in every row.")


def test_times_in_milliseconds(folder):
    table = pd.DataFrame({"file": "audio/clip00.wav", "label": ["sad", "happy"], "speaker": "F"})
    _, message = load(
        table.assign(start=[0, 1200], end=[1200, 2750]), root=folder, match="seconds"
    )
    assert message == (
        "recordings: half of the parts are 1,375 s or longer: times must be in seconds; convert "
        "them if they are in milliseconds or samples."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for start, end in (([0, 60], [60, 300]), ([0, 700.5], [700.5, 2000]), ([0, 5], [5, None])):
            load_table(table.assign(start=start, end=end), root=folder)


def test_channels_that_are_counted_from_one(folder):
    table = pd.DataFrame({"file": "audio/clip00.wav", "label": ["sad", "happy"], "speaker": "F"})
    _, message = load(table.assign(channel=[1, 2]), root=folder, match="channels")
    assert message == (
        "recordings: channels are counted from 0, and there is none, but 1, 2: subtract 1 if they "
        "are counted from 1."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_table(table.assign(channel=[0, 1]), root=folder)
        load_table(table.assign(channel=1, file=["audio/clip00.wav", "b.wav"])[:1], root=folder)
