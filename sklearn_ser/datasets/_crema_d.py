"""CREMA-D: acted video clips, rated by a crowd from the voice, the face or both."""

from __future__ import annotations

import re
import warnings
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels, find_missing_recordings
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import StrOptions, validate_params
from sklearn_ser.utils._typing import AnyPath

N_CLIPS = 7442  # of a complete copy
MODALITIES = {"voice": 1, "face": 2, "audio-visual": 3}
EMOTIONS = {
    "A": "anger",
    "D": "disgust",
    "F": "fear",
    "H": "happiness",
    "N": "neutral",
    "S": "sadness",
}
NAME = re.compile(
    r"(?P<speaker>\d{4})_(?P<sentence>[A-Z]{3})_(?P<emotion>[ADFHNS])[A-Z]{2}_(?P<level>LO|MD|HI|XX)"
)
RESPONSES = "finishedResponses.csv"
VOTES = "processedResults/tabulatedVotes.csv"

DESCR = """\
CREMA-D, crowd-sourced emotional multimodal actors dataset
----------------------------------------------------------
{n} clips of {n_speakers} actors, in English, who say twelve sentences in six acted emotions;
{raters} rated them (modality: {modality}).
A complete copy has 7,442 clips of 91 actors, rated by 2,443 people.
Consensus of the raters: {counts}; {none} clips without consensus.

Cao, H., Cooper, D. G., Keutmann, M. K., Gur, R. C., Nenkova, A. and Verma, R. (2014). CREMA-D:
crowd-sourced emotional multimodal actors dataset. IEEE Transactions on Affective Computing 5.
doi:10.1109/TAFFC.2014.2336244. Licence: Open Database License 1.0.
"""


@validate_params(
    {"root": [str, PathLike], "modality": [StrOptions(set(MODALITIES))]},
    prefer_skip_nested_validation=True,
)
def load_crema_d(
    root: AnyPath, *, modality: Literal["voice", "face", "audio-visual"] = "voice"
) -> Bunch:
    """Load CREMA-D from its official layout, with the answers of all raters.

    Parameters
    ----------
    root : str or path-like
        Folder that contains ``finishedResponses.csv``, or at least
        ``processedResults/tabulatedVotes.csv``; recordings are in ``AudioWAV``.
    modality : {"voice", "face", "audio-visual"}, default="voice"
        What the raters saw or heard.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker`` (the actor), ``clip``, ``sentence``,
        ``emotion`` (as acted) and ``level`` ("LO", "MD", "HI" or "XX").
        ``ratings`` : Ratings, with the six emotions as target classes. With
        ``finishedResponses.csv``, each rater is known; if a rater rated a clip twice, the first
        answer counts. Otherwise, votes are anonymous.
        ``target`` : consensus labels of the raters, None where there is none.
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If both tables are missing, or the table has no rating of this modality.
    ValueError
        If columns are missing.

    Warns
    -----
    UserWarning
        If the copy is incomplete, recordings are missing, or rows are invalid (an unknown letter,
        a missing level, a negative time) and ignored; one warning lists everything, with line
        numbers.

    Examples
    --------
    A folder with the votes on two clips, without recordings, as a warning states.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.datasets import load_crema_d
    >>> root = tempfile.TemporaryDirectory()
    >>> votes = [
    ...     '"","A","D","F","H","N","S","fileName","numResponses","agreement"',
    ...     '"100001",0,1,0,1,10,0,"1002_IEO_SAD_HI",12,0.9',
    ...     '"100002",5,0,0,0,0,2,"1001_DFA_ANG_XX",7,0.7',
    ... ]
    >>> folder = Path(root.name, "processedResults")
    >>> folder.mkdir()
    >>> with open(folder / "tabulatedVotes.csv", "w") as file:
    ...     for row in votes:
    ...         print(row, file=file)
    >>> corpus = load_crema_d(root.name)
    >>> corpus.data[["speaker", "emotion"]].values.tolist()
    [['1001', 'anger'], ['1002', 'sadness']]
    >>> corpus.ratings.consensus().tolist()
    ['anger', 'neutral']
    """
    root = Path(root).expanduser()
    if (root / RESPONSES).is_file():
        table, remarks = _read_responses(root / RESPONSES, MODALITIES[modality])
        clips = sorted(set(table["clip"]))
        ratings = Ratings.from_long(
            table, sample="clip", samples=clips, target_classes=sorted(EMOTIONS.values())
        )
        raters = f"{len(ratings.annotators)} people"
    elif (root / VOTES).is_file():
        table, remarks = _read_votes(root / VOTES, MODALITIES[modality])
        clips = table["clip"].tolist()
        ratings = Ratings.from_counts(
            table[list(EMOTIONS)].to_numpy(),
            list(EMOTIONS.values()),
            target_classes=sorted(EMOTIONS.values()),
        )
        raters = "people without identity"
    else:
        raise FileNotFoundError(f"there is neither {RESPONSES} nor {VOTES} in {root}.")
    if not clips:
        raise FileNotFoundError(f"there is no rating by {modality} in {root}.")

    parts = pd.Series(clips).str.extract(NAME)
    data = pd.DataFrame(
        {
            "file": [str(root / "AudioWAV" / f"{clip}.wav") for clip in clips],
            "speaker": parts["speaker"].to_numpy(),
            "clip": clips,
            "sentence": parts["sentence"].to_numpy(),
            "emotion": parts["emotion"].map(EMOTIONS).to_numpy(),
            "level": parts["level"].to_numpy(),
        }
    )
    if len(data) < N_CLIPS:
        remarks.insert(0, f"it has {len(data):,} of the {N_CLIPS:,} clips of a complete copy")
    remarks += find_missing_recordings(data["file"])
    if remarks:
        warnings.warn(f"CREMA-D in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)
    target = ratings.consensus()
    return Bunch(
        data=data,
        ratings=ratings.with_ids(data["file"]),
        target=target,
        target_names=sorted(EMOTIONS.values()),
        sampling_rate=16000,
        DESCR=DESCR.format(
            n=len(data),
            n_speakers=data["speaker"].nunique(),
            raters=raters,
            modality=modality,
            counts=count_labels(target),
            none=int(sum(label is None for label in target)),
        ),
    )


def _read_table(path, columns):
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path} must have the columns {missing}, too; it has {list(table.columns)}."
        )
    # The index is the line in the file; the header is line 1.
    return table.set_axis(np.arange(2, len(table) + 2))


