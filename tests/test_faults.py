"""When something breaks, nothing that was finished is lost, and the error says what broke."""

import multiprocessing
import os
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
import soundfile
from _deadly import FragileLogMel, kill_this_process
from sklearn.utils import Bunch

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    LabelCorrectingClassifier,
    NetworkClassifier,
    SegmentVGGClassifier,
)
from sklearn_ser.evaluation import cross_evaluate
from sklearn_ser.features import OpenSmileLLD, SegmentLogMel
from sklearn_ser.utils._cache import compute_cached

SMALL = {"lr": 0.02, "max_epochs": 30, "random_state": 0}


@pytest.fixture(scope="module")
def y():
    return np.array(["angry", "sad"] * 20)


def evaluate(X, y, folder):
    corpus = Bunch(data=X, ratings=y)
    network = AttentionBLSTMClassifier((4, 4, 4), lr=0.02, max_epochs=3)
    return cross_evaluate(network, corpus, seeds=(0, 1), memory=folder)


def evaluate_until_killed(X, y, folder, nth):
    """Evaluate, and be killed when training of the nth network begins."""
    fit, begun = AttentionBLSTMClassifier.fit, []

    def kill(self, *arguments):
        begun.append(self)
        if len(begun) == nth:
            kill_this_process()
        return fit(self, *arguments)

    AttentionBLSTMClassifier.fit = kill
    evaluate(X, y, folder)


@pytest.mark.posix
def test_an_evaluation_that_was_killed_resumes(X, y, tmp_path, monkeypatch):
    context = multiprocessing.get_context("spawn")
    for nth in (3, 4):
        child = context.Process(target=evaluate_until_killed, args=(X, y, tmp_path / "kept", nth))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    fits, fit = [], AttentionBLSTMClassifier.fit
    with monkeypatch.context() as patch:
        patch.setattr(AttentionBLSTMClassifier, "fit", lambda *a: fits.append(a[0]) or fit(*a))
        found = evaluate(X, y, tmp_path / "kept")
    # Of eight fits, the children left two and three.
    assert len(fits) == 3
    without = evaluate(X, y, None)
    expected = without.predictions.drop(columns="seconds")
    assert found.predictions.drop(columns="seconds").equals(expected)


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{i}.wav") for i in range(6)]
    for path in paths:
        soundfile.write(path, rng.uniform(-0.5, 0.5, 8000), 16000)
    return paths


@pytest.mark.posix
def test_a_worker_that_dies_names_the_file(files, tmp_path):
    for i in (1, 4):
        soundfile.write(files[i], np.full(8000, 0.25), 16000)
    with pytest.raises(ValueError, match="2 of 6 recordings failed") as caught:
        FragileLogMel(segment_step=10, n_jobs=2, memory=tmp_path / "cache").transform(files)
    message = str(caught.value)
    for i in range(6):
        named = (
            f"sample {i} ({files[i]}) failed: the worker process crashed while reading it"
            in message
        )
        assert named == (i in (1, 4)), message
    # The features of the others are cached.
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 4


def test_a_cache_that_cannot_be_written_is_not_used(files, tmp_path):
    expected = SegmentLogMel(segment_step=10).transform(files)
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match=r"continuing without a cache: .*Not a directory"):
        found = SegmentLogMel(segment_step=10, memory=tmp_path / "file" / "cache").transform(files)
    assert found == expected


@pytest.mark.posix
def test_a_full_disk_costs_the_cache_alone(files, tmp_path):
    """A limit on the size of files stands in for a full disk: writing fails halfway."""
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
    # No half-written file is left that could be read by mistake.
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


def test_an_error_of_the_work_is_raised():
    def missing():
        raise FileNotFoundError(2, "No such file")

    with pytest.raises(FileNotFoundError):
        compute_cached(lambda key, work: work(), ("key",), missing)


@pytest.fixture
def interrupt_after(monkeypatch):
    """Return a function that has Ctrl-C pressed in training, after a number of batches."""
    from sklearn_ser.training import _callbacks

    def interrupt(n_batches):
        seen, look = [], _callbacks.FiniteLoss.on_batch_end

        def press(self, net, batch=None, training=True, **kwargs):
            look(self, net, batch, training, **kwargs)
            seen.append(training)
            if sum(seen) == n_batches:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(_callbacks.FiniteLoss, "on_batch_end", press)

    # Python ignores Ctrl-C where its parent does, as a shell has its background jobs do.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield interrupt
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_leaves_a_usable_model(X, y, monkeypatch, interrupt_after, early_stopping):
    settings = {**SMALL, "batch_size": 8, "early_stopping": early_stopping, "validation": 0.25}
    n_batches = 4 if early_stopping else 5
    interrupt_after(7 * n_batches + 2)
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


def test_an_interrupt_before_the_first_epoch_ends_is_raised(X, y, interrupt_after):
    interrupt_after(1)
    with pytest.raises(KeyboardInterrupt):
        AttentionBLSTMClassifier((4, 4, 4), **SMALL, batch_size=8).fit(X, y)


