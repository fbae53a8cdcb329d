"""CASIA, the Chinese corpus of emotional speech."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from sklearn.utils import Bunch

from sklearn_ser.datasets._acted import make_acted_corpus
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

# For each emotion: its folder, its name, and the number of recordings in a complete copy.
EMOTIONS = {
    "angry": ("anger", 1600),
    "fear": ("fear", 1600),
    "happy": ("happiness", 1600),
    "neutral": ("neutral", 1600),
    "sad": ("sadness", 1600),
    "surprise": ("surprise", 1600),
}
# The part with different texts has "normal" in place of "neutral".
NAMES = {folder: name for folder, (name, _) in EMOTIONS.items()} | {"normal": "neutral"}
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

The only rating is the acted emotion.

Tao, J., Liu, F., Zhang, M. and Jia, H. (2005). Design of speech corpus for Mandarin text to
speech. Blizzard Challenge workshop. Distributed by the Institute of Automation, Chinese Academy
of Sciences, under its own licence.
"""


@validate_params(
    {"root": [str, PathLike], "emotions": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def load_casia(root: AnyPath, *, emotions: Sequence[str] | None = None) -> Bunch:
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
        If there is no recording of these emotions.
    ValueError
        If an emotion is unknown.

    Warns
    -----
    UserWarning
        If the copy is incomplete or has files with other names; one warning covers everything.

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
    return make_acted_corpus(
        "CASIA",
        Path(root).expanduser(),
        _parse,
        emotions=dict(EMOTIONS.values()),
        wanted=emotions,
        example="liuchanhg/angry/201.wav",
        sampling_rate=16000,
        descr=DESCR,
    )


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
