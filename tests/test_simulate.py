"""Simulated raters: how often they give each answer, and how often each rates."""

import numpy as np
import pandas as pd
import pytest

from sklearn_ser import Ratings
from sklearn_ser.datasets import simulate_ratings

TRUTHS = ["anger", "sadness"]
ANSWERS = ["anger", "sadness", "other"]
CONFUSIONS = pd.DataFrame([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]], index=TRUTHS, columns=ANSWERS)


def shares(ratings, rows):
    """Return the share of each answer among the ratings of some samples."""
    counts = ratings[rows].counts(ANSWERS).sum(axis=0)
    return counts / counts.sum()


@pytest.mark.parametrize("confusions", [CONFUSIONS, CONFUSIONS * 5])
def test_answers_come_as_often_as_the_confusions_say(confusions):
    labels = np.repeat(TRUTHS, 3000)
    ratings = simulate_ratings(labels, confusions, random_state=0)
    assert isinstance(ratings, Ratings)
    # 9000 draws: four standard errors are 0.02.
    np.testing.assert_allclose(shares(ratings, slice(3000)), [0.7, 0.2, 0.1], atol=0.02)
    np.testing.assert_allclose(shares(ratings, slice(3000, None)), [0.3, 0.6, 0.1], atol=0.02)


def test_a_mixture_is_heard_as_a_mixture():
    mixed = pd.DataFrame({"sadness": [0.25] * 3000, "anger": [0.75] * 3000})
    ratings = simulate_ratings(mixed, CONFUSIONS, random_state=0)
    expected = 0.75 * CONFUSIONS.loc["anger"] + 0.25 * CONFUSIONS.loc["sadness"]
    np.testing.assert_allclose(shares(ratings, slice(None)), expected, atol=0.02)


def test_each_annotator_has_confusions_of_their_own():
    sure = pd.DataFrame(np.eye(2, 3), index=TRUTHS, columns=ANSWERS)
    cynic = pd.DataFrame([[0, 0, 1], [0, 0, 1]], index=TRUTHS, columns=ANSWERS)
    ratings = simulate_ratings(
        TRUTHS * 20, {"Ann": sure, "Bob": cynic}, n_ratings=2, random_state=0
    )
    assert ratings.select("Ann").consensus().tolist() == TRUTHS * 20
    assert set(ratings.select("Bob").consensus()) == {"other"}


def test_annotators_rate_a_sample_once():
    n_ratings = np.arange(40) % 5
    ratings = simulate_ratings(
        TRUTHS * 20, CONFUSIONS, n_annotators=4, n_ratings=n_ratings, random_state=0
    )
    table = ratings.to_long()
    assert ratings.counts(ANSWERS).sum(axis=1).tolist() == n_ratings.tolist()
    assert not table.duplicated(["sample", "annotator"]).any()
    assert set(table["annotator"]) == {"A1", "A2", "A3", "A4"}


def test_second_labels_differ_from_the_first():
    every = simulate_ratings(TRUTHS * 500, CONFUSIONS, p_second=1, random_state=0)
    assert (every.counts(ANSWERS).sum(axis=1) == 6).all()
    assert not every.to_long().duplicated().any()
    some = simulate_ratings(TRUTHS * 500, CONFUSIONS, p_second=0.2, random_state=0)
    assert some.counts(ANSWERS).sum() / 3000 == pytest.approx(1.2, abs=0.03)


def test_bias_sets_annotators_apart():
    def spread(bias):
        ratings = simulate_ratings(
            TRUTHS * 1000, CONFUSIONS, n_annotators=10, bias=bias, random_state=0
        )
        return np.std(
            [shares(ratings.select(name), slice(None))[0] for name in ratings.annotators]
        )

    # Without bias, about 600 ratings of each: a standard error of 0.02.
    assert spread(0) < 0.03
    assert spread(1) > 0.1


def test_active_annotators_rate_more():
    ratings = simulate_ratings(
        TRUTHS * 1000,
        CONFUSIONS,
        n_annotators=4,
        n_ratings=1,
        activity=[6, 3, 1, 0],
        random_state=0,
    )
    counts = ratings.to_long()["annotator"].value_counts(normalize=True)
    np.testing.assert_allclose(counts[["A1", "A2", "A3"]], [0.6, 0.3, 0.1], atol=0.04)
    assert "A4" not in counts


def test_same_seed_same_ratings():
    first = simulate_ratings(TRUTHS * 50, CONFUSIONS, bias=1, p_second=0.3, random_state=1)
    again = simulate_ratings(TRUTHS * 50, CONFUSIONS, bias=1, p_second=0.3, random_state=1)
    other = simulate_ratings(TRUTHS * 50, CONFUSIONS, bias=1, p_second=0.3, random_state=2)
    assert first == again
    assert first != other


def test_target_classes_are_kept():
    ratings = simulate_ratings(TRUTHS, CONFUSIONS, target_classes=TRUTHS, random_state=0)
    assert ratings.target_classes == tuple(TRUTHS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"labels": ["joy", "anger", "fear"]},
            r"rows of the confusions, \['anger', 'sadness'\]; got \['fear', 'joy'\]",
        ),
        ({"labels": pd.DataFrame({"joy": [1.0]})}, r"labels must be rows of .*; got \['joy'\]"),
        ({"labels": [["anger"], ["sadness"]]}, r"must be 1-D or a DataFrame, got shape \(2, 1\)"),
        (
            {"labels": pd.DataFrame({"anger": [1.0, 0, -1], "sadness": [0.0, 0, 2]})},
            "not all 0; not for samples 1, 2",
        ),
        ({"confusions": -CONFUSIONS}, "confusions must be finite and at least 0"),
        ({"confusions": CONFUSIONS * 0}, "each row must have a value above 0"),
        (
            {"confusions": {"a": CONFUSIONS, "b": CONFUSIONS.T}},
            "same rows and columns; those of 'b'",
        ),
        ({"n_ratings": 7}, "n_ratings must be 0 to 6, .* not for samples 0, 1"),
        ({"n_ratings": [1, 2, 3]}, r"or one per sample: 2, got shape \(3,\)"),
        ({"activity": [1, 1]}, r"activity must be one number per annotator \(6\)"),
        ({"p_second": 2}, "The 'p_second' parameter of simulate_ratings must be"),
    ],
)
def test_what_it_refuses(settings, message):
    arguments = {"labels": TRUTHS, "confusions": CONFUSIONS} | settings
    with pytest.raises(ValueError, match=message):
        simulate_ratings(**arguments)