def test_an_interrupt_of_correction(X, y, interrupt_after):
    network = AttentionBLSTMClassifier((4, 4, 4), **SMALL, batch_size=8, early_stopping=False)
    interrupt_after(3 * 5 + 1)
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


# numpy warns before the error that is tested.
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("make", [AttentionBLSTMClassifier, SegmentVGGClassifier])
def test_a_loss_that_is_not_finite_is_an_error(X, y, make):
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


@pytest.mark.posix
def test_the_internet_is_never_used(files, tmp_path):
    """No socket is opened and nothing is written outside the given folder, from import to load."""
    program = (
        "import sys\n"
        "def audit(event, args):\n"
        "    if event.startswith('socket.') and event != 'socket.gethostname':\n"
        "        raise SystemExit(f'network: {event} {args}')\n"
        "    if event == 'open' and isinstance(args[0], int):\n"
        "        return  # It is the number of a file that is open already.\n"
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


def test_a_folder_is_not_a_recording(files):
    """A folder in place of a file is named by the error; the other files are read."""
    bad = [*files[:2], os.path.dirname(files[0])]
    with pytest.raises(ValueError, match=r"1 of 3 recordings failed: sample 2 \(.*"):
        OpenSmileLLD().transform(bad)


def start(max_epochs=4, **settings):
    """A training of a tiny network that has not begun."""
    network = AttentionBLSTMClassifier((2, 2, 2), max_epochs=max_epochs, **settings)
    X, targets = network.prepare_training(np.eye(12)[:, :3], ["sad", "angry"] * 6)
    examples = network.make_examples(X, np.arange(8), targets[:8])
    return network.start_training(
        examples, network.make_examples(X, np.arange(8, 12), targets[8:]), seed=0
    )


def test_a_training_may_be_left_early():
    """By a criterion of one's own: it is no interrupt, and the epoch counts."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for last in (1, 3):
            with start() as training:
                for n_epochs, _ in enumerate(training, start=1):
                    if n_epochs == last:
                        break
            assert len(training.net.history) == last
            whole = start(max_epochs=last).run()
            for name, weights in whole.module_.state_dict().items():
                found = training.net.module_.state_dict()[name]
                np.testing.assert_array_equal(weights.numpy(), found.numpy())


def test_a_training_is_used_once():
    training = start()
    with pytest.raises(RuntimeError, match="iterated once, inside of its with statement"):
        next(iter(training))
    training.run()
    with pytest.raises(RuntimeError, match="can run only once"):
        training.run()
    with pytest.raises(RuntimeError, match="no epoch was trained"), start():
        pass
    with start() as training:
        list(training)
        with pytest.raises(RuntimeError, match="iterated once"):
            list(training)


def test_an_interrupt_between_two_epochs_of_correction(X, y, monkeypatch):
    """The epoch that it takes back is taken back everywhere."""
    from sklearn_ser.training._net import Training

    end, ended = Training._end_epoch, []

    def press(self):
        ended.append(None)
        if len(ended) == 3:
            raise KeyboardInterrupt
        return end(self)

    monkeypatch.setattr(Training, "_end_epoch", press)
    network = AttentionBLSTMClassifier((4, 4, 4), max_epochs=9, early_stopping=False)
    with pytest.warns(UserWarning, match="training was interrupted after 2 of 9 epochs"):
        model = LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    assert {len(values) for values in model.history_.values()} == {2}
    assert {len(values) for values in model.trajectory_.values()} == {2}
    assert model.n_epochs_ == 2
    np.testing.assert_allclose(model.w_, model.trajectory_["w"][1], rtol=1e-6)


def start_with(seed):
    network = AttentionBLSTMClassifier((2, 2, 2), max_epochs=1)
    X, targets = network.prepare_training(np.eye(12)[:, :3], ["sad", "angry"] * 6)
    return network.start_training(network.make_examples(X, None, targets), None, seed=seed)


def weights_of(training):
    return {name: w.numpy().copy() for name, w in training.net.module_.state_dict().items()}


def test_a_seed_may_be_a_generator():
    """Equal generators give equal trainings; None gives another one each time."""
    for make in (np.random.RandomState, np.random.default_rng, np.int64, int):
        first, second, other = (weights_of(start_with(make(seed))) for seed in (5, 5, 6))
        for name, values in first.items():
            np.testing.assert_array_equal(values, second[name])
        assert any((values != other[name]).any() for name, values in first.items())
    first, second = weights_of(start_with(None)), weights_of(start_with(None))
    assert any((values != second[name]).any() for name, values in first.items())


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True, [1, 2]])
def test_what_is_no_seed(seed):
    message = "seed must be an integer of at least 0, a RandomState, a Generator or None, got"
    with pytest.raises(ValueError, match=message):
        start_with(seed)


@pytest.mark.parametrize("module_class", [None, "AttentionBLSTM", ...])
def test_a_network_without_a_module(X, y, module_class):
    attributes = {"make_module_params": lambda self: {}}
    if module_class is not ...:
        attributes["module_class"] = module_class
    Headless = type("Headless", (NetworkClassifier,), attributes)
    message = "Headless must have the class attribute module_class, the torch module that it trai"
    with pytest.raises(TypeError, match=message):
        Headless().fit(X, y)
