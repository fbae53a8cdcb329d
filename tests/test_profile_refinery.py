"""ProfileRefineryClassifier: labels of stages, statistics, and what must not leak."""

import multiprocessing
import os
import pickle
import signal

import numpy as np
import pytest
from _segments import CLASSES, make_segments
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    HardTargetEncoder,
    ProfileRefineryClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.classifiers._profiles import compute_statistics, refine
from sklearn_ser.evaluation import paper_protocol
from sklearn_ser.features import SequenceScaler
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.utils._ragged import Ragged


class Recorder(ClassifierMixin, BaseEstimator):
    """A segment estimator that learns nothing but whom it saw, and what it was told.

    Its profile is the first band and what is left of 1, so that stages can be followed by hand.
    """

    log: list = []

    def __init__(self, target_encoder=None, random_state=None):
        self.target_encoder = target_encoder
        self.random_state = random_state

    def fit(self, X, y, segment_targets=None):
        self.classes_ = np.array(CLASSES)
        self.log.append((X, y, segment_targets, self.random_state))
        return self

    def predict_profile(self, X):
        found = []
        for i in range(len(X)):
            p = np.clip(X.segments(i)[:, 0, 0], 0, 1).astype(float)[:, None]
            found.append(np.hstack([p, (1 - p) * 0.75, (1 - p) * 0.25]))
        return found


@pytest.fixture(autouse=True)
def empty_log():
    Recorder.log.clear()


@pytest.fixture(scope="module")
def X():
    return make_segments(24, 4)


@pytest.fixture(scope="module")
def y():
    return np.array([CLASSES[i % 3] for i in range(24)])


def small(**changes):
    network = SegmentVGGClassifier(width=1 / 32, max_epochs=2, batch_size=16)
    return ProfileRefineryClassifier(network, cv=2, random_state=0).set_params(**changes)


# Labels and statistics


def test_how_labels_are_refined():
    p = np.array([[0.6, 0.1, 0.1, 0.2], [0.1, 0.7, 0.1, 0.1], [0.3, 0.3, 0.2, 0.2]])
    profiles, targets = Ragged(p, [0, 1, 3]), np.eye(4)[[0, 3]]
    assert refine("standard", profiles, targets) is p
    pseudo = refine("pseudo", profiles, targets)
    # The paper's own example.
    np.testing.assert_allclose(pseudo[0], [0.8, 0.05, 0.05, 0.1])
    np.testing.assert_allclose(pseudo[1:], (p[1:] + np.eye(4)[3]) / 2)
    # Of a tie, the first.
    np.testing.assert_array_equal(refine("hard", profiles, targets), np.eye(4)[[0, 1, 0]])
    static = refine("static", profiles, targets)
    np.testing.assert_allclose(static, [p[0], p[1:].mean(axis=0), p[1:].mean(axis=0)])


