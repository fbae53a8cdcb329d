"""The attention BLSTM, which classifies sequences of frames."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sklearn_ser.nn.device import get_default_device
from sklearn_ser.nn.dropout import Dropout, WithDropout
from sklearn_ser.nn.hidden_states import HiddenStateMean


def make_reversed_index(lengths, n_frames):
    """Return the index that reverses the valid frames of each sample.

    Padding stays last, so that it never affects the state of a valid frame.

    Parameters
    ----------
    lengths : Tensor of int of shape (n_samples,)
    n_frames : int

    Returns
    -------
    Tensor of int of shape (n_samples, n_frames)
    """
    time = torch.arange(n_frames, device=lengths.device)[None, :]  # (1, n_frames)
    last = lengths[:, None] - 1  # (n_samples, 1)
    return torch.where(time <= last, last - time, time)  # (n_samples, n_frames)


class BLSTM(nn.Module):
    """Bidirectional LSTM: two LSTMs, the second of which reads each sequence backwards.

    On valid frames, its output equals that of `torch.nn.LSTM` on packed input, which is about half
    as fast on a CPU.

    Parameters
    ----------
    input_size, hidden_size : int
        The output has ``2 * hidden_size`` features: those of the forward LSTM come first.
    """

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.forwards = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.backwards = nn.LSTM(input_size, hidden_size, batch_first=True)

    def forward(self, x, lengths):
        """Return states of shape (n_samples, n_frames, 2 * hidden_size)."""
        index = make_reversed_index(lengths, x.shape[1])[:, :, None]  # (n_samples, n_frames, 1)
        ahead, _ = self.forwards(x)  # (n_samples, n_frames, hidden_size)
        reverse = x.gather(1, index.expand(x.shape))  # as x
        back, _ = self.backwards(reverse)  # (n_samples, n_frames, hidden_size)
        back = back.gather(1, index.expand(back.shape))
        return torch.cat([ahead, back], dim=2)  # (n_samples, n_frames, 2 * hidden_size)


class AttentionWeights(nn.Module):
    """Attention weights: the softmax over time of u . h_t, one weight per frame.

    Parameters
    ----------
    input_size : int
        Number of features of the frames that are scored.
    """

    def __init__(self, input_size):
        super().__init__()
        self.u = nn.Parameter(torch.empty(input_size))

    def forward(self, h, lengths):
        """Return weights of shape (n_samples, n_frames); 0 on padding; rows sum to 1."""
        time = torch.arange(h.shape[1], device=h.device)[None, :]  # (1, n_frames)
        is_padding = time >= lengths[:, None]  # (n_samples, n_frames)
        scores = h @ self.u  # (n_samples, n_frames)
        return torch.softmax(scores.masked_fill(is_padding, -math.inf), dim=1)


def make_dense(sizes, dropout, generator):
    """Return linear layers between the given sizes, each followed by ReLU and dropout."""
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU(), Dropout(dropout, generator)]
    return nn.Sequential(*layers)


class AttentionBLSTM(WithDropout):
    """Dense layers, BLSTM, attention pooling, dense layers and logits [1]_ [2]_.

    Dropout follows every ReLU and the output of the BLSTM. It is not applied to recurrent
    connections or to logits.

    Parameters
    ----------
    n_features, n_classes : int
    before, after : sequence of int, default=(256,)
        Sizes of the dense layers on each side of the BLSTM.
    lstm : int, default=128
        Size of the BLSTM in each direction; 0 for none, so that attention pools the dense layers.
    dropout : float, default=0.5
    attention_on : {"states", "logits"}, default="states"
        Whether attention scores the states of the BLSTM, or the logits of each frame [3]_.
        "logits" allows no dense layer after the pooling.
    generator : torch.Generator, default=None
        Draws the initial weights and the dropout; None means torch's global generator. On a device
        other than the CPU, dropout needs a generator of that device; see `use_generator`.
    n_hidden_states : int, default=1
        How many hidden states of another network the features are, side by side in blocks of equal
        width. If there are several, the first layer is their mean, with learned weights [4]_.

    Raises
    ------
    ValueError
        If there are dense layers after attention on logits, or `n_hidden_states` does not divide
        `n_features`.

    References
    ----------
    .. [1] Mirsamadi et al., "Automatic speech emotion recognition using recurrent neural networks
       with local attention", ICASSP 2017. doi:10.1109/ICASSP.2017.7952552
    .. [2] Ando et al., ICASSP 2018. doi:10.1109/ICASSP.2018.8461299
    .. [3] Fujioka et al., "Addressing ambiguity of emotion labels through meta-learning",
       2019, eq. 1-3. arXiv:1911.02216
    .. [4] Yang et al., "SUPERB: Speech processing universal performance benchmark", Interspeech
       2021. arXiv:2105.01051

    Examples
    --------
    >>> import torch
    >>> from sklearn_ser.nn import AttentionBLSTM
    >>> network = AttentionBLSTM(45, 4, generator=torch.Generator().manual_seed(0)).eval()
    >>> x, lengths = torch.zeros(2, 30, 45), torch.tensor([30, 20])
    >>> network(x, lengths).shape, network.embed(x, lengths).shape
    (torch.Size([2, 4]), torch.Size([2, 256]))
    >>> weights = network.attention(x, lengths)
    >>> bool((weights[1, 20:] == 0).all())
    True
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        before: Sequence[int] = (256,),
        lstm: int = 128,
        after: Sequence[int] = (256,),
        dropout: float = 0.5,
        attention_on: Literal["states", "logits"] = "states",
        generator: torch.Generator | None = None,
        n_hidden_states: int = 1,
    ) -> None:
        if attention_on == "logits" and after:
            raise ValueError(
                f"attention_on='logits' allows no dense layers after attention, got after={after}."
            )
        if n_hidden_states < 1 or n_features % n_hidden_states:
            raise ValueError(
                "n_hidden_states must divide the number of features, since all hidden states have "
                f"as many: got {n_hidden_states} for {n_features} features."
            )
        super().__init__()
        self.attention_on = attention_on
        self.is_recurrent = lstm > 0
        # On "meta", so that layers draw no weights from the global generator.
        sizes = [n_features // n_hidden_states, *before]
        n_dense = sizes[-1]
        n_states = 2 * lstm if lstm else n_dense
        with torch.device("meta"):
            self.states_mean = HiddenStateMean(n_hidden_states) if n_hidden_states > 1 else None
            self.before = make_dense(sizes, dropout, generator)
            if lstm:
                self.blstm = BLSTM(n_dense, lstm)
                self.dropout = Dropout(dropout, generator)
            self.weights = AttentionWeights(n_classes if attention_on == "logits" else n_states)
            self.after = make_dense([n_states, *after], dropout, generator)
            self.head = nn.Linear([n_states, *after][-1], n_classes)
        self.to_empty(device=get_default_device())
        self._initialise(generator)

    def _initialise(self, generator):
        for module in self.modules():
            if isinstance(module, nn.Linear):
                gain = "linear" if module is self.head else "relu"
                nn.init.kaiming_uniform_(module.weight, nonlinearity=gain, generator=generator)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.LSTM):
                bound = 1 / math.sqrt(module.hidden_size)
                for parameter in module.parameters():
                    nn.init.uniform_(parameter, -bound, bound, generator=generator)
            elif isinstance(module, AttentionWeights):
                # With zeros, attention starts as the mean over time, and the gradient is not zero.
                nn.init.zeros_(module.u)
            elif isinstance(module, HiddenStateMean):
                nn.init.zeros_(module.scores)

    def _compute_states_and_weights(self, x, lengths):
        if self.states_mean is not None:
            x = self.states_mean(x)  # (n_samples, n_frames, n_features / n_hidden_states)
        states = self.before(x)  # (n_samples, n_frames, n_before)
        if self.is_recurrent:
            states = self.dropout(self.blstm(states, lengths))  # (n_samples, n_frames, 2 * lstm)
        scored = self.head(states) if self.attention_on == "logits" else states
        return states, self.weights(scored, lengths)  # the weights: (n_samples, n_frames)

    def compute_hidden_state_weights(self) -> NDArray:
        """Return the weights of the hidden states, of which the first layer is the mean.

        Returns
        -------
        ndarray of float64 of shape (n_hidden_states,)
            They sum to 1.
        """
        if self.states_mean is None:
            return np.ones(1)
        with torch.inference_mode():
            weights = self.states_mean.compute_weights().double().cpu().numpy()
        return weights / weights.sum()

    def attention(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return one weight per frame.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_frames, n_features)
            See `forward`.
        lengths : Tensor of int of shape (n_samples,)

        Returns
        -------
        Tensor of shape (n_samples, n_frames)
            Rows sum to 1; padding has weight 0.
        """
        return self._compute_states_and_weights(x, lengths)[1]

    def embed(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the last hidden layer.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_frames, n_features)
            See `forward`.
        lengths : Tensor of int of shape (n_samples,)

        Returns
        -------
        Tensor of shape (n_samples, n_hidden)
        """
        states, weights = self._compute_states_and_weights(x, lengths)
        pooled = weights[:, None, :] @ states  # (n_samples, 1, n_states)
        return self.after(pooled[:, 0])  # (n_samples, n_hidden)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return logits.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_frames, n_features)
            Padded at the end. The values of the padding do not matter if they are finite.
        lengths : Tensor of int of shape (n_samples,)
            Number of valid frames of each sample, at least 1.

        Returns
        -------
        Tensor of shape (n_samples, n_classes)
        """
        # Weights sum to 1 over time, so the logits of the pooled states are the pooled logits.
        return self.head(self.embed(x, lengths))  # (n_samples, n_classes)
