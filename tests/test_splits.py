"""No person is on both sides of any split, whatever was done to their recordings.

The corpus has every person in three voices: as recorded, and altered twice. Its first feature
is the number of the person, whatever the speaker is called. Every test of a split fails when
altered speakers are compared by voice.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    LeavePGroupsOut,
    StratifiedGroupKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import (
    AlteredSpeaker,
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AugmentedClassifier,
    ConsensusClassifier,
    ProfileRefineryClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
    Sequences,
    check_ratings,
)
from sklearn_ser.evaluation import (
    Evaluation,
    cross_corpus_evaluate,
    cross_evaluate,
    cross_val_predict,
    paper_protocol,
)
from sklearn_ser.features import (
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
    SpeedPerturbation,
)
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.recipes import OtherSpeaker, fujioka2020
from sklearn_ser.splits import SpeakerKFold
from sklearn_ser.splits._cross_fitting import split_for_cross_fitting
from sklearn_ser.splits._speakers import get_voices
from sklearn_ser.splits._validation import split_validation

N_PERSONS, N_EACH, N_VOICES = 6, 4, 3
# Persons 0 and 1 are in session 0, and so on.
NAMES = {"str": ["F1", "M1", "F2", "M2", "F3", "M3"], "int": [11, 12, 21, 22, 31, 32]}


def perturb(table):
    return [SpeedPerturbation(factor).fit_transform(table)["speaker"] for factor in (0.9, 1.1)]


def alter_by_hand(table):
    louder = [AlteredSpeaker(name, "louder") for name in table["speaker"]]
    return [louder, [AlteredSpeaker(name, "and slower") for name in louder]]


@pytest.fixture(
    scope="module",
    params=[(kind, alter) for kind in NAMES for alter in (perturb, alter_by_hand)],
    ids=lambda param: f"{param[0]}-{param[1].__name__}",
)
def corpus(request):
    """Recordings of six persons in three sessions, and two altered copies of each."""
    kind, alter = request.param
    person = np.arange(N_PERSONS * N_EACH) % N_PERSONS
    names = [NAMES[kind][i] for i in person]
    table = pd.DataFrame({"signal": [np.zeros(800)] * len(names), "speaker": names})
    speaker = [name for part in (names, *alter(table)) for name in part]
    rng = np.random.default_rng(0)
    voice = np.repeat(np.arange(N_VOICES), len(names))
    person = np.tile(person, N_VOICES)
    frames = [
        np.column_stack([np.full(n, who), rng.normal(10 * which, 1 + who, n)])
        for who, which, n in zip(person, voice, rng.integers(3, 7, len(person)), strict=True)
    ]
    label = np.where(np.arange(len(names)) // N_PERSONS % 2 == 0, "sad", "angry")
    cells = np.column_stack([label, rng.permutation(label)])
    return Bunch(
        data=Sequences.from_arrays(frames, speaker=speaker, session=person // 2),
        ratings=Ratings.from_wide(np.tile(cells, (N_VOICES, 1)), annotators=["E1", "E2"]),
        person=person,
        voice=voice,
    )


def find_persons(X):
    """The numbers of those who speak, by the first feature."""
    return {int(frames[0, 0]) for frames in X}


class OnlyStrangers(ClassifierMixin, BaseEstimator):
    """A classifier that refuses to predict for anyone whom it was trained on."""

    def __init__(self, target_encoder=None, random_state=None):
        self.target_encoder = target_encoder
        self.random_state = random_state

    def fit(self, X, y, segment_targets=None):
        self.known_ = find_persons(X)
        self.classes_ = check_ratings(y).classes
        return self

    def predict_proba(self, X):
        both = self.known_ & find_persons(X)
        assert not both, f"persons {both} are on both sides"
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_profile(self, X):
        pairs = zip(self.predict_proba(X), X.n_segments, strict=True)
        return [np.tile(proba, (n, 1)) for proba, n in pairs]


def check_apart(splits, person):
    """Return the persons in the test part of each split; they must not be in the training part."""
    tested = []
    for train, test in splits:
        assert len(train)
        assert len(test)
        assert not set(person[train]) & set(person[test])
        tested.append(set(person[test].tolist()))
    assert tested
    return tested


def split_by_hand(corpus):
    speaker = corpus.data.speaker
    return list(GroupKFold(3).split(speaker, groups=speaker))


# Evaluation


@pytest.mark.parametrize(
    ("make_cv", "n_folds"),
    [
        (lambda _: None, N_PERSONS),
        (lambda _: 3, 3),
        (lambda _: GroupKFold(2), 2),
        (lambda _: StratifiedGroupKFold(3), 3),
        (lambda _: SpeakerKFold(3), 3),
        (split_by_hand, 3),
    ],
    ids=["None", "int", "GroupKFold", "StratifiedGroupKFold", "SpeakerKFold", "iterable"],
)
@pytest.mark.parametrize("groups", ["speaker", "array", "list"])
def test_cross_evaluate(corpus, groups, make_cv, n_folds):
    speaker = corpus.data.speaker
    groups = {"speaker": "speaker", "array": speaker, "list": speaker.tolist()}[groups]
    found = cross_evaluate(OnlyStrangers(), corpus, groups=groups, cv=make_cv(corpus))
    assert not found.shared_speakers
    table = found.predictions.assign(person=corpus.person[found.predictions["sample"]])
    assert table["fold"].nunique() == n_folds
    assert (table.groupby("person")["fold"].nunique() == 1).all()
    assert f"{N_PERSONS} groups" in found.description
    # Scores are by person, too.
    assert len(found.scores) == N_PERSONS


def test_cross_evaluate_by_session(corpus):
    found = cross_evaluate(OnlyStrangers(), corpus, groups="session")
    assert found.predictions["fold"].nunique() == N_PERSONS // 2
    copies_apart = Sequences(
        corpus.data.values, corpus.data.offsets, corpus.data.speaker, session=corpus.voice
    )
    with pytest.raises(ValueError, match=r"both sides of fold 0 \((F1|11), .*by speaker or sess"):
        cross_evaluate(
            OnlyStrangers(), Bunch(data=copies_apart, ratings=corpus.ratings), groups="session"
        )


@pytest.mark.parametrize("of", ["array", "iterable"])
def test_cross_evaluate_refuses_copies_on_the_other_side(corpus, of):
    settings = {"groups": corpus.voice}
    if of == "iterable":
        original = corpus.voice == 0
        settings = {"cv": [(np.flatnonzero(original), np.flatnonzero(~original))]}
    names = ", ".join(map(str, sorted(set(corpus.data.speaker), key=str)))
    with pytest.raises(ValueError, match=rf"speakers are on both sides of fold 0 \({names}\)"):
        cross_evaluate(OnlyStrangers(), corpus, **settings)
    with pytest.raises(AssertionError, match=r"persons .* are on both sides"):
        cross_evaluate(OnlyStrangers(), corpus, allow_shared_speakers=True, **settings)


@pytest.mark.parametrize(
    ("within", "n_folds"),
    [("speaker", N_PERSONS), (3, 3), (SpeakerKFold(3), 3), (StratifiedGroupKFold(2), 2)],
)
def test_cross_corpus_evaluate_within_a_corpus(corpus, within, n_folds):
    found = cross_corpus_evaluate(OnlyStrangers(), {"own": corpus}, within=within)["own", "own"]
    assert found.predictions["fold"].nunique() == n_folds
    table = found.predictions.assign(person=corpus.person[found.predictions["sample"]])
    assert (table.groupby("person")["fold"].nunique() == 1).all()
    with pytest.raises(ValueError, match="speakers are on both sides of fold 0"):
        cross_corpus_evaluate(OnlyStrangers(), {"own": corpus}, within=KFold(3))


@pytest.mark.parametrize("y_of", [lambda y: y, lambda y: y.strata(), lambda _: None])
def test_speaker_k_fold(corpus, y_of):
    tested = check_apart(SpeakerKFold(3).split(corpus.data, y_of(corpus.ratings)), corpus.person)
    assert sorted(number for persons in tested for number in persons) == list(range(N_PERSONS))
    assert [len(persons) for persons in tested] == [2, 2, 2]


def test_a_search_within_cross_evaluate(corpus):
    """The folds of the search are apart by person, and so are those around it."""
    grid = {"onlystrangers__random_state": [0, 1]}
    model = make_pipeline(OnlyStrangers())
    settings = {"cv": SpeakerKFold(3), "scoring": ua_scorer, "error_score": "raise"}
    search = GridSearchCV(model, grid, **settings)
    found = cross_evaluate(search, corpus)
    assert found.predictions["fold"].nunique() == N_PERSONS
    by_chance = clone(search).set_params(cv=KFold(3))
    with pytest.raises(AssertionError, match=r"persons .* are on both sides"):
        cross_evaluate(by_chance, corpus)


def test_cross_evaluate_on_a_table_of_recordings():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"signal": list(0.1 * rng.standard_normal((12, 4000))), "speaker": ["F1", "M1", "F2"] * 4}
    )
    data = pd.concat(
        [table, *(SpeedPerturbation(f).fit_transform(table) for f in (0.9, 1.1))],
        ignore_index=True,
    )
    ratings = check_ratings((["sad"] * 3 + ["angry"] * 3) * 6)
    features = SegmentLogMel(segment_step=10), SequenceStatistics(["mean"])
    model = make_pipeline(*features, ConsensusClassifier(LogisticRegression()))
    found = cross_evaluate(model, Bunch(data=data, ratings=ratings)).predictions
    tested = found.groupby("fold")["sample"].agg(lambda samples: set(samples % 3))
    assert sorted(map(list, tested)) == [[0], [1], [2]]
    assert found["speaker"].nunique() == data.groupby("speaker").ngroups == 3


@pytest.mark.parametrize("cv", [GroupKFold(3), LeaveOneGroupOut(), StratifiedGroupKFold(2)])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_cross_val_predict(corpus, cv, method):
    speaker = corpus.data.speaker
    for groups in (speaker, speaker.tolist(), pd.Series(speaker)):
        found = cross_val_predict(
            OnlyStrangers(), corpus.data, corpus.ratings, groups=groups, cv=cv, method=method
        )
        assert len(found) == len(corpus.data)


def test_the_bootstrap_draws_copies_with_their_person(corpus):
    """Intervals are those of a slow bootstrap over persons."""
    rng = np.random.default_rng(1)
    n_samples, n_resamples = len(corpus.data), 40
    consensus = rng.choice(["angry", "sad"], n_samples).astype(object)
    table = pd.concat(
        pd.DataFrame(
            {
                "estimator": name,
                "seed": 0,
                "fold": 0,
                "sample": np.arange(n_samples),
                "group": 0,
                "speaker": corpus.data.speaker,
                "consensus": consensus,
                "prediction": rng.choice(["angry", "sad"], n_samples),
                "seconds": 0.0,
            }
        )
        for name in ("a", "b")
    )
    found = Evaluation(
        table.reset_index(drop=True),
        check_ratings(consensus),
        shared_speakers=False,
        description="by hand",
    ).summary(n_resamples=n_resamples, random_state=5)

    share = np.full(N_PERSONS, 1 / N_PERSONS)
    draws = np.random.default_rng(5).multinomial(N_PERSONS, share, size=n_resamples)
    gains = []
    for times in draws:
        rows = np.repeat(np.arange(n_samples), times[corpus.person])
        ua = {
            name: recall_score(
                consensus[rows].astype(str),
                part["prediction"].to_numpy()[rows],
                average="macro",
            )
            for name, part in table.groupby("estimator")
        }
        gains.append(ua["b"] - ua["a"])
    expected = np.quantile(gains, [0.025, 0.975])
    ends = found.loc["b", ["UA_gain_low", "UA_gain_high"]].astype(float)
    np.testing.assert_allclose(ends, expected)


def test_paper_protocol_refuses_altered_copies(corpus):
    X = as_segments_of_one(corpus.data)
    model = ProfileRefineryClassifier(SegmentVGGClassifier(width=1 / 64), n_stages=1)
    message = r"leave out samples 24, 25, .*, 33 and 38 more\."
    with pytest.raises(ValueError, match=message):
        paper_protocol(model, X, corpus.ratings)


def as_segments_of_one(X):
    """Segments of one frame each."""
    return Segments(
        X.values,
        X.offsets,
        X.speaker,
        X.session,
        segment_length=1,
        segment_step=1,
        frame_step=0.01,
    )


# What estimators do inside fit


@pytest.mark.parametrize("cv", [2, 3, 6, GroupKFold(3), LeaveOneGroupOut()])
def test_cross_fitting(corpus, cv):
    labels = np.arange(len(corpus.data)) % 2
    for given in (None, labels):
        tested = check_apart(split_for_cross_fitting(cv, corpus.data, given), corpus.person)
        assert set.union(*tested) == set(range(N_PERSONS))
    # More folds than persons: copies stay with their person all the same.
    splits = split_for_cross_fitting(N_PERSONS + 1, corpus.data, labels)
    assert len(splits) == N_PERSONS
    check_apart(splits, corpus.person)


@pytest.mark.parametrize("n_persons", [2, 4, 10])
def test_cross_fitting_in_more_folds_than_persons(n_persons):
    names = np.arange(40) % n_persons
    X = Sequences(np.zeros((40, 2)), np.arange(41), names)
    splits = split_for_cross_fitting(10, X, np.arange(40) % 2)
    assert len(splits) == n_persons
    for train, test in splits:
        assert not set(names[train]) & set(names[test])


def test_cross_fitting_of_one_person():
    X = Sequences(np.zeros((40, 2)), np.arange(41), ["Ann"] * 40)
    labels = np.arange(40) % 2
    splits = split_for_cross_fitting(10, X, labels)
    assert [labels[test].tolist().count(1) for _, test in splits] == [2] * 10


def test_unknown_speakers_part_no_known_person():
    names = np.repeat(np.array(["a", "b", None, "c", "d", "e"], dtype=object), 6)
    copies = [None if name is None else AlteredSpeaker(name, "louder") for name in names]
    X = Sequences(np.zeros((72, 2)), np.arange(73), [*names, *copies])
    for train, test in split_for_cross_fitting(5, X):
        assert not (set(X.speaker[train]) & set(X.speaker[test])) - {None}


def test_altered_copies_of_one_person_cannot_be_split():
    names = ["a"] * 4
    X = Sequences(np.zeros((8, 2)), np.arange(9), names + [AlteredSpeaker("a", "x")] * 4)
    with pytest.raises(ValueError, match=r"cv=2 needs at least two speakers .* got 1"):
        split_for_cross_fitting(2, X)


def test_splits_as_lists_and_masks():
    X = Sequences(np.zeros((4, 2)), np.arange(5))
    first, second = [True, True, False, False], [2, 3]
    splits = split_for_cross_fitting([(first, second), (second, first)], X)
    assert [[part.tolist() for part in split] for split in splits] == [
        [[0, 1], [2, 3]],
        [[2, 3], [0, 1]],
    ]


def test_copies_of_recordings_without_speakers_stay_with_them():
    """Where early stopping holds recordings out: a recording and its copies, or none of them."""

    class Noted(AttentionBLSTMClassifier):
        def fit(self, X, y):
            self.seen_ = X.speaker
            return super().fit(X, y)

    rng = np.random.default_rng(0)
    signals = [rng.standard_normal(4000).astype(np.float32) * 0.1 for _ in range(12)]
    network = Noted((2, 2, 2), max_epochs=1, random_state=0)
    model = AugmentedClassifier(make_pipeline(SegmentLogMel(segment_step=10), network))
    model.fit(signals, ["sad", "angry"] * 6)
    speakers = model.estimator_[-1].seen_
    assert len(set(speakers)) == 12
    assert all(speakers[i] == speakers[i + 12] == speakers[i + 24] for i in range(12))
    assert len(set(get_voices(speakers).tolist())) == 36


@pytest.mark.parametrize("validation", [0.1, 0.34, GroupShuffleSplit(1), LeaveOneGroupOut()])
@pytest.mark.parametrize("seed", range(5))
def test_validation(corpus, validation, seed):
    labels = np.arange(len(corpus.data)) % 2
    split = split_validation(validation, corpus.data, labels, np.random.default_rng(seed))
    (watched,) = check_apart([split], corpus.person)
    if isinstance(validation, float):
        assert len(watched) == np.ceil(validation * N_PERSONS)


def test_the_other_speaker_is_watched(corpus):
    """In session 2, person 4 is tested: 5 tells when to stop, in all voices."""
    rows = np.flatnonzero(corpus.person != 4)
    split = OtherSpeaker().split(corpus.data[rows], np.arange(len(rows)) % 2)
    ((train, valid),) = split
    assert set(corpus.person[rows][valid]) == {5}
    assert set(corpus.person[rows][train]) == {0, 1, 2, 3}
    # In whole sessions nobody is without a partner: persons are drawn.
    whole = OtherSpeaker().split(corpus.data, np.arange(len(corpus.data)) % 2)
    assert len(*check_apart(whole, corpus.person)) == 1


class Noted:
    """A splitter that notes what it was given and what it made of it."""

    def __init__(self, splitter):
        self.splitter = splitter
        self.found = []

    def split(self, X, y, groups):
        for train, valid in self.splitter.split(X, y, groups):
            self.found.append((X[train], X[valid], groups))
            yield train, valid


def test_a_row_of_the_recipe_watches_the_other_speaker(corpus):
    network = fujioka2020(quick=True)["BLSTM+ATT"][-1].estimator
    noted = Noted(network.validation)
    rows = np.flatnonzero(corpus.person != 4)
    network.set_params(hidden_sizes=(2, 2, 0), max_epochs=1, validation=noted)
    network.fit(corpus.data[rows], corpus.ratings[rows])
    ((train, valid, groups),) = noted.found
    assert (find_persons(train), find_persons(valid)) == ({0, 1, 2, 3}, {5})
    assert len(set(groups)) == N_PERSONS - 1


@pytest.mark.parametrize("cv", [2, 3, GroupKFold(3)])
@pytest.mark.parametrize(
    "settings",
    [{"n_stages": 1}, {"n_stages": 2, "stage_labels": "out-of-fold"}],
    ids=["profiles", "labels"],
)
def test_profiles_are_by_strangers(corpus, cv, settings):
    model = ProfileRefineryClassifier(OnlyStrangers(), cv=cv, random_state=0, **settings)
    model.fit(as_segments_of_one(corpus.data), corpus.ratings.select("E1"))
    assert all(profile is not None for profile in model.profiles_[0])


def test_members_are_joined_on_what_they_say_of_strangers(corpus):
    model = AnnotatorEnsembleClassifier(
        OnlyStrangers(), cv=3, min_ratings=1, final_estimator=LogisticRegression(), random_state=0
    )
    assert len(model.fit(corpus.data, corpus.ratings).annotators_) == 2


def test_augmented_copies_are_watched_with_their_originals():
    rng = np.random.default_rng(0)
    speaker = ["F1", "M1", "F2", "M2"] * 3
    table = pd.DataFrame(
        {"signal": list(0.1 * rng.standard_normal((12, 4000))), "speaker": speaker}
    )
    by_person = Noted(GroupShuffleSplit(1, test_size=1, random_state=0))
    network = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1, validation=by_person)
    model = AugmentedClassifier(make_pipeline(SegmentLogMel(segment_step=10), network))
    model.fit(table, (["sad"] * 4 + ["angry"] * 2) * 2)
    ((train, valid, _),) = model.estimator_[-1].validation.found
    sides = [set(get_voices(part.speaker)) for part in (train, valid)]
    assert [len(voices) for voices in sides] == [9, 3]
    assert {voice[:2] for voice in sides[0]} | {voice[:2] for voice in sides[1]} == set(speaker)
    assert not {voice[:2] for voice in sides[0]} & {voice[:2] for voice in sides[1]}


# scikit-learn and pandas, which know nothing of this package


@pytest.mark.parametrize(
    ("splitter", "n_persons"),
    [
        (GroupKFold(3), 2),
        (GroupKFold(3, shuffle=True, random_state=0), 2),
        (LeaveOneGroupOut(), 1),
        (LeavePGroupsOut(2), 2),
        (StratifiedGroupKFold(3), 2),
        (StratifiedGroupKFold(3, shuffle=True, random_state=0), 2),
        (GroupShuffleSplit(4, test_size=2, random_state=0), 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_splitters_of_scikit_learn(corpus, splitter, n_persons):
    X, labels = corpus.data, np.arange(len(corpus.data)) % 2
    for groups in (X.speaker, X.speaker.tolist(), pd.Series(X.speaker)):
        tested = check_apart(splitter.split(X, labels, groups=groups), corpus.person)
        assert {len(persons) for persons in tested} == {n_persons}


def test_cross_validate_of_scikit_learn(corpus):
    labels = corpus.ratings.select("E1").consensus().astype(str)
    settings = {"groups": corpus.data.speaker, "cv": LeaveOneGroupOut(), "error_score": "raise"}
    found = cross_validate(OnlyStrangers(), corpus.data, labels, **settings)
    assert len(found["test_score"]) == N_PERSONS


def test_pandas(corpus):
    table = pd.DataFrame({"speaker": corpus.data.speaker, "person": corpus.person})
    by_speaker = table.groupby("speaker")["person"].nunique()
    assert by_speaker.eq(1).all()
    assert len(by_speaker) == table["speaker"].nunique() == N_PERSONS


# What goes by voice


def test_every_voice_is_scaled_by_itself(corpus):
    X = corpus.data
    rows = corpus.person > 0
    scaler = SequenceScaler(by="speaker").fit(X[rows])
    assert len(scaler.speakers_) == (N_PERSONS - 1) * N_VOICES
    # Person 0 is new to the scaler, in every voice.
    scaled = scaler.transform(X)
    for person in range(N_PERSONS):
        for voice in range(N_VOICES):
            part = scaled[(corpus.person == person) & (corpus.voice == voice)].values[:, 1]
            np.testing.assert_allclose([part.mean(), part.std()], [0, 1], atol=1e-5)
