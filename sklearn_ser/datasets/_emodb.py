"""Emo-DB, the Berlin database of emotional speech."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sklearn_ser.datasets._acted import list_recordings
from sklearn_ser.datasets._corpus import count_labels
from sklearn_ser.datasets._files import find_nearby, read_text
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath

# Number of utterances of each emotion in a complete copy. Files are named by the first letters of
# the German words.
EMOTIONS = {
    "anger": 127,
    "boredom": 81,
    "disgust": 46,
    "fear": 69,
    "happiness": 71,
    "neutral": 79,
    "sadness": 62,
}
LETTERS = dict(zip("WLEAFNT", EMOTIONS, strict=True))
# The ten speakers are 03 and 08 to 16.
NAME = re.compile(
    r"(?P<speaker>03|08|09|1[0-6])(?P<text>[ab]\d\d)(?P<letter>[WLEAFNT])(?P<version>[a-z])",
    re.IGNORECASE,
)
LISTENERS = (20, 21)  # 20 took part, 21 for the sentence b03
OTHER = "other"

DESCR = """\
Emo-DB, Berlin database of emotional speech
-------------------------------------------
{n} utterances of {n_speakers} actors, in German, who say ten sentences in acted emotions:
{counts}.
A complete copy has 535 utterances of 10 actors. 16 kHz, mono.

The consensus is the acted emotion; utterances were published if at least 80 % of the listeners
recognised it. {votes}

