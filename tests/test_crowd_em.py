"""The truth and the raters' confusions in turns: what EM promises, and what it recovers."""

import numpy as np
import pandas as pd
import pytest
from _crowd import CLASSES, CONFUSIONS, rate, simulate
from _versions import has_scikit_learn
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import AttentionBLSTMClassifier, CrowdEMClassifier, Ratings, Sequences
from sklearn_ser.classifiers import _confusions as em
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
    rounds = em.iterate_em(votes, truth, shrinkage, predict, weights)
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
    # Before scikit-learn 1.9, forests ignore weights when they draw samples.
    margin = 0.03 if has_scikit_learn("1.9") else 0.02
    assert correct["auto"] > correct[None] + margin, correct


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
    with pytest.warns(UserWarning, match=r"\['angry'\] are not among the labels"):
        y = Ratings.from_wide([["sad", "calm"]] * 4, target_classes=["sad", "angry"])
    with pytest.raises(ValueError, match=r"at least two classes .* target classes \['sad'\]"):
        CrowdEMClassifier(LogisticRegression()).fit(np.zeros((4, 1)), y)


def test_weights_are_repetitions(crowd):
    """Of samples with all their ratings, in the classifier and in the confusions."""
    X, _, said = (part[:300] for part in crowd)
    times = np.random.default_rng(0).integers(0, 4, 300)
    rows = np.repeat(np.arange(300), times)
    linear = LogisticRegression(tol=1e-8, max_iter=1000)
    settings = {"max_iter": 200, "tol": 1e-6}
    found = CrowdEMClassifier(linear, **settings).fit(X, rate(said), times)
    expected = CrowdEMClassifier(linear, **settings).fit(X[rows], rate(said[rows]))
    np.testing.assert_allclose(found.confusions_, expected.confusions_, atol=1e-4)
    np.testing.assert_allclose(found.prior_, expected.prior_, atol=1e-4)
    np.testing.assert_allclose(found.log_likelihood_[-1], expected.log_likelihood_[-1], rtol=1e-5)
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(X), atol=1e-3)


def test_rows_of_given_splits_are_those_of_all_samples(crowd):
    X, _, said = (part[:90] for part in crowd)
    weights = (np.arange(90) % 7 > 0).astype(float)
    splits = [(np.flatnonzero(np.arange(90) % 3 != k), np.arange(90) % 3 == k) for k in range(3)]
    splits.append((list(range(1, 90)), [0, 7]))  # both are left out
    splits[0] = (splits[0][0], splits[0][1] & ~np.isin(np.arange(90), [0, 7]))
    splits[1] = (splits[1][0], splits[1][1] & ~np.isin(np.arange(90), [0, 7]))
    used = np.flatnonzero(weights)
    place = {row: i for i, row in enumerate(used.tolist())}
    own = []
    for train, test in splits[:3]:
        test = np.flatnonzero(test)
        own.append(
            [[place[r] for r in np.asarray(p).tolist() if r in place] for p in (train, test)]
        )
    forest = RandomForestClassifier(5, random_state=0)
    settings = {"max_iter": 2, "tol": 1}
    found = CrowdEMClassifier(forest, cv=splits, **settings).fit(X, rate(said), weights)
    expected = CrowdEMClassifier(forest, cv=own, **settings).fit(X[used], rate(said[used]))
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    with pytest.raises(ValueError, match=r"exactly one test set of cv; .* for samples \d"):
        CrowdEMClassifier(forest, cv=own[1:], **settings).fit(X[used], rate(said[used]))


def test_several_labels_of_a_rater_and_anonymous_raters(crowd):
    """Anonymous raters are the average one; a second label halves the first."""
    X, truth, said = (part[:300] for part in crowd)
    cells = said[:, :2].astype(object)
    for n in range(0, 300, 10):
        cells[n, 0] = (said[n, 0], "happy" if said[n, 0] != "happy" else "sad")
    model = CrowdEMClassifier(LogisticRegression(), max_iter=200)
    model.fit(X, Ratings.from_wide(cells, annotators=["E1", "E2"]))
    assert (model.predict(X) == truth).mean() > 0.9
    counts = np.stack([(said == label).sum(axis=1) for label in CLASSES], axis=1)
    anonymous = Ratings.from_counts(counts, CLASSES.tolist())
    model.fit(X, anonymous)
    assert model.annotators_ == []
    assert model.confusions_.shape == (0, 3, 3)
    assert model.predict_annotators(X).shape == (300, 0, 3)
    assert (model.predict(X) == truth).mean() > 0.9


def test_classes_that_nobody_gave_are_unknown(crowd):
    """A slice of ratings remembers the labels of the corpus; no hidden class is made of them."""
    X, _, said = (part[:120] for part in crowd)
    y = rate(np.where(said == "sad", None, said))
    whole = Ratings.concatenate([y, rate([["sad"] * 3])])[:120]
    assert "sad" in whole.labels
    model = CrowdEMClassifier(LogisticRegression(), max_iter=200).fit(X, whole)
    assert model.classes_.tolist() == ["angry", "happy"]
    expected = CrowdEMClassifier(LogisticRegression(), max_iter=200).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=0.05)


def test_warnings_name_the_line_that_calls_fit(crowd):
    X, _, said = (part[:90] for part in crowd)
    model = CrowdEMClassifier(LogisticRegression(), max_iter=1, tol=0)
    with pytest.warns(ConvergenceWarning, match="still changed") as caught:
        model.fit(X, rate(said))
    assert caught[0].filename == __file__
