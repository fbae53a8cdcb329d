"""Bootstrap intervals of the UA, and of its differences between estimators and between groups."""

import numpy as np
import pandas as pd

from sklearn_ser.utils._arrays import isin_labels

# Of three units, one draw in 27 is of the first alone, and one of the second alone: the ends of a
# 95 % interval would be the scores of single units. Of four, it is one draw in 256.
MIN_UNITS = 4


def resample_ua(predictions, classes, baseline, average, n_resamples, random_state):
    """Resample the UA of every estimator, and its difference from that of a baseline.

    The same units are drawn for all estimators: speakers, whose predictions are then pooled, or
    folds, whose UAs are then averaged. In either case the statistic of every draw is the one that
    is reported.

    Parameters
    ----------
    predictions : DataFrame
        See `Evaluation`.
    classes : ndarray of labels
    baseline : str
        Name of an estimator.
    average : {"pooled", "folds"}
    n_resamples : int
    random_state : int

    Returns
    -------
    DataFrame
        One row per estimator: ``UA_low`` and ``UA_high``, the ends of the 95 % interval of its UA;
        ``UA_gain``, the difference, with ``UA_gain_low`` and ``UA_gain_high``, NaN for the
        baseline. Ends are NaN if there are fewer than `MIN_UNITS` units to draw from.
    """
    unit = choose_unit(predictions, average)
    n, right = _count_samples(predictions, classes, unit)
    compute = _compute_ua if average == "pooled" else _average_ua
    n_units = n.shape[-2]
    drawn = _draw_units(n_units, n_resamples, random_state)
    names = predictions["estimator"].unique()
    uas = {name: compute(n[i], right[i], drawn) for i, name in enumerate(names)}
    rows = {}
    for name, ua in uas.items():
        low, high = _find_interval(ua, n_units)
        gain = ua - uas[baseline]
        gain_low, gain_high = _find_interval(gain, n_units)
        rows[name] = {"UA_low": low, "UA_high": high}
        rows[name] |= {"UA_gain": gain[0], "UA_gain_low": gain_low, "UA_gain_high": gain_high}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.loc[baseline, ["UA_gain", "UA_gain_low", "UA_gain_high"]] = np.nan
    return table


def resample_wa(predictions, classes, n_resamples=2000, random_state=0):
    """Resample the WA of one estimator, as `resample_ua` does for the UA.

    Parameters
    ----------
    predictions : DataFrame
        Of one estimator; see `Evaluation`.
    classes : ndarray of labels
    n_resamples, random_state : int

    Returns
    -------
    wa, low, high : float
        The ends of the interval are NaN if there are fewer than `MIN_UNITS` units.
    """
    counts = _count_samples(predictions, classes, choose_unit(predictions))
    # The recall of all classes as if they were one.
    n, right = (count[0].sum(axis=-1, keepdims=True) for count in counts)
    n_units = n.shape[-2]
    wa = _compute_ua(n, right, _draw_units(n_units, n_resamples, random_state))
    return wa[0], *_find_interval(wa, n_units)


def resample_gap(predictions, own, others, classes, n_resamples, random_state):
    """Resample the difference between the UAs of some samples and of others.

    The recall of each class that both have is compared, and the mean is taken over these classes.
    The bootstrap draws all speakers together, because a speaker may have samples of both kinds.

    Parameters
    ----------
    predictions : DataFrame
        See `Evaluation`.
    own, others : ndarray of bool of shape (n_predictions,)
        The predictions of both kinds.
    classes : ndarray of labels
    n_resamples : int
    random_state : int

    Returns
    -------
    DataFrame
        One row per estimator: ``UA_gap``, with ``UA_gap_low`` and ``UA_gap_high``, the ends of its
        95 % interval. The ends are NaN if either kind has fewer than `MIN_UNITS` speakers.
    """
    kept = own | others
    predictions, own = predictions[kept], own[kept]
    unit = choose_unit(predictions)
    sides = [_count_samples(predictions, classes, unit, rows) for rows in (own, ~own)]
    n_units = [(n.sum(axis=(0, 1, 3)) > 0).sum() for n, _ in sides]
    # Without an interval, only the draw of every speaker once is needed.
    n_resamples = n_resamples if min(n_units) >= MIN_UNITS else 0
    drawn = _draw_units(sides[0][0].shape[-2], n_resamples, random_state)
    rows = {}
    for i, name in enumerate(predictions["estimator"].unique()):
        recall, of_others = (_compute_recall(n[i], right[i], drawn) for n, right in sides)
        gap = _average_known(recall - of_others).mean(axis=-1)
        low, high = _find_interval(gap, min(n_units))
        rows[name] = {"UA_gap": gap[0], "UA_gap_low": low, "UA_gap_high": high}
    return pd.DataFrame.from_dict(rows, orient="index")


