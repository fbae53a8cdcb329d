"""LabelCorrectingClassifier: the arithmetic of Fujioka et al., its laws, and its edges."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from _correcting import CLASSES, base, correcting, make_frames, make_labels, make_truth
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AttentionBLSTMClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    Ratings,
    Segments,
    SegmentVGGClassifier,
    Sequences,
    SoftTargetEncoder,
)
from sklearn_ser.classifiers._correction import (
    Correction,
    average_by_class,
    compute_transitions,
    initialise_w,
)
from sklearn_ser.features import SequenceScaler
from sklearn_ser.metrics import ua_scorer
from sklearn_ser.training import _net


@pytest.fixture(scope="module")
def X():
    return make_frames()


@pytest.fixture(scope="module")
def truth():
    return make_truth()


@pytest.fixture(scope="module")
def y():
    return make_labels()


def correction(given, w=None, **changes):
    given = np.asarray(given, dtype=float)
    settings = {
        "learn_targets": True,
        "learn_weights": True,
        "fixed_target": "given",
        "lr_target": 0.2,
        "lr_weight": 0.1,
    } | changes
    w = np.ones(len(given)) if w is None else np.asarray(w, dtype=float)
    return Correction(given, w, **settings)


# The arithmetic


def test_first_targets_are_the_softmax_of_the_label():
    found = correction(np.eye(4)[:1]).targets[0]
    np.testing.assert_allclose(found, np.r_[np.e, 1, 1, 1] / (np.e + 3))
    np.testing.assert_allclose(found, [0.475367, 0.174878, 0.174878, 0.174878], atol=1e-6)
    assert -(found * np.log(found)).sum() == pytest.approx(1.268301, abs=1e-6)


def test_a_step_by_hand():
    """One sample of weight 2, whose label is the first and whose network says so."""
    y, w = np.array([0.7, 0.1, 0.1, 0.1]), 2.0
    model = correction(np.eye(4)[:1], [w], lr_target=1, lr_weight=1)
    s = model.targets[0]
    loss = -(s * np.log(y)).sum()
    assert model.compute_losses(np.log(y)[None])[0] / w == pytest.approx(loss / w)
    assert loss / w == pytest.approx(0.688782, abs=1e-6)
    model.step(np.log(y)[None])
    expected = [s[c] * (-np.log(y[c]) - loss) / w for c in range(4)]
    np.testing.assert_allclose(np.eye(4)[0] - model.scores[0], expected)
    np.testing.assert_allclose(expected, [-0.242648, 0.080883, 0.080883, 0.080883], atol=1e-6)
    # Alone, whatever it became, its weight is the mean.
    assert model.w == [1.0]
    hard = correction(np.eye(4)[:1], [w], learn_targets=False)
    assert hard.compute_losses(np.log(y)[None])[0] / w == pytest.approx(-np.log(0.7) / 2)


@pytest.mark.parametrize("learn_targets", [True, False])
@pytest.mark.parametrize("learn_weights", [True, False])
def test_a_step_is_gradient_descent(learn_targets, learn_weights):
    rng = np.random.default_rng(0)
    given, first_w = rng.dirichlet(np.ones(5), 20), rng.uniform(0.2, 3, 20)
    log_proba = log_softmax(rng.normal(size=(20, 5)), axis=1)
    model = correction(given, first_w, learn_targets=learn_targets, learn_weights=learn_weights)
    scores = torch.tensor(given, requires_grad=True)
    w = torch.tensor(first_w, requires_grad=True)
    s = torch.softmax(scores, 1) if learn_targets else torch.tensor(given)
    loss = (-(s * torch.tensor(log_proba)).sum(1) / w).sum()
    loss.backward()
    model.step(log_proba)
    if learn_targets:
        np.testing.assert_allclose(model.scores, given - 0.2 * scores.grad.numpy(), rtol=1e-10)
    else:
        np.testing.assert_array_equal(model.targets, given)
    if learn_weights:
        stepped = first_w - 0.1 * w.grad.numpy()
        np.testing.assert_allclose(model.w, stepped * 20 / stepped.sum(), rtol=1e-10)
    else:
        np.testing.assert_array_equal(model.w, first_w)


def test_the_gradient_against_finite_differences():
    def loss(scores, w, log_proba):
        return -sum(p * q for p, q in zip(softmax(scores), log_proba, strict=True)) / w

    rng = np.random.default_rng(1)
    given, log_proba, w, h = np.eye(3)[1], log_softmax(rng.normal(size=3)), 0.7, 1e-6
    model = correction([given], [w], lr_target=1, learn_weights=False)
    model.step(log_proba[None])
    for c in range(3):
        aside = h * np.eye(3)[c]
        slope = (loss(given + aside, w, log_proba) - loss(given - aside, w, log_proba)) / (2 * h)
        assert given[c] - model.scores[0, c] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize(
    ("proba", "lr", "n_steps"),
    [
        ([0.1, 0.7, 0.1, 0.1], 0.01, 181),
        ([0.1, 0.7, 0.1, 0.1], 0.1, 19),
        ([0.1, 0.7, 0.1, 0.1], 0.2, 10),
        ([0.1, 0.7, 0.1, 0.1], 0.5, 4),
        ([0.1, 0.7, 0.1, 0.1], 1, 3),
        ([0.3, 0.5, 0.1, 0.1], 0.01, 855),
        ([0.3, 0.5, 0.1, 0.1], 0.1, 87),
        ([0.3, 0.5, 0.1, 0.1], 0.2, 44),
        ([0.3, 0.5, 0.1, 0.1], 0.5, 18),
        ([0.3, 0.5, 0.1, 0.1], 1, 10),
    ],
)
def test_how_long_a_label_withstands_the_network(proba, lr, n_steps):
    model = correction(np.eye(4)[:1], lr_target=lr, learn_weights=False)
    taken = 0
    while model.targets[0].argmax() == 0:
        model.step(np.log([proba]))
        taken += 1
    assert taken == n_steps


def test_w_settles_at_the_cube_root_of_frozen_losses():
    losses = np.array([1.0, 4.0, 9.0])
    # A network that gives the label exp(-loss).
    log_proba = np.column_stack([-losses, np.log1p(-np.exp(-losses))])
    model = correction(np.eye(2)[[0, 0, 0]], learn_targets=False)
    np.testing.assert_allclose(model.compute_losses(log_proba), losses)
    for _ in range(3000):
        model.step(log_proba)
        assert model.w.mean() == pytest.approx(1, abs=1e-12)
        assert (model.w > 0).all()
    settled = losses ** (1 / 3) / (losses ** (1 / 3)).mean()
    np.testing.assert_allclose(model.w, settled, rtol=1e-6)
    np.testing.assert_allclose(settled, [0.642744, 1.020293, 1.336962], atol=1e-6)


def test_neither_order_nor_company_matters_to_a_step():
    rng = np.random.default_rng(0)
    given, log_proba = (
        np.eye(3)[rng.integers(3, size=30)],
        log_softmax(rng.normal(size=(30, 3)), 1),
    )
    order, some = rng.permutation(30), slice(7, 19)
    whole, shuffled, part = (correction(rows) for rows in (given, given[order], given[some]))
    for model, rows in ((whole, slice(None)), (shuffled, order), (part, some)):
        model.step(log_proba[rows])
    np.testing.assert_allclose(shuffled.targets, whole.targets[order], rtol=1e-12)
    np.testing.assert_allclose(shuffled.w, whole.w[order], rtol=1e-12)
    np.testing.assert_allclose(part.targets, whole.targets[some], rtol=1e-12)
    # Of the others, a weight sees nothing but the common factor.
    ratio = part.w / whole.w[some]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)


def test_a_network_that_is_certain_breaks_nothing():
    model = correction([[1.0, 0], [0, 1.0]], lr_target=5.0)
    for _ in range(5):
        model.step(np.array([[0, -np.inf], [0, -800.0]]))
        np.testing.assert_allclose(model.targets.sum(axis=1), 1)
        assert (model.w > 0).all()
    np.testing.assert_allclose(model.targets, [[1, 0], [1, 0]], atol=1e-6)


def test_first_w_of_the_papers_corpus():
    counts = {"happiness": 595, "sadness": 1084, "neutral": 1708, "anger": 1103}
    labels = np.repeat(np.arange(4), list(counts.values()))
    first = np.cumsum([0, 595, 1084, 1708])
    w = initialise_w(labels, "proportional")
    assert w.mean() == pytest.approx(1)
    share = np.array(list(counts.values())) / len(labels)
    np.testing.assert_allclose(w[first], share / (share**2).sum())
    np.testing.assert_allclose(w[first], [0.471759, 0.859474, 1.354226, 0.874538], atol=1e-6)
    printed = initialise_w(labels, "balanced")[first]
    np.testing.assert_allclose(printed, [0.53, 0.97, 1.52, 0.98], atol=0.005)
    np.testing.assert_allclose(printed.mean(), 1)
    assert (initialise_w(labels, "uniform") == 1).all()


def test_a_class_that_nobody_has_takes_no_share():
    np.testing.assert_allclose(initialise_w(np.array([0, 0, 3, 3]), "balanced"), 1)


# The alternation


@pytest.mark.parametrize("changes", [{}, {"early_stopping": False}, {"resample": "over"}])
def test_switched_off_it_is_the_network_with_class_weights(X, y, changes):
    off = correcting(learn_targets=False, learn_weights=False, estimator=base(**changes)).fit(X, y)
    trained = ~np.isnan(off.w_)
    assert trained.sum() == (90 if changes.get("early_stopping") is False else 81)
    counts = pd.Series(y[trained]).value_counts()
    w = counts / ((counts**2).sum() / trained.sum())
    network = base(
        target_encoder=HardTargetEncoder(), class_weight=dict(1 / w), random_state=0, **changes
    ).fit(X, y)
    np.testing.assert_array_equal(off.predict_proba(X), network.predict_proba(X))
    np.testing.assert_array_equal(off.transform(X), network.transform(X))
    assert off.history_["train_loss"].tolist() == network.net_.history[:, "train_loss"]
    np.testing.assert_allclose(off.w_[trained], w.loc[y[trained]])
    np.testing.assert_allclose(off.held_out_w_[~trained], w.loc[y[~trained]])
    assert (off.history_["moved"] == 0).all()


@pytest.mark.parametrize("early_stopping", [True, False])
def test_switched_off_with_balanced_w_it_is_the_network_with_balanced_classes(
    X, y, early_stopping
):
    """The held-out loss, too, is that of class_weight: it is divided by the class' initial w."""
    network = base(early_stopping=early_stopping)
    settings = {"learn_targets": False, "learn_weights": False, "w_init": "balanced"}
    off = correcting(estimator=network, **settings).fit(X, y)
    alone = clone(network).set_params(class_weight="balanced", random_state=0).fit(X, y)
    np.testing.assert_allclose(off.predict_proba(X), alone.predict_proba(X), atol=1e-5)
    for name in ("train_loss", "valid_loss")[: 1 + early_stopping]:
        np.testing.assert_allclose(off.history_[name], alone.net_.history[:, name], rtol=1e-5)


