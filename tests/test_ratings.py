import pickle
import tracemalloc
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning

from sklearn_ser import Ratings, check_ratings
from sklearn_ser.ratings._rows import Anonymous

LABELS = ["angry", "happy", "other", "sad"]
# One dict per sample: {annotator: labels in the order given, perhaps repeated}.
TABLES = st.lists(
    st.dictionaries(
        st.sampled_from(["E1", "E2", "E3", "E10"]),
        st.lists(st.sampled_from(LABELS), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=8,
)


def slow_counts(table, classes, multi):
    counts = np.zeros((len(table), len(classes)), dtype=int)
    for row, said in zip(counts, table, strict=True):
        for labels in said.values():
            for label in set(labels if multi == "all" else labels[:1]):
                if label in classes:
                    row[classes.index(label)] += 1
    return counts


def slow_consensus(table, rule):
    result = []
    for said in table:
        votes = Counter(label for labels in said.values() for label in set(labels)).most_common()
        best = votes[0] if votes else (None, 0)
        tied = len(votes) > 1 and votes[1][1] == best[1]
        short = rule == "majority" and 2 * best[1] <= sum(n for _, n in votes)
        result.append(None if tied or short else best[0])
    return result


def long_table(table):
    rows = [
        (i, annotator, label)
        for i, said in enumerate(table)
        for annotator, labels in said.items()
        for label in labels
    ]
    return pd.DataFrame(rows, columns=["sample", "annotator", "label"])


def ratings_of(table):
    return Ratings.from_long(long_table(table), samples=range(len(table)))


@given(TABLES, st.sampled_from(["all", "first"]))
def test_counts_and_consensus_equal_a_slow_oracle(table, multi):
    y = ratings_of(table)
    np.testing.assert_array_equal(
        y.counts(LABELS, multilabel=multi), slow_counts(table, LABELS, multi)
    )
    for rule in ("plurality", "majority"):
        assert y.consensus(rule).tolist() == slow_consensus(table, rule)


@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_raters_and_rows_changes_nothing(table, random):
    shuffled = []
    for said in table:
        items = list(said.items())
        random.shuffle(items)
        shuffled.append(dict(items))
    assert ratings_of(table) == ratings_of(shuffled)


@given(TABLES)
def test_every_form_holds_the_same_ratings(table):
    y = ratings_of(table)
    assert check_ratings(np.asarray(y)) == y
    assert check_ratings(list(np.asarray(y))) == y
    assert pickle.loads(pickle.dumps(y)) == y
    assert Ratings.concatenate([y[: len(y) // 2], y[len(y) // 2 :]]) == y
    assert Ratings.from_long(y.to_long(), samples=range(len(y))) == y
    wide = Ratings.from_wide(y.to_wide())
    assert np.array_equal(wide.counts(LABELS), y.counts(LABELS))
    assert [dict(row) for row in wide] == [dict(row) for row in y]


@given(TABLES, st.data())
def test_rows_are_those_of_a_list(table, data):
    y = ratings_of(table)
    rows = data.draw(st.lists(st.integers(-len(table), len(table) - 1)))
    taken = y[rows]
    assert [dict(row) for row in taken] == [dict(y[row]) for row in rows]
    assert taken.annotators is y.annotators
    assert taken.labels is y.labels
    assert check_ratings(np.asarray(y)[rows]).labels.tolist() == (
        y.labels.tolist() if rows else []
    )


@pytest.fixture
def y():
    cells = [["sad", "sad", "angry"], [("sad", "angry"), None, "other"], [None, None, np.nan]]
    return Ratings.from_wide(cells, annotators=["E1", "E2", "F1"], target_classes=["angry", "sad"])


def test_a_rating_says_who_said_what(y):
    assert y[0] == {"E1": ("sad",), "E2": ("sad",), "F1": ("angry",)}
    assert y[1] == {"E1": ("sad", "angry"), "F1": ("other",)}
    assert y[2] == {}
    assert y.consensus().tolist() == ["sad", None, None]
    assert y.counts().tolist() == [[1, 2], [1, 1], [0, 0]]


def test_anonymous_raters_are_different_people():
    y = Ratings.from_counts([[2, 0, 1], [0, 0, 0]], ["b", "a", "c"])
    assert y.labels.tolist() == ["a", "b", "c"]
    assert y.counts(["b", "a", "c"]).tolist() == [[2, 0, 1], [0, 0, 0]]
    assert y.is_anonymous.all()
    assert len(y.annotators) == 0
    assert y[0] == {Anonymous(0): ("b",), Anonymous(1): ("b",), Anonymous(2): ("c",)}
    assert check_ratings(np.asarray(y)) == y
    with pytest.raises(ValueError, match="anonymous raters have no column"):
        y.to_wide()
    named_and_not = pd.DataFrame(
        {"sample": [0, 0, 0], "annotator": ["E1", None, None], "label": ["a", "a", "a"]}
    )
    mixed = Ratings.from_long(named_and_not)
    assert mixed.counts(["a"]).tolist() == [[3]]
    assert Ratings.from_long(mixed.to_long()) == mixed


def test_long_tables_follow_the_ids_given():
    frame = pd.DataFrame({"clip": ["b", "a", "b"], "who": [1, 1, 2], "said": ["x", "y", None]})
    names = {"sample": "clip", "annotator": "who", "label": "said"}
    y = Ratings.from_long(frame, **names, samples=["a", "b", "c"])
    assert [dict(row) for row in y] == [{1: ("y",)}, {1: ("x",)}, {}]
    assert len(Ratings.from_long(frame, **names)) == 2
    with pytest.raises(ValueError, match=r"rates 1 samples that are not in samples: \['b'\]"):
        Ratings.from_long(frame, **names, samples=["a"])
    with pytest.raises(ValueError, match=r"different ids; repeated are \['a'\]"):
        Ratings.from_long(frame, **names, samples=["a", "a", "b"])
    with pytest.raises(ValueError, match=r"columns \['sample'\] are not in the table"):
        Ratings.from_long(frame, annotator="who", label="said")


def test_merging_before_and_after_the_consensus_differ():
    y = Ratings.from_wide([["excited", "happy", "sad", "sad"], ["excited", "happy", "sad", None]])
    merge = {"excited": "happy"}
    assert y.rename(merge).consensus().tolist() == [None, "happy"]
    assert y.with_consensus().rename(merge).consensus().tolist() == ["sad", None]
    both = Ratings.from_wide([[("happy", "excited"), "sad"]], target_classes=["excited", "sad"])
    merged = both.rename(merge)
    assert merged.counts(["happy", "sad"]).tolist() == [[1, 1]]
    assert merged.target_classes == ("happy", "sad")
    with pytest.raises(ValueError, match=r"must be among \[.*\], got \['exited'\]"):
        y.rename({"exited": "happy"})


def test_a_corpus_may_bring_its_own_consensus(y):
    own = y.with_consensus(["angry", "sad", None])
    assert own.consensus().tolist() == ["angry", "sad", None]
    assert own.consensus("plurality").tolist() == ["sad", None, None]
    assert own[[1, 0]].consensus().tolist() == ["sad", "angry"]
    assert own.rename({"sad": "blue"}).consensus().tolist() == ["angry", "blue", None]
    assert check_ratings(np.asarray(own)) == own
    assert own != y
    assert Ratings.concatenate([own[:1], own[1:]]) == own
    assert own.select("E1").consensus().tolist() == ["sad", None, None]
    with pytest.raises(ValueError, match=r"among \['angry', 'other', 'sad'\], got \['blue'\]"):
        y.with_consensus(["blue", None, None])
    with pytest.raises(ValueError, match="one label per sample is needed: 3, got 1"):
        y.with_consensus(["sad"])


def test_views_of_annotators_keep_every_sample(y):
    assert [dict(row) for row in y.select("E1")] == [
        {"E1": ("sad",)},
        {"E1": ("sad", "angry")},
        {},
    ]
    assert y.drop("E1") == y.drop(["E1"])
    assert [dict(row) for row in y.drop("E1")][1] == {"F1": ("other",)}
    with pytest.raises(ValueError, match=r"unknown annotators \['E9'\]; known are \['E1', 'E2'"):
        y.drop(["E1", "E9"])


def test_target_classes_stay_through_slices_and_arrays(y):
    assert y[[0]].target_classes == ("angry", "sad")
    assert check_ratings(np.asarray(y)[[0, 2]]).target_classes == ("angry", "sad")
    other = Ratings.from_labels(["sad"], target_classes=["sad"])
    with pytest.raises(ValueError, match="the same target classes"):
        check_ratings(np.concatenate([np.asarray(y), np.asarray(other)]))
    with pytest.raises(ValueError, match="the same target classes"):
        Ratings.concatenate([y, other])


@pytest.mark.parametrize(
    "labels",
    [[3, 1, 3], np.array([3, 1, 3]), pd.Series([3, 1, 3]), np.array([3.0, 1.0, 3.0])],
)
def test_plain_labels_keep_their_type(labels):
    y = check_ratings(labels)
    assert y.consensus().tolist() == [3, 1, 3]
    assert y.labels.dtype == np.asarray(labels).dtype


def test_missing_plain_labels_are_no_ratings():
    assert check_ratings(["a", None, "b"]).consensus().tolist() == ["a", None, "b"]
    assert check_ratings(np.array([1.0, np.nan])).consensus().tolist() == [1.0, None]


def test_one_row_per_rating_is_not_taken_for_one_column_per_rater():
    rows = [(f"{i // 2}.wav", f"E{i % 2}", ["sad", "angry"][i % 2]) for i in range(10)]
    table = pd.DataFrame(rows, columns=["file", "rater", "emotion"])
    with pytest.raises(
        ValueError, match=r"\['file', 'rater', 'emotion'\], .* see Ratings.from_long"
    ):
        check_ratings(table)
    # Raters who never agree, but know the same labels.
    wide = pd.DataFrame({name: np.roll(list("abcde") * 2, i) for i, name in enumerate("xyz")})
    assert check_ratings(wide) == Ratings.from_wide(wide)
    # One that skipped a sample makes it no wide table.
    table.iloc[0, 2] = None
    with pytest.raises(ValueError, match=r"see Ratings\.from_long"):
        check_ratings(table)


def test_tables_are_read_as_ratings():
    frame = pd.DataFrame({"E1": ["a", "b"], "E2": [{"b", "a"}, None]}, index=[7, 7])
    y = check_ratings(frame)
    assert [dict(row) for row in y] == [{"E1": ("a",), "E2": ("a", "b")}, {"E1": ("b",)}]
    cells = frame.to_numpy(dtype=object)
    assert check_ratings(cells).annotators.tolist() == [0, 1]
    assert np.array_equal(check_ratings(cells).counts(), y.counts())


def test_numbers_in_two_dimensions_are_never_guessed_at():
    with pytest.raises(ValueError, match=r"Ratings\.from_counts .* or Ratings\.from_wide"):
        check_ratings(np.array([[1, 0], [2, 1]]))
    with pytest.raises(ValueError, match=r"shape \(1, 2, 1\)"):
        check_ratings(np.zeros((1, 2, 1), dtype=object))
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert check_ratings(np.array([[1], [2]])) == check_ratings([1, 2])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "the target y is None"),
        (np.array([0.5, 1.25]), "Unknown label type"),
        (np.array([1.0, np.inf]), "infinity in samples 1"),
        ([{"E1": "a"}, "b"], "no dicts for samples 1"),
    ],
)
def test_what_holds_no_ratings_is_refused(y, message):
    with pytest.raises(ValueError, match=message):
        check_ratings(y)


def test_broken_counts_and_tables_are_named():
    with pytest.raises(ValueError, match="0 or more; not for samples 0, 2"):
        Ratings.from_counts([[0.5, 1], [1, 1], [-1, 0]], ["a", "b"])
    with pytest.raises(ValueError, match=r"shape \(n_samples, 3\), one column per class"):
        Ratings.from_counts([[1, 1]], ["a", "b", "c"])
    with pytest.raises(ValueError, match="classes must be different"):
        Ratings.from_counts([[1, 1]], ["a", "a"])
    with pytest.raises(ValueError, match="one annotator per column: 2, got 1"):
        Ratings.from_wide([["a", "b"]], annotators=["E1"])
    with pytest.raises(ValueError, match="annotators must have different names"):
        Ratings.from_wide([["a", "b"]], annotators=["E1", "E1"])
    with pytest.raises(ValueError, match=r"one cell per annotator, got \[1, 2\] cells"):
        Ratings.from_wide([["a", "b"], ["a"]])
    with pytest.raises(ValueError, match="multilabel must be 'all' or 'first', got 'last'"):
        Ratings.from_labels(["a"]).counts(multilabel="last")
    with pytest.raises(ValueError, match="rule must be 'plurality' or 'majority', got 'mean'"):
        Ratings.from_labels(["a"]).consensus("mean")


def slow_alpha(counts):
    """Krippendorff's nominal alpha by its definition: pairs of ratings of one sample."""
    observed = expected = pairs = 0
    pooled = counts[counts.sum(axis=1) > 1].sum(axis=0)
    for row in counts:
        n = row.sum()
        if n > 1:
            observed += (n * n - (row**2).sum()) / (n - 1)
            pairs += n
    expected = (pairs * pairs - (pooled**2).sum()) / (pairs - 1)
    return 1 - observed / expected


def test_agreement():
    rng = np.random.default_rng(0)
    cells = rng.choice(["a", "b", "c", None], size=(40, 5), p=[0.4, 0.2, 0.1, 0.3])
    y = Ratings.from_wide(cells, annotators=list("vwxyz"))
    report = y.agreement()
    assert report.alpha == pytest.approx(slow_alpha(y.counts()))
    said = report.annotators.loc["w"]
    assert said["n_samples"] == sum(cell is not None for cell in cells[:, 1])
    assert said["b"] == pytest.approx(np.mean([c == "b" for c in cells[:, 1] if c is not None]))
    assert Ratings.from_wide([["a", "a"], ["b", "b"]]).agreement().alpha == 1
    assert np.isnan(Ratings.from_labels(["a", "b"]).agreement().alpha)
    several = Ratings.from_wide([[("a", "b"), "b"]]).agreement().annotators
    assert several[["n_samples", "n_ratings"]].to_numpy().tolist() == [[1, 2], [1, 1]]


def test_memory_is_linear_in_ratings_not_in_annotators():
    rng = np.random.default_rng(0)
    n_ratings, n_samples, n_annotators = 100_000, 10_000, 10_000
    frame = pd.DataFrame(
        {
            "sample": rng.integers(n_samples, size=n_ratings),
            "annotator": rng.integers(n_annotators, size=n_ratings),
            "label": rng.integers(5, size=n_ratings),
        }
    )
    tracemalloc.start()
    y = Ratings.from_long(frame, samples=range(n_samples))
    y.counts()
    y.consensus()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # One byte per cell of samples x annotators would be 100 MB.
    assert peak < 200 * n_ratings
    assert y.values.nbytes <= 8 * n_ratings


@pytest.mark.parametrize("odd", [("a", "b"), ["a"], {"a"}, {"a": 1}, np.array(["a"])])
def test_containers_are_no_labels(odd):
    column = np.empty(3, dtype=object)
    column[:] = ["angry", None, "sad"]
    column[1] = odd
    message = r"labels and annotators must be plain values, such as strings or numbers; got .*a"
    with pytest.raises(TypeError, match=message):
        Ratings.from_labels(column)
    with pytest.raises(TypeError, match=message):
        Ratings.from_wide([[["angry", odd]]])
    table = pd.DataFrame({"s": [1, 2, 3], "who": column, "label": "sad"})
    with pytest.raises(TypeError, match=message):
        Ratings.from_long(table, sample="s", annotator="who", label="label")


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, -1, 0.5, "two", None])
def test_counts_that_are_none(odd):
    with pytest.raises(ValueError, match=r"whole numbers of raters.* not for samples 1\."):
        Ratings.from_counts(np.array([[1, 2], [odd, 1]], dtype=object), ["angry", "sad"])


