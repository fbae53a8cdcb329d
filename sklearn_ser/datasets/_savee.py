"""SAVEE, the Surrey audio-visual expressed emotion database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from sklearn.utils import Bunch

from sklearn_ser.datasets._acted import make_acted_corpus
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

# For each emotion: its letters in file names, its name, and the number of recordings in a complete
# copy.
EMOTIONS = {
    "a": ("anger", 60),
    "d": ("disgust", 60),
    "f": ("fear", 60),
    "h": ("happiness", 60),
    "n": ("neutral", 120),
    "sa": ("sadness", 60),
    "su": ("surprise", 60),
}
SPEAKERS = ("DC", "JE", "JK", "KL")
# Official copies have DC/a01.wav; copies in one folder have DC_a01.wav.
NAME = re.compile(
    r"((?P<speaker>DC|JE|JK|KL)[_-])?(?P<letters>a|d|f|h|n|sa|su)(?P<text>\d\d)", re.IGNORECASE
)

DESCR = """\
SAVEE, Surrey audio-visual expressed emotion
--------------------------------------------
{n} utterances of {n_speakers} men, in English, who act emotions: {counts}.
A complete copy has 480 utterances of 4 speakers. 44.1 kHz, mono.

The only rating is the acted emotion.

Haq, S. and Jackson, P.J.B. (2010). Multimodal emotion recognition. In Machine Audition:
Principles, Algorithms and Systems, IGI Global, 398-423. doi:10.4018/978-1-61520-919-4.ch017.
Available for research on request.
"""


@validate_params(
    {"root": [str, PathLike], "emotions": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def load_savee(root: AnyPath, *, emotions: Sequence[str] | None = None) -> Bunch:
    """Load SAVEE, named ``AudioData/DC/a01.wav`` or ``ALL/DC_a01.wav``.

    Parameters
    ----------
    root : str or path-like
        Folder that contains the recordings, at any depth: in folders of the speakers DC, JE, JK
        and KL, or named by the speaker. WAV, FLAC, Ogg and MP3 files are found.
    emotions : sequence of str, default=None
        Emotions to load, among anger, disgust, fear, happiness, neutral, sadness and surprise;
        None loads all that are present.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker``, ``text`` (the number of the sentence
        within its emotion) and ``emotion`` (as acted).
        ``ratings`` : Ratings; the actor's intention is the only one.
        ``target`` : labels (the acted emotions).
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 44100 (Hz).
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
    >>> from sklearn_ser.datasets import load_savee
    >>> root = tempfile.TemporaryDirectory()
    >>> Path(root.name, "DC").mkdir()
    >>> for name in ("a01.wav", "sa02.wav"):
    ...     Path(root.name, "DC", name).touch()
    >>> load_savee(root.name).data[["speaker", "emotion"]].values.tolist()
    [['DC', 'anger'], ['DC', 'sadness']]
    """
    return make_acted_corpus(
        "SAVEE",
        Path(root).expanduser(),
        _parse,
        emotions=dict(EMOTIONS.values()),
        wanted=emotions,
        example="AudioData/DC/a01.wav",
        sampling_rate=44100,
        descr=DESCR,
    )


def _parse(path):
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    letters, text = match["letters"].lower(), match["text"]
    # The folder says who speaks if the file does not; if both do, they must agree.
    names = {(match["speaker"] or path.parent.name).upper(), path.parent.name.upper()}
    speakers = names.intersection(SPEAKERS)
    if len(speakers) != 1 or not 1 <= int(text) <= EMOTIONS[letters][1] // len(SPEAKERS):
        return None
    (speaker,) = speakers
    row = {"speaker": speaker, "text": text, "emotion": EMOTIONS[letters][0]}
    return (speaker, letters, text), row
