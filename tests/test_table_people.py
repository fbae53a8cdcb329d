"""Names of people and labels in tables: look-alikes, numbers, unknown people, several tables."""

import re
import unicodedata
import warnings

import numpy as np
import pandas as pd
import pytest
from _tables import CLIPS, EXPECTED, SPEAKERS, load, said

from sklearn_ser.datasets import load_table
from sklearn_ser.datasets._table_text import fold

# Texts that look the same.

COMPOSED = "Jos\u00e9"
APART = unicodedata.normalize("NFD", COMPOSED)
LOOK_ALIKES = [
    (COMPOSED, APART),
    ("fr\u00f6hlich", unicodedata.normalize("NFD", "fr\u00f6hlich")),
    ("\ud55c\uae00", unicodedata.normalize("NFD", "\ud55c\uae00")),
    ("Ann", "\uff21nn"),
    ("Jo Ann", "Jo\u00a0Ann"),
    ("Jo Ann", "Jo \u200bAnn"),
    ("Wei\u00df", "WEISS"),
    ("\ufb01ne", "fi\u00adne"),
]


def load_quietly(*tables, **settings):
    """Load a corpus whose warning, if any, says only that spellings were merged."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        corpus = load_table(*tables, **settings)
    for warning in caught:
        assert re.fullmatch(
            r"[\w. ]+: \w+s that differ only by case or spaces .*", str(warning.message)
        )
    return corpus


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_texts_that_look_the_same(recordings, wide, long, folder, one, other):
    assert fold(one) == fold(other)
    table = pd.read_csv(recordings, dtype=str).assign(speaker=[one, other, one] * 2)
    corpus = load_quietly(table, wide, root=folder)
    assert corpus.data["speaker"].nunique() == 1
    labels = load_quietly(table.assign(label=[one, other] * 3, speaker="F"), root=folder)
    assert len(labels.target_names) == 1
    answers = long.replace({"rater": {"E1": one, "E2": "E2", "E3": "E3"}})
    answers.loc[0, "rater"] = other if long.loc[0, "rater"] == "E1" else answers.loc[0, "rater"]
    raters = load_quietly(recordings, answers)
    assert len(raters.ratings.annotators) == 3


def test_composed_spellings_pass_without_a_word(recordings, wide, folder):
    table = pd.read_csv(recordings, dtype=str).assign(speaker=[COMPOSED, APART] * 3)
    answers = wide.replace("sad", APART)
    corpus = load_table(table, answers, root=folder, labels={COMPOSED: "low"})
    assert corpus.data["speaker"].tolist() == [COMPOSED] * 6
    assert corpus.target_names == ["angry", "happy", "low"]


@pytest.mark.unicode
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_of_files_stay_as_the_disk_has_them(tmp_path, form):
    path = tmp_path / unicodedata.normalize(form, f"{COMPOSED}.wav")
    path.write_bytes(b"")
    for other in ("NFC", "NFD"):
        name = unicodedata.normalize(other, path.name)
        table = pd.DataFrame({"file": [name], "speaker": "F", "label": "sad"})
        corpus = load_table(table, root=tmp_path)
        assert corpus.data["file"].tolist() == [str(path)]


# Numbers.


def test_speakers_of_the_same_number(recordings, wide, folder):
    table = pd.read_csv(recordings, dtype=str).assign(speaker=["01", 1, "01", "2", 2.0, "02"])
    corpus, message = load(table, wide, root=folder, match="numbers are equal")
    assert message == (
        "recordings: speakers are taken as different people though their numbers are equal: "
        "'01', '1', '2', '02'; if they are the same, write them the same way."
    )
    assert corpus.data["speaker"].tolist() == ["01", "1", "01", "2", "2", "02"]


def test_raters_of_the_same_number(recordings, long):
    answers = long.assign(rater=long["rater"].map({"E1": "01", "E2": "1", "E3": "2"}))
    corpus, message = load(recordings, answers, match="numbers are equal")
    assert "raters are taken as different people" in message
    assert set(corpus.ratings.annotators) == {"01", "1", "2"}
    sessions = pd.read_csv(recordings, dtype=str).assign(session=["001", "1", "3"] * 2)
    _, message = load(sessions, long, root=recordings.parent, match="numbers are equal")
    assert "sessions are taken as different" in message


# Unknown people.


@pytest.mark.parametrize("name", ["?", "n/a", "NA", "unknown", "Unknown ", "none", "-", "\uff1f"])
def test_raters_that_are_unknown(recordings, long, name):
    answers = long.replace({"rater": {"E2": name}})
    corpus, message = load(recordings, answers, match="no rater")
    assert "ratings: 6 answers have no rater, and count as those of unknown people" in message
    assert corpus.ratings.annotators.tolist() == ["E1", "E3"]
    assert corpus.ratings.is_anonymous.sum() == 6
    assert len(corpus.ratings.values) == 17


# Several tables of answers.


def test_spellings_are_merged_over_all_tables(recordings, wide):
    one = wide[["file", "E1", "E2"]]
    other = wide[["file", "E3"]].replace({"sad": "Sad", "happy": " HAPPY", "angry": "angry"})
    expected = load_table(recordings, wide)
    corpus, message = load(recordings, [one, other.rename(columns={"E3": "e3"})], match="spaces")
    renamed = {
        clip: {r.replace("E3", "e3"): v for r, v in row.items()} for clip, row in EXPECTED.items()
    }
    assert said(corpus) == renamed
    assert corpus.target_names == expected.target_names
    assert message == (
        "ratings[1]: labels that differ only by case or spaces are the same: 'Sad' as 'sad' "
        "(3), ' HAPPY' as 'happy' (1)."
    )
    # The same rater in two tables.
    halves = [wide[["file", "E1"]][:3], wide[["file", "E1"]][3:].rename(columns={"E1": "e1"})]
    corpus, _ = load(recordings, halves, match="raters that differ only by case")
    assert corpus.ratings.annotators.tolist() == ["E1"]


def test_mappings_and_typing_errors_are_of_all_tables(recordings, wide):
    one, other = wide[["file", "E1", "E2"]].copy(), wide[["file", "E3"]].copy()
    one.loc[0, "E1"] = "hapy"
    corpus = load_table(recordings, [one, other], labels={"hapy": "happy"})
    assert said(corpus) == EXPECTED
    corpus = load_table(recordings, [other, one], labels={"hapy": "happy"})
    assert corpus.ratings == load_table(recordings, wide).ratings
    # A label of one table that is frequent in the others.
    many = pd.concat([wide] * 3, ignore_index=True)
    many["file"] = [f"{i}.wav" for i in range(18)]
    table = many[["file"]].assign(speaker="F")
    lone = pd.DataFrame({"file": ["0.wav"], "E9": ["hapyp"]})
    _, message = load(table, [many, lone], match="typing errors", root=recordings.parent)
    assert "pass labels={'hapyp': 'happy'}" in message
    # Labels that one table has alone are several in a cell of another.
    both = pd.DataFrame({"file": ["audio/clip00.wav"], "E9": ["happy, sad"]})
    corpus, _ = load(recordings, [wide, both], match="was split")
    assert said(corpus)["clip00"]["E9"] == ("happy", "sad")


@pytest.mark.parametrize("role", ["speaker", "session"])
def test_people_that_several_tables_know(folder, wide, role):
    table = pd.DataFrame({"file": wide["file"], "place": "Ulm"})
    one, other = wide[["file", "E1"]], wide[["file", "E2", "E3"]]
    half = [*SPEAKERS[:3], None, "?", None]
    rest = [None, None, *SPEAKERS[2:]]
    settings = {"root": folder}
    for first, second in ((half, rest), (rest, half), (None, SPEAKERS), (SPEAKERS, None)):
        tables = [
            source if people is None else source.assign(**{role: people})
            for source, people in ((one, first), (other, second))
        ]
        with warnings.catch_warnings():
            if role == "session":
                # A table of sessions has none.
                warnings.filterwarnings("ignore", "recordings: there is no column of speakers")
            corpus = load_table(table, tables, **settings)
        assert corpus.data[role].tolist() == SPEAKERS
        assert said(corpus) == EXPECTED
    tables = [one.assign(**{role: SPEAKERS}), other.assign(**{role: ["09", *SPEAKERS[1:]]})]
    for several, names, values in (
        (tables, "ratings[0] and ratings[1]", "'01' in ratings[0], '09' in ratings[1]"),
        (tables[::-1], "ratings[0] and ratings[1]", "'09' in ratings[0], '01' in ratings[1]"),
        (
            [one.rename(columns={"E1": "E0"}), *tables],
            "ratings[1] and ratings[2]",
            "'01' in ratings[1], '09' in ratings[2]",
        ),
    ):
        message = (
            f"{names} must have the same {role} for a recording; not for 'audio/clip00.wav' "
            f"({values}). Correct one of them, or rename its column if it means something else."
        )
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            load_table(table, several, **settings)


def test_spellings_of_speakers_in_several_tables(folder, wide):
    table = pd.DataFrame({"file": wide["file"]})
    one = wide[["file", "E1"]].assign(speaker=["Ann"] * 3 + ["Bo"] * 3)
    other = wide[["file", "E2"]].assign(speaker=["ann"] * 3 + ["Bo"] * 3)
    corpus, message = load(table, [one, other], root=folder, match="case")
    assert corpus.data["speaker"].nunique() == 2
    assert "speakers that differ only by case or spaces are the same" in message


# Commas between labels, and in numbers.


def test_codes_in_a_cell_are_no_decimals(folder, recordings):
    lines = [
        "file;E1;E2",
        *(
            f"audio/{c}.wav;{a};{b}"
            for c, a, b in zip(
                CLIPS,
                ["1", "1,2", "3", "2", "1", "2,3"],
                ["1", "2", "3", "2", "1", "2"],
                strict=True,
            )
        ),
    ]
    (folder / "codes.csv").write_text("\n".join(lines))
    names = {1: "happy", 2: "sad", 3: "angry"}
    corpus, _ = load(recordings, folder / "codes.csv", labels=names, match="were split")
    assert said(corpus)["clip01"] == {"E1": ("happy", "sad"), "E2": ("sad",)}
    assert said(corpus)["clip05"] == {"E1": ("sad", "angry"), "E2": ("sad",)}
    lines = ["file;rater;label", *(f"audio/{c}.wav;E1;{i % 3 + 1}" for i, c in enumerate(CLIPS))]
    lines += ["audio/clip00.wav;E2;1,3", "audio/clip01.wav;E2;2,1"]
    (folder / "codes.csv").write_text("\n".join(lines))
    corpus, _ = load(recordings, folder / "codes.csv", labels=names, match="were split")
    assert said(corpus)["clip00"] == {"E1": ("happy",), "E2": ("happy", "angry")}
    # Scores are none of it.
    (folder / "codes.csv").write_text("\n".join(lines).replace("1,3", "2,5"))
    with pytest.raises(ValueError, match=r"holds numbers with decimals, such as 2\.[15]"):
        load_table(recordings, folder / "codes.csv")


def test_commas_in_other_columns_are_decimals(folder, wide):
    table = wide[["file"]].assign(speaker=SPEAKERS, weight=["70,5", "", "1", "2,25", "5", "0,5"])
    table.to_csv(folder / "people.csv", sep=";", index=False)
    corpus = load_table(folder / "people.csv", wide)
    np.testing.assert_array_equal(corpus.data["weight"], [70.5, np.nan, 1, 2.25, 5, 0.5])