def test_mislabelled_samples_are_found_and_mended(X, y, truth):
    network = AttentionBLSTMClassifier(
        (16, 8, 16), dropout=0.2, lr=0.01, max_epochs=40, early_stopping=False
    )
    wrong = y != truth
    both, targets, weights = (
        correcting(estimator=network, **settings).fit(X, y)
        for settings in ({}, {"learn_weights": False}, {"learn_targets": False})
    )
    for model in (both, targets):
        corrected = model.classes_[model.corrected_targets_.argmax(axis=1)]
        assert (corrected == truth).mean() > 0.95 > (y == truth).mean() + 0.1
    for model in (both, targets, weights):
        assert wrong[model.suspects(20).index].mean() > 0.9
    assert weights.w_[wrong].mean() > 2 * weights.w_[~wrong].mean()


@pytest.mark.parametrize("early_stopping", [False, True])
def test_w_has_mean_one_and_targets_sum_to_one_after_every_epoch(X, y, early_stopping):
    model = correcting(estimator__early_stopping=early_stopping, lr_weight=1.0).fit(X, y)
    w, targets = model.trajectory_["w"], model.trajectory_["targets"]
    assert w.shape == (len(model.history_["moved"]), 90)
    trained = ~np.isnan(model.w_)
    assert trained.sum() == (81 if early_stopping else 90)
    assert np.isnan(w[:, ~trained]).all()
    assert np.isnan(targets[:, ~trained]).all()
    w, targets = w[:, trained], targets[:, trained]
    np.testing.assert_allclose(w.mean(axis=1, dtype=float), 1, atol=1e-6)
    assert (w > 0).all()
    np.testing.assert_allclose(targets.sum(axis=2), 1, atol=1e-6)
    np.testing.assert_allclose(model.initial_w_[trained].mean(), 1, atol=1e-12)
    np.testing.assert_allclose(model.w_[trained].mean(), 1, atol=1e-12)
    np.testing.assert_allclose((model.sample_weight_ * model.w_)[trained], 1)


