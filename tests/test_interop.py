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
