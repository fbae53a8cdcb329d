"""How raters agree: against loops, and by what weighing them must do."""

import krippendorff
import numpy as np
import pandas as pd
import pytest

from sklearn_ser import Ratings, SoftTargetEncoder
from sklearn_ser.datasets import make_dyadic_corpus

CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(scope="module")
def ratings():
    return make_dyadic_corpus(2, 30, random_state=0).ratings


def test_weights_are_correlations_with_the_others(ratings):
    weights = ratings.agreement().annotators["weight"]
    labels = ratings.labels.tolist()
    rows = np.asarray(ratings)
    for name in ratings.annotators:
        own, others = [], []
        for row in rows:
            if name in row and len(row) > 1:
                rest = [said for who, said in row.items() if who != name]
                for label in labels:
                    own.append(float(label in row[name]))
                    others.append(np.mean([label in said for said in rest]))
        assert weights[name] == pytest.approx(max(0, np.corrcoef(own, others)[0, 1]))


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_another_implementation(seed):
    rng = np.random.default_rng(seed)
    # Also samples without any vote or with a single one, and labels that nobody chose.
    counts = rng.integers(0, 4, size=(40, 5)) * (rng.random((40, 5)) < 0.3)
    counts[:, 4] = 0
    expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert Ratings.from_counts(counts, list("abcde")).agreement().alpha == pytest.approx(expected)


def test_alpha_by_hand():
    y = Ratings.from_wide([["sad", "sad"], ["angry", "angry"], ["angry", "angry"], ["sad", None]])
    assert y.agreement().alpha == 1
    y = Ratings.from_wide([["sad", "sad"], ["angry", "angry"], ["angry", "sad"], ["sad", None]])
    # 3 votes each: 2 of 6 pairs within samples differ, and 18 of 30 pairs of all votes do.
    assert y.agreement().alpha == pytest.approx(1 - (2 / 6) / (18 / 30))
    # A single label, and samples that one rater has heard.
    for cells in ([["sad", "sad"]], [["sad", None], [None, "angry"]]):
        assert np.isnan(Ratings.from_wide(cells, annotators=["a", "b"]).agreement().alpha)


def test_confusions_with_what_won_among_the_others(ratings):
    confusions = ratings.agreement().confusions
    rows = np.asarray(ratings)
    name = ratings.annotators[0]
    expected = {}
    for row in rows:
        if name not in row:
            continue
        rest = [label for who, said in row.items() if who != name for label in said]
        counts = sorted(((rest.count(label), label) for label in set(rest)), reverse=True)
        if counts and (len(counts) == 1 or counts[0][0] > counts[1][0]):
            for label in row[name]:
                key = counts[0][1], label
                expected[key] = expected.get(key, 0) + 1
    got = confusions.loc[name].stack()
    assert {key: n for key, n in got.items() if n} == expected


def test_weighed_counts():
    y = Ratings.from_wide(
        [["sad", "sad", "angry"], [None, "angry", None]], annotators=["a", "b", "c"]
    )
    counts = y.counts(["angry", "sad"], weights={"a": 0.5, "c": 0.25})
    np.testing.assert_allclose(counts, [[0.25, 1.5], [1, 0]])
    votes = Ratings.from_counts([[2, 3]], ["angry", "sad"])
    np.testing.assert_allclose(votes.counts(weights={"a": 9.0}), [[2, 3]])
    with pytest.raises(ValueError, match="weights must be numbers of at least 0"):
        y.counts(weights={"a": -1, "b": 1})


def test_one_who_answers_at_random_is_weighed_down():
    rng = np.random.default_rng(0)
    cells = [[CLASSES[i % 3], CLASSES[i % 3], CLASSES[rng.integers(3)]] for i in range(90)]
    y = Ratings.from_wide(cells, annotators=["good", "fine", "coin"])
    encoder = SoftTargetEncoder(0, weights="agreement").fit(y)
    assert encoder.weights_["coin"] < 0.3 < 0.6 < encoder.weights_["good"]
    truth = np.arange(90) % 3
    weighed = encoder.transform(y)[np.arange(90), truth]
    plain = SoftTargetEncoder(0).fit_transform(y)[np.arange(90), truth]
    assert weighed.mean() > plain.mean() + 0.1
    # Who the encoder has learned from, and not who is transformed, sets the weights.
    np.testing.assert_array_equal(encoder.transform(y[:5]), encoder.transform(y)[:5])


def test_weights_that_are_all_alike_change_nothing(ratings):
    even = dict.fromkeys(ratings.annotators.tolist(), 0.5)
    plain = SoftTargetEncoder(0).fit_transform(ratings)
    np.testing.assert_allclose(SoftTargetEncoder(0, weights=even).fit_transform(ratings), plain)
    # Smoothing weighs against the votes.
    smoothed = SoftTargetEncoder(0.5, weights=even).fit_transform(ratings)
    np.testing.assert_allclose(smoothed, SoftTargetEncoder(1).fit_transform(ratings))


def test_only_raters_without_weight_say_nothing():
    y = Ratings.from_wide([["sad", None], ["sad", "angry"]], annotators=["a", "b"])
    targets = SoftTargetEncoder(weights={"a": 0}).fit_transform(y)
    assert np.isnan(targets[0]).all()
    assert not np.isnan(targets[1]).any()


def test_nobody_to_compare_with():
    y = Ratings.from_wide([["sad", None], [None, "angry"]], annotators=["a", "b"])
    assert y.agreement().annotators["weight"].isna().all()
    assert len(y.agreement().confusions) == 0
    encoder = SoftTargetEncoder(weights="agreement").fit(y)
    assert encoder.weights_ == {"a": 1.0, "b": 1.0}


def test_thousands_of_raters():
    rng = np.random.default_rng(0)
    n = 100_000
    table = pd.DataFrame(
        {
            "sample": rng.integers(10_000, size=n),
            "annotator": rng.integers(2443, size=n),
            "label": np.array(CLASSES)[rng.integers(3, size=n)],
        }
    )
    weights = Ratings.from_long(table).agreement().annotators["weight"]
    assert len(weights) == 2443
    assert weights.mean() < 0.1


def test_nobody_said_anything():
    found = Ratings.from_labels([None, None]).agreement()
    assert np.isnan(found.alpha)
    assert found.annotators.empty
    assert found.confusions.empty
