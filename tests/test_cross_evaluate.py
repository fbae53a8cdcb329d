"""cross_evaluate: the numbers of a loop by hand, nothing done twice, no speaker on both sides."""

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.metrics import precision_recall_fscore_support, recall_score
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_ser import (
    AttentionBLSTMClassifier,
    AveragingClassifier,
    Ratings,
    Sequences,
    check_ratings,
)
from sklearn_ser.evaluation import Evaluation, cross_evaluate, cross_val_predict
from sklearn_ser.evaluation._bootstrap import _compute_ua, resample_ua
from sklearn_ser.features import SequenceScaler
from sklearn_ser.metrics import (
    all_inclusive_f1,
    annotator_accuracy,
    annotator_log_likelihood,
    calibration_error,
    cross_entropy,
    js_divergence,
)
from sklearn_ser.utils._cache import fingerprint

CLASSES = ["angry", "happy", "sad"]
PROBABILITY_SCORES = [cross_entropy, js_divergence, all_inclusive_f1, calibration_error]


class Nearest(ClassifierMixin, BaseEstimator):
    """The class with the nearest mean, of one feature; noise by seed."""

    fits = 0

    def __init__(self, noise=0.0, random_state=None, verbose=False):
        self.noise = noise
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y):
        type(self).fits += 1
        consensus = check_ratings(y).consensus()
        self.classes_ = np.unique([label for label in consensus if label is not None])
        means = np.array([sequence.mean() for sequence in X])
        self.means_ = np.array([means[consensus == label].mean() for label in self.classes_])
        return self

    def predict_proba(self, X):
        found = np.array([sequence.mean() for sequence in X])
        rng = np.random.default_rng(self.random_state)
        found = found + self.noise * rng.standard_normal(len(found))
        scores = np.exp(-((found[:, None] - self.means_) ** 2))
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Labels(Nearest):
    """The same without probabilities."""

    predict_proba = property(doc="hidden")

    def predict(self, X):
        return self.classes_[Nearest.predict_proba(self, X).argmax(axis=1)]


class Doubled(TransformerMixin, BaseEstimator):
    """A step that learns nothing and remembers how often it was asked."""

    calls = 0

    def __init__(self, factor=2.0, n_jobs=None):
        self.factor = factor
        self.n_jobs = n_jobs

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
    Nearest.fits = Labels.fits = Doubled.calls = 0


@pytest.fixture(scope="module")
def corpus():
    """60 utterances of 6 speakers in 3 sessions, each with three ratings, some of them tied."""
    rng = np.random.default_rng(0)
    expressed = rng.integers(3, size=60)
    frames = [rng.normal(label, 1, size=(rng.integers(3, 8), 1)) for label in expressed]
    wide = np.array(CLASSES, dtype=object)[
        np.where(
            rng.uniform(size=(60, 3)) < 0.7, expressed[:, None], rng.integers(3, size=(60, 3))
        )
    ]
    X = Sequences.from_arrays(
        frames,
        speaker=np.array([f"S{i}" for i in range(6)])[np.arange(60) % 6],
        session=np.arange(60) % 6 // 2,
    )
    return Bunch(data=X, ratings=Ratings.from_wide(wide), DESCR="Numbers\n-------\nNone.")


