"""Evaluation.summary(by=): every group of samples as if it had been tested alone, and the gaps."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Bunch

from sklearn_ser import AlteredSpeaker, ConsensusClassifier, Ratings, Sequences
from sklearn_ser.datasets import make_dyadic_corpus
from sklearn_ser.evaluation import Evaluation, cross_evaluate

CLASSES = ["angry", "happy", "sad"]
N = 120
SETTINGS = {"n_resamples": 30, "random_state": 3}


def make_predictions(consensus, speakers, seed=0, estimators=("a", "b"), seeds=(0, 1)):
    """Two thirds of the predictions are right, by chance."""
    rng = np.random.default_rng(seed)
    consensus = np.array(consensus, dtype=object)
    tables = []
    for estimator in estimators:
        for one in seeds:
            said = rng.choice(CLASSES, size=len(consensus)).astype(object)
            right = (rng.uniform(size=len(consensus)) < 0.5) & pd.notna(consensus)
            said[right] = consensus[right]
            proba = rng.dirichlet(np.ones(3), size=len(consensus))
            table = pd.DataFrame(
                {
                    "estimator": estimator,
                    "seed": one,
                    "fold": 0,
                    "sample": np.arange(len(consensus)),
                    "group": pd.Series(speakers, dtype=object),
                    "speaker": pd.Series(speakers, dtype=object),
                    "consensus": consensus,
                    "prediction": said,
                    "seconds": 1.0,
                }
            )
            table[[f"p_{label}" for label in CLASSES]] = proba
            tables.append(table)
    return pd.concat(tables, ignore_index=True)


def evaluate(consensus, speakers, attributes=None, **options):
    cells = [[label] if label is not None else [None] for label in consensus]
    return Evaluation(
        make_predictions(consensus, speakers, **options),
        Ratings.from_wide(cells, target_classes=CLASSES),
        shared_speakers=False,
        description="Numbers",
        attributes=None if attributes is None else pd.DataFrame(attributes),
    )


@pytest.fixture(scope="module")
def evaluation():
    """120 samples of 8 speakers; some have no consensus, and some attributes are missing."""
    rng = np.random.default_rng(1)
    consensus = rng.choice([*CLASSES, None], size=N, p=[0.3, 0.3, 0.3, 0.1]).tolist()
    number = np.arange(N) % 8
    gender = np.where(number < 4, "female", "male").astype(object)
    return evaluate(
        consensus,
        [f"S{i}" for i in number],
        {
            "gender": gender,
            # Every speaker speaks two languages.
            "language": pd.Series(np.where(np.arange(N) % 3 == 0, "da", "en")).where(number != 7),
            "group": pd.Categorical(
                np.where(number < 5, "young", "old"), ["young", "middle", "old"]
            ),
            "native": number % 2 == 0,
            "session": np.where(number == 0, np.nan, number // 2),
            "age": 20.0 + np.arange(N) % 40,
            "file": [f"{i}.wav" for i in range(N)],
            "mixed": ["a" if i < 4 else 1 for i in number],
            "missing": None,
            "one": "all",
        },
    )


def score(predictions, classes=CLASSES):
    """WA and UA of one estimator and seed, sample by sample."""
    scored = [
        (was, said)
        for was, said in zip(predictions["consensus"], predictions["prediction"], strict=True)
        if was in classes
    ]
    recalls = [
        np.mean([said == was for was, said in scored if was == label])
        for label in classes
        if any(was == label for was, _ in scored)
    ]
    return np.mean([was == said for was, said in scored]), np.mean(recalls)


def draw(units, n_resamples, random_state):
    rng = np.random.default_rng(random_state)
    shares = np.full(len(units), 1 / len(units))
    for _ in range(n_resamples):
        counts = rng.multinomial(len(units), shares)
        yield [unit for unit, count in zip(units, counts, strict=True) for _ in range(count)]


def gather(predictions, units):
    return pd.concat([predictions[predictions["speaker"] == unit] for unit in units])


def by_seed(predictions, estimator):
    own = predictions[predictions["estimator"] == estimator]
    return [part for _, part in own.groupby("seed", sort=False)]


def recall(predictions, label):
    own = predictions[predictions["consensus"] == label]
    return np.mean(own["prediction"] == label) if len(own) else np.nan


def gap_between(own, others):
    gaps = [recall(own, label) - recall(others, label) for label in CLASSES]
    known = [gap for gap in gaps if not np.isnan(gap)]
    return np.mean(known) if known else np.nan


@pytest.mark.parametrize("name", ["gender", "language"])
def test_every_row_as_a_slow_oracle_has_it(evaluation, name):
    predictions = evaluation.predictions
    values = evaluation.attributes[name].iloc[predictions["sample"]].to_numpy()
    table = evaluation.summary(by=name, **SETTINGS)
    known = sorted({value for value in values if not pd.isna(value)})
    has_unknown = pd.isna(values).any()
    assert table.index.names == ["estimator", name]
    assert table.index.tolist() == [
        (estimator, value)
        for estimator in "ab"
        for value in [*known, *(["unknown"] if has_unknown else [])]
    ]
    for estimator in "ab":
        for value in known:
            row = table.loc[(estimator, value)]
            part = predictions[values == value]
            seeds = by_seed(part, estimator)
            scores = np.array([score(one) for one in seeds])
            np.testing.assert_allclose(row[["WA", "UA"]].astype(float), scores.mean(axis=0))
            np.testing.assert_allclose(row["UA_std"], scores[:, 1].std(ddof=1))
            scored = seeds[0][seeds[0]["consensus"].isin(CLASSES)]
            assert row["n"] == len(scored)
            assert row["n_speakers"] == scored["speaker"].nunique()
            for label in CLASSES:
                assert row[f"n_{label}"] == (scored["consensus"] == label).sum()

            drawn = [
                np.mean([score(gather(one, units))[1] for one in seeds])
                for units in draw(part["speaker"].unique(), **SETTINGS)
            ]
            low, high = np.quantile(drawn, [0.025, 0.975])
            np.testing.assert_allclose(row[["UA_low", "UA_high"]].astype(float), [low, high])

            others = predictions[(values != value) & ~pd.isna(values)]
            pairs = list(zip(seeds, by_seed(others, estimator), strict=True))
            expected = np.mean([gap_between(*pair) for pair in pairs])
            np.testing.assert_allclose(row["UA_gap"], expected)
            everybody = predictions[~pd.isna(values)]["speaker"].unique()
            drawn = [
                np.mean([gap_between(*(gather(side, units) for side in pair)) for pair in pairs])
                for units in draw(everybody, **SETTINGS)
            ]
            low, high = np.nanquantile(drawn, [0.025, 0.975])
            np.testing.assert_allclose(
                row[["UA_gap_low", "UA_gap_high"]].astype(float), [low, high]
            )


def test_two_values_have_opposite_gaps(evaluation):
    table = evaluation.summary(by="gender", **SETTINGS)
    female, male = (table.xs(value, level="gender") for value in ("female", "male"))
    np.testing.assert_allclose(female["UA_gap"], -male["UA_gap"])
    np.testing.assert_allclose(female["UA_gap"], female["UA"] - male["UA"])
    np.testing.assert_allclose(female["UA_gap_low"], -male["UA_gap_high"])


def test_a_constant_column_is_no_column(evaluation):
    plain = evaluation.summary(**SETTINGS)
    for by in ("one", np.ones(N, dtype=int), ["x"] * N):
        table = evaluation.summary(by=by, **SETTINGS)
        own = table.droplevel(1)[plain.columns]
        pd.testing.assert_frame_equal(own, plain, check_names=False)
        assert table[["UA_gap", "UA_gap_low", "UA_gap_high"]].isna().all(axis=None)


@pytest.mark.parametrize("baseline", [None, "b"])
def test_a_value_is_scored_as_if_nothing_else_had_been_tested(evaluation, baseline):
    table = evaluation.summary(baseline, by="gender", **SETTINGS)
    values = evaluation.attributes["gender"].iloc[evaluation.predictions["sample"]].to_numpy()
    alone = Evaluation(
        evaluation.predictions[values == "female"],
        evaluation.ratings,
        shared_speakers=False,
        description="",
    ).summary(baseline, **SETTINGS)
    own = table.xs("female", level="gender")[alone.columns]
    pd.testing.assert_frame_equal(own, alone, check_names=False)


def values_of(evaluation, by):
    return evaluation.summary(by=by, n_resamples=5).loc["a"].index.tolist()


def test_values_are_in_order(evaluation):
    assert values_of(evaluation, "group") == ["young", "old"]
    assert values_of(evaluation, "native") == [False, True]
    assert values_of(evaluation, "session") == [0, 1, 2, 3, "unknown"]
    assert values_of(evaluation, "language") == ["da", "en", "unknown"]
    ages = pd.cut(evaluation.attributes["age"], [0, 30, 45, 100])
    assert values_of(evaluation, ages) == ages.cat.categories.tolist()
    nullable = pd.array(np.where(np.arange(N) % 2, 1, 0), dtype="Int64")
    nullable[:3] = pd.NA
    assert values_of(evaluation, nullable) == [0, 1, "unknown"]
    filled = evaluation.attributes["language"].fillna("unknown")
    pd.testing.assert_frame_equal(
        evaluation.summary(by=filled), evaluation.summary(by="language"), check_names=False
    )


def test_an_array_has_the_name_of_the_series(evaluation):
    values = evaluation.attributes["gender"]
    assert evaluation.summary(by=values, n_resamples=5).index.names == ["estimator", "gender"]
    assert evaluation.summary(by=values.tolist(), n_resamples=5).index.names == ["estimator", "by"]
    renamed = values.set_axis(np.arange(N) + 7)  # as of the last rows of a larger table
    pd.testing.assert_frame_equal(evaluation.summary(by=renamed), evaluation.summary(by="gender"))


def named(evaluation, ids):
    return Evaluation(
        evaluation.predictions,
        evaluation.ratings.with_ids(ids),
        shared_speakers=False,
        description="",
        attributes=evaluation.attributes,
    )


FILES = [f"{i}.wav" for i in range(N)]
PARTS = pd.MultiIndex.from_tuples([(f"{i // 2}.wav", i % 2) for i in range(N)])


@pytest.mark.parametrize("ids", [FILES, PARTS, np.arange(N) * 3 + 5, (np.arange(N) * 7) % N])
def test_a_series_is_joined_by_the_names_of_the_samples(evaluation, ids):
    found = named(evaluation, ids)
    values = found.attributes["language"].set_axis(ids)
    expected = found.summary(by="language", n_resamples=5)
    for series in (values, values.sample(frac=1, random_state=0)):
        table = found.summary(by=series, n_resamples=5)
        pd.testing.assert_frame_equal(table, expected)
        groups = series.astype("category")
        table = found.summary(by=groups, n_resamples=5)
        pd.testing.assert_frame_equal(table, expected, check_index_type=False)
    # Rows of any table are numbered so, and arrays have no names.
    for plain in (values.reset_index(drop=True), values.to_numpy()):
        table = found.summary(by=plain, n_resamples=5)
        pd.testing.assert_frame_equal(table, expected, check_names=False)


def test_a_series_in_an_unknown_order(evaluation):
    values = evaluation.attributes["gender"]
    message = r"samples \(0 to 119\), in order; got 119, 118, 117 and 117 more\. Put by into"
    with pytest.raises(ValueError, match=message):
        evaluation.summary(by=values.set_axis(np.arange(N)[::-1]))
    shuffled = values.sample(frac=1, random_state=0)
    with pytest.raises(ValueError, match=r"by.sort_index\(\), or, .* pass by.to_numpy\(\)\."):
        evaluation.summary(by=shuffled)
    table = evaluation.summary(by=shuffled.sort_index())
    pd.testing.assert_frame_equal(table, evaluation.summary(by="gender"))
    found = named(evaluation, FILES)
    message = r"or names such as '0.wav', '1.wav' and 118 more\), in order; got 'x0', 'x1', 'x2'"
    with pytest.raises(ValueError, match=message):
        found.summary(by=values.set_axis([f"x{i}" for i in range(N)]))
    with pytest.raises(ValueError, match="the index of by must be that of the samples"):
        found.summary(by=values.set_axis(["0.wav"] * N))
    with pytest.raises(ValueError, match="the index of by must be that of the samples"):
        named(evaluation, np.arange(N) * 3 + 5).summary(by=values.set_axis(np.arange(N) * 3))


@pytest.mark.parametrize("kind", ["object", "string", "category"])
def test_texts_are_read_as_people_write_them(evaluation, kind):
    clean = np.array(["f", "m", None, "f"] * (N // 4), dtype=object)
    written = [" f", "m", "", "f ", "f\u00a0", " m ", "n/a", "f"]
    written += ["f", "m", "Unknown", "f", "f", "m", " NaN", "f", "f", "m", "unk", "f"]
    written += ["f", "m\t", "-", "f"]
    found = pd.Series(written * (N // 24), dtype=kind)
    expected = evaluation.summary(by=clean, n_resamples=5)
    pd.testing.assert_frame_equal(
        evaluation.summary(by=found, n_resamples=5), expected, check_index_type=False
    )
    assert values_of(evaluation, found) == ["f", "m", "unknown"]
    order = pd.Categorical(written * (N // 24), [*dict.fromkeys(written)][::-1])
    assert values_of(evaluation, order) == ["m", "f", "unknown"]
    with pytest.raises(ValueError, match="must have values to group by; all 120 are missing"):
        evaluation.summary(by=pd.Series(["", "N/A"] * (N // 2), dtype=kind))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["F", "f", " F", "M"], r"'by' has values that differ by case only: 'F', 'f'\. Each is"),
        (["Jose\u0301", "Jos\u00e9", "a", "A"], r"only: 'A', 'a', 'Jos.*', 'Jos.*'\. Each is"),
        (["weiß", "WEISS", "x", "y"], "only: 'WEISS', 'weiß'. Each is a group of its own"),
    ],
)
def test_spellings_of_one_value(evaluation, values, shown):
    with pytest.warns(UserWarning, match=shown) as caught:
        table = evaluation.summary(by=values * (N // 4), n_resamples=5)
    assert caught[0].filename == __file__
    assert len(table.loc["a"]) == len({value.strip() for value in values})


def test_classes_that_one_side_lacks():
    """The gap compares the recall of the classes that both have."""
    consensus = ["sad", "angry"] * 10 + ["sad", "happy"] * 10
    found = evaluate(consensus, list("ABCD") * 10, {"who": ["f"] * 20 + ["m"] * 20})
    table = found.summary(by="who", **SETTINGS).loc["a"]
    assert table[["n_angry", "n_happy", "n_sad"]].to_numpy().tolist() == [[10, 0, 10], [0, 10, 10]]
    sides = [found.predictions[found.predictions["sample"] // 20 == i] for i in (0, 1)]
    recalls = [[recall(one, "sad") for one in by_seed(side, "a")] for side in sides]
    assert table.loc["f", "UA_gap"] == pytest.approx(np.subtract(*recalls).mean())
    assert np.isnan(table.loc["f", "recall_happy"])
    ua = np.mean(
        [[recall(one, label) for label in ("angry", "sad")] for one in by_seed(sides[0], "a")]
    )
    assert table.loc["f", "UA"] == pytest.approx(ua)

    nothing = evaluate(["sad"] * 8 + ["happy"] * 8 + ["angry"] * 4, list("ABCD") * 5)
    table = nothing.summary(by=["f"] * 8 + ["m"] * 12, **SETTINGS)
    assert table[["UA_gap", "UA_gap_low", "UA_gap_high"]].isna().all(axis=None)
    assert table["UA_low"].notna().all()


def test_few_speakers_have_no_interval():
    consensus = CLASSES * 10
    number = np.arange(30) % 5
    found = evaluate(consensus, [f"S{i}" for i in number])
    table = found.summary(by=np.where(number == 0, "alone", "others"), **SETTINGS).loc["a"]
    assert table["UA_gap"].notna().all()
    assert table[["UA_gap_low", "UA_gap_high"]].isna().all(axis=None)
    assert np.isnan(table.loc["alone", "UA_low"])
    assert table.loc["others", "UA_low"] < table.loc["others", "UA_high"]


def test_values_without_a_scored_sample():
    """No warning of numpy, and no score; also for speakers without one, in any draw."""
    consensus = [None] * 6 + CLASSES * 4
    found = evaluate(consensus, ["A"] * 3 + ["B"] * 3 + ["A", "C"] * 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = found.summary(by=["none"] * 6 + ["some"] * 12, **SETTINGS).loc["a"]
        evaluate([None, *CLASSES], ["A", "B", "B", "B"]).summary(**SETTINGS)
    assert table["n"].tolist() == [0, 12]
    assert table["n_speakers"].tolist() == [0, 2]
    assert table.loc["none", ["WA", "UA", "UA_low", "UA_gap"]].isna().all()
    assert np.isnan(table.loc["some", "UA_gap"])


def test_values_of_samples_that_were_not_tested(evaluation):
    tested = evaluation.predictions[evaluation.predictions["sample"] < 60]
    part = Evaluation(tested, evaluation.ratings, shared_speakers=True, description="")
    table = part.summary(by=np.where(np.arange(N) < 60, "tested", "other"), n_resamples=5)
    assert table.index.tolist() == [("a", "tested"), ("b", "tested")]
    assert table["shared_speakers"].all()


def test_the_attributes_are_the_columns_of_the_data():
    corpus = make_dyadic_corpus(2, 8, random_state=0)
    numbers = np.random.default_rng(0).normal(size=(len(corpus.data), 2))
    data = corpus.data.assign(x=numbers[:, 0], pair=[[1, 2]] * len(numbers))
    data.index = data.index[::-1]  # by position, as in all of scikit-learn
    ratings = corpus.ratings.with_ids(None)

    class Reader(LogisticRegression):
        def fit(self, X, y):
            return super().fit(X[["x"]], y)

        def predict_proba(self, X):
            return super().predict_proba(X[["x"]])

        def predict(self, X):
            return super().predict(X[["x"]])

    model = ConsensusClassifier(Reader())
    found = cross_evaluate(model, Bunch(data=data, ratings=ratings), cv=2)
    assert found.attributes.columns.tolist() == [
        name for name in data if name not in ("signal", "pair")
    ]
    assert found.attributes["x"].tolist() == data["x"].tolist()
    table = found.summary(by="speaker", n_resamples=5)
    assert table.index.get_level_values("speaker").tolist() == sorted(data["speaker"].unique())
    assert (table["n_speakers"] == 1).all()


def test_speakers_and_sessions_of_sequences():
    rng = np.random.default_rng(0)
    speakers = ["A", AlteredSpeaker("A", "faster"), "B", None] * 6
    X = Sequences.from_arrays(
        rng.normal(size=(24, 1, 2)), speaker=speakers, session=np.arange(24) // 12
    )
    model = ConsensusClassifier(LogisticRegression())
    corpus = Bunch(data=X.values, ratings=CLASSES * 8)
    without = cross_evaluate(model, corpus, groups=np.arange(24) % 4, allow_shared_speakers=True)
    assert without.attributes.shape == (24, 0)
    with pytest.raises(ValueError, match="got 'speaker', and there are no columns"):
        without.summary(by="speaker")
    assert name_values(without, X.speaker) == ["A", "B", "unknown"]

    class Rows(ConsensusClassifier):
        def fit(self, X, y):
            return super().fit(X.values, y)

        def predict(self, X):
            return super().predict(X.values)

        def predict_proba(self, X):
            return super().predict_proba(X.values)

    found = cross_evaluate(
        Rows(LogisticRegression()),
        Bunch(data=X, ratings=CLASSES * 8),
        groups=np.arange(24) % 4,
        allow_shared_speakers=True,
    )
    assert name_values(found, "speaker") == ["A", "B", "unknown"]
    assert name_values(found, "session") == [0, 1]


def name_values(evaluation, by):
    return evaluation.summary(by=by, n_resamples=5).index.get_level_values(1).tolist()


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("gendre", r"got 'gendre', and there are 'gender', 'language', 'group', .* 'one'\.$"),
        (3, "must be the name of a column of the data, or one value per sample; got 3"),
        ("age", "40 different numbers, from 20.0 to 59.0: cut it into groups first with pandas"),
        ("file", r"'file' must have few different .* 120 for 120 samples: '0.wav', .* 115 more"),
        ("mixed", "must have values of one kind, got numbers and text: 'a', 1"),
        ("missing", "'missing' must have values to group by; all 120 are missing"),
        (["f"] * 5, "by must have one value per sample: 120, got 5"),
        (pd.Series(["f"] * 5), "by must have one value per sample: 120, got 5"),
        (pd.Categorical(["f"] * 5), "by must have one value per sample: 120, got 5"),
        ([["f"]] * N, r"'by' must have one text, number or boolean per sample; not for samples 0"),
        (list(range(N)), "120 different numbers, from 0 to 119: cut it into groups"),
        (pd.Categorical([f"{i}" for i in range(N)]), "few different values .* 120 for 120"),
    ],
)
def test_what_cannot_be_grouped_by(evaluation, by, message):
    with pytest.raises(ValueError, match=message) as caught:
        evaluation.summary(by=by)
    assert len(str(caught.value)) < 500


def test_folds_are_not_averaged(evaluation):
    with pytest.raises(ValueError, match="average must be 'pooled' with by, got 'folds'"):
        evaluation.summary(by="gender", average="folds")
    with pytest.raises(ValueError, match=r"baseline must be one of \['a', 'b'\], got 'c'"):
        evaluation.summary("c", by="gender")


def test_an_evaluation_of_an_earlier_version(evaluation):
    old = pickle.loads(pickle.dumps(evaluation))
    pd.testing.assert_frame_equal(old.summary(by="gender"), evaluation.summary(by="gender"))
    del old.__dict__["attributes"]
    old = pickle.loads(pickle.dumps(old))
    pd.testing.assert_frame_equal(old.summary(), evaluation.summary())
    with pytest.raises(ValueError, match="got 'gender', and there are no columns"):
        old.summary(by="gender")
