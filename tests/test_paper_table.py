"""evaluate_paper_protocol: rows of a table by the published procedure of Mao et al."""

import pickle

import numpy as np
import pandas as pd
import pytest
from _segments import CLASSES, make_segments
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import ProfileRefineryClassifier, Ratings, Segments, SegmentVGGClassifier
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import cross_evaluate, evaluate_paper_protocol, paper_protocol
from sklearn_ser.features import SequenceScaler
from sklearn_ser.recipes import mao2020
from sklearn_ser.speech import AlteredSpeaker


class Recorder(ClassifierMixin, BaseEstimator):
    """A segment estimator that learns nothing: its profile follows from the first band.

    It notes what it saw.
    """

    log: list = []

    def __init__(self, target_encoder=None, random_state=None):
        self.target_encoder = target_encoder
        self.random_state = random_state

    def fit(self, X, y, segment_targets=None):
        self.classes_ = np.unique(np.asarray(y.consensus().tolist(), dtype=object))
        self.log.append(X)
        return self

    def predict_profile(self, X):
        found = []
        for i in range(len(X)):
            p = 1 / (1 + np.exp(-X.segments(i)[:, 0, 0].astype(float)[:, None]))
            rest = np.full((1, len(self.classes_) - 1), 1 / (len(self.classes_) - 1))
            found.append(np.hstack([p, (1 - p) * rest]))
        return found


@pytest.fixture(autouse=True)
def empty_log():
    Recorder.log.clear()


@pytest.fixture(scope="module")
def X():
    return make_segments(30, 6)


@pytest.fixture(scope="module")
def corpus(X):
    ratings = Ratings.from_labels(np.array([CLASSES[i % 3] for i in range(30)]))
    return Bunch(data=X, ratings=ratings, DESCR="Miniature\n---------\nmade up")


def small(**changes):
    network = SegmentVGGClassifier(width=1 / 64, max_epochs=1, batch_size=16)
    return ProfileRefineryClassifier(network, **changes)


def rows_of(make=small, **changes):
    """Some rows of all three tables, scaled like those of the recipe."""
    settings = {
        "VGG": {"n_stages": 1},
        "VGG^2": {"refinement": "standard", "n_stages": 2},
        "VGG*2": {"n_stages": 2},
        "VGG*3": {"n_stages": 3},
    }
    return {
        name: make_pipeline(SequenceScaler(), make(**own, **changes))
        for name, own in settings.items()
    }


def count_fits(monkeypatch):
    fits, fit = [], SegmentVGGClassifier.fit

    def spy(self, *arguments, **named):
        fits.append(self)
        return fit(self, *arguments, **named)

    monkeypatch.setattr(SegmentVGGClassifier, "fit", spy)
    return fits


def test_every_row_is_as_when_it_is_scored_alone(corpus):
    rows = rows_of()
    found = evaluate_paper_protocol(rows, corpus, cv=2, seeds=(3, 4))
    scaled = SequenceScaler().fit_transform(corpus.data)
    for (name, seed), part in found.predictions.groupby(["estimator", "seed"], sort=False):
        alone = paper_protocol(rows[name][-1], scaled, corpus.ratings, cv=2, random_state=seed)
        assert part.sort_values("sample")["prediction"].tolist() == alone.predictions[-1].tolist()
        wa, ua = found.pooled.loc[(name, seed), ["WA", "UA"]]
        assert (wa, ua) == pytest.approx(tuple(alone.scores.iloc[-1]))
    assert found.predictions["estimator"].unique().tolist() == list(rows)


