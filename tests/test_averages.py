"""summary(average=): means over folds or pooled predictions, and the intervals of both."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from sklearn_ser import Ratings
from sklearn_ser.evaluation import Evaluation, compare_with_published

CLASSES = ["angry", "happy", "sad"]
SCORES = [f"{score}_{label}" for label in CLASSES for score in ("precision", "recall", "f1")]


@pytest.fixture
def found():
    """Two estimators, two seeds, four folds of two speakers; the last fold is never happy."""
    rng = np.random.default_rng(0)
    fold = np.repeat([0, 1, 2, 3], [10, 16, 22, 12])
    labels = rng.choice([*CLASSES, "other"], size=60).astype(object)
    labels[(fold == 3) & (labels == "happy")] = "sad"
    parts = []
    for name in ("a", "b"):
        for seed in (0, 1):
            said = np.where(rng.uniform(size=60) < 0.6, labels, rng.choice(CLASSES, size=60))
            said[said == "other"] = "angry"
            said[(fold == 0) & (said == "sad")] = "angry"  # never said there
            table = pd.DataFrame({"estimator": name, "seed": seed, "fold": fold})
            table["sample"] = np.arange(60)
            table["group"] = table["speaker"] = 2 * fold + np.arange(60) % 2
            parts.append(table.assign(consensus=labels, prediction=said, seconds=0.0))
    ratings = Ratings.from_labels(labels, target_classes=CLASSES)
    return Evaluation(
        pd.concat(parts, ignore_index=True), ratings, shared_speakers=False, description="Numbers"
    )


def score_slowly(part):
    """All scores by the confusion matrix, NaN where they are undefined."""
    part = part[part["consensus"] != "other"]
    counts = confusion_matrix(part["consensus"], part["prediction"], labels=CLASSES)
    row = {"WA": np.trace(counts) / counts.sum()}
    recalls = []
    for k, label in enumerate(CLASSES):
        right, given, said = counts[k, k], counts[k].sum(), counts[:, k].sum()
        row[f"recall_{label}"] = right / given if given else np.nan
        row[f"precision_{label}"] = right / said if said else np.nan
        row[f"f1_{label}"] = 2 * right / (given + said) if given + said else np.nan
        recalls += [right / given] if given else []
    return row | {"UA": np.mean(recalls)}


def average_slowly(found, name, average):
    per_seed = []
    for _, of_seed in found.predictions.query(f"estimator == '{name}'").groupby("seed"):
        if average == "pooled":
            per_seed.append(score_slowly(of_seed))
            continue
        folds = [score_slowly(part) for _, part in of_seed.groupby("fold")]
        row = {}
        for score in folds[0]:
            known = [values[score] for values in folds if not np.isnan(values[score])]
            row[score] = sum(known) / len(known)
        per_seed.append(row)
    return {score: np.mean([row[score] for row in per_seed]) for score in per_seed[0]}


@pytest.mark.parametrize("average", ["pooled", "folds"])
def test_equal_to_a_slow_oracle(found, average):
    summary = found.summary(average=average)
    for name in ("a", "b"):
        expected = average_slowly(found, name, average)
        for score in ("WA", "UA", *SCORES):
            assert summary.loc[name, score] == pytest.approx(expected[score]), score
    gain = summary.loc["b", "UA"] - summary.loc["a", "UA"]
    assert summary.loc["b", "UA_gain"] == pytest.approx(gain)
    # Undefined in some fold, and therefore a mean of the others.
    assert found.by_fold["recall_happy"].isna().groupby("fold").all().tolist() == [False] * 3 + [
        True
    ]
    assert found.by_fold["precision_sad"].isna().any()


def test_the_two_averages_differ_and_pooling_is_the_default(found):
    pooled, folds = found.summary(), found.summary(average="folds")
    pd.testing.assert_frame_equal(pooled, found.summary(average="pooled"))
    assert (pooled["UA"] != folds["UA"]).all()
    assert (pooled["UA_low"] != folds["UA_low"]).all()


def test_a_single_fold_is_the_same_either_way(found):
    part = found.predictions[found.predictions["fold"] == 1]
    one = Evaluation(part, found.ratings, shared_speakers=False, description="")
    pooled, folds = one.summary(), one.summary(average="folds")
    columns = ["WA", "WA_std", "UA", "UA_std", "UA_gain", *SCORES]
    pd.testing.assert_frame_equal(pooled[columns], folds[columns])
    assert folds["UA_low"].isna().all()


@pytest.mark.parametrize("n_speakers", [1, 2, 3, 4])
def test_few_speakers_have_no_interval(found, n_speakers):
    """Of n speakers, a draw is of one of them alone with a probability of n / n ** n."""
    ends = ["UA_low", "UA_high", "UA_gain_low", "UA_gain_high"]
    part = found.predictions[found.predictions["speaker"] < n_speakers]
    few = Evaluation(part, found.ratings, shared_speakers=False, description="")
    # Either end of the interval would be such a draw.
    alone = 1 / n_speakers**n_speakers > 0.025
    assert few.summary().loc["b", ends].isna().tolist() == [alone] * 4
    said = "no interval, as there are fewer than 4 speakers"
    for text in (few.report(), few.plot().axes[0].get_xlabel()):
        assert (said in text) == alone
        assert ("95 % bootstrap interval over speakers" in text) == (not alone)


@pytest.mark.parametrize("average", ["pooled", "folds"])
def test_intervals_are_those_of_the_average(found, average):
    unit = {"pooled": "speaker", "folds": "fold"}[average]
    units = found.predictions[unit].unique()
    n = len(units)
    summary = found.summary(average=average, n_resamples=40, random_state=5)
    draws = np.random.default_rng(5).multinomial(n, np.full(n, 1 / n), size=40)
    uas = {"a": [], "b": []}
    for drawn in draws:
        for name in uas:
            per_seed = []
            for _, part in found.predictions.query(f"estimator == '{name}'").groupby("seed"):
                chosen = [part[part[unit] == u] for u in np.repeat(units, drawn)]
                if average == "pooled":
                    per_seed.append(score_slowly(pd.concat(chosen))["UA"])
                else:
                    per_seed.append(np.mean([score_slowly(fold)["UA"] for fold in chosen]))
            uas[name].append(np.mean(per_seed))
    for name, values in uas.items():
        ends = np.quantile(values, [0.025, 0.975])
        np.testing.assert_allclose(summary.loc[name, ["UA_low", "UA_high"]].astype(float), ends)
    ends = np.quantile(np.subtract(uas["b"], uas["a"]), [0.025, 0.975])
    of_gain = summary.loc["b", ["UA_gain_low", "UA_gain_high"]].astype(float)
    np.testing.assert_allclose(of_gain, ends)
    assert summary.loc["a", ["UA_gain", "UA_gain_low", "UA_gain_high"]].isna().all()


def test_folds_without_any_consensus_do_not_count(found):
    table = found.predictions.copy()
    table.loc[table["fold"] == 2, "consensus"] = None
    labels = np.where(np.repeat([0, 1, 0], [26, 22, 12]), None, found.ratings.consensus())
    ratings = Ratings.from_labels(labels, target_classes=CLASSES)
    without = Evaluation(table, ratings, shared_speakers=False, description="")
    kept = Evaluation(
        found.predictions[found.predictions["fold"] != 2],
        found.ratings,
        shared_speakers=False,
        description="",
    )
    columns = ["WA", "UA", *SCORES]
    pd.testing.assert_frame_equal(
        without.summary(average="folds")[columns], kept.summary(average="folds")[columns]
    )
    assert without.summary(average="folds").loc["a", ["UA_low", "UA_high"]].notna().all()


def test_outputs_say_which_average_it_is(found):
    assert "Predictions of all folds are pooled; means over seeds; UA and" in found.report()
    assert "interval over speakers." in found.report()
    said = found.report(average="folds")
    assert "Scores are means over folds, then over seeds; UA and UA_gain: 95 %" in said
    assert "interval over folds." in said
    assert "recall_sad" not in said
    pooled, folds = (found.plot(average=average).axes[0] for average in ("pooled", "folds"))
    assert "interval over speakers" in pooled.get_xlabel()
    assert "interval over folds" in folds.get_xlabel()
    seeds = folds.lines[-2].get_xdata()
    of_folds = found.by_fold["UA"].groupby(["estimator", "seed"]).mean()
    np.testing.assert_allclose(seeds, (of_folds["b"] - of_folds["a"]).to_numpy())


@pytest.mark.parametrize("call", ["summary", "report", "plot"])
def test_averages_that_do_not_exist(found, call):
    message = r"average must be one of \['folds', 'pooled'\], got 'mean'\."
    with pytest.raises(ValueError, match=message):
        getattr(found, call)(average="mean")


# Beside published figures


@pytest.fixture
def published():
    return pd.DataFrame(
        {
            "corpus": ["One", "Two", "One"],
            "WA": [50.5, np.nan, 61.0],
            "recall_sad": [40.0, 41.0, np.nan],
            "f1_bored": [1.0, np.nan, np.nan],
            "note": ["", "", "quoted"],
        },
        index=pd.Index(["a", "a", "quoted one"], name="row"),
    )


@pytest.mark.parametrize("average", ["pooled", "folds"])
def test_beside_published_figures(found, published, average):
    table = compare_with_published(found, published, average=average)
    assert table.index.tolist() == ["a", "quoted one", "b"]
    assert table.index.name == "row"
    assert table.columns.tolist() == [
        (score, source)
        for score in ("WA", "recall_sad", "f1_bored")
        for source in ("here", "published, One", "published, Two")
    ]
    for score in ("WA", "recall_sad"):
        a, b = (100 * average_slowly(found, name, average)[score] for name in ("a", "b"))
        np.testing.assert_allclose(table[score, "here"], [a, np.nan, b])
    np.testing.assert_allclose(table["WA", "published, One"], [50.5, 61.0, np.nan])
    np.testing.assert_allclose(table["recall_sad", "published, Two"], [41.0, np.nan, np.nan])
    assert table["f1_bored", "here"].isna().all()
    assert table["f1_bored", "published, One"].tolist()[0] == 1.0


def test_figures_of_one_corpus(found, published):
    one = published[published["corpus"] == "One"]
    table = compare_with_published(found, one)
    assert table["WA"].columns.tolist() == ["here", "published"]
    np.testing.assert_allclose(table["WA", "published"], [50.5, 61.0, np.nan])


def test_rows_that_several_tables_print(found, published):
    printed = published.assign(table=["1", "1", "2"], printed_as=["A", "A", "Q"])
    again = printed[:2].assign(table="2", printed_as="the first")
    table = compare_with_published(found, pd.concat([printed, again]))
    assert table.index.names == ["table", "row", "printed_as"]
    rows = [("1", "a", "A"), ("2", "quoted one", "Q"), ("2", "a", "the first"), ("", "b", "")]
    assert table.index.tolist() == rows
    whole = compare_with_published(found, published)
    np.testing.assert_array_equal(table.loc["1"], whole.loc[["a"]])
    np.testing.assert_array_equal(table.loc["2"], whole.loc[["quoted one", "a"]])
    np.testing.assert_array_equal(table.loc[""], whole.loc[["b"]])


def test_several_evaluations_beside_published_figures(found, published):
    part = found.predictions[found.predictions["estimator"] == "b"]
    other = Evaluation(part, found.ratings, shared_speakers=False, description="")
    table = compare_with_published({"ours": found, "theirs": other}, published)
    assert table["WA"].columns.tolist()[:2] == ["ours", "theirs"]
    assert table.loc["b", ("WA", "ours")] == table.loc["b", ("WA", "theirs")]
    assert np.isnan(table.loc["a", ("WA", "theirs")])


def test_shared_speakers_are_told_beside_published_figures(found, published):
    table = compare_with_published({"ours": found}, published)
    assert "shared_speakers" not in table
    shared = Evaluation(found.predictions, found.ratings, shared_speakers=True, description="")
    table = compare_with_published({"ours": found, "theirs": shared}, published)
    assert table["shared_speakers"].columns.tolist() == ["theirs"]
    assert table["shared_speakers", "theirs"].tolist() == [True] * 3


def test_figures_of_no_paper(found, published):
    message = "published has no figures, as that of a recipe from no paper."
    for empty in (published.iloc[:0], published[["corpus", "note"]]):
        with pytest.raises(ValueError, match=re.escape(message)):
            compare_with_published(found, empty)


def test_a_name_that_the_paper_has(found, published):
    message = (
        "no name of an evaluation may begin with 'published', as the paper's columns do; got "
        "'published', 'published, CASIA'."
    )
    named = {"published": found, "published, CASIA": found, "ours": found}
    with pytest.raises(ValueError, match=re.escape(message)):
        compare_with_published(named, published)
