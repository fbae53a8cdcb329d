"""Results come out of a cache as they went in, or are computed again."""

import copy
import logging
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sklearn_ser.features import SegmentLogMel
from sklearn_ser.utils._cache import compute_cached, is_cached, open_cache
from sklearn_ser.utils._sealed import seal, unseal

KEY = ("key",)
FRAMES = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
RESULTS = {
    "frames": FRAMES,
    "order": np.asfortranarray(FRAMES),
    "cut": FRAMES[::2, 1:],
    "empty": np.zeros((0, 4), np.float32),
    "number": np.array(3.5),
    "big-endian": FRAMES.astype(">f4"),
    "objects": np.array(["a", None, ("b", 1)], dtype=object),
    "records": np.zeros(3, [("a", "i4"), ("b", "f8")]),
    "times": np.array(["2020-01-01"], "M8[s]"),
    "nested": {"a": [FRAMES, FRAMES], "b": (None, "text", 3.5)},
    "nothing": None,
    "table": pd.DataFrame({"a": FRAMES[:, 0], "b": list("xyz") * 10}),
    "model": LogisticRegression().fit(FRAMES, [0, 1] * 15),
}


def get_stored(cache):
    def fail():
        raise AssertionError("computed again")

    return compute_cached(cache, KEY, fail)


def find_entry(folder):
    (entry,) = folder.rglob("output.pkl")
    return entry


def flip(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("options", [{}, {"compress": True}, {"mmap_mode": "r"}])
def test_results_come_out_as_they_went_in(name, options, tmp_path):
    result = RESULTS[name]
    cache = open_cache(joblib.Memory(tmp_path, verbose=0, **options))
    assert compute_cached(cache, KEY, lambda: result) is result
    found = get_stored(cache)
    assert type(found) is type(result)
    if isinstance(result, np.ndarray):
        np.testing.assert_array_equal(found, result, strict=True)
        assert found.flags.f_contiguous == copy.deepcopy(result).flags.f_contiguous
    else:
        assert joblib.hash(found) == joblib.hash(copy.deepcopy(result))
    if name == "frames" and "compress" not in options:
        assert found.flags.writeable == (not options)


def test_a_flipped_bit_in_an_array_is_found(tmp_path):
    """The bytes of the array are in the file as they are in memory."""
    cache = open_cache(tmp_path)
    compute_cached(cache, KEY, lambda: FRAMES)
    entry = find_entry(tmp_path)
    whole = entry.read_bytes()
    start = whole.index(FRAMES.tobytes())
    for place in (0, 1000, FRAMES.nbytes * 8 - 1):
        entry.write_bytes(flip(whole, 8 * start + place))
        with pytest.warns(UserWarning, match=r"^a result in the cache '.*' is damaged, and is co"):
            np.testing.assert_array_equal(compute_cached(cache, KEY, FRAMES.copy), FRAMES)
        # The new result has replaced it.
        assert is_cached(cache, KEY)
        np.testing.assert_array_equal(get_stored(cache), FRAMES)


def test_no_flipped_bit_comes_out_as_data(tmp_path, caplog):
    """joblib logs errors of the pickle; whatever it can unpickle is compared."""
    result = {"a": (1, "text"), "frames": FRAMES[:2]}
    caplog.set_level(logging.CRITICAL)
    cache = open_cache(tmp_path)
    compute_cached(cache, KEY, lambda: result)
    whole = find_entry(tmp_path).read_bytes()
    expected, n_computed = joblib.hash(result), 0

    def compute_again():
        nonlocal n_computed
        n_computed += 1
        return result

    bits = range(0, 8 * len(whole), 11)  # every bit of eight bytes in turn
    for bit in bits:
        find_entry(tmp_path).write_bytes(flip(whole, bit))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some flips are an old form of pickle
            found = compute_cached(cache, KEY, compute_again)
        assert joblib.hash(found) == expected, bit
    assert n_computed > len(bits) / 2


def test_a_damaged_recording_is_extracted_again(tmp_path):
    signals = [0.1 * np.random.default_rng(i).standard_normal(8000) for i in range(3)]
    front_end = SegmentLogMel(memory=tmp_path)
    expected = front_end.transform(signals)
    for entry in sorted(tmp_path.rglob("output.pkl")):
        entry.write_bytes(flip(entry.read_bytes(), 8 * 2000))
    with pytest.warns(UserWarning, match="is damaged") as caught:
        assert front_end.set_params(n_jobs=2).transform(signals) == expected
    assert len(caught) == 3
    assert front_end.transform(signals) == expected


def test_a_seal_is_checked():
    sealed = seal({"a": FRAMES})
    assert pickle.loads(pickle.dumps(sealed)).checksum == sealed.checksum
    np.testing.assert_array_equal(unseal(sealed)["a"], FRAMES)
    with pytest.raises(ValueError, match="the result does not match its checksum"):
        unseal(sealed._replace(checksum=sealed.checksum ^ 1))
    with pytest.raises(ValueError, match="the result does not match its checksum"):
        unseal(sealed._replace(arrays=[sealed.arrays[0][:-1]]))
