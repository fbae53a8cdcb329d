"""IEMOCAP: acted dialogues, rated by six observers and by the actors themselves."""

from __future__ import annotations

import re
import warnings
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels, find_missing_recordings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

N_TURNS = 10039  # of a complete copy

# Abbreviations in the consensus of the corpus; "xxx" means no consensus.
CONSENSUS = {
    "neu": "neutral",
    "ang": "anger",
    "sad": "sadness",
    "hap": "happiness",
    "exc": "excited",
    "fru": "frustration",
    "sur": "surprise",
    "fea": "fear",
    "dis": "disgust",
    "oth": "other",
    "xxx": None,
}
ALIASES = {"neutral state": "neutral", "happy": "happiness", "sad": "sadness", "angry": "anger"}
TARGETS = ["anger", "happiness", "neutral", "sadness"]

TURN = re.compile(
    r"\[\s*(?P<start>\d+\.?\d*)\s*-\s*(?P<end>\d+\.?\d*)\s*\]\s+(?P<turn>\S+)\s+(?P<consensus>\w+)"
    r"\s+\[[^]]*\]\s*"
)
NAME = re.compile(
    r"(?P<dialogue>Ses(?P<session>\d\d)\w_(?P<kind>impro|script)\w*)_(?P<who>[FM])\w*"
)
RATING = re.compile(r"C-(?P<rater>[EFM]\d+):(?P<labels>.*)")

DESCR = """\
IEMOCAP, interactive emotional dyadic motion capture database
-------------------------------------------------------------
{n} turns of {n_speakers} actors in {n_sessions} sessions of two: {counts};
{none} without consensus.
A complete copy has 10,039 turns of 10 actors in 5 sessions; of these, 5,531 have a consensus among
anger (1,103), happiness with excitement (1,636), neutral (1,708) and sadness (1,084).
Raters are six observers (E1 to E6), of whom about three rated each turn with one or more labels,
and the actors themselves (F1 to F5, M1 to M5).

Busso, C., Bulut, M., Lee, C.-C., Kazemzadeh, A., Mower, E., Kim, S., Chang, J. N., Lee, S. and
Narayanan, S. S. (2008). IEMOCAP: interactive emotional dyadic motion capture database. Language
Resources and Evaluation 42. doi:10.1007/s10579-008-9076-6. Free for research, on request.
"""


class Turn(NamedTuple):
    """A turn of a dialogue, as in an evaluation file."""

    name: str
    start: float
    end: float
    consensus: str | None
    labels: list  # (rater, label) pairs


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
        Folder that contains ``Session1`` to ``Session5``, or some of them.
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

    Warns
    -----
    UserWarning
        If the copy is incomplete, recordings are missing, or lines cannot be read; one warning
        lists everything, with files and line numbers.

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
    turns, bad = [], []
    for path in sorted(root.glob("Session*/dialog/EmoEvaluation/*.txt")):
        if path.name.startswith("._"):  # macOS adds such files to archives
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found, lines = parse_evaluation(text)
        turns += [(path.parents[2], turn) for turn in found]
        bad += [f"{path.name}:{line}" for line in lines]
    if not turns:
        raise FileNotFoundError(
            f"there is no turn in Session*/dialog/EmoEvaluation/*.txt in {root}."
        )
    data = _make_table(turns)
    remarks = []
    if len(turns) < N_TURNS:
        remarks.append(f"it has {len(turns):,} of the {N_TURNS:,} turns of a complete copy")
    remarks += find_missing_recordings(data["file"])
    if bad:
        remarks.append(f"lines that cannot be read are ignored: {', '.join(bad)}")
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
        ),
    )


def parse_evaluation(text):
    """Read one evaluation file.

    Parameters
    ----------
    text : str

    Returns
    -------
    turns : list of Turn
    bad : list of int
        Numbers of lines with a turn or a rating that cannot be read.
    """
    turns, bad = [], []
    current = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            current = _parse_turn(line)
            if current is None:
                bad.append(number)
            else:
                turns.append(current)
        elif line.startswith("C-"):
            rating = RATING.fullmatch(line)
            # Ratings that follow an unreadable turn belong to no turn.
            if rating is None or current is None:
                bad.append(number)
            else:
                current.labels.extend(_parse_labels(rating))
    return turns, bad


def _parse_turn(line):
    match = TURN.fullmatch(line)
    known = match is not None and NAME.fullmatch(match["turn"]) and match["consensus"] in CONSENSUS
    if not known:
        return None
    consensus = CONSENSUS[match["consensus"]]
    return Turn(match["turn"], float(match["start"]), float(match["end"]), consensus, [])


def _parse_labels(rating):
    # The part in brackets is a comment, which may contain semicolons.
    words = rating["labels"].split("(")[0].split(";")
    words = [word.strip().lower() for word in words]
    words = [ALIASES.get(word, word) for word in words if word]
    return [(rating["rater"], word) for word in dict.fromkeys(words)]


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
    # A part of the corpus may have no answer that is a target class.
    table["label"] = pd.Categorical(table["label"], sorted({*table["label"], *TARGETS}))
    ratings = Ratings.from_long(table, samples=np.arange(len(turns)), target_classes=TARGETS)
    consensus = np.array([turn.consensus for turn in turns], dtype=object)
    if merge_excited:
        consensus[consensus == "excited"] = "happiness"
        if "excited" in ratings.labels:
            ratings = ratings.rename({"excited": "happiness"})
    return ratings.with_consensus(consensus)
