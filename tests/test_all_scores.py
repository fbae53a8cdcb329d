"""Scores that leave no sample and no rater out, by slow loops, laws and derived numbers."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_ser import CrowdEMClassifier, Ratings
from sklearn_ser.metrics import (
    all_inclusive_f1,
    all_inclusive_f1_scorer,
    annotator_accuracy,
    annotator_accuracy_scorer,
    annotator_log_likelihood,
    annotator_log_likelihood_scorer,
    calibration_error,
    neg_calibration_error_scorer,
)

LABELS = ["angry", "happy", "sad"]
WRONG = [
    ({"classes": LABELS[:2]}, r"shape \(n_samples, 2\)"),
    ({"classes": ["angry", "happy", "happy"]}, "repeated are 'happy'"),
    ({"classes": ["Angry", "happy", "sad"]}, "spelled like the labels"),
    ({"y_proba": -np.ones((50, 3))}, "finite and at least 0; not for samples 0, 1"),
    ({"y_proba": np.ones((49, 3))}, "inconsistent numbers of samples"),
]


@pytest.fixture
def rated():
    """50 samples that four raters disagree on, some with nothing but other labels, and guesses."""
    rng = np.random.default_rng(0)
    cells = rng.choice([*LABELS, "other"], (50, 4)).astype(object)
    cells[rng.random((50, 4)) < 0.3] = None
    cells[:2] = "other"
    y = Ratings.from_wide(cells, annotators=["E1", "E2", "E3", "E4"], target_classes=LABELS)
    return y, rng.dirichlet(np.ones(3), 50)


# All-inclusive F1


@pytest.mark.parametrize("rule", ["share", "any"])
def test_f1_of_sets_by_hand(rated, rule):
    y, proba = rated
    weights = np.random.default_rng(1).uniform(0, 2, 50)
    hit, wrong, missed = (dict.fromkeys(LABELS, 0.0) for _ in range(3))
    n_undecided = 0
    for n in range(50):
        votes = [label for said in y[n].values() for label in said if label in LABELS]
        if not votes:
            continue
        n_undecided += y.consensus()[n] not in LABELS
        for k, label in enumerate(LABELS):
            share = votes.count(label) / len(votes)
            is_true = share >= 1 / 3 if rule == "share" else share > 0
            is_found = proba[n, k] > 1 / 3
            hit[label] += weights[n] * (is_true and is_found)
            wrong[label] += weights[n] * (is_found and not is_true)
            missed[label] += weights[n] * (is_true and not is_found)
    assert n_undecided > 5
    expected = np.mean([2 * hit[k] / (2 * hit[k] + wrong[k] + missed[k]) for k in LABELS])
    found = all_inclusive_f1(y, proba, classes=LABELS, rule=rule, sample_weight=weights)
    assert found == pytest.approx(expected)


def test_f1_of_sets_is_scikit_learns_for_indicators(rated):
    y, proba = rated
    counts = y.counts(LABELS)
    kept = counts.any(axis=1)
    reference = counts[kept] * 3 >= counts[kept].sum(axis=1, keepdims=True)
    expected = f1_score(reference, proba[kept] > 1 / 3, average="macro")
    assert all_inclusive_f1(y, proba, classes=LABELS) == pytest.approx(expected)


def test_f1_of_sets_is_1_if_every_set_is_found():
    y = Ratings.from_counts([[2, 1, 0], [0, 3, 0], [5, 1, 4]], LABELS)
    some = [[0.5, 0.4, 0.1], [0.1, 0.8, 0.1], [0.4, 0.1, 0.5]]
    assert all_inclusive_f1(y, some, classes=LABELS) == 1
    # By the other rule, the lone vote of the last sample is in its reference as well.
    found = all_inclusive_f1(y, some, classes=LABELS, rule="any")
    assert found == pytest.approx((1 + 4 / 5 + 1) / 3)
    others = [[0.1, 0.1, 0.8], [0.5, 0.1, 0.4], [0.1, 0.8, 0.1]]
    assert all_inclusive_f1(y, others, classes=LABELS) == 0


def test_a_share_of_1_over_k_is_in_the_reference_and_such_a_probability_is_no_prediction():
    y = Ratings.from_counts([[1, 1, 1]], LABELS)
    for third in (1 / 3, np.float32(1) / np.float32(3), 1 / 3 + 5e-8):
        assert all_inclusive_f1(y, [[third] * 3], classes=LABELS) == 0
    # Of three classes in the reference, two can be predicted: F1 of 1, 1 and 0.
    assert all_inclusive_f1(y, [[0.4, 0.4, 0.2]], classes=LABELS) == pytest.approx(2 / 3)


def test_classes_in_no_reference_are_left_out():
    y = Ratings.from_counts([[2, 0, 0], [0, 2, 0]], LABELS)
    proba = [[0.5, 0.1, 0.4], [0.1, 0.5, 0.4]]
    assert all_inclusive_f1(y, proba, classes=LABELS) == 1
    one = Ratings.from_counts([[2, 0, 0]], LABELS)
    assert all_inclusive_f1(one, proba[:1], classes=LABELS) == 1
    assert all_inclusive_f1(one, proba[1:], classes=LABELS) == 0


def test_classes_of_either_side_alone_are_columns():
    y = Ratings.from_counts([[3, 0, 0], [0, 1, 2]], LABELS)
    # A fold without "sad": K stays 3, and "sad" is never found.
    found = all_inclusive_f1(y, [[0.6, 0.4], [0.6, 0.4]], classes=["angry", "happy"])
    assert found == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    # A class that only the model knows makes four: 0.3 is above 1/4.
    labels = Ratings.from_labels(LABELS)
    wider = [[0.6, 0, 0.3, 0.1], [0.3, 0.6, 0, 0.1], [0, 0.3, 0.6, 0.1]]
    found = all_inclusive_f1(labels, wider, classes=[*LABELS, "calm"])
    assert found == pytest.approx(2 / 3)


# Calibration


def test_calibration_error_by_hand(rated):
    y, proba = rated
    weights = np.random.default_rng(1).uniform(0, 2, 50)
    total, error = 0, 0
    for b in range(10):
        cells = []
        for n in range(50):
            votes = [label for said in y[n].values() for label in said if label in LABELS]
            for k, label in enumerate(LABELS):
                if votes and (b == 0 or proba[n, k] > b / 10) and proba[n, k] <= (b + 1) / 10:
                    cells.append((weights[n], proba[n, k], votes.count(label) / len(votes)))
        if cells:
            each, p, share = np.transpose(cells)
            total += each.sum()
            error += each.sum() * abs(np.average(p - share, weights=each))
    found = calibration_error(y, proba, classes=LABELS, sample_weight=weights)
    assert found == pytest.approx(error / total)


@pytest.mark.parametrize("n_bins", [1, 4, 10])
def test_calibration_of_plain_labels_is_scikit_learns(n_bins):
    rng = np.random.default_rng(0)
    labels = rng.choice(LABELS, 200)
    proba = rng.dirichlet(np.ones(3), 200)
    proba[:20] = [0, 0.25, 0.75]  # on the edges of bins
    hits = (labels[:, None] == LABELS).ravel()
    share, probability = calibration_curve(hits, proba.ravel(), n_bins=n_bins)
    place = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], proba.ravel())
    n = np.bincount(place, minlength=n_bins)
    expected = np.average(np.abs(share - probability), weights=n[n > 0])
    found = calibration_error(labels, proba, classes=LABELS, n_bins=n_bins)
    assert found == pytest.approx(expected)


def test_calibration_of_constant_predictions():
    """Shares of the classes are 5/8 and 3/8: the mean share of each bin is what is missed."""
    y = Ratings.from_counts([[4, 0], [1, 3]], ["angry", "sad"])

    def compute(p, **settings):
        return calibration_error(y, [[p, 1 - p]] * 2, classes=["angry", "sad"], **settings)

    assert compute(5 / 8) == 0
    assert compute(1.0) == pytest.approx(3 / 8)
    assert compute(0.0) == pytest.approx(5 / 8)
    assert compute(0.85) == pytest.approx(0.85 - 5 / 8)
    # In one bin, the mean probability is 1/2 whatever is predicted, and so is the mean share.
    assert compute(0.5) == compute(0.9, n_bins=1) == 0
    # The second sample counts three times: shares are 7/16 and 9/16.
    assert compute(0.85, sample_weight=[1, 3]) == pytest.approx(0.85 - 7 / 16)


def test_the_ratings_themselves_are_calibrated(rated):
    y, _ = rated
    counts = y.counts(LABELS)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    assert calibration_error(y, shares, classes=LABELS) == pytest.approx(0, abs=1e-12)
    labels = np.array(LABELS * 4)
    right = (labels[:, None] == LABELS).astype(float)
    assert calibration_error(labels, right, classes=LABELS) == 0
    # Sure and wrong: a third of the probabilities is 1 where no share is, and so on.
    wrong = np.roll(right, 1, axis=1)
    assert calibration_error(labels, wrong, classes=LABELS) == pytest.approx(2 / 3)


@pytest.mark.parametrize("score", [all_inclusive_f1, calibration_error])
def test_what_the_order_of_samples_and_classes_changes(rated, score):
    y, proba = rated
    expected = score(y, proba, classes=LABELS)
    order = np.random.default_rng(0).permutation(50)
    assert score(y[order], proba[order], classes=LABELS) == pytest.approx(expected, rel=1e-12)
    turned = score(y, proba[:, [2, 0, 1]], classes=["sad", "angry", "happy"])
    assert turned == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("score", [all_inclusive_f1, calibration_error])
@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_wrong_probabilities(rated, score, changes, message):
    y, proba = rated
    given = {"y_proba": proba, "classes": LABELS} | changes
    with pytest.raises(ValueError, match=message):
        score(y, **given)


@pytest.mark.parametrize("rule", ["all", None, 1])
def test_unknown_rules(rated, rule):
    with pytest.raises(ValueError, match=r"rule must be one of \('share', 'any'\), got "):
        all_inclusive_f1(*rated, classes=LABELS, rule=rule)


@pytest.mark.parametrize("n_bins", [0, -1, 2.0, True, None])
def test_wrong_numbers_of_bins(rated, n_bins):
    with pytest.raises(ValueError, match="n_bins must be an integer of at least 1, got "):
        calibration_error(*rated, classes=LABELS, n_bins=n_bins)


@pytest.mark.parametrize("score", [all_inclusive_f1, calibration_error])
def test_without_target_votes_the_score_is_nan(rated, score):
    y, proba = rated
    with pytest.warns(UndefinedMetricWarning, match="no sample has a rating for a target class"):
        assert np.isnan(score(y[:2], proba[:2], classes=LABELS))


def test_scorers_of_probabilities(rated):
    y, proba = rated

    class Model:
        classes_ = np.array(LABELS)

        def predict_proba(self, X):
            return proba

    expected = all_inclusive_f1(y, proba, classes=LABELS)
    assert all_inclusive_f1_scorer(Model(), proba, y) == expected
    expected = -calibration_error(y, proba, classes=LABELS)
    assert neg_calibration_error_scorer(Model(), proba, y) == expected


# Annotators


@pytest.fixture
def answers(rated):
    """The same samples, with several labels in a cell, and what E4, E2 and E9 should say."""
    y, _ = rated
    rng = np.random.default_rng(2)
    cells = [[row.get(name, ()) for name in ("E1", "E2", "E4")] for row in map(dict, y)]
    for n in range(0, 50, 5):
        cells[n][1] = ("sad", "other", "angry")
    y = Ratings.from_wide(
        [[cell or None for cell in row] for row in cells],
        annotators=["E1", "E2", "E4"],
        target_classes=LABELS,
    )
    names = {"annotators": ["E4", "E2", "E9"], "classes": ["sad", "angry"]}
    return y, rng.dirichlet(np.ones(2), (50, 3)), names


def walk(answers, weights=None):
    """Yield annotator, weight, hit and log-likelihood of every answer."""
    y, expected, names = answers
    for n in range(50):
        for a, name in enumerate(names["annotators"]):
            said = [label for label in y[n].get(name, ()) if label in LABELS]
            if said:
                p = dict(zip(names["classes"], expected[n, a], strict=True))
                hit = sum(label == max(p, key=p.get) for label in said) / len(said)
                log = sum(np.log(p.get(label, 1e-7)) for label in said) / len(said)
                yield name, 1 if weights is None else weights[n], hit, log


@pytest.mark.parametrize("weighted", [False, True])
def test_scores_of_annotators_by_hand(answers, weighted):
    y, expected, names = answers
    weights = np.random.default_rng(3).uniform(0, 2, 50) if weighted else None
    rows = list(walk(answers, weights))
    settings = names | {"sample_weight": weights}
    for place, score in ((2, annotator_accuracy), (3, annotator_log_likelihood)):

        def average(some, place=place):
            total = sum(row[1] for row in some)
            return sum(row[1] * row[place] for row in some) / total if some else np.nan

        each = [average([row for row in rows if row[0] == name]) for name in names["annotators"]]
        assert score(y, expected, **settings) == pytest.approx(average(rows))
        np.testing.assert_allclose(score(y, expected, **settings, average=None), each)
        assert np.isnan(each[2])  # E9 rated nothing
        macro = score(y, expected, **settings, average="macro")
        assert macro == pytest.approx(np.mean(each[:2]))


def test_perfect_and_useless_expectations():
    cells = [["sad", "angry"], ["happy", None], ["other", "sad"]]
    y = Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=LABELS)
    names = {"annotators": ["E1", "E2"], "classes": LABELS}
    right = np.zeros((3, 2, 3))
    for n, row in enumerate(cells):
        for a, label in enumerate(row):
            right[n, a, LABELS.index(label) if label in LABELS else 0] = 1
    assert annotator_accuracy(y, right, **names) == 1
    assert annotator_log_likelihood(y, right, **names) == 0
    wrong = np.roll(right, 1, axis=2)
    assert annotator_accuracy(y, wrong, **names) == 0
    assert annotator_log_likelihood(y, wrong, **names) == pytest.approx(np.log(1e-7))
    even = annotator_log_likelihood(y, np.full((3, 2, 3), 1 / 3), **names)
    assert even == pytest.approx(-np.log(3))


def test_only_the_order_of_names_matters(answers):
    y, expected, names = answers
    order = np.random.default_rng(0).permutation(50)
    for score in (annotator_accuracy, annotator_log_likelihood):
        was = score(y, expected, **names)
        assert score(y[order], expected[order], **names) == pytest.approx(was, rel=1e-12)
        turned = {"annotators": ["E9", "E4", "E2"], "classes": ["angry", "sad"]}
        found = score(y, expected[:, [2, 0, 1]][:, :, ::-1], **turned)
        assert found == pytest.approx(was, rel=1e-12)


def test_unrated_expectations_may_be_anything(answers):
    y, expected, names = answers
    was = annotator_log_likelihood(y, expected, **names)
    expected[:, 2] = np.nan  # of E9
    assert annotator_log_likelihood(y, expected, **names) == was
    expected[[3, 7], 0] = np.nan
    both = [n for n in (3, 7) if any(label in LABELS for label in y[n].get("E4", ()))]
    shown = ", ".join(map(str, both))
    with pytest.raises(ValueError, match=rf"rated a sample; not for samples {shown}\."):
        annotator_log_likelihood(y, expected, **names)


@pytest.mark.parametrize("average", ["micro", "macro", None])
def test_without_a_known_annotator_the_score_is_nan(average):
    names = {"classes": LABELS, "average": average}
    for y in (
        Ratings.from_wide([["sad"]], annotators=["E1"]),
        Ratings.from_counts([[1, 0, 2]], LABELS),
    ):
        with pytest.warns(UndefinedMetricWarning, match=r"one of the annotators \('E7'\); the"):
            found = annotator_accuracy(y, np.ones((1, 1, 3)), annotators=["E7"], **names)
        assert np.isnan(found).all()
        with pytest.warns(UndefinedMetricWarning, match=r"annotators \(none are given\); the"):
            found = annotator_accuracy(y, np.ones((1, 0, 3)), annotators=[], **names)
        assert np.isnan(found).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"average": "weighted"}, r"average must be one of \('micro', 'macro', None\), got 'wei"),
        ({"annotators": ["E4", "E2", "E4"]}, "different names; repeated are 'E4'"),
        ({"annotators": ["E4", "E2"]}, r"here \(50, 2, 2\); got \(50, 3, 2\)"),
        ({"classes": LABELS}, r"here \(50, 3, 3\); got \(50, 3, 2\)"),
        ({"classes": ["sad", "Angry"]}, "spelled like the labels"),
        ({"classes": "sad"}, "classes must be a sequence of labels"),
    ],
)
@pytest.mark.parametrize("score", [annotator_accuracy, annotator_log_likelihood])
def test_wrong_expectations(answers, score, changes, message):
    y, expected, names = answers
    with pytest.raises(ValueError, match=message):
        score(y, expected, **(names | changes))


class Fixed:
    """Expects of annotators what it was given, by the number in X."""

    def __init__(self, expected, annotators, classes):
        self.expected = expected
        self.annotators_ = annotators
        self.classes_ = np.array(classes)
        self.sizes = []

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.classes_[np.zeros(len(X), dtype=int)]

    def predict_annotators(self, X):
        X = X.toarray() if scipy.sparse.issparse(X) else np.asarray(X)
        self.sizes.append(len(X))
        return self.expected[X[:, 0].astype(int)]


SCORERS = [
    (annotator_accuracy_scorer, annotator_accuracy),
    (annotator_log_likelihood_scorer, annotator_log_likelihood),
]


@pytest.mark.parametrize(("scorer", "score"), SCORERS)
@pytest.mark.parametrize("block_size", [2**24, 42, 1])
def test_scorers_of_annotators(answers, scorer, score, block_size, monkeypatch):
    """In blocks of any size, and without samples that nobody rated."""
    y, expected, names = answers
    monkeypatch.setattr("sklearn_ser.metrics._answers.BLOCK_SIZE", block_size)
    model, X = Fixed(expected, **names), np.arange(50)[:, None]
    weights = np.random.default_rng(0).uniform(0, 1, 50)
    assert scorer(model, X, y) == score(y, expected, **names)
    assert sum(model.sizes) == 50
    assert model.sizes[0] == {2**24: 50, 42: 7, 1: 1}[block_size]
    found = scorer(model, X, y, sample_weight=weights)
    assert found == score(y, expected, **names, sample_weight=weights)
    for form in (scipy.sparse.coo_array(X), X.tolist(), pd.DataFrame(X)):
        assert scorer(Fixed(expected, **names), form, y) == score(y, expected, **names)


@pytest.mark.parametrize(("scorer", "score"), SCORERS)
def test_scorers_find_the_classifier_inside(answers, scorer, score):
    y, expected, names = answers
    model, X = Fixed(expected, **names), np.arange(50)[:, None]
    known = score(y, expected, **names)
    half = FunctionTransformer(lambda X: X / 2)
    assert scorer(make_pipeline(model), X, y) == known
    assert scorer(make_pipeline(half, "passthrough", model), 2 * X, y) == known
    assert scorer(make_pipeline(half, make_pipeline(half, model)), 4 * X, y) == known
    search = GridSearchCV(make_pipeline(half, LogisticRegression()), {})
    search.best_estimator_ = make_pipeline(half, model)
    assert scorer(search, 2 * X, y) == known


@pytest.mark.parametrize(("scorer", "_"), SCORERS)
def test_scorers_need_a_classifier_that_predicts_annotators(answers, scorer, _):
    y, X = answers[0], np.zeros((50, 1))
    plain = LogisticRegression()
    for model in (plain, make_pipeline(StandardScaler(), plain), GridSearchCV(plain, {})):
        inner = "GridSearchCV" if isinstance(model, GridSearchCV) else "LogisticRegression"
        with pytest.raises(TypeError, match=f"must have predict_annotators, got {inner}"):
            scorer(model, X, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        scorer(plain, X[:49], y)


def test_in_cross_validations_and_searches():
    """Raters whom EM knows are better expected than the crowd; scores are those of a loop."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=150)
    X = 2 * np.eye(3)[truth] + rng.normal(size=(150, 3))
    said = np.array(LABELS, dtype=object)[np.column_stack([truth, (truth + 1) % 3, truth])]
    said[rng.random(said.shape) < 0.3] = None
    y = Ratings.from_wide(said, annotators=["E1", "E2", "E3"])
    model = make_pipeline(StandardScaler(), CrowdEMClassifier(LogisticRegression(), tol=0.05))
    scoring = {scorer.name: scorer for scorer, _ in SCORERS}
    scoring |= {"all": all_inclusive_f1_scorer, "ece": neg_calibration_error_scorer}
    found = cross_validate(model, X, y, cv=KFold(3), scoring=scoring, error_score="raise")
    for fold, (train, test) in enumerate(KFold(3).split(X)):
        fitted = clone(model).fit(X[train], y[train])
        inner, scaled = fitted[-1], fitted[:-1].transform(X[test])
        names = {"annotators": inner.annotators_, "classes": inner.classes_}
        for scorer, score in SCORERS:
            expected = score(y[test], inner.predict_annotators(scaled), **names)
            assert found[f"test_{scorer.name}"][fold] == expected
    assert found["test_annotator_accuracy_scorer"].min() > 0.75
    assert all(np.isfinite(values).all() for values in found.values())
    grid = {"crowdemclassifier__shrinkage": [1.0, 1000.0]}
    search = GridSearchCV(model, grid, scoring=annotator_log_likelihood_scorer, cv=KFold(3))
    assert search.fit(X, y).best_params_ == {"crowdemclassifier__shrinkage": 1.0}
    nested = cross_validate(search, X, y, cv=2, scoring=annotator_accuracy_scorer)
    assert (nested["test_score"] > 0.75).all()


def test_other_raters_are_left_out():
    """EM that has learned E1 and E2 says nothing of E3."""
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=60)
    X, labels = truth[:, None] + rng.normal(0, 0.1, (60, 1)), np.array(["angry", "sad"])
    said = labels[np.column_stack([truth, truth])].astype(object)
    model = CrowdEMClassifier(LogisticRegression(), shrinkage=1.0)
    model.fit(X, Ratings.from_wide(said, annotators=["E1", "E2"]))
    wrong = labels[1 - truth].astype(object)
    both = Ratings.from_wide(np.column_stack([said[:, 0], wrong]), annotators=["E1", "E3"])
    assert annotator_accuracy_scorer(model, X, both) == 1
    alone = both.select("E3")
    with pytest.warns(UndefinedMetricWarning, match=r"one of the annotators \('E1', 'E2'\); the"):
        assert np.isnan(annotator_accuracy_scorer(model, X, alone))
