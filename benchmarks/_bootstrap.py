"""Bootstrap intervals over speakers for benchmarks."""

import numpy as np
import pandas as pd

N_RESAMPLES = 2000


def interval_of_ua(predictions, classes):
    """Return the 95 % interval of the UA of every estimator, over speakers drawn at random.

    Parameters
    ----------
    predictions : DataFrame
        As `sklearn_ser.evaluation.Evaluation` has them.
    classes : sequence of labels

    Returns
    -------
    DataFrame
        With the columns ``low`` and ``high``, by estimator; means over seeds.
    """
    speakers = predictions["speaker"].unique()
    rng = np.random.default_rng(0)
    share = np.full(len(speakers), 1 / len(speakers))
    drawn = rng.multinomial(len(speakers), share, size=N_RESAMPLES)
    right = predictions["prediction"] == predictions["consensus"]
    table = predictions.assign(right=right, n=1)
    index = pd.MultiIndex.from_product([speakers, list(classes)])
    intervals = {}
    for name, of_estimator in table.groupby("estimator", sort=False):
        of_seeds = []
        for _, part in of_estimator.groupby("seed"):
            counts = part.groupby(["speaker", "consensus"])[["right", "n"]].sum()
            counts = counts.reindex(index, fill_value=0).to_numpy(float)
            # Of shape (n_resamples, n_classes, 2): right and all predictions.
            counts = np.einsum("ru,ucx->rcx", drawn, counts.reshape(len(speakers), -1, 2))
            with np.errstate(invalid="ignore"):
                of_seeds.append(np.nanmean(counts[..., 0] / counts[..., 1], axis=1))
        low, high = np.quantile(np.mean(of_seeds, axis=0), [0.025, 0.975])
        intervals[name] = {"low": low, "high": high}
    return pd.DataFrame.from_dict(intervals, orient="index")