def test_equal_to_a_loop_by_hand(corpus):
    rows = {"exact": Nearest(), "noisy": Nearest(noise=1.0)}
    found = cross_evaluate(rows, corpus, groups="session", seeds=(0, 7))
    assert isinstance(found, Evaluation)
    X, ratings = corpus.data, corpus.ratings
    consensus = ratings.consensus()
    scores = found.scores.set_index(["estimator", "seed", "group"])
    assert len(scores) == len(found.scores) == 2 * 2 * 3
    for name, noise in (("exact", 0.0), ("noisy", 1.0)):
        for seed in (0, 7):
            splits = LeaveOneGroupOut().split(X, groups=X.session)
            pooled = []
            for fold, (train, test) in enumerate(splits):
                model = Nearest(noise, seed).fit(X[train], ratings[train])
                said, proba = model.predict(X[test]), model.predict_proba(X[test])
                rated = np.array([label is not None for label in consensus[test]])
                was = consensus[test][rated].astype(str)
                row = scores.loc[name, seed, X.session[test[0]]]
                assert (row["fold"], row["n"]) == (fold, rated.sum())
                assert row["WA"] == pytest.approx((said[rated] == was).mean())
                assert row["UA"] == pytest.approx(recall_score(was, said[rated], average="macro"))
                by_class = precision_recall_fscore_support(
                    was, said[rated], labels=CLASSES, zero_division=np.nan
                )
                for kind, values in zip(("precision", "recall", "f1"), by_class, strict=False):
                    np.testing.assert_allclose([row[f"{kind}_{c}"] for c in CLASSES], values)
                for score in PROBABILITY_SCORES:
                    expected = score(ratings[test], proba, classes=CLASSES)
                    assert row[score.__name__] == pytest.approx(expected)
                pooled.extend(zip(was, said[rated], strict=True))
            ua = recall_score(*zip(*pooled, strict=True), average="macro")
            assert found.pooled.loc[(name, seed), "UA"] == pytest.approx(ua)
    summary = found.summary()
    by_seed = found.pooled.loc["noisy", "UA"]
    assert summary.loc["noisy", "UA"] == pytest.approx(by_seed.mean())
    assert summary.loc["noisy", "UA_std"] == pytest.approx(by_seed.std(ddof=1))
    gain = summary.loc["noisy", "UA"] - summary.loc["exact", "UA"]
    assert summary.loc["noisy", "UA_gain"] == pytest.approx(gain)
    assert summary.loc["noisy", "UA_gain_low"] < gain < summary.loc["noisy", "UA_gain_high"]
    assert np.isnan(summary.loc["exact", "UA_gain"])
    other = found.summary("noisy")
    assert other.loc["exact", "UA_gain"] == pytest.approx(-gain)


def test_nothing_random_and_nothing_forgotten(corpus):
    rows = {"noisy": Nearest(noise=1.0)}
    one, two = (cross_evaluate(rows, corpus, n_jobs=n_jobs) for n_jobs in (None, 2))
    columns = one.predictions.columns.drop("seconds")
    pd.testing.assert_frame_equal(one.predictions[columns], two.predictions[columns])
    assert one.predictions["sample"].sort_values().tolist() == list(range(60))
    assert repr(one).splitlines()[1:] == repr(two).splitlines()[1:]
    for said in ("Numbers: 60 samples", "6 groups (speaker)", "no speaker on both", "seeds 0"):
        assert said in repr(one)


@pytest.mark.parametrize(
    ("cv", "n_folds"),
    [(None, 6), (3, 3), (GroupKFold(2), 2), (StratifiedGroupKFold(3), 3)],
)
def test_folds_are_of_whole_groups(corpus, cv, n_folds):
    found = cross_evaluate(Nearest(), corpus, cv=cv).predictions
    assert found["estimator"].unique().tolist() == ["Nearest"]
    assert found["fold"].nunique() == n_folds
    assert (found.groupby("group")["fold"].nunique() == 1).all()


def test_what_learns_nothing_is_done_once(corpus):
    rows = {
        "a": make_pipeline(Doubled(), SequenceScaler(), Nearest()),
        "b": make_pipeline(Doubled(n_jobs=2), Nearest(noise=1.0)),
        "c": make_pipeline(Doubled(3.0), Nearest()),
        "d": Nearest(),
    }
    found = cross_evaluate(rows, corpus, cv=3, seeds=(0, 1))
    assert Doubled.calls == 2
    by_hand = Doubled().transform(corpus.data)
    train, test = next(GroupKFold(3).split(by_hand, groups=by_hand.speaker))
    model = make_pipeline(SequenceScaler(), Nearest())
    said = model.fit(by_hand[train], corpus.ratings[train]).predict(by_hand[test])
    rows = found.predictions.query("estimator == 'a' and seed == 0 and fold == 0")
    assert rows["prediction"].tolist() == said.tolist()


