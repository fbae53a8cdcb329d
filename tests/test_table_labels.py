"""Labels and names in tables, as people spell them."""

import itertools
import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from _tables import CLIPS, EXPECTED, LABELS, SPEAKERS, load, said, write_clips

from sklearn_ser.datasets import load_table
from sklearn_ser.datasets._recordings_table import load_recordings
from sklearn_ser.datasets._table_labels import find_typos, measure_distance
from sklearn_ser.datasets._table_names import match_names

# Labels and spelling.


def test_spellings_blanks_and_typing_errors(recordings, wide):
    wide.loc[0, "E1"] = "Happy "
    wide.loc[3, "E1"] = "HAPPY"
    wide.loc[1, "E2"] = "n/a"
    wide.loc[2, "E2"] = "?"
    wide.loc[4, "E3"] = "-"
    corpus, message = load(recordings, wide, match="spaces")
    assert message == (
        "ratings: 3 answers such as 'n/a', '?', '-' were read as no answer (rows 1, 2, 4); labels "
        "that differ only by case or spaces are the same: 'Happy ' as 'happy' (1), 'HAPPY' as "
        "'happy' (1)."
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
    assert message == "ratings: labels has spellings that nobody used: 'glad'."
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
    _, message = load(recordings, coded, match="numbers")
    assert message == (
        "ratings: the labels are numbers, '1', '2', '3', and are learned as classes: pass "
        "labels={'1': ...} to name them; scores such as valence are not learned."
    )
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
            f"ratings: {label!r} was read as a label; if it means no answer, pass "
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
        assert message == (f"ratings: 1 answer such as {blank!r} was read as no answer (row 0).")
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
        "labels that may be typing errors: pass labels={'hapy': 'happy', 'asd': 'sad'} to correct "
        "them (rows 3, 4)"
    ) in message
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
        "ratings: 1 answer is there more than once and counts once (row 18); once, a rater gave "
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
        "ratings: 2 cells with several labels were split, such as 'Sad/angry', 'happy, "
        "sad' (rows 0, 1); 1 cell with a separator was read as one label, since not all parts are "
        "labels, such as 'sad; puzzled' (row 2): pass labels={...: ...} if another one is meant; "
        "labels that differ only by case or spaces are the same: 'Sad' as 'sad' (1); "
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
        lambda name: f"  {Path(name).stem}.flac ",
        lambda name: f"/home/ann/{name}",
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
        "ratings: 1 name may mean several recordings of recordings ('a' may be 's1/a.wav', "
        "'s2/a.wav'). Write them with their folder and extension."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(table, answers, root=tmp_path)


def test_what_does_not_match(recordings, long, folder):
    answers = long.replace({"audio/clip05.wav": "audio/clip5b.wav"})
    extra = pd.DataFrame([["zzz", "E1", "sad"]], columns=long.columns)
    corpus, message = load(recordings, pd.concat([answers, extra]), match="left out")
    assert message == (
        "ratings: answers on 2 names that are not in recordings.csv are left out: "
        "'audio/clip5b.wav' (similar: 'audio/clip05.wav'), 'zzz' (rows 5, 11, 16, 17). "
        "recordings.csv: 1 recording has no answers ('clip05.wav')."
    )
    assert said(corpus) == {**EXPECTED, "clip05": {}}
    assert corpus.target[5] is None


def test_missing_files(folder, recordings, wide):
    (folder / "audio" / "clip03.wav").unlink()
    corpus, message = load(recordings, wide, match="exist")
    assert message == (f"recordings.csv: 1 file does not exist ('audio/clip03.wav') in {folder}.")
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
        "1 name of a recording is ambiguous, so that no file is taken ('audio/clip03.wav' may be "
        "'other/clip03.wav', 'third/clip03.wav')"
    ) in message
    # Which says that there is no such file.
    assert "exist" not in message


def test_the_working_directory_and_home(folder, wide, monkeypatch, set_home):
    table = pd.DataFrame({"file": wide["file"], "speaker": SPEAKERS})
    monkeypatch.chdir(folder)
    corpus = load_table(table, wide)
    assert corpus.data["file"][0] == str(folder / "audio" / "clip00.wav")
    monkeypatch.chdir("/")
    set_home(folder)
    corpus = load_table(table.assign(file="~/" + table["file"]), wide)
    assert corpus.data["file"][0] == str(folder / "audio" / "clip00.wav")
    assert said(load_table(table, wide, root="~")) == EXPECTED


# Names that mean another recording.


def write_speakers(folder, *names):
    write_clips(folder, names)
    speakers = [name.partition("/")[0] for name in names]
    return pd.DataFrame({"file": names, "speaker": speakers, "label": "sad"})


@pytest.mark.parametrize("name", ["s2/03.wav", "s2/3", "S2/03", "s2\\03.wav", "x/s2/03.mp3"])
@pytest.mark.parametrize("others", [[], ["s1/03.wav"], ["s1/03"]])
def test_a_missing_file_is_not_that_of_another_speaker(tmp_path, name, others):
    write_clips(tmp_path, ["s1/03.wav", "s1/04.wav", "s2/04.wav"])
    files = ["s1/04.wav", "s2/04.wav", *others, name]
    speakers = ["s1", "s2", *["s1"] * len(others), "s2"]
    table = pd.DataFrame({"file": files, "speaker": speakers, "label": "sad"})
    corpus, message = load(table, match="does not exist", root=tmp_path)
    assert message == f"recordings: 1 file does not exist ({name!r}) in {tmp_path}."
    assert corpus.data["speaker"].tolist() == speakers
    assert not Path(corpus.data["file"].iloc[-1]).is_file()
    assert corpus.ratings.lengths.tolist() == [1] * len(files)
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(UserWarning, match="1 file does not exist"):
        data = load_recordings(tmp_path / "t.csv")
    assert data["file"].tolist() == corpus.data["file"].tolist()


