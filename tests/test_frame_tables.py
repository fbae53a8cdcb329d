"""Tables of frames: equal samples after a file, and an error wherever a table is not clear."""

import io

import numpy as np
import pandas as pd
import pytest

from sklearn_ser import AlteredSpeaker, Segments, Sequences
from sklearn_ser.features import OpenSmileFunctionals, OpenSmileLLD, SequenceStatistics

IDS = {
    "none": None,
    "rows": range(5),
    "text": ["e.wav", "a.wav", "01", "[1]", "NA"],
    "numbers": [5, 3, 2, 9, 1],
    "sorted numbers": pd.array([0, 1, 2, 3, 4]),
    "parts": [("a", 0.0, 1.5), ("a", 1.5, None), ("b", 0.1, 2), ("c", 0.0, 1.0), ("d", 0.0, 1.0)],
    "channels": [("a", None, None, i) for i in range(5)],
    "dates": pd.date_range("2020-01-01", periods=5),
    "fractions": [0.5, 1.5, 2.5, 3.5, 4.5],
}
SPEAKERS = {
    "none": None,
    "text": ["F", "M", None, "01", "M"],
    "numbers": [1, 2, None, 1, 2],
    "unknown": [None] * 5,
    "altered": [AlteredSpeaker("F", "faster"), "F", None, "G", AlteredSpeaker("G", "slower")],
    "altered numbers": [AlteredSpeaker(3, "faster"), 3, None, 4, 4],
}
LENGTHS = {
    "frames": [3, 0, 2, 1, 4],
    "vectors": [1, 1, 0, 1, 1],
    "nothing": [0] * 5,
}


def make(lengths=(3, 0, 2, 1, 4), *, ids=None, frame_step=0.01, **columns):
    rng = np.random.default_rng(len(lengths))
    arrays = [rng.normal(size=(n, 2)) for n in lengths]
    return Sequences.from_arrays(arrays, frame_step=frame_step, **columns).with_ids(ids)


def through_parquet(table, path, **options):
    pytest.importorskip("pyarrow")
    table.to_parquet(path / "table.parquet")
    return pd.read_parquet(path / "table.parquet", **options)


def assert_the_same(found, X):
    assert found == X
    assert found.values.tobytes() == X.values.tobytes()
    assert found.frame_step == X.frame_step
    assert (found.ids is None) == (X.ids is None)
    if X.ids is not None:
        assert list(found.ids) == list(X.ids)
        assert (found.ids.kind, found.ids.is_range) == (X.ids.kind, X.ids.is_range)
    for column, known in ((found.speaker, X.speaker), (found.session, X.session)):
        if known is not None:
            assert [(type(a), str(a)) for a in column] == [(type(a), str(a)) for a in known]


def assert_it_comes_back(X, path):
    table = X.to_dataframe()
    read = through_parquet(table, path)
    nullable = through_parquet(table, path, dtype_backend="numpy_nullable")
    flat = through_parquet(table.reset_index(), path)
    for again in (table, read, nullable, flat):
        assert_the_same(Sequences.from_dataframe(again), X)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("speakers", SPEAKERS)
def test_a_table_comes_back_as_the_same_samples(lengths, speakers, tmp_path):
    for ids in IDS.values():
        X = make(
            LENGTHS[lengths],
            ids=ids,
            speaker=SPEAKERS[speakers],
            session=None if speakers == "none" else ["1", "1", "2", None, "2"],
        )
        assert_it_comes_back(X, tmp_path)


@pytest.mark.parametrize("frame_step", [None, 1 / 60])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_with_other_frame_steps_too(frame_step, lengths, tmp_path):
    for ids in IDS.values():
        X = make(LENGTHS[lengths], ids=ids, frame_step=frame_step, speaker=SPEAKERS["text"])
        assert_it_comes_back(X, tmp_path)


def test_every_bit_of_the_values_is_kept(tmp_path):
    odd = np.array([[0.1, -0.0], [1e-45, 3e38], [np.pi, -1 / 3]], dtype=np.float32)
    X = Sequences(odd, [0, 2, 3])
    assert_the_same(Sequences.from_dataframe(through_parquet(X.to_dataframe(), tmp_path)), X)
    text = io.StringIO(X.to_dataframe().to_csv())
    assert_the_same(Sequences.from_dataframe(pd.read_csv(text)), X)


