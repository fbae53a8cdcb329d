"""RAVDESS, the Ryerson audio-visual database of emotional speech and song."""

from __future__ import annotations

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

# For each emotion: the third number in file names, the emotion's name, and the numbers of
# recordings of speech and of song in a complete copy.
EMOTIONS = {
    "01": ("neutral", 96, 92),
    "02": ("calm", 192, 184),
    "03": ("happiness", 192, 184),
    "04": ("sadness", 192, 184),
    "05": ("anger", 192, 184),
    "06": ("fear", 192, 184),
    "07": ("disgust", 192, 0),
    "08": ("surprise", 192, 0),
}
CHANNELS = {"speech": "01", "song": "02"}
INTENSITIES = {"01": "normal", "02": "strong"}
# Modality (03 is audio only), channel, emotion, intensity, statement, repetition, actor.
NAME = re.compile(
    r"03-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<text>0[12])-"
    r"(?P<repetition>0[12])-(?P<speaker>0[1-9]|1\d|2[0-4])"
)

DESCR = """\
RAVDESS, Ryerson audio-visual database of emotional speech and song
-------------------------------------------------------------------
{n} recordings of {n_speakers} actors, in North American English, who act emotions: {counts}.
A complete copy has 1440 recordings of speech by 24 actors, and 1012 of song by 23. 48 kHz.

The only rating is the acted emotion.{left_out}

Livingstone, S.R. and Russo, F.A. (2018). The Ryerson audio-visual database of emotional speech
and song (RAVDESS). PLoS ONE 13(5), e0196391. doi:10.1371/journal.pone.0196391.
Licence: CC BY-NC-SA 4.0.
"""


@validate_params(
    {
        "root": [str, PathLike],
        "vocal_channel": [StrOptions(set(CHANNELS))],
        "emotions": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def load_ravdess(
    root: AnyPath,
    *,
    vocal_channel: Literal["speech", "song"] = "speech",
    emotions: Sequence[str] | None = None,
) -> Bunch:
    """Load RAVDESS from its official layout: ``Actor_01/03-01-06-01-02-01-01.wav``.

    Parameters
    ----------
    root : str or path-like
        Folder that contains the folders of the actors, at any depth. A folder of actors that is
        there twice, as in an archive that circulates, is read once. WAV, FLAC, Ogg and MP3 files
        are found.
    vocal_channel : {"speech", "song"}, default="speech"
        Recordings of the other channel are left out, as ``DESCR`` says.
    emotions : sequence of str, default=None
        Emotions to load, among anger, calm, disgust, fear, happiness, neutral, sadness and
        surprise; None loads all that are present. There are no songs with disgust and surprise.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker``, ``text`` (01 or 02), ``emotion`` (as
        acted), ``intensity`` ("normal" or "strong") and ``repetition`` (1 or 2).
        ``ratings`` : Ratings; the actor's intention is the only one.
        ``target`` : labels (the acted emotions).
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 48000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If there is no recording of these emotions.
    ValueError
        If the channel or an emotion is unknown.

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
    >>> from sklearn_ser.datasets import load_ravdess
    >>> root = tempfile.TemporaryDirectory()
    >>> Path(root.name, "Actor_01").mkdir()
    >>> for name in ("03-01-04-01-02-01-01.wav", "03-01-05-01-02-01-01.wav"):
    ...     Path(root.name, "Actor_01", name).touch()
    >>> load_ravdess(root.name).data[["speaker", "emotion"]].values.tolist()
    [['01', 'sadness'], ['01', 'anger']]
    """
    root = Path(root).expanduser()
    column = 1 + list(CHANNELS).index(vocal_channel)
    complete = {row[0]: row[column] for row in EMOTIONS.values() if row[column]}
    (other,) = set(CHANNELS) - {vocal_channel}
    found = find_recordings(root)
    files = [file for file in found if not file.name.startswith(f"03-{CHANNELS[other]}-")]
    left_out = f" {len(found) - len(files)} files of {other} in the same folder are left out."
    return make_acted_corpus(
        "RAVDESS",
        root,
        _parse,
        emotions=complete,
        wanted=emotions,
        example="Actor_01/03-01-06-01-02-01-01.wav",
        sampling_rate=48000,
        descr=DESCR.replace("{left_out}", left_out if len(files) < len(found) else ""),
        files=files,
    )


def _parse(path):
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    return path.stem, {
        "speaker": match["speaker"],
        "text": match["text"],
        "emotion": EMOTIONS[match["emotion"]][0],
        "intensity": INTENSITIES[match["intensity"]],
        "repetition": int(match["repetition"]),
    }