def test_a_file_of_another_row_is_not_taken(tmp_path):
    """A name without a folder may be in any of them, but not the file that a row names."""
    table = write_speakers(tmp_path, "s1/03.wav", "s1/04.wav")
    for name in ("03", "3", "03.flac"):
        more = pd.DataFrame([[name, "s9", "happy"]], columns=table.columns)
        _, message = load(pd.concat([table, more]), match="exist", root=tmp_path)
        assert f"1 file does not exist ({name!r})" in message
    alone = pd.concat([table[1:], more.assign(file="03")])
    corpus = load_table(alone, root=tmp_path)
    assert Path(corpus.data["file"].iloc[1]) == tmp_path / "s1" / "03.wav"
    _, message = load(alone.assign(file=["s1/04.wav", "3"]), match="zeros", root=tmp_path)
    assert message == (
        "recordings: 1 name of a recording differs by folders or zeros and was taken for the "
        "only one that is alike ('3' as 's1/03.wav')."
    )


@pytest.mark.parametrize("role", ["speaker", "session"])
def test_rows_on_one_file_contradict_each_other(tmp_path, role):
    write_clips(tmp_path, ["s1/03.wav"])
    table = pd.DataFrame({"file": ["s1/03.wav", "S1/03"], "label": "sad", role: ["a", "b"]})
    message = (
        f"recordings: rows that mean the same recording must have the same {role}; not for "
        "'03.wav' ('a', 'b')."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(table, root=tmp_path)
    table[role] = [None, "b"]
    corpus, _ = load(table.assign(speaker="b"), match="several names", root=tmp_path)
    assert corpus.data[role].tolist() == ["b"]


@pytest.mark.parametrize(
    ("recordings", "names"),
    [
        (["s1/01.wav"], ["corpA/s1/01.wav", "corpB/s1/01.wav"]),
        (["01.wav", "02.wav"], ["s1/01.wav", "s2/01.wav"]),
        (["s1/01.wav"], ["x/01", "y/01"]),
        (["01.wav"], ["1", "001"]),
        (["s1/01.wav", "s1/02.wav"], ["s1/01.wav", "a/s1/01.wav", "b/s1/01.wav"]),
    ],
)
def test_several_names_on_one_recording(tmp_path, recordings, names):
    write_clips(tmp_path, recordings)
    table = pd.DataFrame({"file": recordings, "speaker": "F"})
    answers = pd.DataFrame({"file": names, "rater": "E1", "label": "sad"})
    message = (
        "ratings: 2 names may mean the same recordings of recordings as other names "
        f"({names[-2]!r} may be {recordings[0]!r}; {names[-1]!r} may be {recordings[0]!r}). Write "
        "them with the same folders in both."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_table(table, answers, root=tmp_path)


def test_answers_on_other_speakers_are_left_out(tmp_path):
    """Their folder is known, and not merely called differently."""
    for recordings, names in [
        (["s1/03.wav", "s1/04.wav"], ["s1/04.wav", "s2/03.wav"]),
        (["s1/03.wav", "s2/04.wav"], ["s2/04.wav", "s2/03.wav"]),
        (["s1/03.wav", "s2/04.wav"], ["04", "s2/3"]),
    ]:
        write_clips(tmp_path, recordings)
        table = pd.DataFrame({"file": recordings, "speaker": ["a", "b"]})
        answers = pd.DataFrame({"file": names, "rater": "E1", "label": ["sad", "happy"]})
        corpus, message = load(table, answers, root=tmp_path, match="not in recordings")
        assert f"answers on 1 name that is not in recordings are left out: {names[1]!r}" in message
        assert corpus.ratings.lengths.tolist() == [0, 1]


def test_other_folders_are_named(recordings, wide):
    for spell in ("C:\\Users\\Ann\\study\\{}.mp4", "old/{}"):
        wide["file"] = [spell.format(clip) for clip in CLIPS]
        corpus, message = load(recordings, wide, match="folders")
        assert said(corpus) == EXPECTED
        shown = [f"{n!r} as 'audio/{c}.wav'" for n, c in zip(wide["file"], CLIPS, strict=True)]
        assert message == (
            "ratings: 6 names of recordings differ by folders or zeros and were taken for "
            f"the only ones that are alike ({', '.join(shown[:3])} and 3 more)."
        )


def test_several_extensions(tmp_path):
    write_clips(tmp_path, ["s1/01.wav", "s1/02.wav"])
    table = pd.DataFrame({"file": ["s1/01.wav", "s1/02.wav"], "speaker": "F"})
    names = ["s1/01.wav", "s1/01.mp4", "S1/01.flac", "s1/02.wav", "S1/02.WAV"]
    answers = pd.DataFrame({"file": names, "rater": list("abcde"), "label": "sad"})
    corpus, message = load(table, answers, root=tmp_path, match="several ways")
    assert message == (
        "ratings: 1 recording is named in several ways, which were taken as the same "
        "('s1/01.wav' as 's1/01.wav', 's1/01.mp4', 'S1/01.flac')."
    )
    assert corpus.ratings.lengths.tolist() == [3, 2]
