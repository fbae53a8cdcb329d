"""Classes that are too rare to be learned, and cells with several labels."""

import re

import numpy as np
import pandas as pd
import pytest
from _tables import LABELS, said

from sklearn_ser._cli._messages import translate
from sklearn_ser.datasets import load_table


def make_corpus(n=60, n_raters=3, seed=0):
    """Raters who mostly agree, on recordings of six speakers."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    table = pd.DataFrame({"file": [f"{i:02}.wav" for i in range(n)]})
    for rater in range(n_raters):
        own = np.where(rng.random(n) < 0.8, truth, rng.integers(0, 3, n))
        table[f"E{rater}"] = np.array(LABELS, dtype=object)[own]
    return table.assign(speaker=[f"s{i // 3 % 6}" for i in range(n)])


def remark(tmp_path, table, **settings):
    """The remarks on a table of answers, but for files that do not exist."""
    with pytest.warns(UserWarning, match="exist") as caught:
        corpus = load_table(None, table, root=tmp_path, **settings)
    (warning,) = caught
    return corpus, [text for text in warning.message.remarks if "exist" not in text]


# Classes that are rare.


def test_ordinary_classes_pass_without_a_word(tmp_path):
    table = make_corpus()
    assert remark(tmp_path, table)[1] == []
    # So do small corpora, and unequal classes.
    assert remark(tmp_path, table[:12])[1] == []
    raters = table.filter(like="E")
    table.loc[table.index > 14, raters.columns] = raters.replace({"sad": "happy"})
    assert remark(tmp_path, table)[1] == []


def test_a_misspelt_class_is_named_with_what_merges_it(tmp_path):
    table = make_corpus()
    for rater in ("E0", "E1"):
        table.loc[[3, 6], rater] = "Happyness"
    corpus, remarks = remark(tmp_path, table)
    assert remarks == [
        "ratings: a class is the consensus on fewer than 3 recordings, 'Happyness' (2 recordings, "
        "4 answers): pass labels={'Happyness': 'happy'} if they are the same, or pass "
        "target_classes, those to learn."
    ]
    assert "Happyness" in corpus.target_names
    for settings in ({"labels": {"Happyness": "happy"}}, {"target_classes": LABELS}):
        corpus, remarks = remark(tmp_path, table, **settings)
        assert remarks == []
        assert corpus.target_names == (settings.get("target_classes") or sorted(LABELS))


def test_a_rare_class_is_named_with_what_drops_it(tmp_path):
    table = make_corpus()
    table.loc[3, ["E0", "E1"]] = "bored"
    table.loc[4, "E2"] = "puzzled"
    _, remarks = remark(tmp_path, table)
    assert remarks == [
        "ratings: classes are the consensus on fewer than 3 recordings, 'bored' (1 recording, 2 "
        "answers), 'puzzled' (0 recordings, 1 answer): pass labels={'bored': None, 'puzzled': "
        "None} to drop their answers, or pass target_classes, those to learn."
    ]
    assert remark(tmp_path, table, labels={"bored": None, "puzzled": None})[1] == []
    assert translate(remarks[0]).endswith(
        "pass --labels bored= puzzled= to drop their answers, or pass --classes, those to learn."
    )


def test_rare_classes_are_bounded_and_typing_errors_are_named_once(tmp_path):
    table = make_corpus()
    table.loc[:7, "E0"] = [letter * 200 for letter in "abcdefgh"]
    table.loc[9, "E0"] = "hapyp"
    _, remarks = remark(tmp_path, table)
    typos, rare = remarks
    assert "pass labels={'hapyp': 'happy'} to correct them (row 9)" in typos
    assert "hapyp" not in rare
    assert " and 3 more: pass " in rare
    assert len(rare) < 1000


def test_a_class_of_one_speaker(tmp_path):
    table = make_corpus()
    rows = np.flatnonzero(table["speaker"] == "s1")
    table.loc[rows, ["E0", "E1", "E2"]] = "calm"
    _, remarks = remark(tmp_path, table)
    assert remarks == [
        "ratings: all recordings of a class are of the same speaker, so that no evaluation by "
        "speaker can both learn and test it: 'calm' (of 's1')."
    ]
    table.loc[0, ["E0", "E1", "E2"]] = "calm"
    assert remark(tmp_path, table)[1] == []
    # Of whom nothing is known, nothing is said.
    _, remarks = remark(tmp_path, table.drop(columns="speaker"))
    assert ["no column of speakers" in text for text in remarks] == [True]


@pytest.mark.parametrize(
    ("rare", "count", "n", "typo"),
    [
        ("hapiness", 1, 3, True),
        ("hapiness", 1, 2, False),
        ("hapiness", 2, 9, False),
        ("hapiness", 2, 10, True),
        ("happiness 2", 1, 30, False),
    ],
)
def test_small_tables_have_typing_errors_too(tmp_path, rare, count, n, typo):
    labels = [rare] * count + ["happiness"] * n + ["sad"] * n
    table = pd.DataFrame({"file": [f"{i}.wav" for i in range(len(labels))], "label": labels})
    _, remarks = remark(tmp_path, table.assign(speaker="F"))
    assert any("typing errors" in text for text in remarks) == typo


# Several labels in a cell.


@pytest.mark.parametrize(
    "cell",
    [
        "happy,sad",
        "happy , sad",
        "Happy;sad",
        "happy ; sad",
        "happy/sad",
        "happy / sad",
        "happy|sad",
        "happy+ sad",
        "happy & sad",
        "happy and sad",
        "happy AND sad",
        "happy\nsad",
        "happy \r\n sad",
        "happy\uff0csad",
        "happy\u3001sad",
        "['happy', 'sad']",
        '["happy","sad"]',
        ["happy", "sad"],
        "hapy ; sad",
    ],
)
def test_separators(tmp_path, cell):
    table = make_corpus()
    table["E1"] = table["E1"].astype(object)
    table.at[0, "E1"] = cell
    corpus, remarks = remark(tmp_path, table)
    answers = said(corpus)["00"]["E1"]
    assert [answer.lower().replace("hapy", "happy") for answer in answers] == ["happy", "sad"]
    assert any("a rater gave several labels" in text for text in remarks)
    if isinstance(cell, str) and not cell.startswith("["):
        assert remarks[0] == (
            f"ratings: 1 cell with several labels was split, such as {cell!r} (row 0)."
        )


@pytest.mark.parametrize(
    "label", ["mixed/other", "happy-ish", "sand", "rock and roll", "none of the above", "a & b"]
)
def test_labels_that_are_none(tmp_path, label):
    """No part of them is a label."""
    table = make_corpus()
    table.loc[table.index % 5 == 0, ["E0", "E1"]] = label
    corpus, remarks = remark(tmp_path, table)
    assert label in corpus.target_names
    assert remarks == []


@pytest.mark.parametrize("label", ["happy/excited", "angry & frustrated", "sad and tired"])
def test_a_frequent_label_is_not_split(tmp_path, label):
    """Also if somebody chose each of its parts."""
    table = make_corpus()
    one, other = re.split(r"/| & | and ", label)
    table.loc[table.index % 3 == LABELS.index(one), ["E0", "E1", "E2"]] = label
    table = table.replace(one, label)
    table.loc[0, "E0"], table.loc[1, "E0"] = one, other
    corpus, remarks = remark(tmp_path, table)
    assert label in corpus.target_names
    assert remarks[0].startswith("ratings: ")
    assert "since it is more frequent than its parts, such as" in remarks[0]
    assert not any("split" in text for text in remarks)


def test_a_cell_with_an_unknown_part_is_named(tmp_path):
    table = make_corpus()
    table.loc[7, "E1"] = "sad; puzzled"
    corpus, remarks = remark(tmp_path, table)
    assert remarks[0] == (
        "ratings: 1 cell with a separator was read as one label, since not all parts are labels, "
        "such as 'sad; puzzled' (row 7): pass labels={...: ...} if another one is meant."
    )
    assert said(corpus)["07"]["E1"] == ("sad; puzzled",)
    # Who says what it means is heard.
    corpus, remarks = remark(tmp_path, table, labels={"sad; puzzled": "sad"})
    assert said(corpus)["07"]["E1"] == ("sad",)
    assert remarks == []
