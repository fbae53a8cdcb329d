"""The loader of EmoTale, on miniatures of its layout with made-up answers."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sklearn_ser.datasets import load_emotale

HEADER = "file," + ",".join(f"{r}_{k}" for r in ("a1", "a2", "a3") for k in ("A", "V", "D", "cat"))
HEADER += ",gt_emotion"
PEOPLE = ["speaker,gender,age", "003,F,31", "004,M,42", "014,F,10"]
# Raters' letters and scores are made up.
CLIPS = {
    "DK_003_A_1": "AAH",
    "EN_003_B_4": "BNS",
    "DK_004_S_5": "SSS",
    "DK_014_H_2": "HHH",
}


def answer(clip, letters, scores=(1, 2, 3), acted=None):
    cells = ",".join(f"{s},{s + 1},{s + 2},{x}" for s, x in zip(scores, letters, strict=True))
    return f"{clip}.wav,{cells},{clip[7] if acted is None else acted}"


def write(folder, rows=None, people=PEOPLE):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [answer(*pair) for pair in CLIPS.items()] if rows is None else rows
    (folder / "annotations.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    if people is not None:
        (folder / "speaker_info.csv").write_text("\n".join(people) + "\n")


@pytest.fixture
def root(tmp_path):
    write(tmp_path)
    (tmp_path / "wav").mkdir()
    for clip in CLIPS:
        soundfile.write(tmp_path / "wav" / f"{clip}.wav", np.zeros((960, 2)), 48000)
    return tmp_path


def load(root, match="of the 800 recordings of a complete copy", **settings):
    with pytest.warns(UserWarning, match=match) as caught:
        corpus = load_emotale(root, **settings)
    assert len(caught) == 1
    corpus.remarks = str(caught[0].message)
    return corpus


def said(corpus):
    return [dict(row) for row in np.asarray(corpus.ratings)]


def test_clips_and_answers(root):
    corpus = load(root)
    data = corpus.data
    assert corpus.remarks == (
        f"EmoTale in {root}: it has 4 of the 800 recordings of a complete copy."
    )
    assert [Path(file).stem for file in data["file"]] == ["DK_003_A_1", "DK_004_S_5", "EN_003_B_4"]
    assert all(Path(file).is_file() for file in data["file"])
    assert data["speaker"].tolist() == ["003", "004", "003"]
    assert data["language"].tolist() == ["Danish", "Danish", "English"]
    assert data["text"].tolist() == ["1", "5", "4"]
    assert data["emotion"].tolist() == ["anger", "sadness", "boredom"]
    assert data["gender"].tolist() == ["female", "male", "female"]
    assert data["age"].tolist() == [31, 42, 31]
    # The raters gave 1, 2 and 3 to arousal, and one and two more to valence and dominance.
    assert data[["arousal", "valence", "dominance"]].values.tolist() == [[2, 3, 4]] * 3
    assert said(corpus) == [
        {"a1": ("anger",), "a2": ("anger",), "a3": ("happiness",)},
        {"a1": ("sadness",), "a2": ("sadness",), "a3": ("sadness",)},
        {"a1": ("boredom",), "a2": ("neutral",), "a3": ("sadness",)},
    ]
    assert corpus.target.tolist() == ["anger", "sadness", None]
    assert corpus.target_names == ["anger", "boredom", "happiness", "neutral", "sadness"]
    assert corpus.ratings.target_classes == tuple(corpus.target_names)
    assert list(corpus.ratings.ids) == data["file"].tolist()
    assert corpus.sampling_rate == 48000
    assert "3 recordings of 2 speakers (Danish 2, English 1)" in corpus.DESCR
    assert "Consensus: anger 1, sadness 1; 1 recordings without consensus." in corpus.DESCR


def test_children_are_left_out_and_counted(root):
    adults = load(root)
    assert "1 further recording, of the speakers 008, 009, 014, who are children" in adults.DESCR
    everybody = load(root, children=True)
    assert everybody.data["speaker"].tolist() == ["003", "004", "014", "003"]
    assert everybody.data["age"].tolist() == [31, 42, 10, 31]
    assert "1 recording is of the speakers 008, 009, 014" in everybody.DESCR
    with pytest.raises(ValueError, match="The 'children' parameter of load_emotale must be"):
        load_emotale(root, children="no")
    write(root, [answer("DK_014_H_2", "HHH")])
    with pytest.raises(
        ValueError, match="must rate recordings of adults, since children=False; it has none"
    ):
        load_emotale(root)
    write(root, [])
    with pytest.raises(ValueError, match=r"annotations.csv must rate recordings\."):
        load_emotale(root)


def test_missing_unrated_and_repeated_recordings_are_told(root):
    wav = root / "wav"
    (wav / "DK_003_A_1.wav").unlink()
    (wav / "DK_014_H_2.wav").unlink()  # of a child, who is not asked for
    (wav / "EN_003_B_4.wav").rename(wav / "en_003_b_4.WAV")
    soundfile.write(wav / "DK_005_N_3.wav", np.zeros(9), 48000)
    (wav / "notes.wav").touch()
    (root / "more").mkdir()
    soundfile.write(root / "more" / "DK_004_S_5.wav", np.zeros(9), 48000)
    corpus = load(root)
    assert "1 recording is missing" in corpus.remarks
    assert "DK_003_A_1.wav" in corpus.remarks
    assert "1 recording has no ratings and is left out (DK_005_N_3.wav)" in corpus.remarks
    assert "1 recording is there with different contents" in corpus.remarks
    assert corpus.data["file"].tolist() == [
        str(wav / name) for name in ("DK_003_A_1.wav", "DK_004_S_5.wav", "en_003_b_4.WAV")
    ]


@pytest.mark.parametrize("people", [None, PEOPLE[:2]])
def test_unknown_speakers_have_no_gender_and_age(root, people):
    (root / "speaker_info.csv").unlink()
    write(root, people=people)
    corpus = load(root)
    known = [] if people is None else ["003"]
    unknown = ~corpus.data["speaker"].isin(known)
    assert all(gender is None for gender in corpus.data["gender"][unknown])
    assert corpus.data["age"][unknown].isna().all()
    assert corpus.data["age"].dtype == float
    assert corpus.data["gender"][~unknown].isin(["female"]).all()
    expected = (
        "there is no speaker_info.csv, so gender and age are unknown"
        if people is None
        else "speakers are not in speaker_info.csv: 004"
    )
    assert expected in corpus.remarks


# Tables as spreadsheets leave them ------------------------------------------------------------


def rewrite(path, change, encoding="utf-8"):
    path.write_bytes(change(path.read_text()).encode(encoding))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n ,\n",
        lambda text: text.replace(",", ";"),
        lambda text: re.sub(r"(\d)(?=,)", r'"\1,0"', text),
        lambda text: re.sub(r"(\d);", r"\1,0;", text.replace(",", ";")),
        lambda text: text.replace(",", " , "),
        lambda text: text.replace(".wav", ""),
        lambda text: text.replace("DK_", "wav/DK_").replace("EN_", "wav\\EN_"),
        lambda text: text.replace("DK_", "dk_").replace(",A", ",a").replace("a1_a", "a1_A"),
        lambda text: text.replace("gt_emotion", "other"),
        lambda text: "\n".join(f"{line},{line[:2]}" for line in text.splitlines()),
    ],
    ids=[
        "Windows",
        "byte order mark",
        "no last line end",
        "blank lines",
        "semicolons",
        "quoted decimal commas",
        "semicolons and decimal commas",
        "spaces",
        "no suffix",
        "folders",
        "lower case",
        "not acted",
        "a further column",
    ],
)
def test_spellings_of_the_table(root, change):
    expected = load(root)
    rewrite(root / "annotations.csv", change)
    corpus = load(root)
    assert corpus.data.equals(expected.data)
    assert said(corpus) == said(expected)


def test_speakers_without_zeros(root):
    expected = load(root, children=True).data
    table = ["\ufeffspeaker;gender;age", "3;f;31", "4;M;42", "14;F;10,0"]
    (root / "speaker_info.csv").write_text("\r\n".join(table), encoding="utf-8")
    assert load(root, children=True).data.equals(expected)
    (root / "speaker_info.csv").write_text("speaker,gender,age\n003,,\n004,M,42\n014,F,10\n")
    data = load(root).data
    assert data["gender"].tolist() == [None, "male", None]
    assert data["age"].isna().tolist() == [True, False, True]


def test_empty_cells_are_no_answers(root):
    rows = [answer("DK_003_A_1", ["", "H", ""]), answer("EN_004_N_2", ["", "", ""])]
    write(root, [rows[0].replace(",1,2,3,", ",,,,", 1), rows[1]])
    corpus = load(root)
    assert said(corpus) == [{"a2": ("happiness",)}, {}]
    assert corpus.target.tolist() == ["happiness", None]
    # Of raters who gave 2 and 3 to arousal.
    assert corpus.data["arousal"].tolist() == [2.5, 2]
    assert "1 recording has no answers (EN_004_N_2)" in corpus.remarks
    (root / "annotations.csv").write_text(f"{HEADER}\nDK_003_A_1.wav,,,,A,,,,A,,,,A,A\n")
    assert load(root).data[["arousal", "valence", "dominance"]].isna().all(axis=None)


def test_two_or_four_raters(root):
    header = "file,x_A,x_V,x_D,x_cat,y_A,y_V,y_D,y_cat,z z_A,z z_V,z z_D,z z_cat,w_A,w_V,w_D,w_cat"
    row = "DK_003_A_1.wav" + ",1,1,1,A" * 4
    for n in (2, 4):
        lines = [",".join(line.split(",")[: 1 + 4 * n]) for line in (header, row)]
        (root / "annotations.csv").write_text("\n".join(lines))
        corpus = load(root)
        assert list(said(corpus)[0]) == sorted(["x", "y", "z z", "w"][:n])
        assert f"{n} people (" in corpus.DESCR


# Errors --------------------------------------------------------------------------------------

GOOD = answer("DK_003_A_1", "AAH")


@pytest.mark.parametrize(
    "bad",
    [
        answer("DK_004_S_5", "SSX"),
        answer("DK_004_S_5", ["Sadness", "S", "S"]),
        answer("DK_004_S_5", "SSS", acted="A"),
        answer("DK_004_S_5", "SSS", scores=(1, 2, 3.5)),
        answer("DK_004_S_5", "SSS", scores=(0.5, 2, 3)),
        answer("DK_004_S_5", "SSS").replace(",1,", ",one,"),
        answer("DK_004_S_5", "SSS").replace(",1,", ",nan,"),
        answer("DK_004_S_5", "SSS").replace(",1,", ",inf,"),
        answer("DK_004_S_5", "SSS") + ",",
        answer("DK_004_S_5", "SSS")[:-2],
        answer("DK_002_S_5", "SSS"),
        answer("DK_020_S_5", "SSS"),
        answer("SE_004_S_5", "SSS"),
        answer("DK_004_S_6", "SSS"),
        answer("DK_004_F_5", "SSS"),
        answer("DK_003_A_1", "HHH"),
    ],
)
def test_lines_that_cannot_be_read(root, bad):
    write(root, [GOOD, bad, answer("EN_004_N_2", "NNN")])
    message = (
        r"annotations.csv: lines must have as many fields as the header, a file that is named "
        r"like DK_001_A_1.wav .* a letter of A, B, H, N, S and scores from 1 to 5, and in "
        r"gt_emotion, .* the letter in the file's name; not for lines 3\.$"
    )
    with pytest.raises(ValueError, match=message):
        load_emotale(root)


def test_many_bad_lines_are_counted(root):
    write(root, [answer("DK_003_A_1", "XXX")] * 30)
    with pytest.raises(
        ValueError, match=r"not for lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more\.$"
    ):
        load_emotale(root)


@pytest.mark.parametrize(
    "bad", ["004,X,42", "004,M,old", "004,M,0", "004,M,nan", "003,M,42", "004,M", "004,M,42,"]
)
def test_speakers_that_cannot_be_read(root, bad):
    write(root, people=[*PEOPLE[:2], bad])
    message = (
        r"speaker_info.csv: lines must have as many fields as the header, a speaker whom no other "
        r"line has, a gender \(F, M or nothing\) and an age \(1 to 120 or nothing\); not for "
        r"lines 3\.$"
    )
    with pytest.raises(ValueError, match=message):
        load_emotale(root)


@pytest.mark.parametrize(
    ("table", "header", "message"),
    [
        (
            "annotations",
            "name,a1_cat",
            r"must have the columns \['file', 'a1_A', 'a1_V', 'a1_D'\]",
        ),
        ("annotations", HEADER.replace("a2_V", "b"), r"must have the columns \['a2_V'\], too; it"),
        ("annotations", "file,gt_emotion", r"must have the columns \['a1_cat'\], too"),
        ("annotations", "", r"must have the columns \['file', 'a1_cat'\], too; it has \[\]"),
        ("annotations", HEADER + ",a1_cat", r"must have each column once; not \['a1_cat'\]"),
        (
            "speaker_info",
            "speaker,age",
            r"must have the columns \['gender'\], too; it has \['spea",
        ),
    ],
)
def test_headers_that_cannot_be_read(root, table, header, message):
    (root / f"{table}.csv").write_text(f"{header}\n")
    with pytest.raises(ValueError, match=f"{table}.csv {message}"):
        load_emotale(root)


def test_pointers_of_git_lfs(root):
    for name in ("speaker_info.csv", "annotations.csv"):
        (root / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
        with pytest.raises(ValueError, match=f"{name} is a pointer of Git LFS"):
            load_emotale(root)


def test_layouts(root, tmp_path, monkeypatch):
    expected = load(root).data
    monkeypatch.chdir(root)
    relative = load(".").data
    assert relative.drop(columns="file").equals(expected.drop(columns="file"))
    assert load(root / "wav").data.equals(expected)  # the table is beside it
    outer = root.parent / "outer"
    outer.mkdir()
    root.rename(outer / "EmoTale")
    moved = load(outer).data
    assert moved["file"].tolist() == [
        file.replace(str(root), str(outer / "EmoTale")) for file in expected["file"]
    ]


def test_without_a_table(tmp_path):
    (tmp_path / "wav").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no annotations.csv in .* The folder has wav/\."):
        load_emotale(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"The folder does not exist\."):
        load_emotale(tmp_path / "nowhere")
    write(tmp_path / "a")
    write(tmp_path / "b")
    with pytest.raises(ValueError, match=r"annotations.csv is in several folders of .*: a, b;"):
        load_emotale(tmp_path)


def test_a_complete_copy_passes_without_a_word(tmp_path):
    people = ["001", *(f"{number:03d}" for number in range(3, 20))]
    english = [name for name in people if name not in ("014", "015", "018", "019")]
    clips = [
        f"{language}_{name}_{letter}_{text}"
        for language, names in (("DK", people), ("EN", english))
        for name in names
        for letter in "ABHNS"
        for text in "12345"
    ]
    table = ["speaker,gender,age", *(f"{name},F,30" for name in people)]
    write(tmp_path, [answer(clip, clip[7] * 3) for clip in clips], table)
    (tmp_path / "wav").mkdir()
    for clip in clips:
        (tmp_path / "wav" / f"{clip}.wav").touch()
    assert len(clips) == 800
    # pytest turns any warning into an error.
    assert len(load_emotale(tmp_path, children=True).data) == 800
    corpus = load_emotale(tmp_path)
    assert len(corpus.data) == 675
    assert corpus.data["speaker"].nunique() == 15
    assert "125 further recordings, of the speakers" in corpus.DESCR
    assert corpus.target.tolist() == corpus.data["emotion"].tolist()
