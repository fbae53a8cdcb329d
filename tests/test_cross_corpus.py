"""cross_corpus_evaluate: the numbers of a loop by hand, labels that match, nothing twice."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import AlteredSpeaker, ConsensusClassifier, Ratings, Sequences, check_ratings
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import (
    CrossCorpusEvaluation,
    Evaluation,
    cross_corpus_evaluate,
    cross_evaluate,
)
from sklearn_ser.features import SegmentLogMel, SequenceScaler, SequenceStatistics
from sklearn_ser.metrics import cross_entropy

N = 48
# What each corpus calls anger, happiness and sadness, and a fourth class of its own.
NAMES = {
    "a": ["angry", "happy", "sad", "bored"],
    "b": ["anger", "joy", "sad", "fear"],
    "c": ["angry", "happy", "sad", "fear"],
}
LABELS = {"anger": "angry", "joy": "happy"}
SHARED = {"ab": ["angry", "happy", "sad"], "ac": ["angry", "happy", "sad"]}
SHARED["bc"] = ["angry", "fear", "happy", "sad"]


class Nearest(ClassifierMixin, BaseEstimator):
    """The class with the nearest mean, of the consensus among the target classes."""

    fits = 0

    def __init__(self, noise=0.0, random_state=None):
        self.noise = noise
        self.random_state = random_state

    def fit(self, X, y):
        type(self).fits += 1
        ratings = check_ratings(y)
        consensus = ratings.consensus()
        self.classes_ = np.array(sorted(set(ratings.classes.tolist()) & set(consensus)))
        means = np.array([sequence.mean(axis=0) for sequence in X])
        self.means_ = np.array([means[consensus == label].mean(axis=0) for label in self.classes_])
        return self

    def predict_proba(self, X):
        found = np.array([sequence.mean(axis=0) for sequence in X])
        rng = np.random.default_rng(self.random_state)
        found = found + self.noise * rng.standard_normal(found.shape)
        scores = np.exp(-((found[:, None] - self.means_) ** 2).sum(axis=-1))
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Doubled(TransformerMixin, BaseEstimator):
    """A step that learns nothing and counts its calls."""

    calls = 0

    def __init__(self, factor=2.0):
        self.factor = factor

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        type(self).calls += 1
        return X.with_values(X.values * self.factor, X.offsets)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


@pytest.fixture(autouse=True)
def from_zero():
    Nearest.fits = Doubled.calls = 0


def make_corpus(name, speakers=None, n_speakers=6, names=None):
    """48 utterances, with three ratings each, some of them tied."""
    rng = np.random.default_rng(sum(map(ord, name)))
    names = NAMES[name] if names is None else names
    expressed = rng.integers(len(names), size=N)
    centres = np.array([[0, 0], [2, 0], [0, 2], [2, 2]])
    frames = [rng.normal(centres[e], 1, size=(rng.integers(2, 5), 2)) for e in expressed]
    heard = np.where(
        rng.uniform(size=(N, 3)) < 0.7, expressed[:, None], rng.integers(len(names), size=(N, 3))
    )
    wide = np.array(names, dtype=object)[heard]
    if speakers is None:
        speakers = np.array([f"{name}{i}" for i in range(n_speakers)])
    X = Sequences.from_arrays(frames, speaker=np.array(speakers)[np.arange(N) % len(speakers)])
    raters = ["E1", "E2", "E3"]
    return Bunch(
        data=X, ratings=Ratings.from_wide(wide, annotators=raters), DESCR=f"Corpus {name}"
    )


@pytest.fixture(scope="module")
def corpora():
    return {name: make_corpus(name) for name in "abc"}


def vote(cells, names):
    """The label with the most votes, or None."""
    renamed = [names.get(cell, cell) for cell in cells]
    counts = sorted(((renamed.count(label), label) for label in set(renamed)), reverse=True)
    return counts[0][1] if len(counts) == 1 or counts[0][0] > counts[1][0] else None


def consensus_of(corpus, names):
    rows = corpus.ratings.to_wide().to_numpy()
    return np.array([vote(row.tolist(), names) for row in rows], dtype=object)


def list_labels(column):
    return [None if pd.isna(label) else label for label in column]


def columns_but_seconds(table):
    return table[[name for name in table if name != "seconds"]]


# Numbers


def test_equal_to_a_loop_by_hand(corpora):
    rows = {"exact": Nearest(), "noisy": Nearest(noise=1.0)}
    found = cross_corpus_evaluate(rows, corpora, labels=LABELS, seeds=(0, 7))
    assert isinstance(found, CrossCorpusEvaluation)
    assert list(found.evaluations) == [(a, b) for a in "abc" for b in "abc" if a != b]
    consensus = {name: consensus_of(corpus, LABELS) for name, corpus in corpora.items()}
    scores = found.scores
    assert scores.index.names == ["train", "test", "estimator", "seed"]
    for a, b in found.evaluations:
        classes = SHARED["".join(sorted(a + b))]
        train = [i for i in range(N) if consensus[a][i] in classes]
        scored = [i for i in range(N) if consensus[b][i] in classes]
        for name, noise in (("exact", 0.0), ("noisy", 1.0)):
            for seed in (0, 7):
                model = Nearest(noise, seed)
                model.fit(corpora[a].data[train], consensus[a][train].astype(str))
                X = corpora[b].data
                said, proba = model.predict(X), model.predict_proba(X)
                own = found[a, b].predictions.query("estimator == @name and seed == @seed")
                assert own["prediction"].tolist() == said.tolist()
                np.testing.assert_allclose(own[[f"p_{c}" for c in classes]], proba)
                assert own["speaker"].tolist() == own["group"].tolist() == X.speaker.tolist()
                assert list_labels(own["consensus"]) == consensus[b].tolist()
                row = scores.loc[(a, b, name, seed)]
                assert (row["n_classes"], row["n"]) == (len(classes), len(scored))
                was, is_said = consensus[b][scored].astype(str), said[scored]
                assert row["WA"] == pytest.approx((was == is_said).mean())
                ua = recall_score(was, is_said, average="macro")
                assert row["UA"] == pytest.approx(ua)
                cells = corpora[b].ratings.to_wide().replace(LABELS)
                renamed = Ratings.from_wide(cells, target_classes=classes)
                expected = cross_entropy(renamed, proba, classes=classes)
                assert row["cross_entropy"] == pytest.approx(expected)


def test_intervals_are_over_the_speakers_of_the_tested_corpus(corpora):
    found = cross_corpus_evaluate({"m": Nearest()}, corpora, labels=LABELS, train="a", test=["b"])
    table = found["a", "b"].predictions
    scored = table[table["consensus"].isin(SHARED["ab"])]
    rng = np.random.default_rng(5)
    speakers = [f"b{i}" for i in range(6)]
    uas = []
    for counts in rng.multinomial(6, np.full(6, 1 / 6), size=40):
        drawn = [s for s, n in zip(speakers, counts, strict=True) for _ in range(n)]
        rows = pd.concat([scored[scored["speaker"] == speaker] for speaker in drawn])
        recalls = [
            (part["prediction"] == label).mean() for label, part in rows.groupby("consensus")
        ]
        uas.append(np.mean(recalls))
    row = found.summary(n_resamples=40, random_state=5).loc[("a", "b", "m")]
    expected = np.quantile(uas, [0.025, 0.975])
    np.testing.assert_allclose(row[["UA_low", "UA_high"]].astype(float), expected)
    scores, summary = found.scores.loc[("a", "b", "m", 0)], found.summary().loc[("a", "b", "m")]
    for name in ("n_classes", "n", "WA", "UA", "UA_low", "UA_high", "cross_entropy"):
        assert scores[name] == summary[name]


def test_the_order_of_corpora_changes_nothing(corpora):
    there = cross_corpus_evaluate(Nearest(noise=1.0), corpora, labels=LABELS)
    names = list(corpora)[::-1]
    back = cross_corpus_evaluate(
        Nearest(noise=1.0), {name: corpora[name] for name in names}, labels=LABELS
    )
    assert list(back.evaluations) != list(there.evaluations)
    for pair, evaluation in there.evaluations.items():
        own, other = (columns_but_seconds(e.predictions) for e in (evaluation, back[pair]))
        pd.testing.assert_frame_equal(own, other)
    pd.testing.assert_frame_equal(there.summary().sort_index(), back.summary().sort_index())


def test_a_pair_does_not_depend_on_other_corpora(corpora):
    everything = cross_corpus_evaluate(Nearest(noise=1.0), corpora, labels=LABELS)
    alone = cross_corpus_evaluate(
        Nearest(noise=1.0), {"b": corpora["b"], "a": corpora["a"]}, labels=LABELS, test="b"
    )
    assert list(alone.evaluations) == [("a", "b")]
    pd.testing.assert_frame_equal(
        columns_but_seconds(alone["a", "b"].predictions),
        columns_but_seconds(everything["a", "b"].predictions),
    )


def test_the_diagonal_is_a_cross_validation_by_speaker(corpora):
    rows = {"exact": Nearest(), "noisy": Nearest(noise=1.0)}
    two = {name: corpora[name] for name in "ac"}
    for within, cv in (("speaker", None), (3, 3)):
        found = cross_corpus_evaluate(rows, two, within=within, seeds=(0, 1))
        assert list(found.evaluations) == [("a", "a"), ("a", "c"), ("c", "a"), ("c", "c")]
        expected = cross_evaluate(rows, corpora["a"], cv=cv, seeds=(0, 1))
        pd.testing.assert_frame_equal(
            columns_but_seconds(found["a", "a"].predictions),
            columns_but_seconds(expected.predictions),
        )
        assert found["a", "a"].ratings == expected.ratings
        n_folds = 6 if cv is None else 3
        assert f"a (Corpus a: 48 samples) in {n_folds} folds" in found["a", "a"].description
    alone = cross_corpus_evaluate(rows, two, train="c", test="c", within=3)
    assert list(alone.evaluations) == [("c", "c")]


def test_nothing_random_and_nothing_forgotten(corpora, tmp_path):
    settings = {"labels": LABELS, "within": 2, "seeds": (0, 1)}
    rows = {"noisy": Nearest(noise=1.0)}
    one = cross_corpus_evaluate(rows, corpora, **settings)
    two = cross_corpus_evaluate(rows, corpora, n_jobs=2, memory=tmp_path, **settings)
    pd.testing.assert_frame_equal(
        columns_but_seconds(one.predictions), columns_but_seconds(two.predictions)
    )
    again = pickle.loads(pickle.dumps(one))
    assert repr(again) == repr(one)
    assert len(one.predictions) == 9 * 2 * N


# Nothing twice


def test_a_model_is_trained_once_for_all_corpora_with_the_same_classes(corpora):
    rows = {
        "a": make_pipeline(Doubled(), Nearest()),
        "b": make_pipeline(Doubled(), Nearest(noise=1.0)),
        "c": Nearest(),
    }
    cross_corpus_evaluate(rows, corpora, labels=LABELS, seeds=(0, 1))
    assert Doubled.calls == 3  # corpora
    # "a" shares the same classes with both others; "b" and "c" share more with each other.
    assert Nearest.fits == 5 * 2 * len(rows)
    Doubled.calls = 0
    cross_corpus_evaluate(rows, corpora, labels=LABELS, train="a", test="b")
    assert Doubled.calls == 2


def test_recordings_and_tables():
    """Features of recordings are extracted by steps that learn nothing, as in a loop by hand."""
    corpora = {
        name: make_dyadic_corpus(1, 8, random_state=i) for i, name in enumerate(("here", "there"))
    }
    model = make_pipeline(
        SegmentLogMel(segment_step=10),
        SequenceScaler(by="speaker"),
        SequenceStatistics(["mean", "std"]),
        ConsensusClassifier(LogisticRegression()),
    )
    found = cross_corpus_evaluate(model, corpora, train="here")["here", "there"]
    classes = found.ratings.classes.tolist()
    here, there = corpora["here"], corpora["there"]
    own = Ratings.from_wide(here.ratings.to_wide(), target_classes=classes)
    by_hand = model.fit(here.data, own)
    # Both have speakers of the same names, who are different people.
    renamed = there.data.assign(speaker=[f"other {name}" for name in there.data["speaker"]])
    np.testing.assert_allclose(
        found.predictions[[f"p_{label}" for label in by_hand.classes_]],
        by_hand.predict_proba(renamed),
        rtol=1e-6,
    )


def test_a_run_resumes(corpora, tmp_path):
    rows = {"m": Nearest(noise=1.0)}
    two = {name: corpora[name] for name in "ab"}
    settings = {"labels": {"b": LABELS}, "memory": tmp_path}
    first = cross_corpus_evaluate(rows, two, **settings)
    assert Nearest.fits == 2
    again = cross_corpus_evaluate(rows, two, **settings)
    assert Nearest.fits == 2
    pd.testing.assert_frame_equal(first.predictions, again.predictions)
    more = cross_corpus_evaluate(rows, corpora, **settings)
    assert Nearest.fits == 2 + 4  # "a" and "b" once more, for "c", and "c" for each
    pd.testing.assert_frame_equal(first["a", "b"].predictions, more["a", "b"].predictions)
    # Other classes are another fit, although the samples are the same.
    fewer = cross_corpus_evaluate(rows, two, labels={"b": LABELS | {"sad": None}}, memory=tmp_path)
    assert Nearest.fits == 6 + 2
    assert set(fewer["a", "b"].predictions["prediction"]) == {"angry", "happy"}


# Labels


def test_the_identity_is_no_mapping(corpora):
    two = {name: corpora[name] for name in "ac"}
    plain = cross_corpus_evaluate(Nearest(), two)
    for labels in (
        {label: label for label in NAMES["a"]},
        {"a": {}, "c": {"sad": "sad"}},
        {},
    ):
        mapped = cross_corpus_evaluate(Nearest(), two, labels=labels)
        pd.testing.assert_frame_equal(
            columns_but_seconds(plain.predictions), columns_but_seconds(mapped.predictions)
        )
        pd.testing.assert_frame_equal(plain.labels, mapped.labels)


def test_labels_for_all_are_labels_for_each(corpora):
    found = [
        cross_corpus_evaluate(Nearest(), corpora, labels=labels)
        for labels in (LABELS, {"b": LABELS}, {"b": LABELS, "a": {"sad": "sad"}})
    ]
    for other in found[1:]:
        assert repr(other) == repr(found[0])


def test_what_became_of_every_label():
    corpora = {
        "x": Bunch(
            data=np.zeros((7, 1)),
            ratings=Ratings.from_wide(
                [
                    *[["joy", "joy"], ["sad", "sad"], ["sad", "joy"], ["odd", "odd"]],
                    *[["fun", "fun"], ["ill", "ill"], ["sad", "sad"]],
                ],
                target_classes=["fun", "joy", "sad", "ill"],
            ),
        ),
        "y": Bunch(data=np.zeros((3, 1)), ratings=["happy", "sad", "mad"]),
    }
    labels = {"x": {"joy": "happy", "fun": "happy", "ill": None}}
    model = ConsensusClassifier(DummyClassifier())
    found = cross_corpus_evaluate({"m": model}, corpora, labels=labels)
    table = found.labels.astype(object).where(found.labels.notna(), None)
    assert table.reset_index().to_numpy().tolist() == [
        ["x", "fun", "happy", "mapped", 1, 2, "y"],
        ["x", "ill", None, "dropped", 1, 2, ""],
        ["x", "joy", "happy", "mapped", 1, 3, "y"],
        ["x", "odd", None, "no target class", 1, 2, ""],
        ["x", "sad", "sad", "kept", 2, 5, "y"],
        ["y", "happy", "happy", "kept", 1, 1, "x"],
        ["y", "mad", "mad", "kept", 1, 1, ""],
        ["y", "sad", "sad", "kept", 1, 1, "x"],
    ]
    assert found["y", "x"].ratings.classes.tolist() == ["happy", "sad"]
    assert "In no other corpus: mad (y, 1 samples)." in repr(found)
    # A class that is dropped keeps its votes: no sample gets another consensus.
    assert list_labels(found["y", "x"].predictions["consensus"]) == [
        *["happy", "sad", None, "odd", "happy", "ill", "sad"]
    ]
    assert found.summary()["n"].tolist() == [2, 4]


def test_merged_votes_are_counted_together():
    """Unless the corpus has a consensus of its own, which is renamed."""
    votes = Ratings.from_wide(
        [["fun", "joy", "sad"], ["sad", "sad", "joy"], ["joy"] * 3, ["sad"] * 3]
    )
    for ratings, first in ((votes, "happy"), (votes.with_consensus(), None)):
        corpora = {
            "x": Bunch(data=np.zeros((4, 1)), ratings=ratings),
            "y": Bunch(data=np.zeros((2, 1)), ratings=["happy", "sad"]),
        }
        found = cross_corpus_evaluate(
            ConsensusClassifier(LogisticRegression()),
            corpora,
            labels={"joy": "happy", "fun": "happy"},
        )
        consensus = list_labels(found["y", "x"].predictions["consensus"])
        assert consensus == [first, "sad", "happy", "sad"]


def test_a_class_without_samples_is_not_shared():
    classes = ["happy", "mad", "sad"]
    corpora = {
        "x": Bunch(data=np.zeros((3, 1)), ratings=classes),
        "y": Bunch(
            data=np.zeros((3, 1)),
            ratings=Ratings.from_wide(
                [["happy", "happy"], ["sad", "sad"], ["mad", "sad"]], target_classes=classes
            ),
        ),
    }
    found = cross_corpus_evaluate(ConsensusClassifier(LogisticRegression()), corpora)
    assert found["x", "y"].ratings.target_classes == ("happy", "sad")
    assert found.labels.loc[("x", "mad"), "also_in"] == ""
    assert found.labels.loc[("y", "mad"), "also_in"] == "x"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            {"angri": "mad"},
            r"there is no 'angri' \(did you mean 'angry'\?\)\. The labels are .*bor",
        ),
        ({"JOY": "x", "zzz": None}, r"no 'JOY' \(did you mean 'joy'\?\), 'zzz'\. The labels"),
        ({"a": {"joy": "happy"}}, r"there is no 'joy' of 'a'"),
        ({3: "happy"}, "there is no 3"),
        ({"d": {"joy": "happy"}}, r"labels must be for the corpora 'a', 'b', 'c'; got 'd'"),
        ({"joy": None, "happy": None, "sad": None, "anger": None}, r"got none of 'a' and 'b'"),
        ({"sad": None}, r"got none of 'a' and 'b' \(a: 'angry', .*; b: 'anger', 'fear', 'joy'\)"),
        ({"a": {"sad": None, "happy": "sad"}}, r"must not drop the class .* become: 'sad'"),
        (LABELS | {"fear": " Bored"}, r"spelling; got 'bored' \(a\) and ' Bored' \(b\), 'bored'"),
        ({"a": {"sad": 1}}, r"labels must be of one kind"),
        ({"a": {"sad": np.nan}}, r"labels must be of one kind"),
    ],
)
def test_labels_that_match_nothing(corpora, labels, message):
    with pytest.raises(ValueError, match=message) as caught:
        cross_corpus_evaluate(Nearest(), corpora, labels=labels)
    assert len(str(caught.value)) < 700
    assert Nearest.fits == 0


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["joy"], "labels must be a dict of labels, got list"),
        ({"joy": "happy", "a": {}}, "or a dict of corpora and their dicts; got a mixture"),
    ],
)
def test_labels_of_another_type(corpora, labels, message):
    with pytest.raises(TypeError, match=message):
        cross_corpus_evaluate(Nearest(), corpora, labels=labels)


def test_labels_of_different_kinds():
    numbers = make_corpus("a", names=[0, 1, 2])
    with pytest.raises(ValueError, match=r"the classes of 'a' are numbers .* of 'c' are text"):
        cross_corpus_evaluate(Nearest(), {"a": numbers, "c": make_corpus("c")})
    renamed = {"a": {0: "angry", 1: "happy", 2: "sad"}}
    assert (
        len(
            cross_corpus_evaluate(
                Nearest(), {"a": numbers, "c": make_corpus("c")}, labels=renamed
            ).evaluations
        )
        == 2
    )


# Speakers and raters belong to their corpus


def test_speakers_with_the_same_name_are_different_people(corpora):
    """A scaler by speaker uses the frames of the test speaker, not those of the namesake."""
    same = [f"0{i}" for i in range(6)]
    model = make_pipeline(
        SequenceScaler(by="speaker"),
        SequenceStatistics(),
        ConsensusClassifier(LogisticRegression()),
    )
    apart = {name: corpora[name] for name in "ac"}
    alike = {name: make_corpus(name, same) for name in "ac"}
    voices = [*same[:5], AlteredSpeaker("05", "faster")]
    altered = {"a": make_corpus("a", same), "c": make_corpus("c", voices)}
    expected, found, other = (
        cross_corpus_evaluate(model, pair) for pair in (apart, alike, altered)
    )
    columns = ["prediction", "p_angry", "p_happy", "p_sad"]
    for pair in expected.evaluations:
        for one in (found, other):
            pd.testing.assert_frame_equal(
                one[pair].predictions[columns], expected[pair].predictions[columns]
            )
    assert set(found["a", "c"].predictions["speaker"]) == set(same)
    remark = "Speakers with the same name in a and c (6) are taken for different people"
    assert remark in repr(found)
    assert remark not in repr(expected)
    # The corpora themselves stay as they are.
    assert set(alike["c"].data.speaker) == set(same)


def test_speakers_of_tables_are_different_people():
    class Recorder(ConsensusClassifier):
        seen: list = []

        def fit(self, X, y):
            return super().fit(X[["x"]], y)

        def predict(self, X):
            self.seen.append(X["speaker"].tolist())
            return super().predict(X[["x"]])

        def predict_proba(self, X):
            return super().predict_proba(X[["x"]])

    corpora = {
        name: Bunch(
            data=pd.DataFrame({"x": [0.0, 1, 0, 1], "speaker": speakers}, index=list("wxyz")),
            ratings=["sad", "mad"] * 2,
        )
        for name, speakers in (("a", ["1", "2", "3", None]), ("b", ["2", "4", None, "2"]))
    }
    found = cross_corpus_evaluate(Recorder(LogisticRegression()), corpora, train="a")
    assert list_labels(Recorder.seen[0]) == ["2 (b)", "4", None, "2 (b)"]
    table = found["a", "b"].predictions
    assert table["group"].tolist() == ["2", "4", "unknown", "2"]
    assert found["a", "b"].attributes.columns.tolist() == ["x", "speaker"]
    assert "fewer than 4 groups" in repr(found["a", "b"])


def test_unknown_speakers_have_no_interval():
    corpora = {
        name: Bunch(data=np.arange(8.0)[:, None] % 2, ratings=["sad", "mad"] * 4) for name in "ab"
    }
    table = cross_corpus_evaluate(ConsensusClassifier(LogisticRegression()), corpora).summary()
    assert table["UA"].tolist() == [1, 1]
    assert table[["UA_low", "UA_high"]].isna().all(axis=None)


class Opinionated(Nearest):
    """Expects of every annotator what it predicts itself."""

    def fit(self, X, y):
        super().fit(X, y)
        self.annotators_ = check_ratings(y).annotators.tolist()
        return self

    def predict_annotators(self, X, annotators=None):
        return np.stack([self.predict_proba(X)] * len(self.annotators_), axis=1)


def test_raters_with_the_same_name_are_different_people(corpora):
    two = {name: corpora[name] for name in "ac"}
    found = cross_corpus_evaluate(Opinionated(), two, within=3)
    assert "annotator_accuracy" not in found["a", "c"].predictions
    assert found["a", "a"].summary()["annotator_accuracy"].notna().all()
    assert found.summary()["annotator_accuracy"].notna().tolist() == [True, False, False, True]


def test_recordings_in_both_corpora():
    def table(numbers):
        files = [f"/clips/{i}.wav" for i in numbers]
        return Bunch(
            data=pd.DataFrame({"file": files}), ratings=["sad", "mad"] * (len(files) // 2)
        )

    corpora = {"a": table(range(6)), "b": table(range(4, 8)), "c": table(range(10, 14))}
    message = r"no recordings in common, .*: 'a' and 'b' share 2 \(/clips/4.wav, /clips/5.wav\)\."
    with pytest.raises(ValueError, match=message):
        cross_corpus_evaluate(Nearest(), corpora)


@pytest.mark.posix
@pytest.mark.parametrize("form", ["absolute", "dots", "home", "link", "folder", "list", "series"])
def test_recordings_by_another_path(tmp_path, monkeypatch, form):
    """The same six files, whatever they are called."""
    (tmp_path / "w").mkdir()
    names = [f"{i}.wav" for i in range(6)]
    for name in names:
        (tmp_path / "w" / name).write_bytes(b"")
    (tmp_path / "by_link").symlink_to(tmp_path / "w")
    (tmp_path / "links").mkdir()
    for name in names:
        (tmp_path / "links" / name[::-1]).symlink_to(tmp_path / "w" / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    others = {
        "absolute": [str(tmp_path / "w" / name) for name in names],
        "dots": [f"./links/../w//{name}" for name in names],
        "home": [f"~/w/{name}" for name in names],
        "link": [f"links/{name[::-1]}" for name in names],
        "folder": [tmp_path / "by_link" / name for name in names],
        "list": [str(tmp_path / "w" / name) for name in names],
        "series": pd.Series([str(tmp_path / "w" / name) for name in names]),
    }[form]
    data = others if form in ("list", "series") else pd.DataFrame({"file": others})
    labels = ["sad", "mad"] * 3
    corpora = {
        "a": Bunch(data=pd.DataFrame({"file": [f"w/{name}" for name in names]}), ratings=labels),
        "b": Bunch(data=data, ratings=labels),
    }
    message = r"'a' and 'b' share 6 \(w/0.wav, w/1.wav and 4 more\)\."
    with pytest.raises(ValueError, match=message):
        cross_corpus_evaluate(Nearest(), corpora)


def test_recordings_beside_waveforms():
    """A table may mix files and altered copies of them."""
    files = [f"/clips/{i}.wav" for i in range(6)]
    labels = ["sad", "mad"] * 3
    mixed = pd.DataFrame({"file": [*files[:4], None, None], "signal": [None] * 4 + [[0.0]] * 2})
    corpora = {
        "a": Bunch(data=pd.DataFrame({"file": files}), ratings=labels),
        "b": Bunch(data=mixed, ratings=labels),
    }
    with pytest.raises(ValueError, match=r"'a' and 'b' share 4 \(/clips/0.wav, /clips/1.wav and"):
        cross_corpus_evaluate(Nearest(), corpora)


def test_copies_of_recordings():
    """By their names alone, copies cannot be told from recordings of the same protocol."""

    class Anything(Nearest):
        def fit(self, X, y):
            self.classes_ = np.array(["mad", "sad"])
            return self

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    def table(folder, suffix, speakers, numbers=range(6)):
        files = [f"/{folder}/{i}{suffix}" for i in numbers]
        data = pd.DataFrame({"file": files, "speaker": speakers})
        return Bunch(data=data, ratings=["sad", "mad"] * 3)

    corpora = {"a": table("x", ".wav", list("AABBCC")), "b": table("y", ".ogg", list("AABBCC"))}
    message = r"same name: 'a' and 'b' have 6 \(0, 1 and 4 more\)\. If they are copies"
    with pytest.warns(UserWarning, match=message) as caught:
        cross_corpus_evaluate(Anything(), corpora)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for other in (
            table("y", ".ogg", list("DDEEFF")),
            table("y", ".wav", list("AABBCC"), range(3, 9)),
            table("y", ".wav", [None] * 6),
        ):
            cross_corpus_evaluate(Anything(), corpora | {"b": other})


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": "d"}, r"train must name corpora among \['a', 'b', 'c'\], got \['d'\]"),
        ({"test": ["a", "x", "y"]}, r"test must name corpora among .* got \['x', 'y'\]"),
        ({"train": "a", "test": "a"}, r"got \['a'\] to train and \['a'\] .* within='speaker'"),
        ({"train": []}, r"there must be two corpora, .* got \[\] to train"),
        ({"within": "session"}, "within must be 'speaker', a number of folds or a splitter"),
        ({"within": 7}, "Cannot have number of splits n_splits=7 greater"),
        ({"seeds": []}, "at least one seed"),
    ],
)
def test_arguments_that_name_nothing(corpora, arguments, message):
    with pytest.raises(ValueError, match=message):
        cross_corpus_evaluate(Nearest(), corpora, labels=LABELS, **arguments)
    assert Nearest.fits == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda corpora: corpora["a"], "corpora must be a dict of names and corpora; got one"),
        (lambda corpora: [*corpora.values()], "names and corpora; got list"),
        (lambda corpora: {}, "names and corpora; got dict"),
        (lambda corpora: {1: corpora["a"], 2: corpora["c"]}, "must be text; got 1, 2"),
        (lambda corpora: {"a": corpora["a"], "c": "c"}, "as loaders return it; str has no data"),
    ],
)
def test_what_are_no_corpora(corpora, change, message):
    with pytest.raises(TypeError, match=message):
        cross_corpus_evaluate(Nearest(), change(corpora))


def notes(caught):
    return getattr(caught.value, "__notes__", [])


def test_errors_say_where_they_arose(corpora):
    two = {name: corpora[name] for name in "ac"}
    with pytest.raises(TypeError, match="ufunc 'multiply'") as caught:
        cross_corpus_evaluate({"m": make_pipeline(Doubled("x"), Nearest())}, two)
    assert notes(caught) == ["This error arose in the first steps of estimator 'm', corpus 'a'."]

    class Failing(Nearest):
        def predict(self, X):
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no") as caught:
        cross_corpus_evaluate({"m": Failing()}, two, train="c")
    assert notes(caught) == [
        "This error arose in estimator 'm', seed 0, trained on 'c', tested on 'a'."
    ]
    with pytest.raises(RuntimeError, match="no") as caught:
        cross_corpus_evaluate({"m": Failing()}, two, train="c", test="c", within=2)
    assert notes(caught) == ["This error arose in estimator 'm', seed 0, corpus 'c', fold 0."]
    unknown = {"a": corpora["a"], "c": make_corpus("c", ["c0", None])}
    with pytest.raises(ValueError, match="every sample must have a group") as caught:
        cross_corpus_evaluate(Nearest(), unknown, within="speaker")
    assert notes(caught) == ["This error arose in corpus 'c'."]
    short = Bunch(data=corpora["a"].data, ratings=corpora["c"].ratings[:5])
    with pytest.raises(ValueError, match="48") as caught:
        cross_corpus_evaluate(Nearest(), {"a": corpora["a"], "c": short})
    assert notes(caught) == ["This error arose in corpus 'c'."]


# What is returned


@pytest.fixture(scope="module")
def found(corpora):
    rows = {"exact": Nearest(), "noisy": Nearest(noise=1.0)}
    return cross_corpus_evaluate(rows, corpora, labels=LABELS, train=["a", "b"], within=2)


def test_the_tables(found):
    summary = found.summary("noisy", n_resamples=10)
    assert summary.index.names == ["train", "test", "estimator"]
    assert summary.index.unique("train").tolist() == ["a", "b"]
    assert len(summary) == 2 * 3 * 2
    for (a, b), evaluation in found.evaluations.items():
        assert isinstance(evaluation, Evaluation)
        own = evaluation.summary("noisy", n_resamples=10)
        columns = [name for name in summary if name not in ("n", "n_classes")]
        pd.testing.assert_frame_equal(summary.loc[(a, b)][columns], own[columns])
        assert not any(name.startswith(("recall", "f1")) for name in summary)
        assert (summary.loc[(a, b), "n"] == evaluation.pooled["n"].iloc[0]).all()
    front = found.predictions.columns.tolist()[:4]
    assert front == ["train", "test", "estimator", "seed"]
    with pytest.raises(ValueError, match="baseline must be one of"):
        found.summary("svm")
    with pytest.raises(KeyError, match=r"pairs are \(train, test\), of \('a', 'a'\), .*'c', 'a'"):
        found["c", "a"]


def test_the_report(found):
    text = repr(found)
    for said in (
        "a (Corpus a: 48 samples), b (Corpus b: 48 samples), c (Corpus c: 48 samples); seeds 0.",
        "Classes: angry, bored, happy, sad (a to a); angry, happy, sad (a to b, a to c, b to a);",
        "In no other corpus: bored (a, ",
        "over the speakers of the tested corpus",
    ):
        assert said in text
    assert len(text.splitlines()) == 1 + 2 + 12


def test_the_matrices(found):
    pytest.importorskip("matplotlib").use("Agg")
    figure = found.plot()
    assert [ax.get_title() for ax in figure.axes] == ["exact", "noisy"]
    for ax, name in zip(figure.axes, ("exact", "noisy"), strict=True):
        assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
        uas = found.summary().xs(name, level="estimator")["UA"]
        assert [text.get_text() for text in ax.texts] == [f"{ua:.2f}" for ua in uas]
    texts = found.plot("WA").axes[0].texts
    was = found.summary().xs("exact", level="estimator")["WA"]
    assert [text.get_text() for text in texts] == [f"{wa:.2f}" for wa in was]
    with pytest.raises(ValueError, match="score must be 'UA' or 'WA', got 'F1'"):
        found.plot("F1")


def test_missing_pairs_are_empty_cells(corpora):
    pytest.importorskip("matplotlib").use("Agg")
    figure = cross_corpus_evaluate(Nearest(), corpora, labels=LABELS).plot()
    assert len(figure.axes[0].texts) == 6


def test_results_by_an_attribute_of_the_tested_corpus(found):
    table = found["a", "b"].summary(by="speaker", n_resamples=5)
    assert table.loc["exact"].index.tolist() == [f"b{i}" for i in range(6)]
