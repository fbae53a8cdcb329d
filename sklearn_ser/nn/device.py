"""Where modules are built."""

import torch


def default_device():
    """Return the device that tensors are made on here: that of ``with torch.device(...)``."""
    return torch.empty(0).device
