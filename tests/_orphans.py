"""Scripts that are killed while their workers work; each worker notes its process in a folder.

They are apart from the tests because every new worker process imports the module that a call is
in, and these need no pytest.
"""

import os
import time
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV

from sklearn_ser.features import SegmentLogMel
from sklearn_ser.features._mel import compute_log_mel
from sklearn_ser.utils._orphans import end_with_parent
from sklearn_ser.utils._parallel import run_parallel
from sklearn_ser.utils._saving import Estimator


def note(folder):
    (Path(folder) / str(os.getpid())).touch()


class NotedLogMel(SegmentLogMel):
    """Log-Mel bands of which a pipe cannot hold those of a minute."""

    @staticmethod
    def _function(signal, settings):
        *settings, folder = settings
        note(folder)
        time.sleep(0.3)
        return compute_log_mel(signal, settings)

    def _make_settings(self):
        return (*super()._make_settings(), os.environ["FOLDER"])


def extract(folder):
    os.environ["FOLDER"] = folder
    NotedLogMel(n_jobs=2).transform([np.zeros(16000 * 60 + i) for i in range(100)])


def wait(folder):
    note(folder)
    time.sleep(120)


def call(folder):
    run_parallel(wait, [(folder,)] * 2, [1, 1], 2)


class LateFolder(str):
    """Takes its time when a worker receives it, before any call."""

    def __reduce__(self):
        return receive, (str(self),)


def receive(folder):
    note(folder)
    time.sleep(3)
    return folder


def call_late(folder):
    """Kill me before the first call; its result is more than a pipe can hold."""
    run_parallel(make_large, [(LateFolder(folder),)] * 2, [1, 1], 2)


def make_large(folder):
    return bytes(2**20)


class SlowClassifier(DummyClassifier):
    def fit(self, X, y):
        wait(os.environ["FOLDER"])
        return super().fit(X, y)


def predict(folder):
    from sklearn_ser.evaluation import cross_val_predict

    os.environ["FOLDER"] = folder
    cross_val_predict(SlowClassifier(), np.zeros((6, 2)), ["a", "b"] * 3, cv=3, n_jobs=2)


class SlowEstimator(ClassifierMixin, Estimator):
    """An estimator like those of this package, which a search of scikit-learn trains."""

    def __init__(self, number=0):
        self.number = number

    def fit(self, X, y):
        wait(os.environ["FOLDER"])
        return self


def search(folder):
    os.environ["FOLDER"] = folder
    grid = GridSearchCV(SlowEstimator(), {"number": [0, 1]}, cv=2, n_jobs=2)
    grid.fit(np.zeros((6, 2)), ["a", "b"] * 3)


def search_in_pool(folder):
    end_with_parent()  # as if something had been fitted before its processes are forked
    with joblib.parallel_config("multiprocessing"):
        search(folder)
