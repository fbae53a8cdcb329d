"""A synthetic corpus of dialogues: speech that carries emotion, and raters who disagree."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import soundfile
from sklearn.utils import Bunch

from sklearn_ser.datasets._simulate import simulate_ratings
from sklearn_ser.datasets._voice import CONSONANTS, VOWELS, Syllables, speak
from sklearn_ser.utils._params import Interval, StrOptions, validate_params
from sklearn_ser.utils._random import as_generator
from sklearn_ser.utils._typing import AnyPath, RandomState

SAMPLING_RATE = 16000

# Emotions that an utterance can express, their shares, and the shares of the emotions that each is
# mixed with in ambiguous utterances.
EXPRESSED = ["anger", "happiness", "neutral", "sadness", "frustration"]
SHARE = [0.22, 0.2, 0.26, 0.2, 0.12]
MIXED_WITH = pd.DataFrame(
    [
        [0.0, 0.1, 0.1, 0.1, 0.7],
        [0.2, 0.0, 0.7, 0.1, 0.0],
        [0.1, 0.3, 0.0, 0.3, 0.3],
        [0.1, 0.0, 0.5, 0.0, 0.4],
        [0.5, 0.0, 0.3, 0.2, 0.0],
    ],
    index=EXPRESSED,
    columns=EXPRESSED,
)
# Answers of raters to each emotion. They resemble confusions for spontaneous speech, but were not
# measured on any corpus.
CONFUSIONS = pd.DataFrame(
    [
        [0.80, 0.01, 0.05, 0.01, 0.11, 0.02],
        [0.02, 0.80, 0.12, 0.01, 0.02, 0.03],
        [0.02, 0.05, 0.80, 0.05, 0.05, 0.03],
        [0.01, 0.01, 0.12, 0.79, 0.05, 0.02],
        [0.20, 0.01, 0.15, 0.08, 0.52, 0.04],
    ],
    index=EXPRESSED,
    columns=[*EXPRESSED, "other"],
)
TARGETS = ["anger", "happiness", "neutral", "sadness"]

# Changes of the voice by emotion. The directions are those summarised by Scherer, "Vocal
# communication of emotion", Speech Communication 2003, doi 10.1016/S0167-6393(02)00084-5; the
# sizes are our own. Units: pitch in semitones, its range as a log2 factor, its slope over the
# utterance in semitones, level in dB, tempo as a log2 factor, tilt in dB per octave, breath and
# jitter as log2 factors.
WAYS = ["pitch", "range", "slope", "level", "tempo", "tilt", "breath", "jitter"]
PROTOTYPES = pd.DataFrame(
    [
        [4.0, 0.6, -1.5, 6.0, 0.20, 3.0, -0.5, 0.8],
        [4.5, 0.9, 1.5, 3.0, 0.15, 1.0, 0.0, 0.0],
        [0.0, 0.0, -1.0, 0.0, 0.00, 0.0, 0.0, 0.0],
        [-1.5, -0.8, -2.0, -5.0, -0.35, -2.5, 1.0, 0.4],
        [1.5, 0.2, -2.0, 2.5, -0.10, 1.5, 0.3, 0.6],
    ],
    index=EXPRESSED,
    columns=WAYS,
)
# Standard deviations between speakers, and between utterances of a speaker, in the same units.
SPEAKER_SPREAD = np.array([0.0, 0.2, 0.4, 1.2, 0.06, 0.6, 0.2, 0.2])
UTTERANCE_SPREAD = np.array([1.0, 0.25, 0.8, 1.2, 0.08, 0.6, 0.2, 0.2])
# For raters who listen. An utterance is heard as "other" if it is farther than this from every
# emotion, in standard deviations. The temperature was chosen for alpha = 0.4 in large corpora.
FAR = 6.0
TEMPERATURE = 3.5
TASTE = 0.05

HOW_RATERS_ANSWER = {
    "confuse": "confuse the emotions that were to be expressed",
    "listen": "listen to how far the voice is from each emotion",
}
DESCR = """\
Synthetic dyadic corpus, with simulated raters
----------------------------------------------
{n} utterances of {n_speakers} synthetic speakers, two in each of {n_sessions} sessions;
{minutes:.1f} minutes at 16 kHz, synthesised by a source-filter model, without words. Each
utterance expresses anger, happiness, neutral, sadness or frustration, or a mixture of two of them,
by pitch, tempo, energy, spectral tilt, breath and jitter, with variation between speakers and
utterances. There are {n_raters} simulated annotators, who {way} and differ in their
preferences; {n_ratings} of them rate each utterance, sometimes with two labels. Frustration and
"other" are labels, but not target classes. {clear:.0%} of the utterances are clear (the plurality
agrees on a target class), {ambiguous:.0%} are ambiguous (a target class was named, but none won),
and {rest:.0%} have no label of a target class.

