"""A name that matches nothing is an error or a warning, wherever it is passed."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score

from sklearn_ser import (
    ConsensusClassifier,
    HardTargetEncoder,
    Ratings,
    SoftmaxClassifier,
    SoftTargetEncoder,
    interop,
)

LABELS = ["angry", "happy", "sad"]
WIDE = pd.DataFrame({"E1": LABELS * 4, "E2": LABELS * 4})
LONG = pd.DataFrame({"task": range(12), "worker": "E1", "label": LABELS * 4})

READ = {
    "from_long": lambda t: Ratings.from_long(
        LONG, sample="task", annotator="worker", target_classes=t
    ),
    "from_wide": lambda t: Ratings.from_wide(WIDE, target_classes=t),
    "from_counts": lambda t: Ratings.from_counts(np.eye(3), LABELS, target_classes=t),
    "from_shares": lambda t: Ratings.from_shares(np.eye(3), LABELS, n_raters=1, target_classes=t),
    "from_labels": lambda t: Ratings.from_labels(LABELS, target_classes=t),
    "from_crowdkit": lambda t: interop.from_crowdkit(LONG, target_classes=t),
    "from_audformat": lambda t: interop.from_audformat(WIDE, target_classes=t),
}
USE = {
    "SoftTargetEncoder": lambda c: SoftTargetEncoder(classes=c).fit(WIDE),
    "HardTargetEncoder": lambda c: HardTargetEncoder(classes=c).fit(WIDE),
    "to_matrix": lambda c: interop.to_matrix(WIDE, c),
}
BOTH = {**READ, **USE}
COUNT = {"counts": lambda c: Ratings.from_wide(WIDE).counts(c)}
MATRIX = {"from_matrix": lambda c: interop.from_matrix([[0, 1]], c)}


@pytest.mark.parametrize("name", BOTH)
def test_a_class_that_nobody_chose_is_a_warning(name):
    message = r"target classes \['blue'\] are not among the labels, which are \['angry', 'happy'"
    with pytest.warns(UserWarning, match=message):
        BOTH[name](["sad", "blue"])
    with pytest.raises(ValueError, match=r"no target class is among the labels: .*'blue'.*'sad'"):
        BOTH[name](["blue"])


@pytest.mark.parametrize("name", [*BOTH, *COUNT])
@pytest.mark.parametrize("wrong", ["Sad", "sad ", " SAD", "s\tad"])
def test_another_spelling_is_an_error(name, wrong):
    if wrong == "s\tad":  # another word
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            (BOTH | COUNT)[name]([wrong, "angry"])
        return
    with pytest.raises(ValueError, match=r"classes must be spelt as the labels are; got '.*'sad'"):
        (BOTH | COUNT)[name]([wrong, "angry"])


@pytest.mark.parametrize("name", [*BOTH, *COUNT, *MATRIX])
@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["sad", "sad"], r"classes must be different labels, got \['sad', 'sad'\]"),
        (np.array(["sad", "sad"]), r"classes must be different labels, got \['sad', 'sad'\]"),
        (["sad", None], r"classes must be labels, got \['sad', None\]"),
        (["sad", float("nan")], r"classes must be labels, got \['sad', nan\]"),
        (pd.Series(["sad", pd.NA], dtype="string"), r"classes must be labels, got \['sad', <NA>"),
        ("sad", "must be a"),
        ({"sad", "angry"}, "must be a"),
        ([("sad", "angry"), "sad"], "plain values"),
    ],
)
def test_what_is_no_list_of_classes_is_an_error(name, classes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        (BOTH | COUNT | MATRIX)[name](classes)


@pytest.mark.parametrize("name", [*BOTH, *COUNT])
@pytest.mark.parametrize("classes", [[0, 1], [True], [b"sad"]])
def test_classes_of_another_kind_are_an_error(name, classes):
    with pytest.raises(ValueError, match=r"same kind as the labels, text such as .*; got "):
        (BOTH | COUNT)[name](classes)


def test_numbers_are_shown_as_what_they_are():
    message = r"kind as the labels, numbers such as \[0, 1\]; got text: \['0', '1'\]"
    with pytest.raises(ValueError, match=message):
        Ratings.from_labels([0, 1], target_classes=["0", "1"])
    assert Ratings.from_labels([0, 1], target_classes=[1.0]).target_classes == (1,)
    with pytest.raises(ValueError, match="same kind as the labels, text"):
        SoftTargetEncoder().fit([0, 1]).transform(["0", "1"])


@pytest.mark.parametrize("name", BOTH)
def test_classes_that_are_there_pass_without_a_word(name, recwarn):
    for classes in (LABELS, tuple(LABELS), np.array(LABELS), pd.Index(LABELS), ["sad"]):
        BOTH[name](classes)
    assert len(recwarn) == 0


def test_slices_keep_classes_without_a_word(recwarn):
    y = Ratings.from_wide(WIDE, target_classes=LABELS)
    assert y[:1].target_classes == tuple(LABELS)
    assert y[:1].counts().tolist() == [[2, 0, 0]]
    SoftTargetEncoder(classes=LABELS).fit(y[:1])
    Ratings.concatenate([y[:1], y[1:2]])
    assert len(recwarn) == 0


def test_nothing_is_compared_where_nobody_said_anything(recwarn):
    y = Ratings.from_wide([[None, None]], target_classes=["sad", "Sad"])
    assert y.target_classes == ("sad", "Sad")
    assert len(recwarn) == 0


def test_categories_are_known_as_labels(recwarn):
    said = pd.Categorical(["sad", "angry"], categories=LABELS)
    frame = pd.DataFrame({"sample": [0, 1], "annotator": "E1", "label": said})
    read = [
        Ratings.from_long(frame, target_classes=LABELS),
        Ratings.from_wide(frame[["label"]], target_classes=LABELS),
        Ratings.from_labels(frame["label"], target_classes=LABELS),
        interop.from_matrix([[0], [2]], LABELS),
    ]
    assert [y.classes.tolist() for y in read] == [LABELS] * 4
    assert read[0].labels.tolist() == ["angry", "sad"]
    assert len(recwarn) == 0
    with pytest.raises(ValueError, match="got 'Happy' for 'happy'"):
        Ratings.from_long(frame, target_classes=["sad", "Happy"])


def test_the_constructor_refuses_what_no_classes_can_be():
    y = Ratings.from_wide(WIDE)
    parts = y.values, y.offsets, y.annotators, y.labels
    with pytest.raises(TypeError, match="target_classes must be a sequence, got 'sad'"):
        Ratings(*parts, target_classes="sad")
    with pytest.raises(ValueError, match="target_classes must be different"):
        Ratings(*parts, target_classes=["sad", "sad"])


def test_a_class_is_absent_in_counts_by_rule():
    assert Ratings.from_wide(WIDE).counts(["sad", "blue"])[2].tolist() == [2, 0]


# Annotators ----------------------------------------------------------------------------------


def test_weights_of_annotators_who_are_not_there():
    message = r"unknown annotators \['e1'\]; known are \['E1', 'E2'\]"
    with pytest.raises(ValueError, match=message):
        SoftTargetEncoder(weights={"e1": 0.0}).fit(WIDE)
    with pytest.raises(ValueError, match=message):
        Ratings.from_wide(WIDE).counts(weights={"e1": 0.0})
    with pytest.raises(ValueError, match=r"unknown annotators \['E1'\]; known are \[\]"):
        SoftTargetEncoder(weights={"E1": 0.0}).fit(LABELS)
    for odd in ("much", None, float("nan"), np.inf, -1, np.float64(-1)):
        with pytest.raises(ValueError, match=r"numbers of at least 0, got .* for 'E1'"):
            Ratings.from_wide(WIDE).counts(weights={"E1": odd})


def test_an_annotator_who_is_absent_from_a_fold_is_no_stranger():
    X = np.eye(3)[np.arange(12) % 3]
    cells = WIDE.assign(E3=[*[None] * 6, *LABELS * 2])
    encoder = SoftTargetEncoder(weights={"E3": 0.5})
    model = SoftmaxClassifier(target_encoder=encoder)
    for y in (Ratings.from_wide(cells), cells, np.asarray(Ratings.from_wide(cells))):
        scores = cross_val_score(model, X, y, cv=KFold(2), error_score="raise")
        assert np.isfinite(scores).all()
    # Others may have rated what is transformed.
    fitted = encoder.fit(cells)
    assert fitted.transform(WIDE).shape == (12, 3)
    assert fitted.transform(LABELS).shape == (3, 3)


def test_names_of_columns_of_raters():
    for names in (["E3"], "E3", ["E1", "E3"]):
        message = r"annotators must be columns of the table, \['E1', 'E2'\], got \['E3'\]"
        with pytest.raises(ValueError, match=message):
            interop.from_audformat(WIDE, annotators=names)
    assert interop.from_audformat(WIDE, annotators="E1").annotators.tolist() == ["E1"]


def test_labels_in_messages_are_those_of_python():
    y = Ratings.from_wide(WIDE)
    for wrong in (np.array(["E9"]), [np.str_("E9")], np.str_("E9")):
        with pytest.raises(ValueError, match=r"unknown annotators \['E9'\]"):
            y.select(wrong)
    with pytest.raises(ValueError, match=r"got \['blue'\]"):
        y.rename({np.str_("blue"): "sad"})
    with pytest.raises(ValueError, match=r"got \['blue'\]"):
        y.with_consensus(np.array(["blue"] * 12))
    with pytest.raises(ValueError, match=r"the classes are \['blue'\]|classes are \['blue'\]"):
        SoftTargetEncoder(classes=np.array(["blue"])).fit(y)


# Samples -------------------------------------------------------------------------------------


def test_ids_that_match_nothing():
    y = Ratings.from_wide(WIDE.set_axis([f"{i}.wav" for i in range(12)]))
    with pytest.raises(ValueError, match="12 rated samples are not among ids"):
        y.reindex(["0", "1"])
    with pytest.warns(
        UserWarning, match=r"no sample of these ratings is among ids: they have 0.w"
    ):
        assert len(y.reindex(["0", "1"], allow_dropped=True)) == 2


def test_a_model_on_weights_is_that_of_the_raters_left(recwarn):
    """A rater of weight 0 may as well not be there."""
    cells = WIDE.assign(E2=["sad"] * 12)
    weighed = SoftTargetEncoder(weights={"E2": 0.0}).fit_transform(cells)
    y = Ratings.from_wide(cells).drop("E2")
    np.testing.assert_array_equal(weighed, SoftTargetEncoder().fit_transform(y))
    assert ConsensusClassifier(LogisticRegression()).fit(np.eye(12), y).classes_.tolist() == LABELS
    assert len(recwarn) == 0
