"""The recipe of Ando et al. (2018): soft targets from ambiguous utterances."""

from __future__ import annotations

from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import AttentionBLSTMClassifier, ConsensusClassifier
from sklearn_ser.features import SequenceScaler
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
    "modified soft, clear + ambiguous": SoftTargetEncoder(alpha=0.75),
}
PUBLISHED = [
    ("majority class", "IEMOCAP", 40.8, 25.0),
    ("hard, clear", "IEMOCAP", 58.6, 53.7),
    ("soft, clear", "IEMOCAP", 58.1, 54.9),
    ("modified soft, clear", "IEMOCAP", 58.5, 57.4),
    ("modified soft, ambiguous", "IEMOCAP", 53.6, 54.0),
    ("modified soft, clear + ambiguous", "IEMOCAP", 62.6, 63.7),
]


def ando2018(*, quick: bool = False, memory: Memory = None) -> Recipe:
    """Return pipelines with hard and soft targets of clear and ambiguous utterances [1]_.

    In the paper: 47 low-level descriptors (MFCC 1-12 and loudness with deltas and accelerations;
    F0, voicing, zero crossings and HNR with deltas); a dense layer of 256 units, a BLSTM of 128,
    attention, a dense layer of 256; trained on sessions 2 to 5 of IEMOCAP and tested on session 1;
    means of five trainings. Excitement is not merged with happiness:
    ``load_iemocap(root, merge_excited=False)``.

    Choices of this recipe, which the paper does not specify: 128 units in each direction; a
    dropout of 0.5, as in papers that reuse the network; ReLU; Adam with a learning rate of 0.001;
    early stopping on a tenth of the speakers; scaling by mean and variance of the training frames.

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
    .. [1] Ando et al., "Soft-target training with ambiguous emotional utterances for DNN-based
       speech emotion classification", ICASSP 2018. doi:10.1109/ICASSP.2018.8461299

    Examples
    --------
    >>> from sklearn_ser.recipes import ando2018
    >>> float(ando2018().published.loc["modified soft, clear + ambiguous", "UA"])
    63.7
    """
    features = make_frame_steps("ando2018", quick, memory)
    rows = {
        "majority class": make_pipeline(
            *features, ConsensusClassifier(DummyClassifier(strategy="most_frequent"))
        )
    }
    for name, encoder in TARGETS.items():
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
        published=tabulate_figures(["WA", "UA"], PUBLISHED),
        groups="session",
        baseline="hard, clear",
    )
