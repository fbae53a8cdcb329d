"""Evaluation files of IEMOCAP: every turn, and what its raters said."""

import re
from typing import NamedTuple

from sklearn_ser.datasets._files import describe_folder, read_text
from sklearn_ser.utils._messages import join_names, say_count

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

TURN = re.compile(
    r"\[\s*(?P<start>\d+\.?\d*)\s*-\s*(?P<end>\d+\.?\d*)\s*\]\s+(?P<turn>\S+)\s+(?P<consensus>\w+)"
    r"\s+\[[^]]*\]\s*"
)
NAME = re.compile(
    r"(?P<dialogue>Ses(?P<session>0[1-5])\w_(?P<kind>impro|script)\w*)_(?P<who>[FM])\w*"
)
RATING = re.compile(r"C-(?P<rater>[EFM]\d+):(?P<labels>.*)")


class Turn(NamedTuple):
    """A turn of a dialogue, as in an evaluation file."""

    name: str
    start: float
    end: float
    consensus: str | None
    labels: list  # (rater, label) pairs


def read_turns(root):
    """Read the evaluation files of all sessions.

    Parameters
    ----------
    root : Path
        With the folders of sessions up to two levels below it, or one of these.

    Returns
    -------
    turns : list of (Path, Turn)
        Every turn once, with the folder of its session.
    remarks : list of str
        On turns that are there more than once, unknown labels, and lines that cannot be read.

    Raises
    ------
    FileNotFoundError
        If there is no turn.
    ValueError
        If a file is a pointer of Git LFS.
    """
    levels = ["", "*/", "*/*/"]
    paths = [
        *root.glob("dialog/EmoEvaluation/*.txt"),
        *(path for up in levels for path in root.glob(f"{up}Session*/dialog/EmoEvaluation/*.txt")),
    ]
    turns, repeated, different, bad, strange = {}, [], [], [], set()
    for path in sorted(paths):
        if path.name.startswith(".") or "__MACOSX" in path.parts:  # macOS adds them to archives
            continue
        found, lines = parse_evaluation(read_text(path))
        bad += [f"{path.name}:{line}" for line in lines]
        for turn in found:
            strange |= {label for _, label in turn.labels} - set(CONSENSUS.values())
            _, first = turns.setdefault(turn.name, (path.parents[2], turn))
            if first is not turn:
                (repeated if first == turn else different).append(turn.name)
    if not turns:
        raise FileNotFoundError(
            f"there is no turn in Session*/dialog/EmoEvaluation/*.txt in {root}. "
            f"{describe_folder(root)}"
        )
    remarks = []
    if repeated:
        remarks.append(
            f"{say_count(len(repeated), 'turn is', 'turns are')} there more than once, of which "
            f"one is taken ({join_names(repeated, most=3)})"
        )
    if different:
        remarks.append(
            f"{say_count(len(different), 'turn is', 'turns are')} there more than once with "
            f"different ratings, of which the first are taken ({join_names(different, most=3)})"
        )
    if strange:
        remarks.append(
            f"labels that are not those of IEMOCAP are kept as they are: "
            f"{join_names(sorted(strange))}"
        )
    if bad:
        remarks.append(f"lines that cannot be read are ignored: {join_names(bad)}")
    return list(turns.values()), remarks


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
