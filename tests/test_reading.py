"""One rule at every entrance, whatever the container: missing values, kinds of labels, votes."""

import datetime
import decimal
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from sklearn_ser import Ratings, check_ratings, interop

NAN = float("nan")
LABELS = ["angry", "happy", "sad"]


def read_as_wide(values):
    return Ratings.from_wide([[value] for value in values])


def read_as_long(values):
    frame = pd.DataFrame({"label": pd.Series(list(values), dtype=object)})
    return Ratings.from_long(frame.assign(sample=range(len(frame))), annotator=None)


def read_as_dicts(values):
    return check_ratings([{"E1": (value,)} for value in values])


ENTRANCES = [check_ratings, Ratings.from_labels, read_as_wide, read_as_long, read_as_dicts]

# Missing values ------------------------------------------------------------------------------


@pytest.mark.parametrize("read", ENTRANCES)
@pytest.mark.parametrize(
    "gone", [None, NAN, np.nan, np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT", "s")]
)
@pytest.mark.parametrize("labels", [("sad", "angry"), (2, 0), (True, False), (b"s", b"a")])
def test_missing_values_of_a_list_are_no_labels(read, gone, labels):
    y = read([labels[0], gone, labels[1]])
    assert y.consensus().tolist() == [labels[0], None, labels[1]]
    assert y.labels.tolist() == sorted(labels)


@pytest.mark.parametrize("read", ENTRANCES)
def test_masked_values_of_a_list_are_no_labels(read):
    assert read(["sad", np.ma.masked]).consensus().tolist() == ["sad", None]
    assert read([3, np.ma.masked, 4]).consensus().tolist() == [3, None, 4]


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "objects": lambda v: np.array(v, dtype=object),
    "Series": lambda v: pd.Series(v, dtype=object),
    "Series of text": pd.Series,
    "string": lambda v: pd.Series(v, dtype="string"),
    "python strings": lambda v: pd.Series(v, dtype="string[python]"),
    "array of strings": lambda v: pd.array(v, dtype="string"),
    "category": lambda v: pd.Series(pd.Categorical(v, ["sad", "unused", "angry"])),
    "Index": pd.Index,
    "masked": lambda v: np.ma.array(["?" if x is None else x for x in v], mask=[0, 1, 0]),
    "of numpy's text": lambda v: [None if x is None else np.str_(x) for x in v],
    "column": lambda v: pd.DataFrame({"E1": v}),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_text_is_the_same_in_every_container(name):
    y = check_ratings(CONTAINERS[name](["sad", None, "angry"]))
    assert y.consensus().tolist() == ["sad", None, "angry"]
    assert y.labels.tolist() == ["angry", "sad"]
    assert all(type(label) is str for label in y.labels.tolist())


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float64", "object", "category"])
def test_whole_numbers_are_the_same_in_every_container(dtype):
    y = check_ratings(pd.Series([2, None, 1], dtype=dtype))
    assert y.labels.tolist() == [1, 2]
    assert y.consensus().tolist() == [2, None, 1]


def test_arrow_types_too():
    pytest.importorskip("pyarrow")
    for values, dtype in (
        (["sad", None, "angry"], "string[pyarrow]"),
        ([2, None, 1], "int64[pyarrow]"),
        ([2, None, 1], "double[pyarrow]"),
        ([True, None, False], "bool[pyarrow]"),
    ):
        assert check_ratings(pd.Series(values, dtype=dtype)).consensus().tolist() == values


def test_tables_with_nan_are_those_with_none():
    cells = [["sad", "angry"], ["sad", "sad"], ["happy", "sad"]]
    expected = Ratings.from_wide([["sad", None], ["sad", "sad"], ["happy", "sad"]])
    for gone in (None, NAN, pd.NA, np.ma.masked):
        table = [["sad", gone], *cells[1:]]
        assert check_ratings(table) == expected
        assert check_ratings(tuple(map(tuple, table))) == expected
    masked = np.ma.array(cells, mask=[[0, 1], [0, 0], [0, 0]])
    assert check_ratings(masked) == expected
    assert check_ratings(cells) == check_ratings(np.array(cells)) == Ratings.from_wide(cells)
    for dtype in ("string", "category", object):
        frame = pd.DataFrame([["sad", None], *cells[1:]], dtype=dtype)
        assert check_ratings(frame) == expected


def test_nan_that_numpy_made_text_of_is_refused():
    for values in (np.array(["sad", NAN]), np.array([["sad", "sad"], ["sad", NAN]])):
        with pytest.raises(ValueError, match=r"turned NaN into the text 'nan', in samples 1 of"):
            check_ratings(values)
    # Somebody's own word, in an array that no float was in.
    assert check_ratings(np.array(["nan", "sad"])).labels.tolist() == ["nan", "sad"]


def test_what_has_no_order_is_no_column():
    for values in ("sad", b"sad", {"a": "sad"}, {"sad"}, 5):
        with pytest.raises(TypeError, match="y must be a sequence, got"):
            check_ratings(values)
        with pytest.raises(TypeError, match="labels must be a sequence, got"):
            Ratings.from_labels(values)
    with pytest.raises(ValueError, match=r"labels must have shape \(n,\), got \(1, 2\)"):
        Ratings.from_labels(np.array([["a", "b"]]))
    for table in (["sad", "angry"], [1, 2]):
        with pytest.raises(ValueError, match="no list of cells in rows 0, 1"):
            Ratings.from_wide(table)


# Kinds ---------------------------------------------------------------------------------------

MIXED = [
    ([1, "a"], r"numbers \(such as 1\) in samples 0.* and text \(such as 'a'\) in samples 1"),
    (["a", 1.0], r"numbers \(such as 1.0\) in samples 1.* and text"),
    ([True, "a"], r"booleans \(such as True\) in samples 0.* and text"),
    (
        [True, 1],
        r"booleans \(such as True\) in samples 0.* and numbers \(such as 1\) in samples 1",
    ),
    ([np.bool_(False), np.int64(0), None], r"booleans \(such as False\).* numbers \(such as 0\)"),
    ([b"a", "a"], r"bytes \(such as b'a'\) in samples 0.* and text"),
    (
        [np.str_("a"), np.int64(1)],
        r"numbers \(such as 1\) in samples 1.* and text \(such as 'a'\)",
    ),
    (["a", datetime.date(2020, 1, 1)], r"date objects \(such as datetime.date\(2020, 1, 1\)\)"),
    ([decimal.Decimal(1), "1"], r"numbers \(such as Decimal\('1'\)\) in samples 0.* and text"),
]


@pytest.mark.parametrize("read", ENTRANCES)
@pytest.mark.parametrize(("values", "message"), MIXED)
def test_kinds_of_labels_are_never_mixed(read, values, message):
    with pytest.raises(ValueError, match=f"labels must be of one kind, got .*{message}"):
        read(values)


def test_kinds_stay_apart_where_ratings_meet():
    numbers, text = Ratings.from_labels([0, 1]), Ratings.from_labels(["0", "1"])
    with pytest.raises(ValueError, match=r"numbers \(such as 0\) in samples 0, 1 and text"):
        Ratings.concatenate([numbers, text])
    with pytest.raises(ValueError, match="labels must be of one kind"):
        check_ratings([*np.asarray(numbers), *np.asarray(text)])
    with pytest.raises(ValueError, match=r"labels must be among \[0, 1\], got \['0'\]"):
        numbers.with_consensus(["0", None])
    with pytest.raises(ValueError, match=r"labels must be among \[0, 1\], got \[True\]"):
        numbers.with_consensus([True, None])
    with pytest.raises(ValueError, match=r"labels must be of one kind, got \['a', 1\] as new"):
        numbers.rename({0: "a"})
    with pytest.raises(ValueError, match=r"must be among \[0, 1\], got \['0'\]"):
        numbers.rename({"0": "a"})
    with pytest.raises(ValueError, match=r"labels must be of one kind, got \['0', None\] as new"):
        text.rename({"1": None})
    assert numbers.rename({0: "a", 1: "b"}).labels.tolist() == ["a", "b"]
    assert numbers.with_consensus([1, pd.NA]).consensus().tolist() == [1, None]


def test_the_column_of_another_kind_is_named():
    frame = pd.DataFrame({"E1": ["sad", "angry"] * 3, "age": [30, 31] * 3})
    message = r"numbers \(such as 30\) .* of columns \['age'\] and text .* of columns \['E1'\]"
    with pytest.raises(ValueError, match=message):
        check_ratings(frame)
    with pytest.raises(ValueError, match=r"got \[0.5\] in samples 0, 1, .* of columns \['conf'\]"):
        check_ratings(frame[["E1"]].assign(conf=0.5))


@pytest.mark.parametrize("as_table", [list, np.array, pd.DataFrame])
def test_whole_floats_are_whole_numbers(as_table):
    y = Ratings.from_wide(as_table([[1, 2.0], [2, NAN]]))
    assert y.labels.tolist() == [1, 2]
    for values in ([1, 2.0, 1.0, NAN], [1.0, 2, 1, None]):  # whichever came first
        assert check_ratings(values).labels.dtype.kind == "i"


@pytest.mark.parametrize("read", ENTRANCES)
def test_fractions_and_infinity_are_no_labels(read):
    message = (
        r"Unknown label type: continuous. .* got \[0.5, 1.25\] in samples 1, 3.* .*from_shares"
    )
    with pytest.raises(ValueError, match=message):
        read([1.0, 0.5, None, 1.25])
    for odd in (np.inf, -np.inf, np.float32("inf")):
        with pytest.raises(ValueError, match=r"contains infinity in samples 1.*; it is no label"):
            read([1.0, odd])
    with pytest.raises(ValueError, match="contains infinity in samples 1"):
        read(["a", np.inf])


def test_ids_of_samples_are_shown_where_they_are_known():
    frame = pd.DataFrame({"sample": ["x.wav", "y.wav"], "annotator": "E1", "label": [1, "a"]})
    with pytest.raises(
        ValueError, match=r"in samples x.wav and text \(such as 'a'\) in samples y"
    ):
        Ratings.from_long(frame)
    with pytest.raises(ValueError, match="column 'sample' must name a sample; not in rows 1"):
        Ratings.from_long(frame.assign(sample=["x.wav", None]))


def test_labels_that_are_containers_say_what_to_do():
    for y in (["sad", ("sad", "angry")], pd.Series([("sad",), ("sad", "angry")])):
        with pytest.raises(TypeError, match=r"plain values.* by one rater, see Ratings.from_wide"):
            check_ratings(y)
    for y in ([("sad",), ("sad", "angry")], [["sad", "angry"], ["sad"]]):
        with pytest.raises(
            ValueError, match=r"got \[1, 2\] cells\. Fill up shorter rows with None"
        ):
            check_ratings(y)


# Votes and probabilities ---------------------------------------------------------------------

TABLES = {
    "array": np.asarray,
    "list": lambda table: np.asarray(table).tolist(),
    "objects": lambda table: np.asarray(table).astype(object),
    "DataFrame": pd.DataFrame,
    "DataFrame of objects": lambda table: pd.DataFrame(np.asarray(table).astype(object)),
    "nullable": lambda table: pd.DataFrame(table).convert_dtypes(),
    "masked": np.ma.array,
    "tuples": lambda table: tuple(map(tuple, np.asarray(table).tolist())),
}


@pytest.mark.parametrize("name", TABLES)
def test_votes_and_probabilities_are_refused_in_every_container(name):
    rng = np.random.default_rng(0)
    make = TABLES[name]
    ways_out = r"from_counts .*from_shares .* or Ratings.from_wide"
    probabilities = rng.dirichlet([1, 1, 1], 20)
    message = rf"shape \(20, 3\) holds fractions, in samples 0, 1, .* are no ratings. .*{ways_out}"
    with pytest.raises(ValueError, match=message):
        check_ratings(make(probabilities))
    one_hot = np.eye(3)[rng.integers(0, 3, 20)]
    codes = rng.integers(0, 5, (20, 3))
    for numbers in (codes, one_hot, one_hot.astype(int), one_hot.astype(bool)):
        with pytest.raises(ValueError, match=rf"shape \(20, 3\) is ambiguous as .*{ways_out}"):
            check_ratings(make(numbers))
    assert Ratings.from_wide(make(codes)).labels.tolist() == [0, 1, 2, 3, 4]


def test_dummies_are_votes():
    for dtype in (bool, int, float, "Int64"):
        table = pd.get_dummies(pd.Series(LABELS * 5), dtype=dtype)
        with pytest.raises(ValueError, match=r"Use Ratings.from_counts"):
            check_ratings(table)
        assert Ratings.from_counts(table, table.columns).consensus().tolist() == LABELS * 5


def test_probabilities_are_no_labels_of_raters_either():
    table = pd.DataFrame(np.random.default_rng(0).dirichlet([1, 1, 1], 20), columns=LABELS)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        Ratings.from_wide(table)


def test_numbers_of_one_rater_are_labels():
    assert check_ratings(pd.DataFrame({"E1": [0, 1, NAN]})).consensus().tolist() == [0, 1, None]
    several = pd.DataFrame({"E1": [(0, 1), 1], "E2": [0, None]})
    assert check_ratings(several).counts().tolist() == [[2, 1], [0, 1]]
    empty = pd.DataFrame({"E1": [NAN, NAN], "E2": [NAN, NAN]})
    assert len(check_ratings(empty).values) == 0


# Columns that are no raters ------------------------------------------------------------------

WIDE = pd.DataFrame({"E1": LABELS * 16, "E2": LABELS * 16})


def make_long(n_samples=10, n_raters=3):
    rng = np.random.default_rng(0)
    rows = [
        (f"{i}.wav", f"R{j}", LABELS[rng.integers(3)])
        for i in range(n_samples)
        for j in range(n_raters)
    ]
    return pd.DataFrame(rows, columns=["file", "rater", "emotion"])


@pytest.mark.parametrize(
    "values",
    [
        [f"f{i}.wav" for i in range(48)],
        [None, *(f"f{i}.wav" for i in range(47))],
        [*(f"f{i}.wav" for i in range(46)), "f0.wav", "f1.wav"],
        [f"What was said, part {i}" for i in range(48)],
        range(48),
        pd.date_range("2020", periods=48),
    ],
)
@pytest.mark.parametrize("read", [check_ratings, Ratings.from_wide])
def test_a_column_of_names_is_no_rater(read, values):
    with pytest.raises(ValueError, match=r"every column must be a rater .* columns \['extra'\]"):
        read(WIDE.assign(extra=values))


def test_a_single_rater_beside_files():
    table = pd.DataFrame({"file": [f"{i}.wav" for i in range(20)], "E1": (LABELS * 7)[:20]})
    with pytest.raises(ValueError, match=r"columns \['file'\] occur only once"):
        check_ratings(table)
    assert len(check_ratings(table.set_index("file"))) == 20


def lose(table):
    table = table.copy()
    table.iloc[0, 2] = None
    return table


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table,
        lose,
        lambda table: table.replace({"sad": None}),
        lambda table: table.assign(file=table["file"].str[:-4].astype(int)),
        lambda table: table.astype("category"),
        lambda table: table.assign(more="yes"),
    ],
)
@pytest.mark.parametrize("read", [check_ratings, Ratings.from_wide])
def test_one_row_per_rating_is_recognised_by_rows_that_are_not_perfect(read, change):
    with pytest.raises(ValueError, match=r"\['file', 'rater', 'emotion'.* see Ratings.from_long"):
        read(change(make_long()))


