"""The last figure of the slides of Ando et al. (2018): scores by the smoothing of soft targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sklearn_ser.evaluation import Evaluation
from sklearn_ser.utils._plotting import COLOURS, make_axes, put_legend_above
from sklearn_ser.utils._saving import save_by_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@save_by_name
def draw_alphas(evaluation: Evaluation, points: Mapping[float, str]) -> dict[str, Figure]:
    """Draw WA and UA by alpha: means over seeds, and every seed.

    The last figure of the slides of Ando et al. [1]_. ``ando2018(alphas=...).draw`` is this
    function with the `points` of the recipe.

    Parameters
    ----------
    evaluation : Evaluation
    points : dict of float to str
        Names of the estimators, by their alpha.

    Returns
    -------
    dict of str to Figure
        One figure by its title; empty if fewer than two of the estimators were evaluated.

    References
    ----------
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from sklearn_ser import AttentionBLSTMClassifier, Sequences, SoftTargetEncoder
    >>> from sklearn_ser.evaluation import cross_evaluate
    >>> from sklearn_ser.recipes import draw_alphas
    >>> sad = np.arange(20) % 2 == 0
    >>> X = Sequences.from_arrays(sad[:, None, None].astype(float), speaker=np.arange(20) // 10)
    >>> corpus = Bunch(data=X, ratings=np.where(sad, "sad", "angry"))
    >>> settings = {"max_epochs": 2, "early_stopping": False}
    >>> rows = {
    ...     f"alpha = {alpha}": AttentionBLSTMClassifier(
    ...         (4, 4, 4), target_encoder=SoftTargetEncoder(alpha), **settings
    ...     )
    ...     for alpha in (0, 1)
    ... }
    >>> found = cross_evaluate(rows, corpus)
    >>> list(draw_alphas(found, {0: "alpha = 0", 1: "alpha = 1"}))
    ['Scores by alpha, trained on clear + ambiguous']
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
