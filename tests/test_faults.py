"""What happens when something breaks: nothing that was finished is lost, and errors say what."""

import multiprocessing
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from sklearn.utils import Bunch

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    LabelCorrectingClassifier,
    SegmentVGGClassifier,
)
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import OpenSmileLLD, SegmentLogMel
from sklearn_ser.features._mel import compute_log_mel
from sklearn_ser.utils._cache import compute_cached

SMALL = {"lr": 0.02, "max_epochs": 30, "random_state": 0}


@pytest.fixture(scope="module")
def y():
    return np.array(["angry", "sad"] * 20)


def evaluated(X, y, folder):
    corpus = Bunch(data=X, ratings=y)
    network = AttentionBLSTMClassifier((4, 4, 4), lr=0.02, max_epochs=3)
    return cross_evaluate(network, corpus, seeds=(0, 1), memory=folder)


def killed_in_evaluation(X, y, folder, nth):
    """Evaluate until the nth network begins to be trained, and end as by the power switch."""
    fit, begun = AttentionBLSTMClassifier.fit, []

    def kill(self, *arguments):
        begun.append(self)
        if len(begun) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return fit(self, *arguments)

    AttentionBLSTMClassifier.fit = kill
    evaluated(X, y, folder)


def test_an_evaluation_that_was_killed_goes_on(X, y, tmp_path, monkeypatch):
    context = multiprocessing.get_context("spawn")
    for nth in (3, 4):
        child = context.Process(target=killed_in_evaluation, args=(X, y, tmp_path / "kept", nth))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    fits, fit = [], AttentionBLSTMClassifier.fit
    with monkeypatch.context() as patch:
        patch.setattr(AttentionBLSTMClassifier, "fit", lambda *a: fits.append(a[0]) or fit(*a))
        found = evaluated(X, y, tmp_path / "kept")
    # Of eight fits, the children left two and three.
    assert len(fits) == 3
    without = evaluated(X, y, None)
    expected = without.predictions.drop(columns="seconds")
    assert found.predictions.drop(columns="seconds").equals(expected)


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{i}.wav") for i in range(6)]
    for path in paths:
        soundfile.write(path, rng.uniform(-0.5, 0.5, 8000), 16000)
    return paths


def deadly(waveform, settings):
    """Log-Mel bands; but a recording that begins with 0.25 takes any worker process down."""
    *settings, main = settings
    if abs(waveform[0] - 0.25) < 1e-3 and os.getpid() != main:
        os.kill(os.getpid(), signal.SIGKILL)
    return compute_log_mel(waveform, settings)


class Fragile(SegmentLogMel):
    """Extracts by `deadly`."""

    _function = staticmethod(deadly)

    def _make_settings(self):
        return (*super()._make_settings(), os.getpid())


def test_a_worker_that_dies_names_the_file(files, tmp_path):
    for i in (1, 4):
        soundfile.write(files[i], np.full(8000, 0.25), 16000)
    with pytest.raises(ValueError, match="2 of 6 recordings failed") as caught:
        Fragile(segment_step=10, n_jobs=2, memory=tmp_path / "cache").transform(files)
    message = str(caught.value)
    for i in range(6):
        named = (
            f"sample {i} ({files[i]}) failed: the worker process crashed while reading it"
            in message
        )
        assert named == (i in (1, 4)), message
    # What the others gave is kept.
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 4


def test_a_cache_that_cannot_be_written_is_not_used(files, tmp_path):
    expected = SegmentLogMel(segment_step=10).transform(files)
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match=r"continuing without a cache: .*Not a directory"):
        found = SegmentLogMel(segment_step=10, memory=tmp_path / "file" / "cache").transform(files)
    assert found == expected


