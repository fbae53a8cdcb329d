"""Samples that have names are joined by name, never by an order that is not theirs."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    ConsensusClassifier,
    Ratings,
    Segments,
    Sequences,
    check_ratings,
)
from sklearn_ser.evaluation import cross_evaluate, cross_val_predict
from sklearn_ser.features import (
    FramePooler,
    SegmentLogMel,
    SequenceScaler,
    SequenceStatistics,
)
from sklearn_ser.metrics import ua_scorer

NAMES = [f"{i:02d}.wav" for i in range(24)]
SAID = ["sad", "angry", "happy"] * 8


def frames(names=NAMES):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(int(name[:2]) % 3, 0.1, (4, 2)) for name in names]
    speakers = [f"S{int(name[:2]) % 4}" for name in names]
    return Sequences.from_arrays(arrays, speaker=speakers).with_ids(names)


def table(names=NAMES):
    """Two raters who agree, by the name of the file."""
    cells = {"E1": SAID, "E2": SAID}
    return pd.DataFrame(cells, index=NAMES).loc[list(names)]


SHUFFLED = np.random.default_rng(1).permutation(NAMES).tolist()


@pytest.fixture
def linear():
    return make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))


def network():
    return AttentionBLSTMClassifier((4, 4, 4), lr=0.02, max_epochs=2, random_state=0)


# Who keeps ids ------------------------------------------------------------------------------


def test_ratings_know_their_samples():
    long = pd.DataFrame({"clip": ["b", "a", "b"], "who": [1, 1, 2], "said": ["x", "y", "x"]})
    columns = {"sample": "clip", "annotator": "who", "label": "said"}
    assert list(Ratings.from_long(long, **columns).ids) == ["b", "a"]
    assert list(Ratings.from_long(long, **columns, samples=["c", "a", "b"]).ids) == ["c", "a", "b"]
    assert list(check_ratings(table()).ids) == NAMES
    assert list(check_ratings(table()["E1"]).ids) == NAMES
    assert check_ratings(SAID).ids is None
    assert Ratings.from_counts([[1, 0]], ["a", "b"]).ids is None
    votes = pd.DataFrame([[1, 0]], index=["x.wav"])
    assert list(Ratings.from_counts(votes, ["a", "b"]).ids) == ["x.wav"]


@pytest.mark.parametrize(
    ("index", "is_range"),
    [
        (pd.RangeIndex(24), True),
        (pd.RangeIndex(5, 29), True),
        (pd.Index(np.arange(24)), True),
        (pd.Index(np.arange(24)[::-1]), False),
        (pd.Index(NAMES), False),
    ],
)
def test_a_plain_index_is_known_as_one(index, is_range):
    assert check_ratings(table().set_axis(index)).ids.is_range == is_range


def test_ids_go_with_the_samples(tmp_path):
    X, y = frames(), check_ratings(table())
    rows = [3, 3, 0, 20]
    for container in (X, y, Segments(X.values, X.offsets, segment_length=2).with_ids(X.ids)):
        mask = np.isin(np.arange(24), rows)
        assert list(container[rows].ids) == [NAMES[i] for i in rows]
        assert list(container[mask].ids) == [NAMES[i] for i in (0, 3, 20)]
        assert list(container[2:5].ids) == NAMES[2:5]
        assert list(container[::-2].ids) == NAMES[::-2]
        assert list(container[rows, ...].ids) == [NAMES[i] for i in rows]
        joined = type(container).concatenate([container[:2], container[5:6]])
        assert list(joined.ids) == [NAMES[i] for i in (0, 1, 5)]
        unnamed = type(container).concatenate([container[:2], container[5:6].with_ids(None)])
        assert unnamed.ids is None
        again = pickle.loads(pickle.dumps(container))
        assert list(again.ids) == NAMES
    for changed in (y.select("E1"), y.rename({"sad": "low"}), y.with_consensus()):
        assert list(changed.ids) == NAMES
    for ids in (NAMES, [("a.wav", 0.5, None, i) for i in range(24)], range(24), range(4, 28)):
        X.with_ids(ids).save(tmp_path / "frames")
        again = Sequences.load(tmp_path / "frames").ids
        assert list(again) == list(ids)
        assert again.is_range == isinstance(ids, range)
    for step in (FramePooler(2), SequenceScaler(by="speaker")):
        assert list(step.fit_transform(X).ids) == NAMES


def test_what_numpy_makes_of_ratings_keeps_ids():
    y = check_ratings(table())
    assert list(check_ratings(np.asarray(y)[[5, 2, 2]]).ids) == [NAMES[i] for i in (5, 2, 2)]
    plain = check_ratings(table().reset_index(drop=True))
    assert check_ratings(np.asarray(plain)[[5, 2]]).ids.is_range


def test_ids_in_messages_are_those_of_python():
    X = frames().with_ids([np.str_(name) for name in NAMES])
    y = check_ratings(table().set_axis([np.str_(name[:2]) for name in NAMES]))
    with pytest.warns(UserWarning, match=r"X has '00.wav', '01.wav' and 22 more, y has '00'"):
        network().fit(X, y)
    assert repr(X[:2].ids) == "SampleIds('00.wav', '01.wav')"


# Joining by name ----------------------------------------------------------------------------


def test_reindex_joins_by_name(linear):
    y = check_ratings(table(SHUFFLED))
    joined = y.reindex(NAMES)
    assert joined.consensus().tolist() == SAID
    assert list(joined.ids) == NAMES
    assert y.reindex(frames()) == joined
    assert linear.fit(frames(), joined).score(frames(), joined) == 1
    more = y.reindex(["new.wav", *NAMES, "00.wav"])
    assert more.consensus().tolist() == [None, *SAID, "sad"]
    few = y.reindex(NAMES[:2], allow_dropped=True)
    assert few.consensus().tolist() == ["sad", "angry"]


def test_a_consensus_of_its_own_is_joined_too():
    y = check_ratings(table(SHUFFLED)).with_consensus()
    assert y.reindex(["x", *NAMES]).consensus().tolist() == [None, *SAID]


def test_reindex_by_a_function_of_the_names():
    y = check_ratings(table(SHUFFLED).rename(index=lambda name: name.removesuffix(".wav")))
    paths = [f"/data/{name}" for name in NAMES]
    assert y.reindex(paths, key=lambda path: Path(path).stem).consensus().tolist() == SAID


def test_a_join_that_cannot_be_meant_is_an_error():
    y = check_ratings(table())
    with pytest.raises(
        ValueError, match=r"22 rated samples are not among ids: 02\.wav, .*12 more"
    ):
        y.reindex(NAMES[:2])
    with pytest.raises(ValueError, match=r"all of them; ids are /data/00\.wav, .* pass key"):
        y.reindex([f"/data/{name}" for name in NAMES])
    with pytest.raises(ValueError, match=r"ids must differ to join by them; not 03\.wav"):
        y[[3, 3]].reindex(["03.wav"])
    with pytest.raises(ValueError, match="these ratings have no ids"):
        check_ratings(SAID).reindex(NAMES)
    with pytest.raises(ValueError, match="Sequences to join with has no ids; see with_ids"):
        y.reindex(frames().with_ids(None))
    with pytest.raises(ValueError, match="one id per sample: 24, got 3"):
        y.with_ids(NAMES[:3])
    for give in (y.with_ids, y.reindex):
        with pytest.raises(TypeError, match=r"a whole table with the columns \['file'\]"):
            give(pd.DataFrame({"file": NAMES}))


def test_a_wide_table_in_the_order_wanted():
    y = Ratings.from_wide(table(SHUFFLED), samples=["x", *NAMES])
    assert y.consensus().tolist() == [None, *SAID]
    with pytest.raises(TypeError, match="looked up in the index of a DataFrame, got list"):
        Ratings.from_wide([["sad"]], samples=["a"])


# Where X and y meet -------------------------------------------------------------------------


def everything_that_takes_both(linear, X, y):
    """Every call here that takes X and y, by name."""
    corpus = Bunch(data=X, ratings=y)
    fitted = make_pipeline(SequenceStatistics(), ConsensusClassifier(LogisticRegression()))
    fitted.fit(frames(), SAID)
    return {
        "network": lambda: network().fit(X, y),
        "averaging": lambda: AveragingClassifier([("a", network())]).fit(X, y),
        "scaler": lambda: SequenceScaler().fit(X, y),
        "pooler": lambda: FramePooler().fit_transform(X, y),
        "statistics": lambda: SequenceStatistics().fit(X, y),
        "pipeline": lambda: linear.fit(X, y),
        "score": lambda: network().fit(frames(), SAID).score(X, y),
        "scorer": lambda: ua_scorer(fitted, X, y),
        "cross_val_predict": lambda: cross_val_predict(linear, X, y, cv=KFold(3)),
        "cross_evaluate": lambda: cross_evaluate(linear, corpus, cv=2),
        "search": lambda: GridSearchCV(
            linear, {"sequencestatistics__statistics": [["mean"]]}, error_score="raise", cv=2
        ).fit(X, y),
    }


CALLS = list(everything_that_takes_both(None, frames(), None))


@pytest.mark.parametrize("call", CALLS)
def test_another_order_is_an_error_wherever_they_meet(linear, call):
    y = check_ratings(table(SHUFFLED))
    with pytest.raises(ValueError, match="must be of the same samples, in the same order"):
        everything_that_takes_both(linear, frames(), y)[call]()


@pytest.mark.parametrize("call", CALLS)
def test_the_same_order_passes_without_a_word(linear, call):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        everything_that_takes_both(linear, frames(), check_ratings(table()))[call]()


def test_the_message_shows_five_pairs():
    with pytest.raises(ValueError, match="differ in 24 of 24 samples") as caught:
        network().fit(frames(), check_ratings(table(NAMES[::-1])))
    message = str(caught.value)
    assert "0 (00.wav and 23.wav), 1 (01.wav and 22.wav)" in message
    assert "and 19 more" in message
    assert "y.reindex" in message
    assert len(message) < 400


DAYS = pd.date_range("2020-01-01", periods=24)
TABLE = pd.DataFrame({"x": [k % 3 for k in range(24)], "z": 0.0})


@pytest.mark.parametrize(
    ("X_index", "y_index", "expected"),
    [
        (NAMES, SHUFFLED, "error"),
        (NAMES, NAMES, None),
        (NAMES, [name[:2] for name in NAMES], "no sample of X is one of y by name"),
        (NAMES, [*NAMES[1:], "new.wav"], "error"),
        (range(24), range(24), None),
        (range(24), range(7, 31), None),  # both are plain
        (range(24), np.arange(24)[::-1], "error"),
        (np.arange(24)[::-1] * 2, np.arange(24) * 2, "error"),
        (np.arange(24) * 2, np.arange(24), "X and y have different row numbers"),
        (range(24), np.arange(24) * 2, "X and y have different row numbers"),
        (np.arange(24) * 2, np.arange(24) * 4 + 1, None),  # neither is plain; nothing in common
        (np.arange(24) * 2, np.arange(24) * 3, "X and y have different row numbers"),
        (np.delete(range(25), 5), np.delete(range(25), 9), "X and y have different row numbers"),
        (np.arange(24) * 2, np.arange(24) * 2 + 4, None),  # the same rows, numbered from elsewhere
        (np.arange(24.0), np.arange(24.0)[::-1], "error"),
        ([*range(23), None], [None, *range(23)], "error"),
        ([*NAMES[:23], None], [*NAMES[:23], None], None),
        (DAYS, DAYS[::-1], "error"),
        (DAYS, DAYS + pd.Timedelta(days=1), None),
        ([name.encode() for name in NAMES], [name.encode() for name in SHUFFLED], "error"),
        (NAMES, range(24), None),
        (range(24), NAMES, None),
        ([(name, 0.0) for name in NAMES], [(name, 0.0) for name in SHUFFLED], "error"),
        ([(name, 0.0) for name in NAMES], NAMES, None),
    ],
)
def test_indices_of_tables(X_index, y_index, expected):
    def index(values):
        if isinstance(values, range):
            return pd.RangeIndex(values.start, values.stop)
        return pd.Index(list(values), tupleize_cols=False)

    X, y = TABLE.set_axis(index(X_index)), table().set_axis(index(y_index))
    model = ConsensusClassifier(LogisticRegression())
    if expected == "error":
        with pytest.raises(ValueError, match="must be of the same samples, in the same order"):
            model.fit(X, y)
    elif expected is not None:
        with pytest.warns(UserWarning, match=expected):
            model.fit(X, y)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            model.fit(X, y)


@pytest.mark.filterwarnings("error::UserWarning")
def test_tables_that_number_their_rows_from_elsewhere_pass_in_folds_too():
    X, model = TABLE.set_axis(pd.RangeIndex(5, 29)), ConsensusClassifier(LogisticRegression())
    for said in (table().reset_index(drop=True), check_ratings(SAID).with_ids(range(24))):
        cross_val_score(model, X, said, cv=KFold(3, shuffle=True, random_state=0))


@pytest.mark.parametrize("form", ["table", "series", "array"])
def test_recordings_are_known_by_file_and_by_row(form):
    files = pd.DataFrame({"file": NAMES})
    X = {"table": files, "series": files["file"], "array": files["file"].to_numpy(object)}[form]
    step = SegmentLogMel()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        step.fit(X, table())
        step.fit(X, table().reset_index(drop=True))
    message = "must be of the same samples, in the same order"
    with pytest.raises(ValueError, match=rf"{message}.*0 \(00\.wav and {SHUFFLED[0]}\)"):
        step.fit(X, table(SHUFFLED))
    if form != "array":  # which has no row numbers
        with pytest.raises(ValueError, match=rf"{message}.*0 \(0 and 23\)"):
            step.fit(X, table().reset_index(drop=True)[::-1])


def test_frames_of_a_series_of_files_are_named(tmp_path):
    path = str(tmp_path / "a.wav")
    soundfile.write(path, np.zeros(16000), 16000)
    assert list(SegmentLogMel().fit_transform(pd.Series([path, path])).ids) == [path, path]


def test_a_wide_table_of_ratings_has_their_names(linear):
    y = check_ratings(table(SHUFFLED))
    wide = y.to_wide()
    assert wide.index.tolist() == SHUFFLED
    assert check_ratings(wide) == y
    with pytest.raises(ValueError, match="in the same order"):
        linear.fit(frames(), wide)
    parts = y[:2].with_ids([("a.wav", 0.0), ("a.wav", 1.0)])
    assert check_ratings(parts.to_wide()).ids.kind == "tuple"
    assert y.with_ids(range(24))[5:9].to_wide().index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("index", [None, NAMES])
@pytest.mark.filterwarnings("error::UserWarning")
def test_ordinary_uses_pass_without_a_word(index, linear):
    X, y = TABLE, table().reset_index(drop=True)
    if index is not None:
        X, y = X.set_axis(index), y.set_axis(index)
    model = ConsensusClassifier(LogisticRegression())
    ratings = check_ratings(y)
    for said in (y, ratings):
        X_train, X_test, y_train, y_test = train_test_split(X, said, random_state=0)
        model.fit(X_train, y_train).score(X_test, y_test)
        rows = np.random.default_rng(0).integers(0, 24, 24)  # a bootstrap
        part = said.iloc[rows] if isinstance(said, pd.DataFrame) else said[rows]
        model.fit(X.iloc[rows], part)
        model.fit(X.iloc[2:9], said.iloc[2:9] if isinstance(said, pd.DataFrame) else said[2:9])
        cross_val_score(model, X, said, cv=KFold(3, shuffle=True, random_state=0))
    sequences = frames() if index is not None else frames().with_ids(None)
    groups = sequences.speaker
    cross_val_score(linear, sequences, ratings, groups=groups, cv=GroupKFold(2), scoring=ua_scorer)


def test_the_case_that_trained_at_chance(linear):
    """A long table in any order, and recordings by name."""
    long = pd.DataFrame({"file": NAMES, "rater": "E1", "emotion": SAID}).sample(
        frac=1, random_state=0
    )
    columns = {"sample": "file", "annotator": "rater", "label": "emotion"}
    with pytest.raises(ValueError, match="in the same order"):
        linear.fit(frames(), Ratings.from_long(long, **columns))
    y = Ratings.from_long(long, **columns, samples=NAMES)
    assert linear.fit(frames(), y).score(frames(), y) == 1
