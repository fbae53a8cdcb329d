"""Tables about fitted estimators that cross_evaluate collects."""

import functools
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from sklearn_ser import ConsensusClassifier, Ratings
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.evaluation._details import average_details
from sklearn_ser.recipes import Recipe

CLASSES = ["angry", "sad"]
GROUPS = np.repeat(["F1", "M1", "F2"], 8)


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=24), "speaker": GROUPS})
    return Bunch(data=X, ratings=Ratings.from_labels(np.tile(CLASSES, 12)))


def show_means(row):
    """Also what shows in which form the row arrives, and a table for one of the rows only."""
    inner = row[-1] if hasattr(row, "steps") else row
    table = pd.DataFrame(
        {"share": inner.estimator_.class_prior_, "n": 1}, index=pd.Index(CLASSES, name="class")
    )
    tables = {"classes": table}
    if hasattr(row, "steps"):
        tables["steps"] = pd.DataFrame({"step": [name for name, _ in row.steps]})
    return tables


def rows():
    plain = ConsensusClassifier(DummyClassifier(strategy="prior"))
    return {"plain": plain, "piped": make_pipeline("passthrough", plain)}


def test_a_table_of_all_fits(corpus):
    settings = {"seeds": (0, 3)}
    found = cross_evaluate(rows(), corpus, inspect=show_means, **settings)
    assert list(found.details) == ["classes", "steps"]
    table = found.details["classes"]
    assert table.columns.tolist() == ["estimator", "seed", "fold", "class", "share", "n"]
    expected, labels = [], corpus.ratings.consensus()
    for seed in (0, 3):
        for fold, (train, _) in enumerate(LeaveOneGroupOut().split(labels, groups=GROUPS)):
            for name in ("plain", "piped"):
                for label in CLASSES:
                    share = (labels[train] == label).mean()
                    expected.append([name, seed, fold, label, share, 1])
    assert table.to_numpy().tolist() == expected
    steps = found.details["steps"]
    assert set(steps["estimator"]) == {"piped"}
    assert steps["step"].tolist()[:2] == ["passthrough", "consensusclassifier"]
    pd.testing.assert_frame_equal(
        cross_evaluate(rows(), corpus, **settings).predictions.drop(columns="seconds"),
        found.predictions.drop(columns="seconds"),
    )
    in_parallel = cross_evaluate(rows(), corpus, inspect=show_means, n_jobs=2, **settings)
    pd.testing.assert_frame_equal(in_parallel.details["classes"], table)


def test_nothing_is_asked_by_default(corpus):
    assert cross_evaluate(rows(), corpus).details == {}


def test_a_recipe_brings_its_own(corpus):
    recipe = Recipe(
        rows(),
        paper="None",
        published=pd.DataFrame(),
        groups="speaker",
        baseline="plain",
        inspect=show_means,
    )
    assert set(cross_evaluate(recipe, corpus).details) == {"classes", "steps"}
    other = cross_evaluate(recipe, corpus, inspect=functools.partial(name_class))
    assert set(other.details) == {"type"}


def name_class(row):
    return {"type": pd.DataFrame({"type": [type(row).__name__]})}


def test_steps_that_learn_nothing_are_not_part_of_it(corpus):
    # StandardScaler learns, and the pipeline therefore stays whole.
    data = Bunch(data=corpus.data[["a"]], ratings=corpus.ratings)
    model = make_pipeline(StandardScaler(), ConsensusClassifier(LogisticRegression()))
    found = cross_evaluate(
        model, data, groups=GROUPS, allow_shared_speakers=True, inspect=name_class
    )
    assert found.details["type"]["type"].unique().tolist() == ["Pipeline"]


def test_caches_without_tables_stay_valid(corpus, tmp_path, monkeypatch):
    one = cross_evaluate(rows(), corpus, memory=tmp_path)
    calls = []
    fit = ConsensusClassifier.fit
    monkeypatch.setattr(
        ConsensusClassifier, "fit", lambda self, X, y: calls.append(1) or fit(self, X, y)
    )
    again = cross_evaluate(rows(), corpus, memory=tmp_path)
    assert calls == []
    pd.testing.assert_frame_equal(one.predictions, again.predictions)
    first = cross_evaluate(rows(), corpus, memory=tmp_path, inspect=show_means)
    assert len(calls) == 6
    second = cross_evaluate(rows(), corpus, memory=tmp_path, inspect=show_means)
    assert len(calls) == 6
    pd.testing.assert_frame_equal(first.details["classes"], second.details["classes"])
    # Another function is another result.
    cross_evaluate(rows(), corpus, memory=tmp_path, inspect=name_class)
    assert len(calls) == 12


def test_a_function_without_a_name_cannot_be_kept(corpus, tmp_path):
    def nested(row):
        return {"w": pd.DataFrame({"n": [1]})}

    for function in (nested, lambda row: {}):
        message = r"with memory, inspect must be a function of a module, .*; got <function "
        with pytest.raises(ValueError, match=message):
            cross_evaluate(rows(), corpus, memory=tmp_path, inspect=function)
    found = cross_evaluate(rows(), corpus, inspect=nested)
    assert len(found.details["w"]) == 6
    # A function with arguments is another one if they differ.
    for n in (1, 2):
        count = functools.partial(count_rows, n=n)
        found = cross_evaluate(rows(), corpus, memory=tmp_path, inspect=count)
        assert found.details["n"]["n"].unique().tolist() == [n]


def count_rows(row, n):
    return {"n": pd.DataFrame({"n": [n]})}


def test_means_over_folds_and_seeds():
    table = pd.DataFrame(
        {
            "estimator": ["b", "b", "b", "a"],
            "seed": [0, 0, 1, 0],
            "fold": [0, 1, 0, 0],
            "class": ["sad", "sad", "sad", "sad"],
            "weight": [1.0, 2.0, 6.0, 5.0],
        }
    )
    found = average_details(table)
    assert found.to_numpy().tolist() == [["b", "sad", 3.0], ["a", "sad", 5.0]]
    assert found.columns.tolist() == ["estimator", "class", "weight"]


@pytest.mark.parametrize(
    ("tables", "error", "message"),
    [
        (None, TypeError, "inspect must return a dict of names and DataFrames; got NoneType."),
        ({"a": [1]}, TypeError, "dict of names and DataFrames; got a dict with list."),
        (
            {"w": pd.DataFrame({"fold": [0]})},
            ValueError,
            "tables of inspect must not have the columns ['estimator', 'seed', 'fold'], which are "
            "added; 'w' has ['fold'].",
        ),
        (
            {"w": pd.DataFrame({"x": [0]}, index=pd.Index(["a"], name="seed"))},
            ValueError,
            "'w' has ['seed'].",
        ),
    ],
)
def test_tables_that_are_none(corpus, tables, error, message):
    with pytest.raises(error, match=re.escape(message)) as caught:
        cross_evaluate(rows(), corpus, inspect=lambda row: tables)
    assert caught.value.__notes__ == ["This error arose in estimator 'plain', seed 0, fold 0."]


def test_what_cannot_be_called(corpus):
    with pytest.raises(TypeError, match=r"inspect must be a function of a fitted .*; got str\."):
        cross_evaluate(rows(), corpus, inspect="weights")