def test_equal_in_every_part():
    """Ratings that differ in one part alone are not equal."""
    cells = [["sad", "angry"], ["sad", None]]
    y = Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=["sad"])
    assert y == Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=["sad"])
    others = [
        Ratings.from_wide(cells, annotators=["E1", "E3"], target_classes=["sad"]),
        Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=["angry"]),
        Ratings.from_wide(
            [["sad", "mad"], ["sad", None]], annotators=["E1", "E2"], target_classes=["sad"]
        ),
        Ratings.from_wide(
            [["angry", "sad"], ["sad", None]], annotators=["E1", "E2"], target_classes=["sad"]
        ),
        Ratings.from_wide(
            [["sad", "angry"], [None, "sad"]], annotators=["E1", "E2"], target_classes=["sad"]
        ),
    ]
    assert [y == other for other in others] == [False] * 5


def test_every_reader_takes_target_classes():
    table = pd.DataFrame({"s": [0, 1], "who": ["E1", "E1"], "label": ["sad", "mad"]})
    read = [
        Ratings.from_long(
            table, sample="s", annotator="who", label="label", target_classes=["sad"]
        ),
        Ratings.from_wide([["sad"], ["mad"]], target_classes=["sad"]),
        Ratings.from_labels(["sad", "mad"], target_classes=["sad"]),
        Ratings.from_counts([[1, 0], [0, 1]], ["mad", "sad"], target_classes=["sad"]),
    ]
    assert [y.classes.tolist() for y in read] == [["sad"]] * 4


def test_renaming_keeps_who_said_it():
    y = Ratings.from_wide([["sad", "mad"], [None, "sad"]], annotators=["E1", "E2"])
    renamed = y.rename({"mad": "angry"})
    assert renamed.annotators.tolist() == ["E1", "E2"]
    assert renamed.to_wide().to_numpy().tolist() == [["sad", "angry"], [None, "sad"]]
