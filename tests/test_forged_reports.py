"""The report beside a model, as somebody else may have written it."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from sklearn_ser._cli._evaluate_model import _make_majority
from sklearn_ser._cli._models import LABELS, get_report_folder

CLASSES = np.array(["angry", "sad"])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.skops"
    get_report_folder(path).mkdir()
    return path


def write(path, angry, sad):
    text = f"label,consensus\nangry,{angry}\nsad,{sad}\n"
    (get_report_folder(path) / LABELS).write_text(text)


def test_counts_of_labels_are_no_sizes(path):
    """A list of so many labels would need terabytes."""
    write(path, 10**12, 3 * 10**12)
    name, model = _make_majority(path, CLASSES, ["angry"])
    assert name == "majority class of the training data"
    assert model.predict_proba([[0]]).tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize("counts", [(3, 5), (5, 3), (4, 4), (1, 6)])
def test_counts_predict_as_so_many_labels_do(counts, path):
    write(path, *counts)
    labels = np.repeat(CLASSES, counts)
    expected = DummyClassifier().fit(np.zeros((len(labels), 1)), labels)
    _, found = _make_majority(path, CLASSES, [])
    np.testing.assert_array_equal(found.predict_proba([[0]]), expected.predict_proba([[0]]))
    assert found.predict([[0]]) == expected.predict([[0]])


@pytest.mark.parametrize("counts", [(0, 0), (-5, 0)])
def test_without_counts_the_new_recordings_count(counts, path):
    write(path, *counts)
    name, model = _make_majority(path, CLASSES, ["sad", "sad", "angry", None])
    assert name == "majority class of these recordings"
    assert model.predict([[0]]).tolist() == ["sad"]
