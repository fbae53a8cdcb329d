"""Differences from a baseline, with bootstrap intervals over speakers."""

import numpy as np
import pandas as pd

from sklearn_ser.utils._arrays import isin_labels


def compare_with_baseline(predictions, classes, baseline, n_resamples, random_state):
    """Compare the UA of every estimator with that of a baseline.

    Parameters
    ----------
    predictions : DataFrame
        See `Evaluation`.
    classes : ndarray of labels
    baseline : str
        Name of an estimator.
    n_resamples : int
    random_state : int

    Returns
    -------
    DataFrame
        One row per estimator: ``UA_gain``, ``UA_low`` and ``UA_high``; NaN for the baseline.
    """
    n, right = _count_samples(predictions, classes)
    rng = np.random.default_rng(random_state)
    n_units = n.shape[-2]
    # How often each speaker is drawn. The first row has every speaker once.
    drawn = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=n_resamples)
    drawn = np.vstack([np.ones(n_units), drawn])
    names = predictions["estimator"].unique()
    uas = {name: _compute_ua(n[i], right[i], drawn) for i, name in enumerate(names)}
    rows = {}
    for name, ua in uas.items():
        gain = ua - uas[baseline]
        low, high = np.nanquantile(gain[1:], [0.025, 0.975])
        rows[name] = {"UA_gain": gain[0], "UA_low": low, "UA_high": high}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.loc[baseline] = np.nan
    return table


def choose_unit(predictions):
    """Return the unit of the bootstrap: "speaker", or "group" if a speaker is unknown."""
    return "group" if predictions["speaker"].isna().any() else "speaker"


def _count_samples(predictions, classes):
    """Count samples and correct predictions by estimator, seed, speaker (or group) and class.

    Both have shape (n_estimators, n_seeds, n_speakers, n_classes).
    """
    unit = choose_unit(predictions)
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