def test_random_samples_come_back(tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(30):
        n = rng.integers(1, 7)
        X = make(
            rng.integers(0, rng.integers(2, 5), n),
            ids=[None, [f"f{i}" for i in rng.permutation(n)]][rng.integers(2)],
            frame_step=[None, rng.uniform(1e-4, 2)][rng.integers(2)],
            speaker=[None, rng.choice(["F", "M"], n)][rng.integers(2)],
        )
        assert_the_same(Sequences.from_dataframe(through_parquet(X.to_dataframe(), tmp_path)), X)
        part = X[rng.permutation(n)[: n // 2]]
        assert_the_same(Sequences.from_dataframe(part.to_dataframe()), part)


def test_the_table_is_that_of_a_loop():
    X = make(ids=list("zyxwv"), speaker=list("FMFMF"), session=[1, 1, 2, 2, 2])
    rows = []
    for i, name in enumerate("zyxwv"):
        for (start, end), (a, b) in zip(X.times(i), X[i], strict=True):
            rows.append((name, start, end, X.speaker[i], X.session[i], a, b))
        if len(X[i]) == 0:
            rows.append((name, None, None, X.speaker[i], X.session[i], None, None))
    names = ["id", "start", "end", "speaker", "session", "pitch", "loudness"]
    expected = pd.DataFrame(rows, columns=names)
    found = X.to_dataframe(["pitch", "loudness"])
    assert list(found.index.names) == ["id", "start", "end"]
    assert (found.dtypes[["pitch", "loudness"]] == np.float32).all()
    pd.testing.assert_frame_equal(found.reset_index(), expected, check_dtype=False)


def test_frames_without_times_are_numbered():
    table = make((2, 0, 1), frame_step=None).to_dataframe()
    assert list(table.index.names) == ["sample", "frame"]
    assert table.index.get_level_values("sample").tolist() == [0, 0, 1, 2]
    frames = table.index.get_level_values("frame")
    assert frames.isna().tolist() == [False, False, True, False]
    assert frames[[0, 1, 3]].tolist() == [0, 1, 0]


def test_vectors_have_one_row_per_sample():
    rng = np.random.default_rng(0)
    signals = [0.1 * rng.standard_normal(8000) for _ in range(2)]
    functionals = OpenSmileFunctionals("eGeMAPSv02").fit(signals)
    X = functionals.transform(pd.DataFrame({"signal": signals}, index=["a", "b"]))
    table = X.to_dataframe(functionals.get_feature_names_out())
    assert table.index.tolist() == ["a", "b"]
    assert table.index.name == "id"
    assert table.columns.tolist() == functionals.get_feature_names_out().tolist()
    np.testing.assert_array_equal(table, SequenceStatistics().fit_transform(X))
    assert_the_same(Sequences.from_dataframe(table), X)


def test_extracted_frames_have_names_and_times(tmp_path):
    signals = [0.1 * np.random.default_rng(0).standard_normal(n) for n in (8000, 4000)]
    extractor = OpenSmileLLD()
    X = extractor.fit_transform(signals)
    table = X.to_dataframe(extractor.get_feature_names_out())
    assert len(table) == len(X.values)
    assert table.loc[1].index.tolist() == [tuple(row) for row in X.times(1)]
    assert_the_same(Sequences.from_dataframe(through_parquet(table, tmp_path)), X)


def test_the_table_is_a_copy():
    X = make()
    before = X.values.copy()
    table = X.to_dataframe()
    table.iloc[:, :] = 0
    np.testing.assert_array_equal(X.values, before)


def test_the_empty_table(tmp_path):
    X = make(ids=list("abcde"))[:0]
    found = Sequences.from_dataframe(through_parquet(X.to_dataframe(), tmp_path))
    assert (found, found.frame_step) == (X, 0.01)


def test_segments_are_tables_of_their_frames():
    X = Segments(np.arange(20.0).reshape(10, 2), [0, 6, 10], segment_length=3, segment_step=2)
    table = X.to_dataframe()
    assert Segments.from_dataframe(table, segment_length=3, segment_step=2) == X
    assert type(Sequences.from_dataframe(table)) is Sequences
    with pytest.raises(ValueError, match="needs segment_step: a table holds frames, and not how"):
        Segments.from_dataframe(table, segment_length=3)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["a"], "columns must name every feature: 2, got 1 names"),
        ("ab", "columns must name every feature: 2, got 1 names"),
        (["a", "a"], "names of columns must differ; repeated: a"),
        (["a", "speaker"], r"must have other names than \['speaker'\]"),
        (["id", "end"], r"must have other names than \['id', 'end'\]"),
        (["a", "id_3"], r"must have other names than \['id_3'\]"),
        (["index", "a"], r"must have other names than \['index'\]"),
    ],
)
def test_names_of_features(columns, message):
    with pytest.raises(ValueError, match=message):
        make().to_dataframe(columns)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b", "a", "b", "c"], "those of samples 0, 1, 2, 3 are repeated"),
        (["a", None, "b", "c", "d"], "those of samples 1 are missing; X.with_ids"),
        ([(1, 2), (1,), (2,), (3,), (4,)], "same number of parts, got tuples of 1, 2"),
        ([(1, None)] * 2 + [(2, 0), (3, 0), (4, 0)], "those of samples 0, 1 are repeated"),
    ],
)
def test_ids_that_name_no_sample(ids, message):
    with pytest.raises(ValueError, match=message):
        make(ids=ids).to_dataframe()