def _match_clips(names):
    return names.map(lambda name: NAME.fullmatch(name) is not None)


def _read_responses(path, query):
    """Return a table with one row per answer, and remarks on invalid rows."""
    numeric = ["pos", "ttr", "queryType", "sessionNums", "respLevel"]
    table = _read_table(path, [*numeric, "localid", "clipName", "respEmo"])
    numbers = table[numeric].apply(pd.to_numeric, errors="coerce")
    valid = (
        numbers.notna().all(axis=1)
        & (numbers["ttr"] >= 0)
        & numbers["respLevel"].between(0, 100)
        & table["respEmo"].isin(list(EMOTIONS))
        & (table["localid"] != "")
    )
    # Practice trials used other clips, which do not belong to the corpus.
    practice = table["clipName"].str.endswith("practice")
    bad = table.index[~practice & ~(valid & _match_clips(table["clipName"]))]
    good = table[valid & _match_clips(table["clipName"]) & (numbers["queryType"] == query)]
    in_time = numbers.loc[good.index].sort_values(["sessionNums", "pos"], kind="stable").index
    first = good.loc[in_time].drop_duplicates(["localid", "clipName"]).sort_index()
    answers = {
        "clip": first["clipName"],
        "annotator": first["localid"],
        "label": first["respEmo"].map(EMOTIONS).astype(pd.CategoricalDtype(EMOTIONS.values())),
    }
    return pd.DataFrame(answers), _describe_invalid(path, bad)


def _read_votes(path, query):
    """Return a table with the vote counts of each clip, and remarks on invalid rows."""
    table = _read_table(path, [*EMOTIONS, "fileName"])
    # The first column numbers the rows: votes by voice from 100001, by face from 200001, by both
    # from 300001.
    modality = pd.to_numeric(table.iloc[:, 0], errors="coerce") // 100000
    votes = table[list(EMOTIONS)].apply(pd.to_numeric, errors="coerce")
    valid = votes.notna().all(axis=1) & (votes >= 0).all(axis=1) & modality.notna()
    practice = table["fileName"].str.endswith("practice")
    is_clip = _match_clips(table["fileName"])
    bad = table.index[~practice & ~(valid & is_clip)]
    used = valid & is_clip & (modality == query)
    result = votes[used].astype(int).assign(clip=table.loc[used, "fileName"])
    return result.sort_values("clip"), _describe_invalid(path, bad)


def _describe_invalid(path, lines):
    if len(lines) == 0:
        return []
    where = join_names(lines, most=len(lines))
    return [f"{len(lines)} invalid row(s) of {path.name} are ignored, in lines {where}"]
