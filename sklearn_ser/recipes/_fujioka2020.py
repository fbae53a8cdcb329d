"""The recipe of Fujioka et al. (2020): labels and weights corrected during training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import AttentionBLSTMClassifier, LabelCorrectingClassifier
from sklearn_ser.features import SequenceScaler
from sklearn_ser.recipes._fujioka2020_corrections import draw_corrections, tabulate_corrections
from sklearn_ser.recipes._recipe import (
    Recipe,
    get_training_settings,
    make_frame_steps,
    tabulate_figures,
)
from sklearn_ser.speech._sequences import Sequences
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.splits._validation import split_validation
from sklearn_ser.targets import HardTargetEncoder
from sklearn_ser.utils._random import as_generator
from sklearn_ser.utils._saving import SavedByName
from sklearn_ser.utils._typing import Memory, RandomState

PAPER = "Fujioka et al., Addressing ambiguity of emotion labels through meta-learning, 2019"
OFF = {"learn_targets": False, "learn_weights": False}
ROWS: dict[str, dict[str, Any]] = {
    "BLSTM+ATT": OFF,
    "Oversampling": {**OFF, "w_init": "uniform", "estimator__resample": "over"},
    "Undersampling": {**OFF, "w_init": "uniform", "estimator__resample": "under"},
    "+L": {"learn_weights": False},
    "+w": {"learn_targets": False},
    "+L+w pretrained": {"pretrain": True},
    "+L+w": {},
}
CLASSES = ["happiness", "sadness", "neutral", "anger"]
COLUMNS = [
    *(f"{score}_{label}" for label in CLASSES for score in ("precision", "recall", "f1")),
    "WA",
    "UA",
]
FIGURES = {
    "BLSTM+ATT": "38.8 35.3 35.2 64.5 68.2 65.0 65.1 58.3 60.9 73.0 76.1 74.0 63.6 59.5",
    "Oversampling": "42.6 36.0 36.5 62.8 62.2 61.4 63.7 59.6 60.1 74.3 78.6 75.5 63.5 59.1",
    "Undersampling": "35.4 34.7 34.4 64.5 63.1 62.9 64.9 61.2 62.4 73.3 74.4 72.7 63.2 58.4",
    "Soft-target": "- - - - - - - - - - - - 62.6 63.7",
    "Cycle-GAN": "- 54 - - 69 - - 51 - - 69 - - 60.4",
    "+L": "44.9 24.1 28.4 62.8 70.2 65.3 63.0 66.4 63.9 75.9 75.9 75.1 64.7 59.2",
    "+w": "45.4 30.5 34.7 61.9 71.7 65.3 63.8 63.7 63.1 78.3 77.2 77.2 65.2 60.8",
    "+L+w pretrained": "51.0 22.6 29.4 62.7 68.8 65.1 58.9 65.4 61.6 75.6 74.9 74.7 64.4 57.9",
    "+L+w": "53.4 30.2 35.7 62.8 74.1 67.1 64.1 63.7 63.3 75.7 77.6 75.9 65.9 61.4",
}
NOTES = {
    ("Soft-target", "IEMOCAP"): "quoted from Ando et al. 2018: one test session only",
    ("Cycle-GAN", "IEMOCAP"): "quoted from its authors",
    ("+L+w", "IEMOCAP"): "the text gives gains of 2.5 WA and 2.7 UA; by the table, 2.3 and 1.9",
}


class OtherSpeaker(SavedByName):
    """Splitter that holds out speakers whose partner in the session is not among the samples.

    Use it as the parameter ``validation`` of a network when one speaker of a dialogue is held out
    for testing: the other speaker then decides when training stops, as in [1]_. Altered copies of
    a person's recordings belong to the person.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Draws the speakers to hold out if sessions do not tell. With None, a network that has this
        splitter as its ``validation`` sets it from its own ``random_state``.

    References
    ----------
    .. [1] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ser import Sequences
    >>> from sklearn_ser.recipes import OtherSpeaker
    >>> frames = np.zeros((3, 4))
    >>> X = Sequences(frames, range(4), ["F1", "M1", "F2"], session=[1, 1, 2])
    >>> [rows.tolist() for rows in next(OtherSpeaker().split(X, [0, 1, 0]))]
    [[0, 1], [2]]
    """

    def __init__(self, random_state: RandomState = None) -> None:
        self.random_state = random_state

    def split(
        self, X: Sequences, y: NDArray | None = None, groups: NDArray | None = None
    ) -> Iterator[tuple[NDArray, NDArray]]:
        """Yield one split into a training and a validation set.

        Parameters
        ----------
        X : Sequences
            With their speakers and sessions.
        y : ndarray of int of shape (n_samples,)
            Labels.
        groups : ndarray of shape (n_samples,), default=None
            Ignored.

        Yields
        ------
        train, valid : ndarray of int
            Sessions with a single speaker form the validation set. If there are no such sessions,
            or only such sessions, a tenth of the speakers does, drawn at random; if speakers are
            unknown, a tenth of the samples.
        """
        if X.speaker is not None and X.session is not None:
            pairs = set(zip(X.session, get_persons(X.speaker), strict=True))
            n_persons = Counter(session for session, _ in pairs)
            alone = np.array([n_persons[session] == 1 for session in X.session])
            if alone.any() and not alone.all():
                yield np.flatnonzero(~alone), np.flatnonzero(alone)
                return
        yield split_validation(0.1, X, y, as_generator(self.random_state))

    def __repr__(self):
        given = "" if self.random_state is None else f"random_state={self.random_state!r}"
        return f"OtherSpeaker({given})"


def fujioka2020(*, quick: bool = False, memory: Memory = None) -> Recipe:
    """Return networks whose targets and sample weights are corrected during training [1]_.

    In the paper: 32 low-level descriptors (MFCC 1-12, loudness, F0, voicing and zero crossings
    with deltas; frames of 25 ms every 10 ms), scaled by mean and variance of the training frames;
    a dense layer of 512 ReLU units, a BLSTM of 128 with attention; a dropout of 0.5; Adam; four
    emotions of IEMOCAP without excitement (``load_iemocap(root, merge_excited=False)``); one
    speaker held out at a time; WA and UA.

    Choices of this recipe, which the paper does not specify: training stops early on the other
    speaker of the session, after 10 epochs without a lower loss and after 50 epochs at the latest
    (5 and 20 if `quick`), where an epoch of the network and a step for the samples count as one;
    the loss is that of the labels as given, divided by the initial weight of their class; plain
    gradient descent with steps of 0.2 on labels and 0.1 on weights, since Adam would drive all
    weights to 1; a learning rate of 0.001; batches of 32; frames of 40 ms for F0 and voicing,
    which low voices need. Scores are means over speakers; the precision of a class counts only
    where the class is predicted (`Evaluation.summary`).

    `cross_evaluate` returns the weights before and after training by class (Table 3 of the paper)
    and the labels that were corrected (Figure 3) as ``details``, for the rows that learn them;
    ``draw`` makes figures of their means over folds.

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
    .. [1] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019. arXiv:1911.02216

    Examples
    --------
    >>> from sklearn_ser.recipes import fujioka2020
    >>> recipe = fujioka2020()
    >>> list(recipe)[-1], recipe.published.loc["+L+w", ["WA", "UA"]].tolist()
    ('+L+w', [65.9, 61.4])
    """
    network = AttentionBLSTMClassifier(
        (64, 32, 0) if quick else (512, 128, 0),
        target_encoder=HardTargetEncoder(),
        optimizer="adam",
        validation=OtherSpeaker(),
        **get_training_settings(quick),
    )
    features = make_frame_steps("fujioka2020", quick, memory)
    rows = {
        name: LabelCorrectingClassifier(clone(network), store_trajectory=False).set_params(
            **changes
        )
        for name, changes in ROWS.items()
    }
    published = [
        (name, "IEMOCAP", *(None if x == "-" else float(x) for x in text.split()))
        for name, text in FIGURES.items()
    ]
    return Recipe(
        {name: make_pipeline(*features, SequenceScaler(), row) for name, row in rows.items()},
        paper=PAPER,
        published=tabulate_figures(COLUMNS, published, NOTES),
        groups="speaker",
        baseline="BLSTM+ATT",
        average="folds",
        inspect=tabulate_corrections,
        draw=draw_corrections,
    )
