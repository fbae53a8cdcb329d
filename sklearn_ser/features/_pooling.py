"""Statistics over the frames of each sample, for arrays."""

import itertools
import re
import reprlib

import numpy as np

from sklearn_ser.utils._ragged import reduce_samples

STATISTICS = ("mean", "std", "min", "max", "median")
QUANTILE = re.compile(r"q([0-9]+(?:\.[0-9]+)?)")
# Statistics of a whole that follow from its mean and those of its parts.
MERGEABLE = {"mean", "std", "min", "max"}


def check_statistics(names):
    """Validate the names of statistics and return them as a list.

    Parameters
    ----------
    names : sequence of str
        "mean", "std", "min", "max", "median", and quantiles in percent, such as "q25" or "q2.5".

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If there is no name, or one is unknown.
    """
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted or isinstance(names, str) or not all(map(_is_known, wanted)):
        raise ValueError(
            f"statistics must be among {list(STATISTICS)} or quantiles in percent, from 'q0' to "
            f"'q100', and at least one; got {reprlib.repr(names)}."
        )
    return wanted


def compute_statistics(values, offsets, statistics):
    """Compute statistics over the frames of each sample.

    Parameters
    ----------
    values : ndarray of float of shape (n_frames_total, n_features)
    offsets : ndarray of int of shape (n_samples + 1,)
        Sample ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    statistics : list of str
        As returned by `check_statistics`.

    Returns
    -------
    ndarray of float32 of shape (n_samples, n_statistics * n_features)
        Each statistic of all features, in the order given. A row of NaN for a sample without
        frames.
    """
    lengths = np.diff(offsets)
    n_frames = np.maximum(lengths, 1)[:, None]
    mean = ordered = None
    if {"mean", "std"} & set(statistics):
        mean = reduce_samples(np.add, values, offsets, np.nan, dtype=np.float64) / n_frames
    if any(_get_share(name) is not None for name in statistics):
        ordered = _sort_samples(values, offsets)
    found = {}
    for name in statistics:
        if name == "mean":
            found[name] = mean
        elif name == "std":
            centred = values - np.repeat(mean, lengths, axis=0)
            sums = reduce_samples(np.add, centred**2, offsets, np.nan)
            found[name] = np.sqrt(sums / n_frames)
        elif name in ("min", "max"):
            function = np.minimum if name == "min" else np.maximum
            found[name] = reduce_samples(function, values, offsets, np.nan)
        else:
            found[name] = _take_quantile(ordered, offsets, _get_share(name))
    return np.concatenate([found[name] for name in statistics], axis=1).astype(np.float32)


def can_merge(statistics):
    """Tell whether statistics of a whole follow from those of its parts."""
    return MERGEABLE.issuperset(statistics)


def merge_statistics(parts, n_frames, statistics):
    """Return the statistics of samples from those of their parts.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n_samples, (1 + n_statistics) * n_features)
        The mean of each part, and then its statistics.
    n_frames : sequence of int
        Number of frames of each part.
    statistics : list of str
        For which `can_merge` is True.

    Returns
    -------
    ndarray of float32 of shape (n_samples, n_statistics * n_features)
    """
    blocks = np.stack(parts).astype(np.float64)  # (n_parts, n_samples, n_columns)
    means, *others = np.split(blocks, 1 + len(statistics), axis=2)
    shares = np.asarray(n_frames) / np.sum(n_frames)
    mean = np.tensordot(shares, means, axes=1)
    merged = []
    for name, found in zip(statistics, others, strict=True):
        if name == "mean":
            merged.append(mean)
        elif name == "std":
            # Variance within the parts and between them.
            merged.append(np.sqrt(np.tensordot(shares, found**2 + (means - mean) ** 2, axes=1)))
        else:
            merged.append(found.min(axis=0) if name == "min" else found.max(axis=0))
    return np.concatenate(merged, axis=1).astype(np.float32)


def _is_known(name):
    if not isinstance(name, str):
        return False
    share = _get_share(name)
    return name in STATISTICS if share is None else share <= 1


def _get_share(name):
    """Return the share of frames below a quantile, or None for other statistics."""
    if name == "median":
        return 0.5
    percent = QUANTILE.fullmatch(name)
    return None if percent is None else float(percent[1]) / 100


def _sort_samples(values, offsets):
    """Return the values of each feature, sorted within each sample."""
    ordered = values.copy()
    for first, last in itertools.pairwise(offsets):
        ordered[first:last].sort(axis=0)
    return ordered


def _take_quantile(ordered, offsets, share):
    """Return a quantile of each sample, interpolated between its neighbours in order."""
    quantile = np.full((len(offsets) - 1, ordered.shape[1]), np.nan)
    filled = np.flatnonzero(np.diff(offsets) > 0)
    last = offsets[filled + 1] - 1
    place = share * (last - offsets[filled])
    below = offsets[filled] + np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, last)
    low, high = ordered[below].astype(np.float64), ordered[above].astype(np.float64)
    quantile[filled] = low + (place % 1)[:, None] * (high - low)
    return quantile
