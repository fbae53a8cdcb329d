"""The recipe of Chou and Lee (2019): its Table 1, its published recalls, and its search."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.utils import Bunch

from sklearn_ser import Ratings, Sequences, SoftTargetEncoder
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.metrics import cross_entropy
from sklearn_ser.recipes import chou2019
from sklearn_ser.recipes._chou2019_search import score_targets
from sklearn_ser.splits import SpeakerKFold

CLASSES = ["neutral", "anger", "happiness", "sadness"]


@pytest.fixture(scope="module")
def corpus():
    return make_dyadic_corpus(n_sessions=3, n_utterances=40, random_state=0)


def describe(corpus, **settings):
    (table,) = chou2019(**settings).describe(corpus).values()
    return table.xs("here", axis=1, level="source")


# Published


def test_recalls_of_the_slides_make_the_printed_ua():
    row = chou2019().published.loc["E_N only"]
    recalls = [row[f"recall_{label}"] for label in CLASSES]
    assert recalls == [49.64, 63.64, 61.48, 66.19]
    assert np.mean(recalls) == pytest.approx(row["UA"], abs=0.005)
    assert chou2019().average == "folds"


def test_table_1_of_the_paper_adds_up():
    (table,) = chou2019().describe(make_dyadic_corpus(n_sessions=1, random_state=0)).values()
    table = table.xs("published", axis=1, level="source").dropna()
    assert table.index.tolist() == ["CrowdH", "CrowdS", "E1", "E2", "E4", "E5", "E6"]
    assert (table["soft"] + table["hard"]).tolist() == table["utterances"].tolist()
    # E6 is misprinted: its shares add up to 100.09.
    sums = table[CLASSES].sum(axis=1)
    assert sums.index[(sums - 100).abs() > 0.02].tolist() == ["E6"]
    assert sums["E6"] == pytest.approx(100.09)
    # CrowdH has the classes of the consensus: 1,708, 1,103, 1,636 and 1,084 of 5,531.
    expected = 100 * np.array([1708, 1103, 1636, 1084]) / 5531
    np.testing.assert_allclose(table.loc["CrowdH", CLASSES].astype(float), expected, atol=0.01)


# Table 1 of any corpus


def test_table_1_by_hand():
    wide = [
        ["sadness", "sadness", ("sadness", "anger"), ("sadness", "anger")],
        ["other", "sadness", "sadness", None],
        ["other", "other", "anger", None],
        ["happiness", "anger", None, None],
    ]
    ratings = Ratings.from_wide(
        wide, annotators=["E1", "E2", "E4", "M3"], target_classes=sorted(CLASSES[1:])
    )
    corpus = Bunch(data=Sequences.from_arrays(np.zeros((4, 1, 1))), ratings=ratings)
    names = ["E1", "E2", "E4"]
    table = describe(corpus, annotators=names)[["utterances", "soft", "hard"]]
    assert table.loc["CrowdH"].tolist() == [2, 0, 2]
    assert table.loc["CrowdS"].tolist() == [4, 2, 2]
    assert table.loc["E1"].tolist() == [2, 0, 2]
    assert table.loc["E4"].tolist() == [3, 1, 2]
    # The third utterance has a single vote for a target class.
    table = describe(corpus, annotators=names, min_target_votes=2)
    assert table.loc["CrowdS", ["utterances", "soft", "hard"]].tolist() == [3, 2, 1]
    assert table.loc["E4", "utterances"] == 3
    # Every label of a rater counts: 7 of 11 votes are for sadness.
    shares = table.loc["CrowdS", ["anger", "happiness", "sadness"]].astype(float)
    votes = np.array([2 + 1, 1, 4 + 2])
    np.testing.assert_allclose(shares, 100 * votes / votes.sum())


@pytest.mark.parametrize("least", [1, 2, 3])
def test_crowds_learns_what_table_1_counts(corpus, least):
    row = chou2019(min_target_votes=least)
    for encoder in (row["CrowdS"][-1].target_encoder, row["Proposed"][-1].soft_encoder):
        n = (~np.isnan(encoder.fit_transform(corpus.ratings)).any(axis=1)).sum()
        found = describe(corpus, min_target_votes=least)
        assert found.loc["CrowdS", "utterances"] == n
    # Raters have hardly ever two votes of their own.
    assert row["Proposed"][-1].estimator.target_encoder.min_target_votes == 1


def test_annotators_who_are_shown(corpus):
    every = corpus.ratings.annotators.tolist()
    n_rated = {
        name: corpus.ratings.select(name).counts(CLASSES).any(axis=1).sum() for name in every
    }
    shown = describe(corpus).dropna().index[2:].tolist()
    assert shown
    assert set(shown) <= set(every)
    assert all(n_rated[name] >= 30 for name in shown)
    wide = np.array(CLASSES, dtype=object)[np.random.default_rng(0).integers(4, size=(40, 25))]
    data = Sequences.from_arrays(np.zeros((40, 1, 1)))
    crowd = Bunch(data=data, ratings=Ratings.from_wide(wide))
    assert len(describe(crowd).dropna()) == 2 + 20
    anonymous = Bunch(data=data, ratings=Ratings.from_labels(wide[:, 0]))
    assert describe(anonymous).dropna().index.tolist() == ["CrowdH", "CrowdS"]
    # A name that the corpus does not have is in no row of it.
    assert "E9" not in describe(corpus, annotators=["E9"]).dropna().index


# Search


def test_a_small_grid_is_searched_by_every_member_on_inner_speakers():
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=96)
    frames = [rng.normal(label, 1, size=(5, 3)) for label in labels]
    X = Sequences.from_arrays(frames, speaker=np.repeat(["F1", "M1", "F2", "M2"], 24))
    said = np.where(
        rng.uniform(size=(96, 2)) < 0.8, labels[:, None], rng.integers(4, size=(96, 2))
    )
    y = Ratings.from_wide(np.array(CLASSES, dtype=object)[said], annotators=["E1", "E2"])
    grid = {"lr": [1e-6, 1e-2], "batch_size": [8], "max_epochs": [1, 3]}
    recipe = chou2019(annotators=["E1", "E2"], grid=grid, quick=True)
    model = recipe["Proposed"][-1].set_params(random_state=0).fit(X, y)
    assert list(model.members_) == ["crowd-hard", "crowd-soft", "E1", "E2"]
    for name, search in model.members_.items():
        assert isinstance(search, GridSearchCV)
        # One learning rate does nothing, so that the other is chosen for everybody.
        assert search.best_params_["lr"] == 1e-2, name
        assert len(search.cv_results_["params"]) == 4
        # The best score is that of three networks that were tested on strangers.
        assert isinstance(search.cv, SpeakerKFold)
    assert model.predict(X).shape == (96,)
    scored = model.members_["E1"]
    own = y.select("E1")
    scores = []
    for train, test in SpeakerKFold(3).split(X, own):
        assert not set(X.speaker[train]) & set(X.speaker[test])
        network = scored.estimator.set_params(**scored.best_params_)
        network.fit(X[train], own[train])
        scores.append(score_targets(network, X[test], own[test]))
    assert scored.best_score_ == pytest.approx(np.mean(scores))


def test_the_score_is_the_loss_of_the_members_own_targets():
    rng = np.random.default_rng(0)
    X = Sequences.from_arrays(rng.normal(size=(12, 4, 2)))
    wide = np.array(CLASSES, dtype=object)[rng.integers(4, size=(12, 3))]
    wide[0] = None
    y = Ratings.from_wide(wide)
    network = chou2019(quick=True)["CrowdS"][-1].set_params(max_epochs=1, random_state=0).fit(X, y)
    targets = SoftTargetEncoder(alpha=0.75).fit_transform(y)[1:]
    proba = network.predict_proba(X)[1:]
    expected = np.mean([sum(q * np.log(p)) for q, p in zip(targets, proba, strict=True)])
    assert score_targets(network, X, y) == pytest.approx(expected)
    network.set_params(target_encoder=SoftTargetEncoder(alpha=0)).fit(X, y)
    plain = cross_entropy(y, network.predict_proba(X), classes=network.classes_)
    assert score_targets(network, X, y) == pytest.approx(-plain)
    assert np.isnan(score_targets(network, X[:1], y[:1]))


def test_without_a_grid_nothing_is_searched():
    assert not any(isinstance(row[-1], GridSearchCV) for row in chou2019().values())
    recipe = chou2019(annotators=["E1"], grid={"lr": [0.1]})
    assert isinstance(recipe["CrowdH"][-1], GridSearchCV)
    assert isinstance(recipe["E1"][-1].estimator, GridSearchCV)
