"""A loss for targets that are distributions."""

from __future__ import annotations

import torch
from torch import nn


class SoftCrossEntropy(nn.Module):
    """Mean cross-entropy between target distributions and those of the network.

    It is linear in the targets, so weights of classes and samples are applied by multiplying the
    targets.

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
            In nats; its minimum is the entropy of the targets, not 0.
        """
        # Not torch.nn.CrossEntropyLoss: its gradients are bitwise the same, but its value is
        # rounded differently, and early stopping compares values.
        return -(targets * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()
