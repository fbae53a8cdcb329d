"""CREMA-D: acted video clips, rated by a crowd from the voice, the face or both."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path
from typing import Literal

import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._acted import list_recordings
from sklearn_ser.datasets._corpus import count_labels, locate_recordings
from sklearn_ser.datasets._crema_d_tables import (
    EMOTIONS,
    NAME,
    get_clip,
    read_responses,
    read_votes,
)
from sklearn_ser.datasets._files import describe_folder, find_nearby
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._params import StrOptions, validate_params
from sklearn_ser.utils._typing import AnyPath

MODALITIES = {"voice": 1, "face": 2, "audio-visual": 3}
# Number of clips of each acted emotion in a complete copy.
N_CLIPS = dict.fromkeys(EMOTIONS.values(), 1271) | {"neutral": 1087}
RESPONSES = "finishedResponses.csv"
VOTES = "processedResults/tabulatedVotes.csv"
VOTES_ALONE = "tabulatedVotes.csv"

DESCR = """\
CREMA-D, crowd-sourced emotional multimodal actors dataset
----------------------------------------------------------
{n} clips of {n_speakers} actors, in English, who say twelve sentences in six acted emotions.
{raters}
A complete copy has 7,442 clips of 91 actors, rated by 2,443 people.
Consensus: {counts}; {none} clips without consensus.

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
        ``processedResults/tabulatedVotes.csv``; recordings are in ``AudioWAV``, or anywhere below
        `root`. The tables may also be up to two levels below `root`, or beside ``AudioWAV`` if
        that is `root`. Without tables, only the acted emotions are known, by the files' names.
    modality : {"voice", "face", "audio-visual"}, default="voice"
        What the raters saw or heard.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker`` (the actor), ``clip``, ``sentence``,
        ``emotion`` (as acted) and ``level`` ("LO", "MD", "HI" or "XX").
        ``ratings`` : Ratings, with the six emotions as target classes. With
        ``finishedResponses.csv``, each rater is known; if a rater rated a clip twice, the first
        answer counts. With the table of votes, votes are anonymous. Without tables, the actor's
        intention is the only rating.
        ``target`` : consensus labels of the raters, None where there is none.
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If there are neither tables nor recordings, or no rating of this modality.
    ValueError
        If columns are missing, or a table is a pointer of Git LFS or in several folders.

    Warns
    -----
    UserWarning
        If the copy is incomplete, recordings are missing, unrated or there more than once, or rows
        are invalid (an unknown letter or clip, a missing level, a negative time) and ignored; one
        warning covers everything, with the first line numbers.

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
    table = find_nearby(root, [RESPONSES, VOTES, VOTES_ALONE], inside=("audiowav",))
    if table is None:
        data, ratings, raters, remarks = _read_names(root, modality)
    else:
        clips, ratings, raters, remarks = _read_ratings(table, modality)
        base = table.parents[1] if table.parent.name == Path(VOTES).parent.name else table.parent
        files = {clip: base / "AudioWAV" / f"{clip}.wav" for clip in clips}
        where = root if base.is_relative_to(root) else base
        found, more = locate_recordings(where, files, lambda file: get_clip(file.stem))
        data = pd.DataFrame(
            {"file": str(file), **_parse_clip(clip)}
            for file, clip in zip(found, clips, strict=True)
        )
        complete = sum(N_CLIPS.values())
        if len(data) < complete:
            remarks.insert(0, f"it has {len(data):,} of the {complete:,} clips of a complete copy")
        remarks += more
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
            counts=count_labels(target),
            none=int(sum(label is None for label in target)),
        ),
    )


def _read_names(root, modality):
    """Return the recordings of a copy without tables, rated by the acted emotions."""
    if modality != "voice":
        raise FileNotFoundError(
            f"there is no rating by {modality} in {root}: there is neither {RESPONSES} nor "
            f"{VOTES}. {describe_folder(root)}"
        )
    try:
        data, remarks = list_recordings(
            "CREMA-D", root, _parse, N_CLIPS, None, "AudioWAV/1001_DFA_ANG_XX.wav"
        )
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"there is neither {RESPONSES} nor {VOTES} in {root}, and {error}"
        ) from None
    emotions = sorted(EMOTIONS.values())
    acted = data["emotion"].astype(pd.CategoricalDtype(emotions))
    ratings = Ratings.from_labels(acted, target_classes=emotions)
    return (
        data,
        ratings,
        "There are no raters here: the only rating is the acted emotion.",
        remarks,
    )


def _read_ratings(table, modality):
    """Return the clips that were rated, the ratings, a sentence on the raters, and remarks."""
    emotions = sorted(EMOTIONS.values())
    if table.name == RESPONSES:
        answers, remarks = read_responses(table, MODALITIES[modality])
        clips = sorted(set(answers["clip"]))
        ratings = Ratings.from_long(answers, sample="clip", samples=clips, target_classes=emotions)
        raters = f"{len(ratings.annotators)} people"
    else:
        votes, remarks = read_votes(table, MODALITIES[modality])
        clips = votes["clip"].tolist()
        ratings = Ratings.from_counts(
            votes[list(EMOTIONS)].to_numpy(), list(EMOTIONS.values()), target_classes=emotions
        )
        raters = "People without identity"
    if not clips:
        raise FileNotFoundError(f"there is no rating by {modality} in {table}.")
    return clips, ratings, f"{raters} rated them (modality: {modality}).", remarks


def _parse_clip(clip):
    match = NAME.fullmatch(clip)
    return {
        "speaker": match["speaker"],
        "clip": clip,
        "sentence": match["sentence"],
        "emotion": EMOTIONS[match["emotion"]],
        "level": match["level"],
    }


def _parse(path):
    clip = get_clip(path.stem)
    return None if clip is None else (clip, _parse_clip(clip))
