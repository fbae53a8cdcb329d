"""SpeakerKFold: whole speakers, each label spread evenly, wherever a search is.

tests/test_splits.py has the tests with altered recordings.
"""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedGroupKFold,
    check_cv,
    cross_validate,
)
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    ConsensusClassifier,
    Ratings,
    Sequences,
    io,
)
from sklearn_ser.features import SegmentLogMel, SequenceStatistics
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.splits import SpeakerKFold


def make_data(seed):
    """Speakers who prefer some of the labels, as in spontaneous speech."""
    rng = np.random.default_rng(seed)
    n_speakers, n_labels, n_samples = rng.integers([5, 2, 60], [25, 7, 500])
    speaker = np.concatenate([np.arange(n_speakers), rng.integers(0, n_speakers, n_samples)])
    tastes = rng.dirichlet(np.full(n_labels, 0.7), n_speakers)
    label = np.array([rng.choice(n_labels, p=tastes[who]) for who in speaker])
    X = Sequences(np.zeros((len(speaker), 1)), np.arange(len(speaker) + 1), speaker=speaker)
    return X, label


def compute_spread(splits, label):
    """The mean standard deviation, over folds, of the share of a class."""
    counts = np.array([np.bincount(label[test], minlength=label.max() + 1) for _, test in splits])
    used = counts[:, counts.sum(axis=0) > 0]
    return (used / used.sum(axis=0)).std(axis=0).mean()


@pytest.mark.parametrize("n_splits", [2, 3, 5])
def test_every_sample_is_tested_once_by_a_model_of_other_speakers(n_splits):
    for seed in range(10):
        X, label = make_data(seed)
        splits = list(SpeakerKFold(n_splits).split(X, label))
        assert len(splits) == n_splits == SpeakerKFold(n_splits).get_n_splits()
        tested = np.concatenate([test for _, test in splits])
        assert sorted(tested) == list(range(len(X)))
        for train, test in splits:
            assert len(test)
            assert sorted([*train, *test]) == list(range(len(X)))
            assert not set(X.speaker[train]) & set(X.speaker[test])


def test_labels_are_spread_better_than_by_scikit_learns_splitters():
    ours, stratified, grouped = [], [], []
    for seed in range(60):
        X, label = make_data(seed)
        args = label, label, X.speaker.astype(int)
        ours.append(compute_spread(SpeakerKFold(5).split(X, label), label))
        grouped.append(compute_spread(GroupKFold(5).split(*args), label))
        if np.bincount(label)[np.unique(label)].min() >= 5:
            stratified.append(
                [ours[-1], compute_spread(StratifiedGroupKFold(5).split(*args), label)]
            )
    assert np.mean(ours) < 0.75 * np.mean(grouped)
    by_us, by_scikit_learn = np.mean(stratified, axis=0)
    assert len(stratified) > 40
    assert by_us < by_scikit_learn


def test_without_labels_folds_are_those_of_group_k_fold():
    """Their sizes are: which of several equally large speakers comes first is open."""
    for seed in range(20):
        X, _ = make_data(seed)
        expected = GroupKFold(4).split(X.speaker, groups=X.speaker.astype(int))
        sizes = sorted(len(test) for _, test in expected)
        for y in (None, np.arange(len(X)) / 7, [["sad"]] * len(X), np.zeros((len(X), 2))):
            assert sorted(len(test) for _, test in SpeakerKFold(4).split(X, y)) == sizes


def test_two_speakers_of_each_label_are_divided():
    """Four speakers, each of whom says one label: every fold gets both labels."""
    X = Sequences(np.zeros((8, 1)), range(9), ["F1", "F1", "F2", "F2", "M1", "M1", "M2", "M2"])
    labels = ["sad"] * 4 + ["angry"] * 4
    wide = [[label, label, "neutral"] for label in labels]
    for y in (labels, np.array(labels), pd.Series(labels), Ratings.from_wide(wide)):
        for train, test in SpeakerKFold(2).split(X, y):
            assert (
                [labels[i] for i in train]
                == [labels[i] for i in test]
                == [
                    *["sad"] * 2,
                    *["angry"] * 2,
                ]
            )


