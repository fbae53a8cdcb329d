"""The recipe of Mao et al. (2020): emotion profiles, refined stage by stage."""

from __future__ import annotations

import functools
from typing import Any

from sklearn.pipeline import make_pipeline

from sklearn_ser.classifiers import ProfileRefineryClassifier, SegmentVGGClassifier
from sklearn_ser.evaluation import evaluate_paper_protocol
from sklearn_ser.features import SegmentLogMel, SequenceScaler
from sklearn_ser.recipes._mao2020_table import count_utterances_and_speakers
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
# The rows of each table, and what it calls them.
TABLES = {
    "2": {name: name for name in ("VGG", "VGG^2", "VGG^3")},
    "3": {
        "VGG": "No Refinery",
        "Soft Static": "Soft Static",
        "Hard Dynamic": "Hard Dynamic",
        "VGG^2": "Soft Dynamic",
    },
    "4": {name: name for name in ("VGG", *(f"VGG*{n}" for n in (2, 3, 4, 5)))},
}
NOTE = "speakers are on both sides, and the forest was cross-validated on profiles of all"


def mao2020(*, segment_step: int = 1, quick: bool = False, memory: Memory = None) -> Recipe:
    """Return classifiers of emotion profiles, refined stage by stage [1]_.

    In the paper: 64 log-Mel bands (frames of 25 ms every 10 ms, 512 points); segments of 32
    frames; VGG configuration E at its full width, with as many outputs as classes; Adam with a
    learning rate of 0.001 that falls by a fifth every 2 epochs; batches of 128; at most 20 epochs
    with a patience of 3; profiles from ten folds, and a random forest scored on them by ten other
    folds. The rows are standard refinement (VGG^n, Table 2), soft static and hard dynamic labels
    (Table 3, which calls VGG "No Refinery" and VGG^2 "Soft Dynamic"), and refinement that also
    uses the label (VGG*n, Table 4). ``published`` has a row for each table that prints it.

    The protocol of this recipe holds out one speaker at a time, and makes out-of-fold profiles for
    the forest inside ``fit``, so that nothing leaks from the test set. ``evaluate_published`` is
    the published protocol, `sklearn_ser.evaluation.evaluate_paper_protocol`, in which speakers are
    on both sides. Each band is scaled by its mean and variance: in our protocol over the frames of
    the training part of each fold, in the published one over all frames of the corpus.

    Two things differ from the paper, which changes only the last layer of configuration E. There
    is batch normalisation, without which so deep a network may not learn at all, and one linear
    layer in place of the three dense ones, which would double the number of weights: for
    seven classes, there are 20,041,415. The parameters ``batch_norm=False`` and ``head="literal"``
    of `SegmentVGGClassifier` are the paper to the letter.

    The paper leaves out, and this recipe decides:

    * what stops training: the loss on a tenth of the training part, whole speakers if they are
      known, utterances otherwise;
    * scaling of the bands (above); Mel range, window and offset, which are those of VGGish;
      recordings are resampled to 16 kHz, and those shorter than a segment are padded;
    * labels of later stages: from the network that was trained on the same segments;
    * statistics of the profile, for which it refers to an earlier paper: maximum, minimum, mean
      and the share above 0.2 of each class;
    * the forest: the defaults of scikit-learn, which have 100 trees since version 0.22;
    * how the utterances are split: by class, at random;
    * how scores are averaged: predictions of all folds are pooled.

    The paper states a step of 10 ms for SAVEE; its 51,027 segments correspond to 30 ms.

    Parameters
    ----------
    segment_step : int, default=1
        Number of frames (10 ms) from one segment to the next; the paper has 3 for CASIA.
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
    >>> figures = mao2020().published.query("corpus == 'Emo-DB' and table == '3'")
    >>> figures.loc[["VGG", "VGG^2"], ["printed_as", "UA"]].values.tolist()
    [['No Refinery', 82.36], ['Soft Dynamic', 83.96]]
    """
    if quick:
        network = SegmentVGGClassifier("A", width=1 / 16, lr=0.002, batch_size=64, max_epochs=5)
    else:
        network = SegmentVGGClassifier("E", width=1)
    n_folds = 2 if quick else 10
    log_mel = SegmentLogMel(
        segment_step=max(segment_step, 30) if quick else segment_step, memory=memory
    )
    rows = {}
    for name, changes in ROWS.items():
        refinery = ProfileRefineryClassifier(network, cv=n_folds, memory=memory, **changes)
        rows[name] = make_pipeline(log_mel, SequenceScaler(), refinery)
    places = [
        (number, row, name, i, corpus)
        for number, names in TABLES.items()
        for row, name in names.items()
        for i, corpus in enumerate(CORPORA)
    ]
    published = [
        (row, corpus, *FIGURES[row][2 * i : 2 * i + 2]) for _, row, _, i, corpus in places
    ]
    notes = {(row, corpus): NOTE for row, corpus, *_ in published}
    figures = tabulate_figures(["WA", "UA"], published, notes)
    figures.insert(0, "table", [number for number, *_ in places])
    figures.insert(1, "printed_as", [name for _, _, name, *_ in places])
    return Recipe(
        rows,
        paper=PAPER,
        published=figures,
        groups="speaker",
        baseline="VGG",
        describe=functools.partial(count_utterances_and_speakers, n_folds=n_folds),
        evaluate_published=functools.partial(evaluate_paper_protocol, cv=n_folds),
    )
