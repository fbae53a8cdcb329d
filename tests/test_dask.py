"""On a Dask cluster: the same results, data sent once, and a killed worker costs only time."""

import os
import time

import distributed
import joblib
import numpy as np
import pytest
import soundfile
from _deadly import kill_this_process, square_or_die_once
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.utils import Bunch

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    ProfileRefineryClassifier,
    SegmentVGGClassifier,
    Sequences,
    SoftTargetEncoder,
)
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import SegmentLogMel
from sklearn_ser.utils._parallel import run_parallel

NETWORK = AttentionBLSTMClassifier(
    (4, 4, 4), target_encoder=SoftTargetEncoder(), lr=0.02, max_epochs=3, random_state=0
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(folder),
        ) as cluster,
        distributed.Client(cluster, timeout=60) as client,
    ):
        client.wait_for_workers(2, timeout=60)
        yield client


MODELS = {
    "ensemble": AnnotatorEnsembleClassifier(NETWORK, min_ratings=5, random_state=0),
    "refinery": ProfileRefineryClassifier(
        SegmentVGGClassifier(width=1 / 32, max_epochs=1),
        n_stages=2,
        cv=2,
        final_estimator=LogisticRegression(),
        random_state=0,
    ),
    "search": GridSearchCV(NETWORK, {"target_encoder__alpha": [0, 0.75]}, cv=GroupKFold(2)),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_are_those_of_one_machine(name, client, X, y):
    groups = {"groups": X.speaker} if name == "search" else {}
    here = MODELS[name].fit(X, y, **groups).predict_proba(X)
    with joblib.parallel_config("dask"):
        there = MODELS[name].fit(X, y, **groups).predict_proba(X)
    # Convolutions in another number of threads sum in another order.
    np.testing.assert_allclose(there, here, atol=1e-5 if name == "refinery" else 1e-6)


def test_an_evaluation(client, X, y):
    corpus = Bunch(data=X, ratings=y)
    here = cross_evaluate({"network": NETWORK}, corpus, seeds=(0, 1))
    with joblib.parallel_config("dask"):
        there = cross_evaluate({"network": NETWORK}, corpus, seeds=(0, 1))
    same = ["estimator", "seed", "fold", "sample", "prediction"]
    assert there.predictions[same].equals(here.predictions[same])


def test_extraction(client, tmp_path):
    rng = np.random.default_rng(0)
    files = [str(tmp_path / f"{i}.wav") for i in range(8)]
    for file in files:
        soundfile.write(file, rng.uniform(-0.5, 0.5, 8000), 16000)
    here = SegmentLogMel(segment_step=10).transform(files)
    with joblib.parallel_config("dask"):
        there = SegmentLogMel(segment_step=10, memory=tmp_path / "cache").transform(files)
    assert there == here
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 8


class Counted(Sequences):
    """Leaves a file in a folder whenever a process unpickles it."""

    def __setstate__(self, state):
        self.__dict__.update(state)
        (self.folder / f"{os.getpid()}.{time.monotonic_ns()}").touch()


def add_mean(X, i):
    time.sleep(0.02)
    return float(X.values.mean()) + i


def test_data_reach_a_worker_once(client, X, tmp_path):
    counted = Counted(X.values, X.offsets)
    counted.folder = tmp_path
    tasks = [(counted, i) for i in range(20)]
    with joblib.parallel_config("dask"):
        found = run_parallel(add_mean, tasks, [1] * 20, n_jobs=-1)
    np.testing.assert_allclose(found, X.values.mean() + np.arange(20), rtol=1e-6)
    taken = [path.name.split(".")[0] for path in tmp_path.iterdir()]
    others = [pid for pid in taken if pid != str(os.getpid())]
    # Of twenty tasks for two workers; on a busy machine, a worker may be replaced by another.
    assert others
    assert len(set(others)) == len(others)


@pytest.mark.posix
def test_a_worker_that_is_killed_costs_only_time(client, tmp_path):
    with joblib.parallel_config("dask"):
        found = run_parallel(
            square_or_die_once, [(i, tmp_path) for i in range(12)], [1] * 12, n_jobs=-1
        )
    assert found == [i**2 for i in range(12)]
    assert (tmp_path / "died").exists()
    client.wait_for_workers(2, timeout=60)


class Mortal(AttentionBLSTMClassifier):
    """A network whose first fit in this folder kills its process."""

    def __init__(self, folder=None, random_state=None):
        super().__init__((4, 4, 4), lr=0.02, max_epochs=3, random_state=random_state)
        self.folder = folder

    def fit(self, X, y):
        if self.folder is not None and not (self.folder / "died").exists():
            (self.folder / "died").touch()
            kill_this_process()
        return super().fit(X, y)


def test_an_evaluation_survives_a_worker(client, X, y, tmp_path):
    corpus = Bunch(data=X, ratings=y)
    here = cross_evaluate({"network": Mortal()}, corpus)
    with joblib.parallel_config("dask"):
        there = cross_evaluate({"network": Mortal(tmp_path)}, corpus)
    assert (tmp_path / "died").exists()
    assert there.predictions["prediction"].equals(here.predictions["prediction"])
    client.wait_for_workers(2, timeout=60)
