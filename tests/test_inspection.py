"""Displays show what is in the ratings."""

import matplotlib as mpl
import numpy as np
import pytest

from sklearn_ser import Ratings
from sklearn_ser.inspection import AnnotatorDisplay

mpl.use("Agg")


@pytest.fixture
def y():
    cells = [["sad", "angry"], ["sad", "sad"], ["other", "angry"], ["angry", None]]
    return Ratings.from_wide(cells, ["E1", "E2"], target_classes=["angry", "sad"])


def test_shares_of_annotators_and_crowd(y):
    display = AnnotatorDisplay.from_ratings(y)
    assert display.shares.index.tolist() == ["crowd", "E1", "E2"]
    np.testing.assert_allclose(display.shares, [[3 / 6, 3 / 6], [1 / 3, 2 / 3], [2 / 3, 1 / 3]])
    assert display.n_ratings.tolist() == [6, 3, 3]
    widths = np.array([bar.get_width() for bar in display.ax_.patches]).reshape(2, 3)
    np.testing.assert_allclose(widths.T, display.shares)
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["angry", "sad"]


def test_on_axes_of_ones_own(y):
    _, ax = mpl.pyplot.subplots()
    display = AnnotatorDisplay.from_ratings(y, classes=["other", "sad"], annotators=["E2"], ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.shares.columns.tolist() == ["other", "sad"]
    assert display.shares.index.tolist() == ["crowd", "E2"]


def test_unknown_annotators(y):
    with pytest.raises(ValueError, match=r"annotators \['E9'\] are not among .* \['E1', 'E2'\]"):
        AnnotatorDisplay.from_ratings(y, annotators=["E9"])
