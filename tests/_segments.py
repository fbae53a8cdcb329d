"""Segments of three classes, which differ in one band."""

import numpy as np

from sklearn_ser import Segments

CLASSES = ["angry", "happy", "sad"]


def make_segments(n_samples, n_per_speaker):
    """Utterances with 1 to 4 segments, whose classes take turns."""
    rng = np.random.default_rng(0)
    lengths = 8 + 4 * rng.integers(0, 4, size=n_samples)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = rng.uniform(size=(offsets[-1], 6)).astype(np.float32)
    values[np.arange(len(values)), np.repeat(np.arange(n_samples) % 3, lengths)] += 2
    speaker = np.arange(n_samples) // n_per_speaker
    return Segments(values, offsets, speaker, segment_length=8, segment_step=4)
