"""LabelCorrectingClassifier: the samples that early stopping holds out, and what it watches."""

import numpy as np
import pandas as pd
import pytest
from _correcting import CLASSES, correcting, make_frames, make_labels
from scipy.special import softmax

from sklearn_ser.classifiers._correction import initialise_w, score_held_out


@pytest.fixture(scope="module")
def X():
    return make_frames()


@pytest.fixture(scope="module")
def y():
    return make_labels()


class HoldOut:
    """A splitter that watches all samples from one on."""

    def __init__(self, start):
        self.start = start

    def split(self, X, y, groups):
        yield np.arange(self.start), np.arange(self.start, len(X))


PATIENT = {"estimator__validation": HoldOut(60), "estimator__patience": 100}


@pytest.mark.parametrize("w_init", ["proportional", "balanced", "uniform"])
def test_nothing_of_training_samples_depends_on_held_out_labels(X, y, w_init):
    """Neither the network, nor L, w, their tables, or the losses, to the bit."""
    other = y.copy()
    other[60:] = ["angry"] * 29 + ["happy"]
    first, second = (correcting(w_init=w_init, **PATIENT).fit(X, labels) for labels in (y, other))
    assert first.history_["valid_loss"].tolist() != second.history_["valid_loss"].tolist()
    for name in ("train_loss", "label_loss", "moved"):
        assert first.history_[name].tolist() == second.history_[name].tolist(), name
    for name in ("targets", "w"):
        np.testing.assert_array_equal(first.trajectory_[name], second.trajectory_[name])
    np.testing.assert_array_equal(first.initial_w_, second.initial_w_)
    assert not np.allclose(first.held_out_targets_[60:], second.held_out_targets_[60:])


