"""The learned mean of hidden states: against loops, and inside of every classifier of networks."""

import pickle
import re

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_ser import (
    AnnotatorEnsembleClassifier,
    AttentionBLSTMClassifier,
    AveragingClassifier,
    CrowdEMClassifier,
    CrowdLayerClassifier,
    HardTargetEncoder,
    LabelCorrectingClassifier,
    Ratings,
    RatingsClassifier,
    Sequences,
    io,
)
from sklearn_ser.features import LayerSelector, SequenceScaler
from sklearn_ser.nn import AttentionBLSTM
from sklearn_ser.nn.hidden_states import HiddenStateMean

N_STATES, WIDTH = 3, 4
LENGTHS = [7, 1, 12, 3, 3, 9]


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(len(LENGTHS), max(LENGTHS), N_STATES * WIDTH)).astype(np.float32)
    return torch.from_numpy(x), torch.tensor(LENGTHS)


def network(n_features=N_STATES * WIDTH, n_hidden_states=N_STATES, seed=0, **changes):
    sizes = {"before": (16,), "lstm": 8, "after": (12,)} | changes
    generator = torch.Generator().manual_seed(seed)
    made = AttentionBLSTM(
        n_features, 3, **sizes, generator=generator, n_hidden_states=n_hidden_states
    )
    return made.eval()


