"""Bootstrap intervals of the UA, and of its difference from that of a baseline."""

import numpy as np
import pandas as pd

from sklearn_ser.utils._arrays import isin_labels


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
        baseline. Ends are NaN if there is only one unit to draw from.
    """
    unit = choose_unit(predictions, average)
    n, right = _count_samples(predictions, classes, unit)
    compute = _compute_ua if average == "pooled" else _average_ua
    rng = np.random.default_rng(random_state)
    n_units = n.shape[-2]
    # How often each unit is drawn. The first row has every unit once.
    drawn = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=n_resamples)
    drawn = np.vstack([np.ones(n_units), drawn])
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


def choose_unit(predictions, average="pooled"):
    """Return the unit of the bootstrap: "speaker", "group" if a speaker is unknown, or "fold"."""
    if average == "folds":
        return "fold"
    return "group" if predictions["speaker"].isna().any() else "speaker"


def _find_interval(values, n_units):
    """Return the 95 % interval of all draws but the first, which is not random."""
    if n_units == 1 or np.isnan(values[1:]).all():
        return np.nan, np.nan
    return np.nanquantile(values[1:], [0.025, 0.975])


def _count_samples(predictions, classes, unit):
    """Count samples and correct predictions by estimator, seed, unit and class.

    Both have shape (n_estimators, n_seeds, n_units, n_classes).
    """
    # Altered speakers equal their person, so all voices of a person form one unit.
    kept = predictions[isin_labels(predictions["consensus"], classes)]
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
    n, right = (np.einsum("ru,suc->rsc", drawn, counts) for counts in (n, right))
    recall = np.divide(right, n, out=np.full(n.shape, np.nan), where=n > 0)
    return np.nanmean(recall, axis=-1).mean(axis=-1)


def _average_ua(n, right, drawn):
    """Return the mean UA of every draw of folds, averaged over seeds; see `_compute_ua`."""
    recall = np.divide(right, n, out=np.full(n.shape, np.nan), where=n > 0)
    known = ~np.isnan(recall)
    scored = known.any(axis=-1)
    ua = np.divide(
        np.where(known, recall, 0).sum(axis=-1),
        known.sum(axis=-1),
        out=np.zeros(scored.shape),
        where=scored,
    )
    # A fold without any scored sample has no UA, and does not count in the mean.
    total, count = np.einsum("ru,su->rs", drawn, ua), np.einsum("ru,su->rs", drawn, scored)
    means = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means.mean(axis=-1)