def test_every_epoch_is_the_step_of_the_paper(X, y):
    """The whole of it again: the recorded targets from the recorded ones before."""
    model = correcting(estimator__early_stopping=False, estimator__max_epochs=1).fit(X, y)
    log_proba = np.log(model.predict_proba(X))
    given = (y[:, None] == np.array(CLASSES)).astype(float)
    again = correction(given, model.initial_w_)
    again.step(log_proba)
    np.testing.assert_allclose(model.corrected_targets_, again.targets, atol=1e-5)
    np.testing.assert_allclose(model.w_, again.w, atol=1e-5)
    np.testing.assert_allclose(model.trajectory_["targets"][0], again.targets, atol=1e-5)
    s = correction(given).targets
    loss = (-(s * log_proba).sum(axis=1) / model.initial_w_).mean()
    assert model.history_["label_loss"] == pytest.approx([loss], rel=1e-5)


def test_the_batch_size_does_not_matter_to_the_step(X, y, monkeypatch):
    """Batches of the step alone: the network is the same."""
    model = correcting(estimator=base(max_epochs=1, early_stopping=False))
    found = []
    for batch_size in (1, 7, 90):
        outputs = _net.compute_outputs

        def in_batches(net, examples, outputs=outputs, batch_size=batch_size):
            net.batch_size, before = batch_size, net.batch_size
            logits = outputs(net, examples)
            net.batch_size = before
            return logits

        with monkeypatch.context() as patch:
            patch.setattr(_net, "compute_outputs", in_batches)
            found.append(clone(model).fit(X, y))
    for other in found[1:]:
        for name in ("corrected_targets_", "w_"):
            np.testing.assert_allclose(getattr(other, name), getattr(found[0], name), atol=1e-6)