def test_repeated_samples_can_be_numbered():
    X = make(ids=list("abcde"))[[2, 2]]
    assert Sequences.from_dataframe(X.with_ids(None).to_dataframe()) == X


X = make((3, 0, 2), ids=["z", "a", "m"], speaker=["F", "M", None])
TABLE = X.to_dataframe()
FLAT = TABLE.reset_index()


def test_a_part_of_a_table():
    names = TABLE.index.get_level_values("id")
    assert_the_same(Sequences.from_dataframe(TABLE[names != "z"]), X[1:])
    assert_the_same(Sequences.from_dataframe(TABLE[names == "m"]), X[2:])
    shorter = Sequences.from_dataframe(TABLE.iloc[:-1])
    assert shorter.lengths.tolist() == [3, 0, 1]
    np.testing.assert_array_equal(shorter.values, X.values[:-1])
    assert Sequences.from_dataframe(TABLE.drop(columns="speaker")).speaker is None
    np.testing.assert_array_equal(Sequences.from_dataframe(TABLE[["1"]]).values, X.values[:, 1:])
    numbered = X.with_ids(None).to_dataframe()
    rest = numbered[numbered.index.get_level_values("sample") > 0]
    assert list(Sequences.from_dataframe(rest).ids) == [1, 2]


def test_a_table_of_means():
    means = TABLE.groupby("id", sort=False)[["0", "1"]].mean()
    found = Sequences.from_dataframe(means)
    assert found.lengths.tolist() == [1, 0, 1]
    assert found.frame_step is None
    np.testing.assert_allclose(found.values, [X[0].mean(axis=0), X[2].mean(axis=0)], rtol=1e-6)


def test_notes_on_a_table_are_not_trusted():
    table = TABLE.copy()
    table.attrs["frame_step"] = 9.0
    assert_the_same(Sequences.from_dataframe(table), X)
    table.attrs.clear()
    assert_the_same(Sequences.from_dataframe(table), X)


def test_other_types_of_the_same_columns():
    typed = FLAT.astype({"id": "category", "speaker": "category", "0": np.float64})
    assert_the_same(Sequences.from_dataframe(typed), X)
    whole = Sequences(np.arange(4.0).reshape(2, 2), [0, 1, 2]).to_dataframe().astype(int)
    assert Sequences.from_dataframe(whole).values.tolist() == [[0, 1], [2, 3]]
    rounded = FLAT.assign(start=FLAT["start"].round(3), end=FLAT["end"].astype(np.float32))
    assert Sequences.from_dataframe(rounded).frame_step == pytest.approx(0.01, rel=1e-6)


