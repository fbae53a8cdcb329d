"""The recipe of Ando et al. (2018): soft targets from ambiguous utterances."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from numbers import Real

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import AttentionBLSTMClassifier, ConsensusClassifier
from sklearn_ser.features import SequenceScaler
from sklearn_ser.recipes._ando2018_curve import draw_alphas
from sklearn_ser.recipes._ando2018_split import count_clear_and_ambiguous, hold_out_first_session
from sklearn_ser.recipes._recipe import (
    Recipe,
    get_training_settings,
    make_frame_steps,
    tabulate_figures,
)
from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder
from sklearn_ser.utils._typing import Memory

PAPER = (
    "Ando et al., Soft-target training with ambiguous emotional utterances for DNN-based speech "
    "emotion classification, ICASSP 2018"
)
TARGETS = {
    "hard, clear": HardTargetEncoder(),
    "soft, clear": SoftTargetEncoder(alpha=0, keep="clear"),
    "modified soft, clear": SoftTargetEncoder(alpha=0.75, keep="clear"),
    "modified soft, ambiguous": SoftTargetEncoder(alpha=0.75, keep="ambiguous"),
    "soft, clear + ambiguous": SoftTargetEncoder(alpha=0),
    "modified soft, clear + ambiguous": SoftTargetEncoder(alpha=0.75),
}
# Rows of the table that are also points of the curve.
ALPHA_ROWS = {0.0: "soft, clear + ambiguous", 0.75: "modified soft, clear + ambiguous"}
PUBLISHED = [
    ("majority class", "IEMOCAP", 40.8, 25.0),
    ("hard, clear", "IEMOCAP", 58.6, 53.7),
    ("soft, clear", "IEMOCAP", 58.1, 54.9),
    ("modified soft, clear", "IEMOCAP", 58.5, 57.4),
    ("modified soft, ambiguous", "IEMOCAP", 53.6, 54.0),
    ("soft, clear + ambiguous", "IEMOCAP", None, None),
    ("modified soft, clear + ambiguous", "IEMOCAP", 62.6, 63.7),
]
NOTES = {
    ("soft, clear + ambiguous", "IEMOCAP"): "only a point of the paper's curve, without numbers"
}


def ando2018(
    *, alphas: Sequence[float] = (), quick: bool = False, memory: Memory = None
) -> Recipe:
    """Return pipelines with hard and soft targets of clear and ambiguous utterances [1]_.

    In the paper: 47 low-level descriptors (MFCC 1-12 and loudness with deltas and accelerations;
    F0, voicing, zero crossings and HNR with deltas); a dense layer of 256 units, a BLSTM of 128,
    attention, a dense layer of 256; trained on sessions 2 to 5 of IEMOCAP and tested on session 1;
    means of five trainings. Excitement is not merged with happiness, and the three annotators are
    the observers: ``load_iemocap(root, merge_excited=False, self_reports=False)``.

    Choices of this recipe, which the paper does not specify: frames of 25 ms every 10 ms, and of
    40 ms for F0, voicing and HNR, which low voices need; 128 units in each direction; a dropout of
    0.5, as in papers that reuse the network; ReLU; Adam with a learning rate of 0.001; batches
    of 32; early stopping on a tenth of the speakers, after 10 epochs without a lower loss and
    after 50 epochs at the latest; scaling by mean and variance of the training frames.

    `cross_evaluate` holds out each session in turn. ``recipe.evaluate_published(recipe, corpus)``
    is the paper's single split with its five trainings; ``recipe.describe(corpus)`` counts clear
    and ambiguous utterances beside the paper's; and ``recipe.draw(found)`` draws the last figure
    of the slides, the scores by `alphas`, for what either evaluation found.

    Parameters
    ----------
    alphas : sequence of float, default=()
        Points of the curve: values of alpha, 0 or more, for soft targets of clear and ambiguous
        utterances. Each adds a row, except for 0 and 0.75, which are rows already.
    quick : bool, default=False
        Whether to use small networks on means of 5 frames, for a trial run.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the features between runs.

    Returns
    -------
    Recipe

    Raises
    ------
    ValueError
        If `alphas` are not different numbers of 0 or more.

    References
    ----------
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299

    Examples
    --------
    >>> from sklearn_ser.recipes import ando2018
    >>> float(ando2018().published.loc["modified soft, clear + ambiguous", "UA"])
    63.7
    >>> list(ando2018(alphas=[0, 0.5, 0.75]))[-1]
    'alpha = 0.5, clear + ambiguous'
    """
    points = _name_alphas(alphas)
    targets = TARGETS | {name: SoftTargetEncoder(alpha=alpha) for alpha, name in points.items()}
    features = make_frame_steps("ando2018", quick, memory)
    rows = {
        "majority class": make_pipeline(
            *features, ConsensusClassifier(DummyClassifier(strategy="most_frequent"))
        )
    }
    for name, encoder in targets.items():
        network = AttentionBLSTMClassifier(
            (64, 32, 64) if quick else (256, 128, 256),
            target_encoder=encoder,
            optimizer="adam",
            **get_training_settings(quick),
        )
        rows[name] = make_pipeline(*features, SequenceScaler(), network)
    return Recipe(
        rows,
        paper=PAPER,
        published=tabulate_figures(["WA", "UA"], PUBLISHED, NOTES),
        groups="session",
        baseline="hard, clear",
        n_seeds=5,
        describe=count_clear_and_ambiguous,
        draw=functools.partial(draw_alphas, points=points),
        evaluate_published=hold_out_first_session,
    )


def _name_alphas(alphas):
    """Validate the points of the curve, and return their rows by alpha."""
    listed = isinstance(alphas, (Sequence, np.ndarray))
    values = {float(a) for a in alphas if _is_alpha(a)} if listed else set()
    if not listed or len(values) < len(alphas):
        raise ValueError(f"alphas must be different numbers of 0 or more, got {alphas!r}.")
    return {
        alpha: ALPHA_ROWS.get(alpha, f"alpha = {alpha!r}, clear + ambiguous")
        for alpha in map(float, alphas)
    }


def _is_alpha(value):
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= value < math.inf