def test_one_row_per_rating_with_numbers_for_names():
    table = make_long()
    table["file"], table["rater"] = np.arange(30) // 3, np.arange(30) % 3
    with pytest.raises(ValueError, match=r"columns \['file', 'rater'\] and text"):
        check_ratings(table)
    table["emotion"] = pd.factorize(table["emotion"])[0]
    with pytest.raises(ValueError, match="ambiguous as ratings"):
        check_ratings(table)


MANY = [f"emotion {i}" for i in range(27)]  # as many categories as GoEmotions has


@pytest.mark.parametrize(
    "table",
    [
        WIDE,
        WIDE[["E1"]],
        WIDE.assign(E3="calm"),
        WIDE.assign(E3="calm", E4="bored"),
        WIDE.assign(E3=["calm", *[None] * 47]),
        WIDE.assign(E3=["calm", "bored", *[None] * 46]),
        WIDE.assign(E3=None),
        WIDE.assign(E3=[*MANY[:9], *[None] * 39]),
        # Raters who never agree, of the same labels.
        pd.DataFrame({name: np.roll(list("abcdefgh") * 2, i) for i, name in enumerate("xyz")}),
        # One who rates a lot, and two who rate one sample each, as nobody else does.
        pd.DataFrame(
            {
                "E1": MANY[:20],
                "E2": ["calm", *[None] * 19],
                "E3": [None, "bored", *[None] * 18],
            }
        ),
        pd.DataFrame({"E1": ["a", "b", "c"], "E2": ["d", "e", "f"], "E3": ["g", "h", "i"]}),
        pd.DataFrame({"E1": ["a"] * 12, "E2": ["b"] * 12, "E3": ["c"] * 12}),
        pd.DataFrame({"E1": MANY}),
        pd.DataFrame({"E1": MANY[:9], "E2": MANY[9:18]}),
    ],
)
def test_whoever_may_be_a_rater_passes(table):
    expected = [
        {name: (cell,) for name, cell in row.items() if cell is not None and cell == cell}
        for row in table.astype(object).to_dict("records")
    ]
    assert [dict(row) for row in check_ratings(table)] == expected


