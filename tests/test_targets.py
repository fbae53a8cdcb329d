from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from sklearn_ser import HardTargetEncoder, Ratings, SoftTargetEncoder

CLASSES = ["neutral", "happy", "sad", "angry"]
NAMES = dict(zip("NHSAO", [*CLASSES, "other"], strict=True))


def rated(*raters, classes=CLASSES):
    """One utterance, as one string per rater with one letter per label."""
    cells = [[tuple(NAMES[letter] for letter in letters) for letters in raters]]
    everything = Ratings.from_wide([[tuple(NAMES.values())]])
    y = Ratings.from_wide(cells)
    # Both vocabularies, so that a class which nobody named is known all the same.
    return Ratings.concatenate([y, everything])[:1]


def exact(raters, alpha, multi):
    """The papers' formula in fractions, from the letters themselves."""
    said = [set(letters if multi == "all" else letters[0]) for letters in raters]
    votes = [sum(letter in one for one in said) for letter in "NHSA"]
    total = alpha * 4 + sum(votes)
    return [(alpha + n) / total for n in votes]


# Ratings of one utterance, and the targets as Ando et al. and Chou & Lee give them or as their
# formula makes them, for alpha 0, 0.75 and 1.
VECTORS = {
    ("H", "H", "H"): ("0 1 0 0", "1/8 5/8 1/8 1/8", "1/7 4/7 1/7 1/7"),
    ("H", "H", "N"): ("1/3 2/3 0 0", "7/24 11/24 1/8 1/8", "2/7 3/7 1/7 1/7"),
    ("H", "N", "A"): ("1/3 1/3 0 1/3", "7/24 7/24 1/8 7/24", "2/7 2/7 1/7 2/7"),
    ("H", "O", "O"): ("0 1 0 0", "3/16 7/16 3/16 3/16", "1/5 2/5 1/5 1/5"),
    ("H", "H", "S"): ("0 2/3 1/3 0", "1/8 11/24 7/24 1/8", "1/7 3/7 2/7 1/7"),
    ("SA", "S", "AS"): ("0 0 3/5 2/5", "3/32 3/32 15/32 11/32", "1/9 1/9 4/9 1/3"),
    ("O", "S", "S"): ("0 0 1 0", "3/20 3/20 11/20 3/20", "1/6 1/6 1/2 1/6"),
    ("O", "S", "A"): ("0 0 1/2 1/2", "3/20 3/20 7/20 7/20", "1/6 1/6 1/3 1/3"),
    ("S", "S", "SA", "SA"): ("0 0 2/3 1/3", "1/12 1/12 19/36 11/36", "1/10 1/10 1/2 3/10"),
    ("S", "S", "SA"): ("0 0 3/4 1/4", "3/28 3/28 15/28 1/4", "1/8 1/8 1/2 1/4"),
    ("S",): ("0 0 1 0", "3/16 3/16 7/16 3/16", "1/5 1/5 2/5 1/5"),
    ("SA",): ("0 0 1/2 1/2", "3/20 3/20 7/20 7/20", "1/6 1/6 1/3 1/3"),
}


@pytest.mark.parametrize("raters", VECTORS, ids="-".join)
@pytest.mark.parametrize(("column", "alpha"), [(0, 0), (1, Fraction(3, 4)), (2, 1)])
def test_published_vectors(raters, column, alpha):
    expected = [Fraction(share) for share in VECTORS[raters][column].split()]
    assert exact(raters, Fraction(alpha), "all") == expected
    encoder = SoftTargetEncoder(alpha=float(alpha), classes=CLASSES)
    got = encoder.fit_transform(rated(*raters))
    np.testing.assert_allclose(got, [[float(share) for share in expected]], rtol=1e-12)


def test_the_conventional_soft_label_takes_the_first_label_only():
    raters = ("SA", "S", "AS")
    for alpha in (Fraction(0), Fraction(3, 4), Fraction(1)):
        expected = exact(raters, alpha, "first")
        encoder = SoftTargetEncoder(alpha=float(alpha), classes=CLASSES, multilabel="first")
        got = encoder.fit_transform(rated(*raters))[0]
        np.testing.assert_allclose(got, [float(share) for share in expected])
    np.testing.assert_allclose(got, np.array([1, 1, 3, 2]) / 7)


RATERS = st.lists(st.text("NHSAO", min_size=1, max_size=3), min_size=1, max_size=6)


