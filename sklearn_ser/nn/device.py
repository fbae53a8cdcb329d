"""Choose the device of modules."""

from __future__ import annotations

import re
from typing import TypeAlias

import torch

#: "auto", the name of a device, or a device.
Device: TypeAlias = str | torch.device

# Other devices of torch either hold no numbers ("meta") or were never tried.
TYPES = ("cpu", "cuda", "mps")


def get_default_device():
    """Return the device of new tensors, as set by ``with torch.device(...)``."""
    return torch.empty(0).device


def list_devices():
    """Return the names of the devices of this machine."""
    gpus = []
    if torch.cuda.is_available():
        gpus = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]


def resolve_device(device):
    """Return the name of a device of this machine.

    Parameters
    ----------
    device : str or torch.device
        "auto" is "cuda" if there is such a GPU, and otherwise "cpu".

    Returns
    -------
    str
        Such as "cpu", "cuda", "cuda:1" or "mps".

    Raises
    ------
    ValueError
        If the device is of no known type, or this machine does not have it.
    """
    if isinstance(device, str) and device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    name, there = str(device), list_devices()
    if not re.fullmatch(rf"({'|'.join(TYPES)})(:\d+)?", name):
        raise ValueError(
            f"the 'device' parameter must be 'auto', or one of the types {TYPES}, as a name or a "
            f"torch.device, such as 'cuda' or 'cuda:1'; got {name!r}."
        )
    kind, _, index = name.partition(":")
    if kind != "cuda" and index == "0":
        name = kind  # there is only one
    if not any(name in (own, own.partition(":")[0]) for own in there):
        problem = "does not exist" if kind == "cpu" else "needs a GPU that torch can use"
        raise ValueError(f"device={name!r} {problem}; the devices of this machine are {there}.")
    return name


def choose_available(device):
    """Return a device if this machine has it, else another one of its type, else the CPU.

    Parameters
    ----------
    device : str
        Where a network was trained.

    Returns
    -------
    str
    """
    for name in (device, device.partition(":")[0]):
        try:
            return resolve_device(name)
        except ValueError:
            continue
    return "cpu"
