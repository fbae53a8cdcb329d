import pickle

import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, f1_score, log_loss, recall_score

from sklearn_ser import Ratings, metrics
from sklearn_ser.metrics import (
    all_inclusive_f1,
    annotator_accuracy,
    annotator_log_likelihood,
    calibration_error,
    cross_entropy,
    js_divergence,
    macro_f1,
    macro_f1_scorer,
    neg_cross_entropy_scorer,
    neg_js_divergence_scorer,
    ua_scorer,
    unweighted_accuracy,
    wa_scorer,
    weighted_accuracy,
)

LABELS = ["angry", "happy", "sad"]


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return rng.choice(LABELS, 50, p=[0.6, 0.3, 0.1]), rng.choice(LABELS, 50)


class Model:
    """Predicts what it was given."""

    def __init__(self, classes, proba):
        self.classes_ = np.array(classes)
        self.proba = np.asarray(proba, dtype=float)

    def predict(self, X):
        return self.classes_[self.proba.argmax(axis=1)]

    def predict_proba(self, X):
        return self.proba


def test_on_plain_labels_scores_are_scikit_learns(labels):
    assert weighted_accuracy(*labels) == pytest.approx(accuracy_score(*labels))
    assert unweighted_accuracy(*labels) == pytest.approx(recall_score(*labels, average="macro"))
    assert macro_f1(*labels) == pytest.approx(f1_score(*labels, average="macro"))


def test_probabilities_against_plain_labels_are_scikit_learns_log_loss(labels):
    proba = np.random.default_rng(1).dirichlet(np.ones(3), 50)
    assert cross_entropy(labels[0], proba, classes=LABELS) == pytest.approx(
        log_loss(labels[0], proba)
    )


def test_divergence_by_its_definition():
    rng = np.random.default_rng(0)
    counts, proba = rng.integers(0, 4, (20, 3)), rng.dirichlet(np.ones(3), 20)
    counts[1:, 0] += 1
    counts[0] = 0
    total = 0
    for n, q in zip(counts[1:], proba[1:], strict=True):
        p = n / n.sum()
        middle = (p + q) / 2
        for one in (p, q):
            total += sum(a * np.log2(a / m) for a, m in zip(one, middle, strict=True) if a) / 2
    y = Ratings.from_counts(counts, LABELS)
    assert js_divergence(y, proba, classes=LABELS) == pytest.approx(total / 19)


def test_divergence_is_zero_for_the_ratings_themselves_and_one_for_the_opposite():
    y = Ratings.from_counts([[3, 1, 0], [0, 2, 2]], LABELS)
    assert js_divergence(y, [[0.75, 0.25, 0], [0, 0.5, 0.5]], classes=LABELS) == pytest.approx(
        0, abs=1e-9
    )
    y = Ratings.from_labels(["angry", "sad"])
    assert js_divergence(y, [[0, 1], [1, 0]], classes=["angry", "sad"]) == pytest.approx(1)


def test_cross_entropy_is_least_at_the_ratings_and_there_their_entropy():
    y = Ratings.from_counts([[3, 1, 0]], LABELS)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert cross_entropy(y, [[0.75, 0.25, 0]], classes=LABELS) == pytest.approx(entropy)
    assert cross_entropy(y, [[0.7, 0.3, 0]], classes=LABELS) > entropy


@pytest.fixture
def y():
    """Consensus angry, angry, sad, none, other, happy."""
    cells = [["angry"] * 3, ["angry", "angry", "sad"], ["sad"] * 3, ["angry", "sad", None]]
    cells += [["other", "other", "sad"], ["happy", None, None]]
    return Ratings.from_wide(cells, target_classes=LABELS)


def test_samples_without_a_target_consensus_are_left_out(y):
    predicted = ["angry", "sad", "sad", "happy", "happy", "happy"]
    assert weighted_accuracy(y, predicted) == 3 / 4
    assert unweighted_accuracy(y, predicted) == pytest.approx((1 / 2 + 1 + 1) / 3)
    anything = ["angry", "sad", "sad", "sad", "angry", "happy"]
    assert macro_f1(y, anything) == macro_f1(y, predicted)


