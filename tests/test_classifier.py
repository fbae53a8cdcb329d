import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_ser import (
    AttentionBLSTMClassifier,
    HardTargetEncoder,
    Ratings,
    Sequences,
    SoftmaxClassifier,
    SoftTargetEncoder,
)
from sklearn_ser.classifiers._targets import compute_class_weights
from sklearn_ser.classifiers._training_rows import resample_rows
from sklearn_ser.splits._validation import split_validation


class HoldOut:
    """A splitter that watches all samples from one on."""

    def __init__(self, start):
        self.start = start

    def split(self, X, y, groups):
        yield np.arange(self.start), np.arange(self.start, len(X))


SMALL = {"hidden_sizes": (8, 8, 8), "lr": 0.02, "max_epochs": 5, "random_state": 0}
CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(scope="module")
def X():
    """60 samples of 12 speakers; the class moves the mean of the frames."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(i % 3, 1, (rng.integers(2, 12), 4)) for i in range(60)]
    speaker = [f"S{i // 5}" for i in range(60)]
    return Sequences.from_arrays(arrays, speaker=speaker, session=[name[:2] for name in speaker])


@pytest.fixture(scope="module")
def y():
    """Three raters, of whom some disagree; the last samples are rated by nobody, or as other."""
    cells = [[CLASSES[i % 3], CLASSES[(i + i % 2) % 3], None] for i in range(60)]
    cells[-1], cells[-2] = [None] * 3, ["other"] * 3
    return Ratings.from_wide(cells, target_classes=CLASSES)


@pytest.fixture(scope="module")
def model(X, y):
    return AttentionBLSTMClassifier(**SMALL).fit(X, y)


def test_it_learns(X):
    labels = [CLASSES[i % 3] for i in range(60)]
    model = AttentionBLSTMClassifier(**SMALL | {"max_epochs": 40, "early_stopping": False})
    assert model.fit(X[:45], labels[:45]).score(X[45:], labels[45:]) > 0.8


def test_probabilities_and_labels_belong_together(model, X):
    proba = model.predict_proba(X)
    assert model.classes_.tolist() == CLASSES
    assert proba.shape == (60, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert model.predict(X).tolist() == [CLASSES[k] for k in proba.argmax(axis=1)]


def test_the_last_hidden_layer_gives_the_probabilities(model, X):
    hidden = model.transform(X)
    assert hidden.shape == (60, 8)
    assert len(model.get_feature_names_out()) == 8
    head = model.net_.module_.head
    logits = hidden @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    odds = np.exp(logits)
    np.testing.assert_allclose(
        odds / odds.sum(axis=1, keepdims=True), model.predict_proba(X), atol=1e-6
    )


def test_attention_is_one_weight_a_frame(model, X):
    attention = model.attention(X)
    assert [len(weights) for weights in attention] == X.lengths.tolist()
    np.testing.assert_allclose([weights.sum() for weights in attention], 1, rtol=1e-5)
    assert all((weights > 0).all() for weights in attention)


def test_outputs_do_not_depend_on_order_company_or_container(model, X):
    expected = model.predict_proba(X)
    order = np.random.default_rng(0).permutation(60)
    np.testing.assert_allclose(model.predict_proba(X[order]), expected[order], atol=1e-6)
    alone = [model.predict_proba(X[[i]])[0] for i in range(60)]
    np.testing.assert_allclose(alone, expected, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(list(X)), expected, atol=1e-6)
    shuffled = np.concatenate(model.attention(X[order]))
    np.testing.assert_allclose(
        shuffled, np.concatenate([model.attention(X)[i] for i in order]), atol=1e-6
    )


def global_state():
    # pickled: its parts do not compare.
    return pickle.dumps(np.random.get_state())  # noqa: NPY002


@pytest.mark.parametrize("random_state", [None, 0, np.random.RandomState(0)])
def test_global_random_states_stay(X, y, random_state):
    numpy_state, torch_state = global_state(), torch.get_rng_state()
    model = AttentionBLSTMClassifier(**SMALL | {"random_state": random_state, "max_epochs": 1})
    model.set_params(resample="over").fit(X, y).predict(X)
    assert global_state() == numpy_state
    assert torch.equal(torch.get_rng_state(), torch_state)


def test_without_a_seed_every_model_differs(X, y):
    models = [AttentionBLSTMClassifier(**SMALL | {"random_state": None}) for _ in range(2)]
    first, second = (model.fit(X, y).predict_proba(X) for model in models)
    assert not np.allclose(first, second)


def test_renaming_labels_renames_predictions(model, X, y):
    names = {"angry": "a", "happy": "h", "sad": "s"}
    renamed = clone(model).fit(X, y.rename(names))
    np.testing.assert_array_equal(renamed.predict_proba(X), model.predict_proba(X))
    assert renamed.predict(X).tolist() == [names[label] for label in model.predict(X)]


def test_unrated_samples_are_left_out(X, y):
    settings = SMALL | {"validation": HoldOut(40)}
    whole = AttentionBLSTMClassifier(**settings).fit(X, y)
    rated = AttentionBLSTMClassifier(**settings).fit(X[:58], y[:58])
    np.testing.assert_array_equal(whole.predict_proba(X), rated.predict_proba(X))


def test_the_default_encoder_depends_on_the_ratings(X, y):
    one_epoch = AttentionBLSTMClassifier(**SMALL | {"max_epochs": 1})
    assert isinstance(one_epoch.fit(X, y).target_encoder_, SoftTargetEncoder)
    labels = [CLASSES[i % 3] for i in range(60)]
    assert isinstance(one_epoch.fit(X, labels).target_encoder_, HardTargetEncoder)


def test_classes_are_sorted_whatever_the_encoder_says(X, y):
    backwards = SoftTargetEncoder(classes=CLASSES[::-1])
    model = AttentionBLSTMClassifier(**SMALL, target_encoder=backwards).fit(X, y)
    assert model.classes_.tolist() == CLASSES
    forwards = AttentionBLSTMClassifier(**SMALL, target_encoder=SoftTargetEncoder()).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), forwards.predict_proba(X))


def test_early_stopping_restores_the_best_weights(X, y):
    rng = np.random.default_rng(0)
    noise = Ratings.from_labels(rng.choice(CLASSES, 60))
    settings = SMALL | {"max_epochs": 60, "patience": 3, "lr": 0.05}
    model = AttentionBLSTMClassifier(**settings, validation=HoldOut(45)).fit(X, noise)
    losses = model.net_.history[:, "valid_loss"]
    assert len(losses) == np.argmin(losses) + 1 + 3 < 60
    proba = model.predict_proba(X[45:])
    right = [CLASSES.index(label) for label in noise.consensus()[45:]]
    loss = -np.log(proba[np.arange(15), right]).mean()
    assert loss == pytest.approx(min(losses), abs=1e-5)


def test_held_out_samples_never_train(X, y):
    settings = {**SMALL, "validation": HoldOut(50), "patience": 100}
    first = AttentionBLSTMClassifier(**settings).fit(X, [CLASSES[i % 3] for i in range(60)])
    flipped = [CLASSES[(i + (i >= 50)) % 3] for i in range(60)]
    second = AttentionBLSTMClassifier(**settings).fit(X, flipped)
    assert first.net_.history[:, "train_loss"] == second.net_.history[:, "train_loss"]
    assert first.net_.history[:, "valid_loss"] != second.net_.history[:, "valid_loss"]


def test_validation_keeps_speakers_and_classes_apart_from_training(X):
    labels = np.arange(60) % 3
    for seed in range(5):
        train, valid = split_validation(0.1, X, labels, np.random.default_rng(seed))
        assert len(set(X.speaker[train]) & set(X.speaker[valid])) == 0
        assert len(set(X.speaker[valid])) == 2
        assert sorted([*train, *valid]) == list(range(60))
    # Only one speaker has class 3: it is drawn for training.
    rare = np.where(X.speaker == "S4", 3, labels)
    for seed in range(5):
        train, valid = split_validation(0.1, X, rare, np.random.default_rng(seed))
        assert 3 in rare[train]
        assert "S4" not in X.speaker[valid]


def test_validation_without_speakers_is_stratified(X):
    labels = np.r_[np.zeros(40, int), np.ones(20, int)]
    anonymous = Sequences(X.values, X.offsets)
    train, valid = split_validation(0.1, anonymous, labels, np.random.default_rng(0))
    assert np.bincount(labels[valid]).tolist() == [4, 2]
    assert sorted([*train, *valid]) == list(range(60))
    single = np.r_[labels[:-1], 2]
    train, valid = split_validation(0.1, anonymous, single, np.random.default_rng(0))
    assert len(valid) == 6
    train, valid = split_validation(0.1, anonymous[:9], labels[:9], np.random.default_rng(0))
    assert valid is None
    assert train.tolist() == list(range(9))


def test_a_splitter_sees_speakers_and_sessions(X, y):
    class FirstSession:
        def split(self, X, y, groups):
            assert (groups == X.speaker).all()
            held_out = X.session == X.session[0]
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)

    model = AttentionBLSTMClassifier(**SMALL, validation=FirstSession()).fit(X, y)
    assert "valid_loss" in model.net_.history[-1]


def test_class_weights_are_factors_on_the_loss(X, y):
    flat = AttentionBLSTMClassifier(**SMALL, early_stopping=False)
    doubled = clone(flat).set_params(class_weight=dict.fromkeys(CLASSES, 2.0))
    losses = [clone(m).fit(X, y).net_.history[0, "train_loss"] for m in (flat, doubled)]
    # Adamax does not see the scale of the loss, so that only its value doubles.
    assert losses[1] == pytest.approx(2 * losses[0], rel=1e-3)


def test_balanced_class_weights_are_inverse_to_the_mass():
    targets = np.array([[1, 0, 0], [0.5, 0.5, 0], [1, 0, 0]])
    weights = compute_class_weights("balanced", np.array(CLASSES), targets)
    np.testing.assert_allclose(weights, [3 / 7.5, 3 / 1.5, 0])


def test_class_weights_are_of_the_samples_that_are_trained_on(X):
    """Held-out speakers are mostly sad, and the others mostly angry."""
    seen = {}

    class Spied(AttentionBLSTMClassifier):
        def start_training(self, train, valid, **params):
            seen.update(train=train.targets.numpy(), valid=valid.targets.numpy())
            return super().start_training(train, valid, **params)

    labels = np.array(["angry"] * 30 + ["sad"] * 10 + ["sad"] * 15 + ["angry"] * 5)
    assert not set(X.speaker[:40]) & set(X.speaker[40:])
    settings = SMALL | {"max_epochs": 1, "validation": HoldOut(40), "class_weight": "balanced"}
    Spied(**settings).fit(X, labels)
    # 40 samples, two classes, 30 and 10 of each; over all 60 it would be 60 / (2 * 35).
    factors = [40 / (2 * 30), 40 / (2 * 10)]
    is_sad = (labels == "sad").astype(int)
    np.testing.assert_allclose(seen["train"], (np.eye(2) * factors)[is_sad[:40]], rtol=1e-6)
    np.testing.assert_allclose(seen["valid"], (np.eye(2) * factors)[is_sad[40:]], rtol=1e-6)


@pytest.mark.parametrize(("resample", "size"), [("over", 30), ("under", 5)])
def test_resampling_makes_classes_equal(resample, size):
    labels = np.r_[np.zeros(30, int), np.ones(5, int), np.full(10, 2)]
    rows = resample_rows(np.arange(45), labels, resample, np.random.default_rng(0))
    assert np.bincount(labels[rows]).tolist() == [size] * 3
    if resample == "over":
        assert set(rows) == set(range(45))
    else:
        assert len(set(rows)) == len(rows)


@pytest.mark.parametrize(
    ("hidden_sizes", "attention_on", "n_hidden"),
    [((8, 4, 0), "states", 8), (((6, 5), 4, 7), "states", 7), ((0, 4, 0), "logits", 8)],
)
def test_structures_of_the_papers(X, y, hidden_sizes, attention_on, n_hidden):
    settings = {**SMALL, "hidden_sizes": hidden_sizes, "attention_on": attention_on}
    model = AttentionBLSTMClassifier(**settings).fit(X, y)
    assert model.transform(X[:3]).shape == (3, n_hidden)
    linear = [m for m in model.net_.module_.before if isinstance(m, torch.nn.Linear)]
    first = hidden_sizes[0] if isinstance(hidden_sizes[0], tuple) else (hidden_sizes[0],)
    assert [layer.out_features for layer in linear] == [size for size in first if size]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_sizes": (8, 8)}, r"must be \(dense, blstm, dense\).*Got \(8, 8\)"),
        ({"hidden_sizes": (8, -1, 8)}, r"integers of at least 0.*Got \(8, -1, 8\)"),
        ({"hidden_sizes": (8, 2.5, 8)}, r"integers of at least 0.*Got \(8, 2\.5, 8\)"),
        ({"attention_on": "logits"}, "the last of hidden_sizes must be 0"),
        (
            {"class_weight": {"blue": 2}},
            r"class_weight names 'blue', but the classes are \['angry'",
        ),
        ({"optimizer": "adagrad"}, "'optimizer' parameter .* must be a str among"),
        ({"lr": 0}, "'lr' parameter"),
        ({"dropout": 1}, "'dropout' parameter"),
        ({"validation": 1.5}, "'validation' parameter"),
        ({"resample": "both"}, "'resample' parameter"),
        ({"device": "tpu"}, "'device' parameter"),
    ],
)
def test_wrong_parameters_are_refused_in_fit(X, y, settings, message):
    with pytest.raises(ValueError, match=message):
        AttentionBLSTMClassifier(**SMALL | settings).fit(X, y)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_an_error(X, y):
    with pytest.raises(ValueError, match="device='cuda' needs a GPU"):
        AttentionBLSTMClassifier(**SMALL, device="cuda").fit(X, y)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["sad"] * 60, r"at least two classes are needed, .*60 of 60.* are all 'sad'"),
        ([None] * 60, "no target class is among the labels"),
        (["sad"] * 59, r"inconsistent numbers of samples: \[60, 59\]"),
    ],
)
def test_ratings_that_teach_nothing_are_refused(X, labels, message):
    with pytest.raises(ValueError, match=message):
        AttentionBLSTMClassifier(**SMALL).fit(X, labels)


def test_no_rating_for_any_target_is_an_error(X):
    with pytest.warns(UserWarning, match=r"the target classes \['angry'\] are not among"):
        y = Ratings.from_labels(["other"] * 59 + ["sad"], target_classes=["angry", "sad"])
    with pytest.raises(ValueError, match=r"no sample has a target: .*\['angry', 'sad'\].*other"):
        AttentionBLSTMClassifier(**SMALL).fit(X[:59], y[:59])


def test_the_progress_bar_counts_epochs(X, y, capsys):
    AttentionBLSTMClassifier(**SMALL, verbose=True).fit(X, y)
    shown = capsys.readouterr().err
    assert "0/5" in shown
    assert "epoch/s" in shown
    AttentionBLSTMClassifier(**SMALL).fit(X, y)
    assert capsys.readouterr().err == ""


def test_softmax_regression_takes_one_vector_per_sample():
    model = SoftmaxClassifier(lr=0.1, random_state=0)
    X = [[[-1.0]], [[1.0]]] * 10
    model.fit(X, ["sad", "angry"] * 10)
    longer = [[[-1.0]], [[1.0], [2.0]], [[0.0]] * 3]
    match = r"one vector, .*not for samples 1 \(2 frames\), 2 \(3 frames\)"
    with pytest.raises(ValueError, match=match):
        model.predict(longer)
    with pytest.raises(ValueError, match=match):
        SoftmaxClassifier().fit(longer, ["sad", "angry", "sad"])
