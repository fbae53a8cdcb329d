"""The recipe of Ando et al. (2018): counts of utterances, the single split, and the curve."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.utils import Bunch

from sklearn_ser import ConsensusClassifier, Ratings
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import Evaluation, cross_evaluate
from sklearn_ser.recipes import ando2018

CLASSES = ["anger", "happiness", "neutral", "sadness"]
TITLE = (
    "Utterances by consensus (ambiguous: it is no target class, but somebody gave one; all others "
    "are left out)"
)


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(n_sessions=3, n_utterances=30, random_state=0)


@pytest.fixture(scope="module")
def rows():
    """Rows that need no recordings."""
    return {
        name: ConsensusClassifier(DummyClassifier(strategy=strategy))
        for name, strategy in (("most", "most_frequent"), ("drawn", "stratified"))
    }


def test_counts_of_the_paper_are_beside_ours(corpus):
    table = ando2018().describe(corpus)[TITLE]
    published = table.xs("published", axis=1, level="source")
    assert published["utterances"].to_dict() == {
        "train, clear": 3548,
        "train, ambiguous": 3693,
        "test": 942,
    }
    by_class = published.drop(columns="utterances")
    assert (by_class.sum(axis=1) == published["utterances"]).all()
    assert by_class.loc["test"].to_dict() == {
        "neutral": 384,
        "happiness": 135,
        "sadness": 194,
        "anger": 229,
        "others": 0,
    }


def test_counts_are_those_of_a_loop(corpus):
    expected = {
        name: dict.fromkeys([*CLASSES, "others"], 0) for name in ("clear", "vague", "test")
    }
    session = corpus.data["session"].tolist()
    for i, label in enumerate(corpus.ratings.consensus()):
        chosen = {name for given in corpus.ratings[i].values() for name in given}
        test = session[i] == min(session)
        if label in CLASSES:
            expected["test" if test else "clear"][label] += 1
        elif chosen & set(CLASSES) and not test:
            expected["vague"]["others"] += 1
    table = ando2018().describe(corpus)[TITLE].xs("here", axis=1, level="source")
    for row, name in (("train, clear", "clear"), ("train, ambiguous", "vague"), ("test", "test")):
        assert table.loc[row, list(expected[name])].to_dict() == expected[name]
        assert table.loc[row, "utterances"] == sum(expected[name].values())


def test_a_vote_for_no_target_class_is_neither_clear_nor_ambiguous():
    wide = [["sadness"] * 3, ["anger", "fear", "fear"], ["fear", "fear", "fear"]] * 2
    ratings = Ratings.from_wide(wide, target_classes=["anger", "sadness"])
    data = pd.DataFrame({"speaker": list("aaabbb"), "session": [1, 1, 1, 2, 2, 2]})
    table = ando2018().describe(Bunch(data=data, ratings=ratings))[TITLE]
    assert table["utterances", "here"].tolist() == [1, 1, 1]
    # Without sessions, there is no training set to compare.
    table = ando2018().describe(Bunch(data=data[["speaker"]], ratings=ratings))[TITLE]
    assert table["utterances", "here"].to_dict() == {"clear": 2, "ambiguous": 2}
    assert "published" not in table.columns.get_level_values("source")


def test_one_training_on_all_sessions_but_the_first(corpus, rows):
    found = ando2018().evaluate_published(rows, corpus)
    assert isinstance(found, Evaluation)
    table = found.predictions
    first = np.flatnonzero(corpus.data["session"] == 1)
    fits = table.groupby(["estimator", "seed"])["sample"].agg(list)
    assert len(fits) == 2 * 5
    assert all(samples == first.tolist() for samples in fits)
    assert sorted(table["seed"].unique()) == list(range(5))
    consensus = corpus.ratings.consensus()
    known = [label for label in np.delete(consensus, first) if label in CLASSES]
    most = max(sorted(set(known)), key=known.count)
    assert set(table.query("estimator == 'most'")["prediction"]) == {most}
    drawn = table.query("estimator == 'drawn'").groupby("seed")["prediction"].agg(tuple)
    assert drawn.nunique() == 5
    scored = sum(consensus[i] in CLASSES for i in first)
    said = repr(found)
    for words in (
        "in 1 fold (splits as given), no speaker on both sides",
        "seeds 0, 1, 2, 3, 4; session 1 is the test set, and all others are for training",
        f"which {scored} of 30 tested samples have",
    ):
        assert words in said


def test_fewer_trainings_and_a_cache(corpus, rows, tmp_path):
    recipe = ando2018()
    found = recipe.evaluate_published(rows, corpus, seeds=(3,), memory=tmp_path)
    assert found.predictions["seed"].unique().tolist() == [3]
    for n_jobs in (None, 2):
        kept = {"memory": tmp_path, "n_jobs": n_jobs}
        again = recipe.evaluate_published(rows, corpus, seeds=(3,), **kept)
        # Equal seconds show that nothing was fitted again.
        pd.testing.assert_frame_equal(found.predictions, again.predictions)
    in_parallel = recipe.evaluate_published(rows, corpus, seeds=(3,), n_jobs=2)
    columns = found.predictions.columns.drop("seconds")
    pd.testing.assert_frame_equal(found.predictions[columns], in_parallel.predictions[columns])


def test_corpora_without_a_first_session(corpus, rows):
    without = Bunch(data=corpus.data.drop(columns="session"), ratings=corpus.ratings)
    with pytest.raises(ValueError, match=r"no 'session' to group by; they have .*speaker"):
        ando2018().evaluate_published(rows, without)
    kept = np.flatnonzero(corpus.data["session"] == 2)
    one = Bunch(data=corpus.data.iloc[kept], ratings=corpus.ratings[kept])
    message = "at least two sessions are needed; all samples are of session 2."
    with pytest.raises(ValueError, match=re.escape(message)):
        ando2018().evaluate_published(rows, one)


# The curve


def test_points_of_the_curve_are_rows():
    plain = list(ando2018())
    recipe = ando2018(alphas=[1, 0, 0.25, 0.75])
    more = ["alpha = 1.0, clear + ambiguous", "alpha = 0.25, clear + ambiguous"]
    assert list(recipe) == [*plain, *more]
    encoders = [recipe[name][-1].target_encoder for name in more]
    assert [(encoder.alpha, encoder.keep) for encoder in encoders] == [(1, "all"), (0.25, "all")]
    encoder = recipe["soft, clear + ambiguous"][-1].target_encoder
    assert (encoder.alpha, encoder.keep) == (0, "all")


def test_the_curve_is_drawn_from_what_was_evaluated(corpus, rows):
    points = {0.0: "soft, clear + ambiguous", 0.5: "alpha = 0.5, clear + ambiguous"}
    models = dict(zip(points.values(), rows.values(), strict=True))
    found = cross_evaluate(models, corpus, groups="session", seeds=(0, 1))
    recipe = ando2018(alphas=[0.5, 0, 2])  # that of 2 was not evaluated
    ((title, figure),) = recipe.draw(found).items()
    assert title == "Scores by alpha, trained on clear + ambiguous"
    (ax,) = figure.axes
    lines = {line.get_label(): line for line in ax.lines}
    means = found.pooled.groupby("estimator")[["WA", "UA"]].mean()
    for score in ("WA", "UA"):
        assert lines[score].get_xdata().tolist() == [0, 0.5]
        np.testing.assert_allclose(
            lines[score].get_ydata(), means.loc[list(points.values()), score]
        )
    dots = [line for line in ax.lines if line.get_label() not in ("WA", "UA")]
    assert all(len(line.get_xdata()) == 4 for line in dots)


def test_a_curve_needs_two_points(corpus, rows):
    found = cross_evaluate({"soft, clear + ambiguous": rows["most"]}, corpus, groups="session")
    assert ando2018(alphas=[0, 1]).draw(found) == {}
    assert ando2018().draw(found) == {}


@pytest.mark.parametrize(
    "alphas", [[0.5, 0.5], [0, -1], ["1"], "0.5", 0.5, None, [np.nan], [np.inf], [True]]
)
def test_alphas_that_are_none(alphas):
    message = f"alphas must be different numbers of 0 or more, got {alphas!r}."
    with pytest.raises(ValueError, match=re.escape(message)):
        ando2018(alphas=alphas)


def test_alphas_in_an_array():
    assert list(ando2018(alphas=np.array([0.5])))[-1] == "alpha = 0.5, clear + ambiguous"
