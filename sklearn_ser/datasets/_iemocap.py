"""IEMOCAP: acted dialogues, rated by six observers and by the actors themselves."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels, locate_recordings, rate
from sklearn_ser.datasets._iemocap_files import NAME, read_turns
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

N_TURNS = 10039  # of a complete copy

TARGETS = ["anger", "happiness", "neutral", "sadness"]

OBSERVERS = """\
Raters are six observers (E1 to E6), of whom about three rated each turn with one or more labels.
The labels that actors gave to their own turns are left out."""
WITH_ACTORS = """\
Raters are six observers (E1 to E6), of whom about three rated each turn with one or more labels,
and the actors themselves (F1 to F5, M1 to M5)."""
DESCR = """\
IEMOCAP, interactive emotional dyadic motion capture database
-------------------------------------------------------------
{n} turns of {n_speakers} actors in {n_sessions} sessions of two: {counts};
{none} without consensus.
A complete copy has 10,039 turns of 10 actors in 5 sessions; of these, 5,531 have a consensus among
anger (1,103), happiness with excitement (1,636), neutral (1,708) and sadness (1,084).
{raters}

Busso, C., Bulut, M., Lee, C.-C., Kazemzadeh, A., Mower, E., Kim, S., Chang, J. N., Lee, S. and
Narayanan, S. S. (2008). IEMOCAP: interactive emotional dyadic motion capture database. Language
Resources and Evaluation 42. doi:10.1007/s10579-008-9076-6. Free for research, on request.
"""


@validate_params(
    {
        "root": [str, PathLike],
        "merge_excited": ["boolean"],
        "self_reports": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_iemocap(root: AnyPath, *, merge_excited: bool = True, self_reports: bool = True) -> Bunch:
    r"""Load IEMOCAP from its official layout, with the labels of all raters.

    A complete copy has 10,039 turns. Of these, 5,531 have a consensus among the four target
    classes, if excitement is merged into happiness (1,103 anger, 1,636 happiness, 1,708 neutral,
    1,084 sadness).

    Parameters
    ----------
    root : str or path-like
        Folder that contains ``Session1`` to ``Session5``, or some of them, up to two levels below
        it, or one of these sessions. A turn that is there twice is taken once.
    merge_excited : bool, default=True
        Whether to count excitement as happiness, as most papers do. It is merged in the consensus
        of the corpus, and in the votes, where a rater who gave both labels counts once. Ando et
        al. (2018) do not merge it.
    self_reports : bool, default=True
        Whether to keep the actors' ratings of themselves.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file`` (the recording of the turn), ``speaker`` (such as
        "Ses01F"), ``session`` (1 to 5), ``dialogue``, ``kind`` ("improvised" or "scripted"),
        ``turn``, ``turn_start`` and ``turn_end`` (in seconds of the dialogue).
        ``ratings`` : Ratings by "E1" to "E6" and, if kept, by the actors, "F1" to "M5"; their
        consensus is that of the corpus; target classes are anger, happiness, neutral
        and sadness.
        ``self_reporters`` : list of the annotators who rated themselves.
        ``target`` : consensus labels, None where there is none.
        ``target_names`` : list of the target classes.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If there is no turn in the evaluation files of `root`.
    ValueError
        If an evaluation file is a pointer of Git LFS.

    Warns
    -----
    UserWarning
        If the copy is incomplete, turns or recordings are there more than once, recordings are
        missing or have no ratings, a label is not one of the corpus, or lines cannot be read; one
        warning covers everything, with the first files and line numbers.

    Examples
    --------
    A folder with one turn, without recordings. A warning states that they are missing.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.datasets import load_iemocap
    >>> root = tempfile.TemporaryDirectory()
    >>> folder = Path(root.name, "Session1", "dialog", "EmoEvaluation")
    >>> folder.mkdir(parents=True)
    >>> head = ["[6.2901 - 8.2357]", "Ses01F_impro01_F000", "neu", "[2.5, 2.5, 2.5]"]
    >>> with open(folder / "Ses01F_impro01.txt", "w") as file:
    ...     print(*head, sep="\t", file=file)
    ...     print("C-E2:", "Neutral;", "()", sep="\t", file=file)
    ...     print("C-E4:", "Neutral; Frustration;", "(unsure)", sep="\t", file=file)
    >>> corpus = load_iemocap(root.name)
    >>> corpus.data["speaker"].tolist(), corpus.ratings[0]
    (['Ses01F'], {'E2': ('neutral',), 'E4': ('neutral', 'frustration')})
    """
    root = Path(root).expanduser()
    turns, remarks = read_turns(root)
    data = _make_table(turns)
    expected = dict(zip(data["turn"], map(Path, data["file"]), strict=True))
    found, more = locate_recordings(root, expected, _get_turn)
    data["file"] = [str(file) for file in found]
    remarks = more + remarks
    if len(turns) < N_TURNS:
        remarks.insert(0, f"it has {len(turns):,} of the {N_TURNS:,} turns of a complete copy")
    if remarks:
        warnings.warn(f"IEMOCAP in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)

    ratings = _make_ratings([turn for _, turn in turns], merge_excited, self_reports)
    target = ratings.consensus()
    return Bunch(
        data=data,
        ratings=ratings.with_ids(data["file"]),
        self_reporters=[name for name in ratings.annotators.tolist() if name[0] != "E"],
        target=target,
        target_names=list(TARGETS),
        sampling_rate=16000,
        DESCR=DESCR.format(
            n=len(data),
            n_speakers=data["speaker"].nunique(),
            n_sessions=data["session"].nunique(),
            counts=count_labels(target),
            none=int(sum(label is None for label in target)),
            raters=WITH_ACTORS if self_reports else OBSERVERS,
        ),
    )


def _get_turn(file):
    return file.stem if NAME.fullmatch(file.stem) else None


def _make_table(turns):
    rows = []
    for session, turn in turns:
        name = NAME.fullmatch(turn.name)
        rows.append(
            {
                "file": str(session / "sentences" / "wav" / name["dialogue"] / f"{turn.name}.wav"),
                # The letter in the dialogue's name is the actor who wore the markers, not the
                # speaker.
                "speaker": f"Ses{name['session']}{name['who']}",
                "session": int(name["session"]),
                "dialogue": name["dialogue"],
                "kind": {"impro": "improvised", "script": "scripted"}[name["kind"]],
                "turn": turn.name,
                "turn_start": turn.start,
                "turn_end": turn.end,
            }
        )
    return pd.DataFrame(rows)


def _make_ratings(turns, merge_excited, self_reports):
    rows = [
        (i, rater, label)
        for i, turn in enumerate(turns)
        for rater, label in turn.labels
        if self_reports or rater[0] == "E"
    ]
    table = pd.DataFrame(rows, columns=["sample", "annotator", "label"])
    consensus = np.array([turn.consensus for turn in turns], dtype=object)
    ratings = rate(table, len(turns), TARGETS, consensus)
    if merge_excited and "excited" in ratings.labels:
        # Votes and consensus.
        ratings = ratings.rename({"excited": "happiness"})
    return ratings