# Speakers


def test_speakers_on_both_sides_are_refused(corpus):
    message = (
        r"speakers are on both sides of fold 0 \(.*\), fold 1 \(.*\)\..*by speaker or session"
    )
    with pytest.raises(ValueError, match=message):
        cross_evaluate(Nearest(), corpus, cv=KFold(2))
    found = cross_evaluate(Nearest(), corpus, cv=KFold(2), allow_shared_speakers=True)
    assert "SPEAKERS ON BOTH SIDES" in repr(found)
    assert found.scores["shared_speakers"].all()
    assert found.summary()["shared_speakers"].all()
    for kind in ("differences", "confusion"):
        assert found.plot(kind).get_suptitle() == "SPEAKERS ON BOTH SIDES"
    apart = cross_evaluate(Nearest(), corpus)
    assert "shared_speakers" not in {*apart.scores, *apart.summary()}
    assert apart.plot().get_suptitle() == ""


def test_unknown_speakers_are_refused(corpus):
    X = Sequences(corpus.data.values, corpus.data.offsets)
    unknown = Bunch(data=X, ratings=corpus.ratings)
    groups = np.arange(60) % 4
    with pytest.raises(ValueError, match="some speakers are unknown, so that they may be on"):
        cross_evaluate(Nearest(), unknown, groups=groups)
    found = cross_evaluate(Nearest(), unknown, groups=groups, allow_shared_speakers=True)
    # The bootstrap is over groups then.
    assert found.shared_speakers
    assert found.predictions["group"].nunique() == 4
    assert "bootstrap interval over groups" in repr(found)
    assert "interval over groups" in found.plot().axes[0].get_xlabel()


# Resuming


def test_a_run_that_was_stopped_resumes(corpus, tmp_path, monkeypatch):
    rows = {"exact": Nearest(), "noisy": Nearest(noise=1.0)}
    fit = Nearest.fit

    def stop(self, X, y):
        if Nearest.fits == 5:
            raise KeyboardInterrupt
        return fit(self, X, y)

    settings = {"groups": "session", "memory": tmp_path / "folds"}
    with monkeypatch.context() as patch:
        patch.setattr(Nearest, "fit", stop)
        with pytest.raises(KeyboardInterrupt):
            cross_evaluate(rows, corpus, **settings)
    Nearest.fits = 0
    found = cross_evaluate(rows, corpus, **settings)
    assert Nearest.fits == 1
    without = cross_evaluate(rows, corpus, groups="session")
    columns = found.predictions.columns.drop("seconds")
    pd.testing.assert_frame_equal(found.predictions[columns], without.predictions[columns])

    Nearest.fits = 0
    cross_evaluate({"other name": Nearest(verbose=True)}, corpus, seeds=(0, 1), **settings)
    assert Nearest.fits == 3  # of the new seed
    cross_evaluate({"exact": Nearest(noise=0.5)}, corpus, **settings)
    assert Nearest.fits == 6
    changed = Bunch(data=corpus.data, ratings=check_ratings(["angry", "sad", "happy"] * 20))
    cross_evaluate({"exact": Nearest()}, changed, **settings)
    assert Nearest.fits == 9
    assert joblib.hash(np.asarray(corpus.ratings)) != joblib.hash(np.asarray(changed.ratings))


def test_what_a_result_depends_on():
    def pipeline(**changes):
        network = AttentionBLSTMClassifier((4, 4, 4), random_state=0)
        both = AveragingClassifier([("a", network), ("b", Nearest())])
        return make_pipeline(SequenceScaler(), both).set_params(
            **{f"averagingclassifier__{name}": value for name, value in changes.items()}
        )

    known = fingerprint(pipeline())
    same = [{"n_jobs": 2}, {"a__verbose": True}, {"b__verbose": True}]
    other = [{"n_seeds": 2}, {"a__lr": 0.1}, {"a__device": "cpu"}]  # a GPU rounds otherwise
    other += [{"b__noise": 1.0}, {"b": Labels()}, {"a": Nearest()}]
    assert all(fingerprint(pipeline(**changes)) == known for changes in same)
    found = [fingerprint(pipeline(**changes)) for changes in other]
    assert len({known, *found}) == 1 + len(other)
    assert fingerprint(SequenceScaler()) != fingerprint(SequenceScaler(by="speaker"))


