"""Simulated raters: how often they give each answer, and how often each rates."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from sklearn_ser import Ratings
from sklearn_ser.datasets import simulate_ratings
from sklearn_ser.splits import SpeakerKFold

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


# Raters who listen.
CLASSES = ["anger", "fear", "sadness"]
SCORES = np.random.default_rng(0).normal(size=(400, 3)) * 2


def listen(scores=SCORES, **settings):
    settings = {"classes": CLASSES, "random_state": 0} | settings
    if isinstance(scores, pd.DataFrame):
        del settings["classes"]
    return simulate_ratings(scores=scores, **settings)


def to_distribution(scores):
    likely = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return likely / likely.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_answers_come_as_often_as_the_scores_say(temperature):
    row = np.array([1.0, 0.2, -0.7])
    # A number that is added to all scores of an utterance changes nothing.
    scores = np.tile(row, (3000, 1)) + np.arange(3000)[:, None] % 7
    ratings = listen(scores, temperature=temperature, random_state=1)
    found = ratings.counts(CLASSES).sum(axis=0) / 9000
    np.testing.assert_allclose(found, to_distribution(row / temperature), atol=0.02)


def test_biases_and_tastes_are_those_of_the_model():
    """Each rater's shares are a softmax of what this rater hears, by the same draws as ours."""
    row, temperature = np.array([0.8, 0.0, -0.8]), 2.0
    ratings = listen(
        np.tile(row, (4000, 1)),
        n_annotators=4,
        n_ratings=4,
        bias=0.7,
        taste=0.5,
        temperature=temperature,
        random_state=3,
    )
    rng = np.random.default_rng(3)
    preferences = 0.7 * rng.standard_normal((4, 3))
    tastes = np.eye(3) + 0.5 * rng.standard_normal((4, 3, 3))
    for rater in range(4):
        expected = to_distribution(tastes[rater] @ row / temperature + preferences[rater])
        found = ratings.select(f"A{rater + 1}").counts(CLASSES).mean(axis=0)
        # 4000 draws: four standard errors are 0.032.
        np.testing.assert_allclose(found, expected, atol=0.032)


def test_raters_disagree_on_what_is_hard_to_hear():
    hard, easy = np.zeros((300, 3)), np.tile([6.0, 0, 0], (300, 1))
    votes = listen(np.concatenate([hard, easy])).counts(CLASSES).max(axis=1)
    assert (votes[:300] == 3).mean() < 0.2  # one in nine by chance
    assert (votes[300:] == 3).mean() > 0.95


def test_columns_are_the_classes_in_any_order():
    table = pd.DataFrame(SCORES, columns=CLASSES)
    assert listen(table) == listen()
    assert simulate_ratings(scores=table, classes=CLASSES, random_state=0) == listen()
    sure = pd.DataFrame([[0.0, 50.0], [50.0, 0.0]], columns=["sadness", "anger"])
    assert listen(sure).consensus().tolist() == ["anger", "sadness"]
    numbers = simulate_ratings(scores=[[50.0, 0.0], [0.0, 50.0]], classes=[7, 3], random_state=0)
    assert numbers.consensus().tolist() == [7, 3]


@pytest.mark.parametrize("alpha", [0.3, 0.4, 0.5, 0.7])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_ratings_have_the_agreement_that_was_asked_for(alpha, scale):
    ratings = listen(SCORES * scale, temperature="auto", alpha=alpha, bias=0.3, p_second=0.1)
    assert ratings.agreement().alpha == pytest.approx(alpha, abs=0.005)


def test_the_temperature_is_the_same_as_given():
    """ "auto" chooses a temperature and nothing else: some temperature gives the same ratings."""
    automatic = listen(temperature="auto", alpha=0.4)
    assert any(listen(temperature=value) == automatic for value in np.geomspace(1, 2, 300))


def test_agreement_falls_with_temperature_bias_and_taste():
    def alpha(**settings):
        return listen(**settings).agreement().alpha

    assert alpha(temperature=0.3) > alpha(temperature=1) > alpha(temperature=3)
    assert alpha() > alpha(bias=1) > alpha(bias=3)
    assert alpha(temperature=0.1) > alpha(temperature=0.1, taste=0.5) + 0.1


def test_listeners_keep_the_other_settings():
    ratings = listen(
        n_annotators=3, n_ratings=2, activity=[1, 1, 0], p_second=1, target_classes=["anger"]
    )
    assert set(ratings.to_long()["annotator"]) == {"A1", "A2"}
    assert (ratings.counts(CLASSES).sum(axis=1) == 4).all()
    assert ratings.target_classes == ("anger",)
    assert listen(random_state=1) == listen(random_state=1) != listen(random_state=2)
    assert listen(temperature="auto", random_state=1) == listen(temperature="auto", random_state=1)


