"""Weights of samples: what they mean, for every classifier."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from _contract import CLASSIFIERS, make_ratings, make_sequences, prepare
from _versions import has_scikit_learn
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    ProfileRefineryClassifier,
    Ratings,
    SegmentVGGClassifier,
    Sequences,
    SoftmaxClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.classifiers._correction import Correction, initialise_w
from sklearn_ser.classifiers._sample_weight import check_sample_weight
from sklearn_ser.classifiers._targets import compute_class_weights
from sklearn_ser.features import SequenceStatistics
from sklearn_ser.recipes import OneAnnotator

every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)
# These are trained on a weighted mean, without parts of scikit-learn.
NETWORKS = [
    "AttentionBLSTMClassifier",
    "CrowdLayerClassifier",
    "LabelCorrectingClassifier",
    "SegmentVGGClassifier",
    "SoftmaxClassifier",
]


@pytest.fixture
def X(name):
    return prepare(name, make_sequences())


@pytest.fixture(scope="module")
def y():
    return make_ratings()


@pytest.fixture(scope="module")
def weights():
    """A third of them is 0."""
    rng = np.random.default_rng(3)
    return rng.permutation(48) % 3 * rng.uniform(0.5, 2, 48)


def fit(name, X, y, sample_weight=None):
    model = clone(CLASSIFIERS[name])
    of_last = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    given = {} if sample_weight is None else {f"{of_last}sample_weight": sample_weight}
    return model.fit(X, y, **given)


@every_classifier
def test_equal_weights_change_nothing(name, X, y):
    expected = fit(name, X, y).predict_proba(X)
    for ones in (np.ones(48), 1, [1] * 48, pd.Series(1.0, index=range(100, 148))):
        np.testing.assert_array_equal(fit(name, X, y, ones).predict_proba(X), expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_only_proportions_matter_to_networks(name, X, y, weights):
    expected = fit(name, X, y).predict_proba(X)
    for constant in (2, 0.3, 1e300):
        equal = np.full(48, constant)
        np.testing.assert_array_equal(fit(name, X, y, equal).predict_proba(X), expected)
    expected = fit(name, X, y, weights).predict_proba(X)
    # Dividing by a power of two loses no bit.
    np.testing.assert_array_equal(fit(name, X, y, weights / 4).predict_proba(X), expected)
    np.testing.assert_allclose(fit(name, X, y, weights * 7).predict_proba(X), expected, atol=1e-4)


@every_classifier
def test_weight_zero_leaves_a_sample_out(name, X, y, weights):
    used = weights > 0
    assert 0 < used.sum() < 48
    found = fit(name, X, y, weights)
    expected = fit(name, X[used], y[used], weights[used])
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    # Nothing else is learned from it: with weights of 0 and 1, there are no weights.
    found = fit(name, X, y, used)
    expected = fit(name, X[used], y[used])
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


def test_weights_of_one_are_none_to_a_random_forest():
    """From scikit-learn 1.9 on, a forest that is given weights draws other samples."""
    rng = np.random.default_rng(0)
    table, y = rng.normal(size=(48, 4)), np.array(["sad", "angry"] * 24)
    used = np.arange(48) % 5 > 0
    forest = RandomForestClassifier(10, random_state=0)
    weighted = clone(forest).fit(table[used], y[used], np.ones(used.sum())).predict_proba(table)
    expected = clone(forest).fit(table[used], y[used]).predict_proba(table)
    assert (weighted != expected).any() == has_scikit_learn("1.9")
    found = ConsensusClassifier(forest).fit(table, y, used).predict_proba(table)
    np.testing.assert_array_equal(found, expected)
    pipe = ConsensusClassifier(make_pipeline(StandardScaler(), forest))
    found = clone(pipe).fit(table, y, np.ones(48)).predict_proba(table)
    np.testing.assert_array_equal(found, clone(pipe).fit(table, y).predict_proba(table))


def test_so_they_are_to_the_forest_of_refined_profiles():
    X, y, used = make_sequences(), make_ratings(), np.arange(48) % 7 > 0
    network = SegmentVGGClassifier(width=1 / 64, max_epochs=1, early_stopping=False)
    model = ProfileRefineryClassifier(network, cv=2, n_stages=1, refit=False, random_state=0)
    X = prepare("ProfileRefineryClassifier", X)
    found, expected = clone(model).fit(X, y, used), clone(model).fit(X[used], y[used])
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


@every_classifier
def test_a_class_of_weight_zero_is_unknown(name, X):
    """As if plain labels or tables had not had it."""
    labels = np.array(["angry", "sad", "happy"])[np.arange(48) % 3]
    labels[:6] = "bored"
    weights = np.where(labels == "bored", 0, 1)
    twice = pd.DataFrame({"E1": labels, "E2": labels})
    for given in (labels, labels.tolist(), pd.Series(labels), twice):
        found = fit(name, X, given, weights)
        assert found.classes_.tolist() == ["angry", "happy", "sad"]
        expected = fit(name, X[6:], given[6:])
        np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


@every_classifier
def test_what_weighs_more_is_predicted_more(name, X, y):
    model = clone(CLASSIFIERS[name])
    if name == "LabelCorrectingClassifier":
        model.set_params(w_init="uniform")  # the others balance classes
    of_last = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    is_sad, towards = y.consensus() == "sad", []
    for weight in (0.1, 1, 9):
        given = {f"{of_last}sample_weight": np.where(is_sad, weight, 1)}
        towards.append(clone(model).fit(X, y, **given).predict_proba(X)[:, 1].mean())
    assert towards[0] < towards[1] < towards[2]


BAD = {
    "NaN": (np.where(np.arange(48) % 20 == 3, np.nan, 1), r"samples 3 \(nan\), 23 \(nan\), 43"),
    "None": ([1.0] * 47 + [None], r"at least 0 for every sample; not for samples 47 \("),
    "missing": (pd.Series([pd.NA] + [2] * 47, dtype="Int64"), r"not for samples 0 \((<NA>|nan)\)"),
    "masked": (np.ma.masked_equal(np.arange(1, 49), 2), r"not for samples 1 \(None\)"),
    "negative": (np.where(np.arange(48) < 12, -1, 1), r"0 \(-1\), 1 .* and 2 more\."),
    "infinite": ([np.inf] + [1] * 47, r"not for samples 0 \(inf\)"),
    "text": (["1"] * 48, r"not for samples 0 \(1\)"),
    "complex": (np.full(48, 1j), r"not for samples 0 \(1j\)"),
    "too few": (np.ones(47), r"one number per sample, of shape \(48,\), got shape \(47,\)"),
    "a column": (np.ones((48, 1)), r"of shape \(48,\), got shape \(48, 1\)"),
    "ragged": ([[1], [1, 2]] * 24, r"of shape \(48,\), got shape \(48, 0\)"),
    "zeros": (np.zeros(48), "sample_weight must not be zero for all samples"),
    "zero": (0, "sample_weight must not be zero for all samples"),
}


@pytest.mark.parametrize("case", BAD)
def test_weights_that_are_none(case):
    weights, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        check_sample_weight(weights, 48)


@every_classifier
def test_every_classifier_validates_weights(name, X, y):
    for case in ("NaN", "negative", "too few", "zeros"):
        weights, message = BAD[case]
        with pytest.raises(ValueError, match=message):
            fit(name, X, y, weights)


def test_weights_in_any_form():
    for given in (
        np.array([True, False, True]),
        [1, 0, True],
        (Fraction(1), 0.0, 1.0),
        pd.Series([1, 0, 1], index=["a", "b", "c"], dtype="Int64"),
        np.ma.MaskedArray([1, 0, 1]),
        np.float32([1, 0, 1]),
    ):
        found = check_sample_weight(given, 3)
        assert found.dtype == np.float64
        assert found.tolist() == [1, 0, 1]
    assert check_sample_weight(2.5, 2).tolist() == [2.5, 2.5]
    assert check_sample_weight(None, 2).tolist() == [1, 1]


def repeat(X, y, times):
    rows = np.repeat(np.arange(len(y)), times)
    return X[rows], y[rows]


def test_in_one_batch_a_weight_is_the_same_as_repetitions():
    """The loss is a weighted mean; only rounding differs."""
    rng = np.random.default_rng(0)
    X, y = make_sequences()[:20], make_ratings()[:20]
    times = rng.integers(0, 4, 20)
    network = AttentionBLSTMClassifier(
        (4, 4, 4), dropout=0, batch_size=99, max_epochs=8, early_stopping=False, random_state=0
    )
    for changes in ({}, {"class_weight": "balanced"}, {"optimizer": "sgd", "lr": 0.5}):
        model = clone(network).set_params(**changes)
        found = clone(model).fit(X, y, times).predict_proba(X)
        expected = clone(model).fit(*repeat(X, y, times)).predict_proba(X)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert np.abs(found - clone(model).fit(X, y).predict_proba(X)).max() > 1e-3
    correcting = LabelCorrectingClassifier(clone(network), lr_target=2, lr_weight=1)
    found, expected = clone(correcting).fit(X, y, times), clone(correcting)
    expected.fit(*repeat(X, y, times))
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(X), atol=1e-5)
    # Each sample has its own target and w, which are those of each of its repetitions.
    rows = np.repeat(np.arange(20), times)
    np.testing.assert_allclose(found.w_[rows], expected.w_, atol=1e-5)
    targets = found.corrected_targets_[rows]
    np.testing.assert_allclose(targets, expected.corrected_targets_, atol=1e-5)
    assert np.isnan(found.w_[times == 0]).all()
    np.testing.assert_allclose(found.sample_weight_, 1 / found.w_)


def test_weights_are_factors_on_the_loss():
    """By hand, for the loss of the first epoch: a linear layer that starts at zero says 1/2."""
    X, y, weights = np.eye(4), ["sad", "angry", "sad", "angry"], [3, 1, 0.5, 1.5]
    model = SoftmaxClassifier(
        class_weight={"sad": 2}, batch_size=9, max_epochs=1, early_stopping=False
    )
    history = model.fit(X, y, weights).net_.history
    share = np.array(weights) / np.mean(weights)
    loss = np.mean(share * [2, 1, 2, 1] * np.log(2))
    assert abs(history[0]["train_loss"] - loss) < 1e-6


def test_the_held_out_loss_is_weighted():
    X, y = np.eye(6), ["sad", "angry"] * 3

    class Last:
        def split(self, X, y, groups):
            yield np.arange(4), np.arange(4, 6)

    network = SoftmaxClassifier(max_epochs=1, lr=0.5, validation=Last(), random_state=0)
    weights = np.array([1.0, 1, 1, 1, 3, 5])
    model = clone(network).fit(X, y, weights)
    proba = model.predict_proba(X[4:])
    share = weights[4:] / weights.mean()
    expected = np.mean(share * -np.log(proba[[0, 1], [1, 0]]))
    assert abs(model.net_.history[0]["valid_loss"] - expected) < 1e-6


def test_balanced_class_weights_use_the_weighted_mass():
    targets, weights = np.array([[1.0, 0], [0.5, 0.5], [0, 1]]), np.array([4.0, 2, 1])
    found = compute_class_weights("balanced", np.array(["angry", "sad"]), targets, weights)
    np.testing.assert_allclose(found, [7 / (2 * 5), 7 / (2 * 2)])


def test_weights_of_label_correction_by_hand():
    labels, weights = np.array([0, 0, 1]), np.array([1.0, 0.5, 1.5])
    # Two classes of mass 1.5 each.
    for w_init in ("proportional", "balanced", "uniform"):
        np.testing.assert_allclose(initialise_w(labels, w_init, weights), 1)
    weights = np.array([2.0, 0.5, 0.5])
    np.testing.assert_allclose(
        initialise_w(labels, "proportional", weights), np.array([2.5, 2.5, 0.5]) / (6.5 / 3)
    )
    correction = Correction(
        np.eye(2)[labels],
        np.ones(3),
        learn_targets=False,
        learn_weights=True,
        fixed_target="given",
        lr_target=0.1,
        lr_weight=0.1,
        sample_weight=weights,
    )
    np.testing.assert_allclose(correction.weighted_targets, weights[:, None] * np.eye(2)[labels])
    log_proba = np.log([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
    correction.step(log_proba)
    raised = 1 - 0.1 * np.log([0.5, 0.9, 0.8])
    np.testing.assert_allclose(correction.w, raised / (raised @ weights / 3))


def test_repeated_samples_keep_their_weight():
    """Oversampling repeats rows, and each is multiplied by its weight."""
    seen = []

    class Spy(SoftmaxClassifier):
        def start_training(self, train, valid, **params):
            seen.append((train.sequences.values[:, 0], train.targets.numpy()))
            return super().start_training(train, valid, **params)

    X, y = np.arange(1.0, 7)[:, None], ["sad"] * 4 + ["angry"] * 2
    weights = np.array([1.0, 2, 3, 4, 5, 6])
    model = Spy(resample="over", early_stopping=False, max_epochs=1, random_state=0)
    model.fit(X, y, weights)
    ((rows, targets),) = seen
    assert len(rows) == 8
    np.testing.assert_allclose(targets.sum(axis=1), rows / weights.mean(), rtol=1e-6)


class Noted(LogisticRegression):
    """Keeps what it was trained on."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = X, sample_weight
        return super().fit(X, y, sample_weight)

    def transform(self, X):
        return np.asarray(X)