def test_what_was_learned_is_of_the_network_that_was_taken(X, y):
    network = base(max_epochs=80, patience=4)
    model = correcting(estimator=network, lr_target=2.0).fit(X, y)
    losses = model.history_["valid_loss"]
    best = np.argmin(losses)
    assert 2 <= best + 1 == model.n_epochs_ < len(losses) < 80
    np.testing.assert_allclose(model.corrected_targets_, model.trajectory_["targets"][best])
    np.testing.assert_allclose(model.w_, model.trajectory_["w"][best])
    # The step of that epoch was taken from what this very network says.
    first, settings = model.trajectory_["targets"][best - 1], {"learn_weights": False}
    before = correction(np.log(first), model.trajectory_["w"][best - 1], **settings)
    before.lr_target = 2.0
    before.step(np.log(model.predict_proba(X)))
    np.testing.assert_allclose(before.targets, model.corrected_targets_, atol=1e-4)


def test_warm_up_leaves_everything_as_it_was_given(X, y):
    network = base(early_stopping=False)
    warm = correcting(estimator=network, warmup_epochs=3).fit(X, y)
    off = correcting(estimator=network, learn_targets=False, learn_weights=False).fit(X, y)
    assert warm.history_["train_loss"][:3].tolist() == off.history_["train_loss"][:3].tolist()
    assert len(warm.history_["train_loss"]) == 3 + 6 == warm.n_epochs_
    at_first = softmax(warm.initial_targets_, axis=1)
    np.testing.assert_allclose(warm.trajectory_["targets"][:3], [at_first] * 3, atol=1e-6)
    assert not np.allclose(warm.trajectory_["targets"][3], at_first, atol=1e-6)
    np.testing.assert_allclose(warm.trajectory_["w"][2], warm.initial_w_, rtol=1e-6)


