"""Cases of tables: rows out of order, and columns of every type that pandas and arrow have."""

import math
import warnings

import numpy as np
import pandas as pd

from sklearn_ser import Ratings, Sequences, check_ratings
from sklearn_ser.features import FramePooler

LABELS = ["anger", "happiness", "neutral", "sadness", "other"]
N_MOST = 12


def _name(kind, number):
    """One sample's id, in one of the forms that users have."""
    return {
        "text": f"wav/{number:03d}.wav",
        "tuple": (f"wav/{number // 3:03d}.wav", number % 3 / 2, None),
        "integer": 10 + number,
        "stem": f"{number:03d}",
    }[kind]


def _ids(rng, numbers):
    kind = ["text", "text", "tuple", "integer", "integer", "stem", "range", "none"][
        rng.integers(8)
    ]
    if kind == "none":
        return kind, None
    if kind == "range":
        return kind, pd.RangeIndex(len(numbers))
    return kind, [_name(kind, number) for number in numbers]


def _expect(X_kind, X_ids, y_kind, y_ids):
    """Return "error", "warning" or "silence", by the rule as it is documented."""
    if "none" in (X_kind, y_kind):
        return "silence"
    if len(X_ids) != len(y_ids):
        return "error"
    text = {"text", "stem"}
    numbers = {"integer", "range"}
    same_kind = X_kind == y_kind or {X_kind, y_kind} <= text or {X_kind, y_kind} <= numbers
    pairs = list(zip(X_ids, y_ids, strict=True))
    if not same_kind or all(a == b for a, b in pairs):
        return "silence"
    if {X_kind, y_kind} <= numbers:
        ranges = [
            list(ids) == list(range(len(ids))) or kind == "range"
            for kind, ids in ((X_kind, X_ids), (y_kind, y_ids))
        ]
        if all(ranges):
            return "silence"
        if sorted(X_ids) == sorted(y_ids):
            return "error"
        if not ranges[0] and len({a - b for a, b in pairs}) == 1:
            return "silence"  # the same rows, which y numbers from elsewhere
        return "warning" if ranges[0] != ranges[1] or set(X_ids) & set(y_ids) else "silence"
    return "error" if set(X_ids) & set(y_ids) else "warning"


def order(rng, folder):
    """X and y of the same samples, or of some of them, in the same order or in another."""
    n = int(rng.integers(1, N_MOST))
    numbers = rng.permutation(N_MOST)[:n]
    kind = rng.integers(4)
    if kind == 0:
        others = numbers
    elif kind == 1:
        others = rng.permutation(numbers)
    elif kind == 2:
        others = rng.permutation(N_MOST)[:n]
    else:
        others = rng.choice(N_MOST, n)
    X_kind, X_ids = _ids(rng, numbers)
    y_kind, y_ids = (X_kind, None) if rng.random() < 0.6 else _ids(rng, others)
    if y_ids is None and y_kind != "none":
        y_ids = pd.RangeIndex(n) if y_kind == "range" else [_name(y_kind, k) for k in others]
    X = Sequences.from_arrays([[[float(number)]] for number in numbers]).with_ids(X_ids)
    y = Ratings.from_labels([f"said of {number}" for number in others]).with_ids(y_ids)

    expected = _expect(X_kind, X_ids, y_kind, y_ids)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            FramePooler(1).fit(X, y)
            found = "warning" if caught else "silence"
        except ValueError as error:
            assert "y.reindex(" in str(error), error
            found = "error"
    assert found == expected, (found, expected, X_kind, X_ids, y_kind, y_ids)

    if X_kind == y_kind and X_kind not in ("none", "range") and len(set(others)) == n:
        with warnings.catch_warnings():
            # Nothing may be in common.
            warnings.filterwarnings("ignore", "no sample of these ratings is among ids")
            joined = y.reindex(X, allow_dropped=True)
        said = [f"said of {number}" if number in others else None for number in numbers]
        assert joined.consensus().tolist() == said
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            FramePooler(1).fit(X, joined)
    return found == "silence"


def _missing(rng):
    return [None, math.nan, pd.NA, pd.NaT, np.float64("nan")][rng.integers(5)]


def _as_text(rng, column):
    """Return texts, of which None is missing, in a type of pandas or arrow."""
    dtype = [
        object,
        "string[python]",
        "string[pyarrow]",
        "str",
        "category",
        pd.ArrowDtype(_arrow("string")),
        pd.ArrowDtype(_arrow("large_string")),
    ][rng.integers(7)]
    if dtype is object:
        column = [_missing(rng) if value is None else value for value in column]
        if rng.random() < 0.3:
            column = [np.str_(v) if isinstance(v, str) else v for v in column]
    return pd.Series(column, dtype=dtype)


def _as_numbers(rng, column):
    """Return codes, of which None is missing, in a type of numbers of pandas or arrow."""
    types = ["Int64", "Int8", "Float64", "UInt16", "int16[pyarrow]", "double[pyarrow]", object]
    dtype = [*types, "float64"][rng.integers(8)]
    if dtype is object:
        column = [_missing(rng) if value is None else value for value in column]
    return pd.Series(column, dtype=dtype)


def _arrow(name):
    import pyarrow

    return getattr(pyarrow, name)()


def dtypes(rng, folder):
    """The same answers in columns of any type are the same ratings."""
    n, k = int(rng.integers(1, N_MOST)), int(rng.integers(1, 5))
    text = rng.random() < 0.7
    values = LABELS if text else [0, 1, 2, 3]
    said = [
        [None if rng.random() < 0.3 else values[rng.integers(len(values))] for _ in range(k)]
        for _ in range(n)
    ]
    convert = _as_text if text else _as_numbers
    columns = {f"E{j}": convert(rng, [row[j] for row in said]) for j in range(k)}
    form = rng.integers(3)
    if form == 0:
        found = Ratings.from_wide(pd.DataFrame(columns))
    elif form == 1:
        rows = [
            (f"s{i}", f"E{j}", said[i][j])
            for i, j in np.array(list(np.ndindex(n, k)))[rng.permutation(n * k)]
        ]
        clips, raters, labels = (list(column) for column in zip(*rows, strict=True))
        long = {"sample": _as_text(rng, clips), "annotator": _as_text(rng, raters)}
        long["label"] = convert(rng, labels)
        samples = [f"s{i}" for i in range(n)]
        found = Ratings.from_long(pd.DataFrame(long), samples=samples)
    else:
        said = [row[:1] for row in said]
        column = columns["E0"]
        forms = [column, column.tolist(), pd.Index(column), column.to_numpy(dtype=object)]
        found = check_ratings(forms[rng.integers(4)])
    assert set(found.labels.tolist()) == {v for row in said for v in row if v is not None}
    assert all(isinstance(v, str if text else (int, float)) for v in found.labels.tolist())
    counts = found.counts(values)
    assert counts.tolist() == [[row.count(value) for value in values] for row in said], found
    if form != 2:
        names = set(found.annotators.tolist())
        rated = {f"E{j}" for row in said for j, value in enumerate(row) if value is not None}
        assert rated <= names <= set(columns)
        for name in rated:
            mine = found.select(name).consensus().tolist()
            assert mine == [row[int(name[1:])] for row in said]
    return bool(counts.sum())