def test_scores_by_a_classifier_of_other_speakers():
    """No utterance's own label decides how it sounds: if labels say nothing, neither do votes."""
    rng = np.random.default_rng(0)
    X, speaker = rng.normal(size=(300, 5)), np.repeat(np.arange(10), 30)
    labels = rng.permutation(np.repeat(CLASSES, 100))
    scores = cross_val_predict(
        LogisticRegression(C=100),
        X,
        labels,
        groups=speaker,
        cv=SpeakerKFold(5),
        method="predict_log_proba",
    )
    consensus = listen(scores, temperature=0.1).consensus()
    said = np.not_equal(consensus, None)
    assert (consensus == labels)[said].mean() == pytest.approx(1 / 3, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": TRUTHS}, r"or listen \(scores\); got scores and labels\."),
        (
            {"labels": TRUTHS, "confusions": CONFUSIONS},
            r"got scores and labels, confusions\.",
        ),
        ({"scores": None}, "needs either labels and confusions, .* or scores"),
        ({"scores": None, "labels": TRUTHS}, "needs either labels and confusions"),
        (
            {"scores": None, "labels": TRUTHS, "confusions": CONFUSIONS, "taste": 0.1},
            "^classes, taste can only be set for raters who listen, who need scores",
        ),
        (
            {
                "scores": None,
                "classes": None,
                "labels": TRUTHS,
                "confusions": CONFUSIONS,
                "temperature": "auto",
            },
            "^temperature can only be set for raters who listen",
        ),
        ({"classes": None}, "scores must be a DataFrame whose columns are the classes, or"),
        ({"classes": ["anger", "fear"]}, r"one name per column of scores \(3\), got 2\."),
        ({"classes": ["anger", "fear", "fear"]}, "classes must be different labels"),
        ({"classes": ["anger", "fear", None]}, "classes must be labels"),
        (
            {"scores": pd.DataFrame(SCORES, columns=CLASSES), "classes": CLASSES[::-1]},
            "in the same order, anger, fear, sadness; got sadness, fear, anger",
        ),
        (
            {"scores": pd.DataFrame(SCORES, columns=["a", "b", "a"]), "classes": None},
            "columns of scores must be different labels",
        ),
        ({"scores": SCORES[:, 0]}, r"scores must be 2-D, .* got shape \(400,\)"),
        ({"scores": SCORES[:, :1]}, r"at least two classes, got shape \(400, 1\)"),
        ({"scores": [["a", "b", "c"]]}, "scores must be numbers, with as many in each row; could"),
        ({"scores": [[1, 2, 3], [1, 2]]}, "scores must be numbers, with as many in each row"),
        (
            {"scores": np.where(np.arange(400)[:, None] % 100 == 3, -np.inf, SCORES)},
            "scores must be finite; not for samples 3, 103, 203, 303",
        ),
        ({"scores": [[0, 1, 2], [0, np.nan, 1]]}, "scores must be finite; not for samples 1"),
        ({"n_ratings": 7}, "n_ratings must be 0 to 6"),
        (
            {"temperature": "auto", "taste": 2.0, "alpha": 0.9},
            r"no temperature has alpha=0.9: these raters reach -?0\.0\d to 0\.\d\d\.",
        ),
        ({"temperature": "auto", "scores": SCORES * 0}, "no temperature has alpha=0.4"),
        ({"temperature": "auto", "n_ratings": 1}, "utterances with two or more ratings"),
        ({"temperature": "auto", "n_ratings": 0}, "utterances with two or more ratings"),
        ({"temperature": "auto", "scores": np.zeros((0, 3))}, "two or more ratings"),
        ({"temperature": 0}, "The 'temperature' parameter of simulate_ratings must be"),
        ({"taste": -1}, "The 'taste' parameter of simulate_ratings must be"),
        ({"alpha": 1}, "The 'alpha' parameter of simulate_ratings must be"),
    ],
)
def test_what_listeners_refuse(settings, message):
    given = {"scores": SCORES, "classes": CLASSES, "random_state": 0}
    with pytest.raises(ValueError, match=message):
        simulate_ratings(**given | settings)


def test_text_is_no_list_of_classes():
    with pytest.raises(TypeError, match="The 'classes' parameter of simulate_ratings must"):
        listen(classes="abc")
