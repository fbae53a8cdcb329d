import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from sklearn_ser import Sequences
from sklearn_ser.nn import AttentionBLSTM, SoftCrossEntropy
from sklearn_ser.nn.attention_blstm import BLSTM
from sklearn_ser.nn.dropout import Dropout
from sklearn_ser.training._batches import Batches, Examples, make_batches, pad

LENGTHS = [7, 1, 12, 3, 3, 9]


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return Sequences.from_arrays([rng.normal(size=(n, 5)) for n in LENGTHS])


def network(seed=0, **changes):
    sizes = {"before": (16,), "lstm": 8, "after": (12,), "dropout": 0.5} | changes
    return AttentionBLSTM(5, 3, **sizes, generator=torch.Generator().manual_seed(seed)).eval()


def all_rows(X):
    return pad(X, np.arange(len(X)))


def test_two_lstms_equal_one_packed_bidirectional_lstm(X):
    batch = all_rows(X)
    ours = BLSTM(5, 8)
    packed_lstm = torch.nn.LSTM(5, 8, batch_first=True, bidirectional=True)
    for ours_name, suffix in [("forwards", ""), ("backwards", "_reverse")]:
        for name, parameter in getattr(ours, ours_name).named_parameters():
            packed_lstm.get_parameter(name + suffix).data.copy_(parameter.data)
    packed = pack_padded_sequence(
        batch["x"], batch["lengths"], batch_first=True, enforce_sorted=False
    )
    expected, _ = pad_packed_sequence(packed_lstm(packed)[0], batch_first=True)
    got = ours(**batch)
    for i, n in enumerate(LENGTHS):
        torch.testing.assert_close(got[i, :n], expected[i, :n], atol=1e-6, rtol=0)
    upstream = (
        torch.randn(expected.shape) * (torch.arange(12) < batch["lengths"][:, None])[..., None]
    )
    got.backward(upstream)
    expected.backward(upstream)
    torch.testing.assert_close(
        ours.backwards.weight_hh_l0.grad, packed_lstm.weight_hh_l0_reverse.grad, atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("method", ["forward", "embed", "attention"])
@pytest.mark.parametrize("attention_on", ["states", "logits"])
def test_what_stands_in_the_padding_never_matters(X, method, attention_on):
    net = network(attention_on=attention_on, after=() if attention_on == "logits" else (12,))
    torch.nn.init.normal_(net.weights.u)
    batch = all_rows(X)
    expected = getattr(net, method)(**batch)
    for longer in (0, 9):
        x = torch.cat([batch["x"], torch.zeros(6, longer, 5)], dim=1)
        x[torch.arange(x.shape[1]) >= batch["lengths"][:, None]] = 1e3
        got = getattr(net, method)(x, batch["lengths"])
        if method == "attention":
            assert (got[:, 12:] == 0).all()
            got = got[:, :12]
        torch.testing.assert_close(got, expected, atol=1e-6, rtol=0)


def test_a_sample_alone_is_a_sample_in_a_batch(X):
    net = network()
    torch.nn.init.normal_(net.weights.u)
    expected = net(**all_rows(X))
    alone = torch.cat([net(**pad(X, np.array([i]))) for i in range(len(X))])
    torch.testing.assert_close(alone, expected, atol=1e-6, rtol=0)
    order = np.array([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(net(**pad(X, order)), expected[order], atol=1e-6, rtol=0)


def test_attention_at_zero_is_the_mean_over_valid_frames(X):
    net = network(after=())
    batch = all_rows(X)
    states = net.blstm(net.before(batch["x"]), batch["lengths"])
    for i, n in enumerate(LENGTHS):
        torch.testing.assert_close(net.embed(**batch)[i], states[i, :n].mean(dim=0))


def test_attention_is_a_softmax_over_valid_frames(X):
    net = network()
    torch.nn.init.normal_(net.weights.u)
    batch = all_rows(X)
    with torch.no_grad():
        states = net.blstm(net.before(batch["x"]), batch["lengths"])
        attention = net.attention(**batch)
    for i, n in enumerate(LENGTHS):
        scores = [np.exp(float(net.weights.u.detach() @ h)) for h in states[i, :n]]
        got = attention[i].numpy()
        np.testing.assert_allclose(got[:n], np.array(scores) / sum(scores), rtol=1e-4)
        assert (got[n:] == 0).all()


def test_attention_on_logits_is_attention_on_states_through_the_head(X):
    on_logits = network(attention_on="logits", after=())
    torch.nn.init.normal_(on_logits.weights.u)
    on_states = network(attention_on="states", after=())
    weights = on_logits.state_dict()
    # The score u.(W h + b) differs from (W^T u).h by a constant, which softmax cancels.
    weights["weights.u"] = on_logits.head.weight.T @ on_logits.weights.u
    on_states.load_state_dict(weights)
    batch = all_rows(X)
    torch.testing.assert_close(on_states(**batch), on_logits(**batch), atol=1e-6, rtol=1e-5)
    literal = on_logits.head(on_logits.blstm(on_logits.before(batch["x"]), batch["lengths"]))
    pooled = (on_logits.attention(**batch)[:, :, None] * literal).sum(dim=1)
    torch.testing.assert_close(on_logits(**batch), pooled, atol=1e-6, rtol=1e-5)


def test_attention_on_logits_leaves_no_room_for_layers_after_it():
    with pytest.raises(
        ValueError, match=r"allows no dense layers after attention, got after=\(12,\)"
    ):
        network(attention_on="logits")


@pytest.mark.parametrize("lstm", [64, 128])
def test_number_of_parameters(lstm):
    net = AttentionBLSTM(47, 4, (256,), lstm, (256,))
    # Weights as in the paper's structure, with the second bias of each gate that torch keeps.
    dense = (47 + 1) * 256
    one_direction = 4 * lstm * (256 + lstm + 2)
    after = (2 * lstm + 1) * 256 + (256 + 1) * 4
    expected = dense + 2 * one_direction + 2 * lstm + after
    assert sum(p.numel() for p in net.parameters()) == expected


def test_the_global_generator_is_neither_read_nor_advanced():
    state = torch.get_rng_state()
    first = network(seed=1).state_dict()
    torch.manual_seed(5)
    second = network(seed=1).state_dict()
    torch.set_rng_state(state)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = network(seed=2).state_dict()
    assert not torch.equal(first["head.weight"], other["head.weight"])
    net = network().train()
    x = torch.ones(2, 4, 5)
    net(x, torch.tensor([4, 2]))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("p", [0.5, 0.2, 0.9])
def test_dropout_drops_the_share_asked_for_and_keeps_the_mean(p):
    dropout = Dropout(p, torch.Generator().manual_seed(0))
    x = torch.ones(301, 1003, requires_grad=True)
    y = dropout(x)
    assert float((y == 0).float().mean()) == pytest.approx(p, abs=5e-3)
    kept = y[y != 0].detach()
    np.testing.assert_allclose(kept, 1 / (1 - p), rtol=1e-3)
    assert y.detach().mean().item() == pytest.approx(1, abs=2e-2)
    # Neighbours and rows are independent: the share of both dropped is p squared.
    gone = (y == 0).float()
    assert float((gone[:, 1:] * gone[:, :-1]).mean()) == pytest.approx(p * p, abs=5e-3)
    assert float((gone[1:] * gone[:-1]).mean()) == pytest.approx(p * p, abs=5e-3)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
    again = Dropout(p, torch.Generator().manual_seed(0))(x)
    assert torch.equal(again, y)
    assert dropout.eval()(x) is x


def test_soft_cross_entropy_is_torchs_on_one_hot_and_linear_in_targets():
    logits = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 3, 1, 1])
    one_hot = torch.nn.functional.one_hot(labels, 4).float()
    loss = SoftCrossEntropy()
    expected = torch.nn.functional.cross_entropy(logits, labels)
    torch.testing.assert_close(loss(logits, one_hot), expected)
    torch.testing.assert_close(loss(logits, 3 * one_hot), 3 * expected)
    soft = torch.softmax(torch.randn(6, 4, generator=torch.Generator().manual_seed(1)), dim=1)
    entropy = -(soft * soft.log()).sum(dim=1).mean()
    torch.testing.assert_close(loss(soft.log(), soft), entropy)


@pytest.mark.parametrize("batch_size", [1, 7, 32, 500])
def test_every_sample_comes_once_an_epoch(batch_size):
    lengths = np.random.default_rng(0).lognormal(4, 0.7, 300).astype(int) + 1
    rng = np.random.default_rng(1)
    first, second = make_batches(lengths, batch_size, rng), make_batches(lengths, batch_size, rng)
    for batches in (first, second, make_batches(lengths, batch_size)):
        assert sorted(np.concatenate(batches)) == list(range(300))
        assert max(map(len, batches)) == min(batch_size, 300)
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))


