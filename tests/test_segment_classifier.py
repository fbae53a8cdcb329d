"""SegmentClassifier: any classifier learns segments, as if it were trained on them by hand."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sklearn_ser import (
    ProfileRefineryClassifier,
    Ratings,
    SegmentClassifier,
    Segments,
    SoftmaxClassifier,
)
from sklearn_ser.features import FrameSegmenter, SequenceScaler
from sklearn_ser.metrics import unweighted_accuracy
from sklearn_ser.splits import SpeakerKFold

CLASSES = ["angry", "happy", "sad"]
LINEAR = LogisticRegression(C=0.3)


@pytest.fixture(scope="module")
def X():
    """30 utterances of 6 speakers with 1 to 5 segments; the class moves one feature."""
    rng = np.random.default_rng(0)
    lengths = 8 + 4 * rng.integers(0, 5, size=30)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = rng.normal(size=(offsets[-1], 4)).astype(np.float32)
    values[np.arange(len(values)), np.repeat(np.arange(30) % 3, lengths)] += 0.7
    return Segments(values, offsets, np.arange(30) // 5, segment_length=8, segment_step=4)


@pytest.fixture(scope="module")
def y():
    return np.array([CLASSES[i % 3] for i in range(30)])


def tabulate(X):
    """Return the mean and deviation of every segment, computed one by one."""
    rows = []
    for i in range(len(X)):
        for frames in X.segments(i).astype(np.float64):
            rows.append([*frames.mean(axis=0), *frames.std(axis=0)])
    return np.array(rows, dtype=np.float32)


def make_targets(X, seed=1):
    """Return a distribution per segment."""
    return np.random.default_rng(seed).dirichlet(np.ones(3), size=X.segment_offsets[-1])


def test_labels_are_those_of_the_utterance(X, y):
    model = SegmentClassifier(LINEAR).fit(X, y)
    table, labels = tabulate(X), np.repeat(y, X.n_segments)
    expected = clone(LINEAR).fit(table, labels).predict_proba(table)
    profiles = model.predict_profile(X)
    assert [len(profile) for profile in profiles] == X.n_segments.tolist()
    np.testing.assert_allclose(np.concatenate(profiles), expected, atol=1e-5)
    means = [profile.mean(axis=0) for profile in profiles]
    np.testing.assert_allclose(model.predict_proba(X), means)
    assert model.predict(X).tolist() == [CLASSES[np.argmax(mean)] for mean in means]
    assert model.classes_.tolist() == CLASSES
    assert (model.n_features_in_, model.segment_length_) == (4, 8)


def test_distributions_are_learned_as_weighted_copies(X, y):
    targets = make_targets(X)
    model = SegmentClassifier(LINEAR).fit(X, y, segment_targets=targets)
    copies = np.repeat(tabulate(X), 3, axis=0)
    expected = clone(LINEAR).fit(copies, np.tile(CLASSES, len(targets)), targets.ravel())
    found = np.concatenate(model.predict_profile(X))
    np.testing.assert_allclose(found, expected.predict_proba(tabulate(X)), atol=1e-4)


def test_targets_of_the_utterances_are_the_default(X, y):
    shares = Ratings.from_wide([[label, "sad"] for label in y])
    targets = np.repeat((np.eye(3)[np.arange(30) % 3] + np.eye(3)[2]) / 2, X.n_segments, axis=0)
    # With several ratings, they are smoothed shares.
    alpha = 0.75
    smoothed = (2 * targets + alpha) / (2 + 3 * alpha)
    default = SegmentClassifier(LINEAR).fit(X, shares)
    given = SegmentClassifier(LINEAR).fit(X, shares, segment_targets=smoothed)
    np.testing.assert_allclose(default.predict_proba(X), given.predict_proba(X), atol=1e-6)


def test_utterances_that_are_left_out(X, y):
    """Those without a target and those of weight 0; their segments need no targets either."""
    some = y.astype(object)
    some[[3, 4]] = None
    weights = np.ones(30)
    weights[7] = 0
    rows = np.setdiff1d(np.arange(30), [3, 4, 7])
    kept = np.isin(np.repeat(np.arange(30), X.n_segments), rows)
    targets = make_targets(X)
    expected = SegmentClassifier(LINEAR).fit(X[rows], y[rows], segment_targets=targets[kept])
    targets[~kept] = np.nan
    model = SegmentClassifier(LINEAR).fit(X, some, weights, segment_targets=targets)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(model.prior_, expected.prior_)


def test_weights_of_utterances_are_weights_of_their_segments(X, y):
    weights = 0.5 + np.arange(30) % 4
    targets = make_targets(X)
    model = SegmentClassifier(LINEAR).fit(X, y, weights, targets)
    copies = np.repeat(tabulate(X), 3, axis=0)
    factors = np.repeat(weights, X.n_segments)[:, None] * targets
    expected = clone(LINEAR).fit(copies, np.tile(CLASSES, len(targets)), factors.ravel())
    found = np.concatenate(model.predict_profile(X))
    np.testing.assert_allclose(found, expected.predict_proba(tabulate(X)), atol=1e-4)


def test_a_class_without_a_share_has_probability_zero(X, y):
    targets = make_targets(X)
    targets[:, 1] = 0
    targets /= targets.sum(axis=1, keepdims=True)
    model = SegmentClassifier(LINEAR).fit(X, y, segment_targets=targets)
    assert model.estimator_.classes_.tolist() == ["angry", "sad"]
    proba = model.predict_proba(X)
    assert proba.shape == (30, 3)
    assert (proba[:, 1] == 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
        SoftmaxClassifier(lr=0.05, early_stopping=False, random_state=0),
        KNeighborsClassifier(3),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_any_classifier(X, y, estimator):
    model = SegmentClassifier(estimator, statistics=["mean", "q90"]).fit(X, y)
    assert unweighted_accuracy(y, model.predict(X)) > 0.6
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("refinement", ["standard", "pseudo", "hard", "static"])
def test_profiles_are_refined(X, y, refinement):
    """The second stage is what the classifier learns from the profiles of the first."""
    refinery = ProfileRefineryClassifier(
        SegmentClassifier(LINEAR), refinement=refinement, cv=2, random_state=0
    ).fit(X, y)
    first = SegmentClassifier(LINEAR).fit(X, y)
    np.testing.assert_array_equal(
        np.concatenate(refinery.predict_profile(X, 0)), np.concatenate(first.predict_profile(X))
    )
    profiles, own = first.predict_profile(X), np.eye(3)[np.arange(30) % 3]
    refined = {
        "standard": lambda profile, target: profile,
        "pseudo": lambda profile, target: (profile + target) / 2,
        "hard": lambda profile, target: np.eye(3)[profile.argmax(axis=1)],
        "static": lambda profile, target: np.tile(profile.mean(axis=0), (len(profile), 1)),
    }[refinement]
    targets = np.concatenate([refined(p, t) for p, t in zip(profiles, own, strict=True)])
    second = SegmentClassifier(LINEAR).fit(X, y, segment_targets=targets)
    np.testing.assert_allclose(
        np.concatenate(refinery.predict_profile(X)),
        np.concatenate(second.predict_profile(X)),
        atol=1e-6,
    )
    assert len(refinery.profiles_[1][0]) == X.n_segments[0]
    assert set(refinery.predict(X)) <= set(CLASSES)


def test_a_search_from_frames_to_labels(X, y):
    refinery = ProfileRefineryClassifier(SegmentClassifier(LINEAR), cv=2, random_state=0)
    search = GridSearchCV(
        make_pipeline(SequenceScaler(by="speaker"), FrameSegmenter(8, 4), refinery),
        {"profilerefineryclassifier__estimator__estimator__C": [1e-4, 1]},
        cv=SpeakerKFold(2),
        error_score="raise",
    )
    assert search.fit(X, y).best_score_ > 0.6


def test_samples_without_frames(X, y):
    model = SegmentClassifier(LINEAR).fit(X, y)
    lengths = X.lengths[:2]
    frames = X.values[: lengths.sum()]
    some = Segments(
        frames, [0, lengths[0], lengths[0], lengths.sum()], segment_length=8, segment_step=4
    )
    with pytest.warns(UserWarning, match="1 of 3 samples have no frames; .*: samples 1"):
        found = model.predict_proba(some)
    np.testing.assert_array_equal(found[1], model.prior_)
    np.testing.assert_allclose(found[[0, 2]], model.predict_proba(X[:2]))
    with pytest.raises(ValueError, match="at least one frame per sample; not for samples 1"):
        model.predict_profile(some)


def test_errors(X, y):
    with pytest.raises(ValueError, match=r"segment_targets must have shape \(\d+, 3\), one row"):
        SegmentClassifier(LINEAR).fit(X, y, segment_targets=np.ones((30, 3)) / 3)
    with pytest.raises(ValueError, match="KNeighborsClassifier cannot learn the shares of raters"):
        SegmentClassifier(KNeighborsClassifier()).fit(X, y, segment_targets=make_targets(X))
    with pytest.raises(ValueError, match="statistics must be among"):
        SegmentClassifier(LINEAR, statistics=["mode"]).fit(X, y)
    with pytest.raises(ValueError, match="The 'estimator' parameter of SegmentClassifier must be"):
        SegmentClassifier(LinearSVC()).fit(X, y)
    with pytest.raises(TypeError, match="sample_weight was given, but KNeighborsClassifier does"):
        SegmentClassifier(KNeighborsClassifier()).fit(X, y, sample_weight=np.ones(30))
    with pytest.raises(ValueError, match="The 'estimator' parameter of SegmentClassifier must be"):
        SegmentClassifier(LinearRegression()).fit(X, y)
    model = SegmentClassifier(LINEAR).fit(X, y)
    with pytest.raises(ValueError, match="segments must have 8 frames, as in fit, got 4"):
        model.predict(FrameSegmenter(4, 4).fit_transform(X))
    with pytest.raises(ValueError, match="X has 2 features, but SegmentClassifier is expecting 4"):
        model.predict(np.ones((3, 8, 2)))
