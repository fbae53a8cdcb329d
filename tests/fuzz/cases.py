"""Cases of hostile input: each makes one input from a random generator, feeds it, and judges.

A case passes if the answer is right or the error says what is wrong; whatever else happens (a
crash, another error, NaN, a sample that is lost) is raised.
"""

import math
import warnings

import numpy as np
import soundfile
from cut import cut
from mutation import mutated
from tables import LABELS, dtypes, order

from sklearn_ser import AttentionBLSTMClassifier, Ratings, check_ratings
from sklearn_ser.datasets._iemocap_files import parse_evaluation
from sklearn_ser.features import OpenSmileLLD, SegmentLogMel
from sklearn_ser.io import load, save

FORMATS = [
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("WAV", "ULAW"),
    ("FLAC", "PCM_S8"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
]
RATES = [4000, 8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]
LENGTHS = [0, 1, 2, 50, 399, 4000, 20000]
FRONT_ENDS = [SegmentLogMel(segment_step=10)] * 4 + [OpenSmileLLD("emobase")]


def audio(rng, folder):
    """A recording of any format, as it is or mutated; or no recording at all."""
    path = folder / "clip.wav"
    kind, subtype = FORMATS[rng.integers(len(FORMATS))]
    rate = 16000 if kind == "OGG" and rng.random() < 0.8 else int(rng.choice(RATES))
    n, channels = int(rng.choice(LENGTHS)), int(rng.integers(1, 9))
    signal = rng.uniform(-0.9, 0.9, size=(n, channels))
    spoiled = subtype in ("FLOAT", "DOUBLE") and n > 0 and rng.random() < 0.3
    if spoiled:
        signal[rng.integers(n), rng.integers(channels)] = rng.choice([np.nan, np.inf, -np.inf])
    soundfile.write(path, signal, rate, format=kind, subtype=subtype)
    valid = n > 0 and not spoiled
    if rng.random() < 0.7:
        valid = None
        data = path.read_bytes()
        path.write_bytes(
            mutated(data, rng) if rng.random() < 0.95 else "Kein Ton.".encode("utf-16")
        )
    front_end = FRONT_ENDS[rng.integers(len(FRONT_ENDS))]
    try:
        with warnings.catch_warnings():
            # Noise may cancel itself, and samples may exceed 1.
            warnings.simplefilter("ignore", UserWarning)
            X = front_end.transform([str(path)])
    except ValueError as error:
        assert valid is not True, f"{kind} {subtype}, {n} x {channels} at {rate}: {error}"
        assert f"1 of 1 recordings failed: sample 0 ({path}) " in str(error), error
        return False
    assert valid is not False, f"no error: {kind} {subtype}, {n} samples, spoiled: {spoiled}"
    assert len(X) == 1
    assert X.lengths[0] > 0
    assert np.isfinite(X.values).all()
    if valid and isinstance(front_end, SegmentLogMel):
        n_frames = max((math.ceil(n * 16000 / rate) - 400) // 160 + 1, front_end.segment_length)
        assert abs(int(X.lengths[0]) - n_frames) <= 1, (X.lengths, n_frames)
    return True


def _cell(rng):
    """What may stand in a cell of a rating table, and things that may not."""
    label = LABELS[rng.integers(len(LABELS))]
    return [
        label,
        label,
        None,
        math.nan,
        [label, LABELS[rng.integers(len(LABELS))]],
        (label,),
        {label},
        [],
        np.str_(label),
        "",
        3,
        2.5,
        b"anger",
        [None],
        [[label]],
        {"a": 1},
        np.array([label]),
        "\udcff\x00",
        True,
        -math.inf,
    ][rng.integers(7 if rng.random() < 0.9 else 20)]


def ratings(rng, folder):
    """A table of ratings, with cells of any kind."""
    n, k = int(rng.integers(0, 6)), int(rng.integers(0, 4))
    table = np.empty((n, k), dtype=object)
    for place in np.ndindex(n, k):
        table[place] = _cell(rng)
    doors = [
        lambda: check_ratings(table),
        lambda: Ratings.from_wide(table),
        lambda: Ratings.from_wide(table.tolist(), annotators=list("ABCD")[: int(rng.integers(5))]),
        lambda: Ratings.from_labels(table[:, 0] if k else [None] * n),
        lambda: Ratings.from_counts(table, LABELS[:k]),
        lambda: Ratings.from_counts(rng.integers(-1, 5, (n, k)), LABELS[:k]),
        lambda: check_ratings(table[:, 0] if k else table),
    ]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found = doors[rng.integers(len(doors))]()
    except (ValueError, TypeError) as error:
        assert len(str(error)) > 20, repr(error)
        return False
    assert len(found) == n
    order = rng.permutation(n)
    assert found[order][np.argsort(order)] == found
    counts = found.counts(found.labels)
    assert np.isfinite(counts).all()
    assert (counts.sum(axis=1) > 0).tolist() == (found.lengths > 0).tolist()
    again = check_ratings(np.asarray(found))
    np.testing.assert_array_equal(again.counts(found.labels), counts) if n else None
    return True


EVALUATION = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
C-E4:\tNeutral; Sadness;\t()
C-F1:\tNeutral;\t()
A-E3:\tval 3; act 2; dom  2;\t()

[10.0100 - 11.3925]\tSes01F_impro01_F001\txxx\t[2.5000, 2.5000, 2.5000]
C-E2:\tOther;\t(curious; puzzled)
C-E3:\tAnger;\t()
C-E4:\tHappiness;\t()
"""


def emoevaluation(rng, folder):
    """An evaluation file, mutated: every line is read, or named, or none of ours."""
    text = mutated(EVALUATION.encode(), rng).decode("utf-8", errors="replace")
    turns, bad = parse_evaluation(text)
    lines = text.splitlines()
    assert all(1 <= number <= len(lines) for number in bad)
    begun = [n for n, line in enumerate(lines, 1) if line.startswith("[")]
    rated = [n for n, line in enumerate(lines, 1) if line.startswith("C-")]
    assert set(bad) <= {*begun, *rated}
    assert len(turns) + len(set(begun) & set(bad)) == len(begun)
    assert all(math.isfinite(turn.start) and math.isfinite(turn.end) for turn in turns)
    return not bad


def model(rng, folder):
    """A saved model, mutated: an error, or what it was."""
    path, good = folder / "model.skops", folder / "good.skops"
    X = [[[-1.0]], [[1.0]]] * 5
    if not good.exists():
        save(
            AttentionBLSTMClassifier((2, 2, 2), max_epochs=1, random_state=0).fit(X, [0, 1] * 5),
            good,
        )
    path.write_bytes(mutated(good.read_bytes(), rng))
    try:
        found = load(path)
    except ValueError as error:
        assert f"{str(path)!r} cannot be loaded: " in str(error)
        return False
    np.testing.assert_array_equal(found.predict_proba(X), load(good).predict_proba(X))
    return True


CASES = {
    "audio": audio,
    "cut": cut,
    "ratings": ratings,
    "order": order,
    "dtypes": dtypes,
    "emoevaluation": emoevaluation,
    "model": model,
}