def test_batches_hold_little_padding():
    lengths = np.random.default_rng(0).lognormal(np.log(91) - 0.245, 0.7, 1024).astype(int) + 1
    rng = np.random.default_rng(1)
    padded = sum(lengths[rows].max() * len(rows) for rows in make_batches(lengths, 32, rng))
    assert padded < 1.25 * lengths.sum()


def test_a_padded_batch_holds_the_frames_and_the_last_one_again(X):
    rows = np.array([3, 0, 1])
    batch = pad(X, rows)
    assert batch["lengths"].tolist() == [3, 7, 1]
    for x, row in zip(batch["x"].numpy(), rows, strict=True):
        np.testing.assert_array_equal(x[: LENGTHS[row]], X[row])
        np.testing.assert_array_equal(
            x[LENGTHS[row] :], np.tile(X[row][-1], (7 - LENGTHS[row], 1))
        )


def test_batches_pair_samples_with_their_targets(X):
    targets = np.arange(18, dtype=np.float32).reshape(6, 3)
    batches = Batches(Examples(X, targets), 4, np.random.default_rng(0))
    assert len(batches) == 2
    for inputs, batch_targets in batches:
        for x, n, target in zip(inputs["x"], inputs["lengths"], batch_targets, strict=True):
            i = int(target[0]) // 3
            np.testing.assert_array_equal(x[:n], X[i])
            np.testing.assert_array_equal(target, targets[i])
