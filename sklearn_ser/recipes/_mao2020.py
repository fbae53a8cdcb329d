"""The recipe of Mao et al. (2020): emotion profiles, refined stage by stage."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import ProfileRefineryClassifier, SegmentVGGClassifier
from sklearn_ser.features import SegmentLogMel, SequenceScaler
from sklearn_ser.recipes._recipe import Recipe, tabulate_figures
from sklearn_ser.utils._typing import Memory

PAPER = "Mao et al., Emotion profile refinery for speech emotion classification, Interspeech 2020"
ROWS: dict[str, dict[str, Any]] = {
    "VGG": {"n_stages": 1},
    "VGG^2": {"refinement": "standard", "n_stages": 2},
    "VGG^3": {"refinement": "standard", "n_stages": 3},
    "Soft Static": {"refinement": "static", "n_stages": 2},
    "Hard Dynamic": {"refinement": "hard", "n_stages": 2},
    **{f"VGG*{n}": {"refinement": "pseudo", "n_stages": n} for n in (2, 3, 4, 5)},
}
# CASIA has the same number of utterances for each class, so WA equals UA.
FIGURES = {
    "VGG": (93.10, 93.10, 83.00, 82.36, 70.63, 69.88),
    "VGG^2": (93.67, 93.67, 83.74, 83.96, 71.88, 70.64),
    "VGG^3": (90.07, 90.07, 69.91, 67.92, 26.04, 21.07),
    "Soft Static": (91.36, 91.36, 79.64, 78.77, 67.71, 66.48),
    "Hard Dynamic": (93.21, 93.21, 83.18, 83.13, 71.04, 70.00),
    "VGG*2": (94.83, 94.83, 87.10, 86.78, 73.96, 71.67),
    "VGG*3": (94.54, 94.54, 86.92, 86.42, 76.67, 74.33),
    "VGG*4": (94.60, 94.60, 85.23, 85.07, 77.08, 74.64),
    "VGG*5": (94.24, 94.24, 88.04, 87.78, 74.58, 73.10),
}
CORPORA = ("CASIA", "Emo-DB", "SAVEE")
NOTE = "speakers are on both sides, and the forest was cross-validated on profiles of all"


def mao2020(*, segment_step: int = 1, quick: bool = False, memory: Memory = None) -> Recipe:
    """Return classifiers of emotion profiles, refined stage by stage [1]_.

    In the paper: 64 log-Mel bands (frames of 25 ms every 10 ms); segments of 32 frames; VGG
    configuration E; Adam with a learning rate of 0.001 that falls by a fifth every 2 epochs;
    batches of 128; at most 20 epochs with a patience of 3; profiles from ten folds, and a random
    forest scored on them by ten other folds. The rows are standard refinement (VGG^n), soft static
    and hard dynamic labels, and refinement that also uses the label (VGG*n).

    Choices of this recipe: batch normalisation, and a single linear layer at the end, since
    configuration E does not learn without them; out-of-fold profiles for the forest, made inside
    ``fit``, so that nothing leaks from the test set (`sklearn_ser.evaluation.paper_protocol` is
    the published procedure); Mel range, window and offset as in VGGish. The paper's 51,027
    segments of SAVEE correspond to a step of 3 frames, not to the step of 1 that it states.

    Parameters
    ----------
    segment_step : int, default=1
        Number of 10 ms frames from one segment to the next; the paper uses 3 for CASIA.
    quick : bool, default=False
        Whether to use VGG configuration A at a sixteenth of its width, two inner folds and a step
        of at least 30, for a trial run.
    memory : str, path-like, joblib.Memory or None, default=None
        Folder that keeps spectrograms and trained stages between runs; rows share them.

    Returns
    -------
    Recipe

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    >>> from sklearn_ser.recipes import mao2020
    >>> figures = mao2020().published.query("corpus == 'Emo-DB'")
    >>> figures.loc[["VGG", "VGG^3", "VGG*5"], "UA"].tolist()
    [82.36, 67.92, 87.78]
    """
    if quick:
        network = SegmentVGGClassifier("A", width=1 / 16, lr=0.002, batch_size=64, max_epochs=5)
    else:
        network = SegmentVGGClassifier("E")
    settings: dict[str, Any] = {"cv": 2 if quick else 10, "memory": memory}
    log_mel = SegmentLogMel(
        segment_step=max(segment_step, 30) if quick else segment_step, memory=memory
    )
    rows = {}
    for name, changes in ROWS.items():
        refinery = ProfileRefineryClassifier(network, **settings, **changes)
        rows[name] = make_pipeline(log_mel, SequenceScaler(), refinery)
    published = [
        (name, corpus, *values[2 * i : 2 * i + 2])
        for name, values in FIGURES.items()
        for i, corpus in enumerate(CORPORA)
    ]
    notes = {(name, corpus): NOTE for name, corpus, *_ in published}
    return Recipe(
        rows,
        paper=PAPER,
        published=tabulate_figures(["WA", "UA"], published, notes),
        groups="speaker",
        baseline="VGG",
    )
