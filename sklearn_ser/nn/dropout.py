"""Dropout that draws from a given generator."""

from __future__ import annotations

import torch
from torch import nn


class Dropout(nn.Module):
    """Zero each element with probability `p` in training, and scale up the others.

    `torch.nn.Dropout` draws from the global generator, which all threads share: networks trained
    in parallel would not be reproducible.

    Parameters
    ----------
    p : float
        In [0, 1).
    generator : torch.Generator, default=None
        None means torch's global generator.
    """

    def __init__(self, p, generator=None):
        super().__init__()
        self.p = p
        self.generator = generator

    def forward(self, x):
        """Return x, of any shape, with elements dropped."""
        if not self.training or self.p == 0:
            return x
        # Use 16 random bits per element, taken from 64-bit draws, instead of bernoulli_, which
        # took a quarter of the time of an epoch on a CPU. The share that is kept is exact to
        # 2**-16, and the scale is the inverse of that share.
        bits = torch.empty(x.numel() // 4 + 1, dtype=torch.int64, device=x.device)
        bits.random_(-(2**63), None, generator=self.generator)
        bits = bits.view(torch.int16)[: x.numel()].view(x.shape)  # as x
        dropped = round(self.p * 2**16)
        return x * (bits >= dropped - 2**15) * (2**16 / (2**16 - dropped))


class WithDropout(nn.Module):
    """Base class of networks with `Dropout`, whose generator can be set."""

    def use_generator(self, generator: torch.Generator | None) -> None:
        """Set the generator that dropout draws from.

        Parameters
        ----------
        generator : torch.Generator or None
            On the device of the network; None means torch's global one.
        """
        for module in self.modules():
            if isinstance(module, Dropout):
                module.generator = generator