Burkhardt, F., Paeschke, A., Rolfes, M., Sendlmeier, W. and Weiss, B. (2005). A database of German
emotional speech. Interspeech. doi:10.21437/Interspeech.2005-446. Licence: CC0 1.0.
"""


@validate_params(
    {"root": [str, PathLike], "emotions": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def load_emodb(root: AnyPath, *, emotions: Sequence[str] | None = None) -> Bunch:
    """Load Emo-DB from its official layout: ``wav/`` and, for the votes, ``erkennung.txt``.

    Parameters
    ----------
    root : str or path-like
        Folder that contains ``wav/``, or the recordings themselves, at any depth. WAV, FLAC, Ogg
        and MP3 files are found. ``erkennung.txt`` is looked for in `root` and up to two levels
        below it, and beside ``wav/``.
    emotions : sequence of str, default=None
        Emotions to load, among anger, boredom, disgust, fear, happiness, neutral and sadness; None
        loads all that are present.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file``, ``speaker``, ``text`` and ``emotion`` (as acted).
        ``ratings`` : Ratings by anonymous listeners, with the emotions as target classes. The
        listening test states how many of about 20 listeners recognised the acted emotion, but not
        what the others answered; their votes are "other". Without ``erkennung.txt``, the actor's
        intention is the only rating.
        ``target`` : labels (the acted emotions), which are also the consensus of the ratings.
        ``target_names`` : list of the emotions.
        ``sampling_rate`` : 16000 (Hz).
        ``DESCR`` : description of the corpus, with its counts, licence and citation.

    Raises
    ------
    FileNotFoundError
        If there is no recording of these emotions.
    ValueError
        If an emotion is unknown, or ``erkennung.txt`` is a pointer of Git LFS, is there twice, or
        has lines that cannot be read or that repeat a file; the first of these are listed.

    Warns
    -----
    UserWarning
        If the copy is incomplete, has recordings more than once or files with other names, or
        recordings are not in the listening test; one warning covers everything.

    Examples
    --------
    A folder with two recordings, which are empty here. A warning states that the copy is
    incomplete.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_ser.datasets import load_emodb
    >>> root = tempfile.TemporaryDirectory()
    >>> Path(root.name, "wav").mkdir()
    >>> for name in ("03a01Wa.wav", "08a02Ta.wav"):
    ...     Path(root.name, "wav", name).touch()
    >>> load_emodb(root.name).data[["speaker", "emotion"]].values.tolist()
    [['03', 'anger'], ['08', 'sadness']]
    """
    root = Path(root).expanduser()
    wav = root / "wav" if (root / "wav").is_dir() else root
    data, remarks = list_recordings("Emo-DB", wav, _parse, EMOTIONS, emotions, "wav/03a01Fa.wav")
    found = sorted(set(data["emotion"]))
    table = find_nearby(root, ["erkennung.txt"], inside=("wav",))
    if table is not None:
        heard = read_listening_test(table)
        ratings, more = _make_ratings(data, found, heard)
        votes = "About 20 listeners rated each; only the number who recognised it is known."
        remarks += more
    else:
        ratings = Ratings.from_labels(data["emotion"].to_numpy(str), target_classes=found)
        votes = "There is no listening test here: the only rating is the acted emotion."
    if remarks:
        warnings.warn(f"Emo-DB in {root}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)
    # The acted emotion is the consensus, even if few listeners recognised it.
    ratings = ratings.with_consensus(data["emotion"].to_numpy(object))
    return Bunch(
        data=data,
        ratings=ratings.with_ids(data["file"]),
        target=data["emotion"].to_numpy(object),
        target_names=found,
        sampling_rate=16000,
        DESCR=DESCR.format(
            n=len(data),
            n_speakers=data["speaker"].nunique(),
            counts=count_labels(data["emotion"]),
            votes=votes,
        ),
    )


def _parse(file):
    match = NAME.fullmatch(file.stem)
    if match is None:
        return None
    return file.stem.lower(), {
        "speaker": match["speaker"],
        "text": match["text"].lower(),
        "emotion": LETTERS[match["letter"].upper()],
    }


def read_listening_test(path):
    """Return the percentages of listeners who recognised a recording and found it natural."""
    heard, bad = {}, []
    lines = read_text(path, "latin-1").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        fields = [field.strip() for field in line.split("\t")]  # strips no-break spaces too
        if fields == [""]:
            continue
        try:
            _, name, *percent = fields
            recognised, natural = (float(value.replace(",", ".")) for value in percent)
        except ValueError:
            bad.append(number)
            continue
        name = Path(name).stem.lower()
        if not (0 <= recognised <= 100 and 0 <= natural <= 100) or name in heard:
            bad.append(number)
        heard[name] = recognised, natural
    if bad:
        raise ValueError(
            f"{path}: lines must have a number, a file that no other line has, and two "
            f"percentages, separated by tabs; not for lines {join_names(bad)}."
        )
    return heard


def count_votes(acted, n_correct, n_listeners, emotions):
    """Return the votes of listeners, of whom it is known who recognised the acted emotion.

    Parameters
    ----------
    acted : sequence of str of shape (n_samples,)
    n_correct, n_listeners : sequence of int of shape (n_samples,)
    emotions : list of str
        The target classes.

    Returns
    -------
    Ratings
        The votes of all other listeners are "other".
    """
    classes = [*emotions, OTHER]
    counts = np.zeros((len(acted), len(classes)), dtype=int)
    counts[np.arange(len(acted)), [classes.index(emotion) for emotion in acted]] = n_correct
    counts[:, -1] = np.subtract(n_listeners, n_correct)
    return Ratings.from_counts(counts, classes, target_classes=emotions)


def _make_ratings(data, emotions, heard):
    files = [Path(file) for file in data["file"]]
    names = [file.stem.lower() for file in files]
    not_heard = [file.name for file, name in zip(files, names, strict=True) if name not in heard]
    votes = [_count_listeners(*heard[name]) if name in heard else (1, 1) for name in names]
    ratings = count_votes(data["emotion"], *zip(*votes, strict=True), emotions)
    remarks = []
    if not_heard:
        remarks.append(
            f"not in the listening test, rated by the acted emotion alone: {join_names(not_heard)}"
        )
    return ratings, remarks


def _count_listeners(recognised, natural):
    """Return how many listeners recognised the emotion, and how many there were.

    The number of listeners is the one for which both percentages are closest to whole numbers of
    listeners.
    """

    def error(n):
        return sum(abs(p * n / 100 - round(p * n / 100)) for p in (recognised, natural))

    n_listeners = min(LISTENERS, key=error)
    return round(recognised * n_listeners / 100), n_listeners