def test_as_many_speakers_as_folds():
    """However uneven the labels are, no fold is empty."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        speaker = np.repeat(["a", "b", "c", "d"], rng.integers(1, 40, 4))
        X = pd.DataFrame({"speaker": speaker})
        y = rng.integers(0, rng.integers(1, 9), len(X))
        tested = [set(speaker[test]) for _, test in SpeakerKFold(4).split(X, y)]
        assert sorted(map(len, tested)) == [1, 1, 1, 1]
        assert set.union(*tested) == {"a", "b", "c", "d"}


def test_the_same_data_are_split_in_the_same_way():
    X, label = make_data(3)
    first, second = (list(SpeakerKFold(4).split(X, label)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one[1], other[1])


def test_speakers_come_from_sequences_segments_and_tables():
    X, label = make_data(1)
    expected = [test.tolist() for _, test in SpeakerKFold(3).split(X, label)]
    table = pd.DataFrame({"speaker": X.speaker, "file": "a.wav"}, index=range(5, 5 + len(X)))
    for form in (table, table.assign(speaker=table["speaker"].astype("category"))):
        assert [test.tolist() for _, test in SpeakerKFold(3).split(form, label)] == expected
    plain = np.zeros((len(X), 2))
    splits = SpeakerKFold(3).split(plain, label, groups=X.speaker)
    assert [test.tolist() for _, test in splits] == expected


def test_groups_may_be_larger_than_speakers():
    X = Sequences(np.zeros((8, 1)), range(9), ["F1", "M1", "F2", "M2"] * 2)
    session = [1, 1, 2, 2] * 2
    tested = [test.tolist() for _, test in SpeakerKFold(2).split(X, groups=session)]
    assert tested == [[0, 1, 4, 5], [2, 3, 6, 7]]
    message = (
        "groups must not divide the recordings of a speaker, or the speaker would be on both "
        "sides of a split; speakers in several groups: F1, M2."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        next(SpeakerKFold(2).split(X, groups=[1, 1, 2, 2, 2, 1, 2, 1]))


UNKNOWN = "every sample must have a speaker, so that SpeakerKFold can keep speakers apart; not for"


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_unknown_speakers(missing):
    message = f"{UNKNOWN} samples 1, 3. Leave them out, or give each a speaker."
    table = pd.DataFrame({"speaker": ["F1", missing, "M1", missing]}, dtype=object)
    with pytest.raises(ValueError, match=re.escape(message)):
        next(SpeakerKFold(2).split(table))
    X = Sequences(np.zeros((4, 1)), range(5), ["F1", missing, "M1", missing])
    with pytest.raises(ValueError, match=re.escape(message)):
        next(SpeakerKFold(2).split(X))
    with pytest.raises(ValueError, match=r"must have a group, .* not for samples 1, 3\."):
        next(SpeakerKFold(2).split(np.zeros(4), groups=["F1", missing, "M1", missing]))


def test_a_message_of_unknown_speakers_is_short():
    X = Sequences(np.zeros((1000, 1)), range(1001), [None] * 1000)
    with pytest.raises(ValueError, match=r"samples 0, 1, 2, .* and 990 more\.") as error:
        next(SpeakerKFold(2).split(X))
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("X", "name"),
    [
        (np.zeros((6, 2)), "ndarray"),
        ([np.zeros((3, 2))] * 6, "list"),
        (Sequences(np.zeros((6, 1)), range(7)), "Sequences"),
        (pd.DataFrame({"file": ["a.wav"] * 6}), "DataFrame"),
    ],
)
def test_no_speakers(X, name):
    message = (
        "SpeakerKFold takes the speakers from X, which must be Sequences or Segments with "
        "speakers, or a DataFrame with a column 'speaker'; got "
        f"{name} without speakers. Otherwise, pass the speakers as groups."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        next(SpeakerKFold(2).split(X, [0, 1] * 3))


def test_too_few_speakers():
    X = Sequences(np.zeros((4, 1)), range(5), ["F1", "M1"] * 2)
    message = (
        "SpeakerKFold(n_splits=3) needs at least 3 speakers, got 2: F1, M1. Use fewer splits."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        next(SpeakerKFold(3).split(X))
    with pytest.raises(ValueError, match=r"needs at least 5 groups, got 1: 1\."):
        next(SpeakerKFold().split(X, groups=[1] * 4))


@pytest.mark.parametrize("wrong", [1, 0, -3, 2.0, "5", True, None])
def test_invalid_number_of_splits(wrong):
    message = f"n_splits must be an integer of at least 2, got {wrong!r}."
    with pytest.raises(ValueError, match=re.escape(message)):
        SpeakerKFold(wrong)


def test_inconsistent_lengths():
    X = Sequences(np.zeros((4, 1)), range(5), ["F1", "M1"] * 2)
    for settings in ({"y": [0] * 3}, {"groups": ["F1"] * 5}):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            next(SpeakerKFold(2).split(X, **settings))


@pytest.fixture
def corpus():
    """Four speakers; the second feature tells them apart, and nothing tells their emotion."""
    rng = np.random.default_rng(0)
    speaker = np.repeat(["F1", "M1", "F2", "M2"], 10)
    frames = [
        np.column_stack([rng.normal(size=n), rng.normal(10 * (who == "M1"), 1, n)])
        for who, n in zip(speaker, rng.integers(3, 9, 40), strict=True)
    ]
    cells = np.column_stack([["sad", "angry"] * 20, rng.choice(["sad", "angry"], 40)])
    return Sequences.from_arrays(frames, speaker=speaker), Ratings.from_wide(cells)


def test_a_search_of_a_pipeline(corpus):
    X, y = corpus
    model = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    grid = {"sequencestatistics__statistics": [["mean"], ["mean", "std"]]}
    settings = {"scoring": ua_scorer, "error_score": "raise"}
    search = GridSearchCV(model, grid, cv=SpeakerKFold(4), **settings).fit(X, y)
    expected = GridSearchCV(model, grid, cv=GroupKFold(4), **settings)
    expected.fit(X, y, groups=X.speaker)
    for name in ("mean_test_score", "std_test_score"):
        np.testing.assert_allclose(search.cv_results_[name], expected.cv_results_[name])


def test_a_search_of_recordings():
    rng = np.random.default_rng(0)
    signals = list(0.1 * rng.standard_normal((12, 4000)))
    table = pd.DataFrame({"signal": signals, "speaker": ["F1", "M1", "F2"] * 4})
    features = SegmentLogMel(segment_step=10), SequenceStatistics(["mean"])
    model = make_pipeline(*features, ConsensusClassifier(LogisticRegression()))
    found = cross_validate(
        model,
        table,
        Ratings.from_labels((["sad"] * 3 + ["angry"] * 3) * 2),
        cv=SpeakerKFold(3),
        scoring=ua_scorer,
        return_indices=True,
        error_score="raise",
    )
    tested = [set(table["speaker"].iloc[rows]) for rows in found["indices"]["test"]]
    assert sorted(map(sorted, tested)) == [["F1"], ["F2"], ["M1"]]


def test_as_the_validation_of_a_network_and_the_folds_of_an_ensemble(corpus):
    X, y = corpus
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)
    clone(network).set_params(validation=SpeakerKFold(4)).fit(X, y)
    bare = Sequences(X.values, X.offsets)
    with pytest.raises(ValueError, match="SpeakerKFold takes the speakers from X"):
        clone(network).set_params(validation=SpeakerKFold(4)).fit(bare, y)
    ensemble = AnnotatorEnsembleClassifier(network, min_ratings=5, cv=SpeakerKFold(2))
    ensemble.fit(X, y)
    with pytest.raises(ValueError, match="SpeakerKFold takes the speakers from X"):
        ensemble.fit(bare, y)


def test_with_metadata_routing(corpus):
    X, y = corpus
    model = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    settings = {"cv": SpeakerKFold(2), "scoring": ua_scorer, "error_score": "raise"}
    with sklearn.config_context(enable_metadata_routing=True):
        alone = cross_validate(model, X, y, return_indices=True, **settings)
        session = np.where(np.isin(X.speaker, ["F1", "M2"]), 1, 2)
        params = {"groups": session}
        grouped = cross_validate(model, X, y, params=params, return_indices=True, **settings)
    tested = [
        sorted(sorted(set(X.speaker[rows])) for rows in found["indices"]["test"])
        for found in (alone, grouped)
    ]
    assert tested == [[["F1", "M1"], ["F2", "M2"]], [["F1", "M2"], ["F2", "M1"]]]


def test_as_scikit_learns_splitters_are(corpus, tmp_path):
    X, y = corpus
    splitter = SpeakerKFold(3)
    assert repr(splitter) == "SpeakerKFold(n_splits=3)"
    assert check_cv(splitter) is splitter
    pickled = pickle.dumps(splitter)
    assert b"_speaker_k_fold" not in pickled
    assert pickle.loads(pickled).n_splits == 3
    model = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    search = GridSearchCV(model, {}, cv=splitter, scoring=ua_scorer).fit(X, y)
    io.save(search, tmp_path / "search.skops")
    again = io.load(tmp_path / "search.skops")
    assert repr(again.cv) == "SpeakerKFold(n_splits=3)"
    np.testing.assert_array_equal(again.predict(X), search.predict(X))
