"""A learned mean of hidden states."""

import torch
from torch import nn


class HiddenStateMean(nn.Module):
    """The mean of hidden states that are side by side, with learned weights that sum to 1 [1]_.

    The weights are a softmax of parameters that start at 0, which is the plain mean.

    Parameters
    ----------
    n_hidden_states : int

    References
    ----------
    .. [1] Yang et al., "SUPERB: Speech processing universal performance benchmark", Interspeech
       2021. arXiv:2105.01051
    """

    def __init__(self, n_hidden_states):
        super().__init__()
        self.scores = nn.Parameter(torch.empty(n_hidden_states))

    def compute_weights(self):
        """Return the weights, a tensor of shape (n_hidden_states,)."""
        return torch.softmax(self.scores, dim=0)

    def forward(self, x):
        """Return the mean, of shape (n_samples, n_frames, n_features / n_hidden_states)."""
        states = x.unflatten(2, (len(self.scores), -1))  # (n_samples, n_frames, n_states, width)
        return self.compute_weights() @ states  # (n_samples, n_frames, width)