def test_the_layer_is_a_weighted_mean():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, N_STATES * WIDTH))
    scores = np.array([-1.0, 0.5, 2.0])
    layer = HiddenStateMean(N_STATES).double()
    layer.scores.data = torch.from_numpy(scores)
    weights = np.exp(scores) / np.exp(scores).sum()
    expected = np.zeros((2, 5, WIDTH))
    for state in range(N_STATES):
        expected += weights[state] * x[:, :, state * WIDTH : (state + 1) * WIDTH]
    got = layer(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    np.testing.assert_allclose(layer.compute_weights().detach(), weights, rtol=1e-12)
    assert torch.autograd.gradcheck(layer, torch.from_numpy(x).requires_grad_())


@pytest.mark.parametrize("method", ["forward", "embed", "attention"])
@pytest.mark.parametrize("changes", [{}, {"before": ()}, {"lstm": 0}, {"before": (6, 5)}])
def test_at_the_start_it_is_the_network_on_the_plain_mean(batch, method, changes):
    x, lengths = batch
    mean = x.reshape(*x.shape[:2], N_STATES, WIDTH).mean(dim=2)
    ours, plain = network(**changes), network(WIDTH, 1, **changes)
    for net in (ours, plain):
        torch.nn.init.normal_(net.weights.u, generator=torch.Generator().manual_seed(1))
    expected = getattr(plain, method)(mean, lengths)
    torch.testing.assert_close(getattr(ours, method)(x, lengths), expected, atol=1e-6, rtol=1e-5)


def test_one_hidden_state_adds_nothing():
    generators = [torch.Generator().manual_seed(0) for _ in range(2)]
    plain = AttentionBLSTM(12, 3, generator=generators[0]).state_dict()
    one = AttentionBLSTM(12, 3, generator=generators[1], n_hidden_states=1).state_dict()
    assert list(plain) == list(one)
    assert all(torch.equal(plain[name], one[name]) for name in plain)
    assert AttentionBLSTM(12, 3).compute_hidden_state_weights().tolist() == [1.0]


def test_the_layer_adds_one_parameter_per_hidden_state_and_takes_no_random_number():
    ours, plain = network().state_dict(), network(WIDTH, 1).state_dict()
    assert set(ours) - set(plain) == {"states_mean.scores"}
    assert ours["states_mean.scores"].tolist() == [0.0] * N_STATES
    assert all(torch.equal(plain[name], ours[name]) for name in plain)


def test_gradients_reach_the_weights_and_padding_does_not_matter(batch):
    x, lengths = batch
    net = network()
    torch.nn.init.normal_(net.states_mean.scores, generator=torch.Generator().manual_seed(1))
    net(x, lengths).square().sum().backward()
    gradient = net.states_mean.scores.grad
    assert (gradient != 0).all()
    # A constant added to all scores changes nothing.
    torch.testing.assert_close(gradient.sum(), torch.tensor(0.0), atol=1e-4, rtol=0)
    padded = x.clone()
    padded[torch.arange(x.shape[1]) >= lengths[:, None]] = 1e3
    for method in ("forward", "embed", "attention"):
        got, expected = getattr(net, method)(padded, lengths), getattr(net, method)(x, lengths)
        torch.testing.assert_close(got, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("n_hidden_states", [5, 24, 0, -3])
def test_hidden_states_of_a_network_must_be_equally_wide(n_hidden_states):
    message = (
        "n_hidden_states must divide the number of features, since all hidden states have as "
        f"many: got {n_hidden_states} for 12 features."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        AttentionBLSTM(12, 3, n_hidden_states=n_hidden_states)


# Classifiers


@pytest.fixture(scope="module")
def corpus():
    """Speech of which only the second of three hidden states carries the label."""
    rng = np.random.default_rng(0)
    frames, cells = [], []
    for row in range(60):
        states = rng.normal(size=(N_STATES, rng.integers(3, 9), WIDTH))
        states[1] += 1.5 * (row % 2)
        frames.append(np.concatenate(list(states), axis=1))
        said = ["angry", "sad"][row % 2]
        cells.append([said, said, rng.choice(["angry", "sad"])])
    X = Sequences.from_arrays(frames, speaker=np.repeat(["F1", "M1", "F2", "M2"], 15))
    return X, Ratings.from_wide(cells, annotators=["E1", "E2", "E3"])


SMALL = {
    "hidden_sizes": (8, 4, 8),
    "lr": 0.03,
    "max_epochs": 15,
    "early_stopping": False,
    "random_state": 0,
}


def classifier(**changes):
    return AttentionBLSTMClassifier(**SMALL | {"n_hidden_states": N_STATES} | changes)


def check_weights(weights):
    assert weights.dtype == np.float64
    assert weights.shape == (N_STATES,)
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert (weights > 0).all()


@pytest.mark.parametrize("optimizer", ["adamax", "adam"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_state_that_carries_the_label_gets_the_largest_weight(corpus, seed, optimizer):
    X, y = corpus
    model = classifier(random_state=seed, optimizer=optimizer, max_epochs=40).fit(X, y)
    check_weights(model.hidden_state_weights_)
    assert model.hidden_state_weights_.argmax() == 1
    assert model.hidden_state_weights_[1] > 0.45


def test_the_weights_are_those_of_the_network(corpus):
    X, y = corpus
    model = classifier().fit(X, y)
    scores = model.net_.module_.states_mean.scores.detach().numpy().astype(float)
    expected = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(model.hidden_state_weights_, expected, rtol=1e-6)
    # The mean with these weights, into the rest of the network, gives the same probabilities.
    mean = LayerSelector(model.hidden_state_weights_.tolist(), n_hidden_states=N_STATES)
    rest = AttentionBLSTM(WIDTH, 2, (8,), 4, (8,))
    weights = model.net_.module_.state_dict()
    rest.load_state_dict({n: w for n, w in weights.items() if n != "states_mean.scores"})
    rest.eval()
    inputs = mean.fit_transform(X)
    with torch.no_grad():
        logits = torch.cat(
            [rest(torch.from_numpy(x)[None], torch.tensor([len(x)])) for x in inputs]
        )
    np.testing.assert_allclose(model.predict_proba(X), torch.softmax(logits, 1), atol=1e-5)


def test_one_hidden_state_is_the_classifier_as_it_was(corpus):
    X, y = corpus
    models = [classifier(n_hidden_states=1, max_epochs=2).fit(X, y) for _ in range(2)]
    plain = AttentionBLSTMClassifier(**SMALL | {"max_epochs": 2}).fit(X, y)
    assert plain.hidden_state_weights_.tolist() == [1.0]
    np.testing.assert_array_equal(models[0].predict_proba(X), plain.predict_proba(X))


def test_the_weights_are_there_once_it_is_fitted(corpus):
    X, y = corpus
    model = classifier(max_epochs=1)
    assert not hasattr(model, "hidden_state_weights_")
    with pytest.raises(NotFittedError, match="This AttentionBLSTMClassifier instance is not"):
        model.hidden_state_weights_  # noqa: B018
    model.fit(X, y)
    assert not hasattr(clone(model), "hidden_state_weights_")
    before = model.hidden_state_weights_
    before[:] = 0
    check_weights(model.hidden_state_weights_)


def test_invalid_numbers_of_hidden_states(corpus):
    X, y = corpus
    message = "all hidden states have as many: got 5 for 12 features."
    with pytest.raises(ValueError, match=re.escape(message)):
        classifier(n_hidden_states=5).fit(X, y)
    with pytest.raises(ValueError, match=re.escape(message)):
        CrowdLayerClassifier(classifier(n_hidden_states=5)).fit(X, y)
    for wrong in (0, -1, 1.5, None):
        with pytest.raises(ValueError, match="The 'n_hidden_states' parameter of AttentionBLSTMC"):
            classifier(n_hidden_states=wrong).fit(X, y)


AROUND = {
    "itself": classifier(max_epochs=2),
    "pipeline": make_pipeline(SequenceScaler(), classifier(max_epochs=2)),
    "crowd layer, confusion": CrowdLayerClassifier(classifier(max_epochs=2)),
    "crowd layer, head": CrowdLayerClassifier(classifier(max_epochs=2), annotator_model="head"),
    "label correcting": LabelCorrectingClassifier(
        classifier(max_epochs=2, target_encoder=HardTargetEncoder()), random_state=0
    ),
    "annotator ensemble": AnnotatorEnsembleClassifier(
        classifier(max_epochs=2),
        min_ratings=5,
        final_estimator=LogisticRegression(),
        random_state=0,
    ),
    "averaging": AveragingClassifier([("a", classifier(max_epochs=2))], n_seeds=2, random_state=0),
    "crowd EM": CrowdEMClassifier(classifier(max_epochs=2), max_iter=100, cv=2),
    "ratings classifier": RatingsClassifier(classifier(max_epochs=2)),
}


@pytest.mark.parametrize("name", AROUND)
def test_whatever_trains_networks(name, corpus, tmp_path):
    X, y = corpus
    model = clone(AROUND[name]).fit(X, y)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    io.save(model, tmp_path / "model.skops")
    for again in (io.load(tmp_path / "model.skops"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict_proba(X), proba)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), proba)
    fitted = getattr(model, "estimator_", None)
    if name == "itself":
        fitted = model
    if isinstance(fitted, AttentionBLSTMClassifier):
        check_weights(fitted.hidden_state_weights_)
        # They were learned.
        assert np.ptp(fitted.hidden_state_weights_) > 0
        np.testing.assert_array_equal(
            pickle.loads(pickle.dumps(fitted)).hidden_state_weights_, fitted.hidden_state_weights_
        )


def test_a_search_compares_it_with_one_layer(corpus):
    X, y = corpus
    model = make_pipeline(LayerSelector("all", n_hidden_states=N_STATES), classifier(max_epochs=2))
    grid = [
        {"layerselector__layer": [0, 1], "attentionblstmclassifier__n_hidden_states": [1]},
        {"layerselector__layer": ["all"], "attentionblstmclassifier__n_hidden_states": [3]},
    ]
    search = GridSearchCV(model, grid, cv=2, error_score="raise", scoring="neg_log_loss")
    search.fit(X, y.consensus().astype(str))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