def test_statistics_of_a_profile():
    p = np.array([[0.6, 0.1, 0.1, 0.2], [0.1, 0.7, 0.1, 0.1], [0.3, 0.3, 0.2, 0.2]])
    found = compute_statistics(Ragged(p, [0, 3]), ("max", "min", "mean", "share"), 0.2)
    expected = [p.max(axis=0), p.min(axis=0), p.sum(axis=0) / 3, (p > 0.2).sum(axis=0) / 3]
    np.testing.assert_allclose(found[0], np.concatenate(expected))
    np.testing.assert_allclose(found[0, :8], [0.6, 0.7, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(found[0, 8:12], [1 / 3, 1.1 / 3, 0.4 / 3, 0.5 / 3])
    # What is equal to the threshold is not above it.
    np.testing.assert_allclose(found[0, 12:], [2 / 3, 2 / 3, 0, 0])
    two = compute_statistics(Ragged(p, [0, 1, 3]), ("mean",), 0.2)
    np.testing.assert_allclose(two, [p[0], p[1:].mean(axis=0)])


# The chains


@pytest.mark.parametrize("refinement", ["standard", "pseudo", "hard", "static"])
def test_every_stage_learns_what_the_stage_before_said(X, y, refinement):
    model = ProfileRefineryClassifier(
        Recorder(), refinement=refinement, n_stages=3, cv=KFold(2), random_state=0
    ).fit(X, y)
    # Two folds and a chain on all, of three stages each.
    assert len(Recorder.log) == 9
    for chain in range(3):
        entries = Recorder.log[3 * chain : 3 * chain + 3]
        own, _, first, _ = entries[0]
        assert first is None
        assert all(entry[0] == own for entry in entries)
        rows = [CLASSES.index(label) for label in entries[0][1].consensus()]
        profiles = Recorder().predict_profile(own)
        joined = Ragged(np.concatenate(profiles), own.segment_offsets)
        expected = refine(refinement, joined, np.eye(3)[rows])
        for entry in entries[1:]:
            np.testing.assert_allclose(entry[2], expected)
    seeds = {tuple(entry[3] for entry in Recorder.log[3 * c : 3 * c + 3]) for c in range(3)}
    # Fresh weights each stage, and the same ones in every chain.
    assert len(seeds) == 1
    assert len(set(seeds.pop())) == 3
    assert len(model.stages_) == len(model.profiles_) == 3


def test_profiles_are_of_networks_that_saw_neither_the_utterance_nor_its_speaker(X, y):
    ProfileRefineryClassifier(Recorder(), cv=3, refit=False, n_stages=1).fit(X, y)
    seen = [set(entry[0].speaker) for entry in Recorder.log]
    assert [len(speakers) for speakers in seen] == [4, 4, 4]
    assert set.intersection(*seen) == set()
    anonymous = Segments(X.values, X.offsets, segment_length=8, segment_step=4)
    Recorder.log.clear()
    ProfileRefineryClassifier(Recorder(), cv=4, refit=False, n_stages=1).fit(anonymous, y)
    assert [len(entry[0]) for entry in Recorder.log] == [18] * 4
    for entry in Recorder.log:
        assert np.unique(entry[1].consensus(), return_counts=True)[1].tolist() == [6, 6, 6]


def test_out_of_fold_labels_are_of_networks_that_did_not_see_the_utterance(X, y):
    model = ProfileRefineryClassifier(
        Recorder(), n_stages=2, cv=2, refit=False, stage_labels="out-of-fold"
    )
    model.fit(X, y)
    # Of each of two chains: the first stage, two inner networks for its labels, the second stage.
    assert len(Recorder.log) == 8
    stage, inner, other, second = Recorder.log[:4]
    assert not set(inner[0].speaker) & set(other[0].speaker)
    assert set(inner[0].speaker) | set(other[0].speaker) == set(stage[0].speaker)
    assert second[0] == stage[0]
    assert second[2] is not None


def test_scores_of_stages_are_of_the_mean_profile(X, y):
    model = ProfileRefineryClassifier(Recorder(), n_stages=2, cv=2).fit(X, y)
    means = np.array([profile.mean(axis=0) for profile in model.profiles_[1]])
    said = np.array(CLASSES)[means.argmax(axis=1)]
    np.testing.assert_allclose(model.stage_scores_["WA"], [(said == y).mean()] * 2)
    recalls = [(said == y)[y == label].mean() for label in CLASSES]
    np.testing.assert_allclose(model.stage_scores_["UA"], [np.mean(recalls)] * 2)


def test_the_final_estimator_learns_from_out_of_fold_statistics(X, y):
    class Final(LogisticRegression):
        def fit(self, X, y):
            self.got_ = X, y
            return super().fit(X, y)

    model = small(final_estimator=Final(), statistics=["mean", "share"], threshold=0.4).fit(X, y)
    got, labels = model.final_estimator_.got_
    joined = Ragged(np.concatenate(model.profiles_[-1]), X.segment_offsets)
    np.testing.assert_allclose(got, compute_statistics(joined, ["mean", "share"], 0.4))
    assert labels.tolist() == y.tolist()
    assert model.get_feature_names_out()[:4].tolist() == [
        "mean_angry",
        "mean_happy",
        "mean_sad",
        "share_angry",
    ]
    proba = model.final_estimator_.predict_proba(model.transform(X))
    np.testing.assert_allclose(model.predict_proba(X), proba)


def test_profiles_by_stage(X, y):
    model = small(n_stages=2).fit(X, y)
    for stage in (0, 1, -1):
        profiles = model.predict_profile(X, stage=stage)
        assert [len(profile) for profile in profiles] == X.n_segments.tolist()
        expected = model.stages_[stage][0].predict_profile(X)
        np.testing.assert_allclose(np.concatenate(profiles), np.concatenate(expected))
    with pytest.raises(ValueError, match="stage must be from -2 to 1, got 2"):
        model.predict_profile(X, stage=2)
    folds = small(refit=False).fit(X, y)
    assert [len(same) for same in folds.stages_] == [2, 2]
    mean = np.mean([np.concatenate(m.predict_profile(X)) for m in folds.stages_[-1]], axis=0)
    np.testing.assert_allclose(np.concatenate(folds.predict_profile(X)), mean)


def test_first_targets(X, y):
    cells = [[label, label, CLASSES[(i + 1) % 3]] for i, label in enumerate(y)]
    cells[5] = [None] * 3
    ratings = Ratings.from_wide(cells)
    model = ProfileRefineryClassifier(Recorder(), cv=KFold(2)).fit(X, ratings)
    assert isinstance(Recorder.log[0][1], Ratings)
    assert isinstance(model.target_encoder_, HardTargetEncoder)
    assert model.profiles_[0][5] is None
    assert model.profiles_[0][4] is not None
    assert max(len(entry[0]) for entry in Recorder.log) == 23
    Recorder.log.clear()
    soft = SoftTargetEncoder(0.5)
    own = ProfileRefineryClassifier(Recorder(), target_encoder=soft, cv=KFold(2))
    own.fit(X, ratings)
    entry = Recorder.log[-1]
    targets = soft.fit_transform(entry[1])
    profiles = np.concatenate(Recorder().predict_profile(entry[0]))
    expected = (profiles + np.repeat(targets, entry[0].n_segments, axis=0)) / 2
    np.testing.assert_allclose(entry[2], expected)
    estimators = ProfileRefineryClassifier(Recorder(target_encoder=soft), cv=2)
    assert isinstance(estimators.fit(X, ratings).target_encoder_, SoftTargetEncoder)


# The rest


def test_it_learns(X, y):
    network = SegmentVGGClassifier(
        width=1 / 16, lr=0.003, max_epochs=15, batch_size=8, early_stopping=False
    )
    model = ProfileRefineryClassifier(network, cv=2, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9
    assert (model.stage_scores_["UA"] > 0.7).all()


def test_processes_give_the_same_model(X, y):
    model = small().fit(X, y)
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), expected)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)
    two = clone(model).set_params(n_jobs=2).fit(X, y)
    np.testing.assert_allclose(
        np.concatenate(two.profiles_[-1]), np.concatenate(model.profiles_[-1]), atol=1e-4
    )