@pytest.mark.parametrize("seed", range(20))
def test_raters_who_agree_as_little_as_chance_pass(seed):
    rng = np.random.default_rng(seed)
    n_samples, n_raters, n_labels = rng.integers(2, [60, 8, 28])
    cells = np.array(MANY, dtype=object)[rng.integers(n_labels, size=(n_samples, n_raters))]
    cells[rng.random(cells.shape) < rng.choice([0, 0.5, 0.8])] = None
    assert len(check_ratings(pd.DataFrame(cells))) == n_samples


# Matrices of codes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "matrix",
    [
        [[0, None], [1, 1]],
        [[0, NAN], [1, 1]],
        [[0, pd.NA], [1, 1]],
        np.array([[0, NAN], [1, 1]]),
        np.array([[0, None], [1, 1]], dtype=object),
        np.ma.array([[0, 7], [1, 1]], mask=[[0, 1], [0, 0]]),
        pd.DataFrame({0: [0, 1], 1: [pd.NA, 1]}),
        pd.DataFrame([[0, None], [1, 1]], dtype="Int64"),
        pd.DataFrame([[0, None], [1, 1]], dtype="Float64"),
    ],
)
def test_codes_are_missing_in_every_way(matrix):
    y = interop.from_matrix(matrix, ["x", "y"])
    assert y.to_wide().to_numpy().tolist() == [["x", None], ["y", "y"]]


