"""CASIA, the Chinese corpus of emotional speech."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike

from sklearn.utils import Bunch

from sklearn_ser.datasets._acted import find_files, make_acted_corpus
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
NAME = re.compile(r"(?P<text>\d+)\.wav")

DESCR = """\
CASIA, Chinese emotional speech
-------------------------------
{n} utterances of {n_speakers} speakers, in Mandarin, who act emotions: {counts}.
A complete copy has 9600 utterances of 4 speakers; a subset of 1200 circulates. 16 kHz, mono.

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

    Parameters
    ----------
    root : str or path-like
        Folder that contains the folders of the speakers, at any depth.
    emotions : sequence of str, default=None
        Emotions to load, among anger, fear, happiness, neutral, sadness and surprise; None loads
        all that are present.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker`` (the folder above that of the emotion),
        ``text`` (the number of the sentence) and ``emotion`` (as acted).
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
    root, files = find_files(root, "*.wav")
    return make_acted_corpus(
        "CASIA",
        root,
        files,
        _parse,
        emotions=dict(EMOTIONS.values()),
        wanted=emotions,
        example="liuchanhg/angry/201.wav",
        sampling_rate=16000,
        descr=DESCR,
    )


def _parse(path):
    match, emotion = NAME.fullmatch(path.name), path.parent.name.lower()
    if match is None or emotion not in EMOTIONS:
        return None
    return {
        "speaker": path.parent.parent.name,
        "text": match["text"],
        "emotion": EMOTIONS[emotion][0],
    }
