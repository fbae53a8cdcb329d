"""Losses on distributions."""

from __future__ import annotations

import torch
from torch import nn


class SoftCrossEntropy(nn.Module):
    """Mean cross-entropy between target distributions and the network's.

    It is linear in the targets: a weight of a class or a sample is a factor on its targets.

    Examples
    --------
    >>> import torch
    >>> from sklearn_ser.nn import SoftCrossEntropy
    >>> loss = SoftCrossEntropy()(torch.zeros(1, 2), torch.tensor([[0.5, 0.5]]))
    >>> round(float(loss), 4)
    0.6931
    """

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the loss.

        Parameters
        ----------
        logits, targets : Tensor of shape (n_samples, n_classes)

        Returns
        -------
        Tensor of shape ()
            In nats; its minimum is the targets' entropy, not 0.
        """
        return -(targets * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()
