"""Choose the device of modules."""

import torch


def get_default_device():
    """Return the device of new tensors, as set by ``with torch.device(...)``."""
    return torch.empty(0).device


def resolve_device(device):
    """Return the name of the torch device for ``"auto"``, ``"cpu"`` or ``"cuda"``."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device='cuda' needs a GPU that torch can use, but there is none.")
    return device
