"""EmoTale: acted speech in Danish and English, each utterance rated by the same three people."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels, locate_recordings
from sklearn_ser.datasets._emotale_tables import (
    EMOTIONS,
    get_clip,
    parse_clip,
    read_answers,
    read_speakers,
)
from sklearn_ser.datasets._files import describe_folder, find_nearby
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names, say_count
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

ANSWERS, SPEAKERS = "annotations.csv", "speaker_info.csv"
CHILDREN = ("008", "009", "014")  # 9 to 12 years old
N_CLIPS = 800  # of a complete copy

DESCR = """\
EmoTale, enacted emotional speech in Danish and English
-------------------------------------------------------
{n} recordings of {n_speakers} speakers ({languages}), who say five sentences in five acted
emotions: {acted}.
{children}
A complete copy has 800 recordings of 18 speakers, of which 125 are of three children. 48 kHz.

{n_raters} people ({raters}) rated them: one of the five emotions, arousal, valence and dominance.
Consensus: {counts}; {none} recordings without consensus.

Hjuler, M. J., Skat-Rørdam, H. V., Clemmensen, L. H. and Das, S. (2025). EmoTale: an enacted
speech-emotion dataset in Danish. IEEE Automatic Speech Recognition and Understanding Workshop
(ASRU). arXiv:2508.14548. No licence is stated; the authors ask to be cited.
"""


@validate_params(
    {"root": [str, PathLike], "children": ["boolean"]}, prefer_skip_nested_validation=True
)
def load_emotale(root: AnyPath, *, children: bool = False) -> Bunch:
    r"""Load EmoTale from its official layout, with the answers of all raters.

    Parameters
    ----------
    root : str or path-like
        Folder that contains ``annotations.csv``; recordings are in ``wav``, or anywhere below
        `root`. The table may also be up to two levels below `root`, or beside ``wav`` if that is
        `root`. Gender and age are read from ``speaker_info.csv`` beside the table.
    children : bool, default=False
        Whether to load the recordings of children as well. By default, those of the speakers 008,
        009 and 014, who are 9 to 12 years old, are left out, as ``DESCR`` says.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker``, ``language`` ("Danish" or "English"),
        ``text`` ("1" to "5", the sentence), ``emotion`` (as acted), ``gender`` ("female" or
        "male"; None where unknown), ``age`` in years, and the means of the raters' scores from 1
        to 5, ``arousal``, ``valence`` and ``dominance``; NaN where there are none.
        ``ratings`` : Ratings by "a1", "a2" and "a3", with the five emotions as target classes.
        ``target`` : consensus labels of the raters, None where there is none.
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 48000 (Hz).
        ``DESCR`` : description of the corpus, with its counts and citation.

    Raises
    ------
    FileNotFoundError
        If there is no ``annotations.csv``.
    ValueError
        If a table lacks columns, is a pointer of Git LFS, has lines that cannot be read (the first
        are listed) or is in several folders; or if all recordings are of children.

    Warns
    -----
    UserWarning
        If the copy is incomplete, recordings are missing, unrated or there more than once, or
        speakers are not in ``speaker_info.csv``; one warning covers everything.

    Examples
    --------
    A folder with the answers on one recording, which is missing, as a warning states.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.datasets import load_emotale
    >>> root = tempfile.TemporaryDirectory()
    >>> lines = [
    ...     "file,a1_A,a1_V,a1_D,a1_cat,a2_A,a2_V,a2_D,a2_cat,gt_emotion",
    ...     "EN_003_S_2.wav,1.5,2.0,2.0,S,2.5,2.0,2.0,N,S",
    ... ]
    >>> with open(Path(root.name, "annotations.csv"), "w") as file:
    ...     print(*lines, sep="\n", file=file)
    >>> corpus = load_emotale(root.name)
    >>> corpus.data[["speaker", "emotion", "arousal"]].values.tolist()
    [['003', 'sadness', 2.0]]
    >>> corpus.ratings[0]
    {'a1': ('sadness',), 'a2': ('neutral',)}
    """
    root = Path(root).expanduser()
    table = find_nearby(root, [ANSWERS], inside=("wav",))
    if table is None:
        raise FileNotFoundError(f"there is no {ANSWERS} in {root}. {describe_folder(root)}")
    labels, scores = read_answers(table)
    base, remarks = table.parent, []
    if len(labels) < N_CLIPS:
        remarks.append(f"it has {len(labels)} of the {N_CLIPS} recordings of a complete copy")
    is_child = np.array([_is_of_child(clip) for clip in labels.index], dtype=bool)
    if not children:
        labels, scores = labels[~is_child], scores[~is_child]
    if len(labels) == 0:
        raise ValueError(
            f"{table} must rate recordings"
            + (" of adults, since children=False; it has none." if is_child.any() else ".")
        )

    def get_wanted(file):
        clip = get_clip(file.name)
        return None if clip is None or (_is_of_child(clip) and not children) else clip

    files = {clip: base / "wav" / f"{clip}.wav" for clip in labels.index}
    where = root if base.is_relative_to(root) else base
    found, more = locate_recordings(where, files, get_wanted)
    data = pd.DataFrame(
        {"file": str(file), **parse_clip(clip)} for file, clip in zip(found, files, strict=True)
    )
    about, unknown = _describe_speakers(base, data["speaker"])
    data = data.join(about).join(scores.reset_index(drop=True))
    ratings = Ratings.from_wide(labels, target_classes=sorted(EMOTIONS.values()))
    unrated = labels.index[ratings.lengths == 0]
    if len(unrated):
        count = say_count(len(unrated), "recording has", "recordings have")
        more.append(f"{count} no answers ({join_names(unrated, most=3)})")
    remarks += more + unknown
    if remarks:
        warnings.warn(f"EmoTale in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)
    target = ratings.consensus()
    return Bunch(
        data=data,
        ratings=ratings.with_ids(data["file"]),
        target=target,
        target_names=sorted(EMOTIONS.values()),
        sampling_rate=48000,
        DESCR=DESCR.format(
            n=len(data),
            n_speakers=data["speaker"].nunique(),
            languages=count_labels(data["language"]),
            acted=count_labels(data["emotion"]),
            children=_describe_children(int(is_child.sum()), children),
            n_raters=len(ratings.annotators),
            raters=", ".join(ratings.annotators.tolist()),
            counts=count_labels(target),
            none=int(sum(label is None for label in target)),
        ),
    )


def _is_of_child(clip):
    return parse_clip(clip)["speaker"] in CHILDREN


def _describe_children(count, loaded):
    who = f"of the speakers {join_names(CHILDREN)}, who are children of 9 to 12 years"
    if loaded:
        return f"{say_count(count, 'recording is', 'recordings are')} {who}."
    verb = "is" if count == 1 else "are"
    return f"{say_count(count, 'further recording')}, {who}, {verb} left out."


def _describe_speakers(base, speakers):
    """Return gender and age of each sample's speaker, and remarks on speakers without."""
    path = base / SPEAKERS
    known = read_speakers(path) if path.is_file() else {}
    nobody = {"gender": None, "age": np.nan}
    rows = [known.get(speaker, nobody) for speaker in speakers]
    about = pd.DataFrame(
        {
            "gender": pd.Series([row["gender"] for row in rows], dtype=object),
            "age": pd.Series([row["age"] for row in rows], dtype=float),
        }
    )
    missing = sorted(set(speakers) - set(known))
    remarks = [f"speakers are not in {SPEAKERS}: {join_names(missing)}"] if missing else []
    return about, remarks if known else [f"there is no {SPEAKERS}, so gender and age are unknown"]