def test_a_full_disk_costs_the_cache_alone(files, tmp_path):
    """A limit on the size of files stands for a full disk: writing fails in the middle."""
    program = (
        "import resource, signal, sys, warnings\n"
        "from sklearn_ser.features import SegmentLogMel\n"
        "from sklearn_ser.io import save\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))\n"
        "X = SegmentLogMel(segment_step=10, memory=sys.argv[1]).transform(sys.argv[2:])\n"
        "print(len(X), X.shape)\n"
        "try:\n"
        "    X.save(sys.argv[1] + '/frames')\n"
        "except OSError as error:\n"
        "    print('not saved')\n"
    )
    cache = tmp_path / "cache"
    done = subprocess.run(
        [sys.executable, "-c", program, str(cache), *files],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "6 (6,)\nnot saved\n"
    assert "Unable to cache to disk" in done.stderr
    # Nothing half-written is left that anyone would read.
    assert [path.name for path in cache.iterdir() if path.name.startswith("frames")] == []
    again = SegmentLogMel(segment_step=10, memory=cache).transform(files)
    assert again == SegmentLogMel(segment_step=10).transform(files)


@pytest.mark.parametrize("before", [False, True])
def test_work_is_done_once_whatever_the_cache_does(before):
    done = []

    def broken(key, work):
        if not before:
            work()
        raise OSError(28, "No space left on device")

    with pytest.warns(UserWarning, match=r"continuing without a cache: .*No space left on device"):
        assert compute_cached(broken, ("key",), lambda: done.append(1) or "result") == "result"
    assert done == [1]


def test_an_error_of_the_work_is_one():
    def missing():
        raise FileNotFoundError(2, "No such file")

    with pytest.raises(FileNotFoundError):
        compute_cached(lambda key, work: work(), ("key",), missing)


def interrupt_after(monkeypatch, n_batches):
    """Press Ctrl-C in the middle of training, after so many batches."""
    from sklearn_ser.training import _callbacks

    seen, look = [], _callbacks.FiniteLoss.on_batch_end

    def press(self, net, batch=None, training=True, **kwargs):
        look(self, net, batch, training, **kwargs)
        seen.append(training)
        if sum(seen) == n_batches:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(_callbacks.FiniteLoss, "on_batch_end", press)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_leaves_a_usable_model(X, y, monkeypatch, early_stopping):
    settings = {**SMALL, "batch_size": 8, "early_stopping": early_stopping, "validation": 0.25}
    n_batches = 4 if early_stopping else 5
    interrupt_after(monkeypatch, 7 * n_batches + 2)
    model = AttentionBLSTMClassifier((4, 4, 4), **settings)
    with pytest.warns(UserWarning, match="training was interrupted after 7 of 30 epochs"):
        model.fit(X, y)
    assert len(model.net_.history) == 7
    assert model.score(X, y) > 0.6
    monkeypatch.undo()
    if early_stopping:
        # The weights are those of the best epoch that was completed.
        best = min(range(7), key=lambda i: model.net_.history[i, "valid_loss"]) + 1
        same = AttentionBLSTMClassifier((4, 4, 4), **settings | {"max_epochs": best}).fit(X, y)
        np.testing.assert_array_equal(model.predict_proba(X), same.predict_proba(X))


def test_an_interrupt_before_anything_was_learned_is_one(X, y, monkeypatch):
    interrupt_after(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        AttentionBLSTMClassifier((4, 4, 4), **SMALL, batch_size=8).fit(X, y)


def test_an_interrupt_of_correction(X, y, monkeypatch):
    network = AttentionBLSTMClassifier((4, 4, 4), **SMALL, batch_size=8, early_stopping=False)
    interrupt_after(monkeypatch, 3 * 5 + 1)
    with pytest.warns(UserWarning, match="training was interrupted after 3 of 30 epochs"):
        model = LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    assert {len(values) for values in model.history_.values()} == {3}
    assert model.corrected_targets_.shape == (40, 2)
    assert model.predict(X).shape == (40,)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_of_the_step_on_labels(X, y, monkeypatch, early_stopping):
    """Between epochs: the epoch whose step was not completed does not count."""
    from sklearn_ser.classifiers._correction import Correction

    steps, step = [], Correction.step

    def press(self, log_proba):
        step(self, log_proba)
        steps.append(None)
        if len(steps) == 4:
            signal.raise_signal(signal.SIGINT)

    settings = {**SMALL, "batch_size": 8, "early_stopping": early_stopping, "validation": 0.25}
    network = AttentionBLSTMClassifier((4, 4, 4), **settings)
    with monkeypatch.context() as patch:
        patch.setattr(Correction, "step", press)
        with pytest.warns(UserWarning, match="training was interrupted after 3 of 30 epochs"):
            model = LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    assert {len(values) for values in model.history_.values()} == {3}
    assert {len(values) for values in model.trajectory_.values()} == {3}
    network.set_params(max_epochs=3)
    same = LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    np.testing.assert_array_equal(model.w_, same.w_)
    np.testing.assert_array_equal(model.corrected_targets_, same.corrected_targets_)
    if early_stopping:
        np.testing.assert_array_equal(model.predict_proba(X), same.predict_proba(X))


# numpy's word on the way to the error that is tested.
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("make", [AttentionBLSTMClassifier, SegmentVGGClassifier])
def test_a_loss_that_is_no_number_is_an_error(X, y, make):
    settings = {"optimizer": "sgd", "lr": 1e30, "random_state": 0}
    model = (
        make(**settings) if make is AttentionBLSTMClassifier else make(width=1 / 32, **settings)
    )
    message = (
        r"the (training|held-out) loss became (nan|inf) in epoch \d+, batch \d+\. Try a lower lr "
        r"\(it is 1e\+30\), or features of a smaller scale \(SequenceScaler\)"
    )
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    with pytest.raises(ValueError, match=message):
        AnnotatorEnsembleClassifier(model, annotators=()).fit(X, y)


def test_no_network_at_import_fit_or_anything(files, tmp_path):
    """Sockets are not opened, and nothing is written outside the folder that was given."""
    program = (
        "import sys\n"
        "def audit(event, args):\n"
        "    if event.startswith('socket.') and event != 'socket.gethostname':\n"
        "        raise SystemExit(f'network: {event} {args}')\n"
        "    if event == 'open' and isinstance(args[1], str) and set(args[1]) & set('wax+'):\n"
        "        path = str(args[0])\n"
        "        if not path.startswith((sys.argv[1], '/dev/null', '/proc/')):\n"
        "            raise SystemExit(f'written: {path}')\n"
        "sys.addaudithook(audit)\n"
        "sys.dont_write_bytecode = True\n"
        "import numpy as np\n"
        "from sklearn_ser import AttentionBLSTMClassifier\n"
        "from sklearn_ser.features import OpenSmileLLD\n"
        "from sklearn_ser.io import load, save\n"
        "X = OpenSmileLLD('emobase', memory=sys.argv[1] + '/cache').fit_transform(sys.argv[2:])\n"
        "model = AttentionBLSTMClassifier((4, 4, 4), max_epochs=2, random_state=0)\n"
        "model.fit(X, ['sad', 'angry'] * 3)\n"
        "save(model, sys.argv[1] + '/model.skops')\n"
        "load(sys.argv[1] + '/model.skops').predict(X)\n"
        "print('quiet')\n"
    )
    folder = tmp_path / "given"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), *files],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.returncode) == ("quiet\n", 0), done.stderr
    assert {path.name for path in folder.iterdir()} == {"cache", "model.skops"}


def test_a_folder_is_no_recording(files):
    """A folder in place of a file is one line in one error, and the others are read."""
    bad = [*files[:2], os.path.dirname(files[0])]
    with pytest.raises(ValueError, match=r"1 of 3 recordings failed: sample 2 \(.*"):
        OpenSmileLLD().transform(bad)