def test_a_class_the_model_never_saw_counts(y):
    model = Model(["angry", "sad"], [[1, 0], [0, 1], [0, 1], [1, 0], [1, 0], [1, 0]])
    assert ua_scorer(model, None, y) == pytest.approx((1 / 2 + 1 + 0) / 3)
    # Its probability is 0, which the loss counts as 1e-7.
    only_happy = y[[5]]
    model = Model(["angry", "sad"], [[0.5, 0.5]])
    assert neg_cross_entropy_scorer(model, None, only_happy) == pytest.approx(np.log(1e-7))
    assert neg_js_divergence_scorer(model, None, only_happy) == pytest.approx(-1)


def test_a_fold_without_a_class_is_scored_on_the_others(y):
    assert unweighted_accuracy(y[:3], ["angry", "angry", "sad"]) == 1


def test_classes_are_matched_by_name_not_by_column(y):
    proba = np.random.default_rng(0).dirichlet(np.ones(3), 6)
    order = [2, 0, 1]
    for score in (cross_entropy, js_divergence):
        shuffled = score(y, proba[:, order], classes=[LABELS[k] for k in order])
        assert shuffled == pytest.approx(score(y, proba, classes=LABELS))


def test_without_any_consensus_the_score_is_nan(y):
    for score in (weighted_accuracy, unweighted_accuracy, macro_f1):
        with pytest.warns(UndefinedMetricWarning, match="no sample has a consensus"):
            assert np.isnan(score(y[3:5], ["sad", "sad"]))
    nobody = Ratings.from_labels([None, "other", *LABELS], target_classes=LABELS)[:2]
    for score in (cross_entropy, js_divergence):
        with pytest.warns(UndefinedMetricWarning, match="no sample has a rating for a target"):
            assert np.isnan(score(nobody, [[1, 0, 0]] * 2, classes=LABELS))


def test_wrong_shapes_are_named(y):
    with pytest.raises(ValueError, match=r"\(n_samples, 3\), one column per class; got \(6, 2\)"):
        cross_entropy(y, np.ones((6, 2)), classes=LABELS)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[6, 2\]"):
        weighted_accuracy(y, ["sad", "sad"])


def test_scorers_have_the_sign_of_higher_is_better(y):
    proba = np.full((6, 3), 1 / 3)
    proba[:, 0] += 0.1
    model = Model(LABELS, proba)
    assert wa_scorer(model, None, y) == weighted_accuracy(y, model.predict(None))
    assert macro_f1_scorer(model, None, y) == macro_f1(y, model.predict(None))
    assert neg_cross_entropy_scorer(model, None, y) == -cross_entropy(y, proba, classes=LABELS)
    assert neg_js_divergence_scorer(model, None, y) == -js_divergence(y, proba, classes=LABELS)


@pytest.mark.parametrize("name", [n for n in metrics.__all__ if n.endswith("scorer")])
def test_scorers_survive_a_trip_to_another_process(name):
    scorer = getattr(metrics, name)
    assert pickle.loads(pickle.dumps(scorer)) is scorer
    assert repr(scorer) == name


# Weights of samples

PROBABILISTIC = [cross_entropy, js_divergence, all_inclusive_f1, calibration_error]
OF_ANNOTATORS = [annotator_accuracy, annotator_log_likelihood]
SCORES = [weighted_accuracy, unweighted_accuracy, macro_f1, *PROBABILISTIC, *OF_ANNOTATORS]


@pytest.fixture
def rated():
    """60 samples of which some have no consensus, predictions, and probabilities."""
    rng = np.random.default_rng(3)
    cells = rng.choice([*LABELS, "other"], (60, 3))
    proba = rng.dirichlet(np.ones(3), 60)
    return Ratings.from_wide(cells.astype(object), target_classes=LABELS), proba


def compute(score, y, proba, **weights):
    if score in PROBABILISTIC:
        return score(y, proba, classes=LABELS, **weights)
    if score in OF_ANNOTATORS:
        # All three annotators of the fixture, each with classes in another order.
        each = np.stack([np.roll(proba, shift, axis=1) for shift in range(3)], axis=1)
        return score(y, each, annotators=y.annotators, classes=LABELS, **weights)
    return score(y, np.array(LABELS)[proba.argmax(axis=1)], **weights)


