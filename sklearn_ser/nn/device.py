"""Where modules are built."""

import torch


def get_default_device():
    """Return the device that tensors are made on here: that of ``with torch.device(...)``."""
    return torch.empty(0).device


def resolve_device(device):
    """Return the torch device that ``"auto"``, ``"cpu"`` or ``"cuda"`` stands for."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device='cuda' needs a GPU that torch can use, and there is none.")
    return device
