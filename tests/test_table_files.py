"""Files of tables, with the habits of spreadsheets, and what is no table."""

import builtins
from pathlib import Path

import pandas as pd
import pytest
from _tables import CELLS, EXPECTED, load, said

from sklearn_ser.datasets import load_table

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
        "ratings: 1 row has no label (row 4); 1 answer has no rater, and counts as that of "
        "unknown people (row 3); 2 rows have answers and no name of a recording, and are left "
        "out (rows 1, 2); if cells were merged, fill in every row."
    )
    assert corpus.ratings.lengths.tolist() == [3, 2, 2, 2, 2, 3]
    assert corpus.ratings.is_anonymous.sum() == 1
    table = pd.read_csv(recordings, dtype=str)
    table.loc[6] = [None, "03"]
    table.to_csv(recordings, index=False)
    wide = long.dropna().pivot_table("label", "file", "rater", "first").reset_index()
    _, message = load(recordings, wide[["file", "E1", "E2", "E3"]], match="no name")
    assert "recordings.csv: 1 row has no name of a recording and is left out (row 8)" in message
    everything = "ratings: 15 rows have answers and no name of a recording"
    with pytest.raises(ValueError, match=f"^{everything}"):
        load_table(recordings, long.assign(file=None).dropna(subset="label").iloc[1:])


def test_a_rater_without_answers(recordings, wide):
    corpus, message = load(recordings, wide.assign(E4=None, E5="?"), match="without any answer")
    assert message == (
        "ratings: 6 answers such as '?' were read as no answer (rows 0, 1, 2, 3, 4 and 1 more); "
        "raters without any answer: 'E4', 'E5'."
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
            r"^t\.csv has rows with more cells than its header, row 1 \('file', 'label'\): 2\. "
            r"Name every column, and delete what is above their names; a cell that contains the "
            r"separator must be in quotation marks\.$",
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
            r"its columns, as its first row names them, are 'a\.wav', 'sad': pass "
            r"columns=\{'file': \.\.\.\} \(the first row must be the header, not 'a\.wav'\)",
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