# Scores


def test_resampled_speakers_as_a_slow_oracle_has_them():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "estimator": np.repeat(["a", "b"], 90),
            "seed": np.tile(np.repeat([0, 1, 2], 30), 2),
            "speaker": np.tile(np.arange(30) % 5, 6),
            "group": 0,
            "consensus": np.tile(rng.choice([*CLASSES, None], 30), 6),
            "prediction": rng.choice(CLASSES, 180),
        }
    )
    found = resample_ua(table, np.array(CLASSES), "a", "pooled", 50, 3)
    draws = np.random.default_rng(3).multinomial(5, np.full(5, 0.2), size=50)
    gains = []
    for drawn in [np.ones(5, int), *draws]:
        uas = {}
        for name, part in table.groupby("estimator"):
            per_seed = []
            for _, one in part[part["consensus"].notna()].groupby("seed"):
                rows = one.loc[np.repeat(one.index, drawn[one["speaker"]])]
                per_seed.append(
                    recall_score(
                        rows["consensus"].astype(str),
                        rows["prediction"],
                        labels=sorted(set(rows["consensus"])),
                        average="macro",
                    )
                )
            uas[name] = np.mean(per_seed)
        gains.append(uas["b"] - uas["a"])
    assert found.loc["b", "UA_gain"] == pytest.approx(gains[0])
    expected = np.quantile(gains[1:], [0.025, 0.975])
    ends = found.loc["b", ["UA_gain_low", "UA_gain_high"]].astype(float)
    np.testing.assert_allclose(ends, expected)


def test_classes_that_a_draw_lacks_do_not_count():
    n = np.array([[[4.0, 0], [0, 2]]])
    right = np.array([[[3.0, 0], [0, 1]]])
    drawn = np.array([[1, 1], [2, 0], [0, 2]])
    np.testing.assert_allclose(_compute_ua(n, right, drawn), [0.625, 0.75, 0.5])


def test_an_estimator_equal_to_the_baseline_gains_nothing(corpus):
    summary = cross_evaluate({"a": Nearest(), "b": Nearest()}, corpus).summary()
    assert summary.loc["b", ["UA_gain", "UA_gain_low", "UA_gain_high"]].tolist() == [0, 0, 0]


def test_without_probabilities(corpus):
    found = cross_evaluate({"exact": Nearest(), "labels": Labels()}, corpus)
    summary = found.summary()
    names = [score.__name__ for score in PROBABILITY_SCORES]
    assert summary.loc["labels", names].isna().all()
    assert summary.loc["exact", names].notna().all()
    assert summary.loc["exact", "UA"] == summary.loc["labels", "UA"]


def test_what_cannot_be_told_is_nan():
    X = Sequences.from_arrays(np.zeros((6, 2, 1)), speaker=["a", "a", "b", "b", "c", "c"])
    wide = [["sad", "sad"], ["angry", "angry"]] * 2 + [["sad", "angry"]] * 2
    corpus = Bunch(data=X, ratings=Ratings.from_wide(wide))
    model = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1)
    scores = cross_evaluate(model, corpus).scores.set_index("group")
    assert scores.loc["c", "n"] == 0
    assert scores.loc["c", ["WA", "UA", "recall_sad", "f1_angry"]].isna().all()
    assert 0 < scores.loc["c", "cross_entropy"] < 1


