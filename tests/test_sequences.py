import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import _safe_indexing

from sklearn_ser import Sequences, check_sequences
from sklearn_ser.speech._check import validate_sequences


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, 3)).astype(np.float32) for n in (4, 1, 7, 2, 5, 3)]


@pytest.fixture
def X(arrays):
    speaker = ["F1", "M1", None, "M1", np.nan, "F2"]
    return Sequences.from_arrays(arrays, speaker=speaker, session=[1, 1, 1, 2, 2, 2])


ROWS = [
    slice(1, 4),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(4, 2),
    [0, 3, 3, -1],
    np.array([5, 0], dtype=np.int32),
    [True, False, True, False, False, True],
    [],
]


@pytest.mark.parametrize("rows", ROWS, ids=str)
@pytest.mark.parametrize("dots", [False, True])
def test_rows_are_those_of_a_list(X, arrays, rows, dots):
    taken = X[rows, ...] if dots else X[rows]
    which = np.arange(len(arrays))[rows if len(np.atleast_1d(rows)) else slice(0)]
    assert isinstance(taken, Sequences)
    assert taken.shape == (len(which),)
    assert len(taken) == len(which)
    for got, i in zip(taken, which, strict=True):
        np.testing.assert_array_equal(got, arrays[i])
    assert taken.speaker.tolist() == [X.speaker[i] for i in which]
    assert taken.session.tolist() == [X.session[i] for i in which]


def test_a_sample_and_a_slice_are_views(X, arrays):
    assert np.shares_memory(X[2], X.values)
    np.testing.assert_array_equal(X[-1], arrays[-1])
    assert np.shares_memory(X[1:4].values, X.values)
    assert not np.shares_memory(X[[1, 2, 3]].values, X.values)


def test_missing_speakers_are_none(X):
    assert X.speaker.tolist() == ["F1", "M1", None, "M1", None, "F2"]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (6, "sample 6 is out of range for 6 samples"),
        ([0, 6], "out of bounds"),
        ([True, False], "one entry per sample: 6, got shape"),
        ((0, 1), "rows alone, or by rows and"),
        ("a", "integer"),
    ],
)
def test_wrong_rows_are_refused(X, key, message):
    with pytest.raises(IndexError, match=message):
        X[key]


def test_numpy_and_scikit_learn_see_one_object_per_sample(X, arrays):
    as_array = np.asarray(X)
    assert as_array.shape == (6,)
    assert as_array.dtype == object
    np.testing.assert_array_equal(as_array[2], arrays[2])
    assert _safe_indexing(X, np.array([1, 2])) == X[[1, 2]]
    with pytest.raises(TypeError, match="can only become an array of objects"):
        np.asarray(X, dtype=float)


def test_equality_compares_frames_offsets_and_speakers(X, arrays):
    assert X == Sequences.from_arrays(arrays, speaker=X.speaker, session=X.session)
    assert X != Sequences.from_arrays(arrays)
    other = X.with_values(X.values + 1)
    assert X != other
    assert X != Sequences(X.values, [0, 1, 5, 12, 14, 19, 22], X.speaker, X.session)
    assert pickle.loads(pickle.dumps(X)) == X


def test_concatenate_inverts_slicing(X):
    assert Sequences.concatenate([X[:2], X[2:]]) == X
    joined = Sequences.concatenate([X[:1], Sequences.from_arrays([np.zeros((2, 3))])])
    assert joined.speaker.tolist() == ["F1", None]
    with pytest.raises(ValueError, match=r"the same number of features, got \[2, 3\]"):
        Sequences.concatenate([X, Sequences.from_arrays([np.zeros((2, 2))])])


@pytest.mark.parametrize("mmap_mode", ["r", "c", None])
def test_a_saved_file_comes_back(X, tmp_path, mmap_mode):
    path = tmp_path / "frames"
    X.save(path)
    opened = Sequences.load(path, mmap_mode)
    assert opened == X
    assert isinstance(opened.values, np.memmap) == (mmap_mode is not None)
    assert opened.values.ctypes.data % 64 == 0 or mmap_mode is None
    assert opened[[4, 0]] == X[[4, 0]]
    assert os.listdir(tmp_path) == ["frames"]


