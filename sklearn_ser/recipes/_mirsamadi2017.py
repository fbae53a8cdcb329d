"""Recurrent networks with local attention."""

from __future__ import annotations

from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import AttentionBLSTMClassifier
from sklearn_ser.features import SequenceScaler
from sklearn_ser.recipes._recipe import (
    Recipe,
    get_training_settings,
    make_frame_steps,
    tabulate_figures,
)
from sklearn_ser.targets import HardTargetEncoder
from sklearn_ser.utils._typing import Memory

PAPER = (
    "Mirsamadi et al., Automatic speech emotion recognition using recurrent neural networks with "
    "local attention, ICASSP 2017"
)


def mirsamadi2017(*, quick: bool = False, memory: Memory = None) -> Recipe:
    """Attention over the states of a BLSTM [1]_, on which three of the other papers build.

    The paper: 32 descriptors (MFCC 1-12, energy, F0, voicing and zero crossings with deltas;
    frames of 25 ms every 10 ms), two layers of 512 ReLU units, a BLSTM of 128 units in each
    direction, weighted pooling, half of the units dropped out, a loss weighted by the inverse
    frequency of the classes; IEMOCAP's four emotions, one session held out.

    Not said, and chosen here: Adam with a rate of 0.001, batches of 32, early stopping on a tenth
    of the speakers, mean and variance of the training frames for scaling, frames of 40 ms for F0,
    which low voices need.

    Parameters
    ----------
    quick : bool, default=False
        Small networks on means of 5 frames.
    memory : str or path-like, default=None
        Folder that keeps the features.

    Returns
    -------
    Recipe

    References
    ----------
    .. [1] Mirsamadi et al., "Automatic speech emotion recognition using recurrent neural networks
       with local attention", ICASSP 2017. doi:10.1109/ICASSP.2017.7952552

    Examples
    --------
    >>> from sklearn_ser.recipes import mirsamadi2017
    >>> recipe = mirsamadi2017()
    >>> list(recipe), recipe.groups
    (['weighted pooling'], 'session')
    """
    network = AttentionBLSTMClassifier(
        (64, 32, 0) if quick else ((512, 512), 128, 0),
        target_encoder=HardTargetEncoder(),
        class_weight="balanced",
        optimizer="adam",
        **get_training_settings(quick),
    )
    features = make_frame_steps("fujioka2020", quick, memory)
    return Recipe(
        {"weighted pooling": make_pipeline(*features, SequenceScaler(), network)},
        paper=PAPER,
        published=tabulate_figures(["WA", "UA"], [("weighted pooling", "IEMOCAP", 63.5, 58.8)]),
        groups="session",
        baseline="weighted pooling",
    )
