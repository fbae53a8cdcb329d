"""Remarks on tables name the table, the sheet and the rows that they are on."""

import re

import pandas as pd
import pytest
from _tables import EXPECTED, load, said

from sklearn_ser.datasets import load_table

# Which table.


def save(table, path):
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False)
    return path


def test_each_remark_names_its_table(folder, recordings, wide):
    one = save(wide[["file", "E1"]].replace("sad", "Sad "), folder / "ann.csv")
    other = save(wide[["file", "E2", "E3"]].replace("angry", "?"), folder / "ben.csv")
    table = pd.read_csv(recordings, dtype=str)
    table.loc[6] = ["audio/clip99.wav", None]
    table.to_csv(recordings, index=False)
    with pytest.warns(UserWarning, match="no answer") as caught:
        load_table(recordings, [one, other])
    (warning,) = caught
    assert warning.message.remarks == [
        "ben.csv: 3 answers such as '?' were read as no answer (rows 4, 6, 7).",
        "ann.csv: labels that differ only by case or spaces are the same: 'Sad ' as 'sad' (2).",
        f"recordings.csv: 1 file does not exist ('audio/clip99.wav') in {folder}.",
        "recordings.csv: the speaker of 1 recording is unknown ('clip99.wav').",
        "recordings.csv: 1 recording has no answers ('clip99.wav').",
    ]
    assert str(warning.message).count("recordings.csv: ") == 1


def test_tables_of_the_same_name_are_told_apart(folder, recordings, wide):
    ratings = [
        save(wide[["file", "E1"]], folder / "ann" / "recordings.csv"),
        save(wide[["file", "E2", "E3"]].replace("sad", "?"), folder / "ben" / "recordings.csv"),
    ]
    _, message = load(recordings, ratings, match="no answer")
    assert message.startswith("ben/recordings.csv: 5 answers such as '?'")
    _, message = load(recordings, ratings[::-1], match="no answer")
    assert message.startswith("ben/recordings.csv: 5 answers such as '?'")
    # So are DataFrames.
    _, message = load(
        recordings, [wide[["file", "E1"]], wide[["file", "E2"]].replace("sad", "-")], match="no"
    )
    assert message.startswith("ratings[1]: 2 answers such as '-'")


def test_rows_are_those_of_the_file(folder, recordings, wide):
    """With empty rows before, and counted from 1, as spreadsheets do."""
    wide.loc[2, "E1"], wide.loc[4, "E3"] = "?", "n/a"
    text = wide.to_csv(index=False).replace("\n", "\n,,,\n")
    (folder / "answers.csv").write_text(f"\n,,,\n{text}")
    _, message = load(recordings, folder / "answers.csv", match="no answer")
    lines = ["", *(folder / "answers.csv").read_text().splitlines()]
    rows = [i for i, line in enumerate(lines) if "?" in line or "n/a" in line]
    assert message == (
        "answers.csv: 2 answers such as '?', 'n/a' were read as no answer (rows "
        f"{rows[0]}, {rows[1]})."
    )


def test_rows_of_unmatched_names_repeats_and_typing_errors(folder, recordings, long):
    clip = "audio/clip00.wav"
    rows = [["zzz", "E1", "sad"], [clip, "E1", "happy"], [clip, "E9", "hapy"]]
    more = pd.DataFrame(rows, columns=long.columns)
    answers = save(pd.concat([long, more]), folder / "answers.csv")
    _, message = load(recordings, answers, match="left out")
    assert "labels that may be typing errors: pass labels={'hapy': 'happy'} to correct" in message
    assert "to correct them (row 21)" in message
    assert (
        "answers on 1 name that is not in recordings.csv are left out: 'zzz' (row 19)" in message
    )
    assert "1 answer is there more than once and counts once (row 20)" in message


def test_one_is_no_plural(folder, wide):
    table = pd.DataFrame({"file": [*wide["file"], "audio/clip99.wav", None], "speaker": "F"})
    _, message = load(save(table, folder / "recordings.csv"), wide, match="exist")
    assert not re.search(r"\b1 \w+s\b", message)
    assert not re.search(r"\b1 (row|recording|file)\b[^,;.]* (are|have|do)\b", message)


# Sheets.


def make_workbook(path, **sheets):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def list_rows(table):
    return [list(table), *table.astype(object).where(table.notna(), None).to_numpy().tolist()]


def test_other_sheets_are_not_read(folder, recordings, wide):
    one, other = list_rows(wide[["file", "E1"]]), list_rows(wide[["file", "E2"]])
    path = make_workbook(folder / "answers.xlsx", Ann=one, Ben=other, Notes=[["by hand"]])
    corpus, message = load(recordings, path, match="first sheet")
    assert message == (
        "answers.xlsx, sheet 'Ann': only the first sheet is read, not 'Ben': if the table is "
        "another one, or goes on there, save that sheet as CSV."
    )
    assert corpus.ratings.annotators.tolist() == ["E1"]
    path = make_workbook(folder / "answers.xlsx", Notes=[["by hand"]], Ann=one)
    message = (
        "answers.xlsx, sheet 'Notes' has no column of files or names of recordings; its columns, "
        "as its first row names them, are 'by hand': pass columns={'file': ...}. Only "
        "answers.xlsx, sheet 'Notes' is read, not 'Ann'; to read another sheet, save it as CSV."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(recordings, path)


def test_a_workbook_with_one_table_passes_without_a_word(folder, recordings, wide):
    rows = list_rows(wide)
    for sheets in ({"Sheet1": rows, "Sheet2": []}, {"Sheet1": [], "Sheet2": rows}):
        path = make_workbook(folder / "answers.xlsx", **sheets)
        assert said(load_table(recordings, path)) == EXPECTED
        # There is nothing to tell apart.
        with pytest.raises(ValueError, match=r"^columns names 'x' \(rater\).*; answers\.xlsx has"):
            load_table(recordings, path, columns={"rater": "x"})


def test_formulas_without_values(folder, recordings, wide):
    """As programs write them that do not compute."""
    rows = list_rows(wide)
    rows[2][1], rows[4][3] = "=B2", '=IF(B2="happy", "sad", "")'
    path = make_workbook(folder / "answers.xlsx", Sheet=rows)
    corpus, message = load(recordings, path, match="formulas")
    assert message == (
        "answers.xlsx: 2 formulas have no values and are read as empty (rows 3, 5): open the "
        "workbook in a spreadsheet program, and save it again."
    )
    assert set(said(corpus)["clip01"]) == {"E2", "E3"}