def test_codes_that_are_none():
    for odd in ("two", -1, 2, 0.5, np.inf):
        with pytest.raises(ValueError, match="codes must be 0 to 1 or NaN; not for samples 1"):
            interop.from_matrix([[0, 1], [odd, 0]], ["x", "y"])
    with pytest.raises(ValueError, match=r"must have shape \(n_samples, n_annotators\)"):
        interop.from_matrix(np.zeros(3), ["x", "y"])


# The same in every container ----------------------------------------------------------------


def test_text_that_numpy_made_of_nan_is_found_in_rows_of_a_list():
    rows = [np.array(["sad", "sad"]), np.array(["sad", np.nan])]
    with pytest.raises(ValueError, match="NaN into the text 'nan', in samples 1 of an array"):
        check_ratings(rows)
    with pytest.raises(ValueError, match="NaN into the text 'nan', in samples 0, 2 of an array"):
        check_ratings(np.array([["a", np.nan], ["a", "b"], [np.nan, np.nan]]))


@pytest.mark.parametrize("several", [("b", "a"), ["b", "a"], {"b", "a"}, frozenset("ba")])
def test_several_labels_in_a_dict_are_those_in_a_table(several):
    in_dict = check_ratings([{"E1": several}, {"E1": "c"}])
    in_table = check_ratings(pd.DataFrame({"E1": [several, "c"]}))
    assert in_dict == in_table
    ordered = tuple(several) if isinstance(several, (tuple, list)) else ("a", "b")
    assert dict(in_dict[0]) == {"E1": ordered}


