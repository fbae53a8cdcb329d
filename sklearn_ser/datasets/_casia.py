"""CASIA, the Chinese corpus of emotional speech."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

from sklearn.utils import Bunch

from sklearn_ser.datasets._acted import make_acted_corpus
from sklearn_ser.datasets._files import find_recordings
from sklearn_ser.utils._params import StrOptions, validate_params
from sklearn_ser.utils._typing import AnyPath

# The name of each emotion, by its folder. The part with different texts has "normal" in place of
# "neutral".
NAMES = {
    "angry": "anger",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "normal": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
# The number of recordings of each emotion in a complete copy: of four speakers, in both parts or
# in the part with the same texts.
COMPLETE = {"all": 4 * (300 + 100), "common": 4 * 300}
# The four people, as the parts of the corpus spell them, letters only. The typing error is that of
# the corpus.
SAME, DIFFERENT = "same texts", "different texts"
PARTS = {"\u76f8\u540c\u6587\u672c300": SAME, "\u4e0d\u540c\u6587\u672c100": DIFFERENT}
SPEAKERS = {
    "liuchanhg": ("liuchanhg", SAME),
    "liuchang": ("liuchanhg", SAME),
    "changliu": ("liuchanhg", DIFFERENT),
    "wangzhe": ("wangzhe", SAME),
    "zhewang": ("wangzhe", DIFFERENT),
    "zhaoquanyin": ("zhaoquanyin", SAME),
    "quanyinzhao": ("zhaoquanyin", DIFFERENT),
    "zhaozuoxiang": ("ZhaoZuoxiang", SAME),
    "zuoxiangzhao": ("ZhaoZuoxiang", DIFFERENT),
}

DESCR = """\
CASIA, Chinese emotional speech
-------------------------------
{n} utterances of {n_speakers} speakers, in Mandarin, who act emotions: {counts}.
A complete copy has 9600 utterances of 4 speakers: of each speaker in each emotion, 300 of texts
that all emotions share, and 100 of other texts. A subset of 1200 circulates. 16 kHz, mono.
{selected}

The only rating is the acted emotion.

Tao, J., Liu, F., Zhang, M. and Jia, H. (2005). Design of speech corpus for Mandarin text to
speech. Blizzard Challenge workshop. Distributed by the Institute of Automation, Chinese Academy
of Sciences, under its own licence.
"""
SELECTED = {"all": "", "common": "Here, only those of the shared texts.\n"}


@validate_params(
    {
        "root": [str, PathLike],
        "emotions": ["array-like", None],
        "selection": [StrOptions(set(COMPLETE))],
    },
    prefer_skip_nested_validation=True,
)
def load_casia(
    root: AnyPath,
    *,
    emotions: Sequence[str] | None = None,
    selection: Literal["all", "common"] = "all",
) -> Bunch:
    """Load CASIA from its layout: ``liuchanhg/angry/201.wav``.

    The part with different texts spells the speakers' names in another way, ``Chang.Liu`` for
    ``liuchanhg``, and neutral speech ``normal``. Both are read as the same person and emotion.

    Parameters
    ----------
    root : str or path-like
        Folder that contains the folders of the speakers, at any depth. Files may also carry the
        names of folders, as in ``angry/201-angry-liuchanhg.wav``. WAV, FLAC, Ogg and MP3 files are
        found.
    emotions : sequence of str, default=None
        Emotions to load, among anger, fear, happiness, neutral, sadness and surprise; None loads
        all that are present.
    selection : {"all", "common"}, default="all"
        "common": only the 7,200 utterances of the 300 texts that every speaker says in every
        emotion. Mao et al. [1]_ use "7,200 utterances that correspond to 300 linguistically
        neutral sentences with the same statements" and name no files; of the official layout, that
        is the part with the same texts. It is told by its folder or, if there is none, by the
        spelling of the speakers' names.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker`` ("liuchanhg", "wangzhe", "zhaoquanyin" or
        "ZhaoZuoxiang"), ``text`` (the number of the sentence in its part) and ``emotion`` (as
        acted).
        ``ratings`` : Ratings; the actor's intention is the only one.
        ``target`` : labels (the acted emotions).
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If there is no recording of these emotions, or none of the selected part.
    ValueError
        If an emotion or the selection is unknown.

    Warns
    -----
    UserWarning
        If the copy is incomplete or has files with other names; one warning covers everything.

    References
    ----------
    .. [1] Mao et al., "Emotion profile refinery for speech emotion classification", Interspeech
       2020. arXiv:2008.05259

    Examples
    --------
    A folder with two recordings, which are empty here. A warning states that the copy is
    incomplete.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.datasets import load_casia
    >>> root = tempfile.TemporaryDirectory()
    >>> for emotion in ("angry", "sad"):
    ...     Path(root.name, "liuchanhg", emotion).mkdir(parents=True)
    ...     Path(root.name, "liuchanhg", emotion, "201.wav").touch()
    >>> load_casia(root.name).data[["speaker", "text", "emotion"]].values.tolist()
    [['liuchanhg', '201', 'anger'], ['liuchanhg', '201', 'sadness']]
    """
    root = Path(root).expanduser()
    files = find_recordings(root)
    if selection == "common":
        found, files = files, [file for file in files if not _is_of_other_text(file)]
        if found and not files:
            raise FileNotFoundError(
                "selection='common' needs recordings of the texts that all emotions share; all "
                f"{len(found)} recordings in {root} are of other texts."
            )
    return make_acted_corpus(
        "CASIA",
        root,
        _parse,
        emotions=dict.fromkeys(NAMES.values(), COMPLETE[selection]),
        wanted=emotions,
        example="liuchanhg/angry/201.wav",
        sampling_rate=16000,
        descr=DESCR.replace("{selected}\n", SELECTED[selection]),
        files=files,
    )


def _is_of_other_text(file):
    # Absolute, since the folders that name a part may be those of root itself.
    parsed = _parse(Path(os.path.abspath(file)))
    return parsed is not None and parsed[0][0] == DIFFERENT


def _parse(path):
    words = re.split(r"[-_\s]+", path.stem)
    places = [*words, path.parent.name, path.parent.parent.name]
    spelled = {SPEAKERS[key] for key in map(_keep_letters, places) if key in SPEAKERS}
    speakers = {speaker for speaker, _ in spelled}
    # Where the names of one part were changed to those of the other, only its folder tells them
    # apart.
    parts = {PARTS[name] for name in (*words, *path.parts) if name in PARTS}
    parts = parts or {part for _, part in spelled}
    emotions = {NAMES[place.lower()] for place in places if place.lower() in NAMES}
    numbers = [word for word in words if word.isascii() and word.isdigit()]
    strange = [word for word in words if word not in numbers and not _is_known(word)]
    # Names that contradict one another, or words such as "copy", are not guessed at.
    counts = {len(speakers), len(parts), len(emotions), len(numbers)}
    if strange or counts != {1}:
        return None
    (speaker,), (part,), (emotion,), (text,) = speakers, parts, emotions, numbers
    row = {"speaker": speaker, "text": text, "emotion": emotion}
    return (part, speaker, emotion, int(text)), row


def _is_known(word):
    return word.lower() in NAMES or _keep_letters(word) in SPEAKERS or word in PARTS


def _keep_letters(name):
    return re.sub(r"[^a-z]", "", name.lower())