@pytest.mark.parametrize("score", SCORES)
def test_integer_weights_are_repetitions(score, rated):
    y, proba = rated
    for seed in range(5):
        weights = np.random.default_rng(seed).integers(0, 4, 60)
        rows = np.repeat(np.arange(60), weights)
        found = compute(score, y, proba, sample_weight=weights)
        assert found == pytest.approx(compute(score, y[rows], proba[rows]), rel=1e-12)


@pytest.mark.parametrize("score", SCORES)
def test_weight_0_is_absence(score, rated):
    y, proba = rated
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.1, 2, 60)
    # The only samples with a class of their own, so that its recall must not count.
    gone = (y.consensus() == "sad") | (rng.uniform(size=60) < 0.3)
    found = compute(score, y, proba, sample_weight=np.where(gone, 0, weights))
    alone = compute(score, y[~gone], proba[~gone], sample_weight=weights[~gone])
    assert found == alone
    assert compute(score, y, proba, sample_weight=~gone) == compute(score, y[~gone], proba[~gone])


@pytest.mark.parametrize("score", SCORES)
def test_the_scale_of_weights_does_not_matter(score, rated):
    expected = compute(score, *rated)
    assert compute(score, *rated, sample_weight=None) == expected
    assert compute(score, *rated, sample_weight=np.full(60, 3.5)) == pytest.approx(expected)
    weights = np.random.default_rng(0).uniform(0, 1, 60)
    found = compute(score, *rated, sample_weight=weights)
    assert found != expected
    scaled = compute(score, *rated, sample_weight=(1e-3 * weights).tolist())
    assert scaled == pytest.approx(found)


def test_weighted_scores_by_their_definition(rated):
    y, proba = rated
    weights = np.random.default_rng(0).uniform(0, 1, 60)
    consensus, said = y.consensus(), np.array(LABELS)[proba.argmax(axis=1)]
    right, total = dict.fromkeys(LABELS, 0), dict.fromkeys(LABELS, 0)
    for was, is_said, weight in zip(consensus, said, weights, strict=True):
        if was in total:
            total[was] += weight
            right[was] += weight * (was == is_said)
    wa = sum(right.values()) / sum(total.values())
    assert weighted_accuracy(y, said, sample_weight=weights) == pytest.approx(wa)
    ua = np.mean([right[label] / total[label] for label in LABELS])
    assert unweighted_accuracy(y, said, sample_weight=weights) == pytest.approx(ua)
    losses = []
    for i, counts in enumerate(y.counts(LABELS)):
        if counts.any():
            losses += [(weights[i], -(counts / counts.sum() * np.log(proba[i])).sum())]
    expected = sum(w * loss for w, loss in losses) / sum(w for w, _ in losses)
    found = cross_entropy(y, proba, classes=LABELS, sample_weight=weights)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("score", SCORES)
def test_without_any_weight_the_score_is_nan(score, rated):
    with pytest.warns(UndefinedMetricWarning, match="and a weight above 0; the score is NaN"):
        assert np.isnan(compute(score, *rated, sample_weight=np.zeros(60)))


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0] * 59, r"one number per sample, of shape \(60,\), got shape \(59,\)"),
        (np.ones((60, 1)), r"got shape \(60, 1\)"),
        ([-1.0] + [1.0] * 59, r"at least 0 for every sample; not for samples 0 \(-1\.0\)"),
        ([1.0] * 58 + [np.nan, np.inf], r"not for samples 58 \(nan\), 59 \(inf\)"),
        ([-1.0] * 60, r"9 \(-1\.0\) and 50 more"),
        (["much"] * 60, r"a finite number .* not for samples 0 \(much\)"),
        ([None] * 60, r"not for samples 0 \(None\)"),
    ],
)
def test_weights_that_are_none(score, rated, weights, message):
    with pytest.raises(ValueError, match=message):
        compute(score, *rated, sample_weight=weights)