def test_members_and_the_joint_layer_get_the_weights_of_their_rows():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(40), rng.normal(size=40)])
    cells = [["sad", None], ["angry", "sad"], ["sad", "angry"], ["angry", "angry"]] * 10
    y = Ratings.from_wide(cells, annotators=["E1", "E2"])
    weights = np.where(np.arange(40) % 7 == 0, 0, np.arange(40.0))
    for cv in (None, 2):
        model = AnnotatorEnsembleClassifier(
            Noted(), final_estimator=Noted(), min_ratings=1, cv=cv
        ).fit(X, y, weights)
        assert list(model.members_) == ["crowd-hard", "crowd-soft", "E1", "E2"]
        for name, member in model.members_.items():
            seen, own = member.seen_
            rows = seen[:, 0].astype(int)
            # The copies of a sample, of which only crowd-soft has several, share its weight.
            np.testing.assert_array_equal(np.bincount(rows, own)[rows], weights[rows])
            assert (len(set(rows.tolist())) < len(rows)) == (name == "crowd-soft")
            assert len(rows) > 5, name
        consensus = y.consensus()
        known = [i for i in range(40) if consensus[i] is not None and weights[i] > 0]
        np.testing.assert_array_equal(model.final_estimator_.seen_[1], weights[known])


def test_altered_copies_keep_the_weight_of_their_original():
    class OfAudio(Noted):
        def fit(self, X, y, sample_weight=None):
            self.seen_, self.classes_ = (X, sample_weight), np.array(["angry", "sad"])
            return self

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    rng = np.random.default_rng(0)
    X = [0.1 * rng.standard_normal(4000 + 100 * i).astype(np.float32) for i in range(6)]
    OfAudio.__module__ = "tests"
    model = AugmentedClassifier(OfAudio()).fit(X, ["sad", "angry"] * 3, [1, 2, 0, 4, 5, 6])
    seen, weights = model.estimator_.seen_
    assert weights.tolist() == [1, 2, 4, 5, 6] * 3
    assert len(seen) == 15
    expected = AugmentedClassifier(OfAudio()).fit(X[:2], ["sad", "angry"]).estimator_
    assert expected.seen_[1] is None