def test_arrays_are_no_labels_in_a_dict_either():
    with pytest.raises(TypeError, match="labels and annotators must be plain values"):
        check_ratings([{"E1": np.array(["a", "b"])}])


@pytest.mark.parametrize(
    "rows",
    [
        [Counter(sad=2, angry=1), Counter(sad=3)],
        [{"sad": 2, "angry": 1}],
        [{"sad": 0.0, "angry": 1.0}, {"sad": 1.0, "angry": 0.0}],
        [{"sad": True, "angry": False}],
    ],
)
def test_votes_in_dicts_are_as_ambiguous_as_in_tables(rows):
    message = r"dicts of numbers is ambiguous as ratings: .* tuples .*\{annotator: \(label,\)\}"
    with pytest.raises(ValueError, match=message):
        check_ratings(rows)


def test_whole_numbers_in_dicts_may_be_labels():
    assert check_ratings([{"E1": (2,), "E2": (1,)}]).labels.tolist() == [1, 2]
    assert check_ratings([{"E1": 2}, {"E2": 1}]).labels.tolist() == [1, 2]
    assert check_ratings([{"E1": None, "E2": NAN}, {}]).lengths.tolist() == [0, 0]


def test_a_sparse_table_is_a_table():
    votes = scipy.sparse.csr_array(np.array([[2, 0], [0, 1]]))
    with pytest.raises(ValueError, match=r"y of shape \(2, 2\) is ambiguous as ratings"):
        check_ratings(votes)


FILES = [f"f{i}.wav" for i in range(6)]


@pytest.mark.parametrize(
    "columns",
    [
        {"file": FILES},  # of too few samples to count labels that occur once
        {"file": ["a.wav", "b.wav"] * 3},  # several parts of each
        {"start": [f"{i}s" for i in range(6)], "end": [f"{i}s" for i in range(1, 7)]},
        {"speaker": ["F1", "M1"] * 3},
        {"session": [1, 2] * 3},
    ],
)
def test_columns_about_recordings_are_no_raters(columns):
    said = ["sad", "angry"] * 3
    table = pd.DataFrame({"E1": said, "E2": said} | columns)
    table = pd.concat([table] * 2, ignore_index=True)
    names = ", ".join(map(repr, columns))
    message = rf"every column must be a rater; the columns \[{names}\] describe recordings"
    with pytest.raises(ValueError, match=message):
        check_ratings(table)


def test_raters_may_be_called_speaker_and_listener():
    table = pd.DataFrame({"speaker": ["sad", "angry"] * 6, "listener": ["angry", "happy"] * 6})
    assert check_ratings(table).annotators.tolist() == ["listener", "speaker"]
    assert check_ratings(table[:1]).lengths.tolist() == [2]  # who have no label in common
