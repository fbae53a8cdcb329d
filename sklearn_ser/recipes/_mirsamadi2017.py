"""The recipe of Mirsamadi et al. (2017): recurrent networks with local attention."""

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
    """Return a BLSTM with attention [1]_, the network that three of the other papers build on.

    In the paper: 32 low-level descriptors (MFCC 1-12, energy, F0, voicing and zero crossings with
    deltas; frames of 25 ms every 10 ms); two dense layers of 512 ReLU units, a BLSTM of 128 units
    in each direction, weighted pooling; a dropout of 0.5; a loss weighted by the inverse frequency
    of the classes; four emotions of IEMOCAP, one session held out at a time.

    Choices of this recipe, which the paper does not specify: Adam with a learning rate of 0.001;
    batches of 32; early stopping on a tenth of the speakers, after 10 epochs without a lower loss
    and after 50 epochs at the latest; scaling by mean and variance of the training frames; frames
    of 40 ms for F0 and voicing, which low voices need; loudness, a power of the
    energy with an exponent of 0.3, in place of the energy; predictions of all sessions pooled for
    the scores.

    Parameters
    ----------
    quick : bool, default=False
        Whether to use small networks on means of 5 frames, for a trial run.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps the features between runs.

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
