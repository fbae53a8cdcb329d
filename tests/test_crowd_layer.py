"""CrowdLayerClassifier: its loss by autograd on dense arrays, what it recovers, and its edges."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import torch
from _crowd import CLASSES, CONFUSIONS, rate, simulate
from scipy.special import softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_ser import (
    AttentionBLSTMClassifier,
    CrowdLayerClassifier,
    Ratings,
    SegmentVGGClassifier,
    Sequences,
    SoftmaxClassifier,
)
from sklearn_ser.classifiers._raters import count_ratings, tabulate_raters
from sklearn_ser.nn import AttentionBLSTM
from sklearn_ser.nn.crowd import CrowdNetwork, RatingLoss
from sklearn_ser.training._batches import Examples, RatedExamples

NETWORK = AttentionBLSTMClassifier(
    (32, 0, 0), lr=0.01, dropout=0.1, batch_size=128, random_state=0
)
SMALL = clone(NETWORK).set_params(hidden_sizes=(8, 0, 0), max_epochs=2, batch_size=16)


@pytest.fixture(scope="module")
def crowd():
    return simulate(1000)


@pytest.fixture(scope="module")
def small():
    """Sixty samples; the raters skip some, and "few" rated five."""
    X, truth, said = simulate(20)
    said = np.column_stack([said, np.where(np.arange(60) < 5, truth, None)])
    said[np.random.default_rng(0).random(said.shape) < 0.2] = None
    return X, rate(said, ["E1", "E2", "E3", "few"])


@pytest.fixture(scope="module")
def fitted(crowd):
    X, _, said = crowd
    return CrowdLayerClassifier(NETWORK).fit(X, rate(said))


# The loss


def make_ratings():
    """Three raters, one anonymous vote, two labels at once, gaps, and a label that is no class."""
    table = [(0, "E1", "sad"), (0, "E2", "angry"), (0, "E2", "other"), (1, "E2", "sad")]
    table += [(2, "E1", "angry"), (2, None, "other"), (2, "E3", "sad"), (4, "E3", "angry")]
    table = pd.DataFrame(table, columns=["sample", "annotator", "label"])
    return Ratings.from_long(table, samples=range(5), target_classes=["angry", "sad"])


@pytest.mark.parametrize("shrinkage", [0, 4.0])
def test_the_loss_of_confusions_and_its_gradients_on_dense_arrays(shrinkage):
    y, classes = make_ratings(), np.array(["angry", "sad"])
    raters, rows = tabulate_raters(y, classes, 1), np.array([0, 1, 2, 4])
    rng = np.random.default_rng(0)
    frames = Sequences(rng.normal(size=(5, 3)), np.arange(6))
    weights = rng.uniform(0.5, 2, 5)
    raters = raters._replace(weights=raters.weights * np.repeat(weights, y.lengths))
    n_ratings = count_ratings(raters, rows)
    network = CrowdNetwork(
        AttentionBLSTM,
        {"n_features": 3, "n_classes": 2, "before": (4,), "lstm": 0, "after": (), "dropout": 0},
        "confusion",
        {
            "n_annotators": 3,
            "class_labels": raters.class_labels.tolist(),
            "n_labels": 3,
            "n_ratings": n_ratings.tolist(),
            "shrinkage": shrinkage,
            "trace_penalty": 0.3,
        },
        generator=torch.Generator().manual_seed(0),
    ).double()
    with torch.no_grad():
        network.raters.own.weight[:3].normal_(generator=torch.Generator().manual_seed(1))
    own_weights = [raters.weights[y.offsets[n] : y.offsets[n + 1]] for n in rows]
    examples = RatedExamples(
        Examples(frames[rows]), raters.table[rows], np.concatenate(own_weights)
    )
    inputs, ratings = examples.get_batch(np.arange(4))
    loss = RatingLoss()(network(x=inputs["x"].double(), lengths=inputs["lengths"]), ratings)
    found = torch.autograd.grad(loss, list(network.parameters()))

    # A row of T per rater, class and label; the last rater is the average one.
    shared, own = network.raters.shared, network.raters.own.weight.view(4, 2, 3)
    own = torch.cat([own[:3], torch.zeros(1, 2, 3, dtype=torch.float64)])
    every = torch.softmax(shared + own, dim=2)
    x = torch.from_numpy(frames.values[rows]).double()
    dense = network.network.before[0]
    hidden = torch.relu(x @ dense.weight.T + dense.bias)
    proba = torch.softmax(hidden @ network.network.head.weight.T + network.network.head.bias, 1)
    log_said = torch.log(torch.einsum("nk,akl->nal", proba, every))
    mask = np.zeros((4, 4, 3))
    names, labels = ["E1", "E2", "E3"], y.labels.tolist()
    for place, n in enumerate(rows.tolist()):
        for name, said in y[n].items():
            a = names.index(name) if name in names else 3
            for label in said:
                mask[place, a, labels.index(label)] = weights[n] / len(said)
    mask = torch.from_numpy(mask)
    trace = every[:, 0, labels.index("angry")] + every[:, 1, labels.index("sad")]
    of_rater = mask.sum(dim=(0, 2))
    np.testing.assert_allclose(of_rater, n_ratings)
    total = -(mask * log_said).sum() + 0.3 * (of_rater * trace).sum()
    total = total + shrinkage / 2 * own.square().sum()
    expected_loss = total / len(raters.table[rows].values)
    expected = torch.autograd.grad(expected_loss, list(network.parameters()), allow_unused=True)

    torch.testing.assert_close(loss, expected_loss, rtol=1e-6, atol=0)
    assert len(found) == 2 + 1 + 2 + 2  # dense, attention, head, raters
    for one, other in zip(found, expected, strict=True):
        # Attention to a single frame has no effect.
        other = torch.zeros_like(one) if other is None else other
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)


def test_the_loss_of_heads_on_dense_arrays():
    y = make_ratings()
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    raters = tabulate_raters(y, y.labels, 1)
    settings = {"n_features": 3, "n_classes": 3, "before": (4,), "lstm": 0, "after": ()}
    layer = {"n_annotators": 4, "n_classes": 3}
    network = CrowdNetwork(AttentionBLSTM, settings, "head", layer, generator).double().eval()
    frames = Sequences(rng.normal(size=(5, 3)), np.arange(6))
    examples = RatedExamples(Examples(frames), raters.table, raters.weights)
    inputs, ratings = examples.get_batch(np.arange(5))
    loss = RatingLoss()(network(x=inputs["x"].double(), lengths=inputs["lengths"]), ratings)
    found = torch.autograd.grad(loss, [network.raters.weight, network.raters.bias])

    dense = network.network.before[0]
    x = torch.from_numpy(frames.values).double()
    hidden = torch.relu(x @ dense.weight.T + dense.bias)
    logits = torch.einsum("nh,ahk->nak", hidden, network.raters.weight) + network.raters.bias
    log_proba = torch.log_softmax(logits, dim=2)
    terms = []
    for n, row in enumerate(y):
        for name, said in row.items():
            a = "E1 E2 E3".split().index(name) if name in ("E1", "E2", "E3") else 3
            terms += [-log_proba[n, a, y.labels.tolist().index(s)] / len(said) for s in said]
    expected_loss = torch.stack(terms).mean()
    expected = torch.autograd.grad(expected_loss, [network.raters.weight, network.raters.bias])
    torch.testing.assert_close(loss, expected_loss, rtol=1e-6, atol=0)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)


def test_without_hidden_lstm_it_is_a_multilayer_perceptron(small):
    X, y = small
    model = CrowdLayerClassifier(SMALL).fit(X, y)
    weights = model.estimator_.net_.module_.state_dict()
    perceptron = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    names = ["before.0.weight", "before.0.bias", "head.weight", "head.bias"]
    state = dict(zip(perceptron.state_dict(), (weights[name] for name in names), strict=True))
    perceptron.load_state_dict(state)
    with torch.inference_mode():
        logits = perceptron(torch.from_numpy(X.astype(np.float32)))
    proba = softmax(logits.numpy().astype(np.float64), axis=1)
    np.testing.assert_allclose(model.predict_proba(X), proba, rtol=1e-5)


# What it recovers


def test_known_raters_are_recovered(fitted, crowd):
    X, truth, _ = crowd
    assert np.abs(fitted.confusions_ - CONFUSIONS).max() < 0.05
    assert (fitted.predict(X) == truth).mean() > 0.95
    assert fitted.annotators_ == ["E1", "E2", "E3"]
    np.testing.assert_allclose(fitted.confusions_.sum(axis=2), 1)


def test_a_rater_with_few_ratings_is_near_the_average(crowd):
    X, _, said = crowd
    few = np.full((len(said), 1), None, dtype=object)
    few[:10, 0] = said[:10, 0]
    names = ["E1", "E2", "E3", "few"]
    model = CrowdLayerClassifier(NETWORK).fit(X, rate(np.hstack([said, few]), names))
    own = model.confusions_[model.annotators_.index("few")]
    to_average = np.abs(own - model.average_confusion_).mean()
    assert to_average < np.abs(own - 1 / 3).mean()


def test_one_who_answers_at_random_does_no_harm(fitted, crowd):
    X, truth, said = crowd
    random = np.random.default_rng(2).choice(CLASSES, (len(said), 1)).astype(object)
    names = ["E1", "E2", "E3", "random"]
    model = CrowdLayerClassifier(NETWORK).fit(X, rate(np.hstack([said, random]), names))
    assert np.abs(model.confusions_[:3] - fitted.confusions_).max() < 0.02
    accuracies = [(m.predict(X) == truth).mean() for m in (model, fitted)]
    assert abs(accuracies[0] - accuracies[1]) < 0.01


# Laws


@pytest.mark.parametrize("kind", ["confusion", "head"])
def test_the_same_seed_gives_the_same_model_whatever_the_threads(small, kind):
    X, y = small
    first = CrowdLayerClassifier(SMALL, annotator_model=kind).fit(X, y)
    again = CrowdLayerClassifier(SMALL.set_params(random_state=0), annotator_model=kind)
    other = clone(again).set_params(random_state=1)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3 if threads == 1 else 1)
        again.fit(X, y), other.fit(X, y)
    finally:
        torch.set_num_threads(threads)
    expected = first.predict_annotators(X)
    np.testing.assert_array_equal(again.predict_annotators(X), expected)
    assert (other.predict_annotators(X) != expected).any()


@pytest.mark.parametrize("kind", ["confusion", "head"])
def test_early_stopping_restores_raters_with_the_network(crowd, kind):
    X, _, said = (part[:300] for part in crowd)
    network = clone(NETWORK).set_params(lr=0.3, patience=3, batch_size=16, validation=0.3)
    model = CrowdLayerClassifier(network, annotator_model=kind)
    stopped = clone(model).fit(X, rate(said))
    history = stopped.estimator_.net_.history
    best = int(np.argmin(history[:, "valid_loss"])) + 1
    assert len(history) == best + 3 < network.max_epochs
    short = clone(model).set_params(estimator__max_epochs=best).fit(X, rate(said))
    expected = short.predict_annotators(X)
    np.testing.assert_array_equal(stopped.predict_annotators(X), expected)
    without = clone(model).set_params(
        estimator__validation=0.3, estimator__patience=99, estimator__max_epochs=best + 3
    )
    np.testing.assert_array_equal(without.fit(X, rate(said)).predict_annotators(X), expected)


def test_the_prediction_of_heads_is_their_mean(small):
    X, y = small
    model = CrowdLayerClassifier(SMALL, annotator_model="head").fit(X, y)
    each = model.predict_annotators(X)
    assert each.shape == (60, 4, 3)
    np.testing.assert_allclose(model.predict_proba(X), each.mean(axis=1))
    hidden = model.estimator_.transform(X)
    by_hand = softmax(hidden @ model.heads_[0][1] + model.heads_[1][1], axis=1)
    np.testing.assert_allclose(each[:, 1], by_hand, rtol=1e-5)
    assert not hasattr(model, "confusions_")


@pytest.mark.parametrize("kind", ["confusion", "head"])
def test_rare_raters_are_modelled_together(small, kind):
    X, y = small
    also = y.to_wide().assign(rare=[*["sad"] * 4, *[None] * 56])
    model = CrowdLayerClassifier(SMALL, annotator_model=kind, min_ratings=10)
    answers = model.fit(X, Ratings.from_wide(also)).predict_annotators(X)
    assert model.annotators_ == ["E1", "E2", "E3", "few", "rare"]
    np.testing.assert_array_equal(answers[:, 3], answers[:, 4])
    assert not np.array_equal(answers[:, 0], answers[:, 4])
    if kind == "confusion":
        np.testing.assert_array_equal(model.confusions_[3], model.average_confusion_)
    model.set_params(min_ratings=4).fit(X, Ratings.from_wide(also))
    answers = model.predict_annotators(X)
    assert not np.array_equal(answers[:, 3], answers[:, 4])


@pytest.mark.parametrize("kind", ["confusion", "head"])
def test_min_ratings_counts_samples_and_not_labels(kind):
    X = simulate(10)[0]
    cells = [[["sad", "angry"] if n < 4 else None, CLASSES[n % 3]] for n in range(30)]
    y = Ratings.from_wide(cells, annotators=["both", "one"])
    n_modelled = [len(set(tabulate_raters(y, CLASSES, least).place.tolist())) for least in (4, 5)]
    assert n_modelled == [2, 2]
    place = [tabulate_raters(y, CLASSES, least).place.tolist() for least in (4, 5)]
    assert place == [[0, 1], [2, 1]]
    CrowdLayerClassifier(SMALL, annotator_model=kind, min_ratings=5).fit(X, y)


def test_a_head_that_nobody_trained_is_the_mean_of_the_others(small):
    X, y = small
    before = y[:5].drop("few"), y[5:]
    assert "few" in before[1].annotators
    absent = Ratings.concatenate([before[0], y[5:].drop("few")])
    model = CrowdLayerClassifier(SMALL, annotator_model="head").fit(X, absent)
    assert model.annotators_[3] == "few"
    for part in model.heads_:
        np.testing.assert_allclose(part[3], part[:3].mean(axis=0), rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(part[4], part[3])


@pytest.mark.parametrize("kind", ["confusion", "head"])
def test_ten_thousand_raters_need_no_dense_array(kind):
    rng = np.random.default_rng(0)
    n_samples, n_raters = 2000, 10_000
    truth = np.arange(n_samples) % 3
    X = rng.normal(size=(n_samples, 3)) + 3 * np.eye(3)[truth]
    sample = np.repeat(np.arange(n_samples), 5)
    table = pd.DataFrame(
        {"sample": sample, "annotator": rng.permutation(n_raters), "label": CLASSES[truth[sample]]}
    )
    y = Ratings.from_long(table, samples=range(n_samples))
    network = clone(SMALL).set_params(max_epochs=1, batch_size=256)
    model = CrowdLayerClassifier(network, annotator_model=kind)
    tracemalloc.start()
    try:
        model.fit(X, y)
        asked = model.predict_annotators(X, annotators=[9999, 3])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < n_samples * n_raters  # bytes: far below a dense array of any type
    assert asked.shape == (n_samples, 2, 3)
    assert len(model.annotators_) == n_raters
    np.testing.assert_array_equal(model.predict_annotators(X[:3], [3]), asked[:3, 1:])


def test_anonymous_raters_are_the_average_rater(small):
    X, _ = small
    labels = CLASSES[np.arange(60) % 3]
    for kind in ("confusion", "head"):
        model = CrowdLayerClassifier(SMALL, annotator_model=kind).fit(X, labels)
        assert model.annotators_ == []
        assert model.predict_annotators(X).shape == (60, 0, 3)
        np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_labels_that_are_no_classes_are_learned_as_confusions(small):
    """Samples whose only labels are no target classes are learned, too; heads leave them out."""
    X, _ = small
    cells = [["other", None] if n < 12 else [CLASSES[n % 3], "other"] for n in range(60)]
    y = Ratings.from_wide(cells, annotators=["E1", "E2"], target_classes=CLASSES.tolist())
    model = CrowdLayerClassifier(SMALL).fit(X, y)
    assert model.classes_.tolist() == CLASSES.tolist()
    assert model.confusions_.shape == (2, 3, 4)
    assert model.predict_annotators(X).shape == (60, 2, 3)
    changed = X.copy()
    changed[:12] += 5
    again = CrowdLayerClassifier(SMALL).fit(changed, y)
    assert not np.array_equal(again.confusions_, model.confusions_)
    heads = CrowdLayerClassifier(SMALL, annotator_model="head")
    first, second = (clone(heads).fit(part, y).heads_[0] for part in (X, changed))
    np.testing.assert_array_equal(first, second)


def test_weights_are_factors_on_the_loss_of_ratings(small):
    """By hand, in the first epoch: a softmax layer starts at 0, and every matrix is known."""
    X, y = small
    weights = np.random.default_rng(0).uniform(0.5, 2, 60)
    network = SoftmaxClassifier(max_epochs=1, batch_size=99, early_stopping=False)
    model = CrowdLayerClassifier(network, trace_penalty=0.2).fit(X, y, weights)
    row = softmax([3, 0, 0])
    shares = np.repeat(weights / weights[y.lengths > 0].mean(), y.lengths)
    # Each label is as likely as any other, and the trace is that of three equal rows.
    expected = (shares * (np.log(3) + 0.2 * 3 * row[0])).sum() / len(y.values)
    loss = model.estimator_.net_.history[0]["train_loss"]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_a_fit_with_another_kind_forgets_the_first(small):
    X, y = small
    model = CrowdLayerClassifier(SMALL).fit(X, y)
    expected = model.predict_proba(X)
    model.set_params(annotator_model="head")
    np.testing.assert_array_equal(model.predict_proba(X), expected)  # as it was fitted
    model.fit(X, y)
    assert not hasattr(model, "confusions_")
    model.set_params(annotator_model="confusion").fit(X, y)
    assert not hasattr(model, "heads_")
    assert not hasattr(model, "enrolled_")
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_settings_of_the_network_that_are_not_used(small):
    X, y = small
    network = clone(SMALL).set_params(class_weight={"sad": 9})
    model = CrowdLayerClassifier(network).fit(X, y)
    expected = CrowdLayerClassifier(SMALL).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    default = CrowdLayerClassifier(random_state=0)
    default.fit(X[:12], y[:12])
    assert isinstance(default.estimator_, AttentionBLSTMClassifier)


def test_tables_with_names_and_sequences(small):
    X, y = small
    table = pd.DataFrame(X, columns=list("abcdef"))
    model = CrowdLayerClassifier(SMALL).fit(table, y)
    assert model.feature_names_in_.tolist() == list("abcdef")
    frames = Sequences(X, np.arange(61))
    other = CrowdLayerClassifier(SMALL).fit(frames, y)
    np.testing.assert_array_equal(model.predict_proba(table), other.predict_proba(frames))
    assert other.n_features_in_ == 6


def test_what_it_refuses(small):
    X, y = small
    model = CrowdLayerClassifier(SegmentVGGClassifier())
    with pytest.raises(ValueError, match="one example per sample, but a SegmentVGGClassifier has"):
        model.fit(X, y)
    with pytest.raises(
        ValueError, match=r"at least two classes .* classes \['sad'\], and .*'sad'"
    ):
        CrowdLayerClassifier(SMALL).fit(X, ["sad"] * 60)
    with pytest.raises(ValueError, match="'estimator' parameter of CrowdLayerClassifier must be"):
        CrowdLayerClassifier(7).fit(X, y)
    for other in (LogisticRegression(), make_pipeline(StandardScaler(), SMALL), SVC()):
        message = f"must be a network .*, got {type(other).__name__}. CrowdEMClassifier models"
        with pytest.raises(TypeError, match=message):
            CrowdLayerClassifier(other).fit(X, y)
    with pytest.raises(ValueError, match=r"needed, got none: raters gave the target classes \[\]"):
        CrowdLayerClassifier(SMALL).fit(X, y.select([]))
    long = Sequences.from_arrays(
        [[row, row] if n in (3, 50) else [row] for n, row in enumerate(X)]
    )
    weights = np.arange(60) > 1
    # The samples are numbered as they were given.
    with pytest.raises(ValueError, match=r"not for samples 3 \(2 frames\), 50 \(2 frames\)"):
        CrowdLayerClassifier(SoftmaxClassifier()).fit(long, y, weights)
