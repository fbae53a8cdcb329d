"""Votes of anonymous raters: counts, and shares with the number of raters behind them."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_ser import Ratings

CLASSES = ["angry", "happy", "sad"]
NAN = float("nan")
COUNTS = st.lists(
    st.lists(st.integers(0, 30), min_size=3, max_size=3).filter(any), min_size=1, max_size=6
)


@given(COUNTS, st.sampled_from([None, 2, 3, 4]))
def test_shares_come_back_as_the_counts_they_are_of(counts, decimals):
    counts = np.array(counts)
    n_raters = counts.sum(axis=1)
    shares = counts / n_raters[:, None]
    if decimals is not None:
        shares = shares.round(decimals)
    y = Ratings.from_shares(shares, CLASSES, n_raters=n_raters)
    assert y == Ratings.from_counts(counts, CLASSES)


def test_shares_of_one_number_of_raters():
    shares = pd.DataFrame([[0.33, 0.67], [NAN, NAN], [1, 0]], index=["a", "b", "c"])
    for table in (shares, shares.astype("Float64"), shares.to_numpy(), shares.values.tolist()):
        y = Ratings.from_shares(table, ["sad", "angry"], n_raters=3, target_classes=["sad"])
        assert y.counts(["sad", "angry"]).tolist() == [[1, 2], [0, 0], [3, 0]]
        assert y.target_classes == ("sad",)
    assert list(Ratings.from_shares(shares, ["sad", "angry"], n_raters=3).ids) == ["a", "b", "c"]
    missing = [3, None, 3]
    assert Ratings.from_shares(shares, ["sad", "angry"], n_raters=missing).counts().sum() == 6
    single = np.float32([[1 / 3, 2 / 3]])
    assert Ratings.from_shares(single, ["a", "b"], n_raters=3).counts().tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("shares", "n_raters", "message"),
    [
        ([[0.5, 0.5], [0.6, 0.5]], 2, r"sum to 1 in each sample.* not for samples 1\."),
        ([[-0.5, 1.5], [0.5, 0.5]], 2, r"shares must be 0 or more.* not for samples 0\."),
        ([[0.5, 0.5], [NAN, 1]], 2, r"shares must be .* not for samples 1\."),
        ([[0.5, 0.5], ["half", 0.5]], 2, r"shares must be .* not for samples 1\."),
        ([[50, 50]], 2, r"sum to 1 in each sample.* not for samples 0\."),
        ([[0.5, 0.5], [0.33, 0.67]], 2, r"n_raters must be whole numbers of raters.* samples 1\."),
        ([[0.333, 0.667]], 10, r"whole numbers of raters.* not for samples 0\. Each rater must"),
        ([[0.33, 0.67]], 200, None),
        (
            [[0.335, 0.665]],
            150,
            r"whole numbers of raters, apart from rounding; not for samples 0",
        ),
        (
            [[0.5, 0.5]] * 2,
            [2, 0],
            r"n_raters must be whole numbers of at least 1; .* samples 1\.",
        ),
        ([[0.5, 0.5]] * 2, [2, NAN], r"n_raters must be whole numbers of at .* samples 1\."),
        ([[0.5, 0.5]], 2.5, r"n_raters must be whole numbers of at least 1; not for samples 0\."),
        ([[0.5, 0.5]], [2, 2], r"n_raters must be one number, or have shape \(1,\), got .*\(2,\)"),
        ([[0.5, 0.5]], 4e6, r"n_raters must be at most 1,000,000 raters per sample; .* samples 0"),
        ([0.5, 0.5], 2, r"the table must have shape \(n_samples, n_classes\)"),
        ([[0.5, 0.25, 0.25]], 4, r"shares must have shape \(n_samples, 2\), one column per class"),
    ],
)
def test_shares_that_are_of_no_raters(shares, n_raters, message):
    if message is None:
        assert len(Ratings.from_shares(shares, ["a", "b"], n_raters=n_raters)) == 1
        return
    with pytest.raises(ValueError, match=message):
        Ratings.from_shares(shares, ["a", "b"], n_raters=n_raters)


def test_two_decimals_do_not_tell_the_votes_of_thousands():
    """Where rounding could hide a vote, shares must be exact."""
    with pytest.raises(ValueError, match="not for samples 0"):
        Ratings.from_shares([[0.33, 0.67]], ["a", "b"], n_raters=333)
    assert Ratings.from_shares([[0.25, 0.75]], ["a", "b"], n_raters=4000).counts()[0, 0] == 1000


def test_smoothed_distributions_are_no_shares():
    """Of the kind that is published for IEMOCAP: v' = 0.94375 v + 0.00625, over nine classes."""
    smoothed = 0.94375 * np.array([[2, 1, *[0] * 7]]) / 3 + 0.00625
    with pytest.raises(ValueError, match="times n_raters must be whole numbers"):
        Ratings.from_shares(smoothed, list("abcdefghi"), n_raters=3)


def test_counts_that_no_listening_test_reaches():
    tracemalloc.start()
    for table in ([[5e7, 1], [1, 1]], [[600_000, 600_000], [1, 1]], pd.DataFrame([[9**9, 0]])):
        with pytest.raises(
            ValueError, match=r"at most 1,000,000 raters per sample; .* samples 0\."
        ):
            Ratings.from_counts(table, ["a", "b"])
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()
    assert len(Ratings.from_counts([[1_000_000, 0]], ["a", "b"]).values) == 1_000_000


def test_missing_counts_are_refused_in_every_container():
    masked = np.ma.array([[1, 2], [7, 1]], mask=[[0, 0], [1, 0]])
    frame = pd.DataFrame([[1, 2], [None, 1]])
    for table in (masked, frame, frame.astype("Int64"), [[1, 2], [pd.NA, 1]]):
        with pytest.raises(ValueError, match=r"whole numbers of raters.* not for samples 1\."):
            Ratings.from_counts(table, ["a", "b"])


def test_columns_keep_their_names():
    table = pd.DataFrame([[2, 1]], columns=["sad", "angry"], index=["a.wav"])
    assert list(Ratings.from_counts(table, ["sad", "angry"]).ids) == ["a.wav"]
    message = r"in the order of the columns, \['sad', 'angry'\], got \['angry', 'sad'\]"
    with pytest.raises(ValueError, match=message):
        Ratings.from_counts(table, ["angry", "sad"])
    with pytest.raises(ValueError, match=message):
        Ratings.from_shares(table / 3, ["angry", "sad"], n_raters=3)
    # Short names of the same classes.
    assert Ratings.from_counts(table, ["s", "a"]).counts(["s", "a"]).tolist() == [[2, 1]]