@given(RATERS, st.fractions(0, 5, max_denominator=20), st.sampled_from(["all", "first"]))
def test_soft_targets_equal_the_formula_in_fractions(raters, alpha, multi):
    encoder = SoftTargetEncoder(alpha=float(alpha), classes=CLASSES, multilabel=multi)
    got = encoder.fit_transform(rated(*raters))[0]
    counted = raters if multi == "all" else [letters[0] for letters in raters]
    if set("".join(counted)) <= {"O"}:
        assert np.isnan(got).all()
    else:
        expected = [float(share) for share in exact(raters, alpha, multi)]
        np.testing.assert_allclose(got, expected, rtol=1e-12)
        assert got.sum() == pytest.approx(1)


@given(RATERS, st.randoms(use_true_random=False))
def test_permuting_raters_never_changes_targets(raters, random):
    shuffled = random.sample(raters, len(raters))
    for encoder in (HardTargetEncoder(classes=CLASSES), SoftTargetEncoder(classes=CLASSES)):
        np.testing.assert_array_equal(
            encoder.fit_transform(rated(*raters)), encoder.fit_transform(rated(*shuffled))
        )


def test_much_smoothing_makes_all_targets_equal():
    got = SoftTargetEncoder(alpha=1e9, classes=CLASSES).fit_transform(rated("H", "H", "H"))
    np.testing.assert_allclose(got, 0.25, rtol=1e-6)


@pytest.mark.parametrize("alpha", [0, 0.75])
def test_without_a_target_vote_a_sample_is_left_out(alpha):
    encoder = SoftTargetEncoder(alpha=alpha, classes=CLASSES)
    assert np.isnan(encoder.fit_transform(rated("O", "O", "O"))).all()
    assert encoder.inverse_transform([[np.nan] * 4]).tolist() == [None]


@pytest.mark.parametrize(
    ("raters", "label"),
    [
        (("H", "H", "N"), "happy"),
        (("O", "S", "S"), "sad"),
        (("O", "S", "A"), None),
        (("O", "O", "S"), None),
        (("H", "N"), None),
        (("SA", "S"), "sad"),
    ],
)
def test_hard_targets_are_the_unique_plurality(raters, label):
    encoder = HardTargetEncoder(classes=CLASSES)
    target = encoder.fit_transform(rated(*raters))
    assert encoder.inverse_transform(target).tolist() == [label]
    if label is None:
        assert np.isnan(target).all()
    else:
        assert target[0].tolist() == [float(name == label) for name in CLASSES]


def test_a_majority_is_more_than_half():
    y = rated("H", "H", "N", "S")
    assert HardTargetEncoder(classes=CLASSES).fit_transform(y)[0].tolist() == [0, 1, 0, 0]
    assert np.isnan(HardTargetEncoder(classes=CLASSES, rule="majority").fit_transform(y)).all()


def test_clear_and_ambiguous_are_told_apart_by_the_consensus():
    parts = [rated("H", "H", "N"), rated("H", "O", "O"), rated("H", "N", "A"), rated("O", "O")]
    y = Ratings.concatenate(parts)
    used = {
        keep: (~np.isnan(SoftTargetEncoder(classes=CLASSES, keep=keep).fit_transform(y)[:, 0]))
        for keep in ("all", "clear", "ambiguous")
    }
    assert used["clear"].tolist() == [True, False, False, False]
    assert used["ambiguous"].tolist() == [False, True, True, False]
    assert used["all"].tolist() == [True, True, True, False]


def test_min_target_votes():
    y = Ratings.concatenate([rated("H", "O"), rated("H", "N")])
    used = ~np.isnan(SoftTargetEncoder(classes=CLASSES, min_target_votes=2).fit_transform(y))
    assert used[:, 0].tolist() == [False, True]


def test_classes_default_to_the_targets_of_the_ratings():
    table = [["sad", "other"], ["angry", "sad"]]
    assert SoftTargetEncoder().fit(Ratings.from_wide(table)).classes_.tolist() == [
        "angry",
        "other",
        "sad",
    ]
    y = Ratings.from_wide(table, target_classes=["sad", "angry"])
    encoder = clone(SoftTargetEncoder(alpha=0)).fit(y)
    assert encoder.classes_.tolist() == ["sad", "angry"]
    assert encoder.transform(y).tolist() == [[1, 0], [0.5, 0.5]]
    # Later ratings may lack a label, or bring others.
    assert encoder.transform(["angry", "other"])[0].tolist() == [0, 1]


