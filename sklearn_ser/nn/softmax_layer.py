"""One softmax layer."""

from __future__ import annotations

import torch
from torch import nn

from sklearn_ser.nn.device import get_default_device


class SoftmaxLayer(nn.Module):
    """A linear layer that returns the logits of vectors, given as sequences of one frame.

    Weights start at zero. The loss is convex, so random weights would only add noise and make the
    result depend on the order of the features.

    Parameters
    ----------
    n_features, n_classes : int
    generator : torch.Generator, default=None
        Not used: nothing here is random.

    Examples
    --------
    >>> import torch
    >>> from sklearn_ser.nn import SoftmaxLayer
    >>> SoftmaxLayer(3, 2)(torch.zeros(5, 1, 3), torch.ones(5, dtype=int)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self, n_features: int, n_classes: int, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        # On "meta", so that the layer draws no weights from torch's global generator.
        self.head = nn.Linear(n_features, n_classes, device="meta")
        self.head.to_empty(device=get_default_device())
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def use_generator(self, generator: torch.Generator | None) -> None:
        """Do nothing: nothing here is random.

        Parameters
        ----------
        generator : torch.Generator or None
        """

    def embed(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the vectors.

        Parameters
        ----------
        x : Tensor of shape (n_samples, 1, n_features)
        lengths : Tensor of int of shape (n_samples,)
            Not used.

        Returns
        -------
        Tensor of shape (n_samples, n_features)
        """
        return x[:, 0]  # (n_samples, n_features)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return logits.

        Parameters
        ----------
        x : Tensor of shape (n_samples, 1, n_features)
        lengths : Tensor of int of shape (n_samples,)
            Not used.

        Returns
        -------
        Tensor of shape (n_samples, n_classes)
        """
        return self.head(self.embed(x, lengths))  # (n_samples, n_classes)