def test_the_procedure_step_by_step(corpus):
    """The recorder learns nothing, so that profiles are the same in all folds."""
    row = make_pipeline(SequenceScaler(), ProfileRefineryClassifier(Recorder(), n_stages=1))
    found = evaluate_paper_protocol({"VGG": row}, corpus, cv=5, seeds=[7])
    rng = np.random.default_rng(7)
    _, fold_seed, _, forest_seed = (int(rng.integers(2**31)) for _ in range(4))
    X, labels = corpus.data, np.array([CLASSES[i % 3] for i in range(30)])
    frames = X.values.astype(float)
    scaled = (frames - frames.mean(axis=0)) / frames.std(axis=0)
    statistics = []
    for first, last in zip(X.offsets, X.offsets[1:], strict=False):
        starts = range(first, last - 8 + 1, 4)
        p = 1 / (1 + np.exp(-np.float32([scaled[start, 0] for start in starts]).astype(float)))
        profile = np.column_stack([p, (1 - p) / 2, (1 - p) / 2])
        parts = [profile.max(axis=0), profile.min(axis=0), profile.mean(axis=0)]
        statistics.append(np.hstack([*parts, (profile > 0.2).mean(axis=0)]))
    statistics = np.array(statistics)
    folds = StratifiedKFold(5, shuffle=True, random_state=fold_seed)
    table = found.predictions.set_index("sample")
    for fold, (train, test) in enumerate(folds.split(statistics, labels)):
        forest = RandomForestClassifier(random_state=forest_seed)
        forest.fit(statistics[train], labels[train])
        assert table.loc[test, "fold"].unique().tolist() == [fold]
        proba = table.loc[test, [f"p_{label}" for label in CLASSES]].to_numpy()
        np.testing.assert_allclose(proba, forest.predict_proba(statistics[test]))


