"""Dropout that draws from a generator of its own."""

from __future__ import annotations

import torch
from torch import nn


class Dropout(nn.Module):
    """Zero each element with probability `p` while training, and scale up the others.

    `torch.nn.Dropout` draws from the one global generator, which all threads share: networks
    trained side by side would not be reproducible.

    Parameters
    ----------
    p : float
        In [0, 1).
    generator : torch.Generator, default=None
        None is torch's global generator.
    """

    def __init__(self, p, generator=None):
        super().__init__()
        self.p = p
        self.generator = generator

    def forward(self, x):
        """Drop elements of x of any shape."""
        if not self.training or self.p == 0:
            return x
        # 16 random bits an element, cut from 64-bit draws, instead of one bernoulli_ each: on CPU
        # that call took a quarter of an epoch. The share kept is exact to 2**-16, and the scale
        # fits it.
        bits = torch.empty(x.numel() // 4 + 1, dtype=torch.int64, device=x.device)
        bits.random_(-(2**63), None, generator=self.generator)
        bits = bits.view(torch.int16)[: x.numel()].view(x.shape)
        dropped = round(self.p * 2**16)
        return x * (bits >= dropped - 2**15) * (2**16 / (2**16 - dropped))


class WithDropout(nn.Module):
    """A network whose dropout can be told where to draw from."""

    def use_generator(self, generator: torch.Generator | None) -> None:
        """Draw dropout from this generator from now on.

        Parameters
        ----------
        generator : torch.Generator or None
            On the device of the network; None is torch's global one.
        """
        for module in self.modules():
            if isinstance(module, Dropout):
                module.generator = generator
