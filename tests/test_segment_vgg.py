"""The VGG network of segments, and its estimator."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_ser import Ratings, Segments, SegmentVGGClassifier
from sklearn_ser.nn import SegmentVGG
from sklearn_ser.training import _net
from sklearn_ser.training._batches import SegmentExamples

SMALL = {"width": 1 / 32, "max_epochs": 3, "batch_size": 16, "random_state": 0}
CLASSES = ["angry", "happy", "sad"]


@pytest.fixture(scope="module")
def X():
    """30 utterances of 6 speakers with 2 to 5 segments; the class moves one band."""
    rng = np.random.default_rng(0)
    lengths = 8 + 4 * rng.integers(1, 5, size=30)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = rng.normal(size=(offsets[-1], 6)).astype(np.float32)
    label = np.repeat(np.arange(30) % 3, lengths)
    values[np.arange(len(values)), label] += 3
    speaker = np.arange(30) // 5
    return Segments(values, offsets, speaker, segment_length=8, segment_step=4)


@pytest.fixture(scope="module")
def y():
    return np.array([CLASSES[i % 3] for i in range(30)])


@pytest.fixture(scope="module")
def model(X, y):
    return SegmentVGGClassifier(**SMALL).fit(X, y)


def n_weights(**settings):
    module = SegmentVGG(32, 64, 6, generator=torch.Generator().manual_seed(0), **settings)
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_full_network_has_the_weights_of_the_paper():
    convolutions = [(1, 64), (64, 64), (64, 128), (128, 128), (128, 256), *[(256, 256)] * 3]
    convolutions += [(256, 512), *[(512, 512)] * 7]
    n_convolutions = sum(9 * n_in * n_out + n_out for n_in, n_out in convolutions)
    assert n_convolutions == 20_023_232
    # Five poolings leave 1 x 2 places of 512 channels.
    small = n_convolutions + 1024 * 6 + 6
    assert n_weights(configuration="E", batch_norm=False) == small == 20_029_382
    literal = n_convolutions + 1025 * 4096 + 4097 * 4096 + 4097 * 6
    assert n_weights(configuration="E", batch_norm=False, head="literal") == literal == 41_027_526
    assert n_weights(configuration="E") - small == 2 * sum(n for _, n in convolutions) == 11_008


@pytest.mark.parametrize(
    ("configuration", "n_layers"), [("A", 8), ("B", 10), ("D", 13), ("E", 16)]
)
def test_configurations(configuration, n_layers):
    module = SegmentVGG(32, 64, 4, configuration, width=1 / 64)
    assert sum(isinstance(m, torch.nn.Conv2d) for m in module.modules()) == n_layers
    assert sum(isinstance(m, torch.nn.MaxPool2d) for m in module.modules()) == 5
    assert module(torch.zeros(3, 1, 32, 64)).shape == (3, 4)


@pytest.mark.parametrize("size", [(1, 1), (31, 64), (32, 64), (33, 70), (64, 128)])
def test_any_size_of_segment(size):
    module = SegmentVGG(*size, 4, "A", width=1 / 64).eval()
    x = torch.randn(2, 1, *size)
    assert module(x).shape == (2, 4)
    assert module.embed(x).shape == (2, module.head.in_features)


def test_memory_is_channels_last_and_does_not_matter():
    module = SegmentVGG(32, 64, 4, "A", width=1 / 16, generator=torch.Generator()).eval()
    x = torch.randn(3, 1, 32, 64)
    weights = [m.weight for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in weights)
    expected = module(x)
    module.to(memory_format=torch.contiguous_format)
    torch.testing.assert_close(module(x), expected, atol=1e-5, rtol=0)


def test_global_random_state_stays():
    before = torch.get_rng_state()
    first, second = (
        SegmentVGG(
            32, 64, 4, "A", 1 / 32, head="literal", generator=torch.Generator().manual_seed(3)
        )
        for _ in range(2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    x = torch.randn(8, 1, 32, 64)
    before = torch.get_rng_state()
    first(x)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_batch_of_segments_is_what_was_cut(X):
    rows = np.array([4, 2, 9])
    targets = np.eye(3)
    examples = SegmentExamples(X, rows, targets)
    cut = np.concatenate([X.segments(i) for i in rows])
    assert len(examples) == len(cut)
    order = np.random.default_rng(0).permutation(len(cut))
    inputs, learned = examples.get_batch(order)
    np.testing.assert_array_equal(inputs["x"][:, 0], cut[order])
    expected = np.repeat(targets, X.n_segments[rows], axis=0)[order]
    np.testing.assert_array_equal(learned, expected)
    assert np.shares_memory(examples.windows, X.values)


def test_it_learns(X, y):
    model = SegmentVGGClassifier(**SMALL | {"width": 1 / 16, "max_epochs": 12, "lr": 0.003})
    train, test = X[:24], X[24:]
    assert model.fit(train, y[:24]).score(test, y[24:]) > 0.8


def test_an_utterance_is_the_mean_of_its_profile(model, X):
    profiles = model.predict_profile(X)
    assert [len(profile) for profile in profiles] == X.n_segments.tolist()
    for profile in profiles:
        np.testing.assert_allclose(profile.sum(axis=1), 1, rtol=1e-12)
    means = [profile.mean(axis=0) for profile in profiles]
    np.testing.assert_allclose(model.predict_proba(X), means, rtol=1e-12)
    assert model.predict(X).tolist() == [CLASSES[mean.argmax()] for mean in means]


def test_profiles_do_not_depend_on_batches_order_or_company(model, X):
    expected = np.concatenate(model.predict_profile(X))
    other = pickle.loads(pickle.dumps(model))
    for batch_size in (1, 7, 1000):
        other.net_.batch_size = batch_size
        np.testing.assert_allclose(np.concatenate(other.predict_profile(X)), expected, atol=1e-6)
    order = np.random.default_rng(0).permutation(30)
    shuffled = model.predict_profile(X[order])
    for i, row in enumerate(order):
        np.testing.assert_allclose(shuffled[i], model.predict_profile(X[[row]])[0], atol=1e-6)


def test_the_hidden_layer_averaged_gives_the_logits_averaged(model, X):
    hidden = model.transform(X)
    assert hidden.shape == (30, len(model.get_feature_names_out()))
    head = model.net_.module_.head
    logits = hidden @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    log_proba = [np.log(p) - np.log(p[:, :1]) for p in model.predict_profile(X)]
    expected = [p.mean(axis=0) for p in log_proba]
    np.testing.assert_allclose(logits - logits[:, :1], expected, atol=1e-4)


def test_targets_of_segments(model, X, y):
    own = np.repeat(np.eye(3)[[CLASSES.index(label) for label in y]], X.n_segments, axis=0)
    same = clone(model).fit(X, y, segment_targets=own)
    np.testing.assert_array_equal(same.predict_proba(X), model.predict_proba(X))
    other = clone(model).fit(X, y, segment_targets=np.roll(own, 1, axis=1))
    assert not np.allclose(other.predict_proba(X), model.predict_proba(X))
    with pytest.raises(
        ValueError, match=r"must have shape \(\d+, 3\), one row per segment.*\(30, 3"
    ):
        clone(model).fit(X, y, segment_targets=own[:30])


def test_unrated_utterances_are_left_out_with_their_segments(X, y):
    cells = [[label] for label in y]
    cells[3] = [None]
    ratings = Ratings.from_wide(cells)
    settings = SMALL | {"early_stopping": False}
    kept = np.arange(30) != 3
    left_out = SegmentVGGClassifier(**settings).fit(X, ratings)
    without = SegmentVGGClassifier(**settings).fit(X[kept], ratings[kept])
    np.testing.assert_array_equal(left_out.predict_proba(X), without.predict_proba(X))


def test_whole_speakers_are_watched_never_single_segments(X, y, monkeypatch):
    seen = {}

    class Spy(_net.Training):
        def __init__(self, train, valid, **settings):
            seen.update(train=train, valid=valid, **settings)
            super().__init__(train=train, valid=valid, **settings)

    monkeypatch.setattr(_net, "Training", Spy)
    SegmentVGGClassifier(**SMALL).fit(X, y)
    speaker_of = np.repeat(X.speaker, X.n_segments)
    sides = [
        {speaker_of[np.flatnonzero(X.segment_starts == start)[0]] for start in seen[side].starts}
        for side in ("train", "valid")
    ]
    assert len(sides[1]) == 1
    assert not sides[0] & sides[1]
    assert seen["lr_decay"] == (0.8, 2)


def test_class_weights_are_of_the_segments_that_are_trained_on(X):
    """Held-out speakers are mostly sad, and the others mostly angry."""
    seen = {}

    class HoldOut:
        def split(self, X, y, groups):
            yield np.arange(20), np.arange(20, 30)

    class Spied(SegmentVGGClassifier):
        def start_training(self, train, valid, **params):
            seen.update(train=train.targets.numpy(), valid=valid.targets.numpy())
            return super().start_training(train, valid, **params)

    labels = np.array(["angry"] * 15 + ["sad"] * 13 + ["angry"] * 2)
    assert not set(X.speaker[:20]) & set(X.speaker[20:])
    settings = SMALL | {"max_epochs": 1, "validation": HoldOut(), "class_weight": "balanced"}
    Spied(**settings).fit(X, labels)
    # Segments are counted: an utterance of four has the mass of four.
    n_angry, n_sad = X.n_segments[:15].sum(), X.n_segments[15:20].sum()
    factors = [(n_angry + n_sad) / (2 * n_angry), (n_angry + n_sad) / (2 * n_sad)]
    is_sad = np.repeat((labels == "sad").astype(int), X.n_segments)
    n_train = X.n_segments[:20].sum()
    assert n_train == n_angry + n_sad == len(seen["train"])
    expected = (np.eye(2) * factors)[is_sad]
    np.testing.assert_allclose(seen["train"], expected[:n_train], rtol=1e-6)
    np.testing.assert_allclose(seen["valid"], expected[n_train:], rtol=1e-6)


def test_the_learning_rate_decays_in_steps(X, y):
    model = SegmentVGGClassifier(**SMALL | {"max_epochs": 6, "early_stopping": False}).fit(X, y)
    rates = [epoch["event_lr"] for epoch in model.net_.history]
    np.testing.assert_allclose(rates, [1e-3, 1e-3, 8e-4, 8e-4, 6.4e-4, 6.4e-4])


def test_segments_must_be_as_long_as_in_fit(model, X):
    other = Segments(X.values, X.offsets, segment_length=6, segment_step=4)
    with pytest.raises(ValueError, match="segments must have 8 frames, as in fit, got 6"):
        model.predict(other)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"configuration": "C"}, "'configuration' parameter .* among"),
        ({"width": 0}, "'width' parameter"),
        ({"head": "big"}, "'head' parameter"),
        ({"lr_decay": 1.5}, "'lr_decay' parameter"),
        ({"lr_decay_every": 0}, "'lr_decay_every' parameter"),
    ],
)
def test_wrong_parameters_are_refused_in_fit(X, y, settings, message):
    with pytest.raises(ValueError, match=message):
        SegmentVGGClassifier(**SMALL | settings).fit(X, y)