def _draw_units(n_units, n_resamples, random_state):
    """Return how often each unit is drawn; the first draw has every unit once."""
    rng = np.random.default_rng(random_state)
    drawn = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=n_resamples)
    return np.vstack([np.ones(n_units), drawn])


def choose_unit(predictions, average="pooled"):
    """Return the unit of the bootstrap: "speaker", "group" if a speaker is unknown, or "fold"."""
    if average == "folds":
        return "fold"
    return "group" if predictions["speaker"].isna().any() else "speaker"


def describe_interval(predictions, average="pooled"):
    """Return what the interval of a UA is over, or that there is none."""
    unit = choose_unit(predictions, average)
    if predictions[unit].nunique() < MIN_UNITS:
        return f"no interval, as there are fewer than {MIN_UNITS} {unit}s"
    return f"95 % bootstrap interval over {unit}s"


def _find_interval(values, n_units):
    """Return the 95 % interval of all draws but the first, which is not random."""
    if n_units < MIN_UNITS or np.isnan(values[1:]).all():
        return np.nan, np.nan
    return np.nanquantile(values[1:], [0.025, 0.975])


def _count_samples(predictions, classes, unit, rows=True):
    """Count samples and correct predictions by estimator, seed, unit and class.

    `rows` is a mask of those to count.

    Both have shape (n_estimators, n_seeds, n_units, n_classes).
    """
    # Altered speakers equal their person, so all voices of a person form one unit.
    kept = predictions[isin_labels(predictions["consensus"], classes) & rows]
    axes = [
        predictions["estimator"].unique(),
        predictions["seed"].unique(),
        predictions[unit].unique(),
        classes,
    ]
    keys = [kept["estimator"], kept["seed"], kept[unit], kept["consensus"]]
    places = tuple(pd.Index(axis).get_indexer(key) for axis, key in zip(axes, keys, strict=True))
    n, right = (np.zeros([len(axis) for axis in axes]) for _ in range(2))
    np.add.at(n, places, 1)
    np.add.at(right, places, (kept["prediction"] == kept["consensus"]).to_numpy())
    return n, right


def _compute_ua(n, right, drawn):
    """Return the UA of every draw of speakers, averaged over seeds.

    Parameters
    ----------
    n, right : ndarray of shape (n_seeds, n_speakers, n_classes)
        Numbers of samples and of correct predictions.
    drawn : ndarray of shape (n_draws, n_speakers)
        How often each speaker is drawn.

    Returns
    -------
    ndarray of shape (n_draws,)
        The mean recall over the classes that occur in the draw.
    """
    return _average_known(_compute_recall(n, right, drawn)).mean(axis=-1)


def _compute_recall(n, right, drawn):
    """Return the recalls of every draw, of shape (n_draws, n_seeds, n_classes)."""
    n, right = (np.einsum("ru,suc->rsc", drawn, counts) for counts in (n, right))
    return np.divide(right, n, out=np.full(n.shape, np.nan), where=n > 0)


def _average_known(values):
    """Return the mean over the last axis without NaN, or NaN if all are."""
    known = ~np.isnan(values)
    total, count = np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _average_ua(n, right, drawn):
    """Return the mean UA of every draw of folds, averaged over seeds; see `_compute_ua`."""
    recall = np.divide(right, n, out=np.full(n.shape, np.nan), where=n > 0)
    ua = _average_known(recall)
    scored = ~np.isnan(ua)
    ua = np.where(scored, ua, 0)
    # A fold without any scored sample has no UA, and does not count in the mean.
    total, count = np.einsum("ru,su->rs", drawn, ua), np.einsum("ru,su->rs", drawn, scored)
    means = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means.mean(axis=-1)