def test_an_own_consensus_is_the_hard_target():
    y = Ratings.from_wide([["sad", "angry"]]).with_consensus(["angry"])
    assert HardTargetEncoder().fit_transform(y).tolist() == [[1, 0]]
    assert np.isnan(HardTargetEncoder(rule="plurality").fit_transform(y)).all()


@pytest.mark.parametrize("encoder", [HardTargetEncoder, SoftTargetEncoder])
def test_wrong_parameters_and_targets_are_named(encoder):
    y = ["sad", "angry"]
    with pytest.raises(ValueError, match=r"no target class is among the labels.*'blue'.*'sad'"):
        encoder(classes=["blue"]).fit(y)
    with pytest.raises(ValueError, match=r"different labels, got \['sad', 'sad'\]"):
        encoder(classes=["sad", "sad"]).fit(y)
    with pytest.warns(UserWarning, match=r"target classes \['blue'\] are not among the labels"):
        encoder(classes=["sad", "blue"]).fit(y)
    with pytest.raises(ValueError, match=r"shape \(n_samples, 2\), got \(1, 3\)"):
        encoder().fit(y).inverse_transform([[1, 0, 0]])


@pytest.mark.parametrize(
    "wrong", [{"alpha": -1}, {"multilabel": "last"}, {"min_target_votes": 0}, {"keep": "some"}]
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter .* must be"):
        SoftTargetEncoder(**wrong).fit(["sad"])


def test_back_to_labels_row_by_row():
    """Each row for itself: its highest class; none where two are highest."""
    encoder = SoftTargetEncoder(classes=["b", "a", "c"]).fit(Ratings.from_labels(["a", "b", "c"]))
    targets = [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7], [1, 0, 0], [0.3, 0.3, 0.3]]
    assert encoder.inverse_transform(targets).tolist() == ["a", None, "c", "b", None]
    assert encoder.inverse_transform([[0, 1, 0], [np.nan] * 3]).tolist() == ["a", None]


def test_rows_without_a_target_are_those_alone():
    """Among others that have one."""
    y = Ratings.from_wide([["sad", "sad"], ["sad", "mad"], ["mad", "mad"]])
    targets = HardTargetEncoder().fit_transform(y)
    assert np.isnan(targets).all(axis=1).tolist() == [False, True, False]
    np.testing.assert_array_equal(targets[[0, 2]], [[0, 1], [1, 0]])


def test_classes_in_the_order_given_with_and_without_weights():
    """Raters of one weight, whatever it is, count as raters without."""
    y = Ratings.from_wide(
        [["a", "b"], ["c", "a"], ["c", ("a", "c")], ["b", "d"]], annotators=["E1", "E2"]
    )
    for multi in ("all", "first"):
        plain = SoftTargetEncoder(alpha=0, classes=["c", "a"], multilabel=multi)
        weighed = SoftTargetEncoder(
            alpha=0, classes=["c", "a"], multilabel=multi, weights={"E1": 0.5, "E2": 0.5}
        )
        last = [2 / 3, 1 / 3] if multi == "all" else [0.5, 0.5]
        expected = [[0, 1], [0.5, 0.5], last, [np.nan] * 2]
        np.testing.assert_allclose(plain.fit_transform(y), expected)
        np.testing.assert_allclose(weighed.fit_transform(y), expected)


def test_too_few_votes_are_no_target_whatever_they_weigh():
    y = Ratings.from_wide([["a", "b"], ["a", None]], annotators=["E1", "E2"])
    encoder = SoftTargetEncoder(min_target_votes=2, weights={"E1": 3.0, "E2": 3.0})
    assert np.isnan(encoder.fit_transform(y)).any(axis=1).tolist() == [False, True]


def test_smoothing_is_that_of_the_paper_unless_told():
    y = Ratings.from_wide([["a", "a", "b"]])
    expected = [[(0.75 + 2) / (1.5 + 3), (0.75 + 1) / (1.5 + 3)]]
    np.testing.assert_allclose(SoftTargetEncoder().fit_transform(y), expected)


def test_classes_that_are_all_there_are_no_news(recwarn):
    SoftTargetEncoder(classes=["a", "b"]).fit(Ratings.from_labels(["a", "b", "c"]))
    assert len(recwarn) == 0
