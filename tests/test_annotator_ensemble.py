"""AnnotatorEnsembleClassifier: the laws of Chou & Lee's ensemble, and its edges."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    HardTargetEncoder,
    Ratings,
    RatingsClassifier,
    Sequences,
    SoftTargetEncoder,
)
from sklearn_ser.features import SequenceScaler, SequenceStatistics
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.splits._validation import split_validation

CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(0)
    arrays = [rng.normal(i % 3, 1, (rng.integers(4, 9), 4)) for i in range(60)]
    return Sequences.from_arrays(arrays, speaker=np.arange(60) // 10)


@pytest.fixture(scope="module")
def y():
    """E1 and E2 agree with the truth mostly, E3 says "sad" too often, E4 rated three samples."""
    rng = np.random.default_rng(1)
    cells = []
    for i in range(60):
        truth = CLASSES[i % 3]
        one = truth if rng.random() < 0.9 else "other"
        two = CLASSES[rng.integers(3)] if rng.random() < 0.2 else truth
        three = "sad" if rng.random() < 0.5 else truth
        cells.append([one, two, three, truth if i < 3 else None])
    return Ratings.from_wide(cells, annotators=["E1", "E2", "E3", "E4"], target_classes=CLASSES)


def base(**changes):
    settings = {"lr": 0.02, "max_epochs": 4, "target_encoder": SoftTargetEncoder(0)} | changes
    return AttentionBLSTMClassifier((8, 4, 6), **settings)


def ensemble(**changes):
    return AnnotatorEnsembleClassifier(base(), random_state=0).set_params(**changes)


def test_members_and_what_they_give(X, y):
    model = ensemble().fit(X, y)
    assert list(model.members_) == ["crowd-hard", "crowd-soft", "E1", "E2", "E3"]
    assert model.annotators_ == ["E1", "E2", "E3"]
    assert model.transform(X).shape == (60, 5 * 6)
    assert model.predict_proba(X).shape == (60, 3)
    opinions = model.predict_annotators(X)
    assert opinions.shape == (60, 3, 3)
    np.testing.assert_allclose(opinions.sum(axis=2), 1, rtol=1e-5)
    np.testing.assert_allclose(opinions[:, 2], model.members_["E3"].predict_proba(X))
    # The one who says "sad" too often is predicted to.
    assert opinions[:, 2, 2].mean() > opinions[:, 1, 2].mean()
    # Each member can be scored alone; that of E3 knows the truth least.
    scores = {name: ua_scorer(member, X, y) for name, member in model.members_.items()}
    assert min(scores, key=scores.get) == "E3"


@pytest.mark.parametrize(
    ("settings", "members"),
    [
        ({"crowd": ["hard"], "annotators": []}, ["crowd-hard"]),
        ({"crowd": ["soft"], "annotators": []}, ["crowd-soft"]),
        ({"crowd": [], "annotators": ["E2"]}, ["E2"]),
        ({"annotators": []}, ["crowd-hard", "crowd-soft"]),
        ({"crowd": []}, ["E1", "E2", "E3"]),
        ({"annotators": ["E4", "E1"]}, ["crowd-hard", "crowd-soft", "E4", "E1"]),
        ({"min_ratings": 3}, ["crowd-hard", "crowd-soft", "E1", "E2", "E3", "E4"]),
    ],
)
def test_rows_of_the_papers_table_are_settings(X, y, settings, members):
    assert list(ensemble(**settings).fit(X, y).members_) == members


def test_each_member_is_the_base_on_its_own_view(X, y):
    model = ensemble(estimator__random_state=7, random_state=None).fit(X, y)
    own = base(random_state=7, target_encoder=SoftTargetEncoder(0, classes=CLASSES))
    expected = own.fit(X, y.select("E3")).predict_proba(X)
    np.testing.assert_allclose(model.members_["E3"].predict_proba(X), expected, atol=1e-6)
    own.set_params(target_encoder=HardTargetEncoder())
    expected = own.fit(X, y).transform(X)
    np.testing.assert_allclose(model.members_["crowd-hard"].transform(X), expected, atol=1e-6)


def test_encoders_keep_their_alpha(X, y):
    model = ensemble(
        estimator__target_encoder=SoftTargetEncoder(0.3), soft_encoder=SoftTargetEncoder(2)
    ).fit(X, y)
    encoders = {name: member.target_encoder_ for name, member in model.members_.items()}
    assert isinstance(encoders["crowd-hard"], HardTargetEncoder)
    assert encoders["crowd-soft"].alpha == 2
    assert encoders["E1"].alpha == 0.3
    strict = HardTargetEncoder(rule="majority")
    model = ensemble(estimator__target_encoder=strict).fit(X, y)
    assert model.members_["crowd-hard"].target_encoder_.rule == "majority"
    assert model.members_["crowd-soft"].target_encoder_.alpha == 0.75
    plain = AnnotatorEnsembleClassifier(base(target_encoder=None, max_epochs=1)).fit(X, y)
    assert plain.members_["E1"].target_encoder_.alpha == 0.75


def test_an_annotator_who_copies_the_consensus_is_crowd_hard(X, y):
    consensus = y.consensus()
    cells = [[label, label, label] for label in consensus]
    copied = Ratings.from_wide(cells, annotators=["E1", "E2", "E3"], target_classes=CLASSES)
    model = ensemble().fit(X, copied)
    expected = model.members_["crowd-hard"].transform(X)
    for name in model.annotators_:
        np.testing.assert_array_equal(model.members_[name].transform(X), expected)


@pytest.mark.parametrize("final", [None, LogisticRegression(tol=1e-8, max_iter=10_000)])
def test_names_and_order_of_annotators_do_not_matter(X, y, final):
    first = ensemble(final_estimator=final).fit(X, y)
    table = y.to_wide()[["E3", "E1", "E4", "E2"]]
    table.columns = ["z", "y", "x", "w"]
    other = Ratings.from_wide(table, target_classes=CLASSES)
    second = ensemble(final_estimator=final).fit(X, other)
    assert second.annotators_ != first.annotators_
    np.testing.assert_allclose(second.predict_proba(X), first.predict_proba(X), atol=1e-5)


def test_duplicate_ratings_count_once(X, y):
    table = y.to_long()
    twice = Ratings.from_long(
        pd.concat([table, table[::3]]), samples=np.arange(60), target_classes=CLASSES
    )
    assert len(twice.values) == len(y.values)
    first, second = (ensemble(crowd=["soft"]).fit(X, ratings) for ratings in (y, twice))
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_same_result_for_any_number_of_jobs(X, y):
    one, two = ensemble(n_jobs=1).fit(X, y), ensemble(n_jobs=2).fit(X, y)
    np.testing.assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(two.predict_annotators(X), one.predict_annotators(X), atol=1e-5)


@pytest.mark.parametrize("seed", [0, np.random.RandomState(3)])
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_the_estimators_own_seed_is_enough(X, y, seed, in_pipeline):
    network = base(random_state=seed, max_epochs=1)
    estimator = make_pipeline(SequenceScaler(), network) if in_pipeline else network
    model = AnnotatorEnsembleClassifier(estimator, annotators=[])
    first = model.fit(X, y).predict_proba(X)
    # Where the seed is a generator, fitting leaves it as it was.
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), first)


def test_without_any_seed_results_differ(X, y):
    model = AnnotatorEnsembleClassifier(base(max_epochs=1), annotators=[])
    first, second = (model.fit(X, y).predict_proba(X) for _ in range(2))
    assert not np.allclose(first, second)


def test_the_joint_learns_from_the_consensus_alone(X, y):
    class Spy(LogisticRegression):
        def fit(self, X, y):
            self.seen_ = X, y
            return super().fit(X, y)

    model = ensemble(final_estimator=Spy()).fit(X, y)
    joined, labels = model.final_estimator_.seen_
    clear = np.isin(y.consensus(), CLASSES)
    assert 0 < clear.sum() < 60
    assert labels.tolist() == y.consensus()[clear].tolist()
    np.testing.assert_allclose(joined, model.transform(X)[clear], atol=1e-6)


def test_cross_fitted_members_never_saw_what_they_speak_of(X, y, monkeypatch):
    seen = []

    class Spy(LinearDiscriminantAnalysis):
        def fit(self, X, y):
            self.rows_ = X[:, -1].astype(int)
            return super().fit(X, y)

        def predict_proba(self, X):
            seen.append((set(self.rows_), set(X[:, -1].astype(int))))
            return super().predict_proba(X)

    # The last column tells the sample.
    table = np.column_stack([[frames.mean(axis=0) for frames in X], np.arange(60)])
    ensemble(estimator=Spy(), cv=3, final_estimator=LogisticRegression()).fit(table, y)
    assert len(seen) == 3 * 5
    assert all(not trained & asked for trained, asked in seen)


def test_cross_fitting_keeps_speakers_apart(X, y):
    asked = []

    class Spy(AttentionBLSTMClassifier):
        def fit(self, X, y):
            self.speakers_ = set(X.speaker)
            return super().fit(X, y)

        def predict_proba(self, X):
            asked.append((self.speakers_, set(X.speaker)))
            return super().predict_proba(X)

    network = Spy((8, 4, 6), max_epochs=1)
    model = ensemble(estimator=network, cv=3, final_estimator=LogisticRegression()).fit(X, y)
    assert len(asked) == 3 * 5
    assert all(not trained & others for trained, others in asked)
    # Joined are log-probabilities: hidden units of different networks have nothing in common.
    joined = np.exp(model.transform(X)).reshape(60, 5, 3)
    np.testing.assert_allclose(joined.sum(axis=2), 1, rtol=1e-4)
    own_splitter = ensemble(cv=GroupKFold(2)).fit(X, y)
    assert own_splitter.predict_proba(X).shape == (60, 3)


def test_early_stopping_of_the_joint_keeps_speakers_apart(X, y, monkeypatch):
    splits = []

    def noted(*arguments):
        splits.append(split_validation(*arguments))
        return splits[-1]

    monkeypatch.setattr("sklearn_ser.classifiers._training_rows.split_validation", noted)
    ensemble(annotators=[]).fit(X, y)
    # Two members, then the joint, which learns the samples that have a consensus.
    assert len(splits) == 3
    speaker = X.speaker[np.isin(y.consensus(), CLASSES)]
    train, valid = splits[-1]
    assert len(train) + len(valid) == len(speaker)
    assert not set(speaker[train]) & set(speaker[valid])


def test_another_base(X, y):
    table = np.array([frames.mean(axis=0) for frames in X])
    model = AnnotatorEnsembleClassifier(
        LinearDiscriminantAnalysis(), final_estimator=LogisticRegression()
    ).fit(table, y)
    assert list(model.members_) == ["crowd-hard", "crowd-soft", "E1", "E2", "E3"]
    assert model.transform(table).shape == (60, 5 * 2)
    assert model.score(table, y) > 0.8


@pytest.fixture(scope="module")
def table(X):
    return np.array([frames.mean(axis=0) for frames in X])


LINEAR = LogisticRegression(max_iter=1000)


@pytest.mark.parametrize("cv", [None, 3])
@pytest.mark.parametrize(
    "classifier", [LINEAR, RandomForestClassifier(9, random_state=0), GaussianNB()], ids=repr
)
def test_classifiers_that_take_weights_learn_shares(table, y, classifier, cv):
    """As through a target encoder of plain shares; tables may have names of columns."""
    final = {"final_estimator": LINEAR, "cv": cv}
    model = AnnotatorEnsembleClassifier(classifier, **final).fit(table, y)
    assert list(model.members_) == ["crowd-hard", "crowd-soft", "E1", "E2", "E3"]
    wrapped = RatingsClassifier(classifier, SoftTargetEncoder(alpha=0))
    expected = AnnotatorEnsembleClassifier(wrapped, **final).fit(table, y)
    np.testing.assert_array_equal(model.transform(table), expected.transform(table))
    np.testing.assert_array_equal(
        model.predict_annotators(table), expected.predict_annotators(table)
    )
    single = table.astype(np.float32)
    by_hand = RatingsClassifier(classifier).fit(single, y)
    member = model.members_["crowd-soft"]
    assert isinstance(member, type(classifier))
    np.testing.assert_array_equal(member.predict_proba(single), by_hand.predict_proba(single))
    hard = ConsensusClassifier(classifier).fit(single, y).predict_proba(single)
    found = model.members_["crowd-hard"].predict_proba(single)
    np.testing.assert_array_equal(found, hard)
    assert not np.array_equal(found, member.predict_proba(single))
    # Joined are log-probabilities.
    joined = np.exp(model.transform(table)).reshape(60, 5, 3)
    np.testing.assert_allclose(joined[:, 1], member.predict_proba(single), atol=1e-6)
    frame = pd.DataFrame(table, columns=list("abcd"))
    named = AnnotatorEnsembleClassifier(classifier, **final).fit(frame, y)
    assert named.feature_names_in_.tolist() == list("abcd")
    np.testing.assert_array_equal(named.predict_proba(frame), model.predict_proba(table))


@pytest.mark.parametrize(
    "classifier",
    [
        KNeighborsClassifier(),
        GridSearchCV(LINEAR, {"C": [0.1, 1]}, cv=2),
        HistGradientBoostingClassifier(max_iter=3, early_stopping=True, random_state=0),
    ],
    ids=repr,
)
def test_classifiers_that_cannot_learn_shares_learn_labels(table, y, classifier):
    model = AnnotatorEnsembleClassifier(classifier, final_estimator=LINEAR).fit(table, y)
    single, votes = table.astype(np.float32), y.counts()
    rated = votes.any(axis=1)
    labels = np.array(CLASSES)[votes.argmax(axis=1)]
    expected = clone(classifier).fit(single[rated], labels[rated]).predict_proba(single)
    found = model.members_["crowd-soft"].predict_proba(single)
    np.testing.assert_array_equal(found, expected)


def test_a_pipeline_of_statistics_as_base(X, y):
    pipe = make_pipeline(SequenceStatistics(), StandardScaler(), LINEAR)
    for settings in ({}, {"cv": 3}, {"n_jobs": 2}, {"final_estimator": None}):
        params = {"final_estimator": LINEAR, "random_state": 0} | settings
        model = AnnotatorEnsembleClassifier(pipe, **params).fit(X, y)
        assert model.transform(X).shape == (60, 5 * 3)
        assert model.score(X, y) > 0.8
        by_hand = RatingsClassifier(pipe).fit(X, y).predict_proba(X)
        found = model.members_["crowd-soft"].predict_proba(X)
        np.testing.assert_allclose(found, by_hand, atol=1e-5)


def test_weights_of_samples_are_factors_on_shares(table, y):
    weights = np.arange(60) % 4
    model = AnnotatorEnsembleClassifier(LINEAR, final_estimator=LINEAR).fit(table, y, weights)
    single = table.astype(np.float32)
    by_hand = RatingsClassifier(LINEAR).fit(single, y, weights).predict_proba(single)
    found = model.members_["crowd-soft"].predict_proba(single)
    np.testing.assert_allclose(found, by_hand, atol=1e-5)
    used = weights > 0
    expected = AnnotatorEnsembleClassifier(LINEAR, final_estimator=LINEAR)
    expected.fit(table[used], y[used], weights[used])
    np.testing.assert_array_equal(model.predict_proba(table), expected.predict_proba(table))
    # Splits that are given number all samples.
    thirds = [(np.arange(60) % 3 != k, np.arange(60) % 3 == k) for k in range(3)]
    own = [(train[used], test[used]) for train, test in thirds]
    crossed = AnnotatorEnsembleClassifier(LINEAR, final_estimator=LINEAR, cv=thirds)
    found = crossed.fit(table, y, weights).predict_proba(table)
    expected.set_params(cv=own).fit(table[used], y[used], weights[used])
    np.testing.assert_array_equal(found, expected.predict_proba(table))


def test_a_pipeline_as_base(X, y):
    pipe = make_pipeline(SequenceScaler(), base())
    model = ensemble(estimator=pipe).fit(X, y)
    alone = ensemble().fit(SequenceScaler().fit_transform(X), y)
    # Each member scales by the samples of its own view: close, not equal.
    assert model.transform(X).shape == alone.transform(X).shape
    encoders = {name: m[-1].target_encoder_ for name, m in model.members_.items()}
    assert isinstance(encoders["crowd-hard"], HardTargetEncoder)


def test_last_step_of_a_pipeline(X, y):
    pipe = make_pipeline(SequenceScaler(by="speaker"), ensemble())
    settings = {"groups": X.speaker.astype(int), "cv": GroupKFold(3), "error_score": "raise"}
    assert np.isfinite(cross_val_score(pipe, X, y, scoring=ua_scorer, **settings)).all()
    alpha = "annotatorensembleclassifier__estimator__target_encoder__alpha"
    search = GridSearchCV(pipe, {alpha: [0, 5]}, cv=GroupKFold(2), scoring=ua_scorer)
    search.fit(X, y, groups=X.speaker.astype(int))
    best = search.best_estimator_[-1]
    assert best.members_["E1"].target_encoder_.alpha == search.best_params_[alpha]


def test_plain_labels_have_no_annotators(X):
    labels = np.array(CLASSES)[np.arange(60) % 3]
    model = ensemble().fit(X, labels)
    assert list(model.members_) == ["crowd-hard", "crowd-soft"]
    assert model.predict_annotators(X).shape == (60, 0, 3)


def test_an_annotator_with_nothing_to_teach_is_named(X, y):
    # In the second half, E4 rated nothing.
    with pytest.warns(
        UserWarning, match=r"no member for E4 \(0 samples with a target\): their targets"
    ):
        model = ensemble(annotators=["E4", "E1"]).fit(X[30:], y[30:])
    assert model.annotators_ == ["E1"]
    cells = [[CLASSES[i % 3], CLASSES[i % 3], "sad"] for i in range(60)]
    one_note = Ratings.from_wide(cells, annotators=["E1", "E2", "Eeyore"], target_classes=CLASSES)
    with pytest.warns(
        UserWarning, match=r"Eeyore \(60 samples with a target\): their targets"
    ) as found:
        model = ensemble().fit(X, one_note)
    assert model.annotators_ == ["E1", "E2"]
    # The warning is that of the line that calls fit.
    assert found[0].filename == __file__


def test_a_fold_without_an_annotator_takes_no_side(X):
    # E2 rated only the first ten samples, all of one speaker: in one fold E2 has nothing to teach.
    cells = [[CLASSES[i % 3], CLASSES[i % 3] if i < 10 else None] for i in range(60)]
    y = Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=CLASSES)
    model = ensemble(cv=3, min_ratings=10, final_estimator=LogisticRegression()).fit(X, y)
    assert model.annotators_ == ["E1", "E2"]
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"annotators": ["E1", "E9"]}, "annotators E9 are not among those of the ratings: E1, E2"),
        (
            {"crowd": ["hard", "soft", "loud"]},
            r"crowd must only contain 'hard' and 'soft', got \['loud'\]",
        ),
        ({"crowd": [], "min_ratings": 99}, "no member has anything to learn"),
        (
            {"cv": [(np.arange(30), np.arange(30, 60))]},
            "every sample must be in exactly one test set of cv; .* for samples 0, 1, 2",
        ),
        ({"min_ratings": 0}, "The 'min_ratings' parameter of AnnotatorEnsembleClassifier must be"),
        ({"estimator": 7}, "The 'estimator' parameter of AnnotatorEnsembleClassifier must be"),
    ],
)
def test_what_it_refuses(X, y, settings, message):
    with pytest.raises(ValueError, match=message):
        ensemble(**settings).fit(X, y)


def test_one_class_of_consensus(X):
    cells = [["sad", "sad", CLASSES[i % 3]] for i in range(60)]
    y = Ratings.from_wide(cells, target_classes=CLASSES)
    with pytest.raises(ValueError, match=r"two classes: 60 samples .* it takes 1 of them"):
        ensemble(annotators=[]).fit(X, y)


def test_targets_that_are_all_the_same_teach_nothing(X):
    cells = [[["sad", "happy"], CLASSES[i % 3], CLASSES[i % 3]] for i in range(60)]
    y = Ratings.from_wide(cells, annotators=["both", "E2", "E3"], target_classes=CLASSES)
    with pytest.warns(
        UserWarning, match=r"no member for both \(60 samples with a target\): their targets"
    ):
        model = ensemble().fit(X, y)
    assert model.annotators_ == ["E2", "E3"]
    with (
        pytest.warns(UserWarning, match="no member for both"),
        pytest.raises(ValueError, match="no member has anything to learn"),
    ):
        ensemble(crowd=[], annotators=["both"]).fit(X, y)


def test_thousands_of_raters_cost_nothing(X):
    """2443 raters of 30 samples each, of whom none is a member unless asked for."""
    rng = np.random.default_rng(0)
    sample = np.concatenate([rng.choice(60, 30, replace=False) for _ in range(2443)])
    rater = np.repeat(np.arange(2443), 30)
    label = np.array(CLASSES)[(sample + (rng.random(len(sample)) < 0.2)) % 3]
    table = pd.DataFrame({"sample": sample, "annotator": rater, "label": label})
    y = Ratings.from_long(table, samples=np.arange(60))
    model = ensemble(min_ratings=31).fit(X, y)
    assert model.annotators_ == []
    assert ensemble(annotators=[5, 2000]).fit(X, y).annotators_ == [5, 2000]


def test_all_members_of_all_folds_are_one_parallel_run(X, y, monkeypatch):
    expected = ensemble(cv=2).fit(X, y).predict_proba(X)
    asked, sizes = [], []

    class Parallel:
        def __init__(self, n_jobs, **_):
            asked.append(n_jobs)

        def __call__(self, calls):
            calls = list(calls)
            sizes.extend(X.lengths[arguments[-1]].sum() for _, arguments, _ in calls)
            return [function(*arguments) for function, arguments, _ in calls]

    monkeypatch.setattr("sklearn_ser.utils._parallel.joblib.Parallel", Parallel)
    monkeypatch.setattr("sklearn_ser.utils._parallel.joblib.cpu_count", lambda: 3)
    found = ensemble(cv=2, n_jobs=16).fit(X, y).predict_proba(X)
    # No more processes than cores, and the longest first.
    assert asked == [3]
    assert len(sizes) == 3 * 5
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 3
    np.testing.assert_array_equal(found, expected)


def test_it_is_quiet(X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(ensemble()).fit(X, y).predict(X)