@pytest.mark.parametrize("w_init", ["proportional", "balanced", "uniform"])
def test_holding_samples_out_is_training_without_them(X, y, w_init):
    held = correcting(w_init=w_init, **PATIENT).fit(X, y)
    without = correcting(w_init=w_init, estimator__early_stopping=False).fit(X[:60], y[:60])
    for name in ("train_loss", "label_loss", "moved"):
        np.testing.assert_allclose(held.history_[name], without.history_[name], rtol=1e-5)
    for name in ("targets", "w"):
        found = held.trajectory_[name]
        np.testing.assert_allclose(found[:, :60], without.trajectory_[name], atol=1e-5)
        assert np.isnan(found[:, 60:]).all()
    np.testing.assert_allclose(held.initial_w_[:60], without.initial_w_)
    # What is kept is of the best epoch.
    stopped = correcting(w_init=w_init, estimator__early_stopping=False)
    stopped.set_params(estimator__max_epochs=held.n_epochs_).fit(X[:60], y[:60])
    np.testing.assert_allclose(held.predict_proba(X), stopped.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(held.transitions_, stopped.transitions_)
    np.testing.assert_allclose(held.class_w_, stopped.class_w_, rtol=1e-5)


def test_steps_of_held_out_samples_by_hand(X, y):
    """One sample after another: only the scale of w is of the training samples."""
    model = correcting(estimator__max_epochs=1, lr_target=2.0, **PATIENT).fit(X, y)
    log_proba, n = np.log(model.predict_proba(X)), pd.Series(y[:60]).value_counts()
    w = {label: 60 * n[label] / (n**2).sum() for label in CLASSES}
    raised, targets = [], []
    for label, row in zip(y, log_proba, strict=True):
        given = np.array([label == name for name in CLASSES], float)
        s = softmax(given)
        loss = -(s * row).sum()
        targets.append(softmax(given - 2.0 * s * (-row - loss) / w[label]))
        raised.append(w[label] + 0.1 * loss / w[label] ** 2)
    expected = np.array(raised) / np.mean(raised[:60])
    np.testing.assert_allclose(model.held_out_w_[60:], expected[60:], rtol=1e-4)
    np.testing.assert_allclose(model.w_[:60], expected[:60], rtol=1e-4)
    np.testing.assert_allclose(model.held_out_targets_[60:], targets[60:], atol=1e-5)
    np.testing.assert_allclose(model.corrected_targets_[:60], targets[:60], atol=1e-5)
    for values in (model.held_out_w_[:60], model.held_out_targets_[:60], model.w_[60:]):
        assert np.isnan(values).all()
    for values in (model.initial_w_, model.sample_weight_, model.corrected_targets_):
        assert np.isnan(values[60:]).all()


class Parts:
    """A splitter that returns the rows that it was given."""

    def __init__(self, train, valid):
        self.train, self.valid = train, valid

    def split(self, X, y, groups):
        yield self.train, self.valid


def test_samples_in_neither_part_of_a_split_do_not_train(X, y):
    repeated = np.r_[np.arange(50), np.arange(10)]
    settings = {"estimator__validation": Parts(repeated, np.arange(60, 90))}
    model = correcting(**settings).fit(X, y)
    np.testing.assert_array_equal(np.isnan(model.w_), np.arange(90) >= 50)
    np.testing.assert_array_equal(np.isnan(model.held_out_w_), np.arange(90) < 50)
    assert model.w_[:50].mean() == pytest.approx(1)
    assert model.initial_w_[:50].mean() == pytest.approx(1)
    assert sorted(model.suspects(90).index) == list(range(90))


def test_samples_that_resampling_drops_are_training_samples(X, y):
    settings = {"estimator__early_stopping": False, "estimator__resample": "under"}
    assert not np.isnan(correcting(**settings).fit(X, y).w_).any()


@pytest.mark.parametrize("w_init", ["proportional", "balanced", "uniform"])
def test_a_class_that_only_held_out_samples_have(X, w_init):
    y = np.array(["angry", "happy"] * 30 + ["sad"] * 30)
    y[:10] = "angry"
    model = correcting(w_init=w_init, **PATIENT).fit(X, y)
    assert np.isfinite(model.history_["valid_loss"]).all()
    assert model.w_[:60].mean() == pytest.approx(1)
    assert np.isnan(model.transitions_[2]).all()
    assert np.isnan(model.class_w_[:, 2]).all()
    # As common as the rarest class of the training samples.
    labels = np.array([CLASSES.index(label) for label in y])
    w = initialise_w(labels, w_init, training=np.arange(60))
    assert w[60] == w[:60].min()
    assert (model.held_out_w_[60:] > 0).all()


def test_weights_and_held_out_samples(X, y):
    sample_weight = np.where(np.arange(90) % 2, 3.0, 1.0)
    model = correcting(**PATIENT).fit(X, y, sample_weight=sample_weight)
    for w in (model.initial_w_, model.w_):
        assert np.average(w[:60], weights=sample_weight[:60]) == pytest.approx(1)
    counts = pd.Series(sample_weight[:60]).groupby(y[:60]).sum()
    ratio = pd.Series(model.initial_w_[:60] / counts.loc[y[:60]].to_numpy())
    np.testing.assert_allclose(ratio, ratio[0])


STOP_ON = ["loss", "accuracy", "probability"]


@pytest.mark.parametrize("stop_on", STOP_ON)
def test_the_network_that_is_kept_is_the_best_of_what_is_watched(X, y, stop_on):
    settings = {"estimator__max_epochs": 60, "estimator__patience": 4, "lr_target": 2.0}
    settings["estimator__validation"] = HoldOut(60)
    model = correcting(stop_on=stop_on, **settings).fit(X, y)
    watched = model.history_[f"valid_{stop_on}"]
    best = np.argmin(watched) if stop_on == "loss" else np.argmax(watched)
    assert model.n_epochs_ == best + 1
    assert len(watched) == best + 1 + 4 < 60, "the first of equal epochs, and then patience"
    np.testing.assert_allclose(model.w_, model.trajectory_["w"][best])
    np.testing.assert_allclose(model.corrected_targets_, model.trajectory_["targets"][best])
    # Those of the network that was kept, sample by sample; only the loss is weighted by class.
    n, loss, right, probability = pd.Series(y[:60]).value_counts(), 0.0, 0.0, 0.0
    for label, row in zip(y[60:], model.predict_proba(X[60:]), strict=True):
        k = CLASSES.index(label)
        loss -= np.log(row[k]) * (n**2).sum() / (60 * n[label])
        right += row.argmax() == k
        probability += row[k]
    assert model.history_["valid_accuracy"][best] == pytest.approx(right / 30)
    assert model.history_["valid_probability"][best] == pytest.approx(probability / 30, rel=1e-4)
    assert model.history_["valid_loss"][best] == pytest.approx(loss / 30, rel=1e-4)


def test_what_is_watched_decides_nothing_but_the_epoch(X, y):
    models = [correcting(stop_on=stop_on, **PATIENT).fit(X, y) for stop_on in STOP_ON]
    for name in ("train_loss", "valid_loss", "valid_accuracy", "valid_probability", "moved"):
        for model in models[1:]:
            np.testing.assert_array_equal(model.history_[name], models[0].history_[name])
    all_of_it = [
        correcting(stop_on=stop_on, estimator__early_stopping=False).fit(X, y)
        for stop_on in STOP_ON
    ]
    for model in all_of_it:
        assert np.isnan(model.history_["valid_probability"]).all()
        np.testing.assert_array_equal(model.predict_proba(X), all_of_it[0].predict_proba(X))


def test_scores_of_held_out_samples_by_hand():
    given = np.array([[1.0, 0, 0], [0, 1, 0], [0.5, 0.25, 0.25]])
    proba = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.2, 0.2, 0.6]])
    found = score_held_out(given, np.log(proba), np.array([1.0, 2.0, 5.0]))
    assert found["valid_accuracy"] == pytest.approx(1 / 8)
    assert found["valid_probability"] == pytest.approx((0.6 + 2 * 0.4 + 5 * 0.3) / 8)


