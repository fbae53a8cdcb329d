"""Labels that can never be equal are not compared, and names that match nothing are noticed."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

from sklearn_ser import (
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    LabelCorrectingClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
    SoftmaxClassifier,
)
from sklearn_ser.classifiers._targets import compute_class_weights
from sklearn_ser.metrics import (
    all_inclusive_f1_scorer,
    cross_entropy,
    js_divergence,
    macro_f1,
    macro_f1_scorer,
    neg_calibration_error_scorer,
    neg_cross_entropy_scorer,
    neg_js_divergence_scorer,
    ua_scorer,
    unweighted_accuracy,
    wa_scorer,
    weighted_accuracy,
)
from sklearn_ser.utils._kinds import as_labels, find_kinds, find_respelled, show_labels

SCORES = [weighted_accuracy, unweighted_accuracy, macro_f1]
SCORERS = [
    ua_scorer,
    wa_scorer,
    macro_f1_scorer,
    all_inclusive_f1_scorer,
    neg_cross_entropy_scorer,
    neg_js_divergence_scorer,
    neg_calibration_error_scorer,
]
CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(scope="module")
def data():
    """48 easy vectors, and the class of each: 0, 1, 2 in turn."""
    rng = np.random.default_rng(0)
    k = np.arange(48) % 3
    return (3 * np.eye(3)[k] + rng.normal(0, 0.1, (48, 3))).astype(np.float32), k


def network(**settings):
    return SoftmaxClassifier(lr=0.1, max_epochs=5, random_state=0, **settings)


# Kinds


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ([0, 1], {"numbers"}),
        ([0.0, 1], {"numbers"}),
        (np.array([0, 1], dtype=np.uint8), {"numbers"}),
        ([np.float32(1), 2], {"numbers"}),
        ([True, False], {"booleans"}),
        (np.array([True]), {"booleans"}),
        ([np.bool_(True)], {"booleans"}),
        ([True, 1], {"booleans", "numbers"}),
        (["a"], {"text"}),
        (np.array(["a"]), {"text"}),
        (np.array(["a"], dtype=object), {"text"}),
        ([np.str_("a")], {"text"}),
        (pd.Series(["a", None], dtype="string"), {"text"}),
        (pd.Series(["a", "b"], dtype="category"), {"text"}),
        (pd.Series([1, None], dtype="Int64"), {"numbers"}),
        ([1, "a"], {"numbers", "text"}),
        ([None, np.nan, pd.NA], set()),
        (np.array([np.nan]), set()),
        ([], set()),
        ([b"a"], {"bytes"}),
        ([pd.Timestamp(0)], {"datetimes"}),
        (np.array([0], dtype="datetime64[ns]"), {"datetimes"}),
        ([datetime.date(2020, 1, 1)], {"date objects"}),
        ([("a", "b")], {"containers"}),
    ],
)
def test_kinds(values, kinds):
    assert find_kinds(as_labels(values)) == kinds


def test_a_list_is_read_label_by_label():
    assert as_labels([1, "a"]).tolist() == [1, "a"]
    assert show_labels(np.array(["sad", "sad", "angry"])) == "'sad', 'angry'"
    assert show_labels([np.str_("sad"), np.int64(0), "0"]) == "'sad', 0, '0'"
    assert show_labels(range(9)) == "0, 1, 2, 3, 4 and 4 more"


def test_spellings():
    known = ["sad", "very happy", "Angry", 0]
    found = find_respelled(known, ["Sad ", "SAD", "very_happy", "angry", "sad", "sadness", "0", 1])
    assert found == {"Sad ": "sad", "SAD": "sad", "very_happy": "very happy", "angry": "Angry"}


# Predictions

OTHERS = [
    (["0", "1", "2"], r"are numbers \(0, 1, 2\), the predictions are text \('0', '1', '2'\)"),
    ([False, True, True], r"the predictions are booleans \(False, True\)"),
    ([0, "1", 2], r"the predictions are text \(0, '1', 2\)"),
    ([b"0", b"1", b"2"], "the predictions are bytes"),
]


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(("said", "message"), OTHERS)
def test_predictions_of_another_kind_are_an_error(score, said, message):
    with pytest.raises(ValueError, match=message):
        score([0, 1, 2], said)
    with pytest.raises(ValueError, match="same kind as the labels of y_true"):
        score(["a", "b", "c"], [0, 1, 2])
    with pytest.raises(ValueError, match="are booleans"):
        score([True, False], [1, 0])


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("was", "said"),
    [
        ([0, 1], [0.0, 1.0]),
        ([0.0, 1.0], np.array([0, 1], dtype=np.int8)),
        ([True, False], np.array([True, False])),
        (["a", "b"], np.array(["a", "b"], dtype=object)),
        (np.array(["a", "b"]), [np.str_("a"), np.str_("b")]),
        (["a", "b"], pd.Series(["a", "b"], index=[7, 8])),
    ],
)
def test_labels_of_one_kind_are_equal(score, was, said):
    assert score(was, said) == 1


@pytest.mark.parametrize("text", [False, True])
def test_every_scorer_refuses_another_kind(data, text):
    X, k = data
    fitted, other = (k.astype(str), k) if text else (k, k.astype(str))
    model = network().fit(X, fitted)
    with pytest.raises(ValueError, match="labels of different kinds are never equal"):
        model.score(X, other)
    for scorer in SCORERS:
        with pytest.raises(ValueError, match="labels of different kinds are never equal"):
            scorer(model, X, other)
    assert model.score(X, fitted) > 0.9


def test_whole_floats_are_integers(data):
    X, k = data
    model = network().fit(X, k)
    assert model.score(X, k.astype(float)) == model.score(X, k) > 0.9
    for scorer in SCORERS:
        assert scorer(model, X, k.astype(float)) == scorer(model, X, k)


@pytest.mark.parametrize("score", SCORES)
def test_predictions_have_one_label_per_sample(score):
    with pytest.raises(ValueError, match=r"one label per sample; got \(2, 3\)"):
        score(["a", "b"], np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"predictions are containers \(\['a'\], \['b'\]\)"):
        score(["a", "b"], [["a"], ["b"]])


@pytest.mark.parametrize(
    "said",
    [
        ["sad", None, "angry", float("nan")],
        np.array(["sad", None, "angry", np.nan], dtype=object),
        np.ma.array(["sad"] * 4, mask=[0, 1, 0, 1]),
        pd.Series(["sad", None, "angry", None], dtype="string"),
    ],
)
@pytest.mark.parametrize("score", [weighted_accuracy, unweighted_accuracy, macro_f1])
def test_a_missing_prediction_is_an_error(score, said):
    message = "y_pred must hold one label per sample; there is none for samples 1, 3"
    with pytest.raises(ValueError, match=message):
        score(["sad", "angry", "angry", "sad"], said)


@pytest.mark.parametrize(
    ("was", "said", "shown"),
    [
        (["sad", "angry"], ["Sad", "angry"], "'Sad' for 'sad'"),
        (["sad", "angry"], ["sad ", "angry"], "'sad ' for 'sad'"),
        (["very sad"] * 2, ["very_sad"] * 2, "'very_sad' for 'very sad'"),
        (["SAD", "ANGRY"], ["sad", "angry"], "'angry' for 'ANGRY', 'sad' for 'SAD'"),
    ],
)
def test_another_spelling_is_a_warning(was, said, shown):
    for score in SCORES:
        with pytest.warns(UserWarning, match=f"spelled in different ways, such as {shown}"):
            score(was, said)


def test_nothing_in_common_is_a_warning():
    message = "no predicted label is among .*are 'Trauer', 'Wut', the labels of y_true 'angry', 's"
    with pytest.warns(UserWarning, match=message) as caught:
        assert weighted_accuracy(["sad", "angry"] * 5, ["Trauer", "Wut"] * 5) == 0
    assert caught[0].filename == __file__


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("was", "said"),
    [
        (["a"] * 20, ["b"] * 20),  # a constant, of a class that this fold lacks
        (["a"] * 20, ["b", "c"] * 10),  # the fold has one class of three
        (["a", "b"] * 10, ["c"] * 20),
        (["a", "b", "a"], ["c", "d", "c"]),  # three samples are bad luck
        (Ratings.from_labels(["a", "b", "c", "d"] * 5)[[0, 1] * 10], ["c", "d"] * 10),
    ],
)
def test_a_class_that_a_fold_lacks_is_no_problem(score, was, said):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert score(was, said) == 0


# Classes of probabilities


@pytest.mark.parametrize("score", [cross_entropy, js_divergence])
@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("ab", "must be a sequence of labels, one per column of the probabilities; got 'ab'"),
        ({"a", "b"}, "must be a sequence of labels"),
        (2, "must be a sequence of labels.*got 2"),
        (["a", "a"], "must be different labels; repeated are 'a'"),
        ([0, 1], r"are text \('a', 'b'\), classes are numbers \(0, 1\)"),
        ([["a"], ["b"]], "classes are containers"),
        (["a", None], "must not be missing; got 'a', None"),
        (["c", "d"], "at least one must be among them: classes are 'c', 'd', the labels 'a', 'b'"),
        (["A", "b"], "must be spelled like the labels of y_true"),
        (["a", "b", "c"], r"must have shape \(n_samples, 3\)"),
    ],
)
def test_classes_that_match_nothing_are_errors(score, classes, message):
    with pytest.raises(ValueError, match=message):
        score(["a", "b"], np.full((2, 2), 0.5), classes=classes)


@pytest.mark.parametrize("score", [cross_entropy, js_divergence])
def test_classes_that_only_the_model_knows(score):
    proba = np.full((2, 3), 1 / 3)
    y = ["a", "b"]
    # Another corpus may have other classes, and a fold may have a single one.
    assert score(y, proba, classes=["a", "b", "z"]) > 0
    assert score(["a", "a"], proba, classes=["b", "c", "d"]) > 0
    assert score(["a", "a"], proba, classes=np.array(["a", "A", "b"])) > 0
    assert score([0, 1], proba, classes=[0.0, 1.0, 2.0]) == score(
        y, proba, classes=["a", "b", "c"]
    )


@pytest.mark.parametrize("score", [cross_entropy, js_divergence])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1])
def test_probabilities_that_are_none(score, bad):
    proba = np.full((3, 2), 0.5)
    proba[[0, 2], 1] = bad
    with pytest.raises(ValueError, match="must be finite and at least 0; not for samples 0, 2"):
        score(["a", "b", "a"], proba, classes=["a", "b"])


# Weights of classes


def test_a_fold_may_lack_a_class_that_has_a_weight(data):
    """Plain labels do not know the classes of other folds."""
    X = data[0]
    y = np.array(["angry", "sad"] * 20 + ["happy"] * 8)
    weights = {"angry": 1, "happy": 5, "sad": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = cross_val_score(network(class_weight=weights), X, y, cv=KFold(6))
    assert np.isfinite(scores).all()
    # As if the class were not named.
    named = network(class_weight={"angry": 2, "happy": 5, "sad": 3}).fit(X[:40], y[:40])
    plain = network(class_weight={"angry": 2, "sad": 3}).fit(X[:40], y[:40])
    np.testing.assert_array_equal(named.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize(
    "class_weight",
    [
        {},
        {"sad": 2},
        {"angry": 1, "sad": 0.5, "happy": 3},
        {"angry": 1, "sad": 0.5, "happy": 3, "other": 9},
        {"sad": 2, "blue": 1},
        {"Sad": 2},
        {"angry": 1, "happy": 1, "Sad": 1},
    ],
)
def test_the_rule_is_scikit_learns(class_weight):
    from sklearn.utils.class_weight import compute_class_weight

    classes, targets = np.array(CLASSES), np.eye(3)
    try:
        expected = compute_class_weight(class_weight, classes=classes, y=CLASSES)
    except ValueError:
        with pytest.raises(ValueError, match=r"class_weight names '(blue|Sad)', but the classes"):
            compute_class_weights(class_weight, classes, targets)
    else:
        found = compute_class_weights(class_weight, classes, targets)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ({"angry": -1}, "finite numbers of at least 0 as weights; not for 'angry': -1"),
        ({"angry": np.nan}, "not for 'angry': nan"),
        ({"angry": np.inf, "sad": -np.inf}, "not for 'angry': inf, 'sad': -inf"),
        ({"angry": "2"}, "not for 'angry': '2'"),
        ({"angry": None}, "not for 'angry': None"),
        ({"angry": True}, "not for 'angry': True"),
        ({"angry": 10**400}, "not for 'angry': 1000"),
        # Of a class that this fold lacks, too.
        ({"angry": 1, "happy": 1, "sad": 1, "other": -1}, "not for 'other': -1"),
        (dict.fromkeys(CLASSES, 0), "above 0 for at least one class of the training samples"),
        ({**dict.fromkeys(CLASSES, 0), "other": 1}, "above 0 for at least one class"),
        ({0: 1}, r"the keys of class_weight are numbers \(0\)"),
        ({"blue": 1, "sad": 2}, "there is none for 'angry', 'happy'"),
    ],
)
@pytest.mark.parametrize("make", [SoftmaxClassifier, AttentionBLSTMClassifier])
def test_weights_that_are_none(data, make, class_weight, message):
    X, k = data
    y = np.array(CLASSES)[k]
    with pytest.raises(ValueError, match=message):
        make(class_weight=class_weight).fit(X, y)


def test_weights_of_segments(data):
    X = np.repeat(data[0], 8, axis=0)
    X = Segments(X, np.arange(49) * 8, segment_length=8, segment_step=4, frame_step=0.01)
    model = SegmentVGGClassifier(width=1 / 32, max_epochs=1, class_weight={"0": 1, "1": 2, "2": 3})
    with pytest.raises(ValueError, match="are text"):
        model.fit(X, data[1])
    assert model.fit(X, data[1].astype(str)).classes_.tolist() == ["0", "1", "2"]


def test_keys_are_labels_of_the_same_kind(data):
    X, k = data
    with pytest.raises(ValueError, match=r"are numbers \(0, 1, 2\), the keys .* are text \('0'\)"):
        network(class_weight={"0": 1}).fit(X, k)
    with pytest.raises(ValueError, match="are booleans"):
        network(class_weight={True: 1}).fit(X, k)
    whole = network(class_weight={0: 1, 1: 2, 2: 3}).fit(X, k).predict_proba(X)
    for weights in ({0.0: 1, 1.0: 2, 2.0: 3}, {np.int8(0): 1, 1: np.float32(2), 2: 3}):
        found = network(class_weight=weights).fit(X, k).predict_proba(X)
        np.testing.assert_array_equal(found, whole)


def test_a_class_without_samples_but_with_all_the_weight(data):
    """Ratings know their classes in every fold; a fold without any weighted sample is an error."""
    X, k = data
    y = Ratings.from_labels(np.array(CLASSES)[k])
    rows = np.flatnonzero(k != 1)
    model = network(class_weight={"angry": 0, "happy": 1, "sad": 0})
    with pytest.raises(ValueError, match="above 0 for at least one class of the training samples"):
        model.fit(X[rows], y[rows])


def test_where_weights_of_classes_are_not_used(data):
    X, k = data
    model = LabelCorrectingClassifier(network(class_weight={0: 1}))
    with pytest.raises(ValueError, match="class_weight of the estimator must be None"):
        model.fit(X, k)


def test_messages_quote_labels(data):
    X = data[0]
    with pytest.warns(UserWarning, match=r"the target classes \['0'\] are not among the labels"):
        y = Ratings.from_labels(np.array(["other"] * 47 + ["sad"]), target_classes=["0", "sad"])
    with pytest.raises(ValueError, match=r"classes are \['0', 'sad'\], the labels \['other'"):
        network().fit(X[:47], y[:47])
    y = Ratings.from_wide([[np.str_("sad")]] * 48)
    with pytest.raises(ValueError, match="are all 'sad'"):
        network().fit(X, y)


def test_a_consensus_classifier_scores_by_the_same_rule(data):
    from sklearn.linear_model import LogisticRegression

    X, k = data
    model = ConsensusClassifier(LogisticRegression()).fit(X, k.astype(str))
    with pytest.raises(ValueError, match="never equal"):
        model.score(X, k)
    assert (cross_val_score(model, X, k, cv=StratifiedKFold(3)) > 0.9).all()
