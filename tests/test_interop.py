"""Ratings go to other packages' forms and come back."""

import numpy as np
import pandas as pd
import pytest

from sklearn_ser import Ratings, interop

CLASSES = ["angry", "happy", "sad"]
CELLS = [["sad", None, "angry"], [None, "sad", "sad"], ["angry", "happy", None]]


@pytest.fixture
def y():
    return Ratings.from_wide(CELLS, annotators=["a", "b", "c"], target_classes=CLASSES)


def test_crowdkit(y):
    table = interop.to_crowdkit(y)
    assert list(table.columns) == ["task", "worker", "label"]
    assert len(table) == 6
    assert interop.from_crowdkit(table, samples=range(3), target_classes=CLASSES) == y


def test_matrix(y):
    matrix = interop.to_matrix(y)
    np.testing.assert_array_equal(matrix, [[2, np.nan, 0], [np.nan, 2, 2], [0, 1, np.nan]])
    assert list(matrix.columns) == ["a", "b", "c"]
    assert interop.from_matrix(matrix, CLASSES) == y
    assert interop.from_matrix(matrix.to_numpy(), CLASSES, ["a", "b", "c"]) == y


def test_audformat(y):
    index = pd.Index(["x.wav", "y.wav", "z.wav"], name="file")
    table = interop.to_audformat(y, index)
    assert table.index.equals(index)
    assert table["a"].tolist() == ["sad", np.nan, "angry"] or pd.isna(table["a"].iloc[1])
    assert interop.from_audformat(table, target_classes=CLASSES) == y
    extra = table.assign(speaker=["F", "M", "F"])
    assert interop.from_audformat(extra, ["a", "b", "c"], target_classes=CLASSES) == y


def test_of_several_labels_the_first_is_kept():
    y = Ratings.from_wide(
        [[["sad", "angry"], "happy"]], annotators=["a", "b"], target_classes=CLASSES
    )
    assert interop.to_crowdkit(y)["label"].tolist() == ["sad", "happy"]
    assert interop.to_matrix(y).to_numpy().tolist() == [[2, 1]]
    # Of the classes asked for.
    assert interop.to_matrix(y, ["angry"]).iloc[0, 0] == 0


def test_what_they_refuse(y):
    anonymous = Ratings.from_counts([[1, 2]], ["angry", "sad"])
    for convert in (interop.to_crowdkit, interop.to_matrix):
        with pytest.raises(
            ValueError, match="this format needs named raters, but some are anonymous"
        ):
            convert(anonymous)
    with pytest.raises(ValueError, match="codes must be 0 to 2 or NaN; not for samples 1, 2"):
        interop.from_matrix([[0, 1], [3, 0], [0.5, np.nan]], CLASSES)
    with pytest.raises(ValueError, match="one entry per sample: 3, got 2"):
        interop.to_audformat(y, pd.Index(["x", "y"]))


def test_matrices_keep_names_and_order():
    frame = pd.DataFrame({"a": [1, None], "b": [0, 1]}, index=["x.wav", "y.wav"])
    y = interop.from_matrix(frame, ["sad", "angry"])
    assert y.annotators.tolist() == ["a", "b"]
    assert list(y.ids) == ["x.wav", "y.wav"]
    assert y.target_classes == ("sad", "angry")
    assert y[0] == {"a": ("angry",), "b": ("sad",)}
    assert interop.from_matrix(frame.to_numpy(), [7, 9]).ids is None
    assert interop.from_matrix(frame.to_numpy(), [7, 9]).labels.tolist() == [7, 9]


def test_columns_of_audformat_that_are_no_raters():
    """As tables of audformat are: labels are categorical, other schemes are of other types."""
    scheme = pd.CategoricalDtype(CLASSES)
    index = pd.Index(["x.wav", "y.wav", "z.wav"], name="file")
    labels = {
        name: pd.Series(said, index, dtype=scheme)
        for name, said in zip("ab", CELLS[:2], strict=True)
    }
    raters = pd.DataFrame(labels)
    assert interop.from_audformat(raters).annotators.tolist() == ["a", "b"]
    assert list(interop.from_audformat(raters).ids) == index.tolist()
    others = {
        "confidence": [0.5, 0.6, 1.0],
        "votes": pd.array([3, 4, None], dtype="Int64"),
        "laughs": pd.array([True, False, None], dtype="boolean"),
        "onset": pd.to_timedelta([0, 1, 2], unit="s"),
        "date": pd.date_range("2020", periods=3),
    }
    for name, values in others.items():
        with pytest.raises(
            ValueError, match=rf"columns \['{name}'\] hold no labels. Name the col"
        ):
            interop.from_audformat(raters.assign(**{name: values}))
    speaker = pd.Categorical(["F", "M", "F"])
    message = r"columns \['a', 'b'\] and \['speaker'\] hold labels of different schemes. Name the"
    for values in (speaker, ["F", "M", "F"]):
        with pytest.raises(ValueError, match=message):
            interop.from_audformat(raters.assign(speaker=values))
    everything = raters.assign(speaker=speaker, **others)
    assert interop.from_audformat(everything, ["a", "b"]) == interop.from_audformat(raters)
    with pytest.raises(TypeError, match=r"Table.get\(\) returns, got list"):
        interop.from_audformat([["sad"]])


def test_audformat_itself():
    """A database of audformat, with raters in its own way."""
    audformat = pytest.importorskip("audformat")
    database = audformat.Database("emotions")
    database.schemes["emotion"] = audformat.Scheme(labels=CLASSES)
    database.schemes["confidence"] = audformat.Scheme("float", minimum=0, maximum=1)
    for rater in "abc":
        database.raters[rater] = audformat.Rater()
    table = audformat.Table(audformat.filewise_index(["x.wav", "y.wav", "z.wav"]))
    database["emotion"] = table
    for rater, said in zip("abc", np.array(CELLS, dtype=object).T, strict=True):
        table[rater] = audformat.Column(scheme_id="emotion", rater_id=rater)
        table[rater].set(list(said))
    y = interop.from_audformat(table.get(), target_classes=CLASSES)
    assert y == Ratings.from_wide(CELLS, annotators=["a", "b", "c"], target_classes=CLASSES)
    segments = audformat.segmented_index(["x.wav"] * 3, [0, 1, 2], [1, 2, 3])
    assert interop.from_audformat(table.get().set_axis(segments)).ids is None
    table["confidence"] = audformat.Column(scheme_id="confidence", rater_id="a")
    table["confidence"].set([0.5, 0.6, 0.7])
    with pytest.raises(ValueError, match=r"columns \['confidence'\] hold no labels"):
        interop.from_audformat(table.get())