GAPS = "must follow each other, every 0.01 s from 0, without gaps or repetitions; not for samples "
WHICH = "must say which sample each row is of"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.iloc[1:], GAPS + r"'z'\."),
        (TABLE.iloc[[0, 2, 3, 4, 5]], GAPS + r"'z'\."),
        (TABLE.iloc[[0, 0, 1, 2, 3]], GAPS + r"'z'\."),
        (TABLE.iloc[::-1], GAPS + r"'m', 'z'|" + GAPS + "'z', 'm'"),
        (TABLE.iloc[[0, 1, 2, 3, 3, 4, 5]], GAPS + r"'a'\."),
        (TABLE.iloc[::2], GAPS + r"'z'\."),
        (pd.concat([TABLE, TABLE]), r"rows of a sample must be together; not for samples 'z'"),
        (TABLE.sort_values("start"), r"must be together; not for samples 'z'"),
        (
            pd.concat([TABLE, make((2,), ids=["q"], frame_step=0.02).to_dataframe()]),
            GAPS + r"'q'\.",
        ),
        (
            pd.concat([FLAT, make((2,)).to_dataframe().reset_index()]).drop(columns="id"),
            "sample must be integers, got float64; use 'id' for ids",
        ),
        (pd.concat([FLAT, make((2,)).to_dataframe().reset_index()]), WHICH),
        (FLAT.drop(columns="id"), WHICH + r".*; got \[\]\."),
        (TABLE.reset_index(drop=True), WHICH + r".*; got \[\]\."),
        (FLAT.rename(columns={"id": "id_1"}), WHICH + r".*; got \['id_1'\]\."),
        (FLAT.assign(sample=1), WHICH + r".*; got \['id', 'sample'\]\."),
        (FLAT.rename(columns={"id": "row"}), "row must be integers, got .*; use 'id' for ids"),
        (FLAT.assign(id=["z", "z", None, "a", "m", "m"]), r"id must not be missing.* rows 2\."),
        (FLAT.drop(columns="start"), r"either 'frame' or 'start' and 'end', got \['end'\]"),
        (FLAT.assign(frame=1), r"got \['frame', 'start', 'end'\]"),
        (FLAT.drop(columns=["start", "end"]), "must have one row per sample; not for .* 'z', 'm'"),
        (
            FLAT.assign(start=pd.to_timedelta(FLAT["start"], unit="s")),
            "start must be a number of seconds, got timedelta64",
        ),
        (
            FLAT.drop(columns=["start", "end"]).assign(frame="1st"),
            "frame must be a number, got",
        ),
        (
            FLAT.drop(columns=["start", "end"]).assign(frame=[1, 2, 3, 1, 1, 2]),
            "numbered from 0, without gaps or repetitions; not for samples 'z', 'a', 'm'",
        ),
        (FLAT.assign(end=np.inf), "every inf s from 0"),
        (FLAT.assign(start=-FLAT["start"], end=-FLAT["end"]), "frame_step must be a positive"),
        (FLAT.assign(start=np.nan), "without gaps or repetitions; not for samples 'z', 'm'"),
        (FLAT.assign(start=np.nan, end=np.nan), "without gaps or repetitions"),
        (
            FLAT[FLAT["id"] == "a"].assign(**{"0": 1.0, "1": 2.0}),
            "rows with features must say which frame they are; not for samples 'a'",
        ),
        (TABLE.assign(word="yes"), r"must be columns of numbers; not columns 'word' \("),
        (TABLE.assign(is_test=True), r"not columns 'is_test' \(bool\)"),
        (TABLE.assign(z=1j), r"not columns 'z' \(complex128\)"),
        (TABLE[["speaker"]], "the table has no columns of features"),
        (TABLE[["1", "0"]], "must be in the order of their numbers, got 1, 0"),
        (FLAT.reset_index(), "columns 'index' are an index that pandas wrote"),
        (pd.read_csv(io.StringIO(FLAT.to_csv())), "columns 'Unnamed: 0' are an index"),
        (TABLE.rename(columns={"1": "0"}), "names of columns must differ; repeated: 0"),
        (FLAT.set_index("id", drop=False), "names of columns must differ; repeated: id"),
        (
            TABLE.assign(**{"1": TABLE["1"].where(np.arange(6) != 4)}),
            r"they are missing in columns '1' of samples 'm'\.",
        ),
        (FLAT.assign(speaker=list("FFGMXX")), "must have one speaker; not for samples 'z'"),
        (FLAT.assign(speaker=["F", "F", None, "M", "X", "X"]), "one speaker; not for samples 'z'"),
        (FLAT.assign(session=[1, 1, 1, 1, 1, 2]), "must have one session; not for samples 'm'"),
        (FLAT.assign(voice=list("abcabc")), "must have one voice; not for samples 'z', 'm'"),
        (
            FLAT.drop(columns="speaker").assign(voice="slow"),
            "with a column 'voice' must have a column 'speaker'",
        ),
    ],
)
def test_a_table_that_is_not_clear(table, message):
    with pytest.raises(ValueError, match=message):
        Sequences.from_dataframe(table)


def test_a_vector_that_lacks_a_value():
    table = make((1, 1, 0), ids=["a", "b", "c"], frame_step=None).to_dataframe()
    table.loc["b", "1"] = np.nan
    with pytest.raises(ValueError, match=r"missing in columns '1' of samples 'b'\."):
        Sequences.from_dataframe(table)


def test_only_tables_are_tables():
    with pytest.raises(TypeError, match="frame must be a DataFrame, got ndarray"):
        Sequences.from_dataframe(np.zeros((2, 2)))


def test_messages_stay_short():
    table = make([2] * 1000).to_dataframe()
    with pytest.raises(ValueError, match="9 and 990 more") as caught:
        Sequences.from_dataframe(table.iloc[1::2])
    assert len(str(caught.value)) < 300