def test_what_was_trained_is_kept(X, y, tmp_path, monkeypatch):
    settings = {"memory": tmp_path / "cache", "n_stages": 2}
    first = small(**settings).fit(X, y)
    fits = []
    fit = SegmentVGGClassifier.fit

    def spy(self, *arguments, **named):
        fits.append(named["segment_targets"] is None)
        return fit(self, *arguments, **named)

    monkeypatch.setattr(SegmentVGGClassifier, "fit", spy)
    again = small(**settings).fit(X, y)
    assert fits == []
    np.testing.assert_array_equal(again.predict_proba(X), first.predict_proba(X))
    without = small(n_stages=2).fit(X, y)
    np.testing.assert_array_equal(without.predict_proba(X), first.predict_proba(X))
    fits.clear()
    # Another refinement shares the first stage of every chain.
    small(**settings, refinement="standard").fit(X, y)
    assert fits == [False] * 3
    fits.clear()
    # Another seed or another network shares nothing.
    small(**settings, estimator__max_epochs=1).fit(X, y)
    assert len(fits) == 6


def killed_in_training(X, y, cache, nth):
    """Fit until the nth network begins to be trained, and end as by the power switch."""
    fit, begun = SegmentVGGClassifier.fit, []

    def kill(self, *arguments, **named):
        begun.append(self)
        if len(begun) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return fit(self, *arguments, **named)

    SegmentVGGClassifier.fit = kill
    small(memory=cache, n_stages=2).fit(X, y)