No real speaker or rater took part. The corpus is for showing how methods are used and for testing
that they work; results on it say nothing about people. Public domain (CC0).
"""


@validate_params(
    {
        "n_sessions": [Interval(Integral, 1, None, closed="left")],
        "n_utterances": [Interval(Integral, 2, None, closed="left")],
        "n_annotators": [Interval(Integral, 1, None, closed="left")],
        "n_ratings": [Interval(Integral, 1, None, closed="left")],
        "raters": [StrOptions({"confuse", "listen"})],
        "root": [str, Path, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_dyadic_corpus(
    n_sessions: int = 5,
    n_utterances: int = 40,
    *,
    n_annotators: int = 6,
    n_ratings: int = 3,
    raters: Literal["confuse", "listen"] = "confuse",
    root: AnyPath | None = None,
    random_state: RandomState = None,
) -> Bunch:
    """Make a synthetic corpus of dialogues with simulated raters.

    Parameters
    ----------
    n_sessions : int, default=5
        Number of dialogues, each between a woman's and a man's voice of its own.
    n_utterances : int, default=40
        Number of utterances in each session, at least 2.
    n_annotators : int, default=6
        Number of simulated raters.
    n_ratings : int, default=3
        Number of raters of each utterance.
    raters : {"confuse", "listen"}, default="confuse"
        How raters answer. With "confuse", an answer depends on the emotions that the utterance was
        to express, by confusions that all raters share, but for their preferences. With "listen",
        it depends on the voice as it became: on how far its pitch, tempo, energy and so on are
        from those of each emotion. Then raters disagree on what is hard to hear, and a clear
        emotion in an unusual voice is heard as another one. Both have about the agreement of
        spontaneous speech, with a Krippendorff's alpha of about 0.4. The speech is the same.
    root : str or path, default=None
        New or empty folder into which the corpus is written: ``wav/*.wav``, ``utterances.csv`` and
        ``ratings.csv`` (one row per label: utterance, annotator, label).
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``utterance``, ``session``, ``speaker``, and ``signal`` (float32
        waveforms within [-1, 1)) or, if `root` is given, ``file``.
        ``ratings`` : Ratings, with anger, happiness, neutral and sadness as target classes.
        ``target`` : consensus labels, None where there is none.
        ``target_names`` : list of the target classes.
        ``sampling_rate`` : 16000 (Hz).
        ``expressed`` : DataFrame, the distribution over emotions that each utterance expresses.
        ``DESCR`` : description of the corpus, with its counts.

    Raises
    ------
    FileExistsError
        If `root` exists and is not empty; no file is ever overwritten.
    ValueError
        If a parameter is out of range, or there are more ratings than annotators.

    Examples
    --------
    >>> from sklearn_ser.datasets import make_dyadic_corpus
    >>> corpus = make_dyadic_corpus(n_sessions=2, n_utterances=3, random_state=0)
    >>> len(corpus.data), corpus.data["speaker"].unique().tolist()
    (6, ['Ses1F', 'Ses1M', 'Ses2F', 'Ses2M'])
    >>> corpus.target_names
    ['anger', 'happiness', 'neutral', 'sadness']
    """
    if root is not None:
        root = _check_folder(root)
    # Separate streams of random numbers, so that the number of raters does not change the speech.
    speech, answers = as_generator(random_state).spawn(2)
    data, expressed, ways = _speak_all(n_sessions, n_utterances, speech)
    if raters == "confuse":
        known = {"labels": expressed, "confusions": CONFUSIONS}
    else:
        known = {"scores": _score(ways), "taste": TASTE, "temperature": TEMPERATURE}
    ratings = simulate_ratings(
        **known,
        n_annotators=n_annotators,
        n_ratings=n_ratings,
        bias=0.5,
        p_second=0.1,
        target_classes=TARGETS,
        random_state=answers,
    )
    minutes = data["signal"].map(len).sum() / SAMPLING_RATE / 60
    if root is not None:
        data = _write(root, data, ratings)
    consensus = ratings.consensus()
    clear = np.isin(consensus, TARGETS)
    named = ratings.counts().any(axis=1)
    return Bunch(
        data=data,
        ratings=ratings if root is None else ratings.with_ids(data["file"]),
        target=consensus,
        target_names=list(TARGETS),
        sampling_rate=SAMPLING_RATE,
        expressed=expressed,
        DESCR=DESCR.format(
            n=len(data),
            n_speakers=2 * n_sessions,
            n_sessions=n_sessions,
            minutes=minutes,
            n_raters=n_annotators,
            way=HOW_RATERS_ANSWER[raters],
            n_ratings=n_ratings,
            clear=clear.mean(),
            ambiguous=(named & ~clear).mean(),
            rest=(~named).mean(),
        ),
    )


def _check_folder(root):
    root = Path(root).expanduser()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(f"root must be a new or empty folder, got {root}.")
    return root


def _speak_all(n_sessions, n_utterances, rng):
    """Return waveforms with their speakers, the distributions they express, and their ways."""
    mixtures = _draw_mixtures(n_sessions * n_utterances, rng)
    rows, ways = [], []
    for session in range(1, n_sessions + 1):
        voices = {f"Ses{session}F": _Voice("F", rng), f"Ses{session}M": _Voice("M", rng)}
        for turn in range(n_utterances):
            speaker = list(voices)[turn % 2]
            voice, emotion = voices[speaker], mixtures[len(rows)] @ PROTOTYPES.to_numpy()
            ways.append(voice.choose_ways(emotion, rng))
            signal = voice.say(ways[-1], rng)
            name = f"{speaker}_{turn + 1:03d}"
            # Rounded to 16 bits, so that waveforms in memory and in files are equal.
            signal = np.round(signal * 32767).astype(np.float32) / 32768
            rows.append((name, session, speaker, signal))
    data = pd.DataFrame(rows, columns=["utterance", "session", "speaker", "signal"])
    return data, pd.DataFrame(mixtures, columns=EXPRESSED), np.array(ways)


def _score(ways):
    """Return how much each utterance sounds like each emotion to raters new to the speaker.

    Scores are log-probabilities, up to a constant, of the changes of the voice given the emotion.
    "Other" has a fixed score.
    """
    spread = np.hypot(SPEAKER_SPREAD, UTTERANCE_SPREAD)
    distance = np.linalg.norm((ways[:, None] - PROTOTYPES.to_numpy()) / spread, axis=2)
    return pd.DataFrame(-0.5 * distance**2, columns=EXPRESSED).assign(other=-0.5 * FAR**2)


def _draw_mixtures(n, rng):
    """Draw the distribution of each utterance over the emotions: one emotion, or two."""
    main = rng.choice(len(EXPRESSED), n, p=SHARE)
    second = np.array([rng.choice(len(EXPRESSED), p=MIXED_WITH.to_numpy()[k]) for k in main])
    is_mixed = rng.random(n) < 0.6
    weight = np.where(is_mixed, rng.uniform(0.45, 0.75, n), 1.0)
    eye = np.eye(len(EXPRESSED))
    return weight[:, None] * eye[main] + (1 - weight[:, None]) * eye[second]


class _Voice:
    """A speaker, with a pitch, a vocal tract and habits."""

    def __init__(self, sex, rng):
        pitch, tract = {"F": (205, 1.15), "M": (115, 1.0)}[sex]
        self.pitch = pitch * 2 ** (rng.normal(0, 1.5) / 12)
        self.tract = tract * 2 ** rng.normal(0, 0.05)
        self.habit = SPEAKER_SPREAD * rng.standard_normal(len(WAYS))
        self.expressiveness = rng.uniform(0.7, 1.3)

    def choose_ways(self, emotion, rng):
        """Return how the voice changes in an utterance, given what an emotion changes."""
        return (
            self.habit
            + self.expressiveness * emotion
            + UTTERANCE_SPREAD * rng.standard_normal(len(WAYS))
        )

    def say(self, ways, rng):
        """Return the waveform of an utterance."""
        pitch, width, slope, level, tempo, tilt, breath, jitter = ways
        n = int(rng.integers(5, 12))
        place = np.linspace(-0.5, 0.5, n)
        accent = rng.standard_normal(n)
        semitones = pitch + 2**width * (1.2 * accent) + slope * place
        duration = 0.13 * 2 ** (-tempo + 0.3 * rng.standard_normal(n))
        duration[-1] *= 1.5  # the last syllable before a pause is longer
        syllables = Syllables(
            vowel=rng.integers(len(VOWELS), size=n),
            consonant=rng.integers(len(CONSONANTS), size=n),
            duration=np.clip(duration, 0.06, 0.5),
            f0=np.clip(self.pitch * 2 ** (semitones / 12), 60, 480),
            level=-26 + level + 1.5 * accent - 2 * place,
            tilt=np.full(n, tilt),
            breath=np.full(n, 0.04 * 2**breath),
            jitter=np.full(n, 0.008 * 2**jitter),
        )
        return speak(syllables, SAMPLING_RATE, rng, tract=self.tract)


def _write(root, data, ratings):
    """Write the corpus to a folder, and return its table with files in place of waveforms."""
    (root / "wav").mkdir(parents=True)
    names = [f"wav/{name}.wav" for name in data["utterance"]]
    for name, signal in zip(names, data["signal"], strict=True):
        soundfile.write(root / name, signal, SAMPLING_RATE, subtype="PCM_16")
    data = data.drop(columns="signal")
    data.assign(file=names).to_csv(root / "utterances.csv", index=False)
    table = ratings.to_long()
    table["sample"] = data["utterance"].to_numpy()[table["sample"]]
    table.rename(columns={"sample": "utterance"}).to_csv(root / "ratings.csv", index=False)
    return data.assign(file=[str(root / name) for name in names])