class Unweighted(ConsensusClassifier):
    def fit(self, X, y):
        return super().fit(X, y)


def test_a_part_that_takes_no_weights_is_named():
    X, y = np.eye(12), ["sad", "angry"] * 6
    knn = KNeighborsClassifier()
    plain = ConsensusClassifier(knn)
    with pytest.raises(TypeError, match=r"but KNeighborsClassifier does not accept it.*Consensus"):
        plain.fit(X, y, sample_weight=np.ones(12))
    plain.fit(X, y)
    ConsensusClassifier(SVC()).fit(X, y, sample_weight=np.ones(12))
    for model, message in [
        (AveragingClassifier([("a", plain), ("b", Unweighted(knn))]), "but Unweighted does not"),
        (AveragingClassifier([("a", plain)]), "KNeighborsClassifier does not"),
        (OneAnnotator(make_pipeline(make_pipeline(knn)), "E1"), "but KNeighborsClassifier does"),
        (
            AnnotatorEnsembleClassifier(SoftmaxClassifier(), final_estimator=knn, min_ratings=1),
            "KNeighborsClassifier does not accept it.*AnnotatorEnsembleClassifier",
        ),
        (
            ProfileRefineryClassifier(SegmentVGGClassifier(width=1 / 64), final_estimator=knn),
            "KNeighborsClassifier does not accept it.*ProfileRefineryClassifier",
        ),
    ]:
        ratings = Ratings.from_wide([[label] for label in y], annotators=["E1"])
        with pytest.raises(TypeError, match=message):
            model.fit(X, ratings, sample_weight=np.ones(12))