def test_pretrained_starts_where_the_network_alone_stopped(X, y, monkeypatch):
    states = []

    class Spy(_net.Training):
        def __init__(self, *arguments, **settings):
            super().__init__(*arguments, **settings)
            self.start = settings.get("state")

        def __exit__(self, *error):
            done = super().__exit__(*error)
            states.append((self.start, self.net.module_.state_dict()))
            return done

    monkeypatch.setattr(_net, "Training", Spy)
    model = correcting(pretrain=True).fit(X, y)
    off = correcting(learn_targets=False, learn_weights=False).fit(X, y)
    (fresh, stopped), (start, _), (_, alone) = states
    assert fresh is None
    for name, weights in alone.items():
        assert torch.equal(start[name], weights), name
        assert torch.equal(start[name], stopped[name]), name
    assert not np.allclose(model.predict_proba(X), off.predict_proba(X))


def test_the_same_seed_gives_the_same_model(X, y):
    model = correcting().fit(X, y)
    expected = model.predict_proba(X)
    again = clone(model).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    np.testing.assert_array_equal(again.corrected_targets_, model.corrected_targets_)
    np.testing.assert_array_equal(again.w_, model.w_)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)
    own_seed = LabelCorrectingClassifier(base(random_state=0)).fit(X, y)
    np.testing.assert_array_equal(own_seed.predict_proba(X), expected)
    other = correcting(random_state=1).fit(X, y)
    assert not np.allclose(other.predict_proba(X), expected)


def test_the_estimator_that_was_given_stays_as_it_was(X, y):
    network = base(target_encoder=SoftTargetEncoder(0))
    before = repr(network.get_params())
    LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    assert repr(network.get_params()) == before
    assert not hasattr(network, "net_")


def test_a_pickle_holds_no_training_data(X, y):
    short = correcting(store_trajectory=False).fit(X, y)
    assert short.trajectory_ == {}
    recorded = correcting().fit(X, y)
    size = sum(values.nbytes for values in recorded.trajectory_.values())
    assert len(pickle.dumps(recorded)) - len(pickle.dumps(short)) < size + 1000
    # Frames of the training samples would show.
    wide = Sequences(np.repeat(X.values, 400, axis=1), X.offsets)
    model = correcting(estimator__max_epochs=1, store_trajectory=False).fit(wide, y)
    n_weights = sum(p.numel() for p in model.estimator_.net_.module_.parameters())
    assert len(pickle.dumps(model)) < 4 * n_weights + wide.values.nbytes / 4


# What it says of the samples


@pytest.mark.parametrize("validation", [None, 0.3])
def test_tables_of_the_paper(X, y, validation):
    network = base(max_epochs=30, early_stopping=False)
    model = correcting(estimator=network)
    if validation is not None:
        network.set_params(early_stopping=True, validation=validation)
        model.set_params(lr_target=30.0)
    model.fit(X, y)
    rows = ~np.isnan(model.w_)
    assert rows.sum() == (90 if validation is None else 63)
    y, moved = y[rows], model.history_["moved"][model.n_epochs_ - 1]
    model.corrected_targets_ = model.corrected_targets_[rows]
    model.initial_w_, model.w_ = model.initial_w_[rows], model.w_[rows]
    corrected = model.classes_[model.corrected_targets_.argmax(axis=1)]
    expected = pd.crosstab(y, corrected, normalize="index").reindex(columns=CLASSES, fill_value=0)
    np.testing.assert_allclose(model.transitions_, expected)
    means = [pd.Series(w).groupby(y).mean() for w in (model.initial_w_, model.w_)]
    np.testing.assert_allclose(model.class_w_, means)
    assert moved == pytest.approx((corrected != y).mean())
    assert 0 < moved < 1