@pytest.mark.posix
def test_a_fit_that_was_killed_goes_on_where_it_was(X, y, tmp_path, monkeypatch):
    context = multiprocessing.get_context("spawn")
    # Three chains of two stages: in the middle of the first chain, then of the second.
    for nth in (2, 3):
        child = context.Process(target=killed_in_training, args=(X, y, tmp_path / "cache", nth))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    fits, fit = [], SegmentVGGClassifier.fit

    def spy(self, *arguments, **named):
        fits.append(self)
        return fit(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(SegmentVGGClassifier, "fit", spy)
        model = small(memory=tmp_path / "cache", n_stages=2).fit(X, y)
    # The first child left one of six networks, the second two more.
    assert len(fits) == 3
    without = small(n_stages=2).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), without.predict_proba(X))


def test_the_published_procedure(X, y):
    cells = [[label] for label in y]
    cells[5] = [None]
    ratings = Ratings.from_wide(cells)
    model = ProfileRefineryClassifier(Recorder())
    result = paper_protocol(model, X, ratings, cv=4, random_state=0)
    # Four chains of two stages and no other; speakers play no part.
    assert len(Recorder.log) == 8
    assert all(entry[0].speaker is None for entry in Recorder.log)
    assert result.scores.index.tolist() == [1, 2]
    assert result.target.tolist() == np.delete(y, 5).tolist()
    for said, (_, row) in zip(result.predictions, result.scores.iterrows(), strict=True):
        assert row["WA"] == (said == result.target).mean()
    assert result.note.startswith("Optimistic: speakers are on both sides")
    # The recorder says the same at every stage, and the forest has its folds once.
    assert result.predictions[0].tolist() == result.predictions[1].tolist()
    again = paper_protocol(model, X, ratings, cv=4, random_state=0)
    assert again.scores.equals(result.scores)
    with pytest.raises(TypeError, match="must be a ProfileRefineryClassifier, got Logistic"):
        paper_protocol(LogisticRegression(), X, y)


def test_scikit_learn_around_it(X, y):
    pipe = make_pipeline(SequenceScaler(), small(n_stages=1, estimator__max_epochs=1))
    scores = cross_val_score(pipe, X, y, groups=X.speaker, cv=GroupKFold(2), scoring=ua_scorer)
    assert scores.shape == (2,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"refinement": "soft"}, "'refinement' parameter"),
        ({"n_stages": 0}, "'n_stages' parameter"),
        ({"statistics": ["median"]}, r"statistics must be among \('max', .*got \['median'\]"),
        ({"statistics": []}, r"statistics must be among .*got \[\]"),
        ({"cv": 1}, "'cv' parameter"),
        ({"estimator": LogisticRegression()}, "'estimator' parameter"),
        ({"cv": KFold(30)}, "n_splits=30 greater than the number of samples"),
    ],
)
def test_wrong_parameters_are_refused_in_fit(X, y, changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes).fit(X, y)