def test_a_class_that_a_fold_lacks_has_probability_0():
    """Only speaker "c" is ever happy, so that the fold that tests "c" does not know it."""
    X = Sequences.from_arrays(
        [[[float(i % 3)]] * 2 for i in range(12)], speaker=list("aaaabbbb") + ["c"] * 4
    )
    labels = ["angry", "sad"] * 4 + ["happy", "sad"] * 2
    rows = {"exact": Nearest(), "labels": Labels()}
    found = cross_evaluate(rows, Bunch(data=X, ratings=check_ratings(labels)))
    table = found.predictions.set_index("estimator")
    columns = ["p_angry", "p_happy", "p_sad"]
    proba = table.loc["exact", columns].to_numpy()
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert (table.loc["exact", "p_happy"].to_numpy() == 0).tolist() == [False] * 8 + [True] * 4
    # NaN is for estimators without any probabilities.
    assert table.loc["labels", columns].isna().all(axis=None)
    scores = found.scores.set_index(["estimator", "group"])["cross_entropy"]
    expected = cross_entropy(labels[8:], proba[8:], classes=CLASSES)
    assert scores["exact", "c"] == pytest.approx(expected)
    assert found.summary().loc["exact", ["cross_entropy", "js_divergence"]].notna().all()


class Opinionated(Nearest):
    """Expects the annotators it knows, but for the last, to lean to the class in their place."""

    def fit(self, X, y):
        super().fit(X, y)
        self.annotators_ = check_ratings(y).annotators.tolist()[:-1]
        return self

    def predict_annotators(self, X):
        proba = self.predict_proba(X)
        return np.stack([proba + np.eye(3)[a] for a in range(len(self.annotators_))], axis=1) / 2


ANNOTATOR_SCORES = [annotator_accuracy, annotator_log_likelihood]


def test_scores_of_annotators(corpus, tmp_path):
    rows = {"plain": Nearest(), "ours": make_pipeline(SequenceScaler(), Opinionated())}
    wide = corpus.ratings.to_wide()
    wide.iloc[::4, 0] = None
    wide.iloc[:20, :2] = None
    y = Ratings.from_wide(wide)
    settings = {"groups": "session", "memory": tmp_path}
    found = cross_evaluate(rows, Bunch(data=corpus.data, ratings=y), **settings)
    expected, splits = [], LeaveOneGroupOut().split(corpus.data, groups=corpus.data.session)
    for fold, (train, test) in enumerate(splits):
        model = rows["ours"].fit(corpus.data[train], y[train])
        each = model[-1].predict_annotators(model[0].transform(corpus.data[test]))
        names = {"annotators": model[-1].annotators_, "classes": CLASSES}
        scores = found.scores.query("estimator == 'ours'").iloc[fold]
        for score in ANNOTATOR_SCORES:
            assert scores[score.__name__] == pytest.approx(score(y[test], each, **names))
        expected.append((test, each))
    # Pooled over folds, every answer counts once.
    rows_, each = (np.concatenate(parts) for parts in zip(*expected, strict=True))
    for score in ANNOTATOR_SCORES:
        pooled = score(y[rows_], each, **names)
        assert found.pooled.loc[("ours", 0), score.__name__] == pytest.approx(pooled)
        assert found.summary().loc["ours", score.__name__] == pytest.approx(pooled)
        assert np.isnan(found.summary().loc["plain", score.__name__])
    counted = found.predictions.set_index(["estimator", "sample"])["n_answers"]
    known = y.counts(CLASSES) - y.select(y.annotators[-1]).counts(CLASSES)
    np.testing.assert_array_equal(counted["ours"].sort_index(), known.sum(axis=1))
    assert counted["plain"].isna().all()
    assert "; annotators against their own answers (log-likelihood in nat)." in found.report()
    again = cross_evaluate(rows, Bunch(data=corpus.data, ratings=y), **settings)
    pd.testing.assert_frame_equal(again.predictions, found.predictions)


def test_without_annotators_there_are_no_such_columns(corpus):
    found = cross_evaluate(Nearest(), corpus)
    for table in (found.predictions, found.scores, found.pooled, found.summary()):
        assert not any("annotator" in name or name == "n_answers" for name in table.columns)
    assert "calibration error against all ratings. Predictions of" in found.report()


