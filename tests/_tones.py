"""A transformer that computes signals together, which worker processes can import."""

import os
import warnings

import numpy as np
from _deadly import kill_this_process

from sklearn_ser.features._audio_transformer import AudioTransformer
from sklearn_ser.features._extraction import Computation

BAD, DEADLY, WARNED = 0.25, 0.5, 0.75  # first samples


def compute_one(signal, settings):
    return compute_together([signal], settings)[0]


def compute_together(signals, settings):
    """Return the number and the mean of the samples of each signal, and log the group."""
    folder, main, *_ = settings
    if folder is not None:
        with open(os.path.join(folder, "groups"), "a", encoding="utf-8") as file:
            file.write(" ".join(str(len(signal)) for signal in signals) + "\n")
    for signal in signals:
        first = round(float(signal[0]), 3)
        if first == BAD:
            raise ZeroDivisionError(f"a bad signal of {len(signal)} samples")
        if first == DEADLY and os.getpid() != main:
            kill_this_process()
        if first == WARNED:
            warnings.warn("a strange signal", UserWarning, stacklevel=1)
    return [np.array([[len(signal), signal.mean()]], np.float32) for signal in signals]


class Tones(AudioTransformer):
    """Computes up to four signals together."""

    _function = staticmethod(compute_one)
    _parameter_constraints = {**AudioTransformer._parameter_constraints}

    def __init__(self, folder=None, *, memory=None, n_jobs=None, verbose=False, errors="raise"):
        self.folder = folder
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.errors = errors
        self.root, self.sampling_rate = None, 16000

    def _make_settings(self):
        return None if self.folder is None else str(self.folder), os.getpid()

    def _make_computation(self, settings):
        return Computation(self._function, settings, None, compute_together, 4)
