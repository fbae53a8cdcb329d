"""The last figure of the slides of Ando et al. (2018): scores by the smoothing of soft targets."""

import numpy as np

from sklearn_ser.utils._plotting import COLOURS, make_axes, put_legend_above


def draw_alphas(evaluation, points):
    """Draw WA and UA by alpha: means over seeds, and every seed.

    Parameters
    ----------
    evaluation : Evaluation
    points : dict of float to str
        Names of the estimators, by their alpha.

    Returns
    -------
    dict of str to Figure
        Empty if fewer than two of the estimators were evaluated.
    """
    pooled = evaluation.pooled
    found = set(pooled.index.get_level_values("estimator"))
    alphas = sorted(alpha for alpha, name in points.items() if name in found)
    if len(alphas) < 2:
        return {}
    ax = make_axes(5, 3.5)
    for colour, score in zip((COLOURS[0], COLOURS[3]), ("UA", "WA"), strict=True):
        seeds = [pooled.loc[points[alpha], score].to_numpy() for alpha in alphas]
        ax.plot(alphas, [values.mean() for values in seeds], "o-", color=colour, label=score)
        every = np.concatenate(seeds)
        ax.plot(np.repeat(alphas, len(seeds[0])), every, ".", color=colour, alpha=0.35)
    ax.set_xlabel("alpha; 0 is the plain soft target")
    ax.set_ylabel("score, mean over seeds; dots are seeds")
    put_legend_above(ax, 2)
    ax.spines[["top", "right"]].set_visible(False)
    return {"Scores by alpha, trained on clear + ambiguous": ax.figure}