def test_groups_without_an_answer_of_a_known_annotator(corpus):
    wide = corpus.ratings.to_wide().copy()
    wide.loc[corpus.data.session == 1, wide.columns[:-1]] = None
    y = Ratings.from_wide(wide)
    found = cross_evaluate(Opinionated(), Bunch(data=corpus.data, ratings=y), groups="session")
    scores = found.scores.set_index("group")["annotator_accuracy"]
    assert scores.isna().tolist() == [False, True, False]
    assert np.isfinite(found.summary().loc["Opinionated", "annotator_accuracy"])


def test_pictures(corpus):
    rows = {"exact": Nearest(), "noisy": Nearest(noise=1.0)}
    found = cross_evaluate(rows, corpus, seeds=(0, 1))
    (ax,) = found.plot(baseline="noisy").axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["noisy", "exact"]
    assert "that of noisy" in ax.get_xlabel()
    axes = found.plot("confusion").axes
    assert [ax.get_title() for ax in axes] == ["exact", "noisy"]
    shown = [float(text.get_text()) for text in axes[0].texts]
    assert sum(shown) == pytest.approx(3, abs=0.05)
    with pytest.raises(ValueError, match=r"kind must be one of \['confusion', 'differences'\]"):
        found.plot("forest")
    with pytest.raises(ValueError, match=r"baseline must be one of \['exact', 'noisy'\], got 'x'"):
        found.summary("x")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": "place"}, r"no 'place' to group by; they have speaker, session\."),
        ({"groups": [1, 2]}, "inconsistent numbers of samples"),
        ({"groups": [None, *range(58), np.nan]}, "must have a group; samples 0, 59 have none"),
        ({"seeds": ()}, "at least one seed"),
        ({"seeds": (1, 1)}, r"different integers, got \(1, 1\)"),
        ({"seeds": 3}, "sequence of different integers, got 3"),
    ],
)
def test_wrong_arguments(corpus, changes, message):
    with pytest.raises(ValueError, match=message):
        cross_evaluate(Nearest(), corpus, **changes)


def test_wrong_types(corpus):
    with pytest.raises(TypeError, match=r"dict of names and classifiers, or one.*got list"):
        cross_evaluate([Nearest()], corpus)
    with pytest.raises(TypeError, match=r"attributes data and ratings.*Sequences has no data"):
        cross_evaluate(Nearest(), corpus.data)


def test_columns_of_a_table(corpus):
    table = pd.DataFrame({"signal": [np.zeros(4)] * 60, "speaker": np.arange(60) % 3})

    class Ignorant(Nearest):
        def fit(self, X, y):
            return super().fit([np.zeros(1)] * len(X), y)

        def predict_proba(self, X):
            return super().predict_proba([np.zeros(1)] * len(X))

    found = cross_evaluate(Ignorant(), Bunch(data=table, ratings=corpus.ratings))
    assert found.predictions["speaker"].nunique() == 3
    with pytest.raises(ValueError, match=r"they have signal, speaker\."):
        cross_evaluate(Ignorant(), Bunch(data=table, ratings=corpus.ratings), groups="session")


class Failing(Nearest):
    """Raises an error in the fold that tests one speaker."""

    def __init__(self, absent="S3", noise=0.0, random_state=None, verbose=False):
        super().__init__(noise, random_state, verbose)
        self.absent = absent

    def fit(self, X, y):
        if self.absent not in X.speaker:
            raise KeyError(self.absent)
        return super().fit(X, y)


class Numbering(Nearest):
    """Predicts numbers of classes, and not their labels."""

    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)


class Numbered(Numbering):
    """Has them as its classes as well."""

    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = np.arange(len(self.classes_))
        return self


class Uncertain(Nearest):
    """Has no probability for the first sample."""

    def predict_proba(self, X):
        found = super().predict_proba(X)
        found[0] = np.nan
        return found