def test_flips_shift_and_scale_the_scores_but_may_reverse_the_loss():
    """Two networks, and each label once in each of its flipped forms."""
    n_classes, share, n = 4, 0.4, 200
    truth = np.random.default_rng(0).integers(n_classes, size=n)

    def predict(n_right, most):
        said = np.where(np.arange(n) < n_right, truth, (truth + 1) % n_classes)
        proba = np.full((n, n_classes), (1 - most) / (n_classes - 1))
        proba[np.arange(n), said] = most
        return proba

    def score(proba, labels):
        found = score_held_out(np.eye(n_classes)[labels], np.log(proba), np.ones(n))
        return np.array([*found.values(), -np.log(proba[np.arange(n), labels]).mean()])

    def expect(proba):
        """A label stays with 1 - share, and becomes each of the others equally often."""
        others = [score(proba, (truth + k) % n_classes) for k in range(1, n_classes)]
        return (1 - share) * score(proba, truth) + share * np.mean(others, axis=0)

    confident, timid = predict(180, 0.9), predict(150, 0.28)
    for proba in (confident, timid):
        shift = share / (n_classes - 1)
        expected = (1 - share - shift) * score(proba, truth)[:2] + shift
        np.testing.assert_allclose(expect(proba)[:2], expected)
    better, better_noisy = score(confident, truth), expect(confident)
    worse, worse_noisy = score(timid, truth), expect(timid)
    assert (better[:2] > worse[:2]).all()
    assert (better_noisy[:2] > worse_noisy[:2]).all()
    assert better[2] < worse[2]
    assert better_noisy[2] > worse_noisy[2]


def test_held_out_samples_are_among_the_suspects(X, y):
    model = correcting(estimator__max_epochs=30, lr_target=1.0, **PATIENT).fit(X, y)
    table = model.suspects(90)
    assert sorted(table.index) == list(range(90))
    np.testing.assert_array_equal(table["held_out"], table.index >= 60)
    label = pd.Series(y).map(CLASSES.index)
    whole = np.vstack([model.corrected_targets_[:60], model.held_out_targets_[60:]])
    left = whole[np.arange(90), label]
    np.testing.assert_array_equal(table["left"], left[table.index])
    assert table["left"].is_monotonic_increasing
    assert (table["corrected"] == np.array(CLASSES)[whole[table.index].argmax(axis=1)]).all()
    w = np.r_[model.w_[:60], model.held_out_w_[60:]]
    np.testing.assert_array_equal(table["w"], w[table.index])
    assert table["held_out"][:20].any()
    assert not table["held_out"][:20].all()
