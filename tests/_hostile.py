"""Samples for models whose files are forged, and a check that `load` refuses a file."""

import numpy as np
import pytest

from sklearn_ser.io import load

X = np.random.default_rng(0).normal(size=(60, 3)) + np.arange(60)[:, None] % 3
Y = np.array(["angry", "happy", "sad"] * 20)


def refuse(path, message, **settings):
    with pytest.raises(ValueError, match=rf"model\.skops' cannot be loaded: .*{message}"):
        load(path, **settings)