def notes(caught):
    return getattr(caught.value, "__notes__", [])


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_an_error_says_where_it_arose(corpus, n_jobs):
    rows = {"exact": Nearest(), "fails": make_pipeline(SequenceScaler(), Failing())}
    with pytest.raises(KeyError) as caught:
        cross_evaluate(rows, corpus, seeds=(7,), n_jobs=n_jobs)
    assert caught.value.args == ("S3",)
    assert notes(caught) == ["This error arose in estimator 'fails', seed 7, fold 3."]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Numbering(), r"are text \('angry', 'happy', 'sad'\), the predictions are numbers"),
        (Numbered(), "the predictions are numbers"),
        (Uncertain(), "predict_proba must return finite numbers; .* for samples 0"),
    ],
)
def test_what_cannot_be_compared_is_an_error(corpus, model, message):
    with pytest.raises(ValueError, match=message) as caught:
        cross_evaluate({"row": model}, corpus)
    assert notes(caught) == ["This error arose in estimator 'row', seed 0, fold 0."]
    method = "predict_proba" if isinstance(model, Uncertain) else "predict"
    with pytest.raises(ValueError, match=message) as caught:
        cross_val_predict(model, corpus.data, corpus.ratings, cv=3, method=method)
    assert notes(caught) == ["This error arose in fold 0."]


def test_columns_of_classes_of_another_kind(corpus):
    with pytest.raises(ValueError, match="classes_ of the estimator are numbers"):
        cross_val_predict(Numbered(), corpus.data, corpus.ratings, cv=3, method="predict_proba")


def test_an_error_of_a_step_that_learns_nothing(corpus):
    rows = {"a": Nearest(), "b": make_pipeline(Doubled("x"), Nearest())}
    with pytest.raises(TypeError, match="ufunc 'multiply'") as caught:
        cross_evaluate(rows, corpus)
    assert notes(caught) == ["This error arose in the first steps of estimator 'b'."]


class Floating(Nearest):
    """Has whole floats where the ratings have integers."""

    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = self.classes_.astype(float)
        return self


def test_whole_floats_are_integers(corpus):
    numbers = corpus.ratings.rename({"angry": 0, "happy": 1, "sad": 2})
    numbers = Bunch(data=corpus.data, ratings=numbers)
    exact, floating = (cross_evaluate(model, numbers) for model in (Nearest(), Floating()))
    columns = exact.predictions.columns
    assert floating.predictions.columns.tolist() == columns.tolist()
    assert {"p_0", "p_1", "p_2"} < set(columns)
    for name in ("WA", "UA", "cross_entropy", "js_divergence"):
        assert floating.summary()[name].tolist() == exact.summary()[name].tolist()
    shown = [text.get_text() for text in exact.plot("confusion").axes[0].texts]
    assert [text.get_text() for text in floating.plot("confusion").axes[0].texts] == shown


def test_a_class_of_the_model_alone_is_no_problem(corpus):
    """Its column is kept, though the ratings of numbers have no such label."""

    class Wider(Nearest):
        def fit(self, X, y):
            super().fit(X, y)
            self.classes_ = np.append(self.classes_, 9)
            self.means_ = np.append(self.means_, 1e9)
            return self

    numbers = corpus.ratings.rename({"angry": 0, "happy": 1, "sad": 2})
    found = cross_evaluate(Wider(), Bunch(data=corpus.data, ratings=numbers))
    assert (found.predictions["p_9"] == 0).all()
    expected = cross_evaluate(Nearest(), Bunch(data=corpus.data, ratings=numbers)).summary()
    np.testing.assert_allclose(found.summary()["js_divergence"], expected["js_divergence"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"a": Nearest(), "b": None}, r"instances with fit and predict; not for 'b' \(NoneType\)"),
        ({"a": Nearest}, r"not for 'a' \(type\)"),
        ({"a": "svm", "b": SequenceScaler()}, r"not for 'a' \(str\), 'b' \(SequenceScaler\)"),
        ({}, "dict of names and classifiers, or one classifier; got dict"),
    ],
)
def test_rows_that_are_no_classifiers(corpus, rows, message):
    with pytest.raises(TypeError, match=message):
        cross_evaluate(rows, corpus)