def test_weights_reach_the_last_step_of_a_pipeline():
    X, y = make_sequences(), make_ratings()
    weights = np.arange(48.0)
    linear = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2)
    model = AveragingClassifier([("linear", linear), ("network", network)]).fit(X, y, weights)
    alone = clone(linear).fit(X, y, consensusclassifier__sample_weight=weights)
    found = model.named_estimators_["linear"][0]
    np.testing.assert_array_equal(found.predict_proba(X), alone.predict_proba(X))
    one = OneAnnotator(make_pipeline(linear), "E1").fit(X, y, weights)
    steps = one.estimator_[-1][-1].estimator_
    rows = np.flatnonzero((y.select("E1").consensus() != None) & (weights > 0))  # noqa: E711
    table = SequenceStatistics().fit_transform(X)[rows]
    labels = y.select("E1").consensus()[rows].astype(str)
    by_hand = LogisticRegression().fit(table, labels, weights[rows])
    np.testing.assert_array_equal(steps.coef_, by_hand.coef_)


def test_agreement_of_raters_ignores_what_is_left_out():
    """An encoder that learns from all ratings does not see those of samples of weight 0."""
    X, y = make_sequences(), make_ratings()
    encoder = SoftTargetEncoder(weights="agreement")
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=1, target_encoder=encoder)
    weights = np.arange(48) % 4 > 0
    found = clone(network).fit(X, y, weights).target_encoder_.weights_
    assert found == clone(encoder).fit(y[weights]).weights_
    assert found != clone(encoder).fit(y).weights_