def test_a_damaged_or_foreign_file_is_refused(X, tmp_path):
    path = tmp_path / "frames"
    X.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(ValueError, match="frames' is damaged"):
        Sequences.load(path)
    with pytest.raises(ValueError, match="frames' is damaged"):
        Sequences.load(path, None)
    path.write_bytes(b"RIFF" + whole)
    with pytest.raises(ValueError, match=r"frames' is not a file written by Sequences\.save"):
        Sequences.load(path)


def test_a_save_that_fails_leaves_the_old_file(X, tmp_path):
    path = tmp_path / "frames"
    X.save(path)
    unserialisable = Sequences(X.values, X.offsets, speaker=[object()] * 6)
    with pytest.raises(TypeError, match="cannot be written"):
        unserialisable.save(path)
    assert Sequences.load(path) == X


def test_speakers_may_be_numbers_of_numpy(tmp_path):
    X = Sequences(np.zeros((3, 2)), [0, 1, 3], speaker=np.arange(2), session=[np.float32(1), None])
    X.save(tmp_path / "frames")
    assert Sequences.load(tmp_path / "frames") == X


@pytest.mark.posix
def test_a_killed_save_leaves_the_old_file(X, tmp_path):
    path = tmp_path / "frames"
    X.save(path)
    program = (
        "import os, signal, sys, numpy as np\n"
        "from sklearn_ser import Sequences\n"
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Sequences.from_arrays([np.zeros((5, 2))]).save(sys.argv[1])\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -9
    assert Sequences.load(path) == X


@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        lambda arrays: np.asarray(Sequences.from_arrays(arrays)),
        lambda arrays: [array.tolist() for array in arrays],
        lambda arrays: [array.astype(np.float64) for array in arrays],
    ],
)
def test_ragged_forms_are_accepted(arrays, make):
    assert check_sequences(make(arrays)) == Sequences.from_arrays(arrays)


def test_arrays_are_accepted():
    block = np.random.default_rng(0).normal(size=(4, 6, 3))
    X = check_sequences(block)
    assert X.lengths.tolist() == [6] * 4
    table = check_sequences(block[:, 0])
    assert table.lengths.tolist() == [1] * 4
    assert check_sequences(pd.DataFrame(block[:, 0])) == table
    assert check_sequences(block[:, 0].tolist()) == table
    same = check_sequences(X)
    assert same is X


def _with(arrays, i, value):
    arrays = [array.copy() for array in arrays]
    arrays[i][0, 0] = value
    return arrays


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a: _with(_with(a, 1, np.nan), 4, np.inf), r"NaN or infinity in samples 1 .*, 4 "),
        (lambda a: [*a, np.zeros((0, 3))], "at least one frame; not for samples 6"),
        (
            lambda a: [*a, np.zeros((2, 4)), np.zeros((1, 2))],
            r"most have 3, but not samples 6 \(4\), 7 ",
        ),
        (lambda a: [*a, np.zeros(3)], r"not for samples 6 \(shape \(3,\)\)"),
        (lambda a: [], "0 sample"),
        (lambda a: Sequences.from_arrays(a)[:0], r"0 sample\(s\)"),
        (lambda a: [np.zeros((4, 0))], "0 feature"),
    ],
)
def test_invalid_samples_are_named(arrays, spoil, message):
    with pytest.raises(ValueError, match=message):
        check_sequences(spoil(arrays))


@pytest.mark.parametrize(
    ("offsets", "values"), [([0, 3, 2, 5], 5), ([1, 5], 5), ([0, 4], 5), ([[0, 5]], 5), ([], 0)]
)
def test_offsets_must_cut_all_frames(offsets, values):
    with pytest.raises(ValueError, match="offsets must rise from 0 to the number of values"):
        Sequences(np.zeros((values, 2)), offsets)


def test_one_speaker_per_sample(arrays):
    with pytest.raises(ValueError, match="speaker must have one value per sample: 6, got 2"):
        Sequences.from_arrays(arrays, speaker=["a", "b"])


def test_estimators_enforce_the_number_of_features(X):
    class Model:
        pass

    model = Model()
    validate_sequences(model, X, reset=True)
    assert model.n_features_in_ == 3
    with pytest.raises(ValueError, match="X has 2 features, but Model is expecting 3"):
        validate_sequences(model, [np.zeros((2, 2))], reset=False)


def test_an_array_without_a_copy_is_refused(X):
    with pytest.raises(ValueError, match="Sequences cannot become an array without a copy"):
        X.__array__(copy=False)
    assert X.__array__(copy=True).shape == (len(X),)
