"""The truth and the raters' confusions in turns: what EM promises, and what it recovers."""

import numpy as np
import pandas as pd
import pytest
from _crowd import CLASSES, CONFUSIONS, rate, simulate
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import AttentionBLSTMClassifier, CrowdEMClassifier, Ratings, Sequences
from sklearn_ser.classifiers import _confusions as em
from sklearn_ser.classifiers._crowd_em import iterate_em
from sklearn_ser.classifiers._soft_fit import fit_soft
from sklearn_ser.features import SequenceStatistics


@pytest.fixture(scope="module")
def crowd():
    return simulate(1000)


@pytest.fixture(scope="module")
def fitted(crowd):
    X, _, said = crowd
    return CrowdEMClassifier(LogisticRegression()).fit(X, rate(said))


@pytest.mark.parametrize("shrinkage", [0, 5])
def test_the_objective_never_falls(shrinkage):
    X, _, said = simulate(60, distance=1.0)
    said[np.random.default_rng(1).random(said.shape) < 0.5] = None
    ratings = rate(said)
    ratings = ratings[ratings.lengths > 0]
    X = X[: len(ratings)]
    votes, weights, found = em.tabulate_votes(ratings), np.ones(len(X)), []

    def predict(truth):
        model = fit_soft(LogisticRegression(tol=1e-10, max_iter=1000), X, truth, CLASSES)
        found.append((model.coef_**2).sum() / 2)
        return model.predict_proba(X)

    truth = em.start_truth(em.count_labels(votes))
    pool = em.pool_raters(votes, truth)
    objective = []
    rounds = iterate_em(votes, truth, shrinkage, predict, weights)
    for _, step in zip(range(40), rounds, strict=False):
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.nansum(pool * np.log(step.confusions[:-1])) if shrinkage else 0
        objective.append(step.log_likelihood + shrinkage * drawn - found[-1])
    assert (np.diff(objective) > -1e-6).all(), np.diff(objective).min()
    assert objective[-1] > objective[0] + 1


def test_known_raters_are_recovered(fitted, crowd):
    X, truth, _ = crowd
    assert np.abs(fitted.confusions_ - CONFUSIONS).max() < 0.05
    assert (fitted.predict(X) == truth).mean() > 0.95
    assert fitted.annotators_ == ["E1", "E2", "E3"]
    np.testing.assert_allclose(fitted.confusions_.sum(axis=2), 1)
    np.testing.assert_allclose(fitted.targets_.sum(axis=1), 1)


def test_a_rater_with_few_ratings_is_near_the_average(crowd):
    X, _, said = crowd
    few = np.full((len(said), 1), None, dtype=object)
    few[:10, 0] = said[:10, 0]
    names = ["E1", "E2", "E3", "few"]
    model = CrowdEMClassifier(LogisticRegression()).fit(X, rate(np.hstack([said, few]), names))
    own = model.confusions_[model.annotators_.index("few")]
    to_average = np.abs(own - model.average_confusion_).mean()
    assert to_average < np.abs(own - 1 / 3).mean()


def test_one_who_answers_at_random_does_no_harm(fitted, crowd):
    X, truth, said = crowd
    random = np.random.default_rng(2).choice(CLASSES, (len(said), 1)).astype(object)
    names = ["E1", "E2", "E3", "random"]
    model = CrowdEMClassifier(LogisticRegression()).fit(X, rate(np.hstack([said, random]), names))
    assert np.abs(model.confusions_[:3] - fitted.confusions_).max() < 0.02
    accuracies = [(m.predict(X) == truth).mean() for m in (model, fitted)]
    assert abs(accuracies[0] - accuracies[1]) < 0.01
    answers = model.predict_annotators(X[:5], ["random"])
    np.testing.assert_allclose(answers, 1 / 3, atol=0.05)


def test_an_enrolled_rater_is_known_and_nothing_else_changes(fitted, crowd):
    X, _, said = crowd
    others, proba = fitted.confusions_.copy(), fitted.predict_proba(X)
    model = CrowdEMClassifier(LogisticRegression()).fit(X, rate(said[:, :2], ["E1", "E2"]))
    before = model.confusions_.copy()
    assert model.enrol(X, rate(said[:, 2:], ["E3"])) is model
    assert model.annotators_ == ["E1", "E2", "E3"]
    np.testing.assert_array_equal(model.confusions_[:2], before)
    assert np.abs(model.confusions_[2] - CONFUSIONS[2]).max() < 0.05
    assert model.predict_annotators(X[:2]).shape == (2, 3, 3)
    np.testing.assert_array_equal(fitted.confusions_, others)
    np.testing.assert_array_equal(fitted.predict_proba(X), proba)


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (rate([["sad"], ["sad"]], ["E1"]), "raters are known already: 'E1'"),
        (Ratings.from_labels(["sad", "sad"]), "must have an identity to be enrolled"),
        (rate([["sad"], ["calm"]], ["E9"]), r"labels must be among .* got 'calm'"),
    ],
)
def test_who_cannot_be_enrolled(fitted, crowd, ratings, message):
    with pytest.raises(ValueError, match=message):
        fitted.enrol(crowd[0][:2], ratings)
    assert fitted.annotators_ == ["E1", "E2", "E3"]