def test_suspects_are_those_whose_label_moved_furthest(X, y):
    model = correcting(estimator__max_epochs=30, estimator__early_stopping=False).fit(X, y)
    table = model.suspects(90)
    label = pd.Series(y).map(CLASSES.index)
    left = model.corrected_targets_[np.arange(90), label]
    np.testing.assert_allclose(table["left"], np.sort(left))
    np.testing.assert_allclose(table["left"], left[table.index])
    assert (table["given"] == y[table.index]).all()
    assert (table["w"] == model.w_[table.index]).all()
    assert model.suspects(3).equals(table[:3])
    assert len(model.suspects()) == 10
    by_w = correcting(learn_targets=False).fit(X, y)
    assert by_w.suspects(90)["w"].is_monotonic_decreasing
    assert (by_w.suspects(90)["left"] == 1).all()


def test_nothing_learned_has_no_suspects(X, y):
    model = correcting(learn_targets=False, learn_weights=False).fit(X, y)
    with pytest.raises(
        ValueError, match="neither targets nor weights were learned, because learn_"
    ):
        model.suspects()


def test_samples_without_a_target_are_left_out(X, y):
    cells = [[label, label] for label in y]
    cells[4], cells[50] = [None, None], ["angry", "sad"]
    ratings = Ratings.from_wide(cells, target_classes=CLASSES)
    model = correcting(estimator__early_stopping=False).fit(X, ratings)
    missing = np.isin(np.arange(90), [4, 50])
    for values in (model.corrected_targets_[:, 0], model.w_, model.initial_w_):
        np.testing.assert_array_equal(np.isnan(values), missing)
    np.testing.assert_array_equal(np.isnan(model.trajectory_["w"][0]), missing)
    assert np.nanmean(model.w_) == pytest.approx(1)
    assert not set(model.suspects(90).index) & {4, 50}
    alone = correcting(estimator__early_stopping=False).fit(X[~missing], ratings[~missing])
    np.testing.assert_array_equal(alone.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(alone.w_, model.w_[~missing])


def test_from_soft_targets(X, y, truth):
    ratings = Ratings.from_wide(np.column_stack([y, truth, truth]), target_classes=CLASSES)
    soft = SoftTargetEncoder(0.5).fit_transform(ratings)
    model = correcting(target_encoder=SoftTargetEncoder(0.5)).fit(X, ratings)
    np.testing.assert_allclose(model.initial_targets_, soft)
    own = correcting(estimator__target_encoder=SoftTargetEncoder(0.5)).fit(X, ratings)
    np.testing.assert_array_equal(own.predict_proba(X), model.predict_proba(X))
    both = correcting(
        estimator__target_encoder=SoftTargetEncoder(0.5), target_encoder=HardTargetEncoder()
    ).fit(X, ratings)
    assert set(both.initial_targets_.ravel()) == {0.0, 1.0}
    consensus = correcting().fit(X, ratings)
    np.testing.assert_array_equal(consensus.initial_targets_, both.initial_targets_)


def test_tied_targets_count_together():
    model = LabelCorrectingClassifier()
    model.classes_ = np.array(CLASSES)
    model.initial_targets_ = np.array([[0.4, 0.4, 0.2], [1, 0, 0]])
    model.corrected_targets_ = np.array([[0.1, 0.7, 0.2], [0.3, 0.4, 0.3]])
    model.w_, model.held_out_w_ = np.ones(2), np.full(2, np.nan)
    model.held_out_targets_ = np.full((2, 3), np.nan)
    np.testing.assert_allclose(model.suspects()["left"], [0.3, 0.8])


def test_fixed_targets_may_be_as_soft_as_learned_ones_at_first(X, y):
    settings = {"learn_targets": False, "estimator__early_stopping": False}
    soft = correcting(fixed_target="softmax", **settings).fit(X, y)
    np.testing.assert_allclose(soft.corrected_targets_, softmax(soft.initial_targets_, axis=1))
    learned = correcting(estimator__early_stopping=False).fit(X, y)
    assert soft.history_["train_loss"][0] == learned.history_["train_loss"][0]


def test_labels_of_utterances_are_corrected_through_their_segments():
    """The loss of an utterance is the mean over its segments."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60 * 12, 5)) + np.repeat(np.arange(60) % 2, 12)[:, None]
    X = Segments(values, np.arange(61) * 12, segment_length=4, segment_step=3)
    y = np.array(["angry", "sad"] * 30)
    network = SegmentVGGClassifier(width=1 / 32, max_epochs=1, early_stopping=False)
    model = LabelCorrectingClassifier(network, random_state=0).fit(X, y)
    proba = model.estimator_.predict_profile(X)
    log_proba = np.array([np.log(p).mean(axis=0) for p in proba])
    again = correction(np.eye(2)[(y == "sad").astype(int)])
    again.step(log_proba)
    np.testing.assert_allclose(model.corrected_targets_, again.targets, atol=1e-5)
    np.testing.assert_allclose(model.w_, again.w, atol=1e-5)
    off = clone(model).set_params(learn_targets=False, learn_weights=False).fit(X, y)
    alone = clone(network).set_params(random_state=0).fit(X, y)
    np.testing.assert_array_equal(off.predict_proba(X), alone.predict_proba(X))


def test_scikit_learn_around_it(X, y):
    pipe = make_pipeline(SequenceScaler(by="speaker"), correcting(estimator__max_epochs=2))
    groups, name = X.speaker, "labelcorrectingclassifier"
    scores = cross_val_score(pipe, X, y, groups=groups, cv=GroupKFold(2), scoring=ua_scorer)
    assert scores.shape == (2,)
    grid = {f"{name}__lr_target": [0.1, 1.0], f"{name}__estimator__lr": [0.01, 0.02]}
    search = GridSearchCV(pipe, grid, cv=GroupKFold(2), scoring=ua_scorer)
    search.fit(X, y, groups=groups)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_[-1].get_feature_names_out().shape == (6,)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"estimator": LogisticRegression()},
            TypeError,
            "must be a NetworkClassifier, such as .* got Logistic",
        ),
        (
            {"estimator": base(class_weight="balanced")},
            ValueError,
            r"class_weight of the estimator must be None, .*\(w_init\) replace it, got 'balanced'",
        ),
        ({"estimator__lr": -1}, ValueError, "'lr' parameter of AttentionBLSTMClassifier"),
        ({"lr_target": 0}, ValueError, "'lr_target' parameter"),
        ({"lr_weight": -1}, ValueError, "'lr_weight' parameter"),
        ({"w_init": "printed"}, ValueError, "'w_init' parameter .* among"),
        ({"fixed_target": "hard"}, ValueError, "'fixed_target' parameter"),
        ({"warmup_epochs": -1}, ValueError, "'warmup_epochs' parameter"),
        ({"stop_on": "f1"}, ValueError, "'stop_on' parameter .* among"),
    ],
)
def test_wrong_parameters_are_refused_in_fit(X, y, changes, error, message):
    with pytest.raises(error, match=message):
        correcting(**changes).fit(X, y)


def test_lengths_must_agree(X, y):
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[90, 89\]"):
        correcting().fit(X, y[:89])


def test_tables_of_classes_by_hand():
    """Counted one by one; a class of one sample is one, and a class of none is unknown."""
    given = np.eye(4)[[0, 0, 0, 1, 2, 2]]
    corrected = np.eye(4)[[0, 1, 0, 0, 2, 3]]
    expected = [[2 / 3, 1 / 3, 0, 0], [1, 0, 0, 0], [0, 0, 0.5, 0.5], [np.nan] * 4]
    np.testing.assert_allclose(compute_transitions(given, corrected), expected)
    values, labels = np.array([1.0, 2.0, 6.0, 5.0]), np.array([0, 0, 0, 1])
    np.testing.assert_allclose(average_by_class(values, labels, 3), [3, 5, np.nan])
