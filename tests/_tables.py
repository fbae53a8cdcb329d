"""Recordings and answers of three raters, as people have them in tables."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sklearn_ser.datasets import load_table

LABELS = ["happy", "sad", "angry"]
# What three raters say of six clips; the third skips one.
CELLS = {
    "E1": ["happy", "sad", "angry", "happy", "sad", "angry"],
    "E2": ["happy", "sad", "sad", "happy", "angry", "angry"],
    "E3": ["sad", "sad", "angry", None, "sad", "happy"],
}
CLIPS = [f"clip{i:02}" for i in range(6)]
SPEAKERS = ["01", "01", "01", "02", "02", "02"]
EXPECTED = {
    clip: {rater: (labels[i],) for rater, labels in CELLS.items() if labels[i]}
    for i, clip in enumerate(CLIPS)
}


def write_clips(folder, names):
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.full(1600, i / 100), 16000)


def load(*sources, match, **settings):
    """Load a corpus that has one warning, and return it with the text of the warning."""
    with pytest.warns(UserWarning, match=match) as caught:
        corpus = load_table(*sources, **settings)
    assert len(caught) == 1
    assert Path(caught[0].filename) == Path(__file__)
    return corpus, str(caught[0].message)


def said(corpus):
    """What each rater said of each clip."""
    return {
        Path(file).stem: dict(row)
        for file, row in zip(corpus.data["file"], np.asarray(corpus.ratings), strict=True)
    }