def test_answers_of_annotators_by_name(fitted, crowd):
    X = crowd[0][:20]
    every = fitted.predict_annotators(X)
    np.testing.assert_array_equal(fitted.predict_annotators(X, ["E3", "E1"]), every[:, [2, 0]])
    by_hand = np.einsum("nk,akl->nal", fitted.predict_proba(X), fitted.confusions_)
    np.testing.assert_allclose(every, by_hand)
    with pytest.raises(ValueError, match="unknown annotators 'E7'; known are 'E1', 'E2', 'E3'"):
        fitted.predict_annotators(X, ["E7"])


def test_other_labels_are_informative(crowd):
    """A rater who hears sadness as "other" still tells sadness from the rest."""
    X, truth, said = crowd
    said = said[:600, :2].copy()
    said[said == "sad"] = "other"
    table = pd.DataFrame(said, columns=["E1", "E2"]).assign(E3="angry")
    table.loc[truth[:600] == "sad", "E3"] = np.where(np.arange(200) < 100, "sad", None)
    table.loc[truth[:600] != "sad", "E3"] = None
    y = Ratings.from_wide(table, target_classes=CLASSES.tolist())
    model = CrowdEMClassifier(LogisticRegression()).fit(X[:600], y)
    sad, other = model.classes_.tolist().index("sad"), model.labels_.tolist().index("other")
    assert model.confusions_[0, sad, other] > 0.6
    assert (model.predict(X[:600]) == truth[:600]).mean() > 0.9


def test_unrated_samples_and_samples_without_weight_are_left_out(crowd):
    X, _, said = (part[:300] for part in crowd)
    said = said.copy()
    said[::10] = None
    weights = np.ones(300)
    weights[5::10] = 0
    used = np.arange(300) % 5 != 0
    model = CrowdEMClassifier(LogisticRegression()).fit(X, rate(said), weights)
    expected = CrowdEMClassifier(LogisticRegression()).fit(X[used], rate(said[used]))
    np.testing.assert_allclose(model.confusions_, expected.confusions_)
    assert np.isnan(model.targets_[~used]).all()
    np.testing.assert_allclose(model.targets_[used], expected.targets_)


def test_a_forest_needs_predictions_out_of_fold():
    """One that has memorised its targets confirms them, whatever raters say."""
    X, truth, said = simulate(150, distance=2.0)
    forest = RandomForestClassifier(50, min_samples_leaf=2, random_state=0)
    correct = {}
    for cv in ("auto", None):
        # In-sample it settles at once; out of fold the forest's votes keep changing a little.
        model = CrowdEMClassifier(forest, cv=cv, max_iter=8, tol=0.3).fit(X, rate(said))
        correct[cv] = (model.classes_[model.targets_.argmax(axis=1)] == truth).mean()
    assert correct["auto"] > correct[None] + 0.03, correct


def test_networks_and_pipelines_on_frames():
    X, truth, said = simulate(40)
    speakers = np.arange(120) // 12
    frames = Sequences.from_arrays([[row, row] for row in X], speaker=speakers)
    linear = make_pipeline(SequenceStatistics(), StandardScaler(), LogisticRegression())
    model = CrowdEMClassifier(linear).fit(frames, rate(said))
    assert (model.predict(frames) == truth).mean() > 0.9
    network = AttentionBLSTMClassifier(
        (8, 0, 0), lr=0.05, max_epochs=10, early_stopping=False, random_state=0
    )
    model = CrowdEMClassifier(network, cv=2, max_iter=3, tol=1).fit(frames, rate(said))
    assert (model.predict(frames) == truth).mean() > 0.8


def test_too_few_rounds_are_told(crowd):
    X, _, said = (part[:90] for part in crowd)
    with pytest.warns(ConvergenceWarning, match="still changed by .* in round max_iter=1"):
        CrowdEMClassifier(LogisticRegression(), max_iter=1, tol=0).fit(X, rate(said))


def test_one_class_is_too_few():
    y = Ratings.from_wide([["sad", "calm"]] * 4, target_classes=["sad", "angry"])
    with pytest.raises(ValueError, match=r"at least two classes .* target classes \['sad'\]"):
        CrowdEMClassifier(LogisticRegression()).fit(np.zeros((4, 1)), y)
