"""Any classifier learns every rating: the consensus as a case of it, and every form of X and y."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from _crowd import CLASSES, rate, simulate
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    Ratings,
    RatingsClassifier,
    Sequences,
    SoftmaxClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.features import SequenceStatistics
from sklearn_ser.io import load, save

LINEAR = LogisticRegression(tol=1e-8, max_iter=1000)


@pytest.fixture(scope="module")
def crowd():
    return simulate(40, distance=1.5)


@pytest.fixture(scope="module")
def y(crowd):
    return rate(crowd[2])


def by_hand(X, ratings, model=LINEAR, weights=None):
    """The fit to one weighted row per sample and class, made by loops."""
    rows, labels, shares = [], [], []
    for n, row in enumerate(ratings):
        said = [label for one in row.values() for label in one]
        for label in sorted(set(said)):
            rows.append(n)
            labels.append(label)
            shares.append(said.count(label) / len(said) * (1 if weights is None else weights[n]))
    return model.fit(X[rows], labels, sample_weight=shares)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "model", [LINEAR, GaussianNB(), RandomForestClassifier(5, random_state=0)], ids=repr
)
def test_it_is_the_fit_to_weighted_copies(crowd, y, model, weighted):
    X = crowd[0]
    weights = np.random.default_rng(0).uniform(0.5, 2, len(X)) if weighted else None
    expected = by_hand(X, y, model, weights).predict_proba(X)
    found = RatingsClassifier(model).fit(X, y, weights)
    np.testing.assert_allclose(found.predict_proba(X), expected, atol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        LINEAR,
        LogisticRegression(class_weight="balanced"),
        SVC(),
        KNeighborsClassifier(),
        HistGradientBoostingClassifier(max_iter=5, early_stopping=True, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=repr,
)
@pytest.mark.parametrize("weighted", [False, True])
def test_with_hard_targets_it_is_the_consensus_classifier(crowd, y, model, weighted):
    X = crowd[0]
    weights = np.random.default_rng(1).permutation(len(X)) % 4
    given = (weights,) if weighted and not isinstance(model, KNeighborsClassifier) else ()
    found = RatingsClassifier(model, HardTargetEncoder()).fit(X, y, *given)
    expected = ConsensusClassifier(model).fit(X, y, *given)
    np.testing.assert_array_equal(found.predict(X), expected.predict(X))
    np.testing.assert_allclose(found.prior_, expected.prior_)
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    else:
        np.testing.assert_array_equal(found.decision_function(X), expected.decision_function(X))


@pytest.mark.parametrize("make", [RatingsClassifier, CrowdEMClassifier])
@pytest.mark.parametrize("form", ["csr_array", "csc_matrix", "coo_array"])
def test_sparse_tables(crowd, y, make, form):
    X = np.where(np.abs(crowd[0]) > 0.5, crowd[0], 0)
    weights = np.arange(len(X)) % 5 > 0  # some samples are left out
    expected = make(LINEAR).fit(X, y, weights)
    sparse = getattr(scipy.sparse, form)(X)
    found = make(LINEAR).fit(sparse, y, weights)
    np.testing.assert_allclose(found.predict_proba(sparse), expected.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("make", [RatingsClassifier, CrowdEMClassifier])
def test_tables_with_names_of_columns(crowd, y, make):
    X = crowd[0]
    table = pd.DataFrame(X, columns=list("abcdef"), index=range(100, 100 + len(X)))
    chosen = make_pipeline(make_column_transformer((StandardScaler(), ["a", "c"])), LINEAR)
    model = make(chosen).fit(table, y)
    assert model.feature_names_in_.tolist() == list("abcdef")
    scaled = StandardScaler().fit_transform(X[:, [0, 2]])
    expected = make(LINEAR).fit(scaled, y).predict_proba(scaled)
    np.testing.assert_allclose(model.predict_proba(table), expected, atol=1e-5)
    bare = make(LINEAR).fit(X, y)
    assert bare.n_features_in_ == 6
    assert not hasattr(bare, "feature_names_in_")
    # A fit on a table without names forgets those of the fit before.
    assert not hasattr(model.set_params(estimator=LINEAR).fit(X, y), "feature_names_in_")


@pytest.mark.parametrize("make", [RatingsClassifier, CrowdEMClassifier])
def test_frames_through_a_pipeline(crowd, y, make):
    X = Sequences.from_arrays([[row, row + 1] for row in crowd[0]], speaker=np.arange(120) // 10)
    table = SequenceStatistics().fit_transform(X)
    inside = make(make_pipeline(SequenceStatistics(), LINEAR)).fit(X, y)
    outside = make(LINEAR).fit(table, y)
    np.testing.assert_allclose(inside.predict_proba(X), outside.predict_proba(table), atol=1e-5)
    with pytest.raises(TypeError, match="LogisticRegression takes a table, but X holds sequences"):
        make(LINEAR).fit(X, y)


@pytest.mark.parametrize("make", [RatingsClassifier, CrowdEMClassifier])
def test_samples_without_frames_get_the_prior(crowd, y, make):
    X = Sequences.from_arrays([[row] for row in crowd[0]])
    lengths = np.where(np.arange(120) % 40 == 3, 0, 1)
    holes = Sequences(X.values[lengths > 0], np.concatenate([[0], np.cumsum(lengths)]))
    pipe = make_pipeline(SequenceStatistics(["mean"]), LINEAR)
    model = make(pipe).fit(holes, y)
    rows = np.flatnonzero(lengths)
    expected = make(pipe).fit(X[rows], y[rows])
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    with pytest.warns(UserWarning, match="3 of 120 samples have no frames; .*: samples 3, 43, 83"):
        proba = model.predict_proba(holes)
    np.testing.assert_array_equal(proba[[3, 43, 83]], np.tile(model.prior_, (3, 1)))
    np.testing.assert_allclose(model.prior_.sum(), 1)
    # The same as rows of NaN, which SequenceStatistics makes of them.
    table = SequenceStatistics(["mean"]).fit_transform(holes)
    found = make(LINEAR).fit(table, y)
    np.testing.assert_allclose(found.prior_, model.prior_, atol=1e-5)


def test_a_network_learns_the_ratings_as_it_does_alone(crowd, y):
    X = crowd[0]
    network = AttentionBLSTMClassifier((4, 0, 0), max_epochs=3, random_state=0)
    found = RatingsClassifier(network).fit(X, y)
    expected = network.set_params(target_encoder=SoftTargetEncoder(alpha=0)).fit(X, y)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


def test_several_labels_of_a_rater_and_anonymous_raters():
    """Every label counts once, whoever gave it."""
    X = np.array([[0.0], [1.0], [2.0], [3.0]] * 5)
    cells = [["sad", ("sad", "angry")], ["angry", None], [("angry", "sad"), None], ["sad", "sad"]]
    y = Ratings.from_wide(cells * 5)
    counts = np.array([[1, 2], [1, 0], [1, 1], [0, 2]] * 5)
    anonymous = Ratings.from_counts(counts, ["angry", "sad"])
    expected = by_hand(X, y).predict_proba(X)
    for form in (y, anonymous):
        found = RatingsClassifier(LINEAR).fit(X, form).predict_proba(X)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_samples_whose_only_labels_are_no_classes_are_left_out(crowd):
    X, _, said = crowd
    said = said.copy()
    said[::6] = "other"
    y = rate(said)
    targets = Ratings.from_wide(y.to_wide(), target_classes=CLASSES.tolist())
    rows = np.setdiff1d(np.arange(120), np.arange(0, 120, 6))
    found = RatingsClassifier(LINEAR).fit(X, targets)
    expected = RatingsClassifier(LINEAR).fit(X[rows], targets[rows])
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    assert found.classes_.tolist() == CLASSES.tolist()
    only = Ratings.from_wide([["other"], ["sad"]] * 4, target_classes=["sad"])
    with pytest.raises(ValueError, match="at least two classes are needed, got 1 class"):
        RatingsClassifier(LINEAR).fit(X[:8], only)


def test_in_searches_and_cross_validation(crowd, y):
    X = crowd[0]
    search = GridSearchCV(RatingsClassifier(LINEAR), {"estimator__C": [1e-4, 1]}, cv=3)
    assert search.fit(X, y).best_params_ == {"estimator__C": 1}
    assert cross_val_score(RatingsClassifier(LINEAR), X, y, cv=3).min() > 0.5
    smooth = RatingsClassifier(LINEAR, SoftTargetEncoder(alpha=100)).fit(X, y)
    assert np.abs(smooth.predict_proba(X) - 1 / 3).max() < 0.1


def test_a_network_in_a_pipeline(crowd, y):
    X, network = crowd[0], SoftmaxClassifier(lr=0.1, max_epochs=3, random_state=0)
    scaled = StandardScaler().fit_transform(X)
    for model in (RatingsClassifier, lambda e: CrowdEMClassifier(e, max_iter=2, tol=1)):
        for inner in (make_pipeline(network), make_pipeline("passthrough", network)):
            found, expected = model(inner).fit(scaled, y), model(network).fit(scaled, y)
            np.testing.assert_array_equal(
                found.predict_proba(scaled), expected.predict_proba(scaled)
            )
    model = RatingsClassifier(make_pipeline(StandardScaler(), network))
    weights = np.arange(len(X)) % 3
    expected = RatingsClassifier(network)
    rows = weights > 0
    scaled = StandardScaler().fit(X[rows]).transform(X)
    np.testing.assert_array_equal(
        model.fit(X, y, weights).predict_proba(X),
        expected.fit(scaled, y, weights).predict_proba(scaled),
    )


@pytest.mark.parametrize(
    "network",
    [
        SoftmaxClassifier(max_epochs=2),
        LabelCorrectingClassifier(SoftmaxClassifier(max_epochs=2)),
        make_pipeline(StandardScaler(), SoftmaxClassifier(max_epochs=2)),
    ],
)
def test_targets_of_training_samples_are_not_kept(network, crowd, y, tmp_path):
    X = crowd[0]
    for model in (RatingsClassifier(network), CrowdEMClassifier(network, max_iter=1, tol=1)):
        proba = model.fit(X, y).predict_proba(X)
        save(model, tmp_path / "model.skops")
        loaded = load(tmp_path / "model.skops")
        np.testing.assert_array_equal(loaded.predict_proba(X), proba)
        clone(loaded).fit(X, y)


@pytest.mark.parametrize(
    ("wrapper", "encoder"),
    [
        (ConsensusClassifier(SoftmaxClassifier()), "estimator__target_encoder"),
        (CrowdLayerClassifier(SoftmaxClassifier()), "estimator__target_encoder"),
        (AveragingClassifier([("a", SoftmaxClassifier())]), "a__target_encoder"),
        (
            make_pipeline(StandardScaler(), CrowdEMClassifier(SoftmaxClassifier())),
            "estimator__target_encoder",
        ),
    ],
)
def test_networks_in_wrappers_cannot_be_given_targets(wrapper, encoder, crowd, y):
    inner = wrapper[-1] if hasattr(wrapper, "steps") else wrapper
    message = f"{type(inner).__name__} has a target encoder of its own, in {encoder}, and cannot"
    for model in (RatingsClassifier, CrowdEMClassifier):
        with pytest.raises(ValueError, match=message):
            model(wrapper).fit(crowd[0], y)


def test_a_classifier_that_learns_no_shares_is_named(crowd, y):
    message = (
        "KNeighborsClassifier cannot learn the shares .* RatingsClassifier trains it on .* "
        "target_encoder=HardTargetEncoder"
    )
    with pytest.raises(ValueError, match=message):
        RatingsClassifier(KNeighborsClassifier()).fit(crowd[0], y)
    search = GridSearchCV(LogisticRegression(), {}, cv=2)
    with pytest.raises(ValueError, match="GridSearchCV with cv=2 splits samples inside of fit"):
        RatingsClassifier(search).fit(crowd[0], y)
    forest = RandomForestClassifier(class_weight="balanced_subsample")
    with pytest.raises(ValueError, match="class_weight of RandomForestClassifier must be 'balan"):
        RatingsClassifier(forest).fit(crowd[0], y)


def test_balanced_classes_have_the_same_weighted_mass(crowd, y):
    """Weights of samples are repetitions, with "balanced" as without it."""
    X, times = crowd[0], np.arange(120) % 3 + 1
    rows = np.repeat(np.arange(120), times)
    balanced = LogisticRegression(class_weight="balanced", tol=1e-8, max_iter=1000)
    found = RatingsClassifier(balanced).fit(X, y, times)
    expected = RatingsClassifier(balanced).fit(X[rows], y[rows])
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(X), atol=1e-5)