def test_segment_targets_are_weighted():
    X, y = prepare("SegmentVGGClassifier", make_sequences()), make_ratings()
    model = SegmentVGGClassifier(
        width=1 / 64, max_epochs=1, target_encoder=HardTargetEncoder(), random_state=0
    )
    weights = np.arange(48) % 5
    targets = np.random.default_rng(0).dirichlet([1, 1], int(X.segment_offsets[-1]))
    found = clone(model).fit(X, y, weights, segment_targets=targets)
    used = weights > 0
    own = targets[np.repeat(used, X.n_segments)]
    expected = clone(model).fit(X[used], y[used], weights[used], own)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    plain = clone(model).fit(X, y, segment_targets=targets)
    assert (plain.predict_proba(X) != found.predict_proba(X)).any()


def test_weights_are_a_part_of_the_key_of_a_cache(tmp_path):
    X, y = prepare("ProfileRefineryClassifier", make_sequences()), make_ratings()
    model = clone(CLASSIFIERS["ProfileRefineryClassifier"])
    weights = np.arange(1.0, 49)
    expected = clone(model).fit(X, y, weights).predict_proba(X)
    kept = clone(model).set_params(memory=tmp_path)
    for given, known in ((None, clone(model).fit(X, y).predict_proba(X)), (weights, expected)):
        for _ in range(2):
            found = clone(kept).fit(X, y, given).predict_proba(X)
            np.testing.assert_array_equal(found, known)


def test_no_sample_is_left():
    X = Sequences(np.ones((2, 1)), [0, 0, 1, 2])
    for model in (
        AttentionBLSTMClassifier((2, 2, 2)),
        AnnotatorEnsembleClassifier(),
        ProfileRefineryClassifier(),
    ):
        with pytest.raises(ValueError, match="none of them has both frames and a weight above 0"):
            model.fit(X, ["sad", "angry", "sad"], sample_weight=[1, 0, 0])
    message = r"among the target classes \['angry', 'sad'\], frames and a weight above 0"
    y = Ratings.from_wide([["sad", "sad"], ["sad", "angry"], ["angry", "sad"]])
    with pytest.raises(ValueError, match=message):
        ConsensusClassifier(LogisticRegression()).fit(np.eye(3), y, sample_weight=[0, 1, 1])


def test_splits_that_list_rows_are_of_all_samples(weights):
    """Of samples of weight 0, too, which are then left out of them."""
    X, y = make_sequences(), make_ratings()
    used, half = weights > 0, np.arange(48) < 24
    lists = [(np.flatnonzero(half), np.flatnonzero(~half)), (~half, half)]
    model = clone(CLASSIFIERS["AnnotatorEnsembleClassifier"])
    own = PredefinedSplit(half[used].astype(int))
    expected = clone(model).set_params(cv=own).fit(X[used], y[used], weights[used])
    for cv in (lists, PredefinedSplit(half.astype(int))):
        found = clone(model).set_params(cv=cv).fit(X, y, weights)
        np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    X = prepare("ProfileRefineryClassifier", X)
    model = clone(CLASSIFIERS["ProfileRefineryClassifier"])
    expected = clone(model).set_params(cv=own).fit(X[used], y[used], weights[used])
    found = clone(model).set_params(cv=PredefinedSplit(half.astype(int))).fit(X, y, weights)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