def test_bands_are_scaled_over_the_whole_corpus_and_speakers_play_no_part(corpus):
    row = make_pipeline(SequenceScaler(), ProfileRefineryClassifier(Recorder(), n_stages=1))
    evaluate_paper_protocol(row, corpus, cv=2)
    parts = list(Recorder.log)
    assert len(parts) == 2
    assert all(part.speaker is None for part in parts)
    # Each network saw half of the utterances; only together are they scaled.
    together = np.concatenate([part.values for part in parts]).astype(float)
    np.testing.assert_allclose(together.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(together.std(axis=0), 1, atol=1e-5)
    assert abs(parts[0].values.mean(axis=0)).max() > 1e-3
    # In our protocol, the training part alone is scaled.
    Recorder.log.clear()
    ours = make_pipeline(
        SequenceScaler(), ProfileRefineryClassifier(Recorder(), n_stages=1, refit=True, cv=2)
    )
    cross_evaluate(ours, corpus)
    assert len(Recorder.log) == 5 * 3
    for start in range(0, 15, 3):
        # The chain for prediction is trained on the whole training part, in any order.
        part = max(Recorder.log[start : start + 3], key=len)
        assert len(part) == 24
        np.testing.assert_allclose(part.values.astype(float).mean(axis=0), 0, atol=1e-5)


def test_networks_are_shared_between_rows(corpus, tmp_path, monkeypatch):
    fits = count_fits(monkeypatch)
    plain = evaluate_paper_protocol(rows_of(), corpus, cv=2)
    # In two folds: two stages of sEPR, and three of pEPR, from which three rows are read.
    assert len(fits) == 2 * (2 + 3)
    fits.clear()
    kept = evaluate_paper_protocol(rows_of(), corpus, cv=2, memory=tmp_path)
    # The first stage is the same in both.
    assert len(fits) == 2 * (1 + 1 + 2)
    pd.testing.assert_frame_equal(kept.predictions, plain.predictions)
    fits.clear()
    again = evaluate_paper_protocol(rows_of(), corpus, cv=2, memory=tmp_path)
    assert not fits
    pd.testing.assert_frame_equal(again.predictions, plain.predictions)
    # An estimator's own folder is used.
    evaluate_paper_protocol(rows_of(memory=tmp_path / "own"), corpus, cv=2, memory=tmp_path)
    assert len(fits) == 2 * (1 + 1 + 2)


def test_it_says_that_it_is_optimistic(corpus):
    found = evaluate_paper_protocol(rows_of(), corpus, cv=2)
    assert found.shared_speakers
    report = found.report("VGG")
    for text in (
        "Miniature: 30 samples; SequenceScaler fitted on all samples before they are split; ",
        "profiles by 2 folds of utterances, the forest by 2 others, SPEAKERS ON BOTH SIDES",
        "Optimistic: speakers are on both sides of every split, and the networks",
    ):
        assert text in report
    assert found.summary()["shared_speakers"].all()
    assert found.scores["seconds"].isna().all()
    # Nothing learns before the refinery, so nothing is fitted on all samples.
    alone = evaluate_paper_protocol(small(n_stages=1), corpus, cv=2)
    assert "fitted on all" not in alone.description
    assert alone.predictions["estimator"].unique().tolist() == ["ProfileRefineryClassifier"]


def test_every_utterance_is_tested_once_per_seed(corpus):
    found = evaluate_paper_protocol(rows_of(), corpus, cv=2, seeds=(0, 1))
    for _, part in found.predictions.groupby(["estimator", "seed"]):
        assert sorted(part["sample"]) == list(range(30))
        assert part["speaker"].tolist() == corpus.data.speaker[part["sample"]].tolist()
        assert sorted(part["fold"].unique()) == [0, 1]
    proba = found.predictions[[f"p_{label}" for label in CLASSES]]
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    said = np.array(CLASSES)[proba.to_numpy().argmax(axis=1)]
    assert said.tolist() == found.predictions["prediction"].tolist()
    # Each seed draws folds of its own, and rows of a seed share them.
    folds = found.predictions.pivot(index="sample", columns=["seed", "estimator"], values="fold")
    assert folds[0].nunique(axis=1).eq(1).all()
    assert (folds[0].iloc[:, 0] != folds[1].iloc[:, 0]).any()


def test_samples_without_frames_or_label_are_left_out(X, corpus):
    lengths = X.lengths.copy()
    values = X.values[lengths[0] :]
    lengths[0] = 0
    empty = Segments(
        values,
        np.concatenate([[0], np.cumsum(lengths)]),
        X.speaker,
        segment_length=8,
        segment_step=4,
    )
    cells = [[label] for label in corpus.ratings.consensus()]
    cells[5] = [None]
    gaps = Bunch(data=empty, ratings=Ratings.from_wide(cells), DESCR="Gaps")
    found = evaluate_paper_protocol(small(n_stages=1), gaps, cv=2)
    assert sorted(found.predictions["sample"]) == sorted(set(range(30)) - {0, 5})
    result = paper_protocol(small(n_stages=1), empty, gaps.ratings, cv=2, random_state=0)
    assert len(result.target) == 28


@pytest.mark.parametrize("labels", [[0, 1, 2], [1.0, 2.0, 5.0], ["a", "b", "c"]])
def test_labels_of_any_kind(X, labels):
    ratings = Ratings.from_labels(np.array(labels)[np.arange(30) % 3])
    found = evaluate_paper_protocol(small(n_stages=1), Bunch(data=X, ratings=ratings), cv=2)
    columns = [name for name in found.predictions if name.startswith("p_")]
    assert columns == [f"p_{label}" for label in ratings.classes.tolist()]
    assert set(found.predictions["prediction"]) <= set(labels)
    assert found.summary()["cross_entropy"].notna().all()


def test_a_random_state_in_any_step_is_the_seed(corpus):
    forest = RandomForestClassifier(n_estimators=5)
    rows = {"VGG": small(n_stages=1, final_estimator=forest)}
    first, second = (evaluate_paper_protocol(rows, corpus, cv=2) for _ in range(2))
    pd.testing.assert_frame_equal(first.predictions, second.predictions)


def test_what_is_no_refinery(corpus):
    rows = {"a": make_pipeline(SequenceScaler(), LogisticRegression()), "b": LogisticRegression()}
    message = (
        r"every estimator must be a ProfileRefineryClassifier, or a pipeline that ends in one; "
        r"not for 'a' \(LogisticRegression\), 'b' \(LogisticRegression\)\."
    )
    with pytest.raises(TypeError, match=message):
        evaluate_paper_protocol(rows | {"c": small()}, corpus)
    with pytest.raises(TypeError, match="corpus must have the attributes data and ratings"):
        evaluate_paper_protocol(small(), corpus.data)
    with pytest.raises(ValueError, match="at least one seed is needed"):
        evaluate_paper_protocol(small(), corpus, seeds=())


def test_an_error_says_in_which_row_it_arose(X, corpus):
    speakers = [
        AlteredSpeaker(str(name), "faster") if i > 25 else str(name)
        for i, name in enumerate(X.speaker)
    ]
    altered = Segments(X.values, X.offsets, speakers, segment_length=8, segment_step=4)
    bunch = Bunch(data=altered, ratings=corpus.ratings)
    with pytest.raises(ValueError, match="leave out samples 26, 27, 28, 29") as caught:
        evaluate_paper_protocol(rows_of(), bunch, seeds=[5])
    assert caught.value.__notes__ == ["This error arose in estimator 'VGG*3', seed 5."]


# The recipe


@pytest.fixture(scope="module")
def speech():
    return make_dyadic_corpus(n_sessions=2, n_utterances=24, random_state=0)


def test_all_tables_of_the_paper_in_one_call(speech, tmp_path):
    recipe = pickle.loads(pickle.dumps(mao2020(quick=True, memory=tmp_path)))
    rows = {
        name: clone(row).set_params(profilerefineryclassifier__estimator__max_epochs=1)
        for name, row in recipe.items()
    }
    found = recipe.evaluate_published(
        rows, speech, seeds=(0,), n_jobs=1, memory=tmp_path, verbose=False
    )
    assert found.summary(recipe.baseline).index.tolist() == list(recipe)
    assert "SequenceScaler fitted on all samples" in found.description
    assert "2 folds of utterances" in found.description
    assert found.plot("confusion") is not None
    assert mao2020().evaluate_published.keywords == {"cv": 10}


def test_tables_about_a_corpus(speech):
    recipe = mao2020()
    tables = recipe.describe(speech)
    table = tables["Table 1"]
    assert table.loc["this corpus", ["utterances", "speakers", "emotions"]].tolist() == [48, 4, 4]
    # As printed; CASIA has 300 sentences by 4 speakers in 6 emotions.
    assert table.loc["CASIA", ["utterances", "speakers", "emotions"]].tolist() == [7200, 4, 6]
    assert 300 * 4 * 6 == 7200
    assert table.loc["Emo-DB"].tolist() == [535, 10, 7]
    assert table.loc["SAVEE"].tolist() == [480, 4, 7]
    scaled = tables["Protocols"]["bands scaled over"]
    assert scaled["ours"] == "frames of the training part"
    assert scaled["published"] == "all frames of the corpus"
    for own, n_folds in ((recipe, 10), (mao2020(quick=True), 2)):
        held_out = own.describe(speech)["Protocols"]["held out"]
        assert held_out["published"] == f"one of {n_folds} folds of utterances"
        assert own.evaluate_published.keywords == {"cv": n_folds}


def test_speakers_of_a_corpus(X, corpus):
    """Of frames as of recordings; a person and altered copies are one, and nobody may be known."""
    row = ["utterances", "speakers", "emotions"]
    describe = mao2020().describe
    assert describe(corpus)["Table 1"].loc["this corpus", row].tolist() == [30, 5, 3]
    names = [AlteredSpeaker(str(i // 6), "faster") if i % 6 else str(i // 6) for i in range(30)]
    for speakers, expected in ((names, 5), (None, pd.NA)):
        data = Segments(X.values, X.offsets, speakers, segment_length=8, segment_step=4)
        found = describe(Bunch(data=data, ratings=corpus.ratings))["Table 1"]
        assert found.loc["this corpus", "speakers"] is expected or (
            found.loc["this corpus", "speakers"] == expected
        )
    plain = Bunch(data=pd.DataFrame({"file": ["a", "b"]}), ratings=["sad", "angry"])
    assert describe(plain)["Table 1"].loc["this corpus"].tolist() == [2, pd.NA, 2]


def test_the_table_that_prints_a_row():
    """Tables 2, 3 and 4 have 3, 4 and 5 rows, on three corpora."""
    printed = mao2020().published.reset_index()
    for number, rows in {
        "2": ["VGG", "VGG^2", "VGG^3"],
        "3": ["VGG", "Soft Static", "Hard Dynamic", "VGG^2"],
        "4": ["VGG", "VGG*2", "VGG*3", "VGG*4", "VGG*5"],
    }.items():
        own = printed[printed["table"] == number]
        assert set(own["row"]) == set(rows)
        assert len(own) == 3 * len(rows)
