"""Trained networks as arrays, strings and numbers, and back."""

import json

import torch
from skorch import NeuralNet
from skorch.history import History

from sklearn_ser.nn.losses import SoftCrossEntropy


def get_state(net):
    """Return a trained network as arrays, strings and numbers; see `restored`."""
    params = net.get_params(deep=False)
    return {
        "module_params": {
            name.removeprefix("module__"): value
            for name, value in params.items()
            if name.startswith("module__") and name != "module__generator"
        },
        "weights": {
            name: tensor.cpu().numpy() for name, tensor in net.module_.state_dict().items()
        },
        "history": json.dumps(net.history.to_list()),
        "batch_size": net.batch_size,
        "device": torch.device(net.device).type,
    }


def restore_network(module, state):
    """Return the network of a state, in evaluation mode; on the CPU where its GPU is missing.

    Parameters
    ----------
    module : type
    state : dict
        As `state_of` returns it.

    Raises
    ------
    ValueError
        If the weights are not those of the module.
    """
    # On "meta" nothing is drawn, and nothing allocated before the shapes are known to be right.
    with torch.device("meta"):
        net = NeuralNet(
            module,
            criterion=SoftCrossEntropy,
            batch_size=state["batch_size"],
            train_split=None,
            callbacks=None,
            device="meta",
            verbose=0,
            **{f"module__{name}": value for name, value in state["module_params"].items()},
        )
        net.initialize()
    weights = {name: torch.tensor(array) for name, array in state["weights"].items()}
    wanted, found = (
        {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items()}
        for tensors in (net.module_.state_dict(), weights)
    )
    if found != wanted:
        raise ValueError(f"the weights of {module.__name__} must be {wanted}, got {found}.")
    net.device = state["device"] if torch.cuda.is_available() else "cpu"
    net.module_.to_empty(device=net.device)
    net.module_.load_state_dict(weights)
    net.module_.eval()
    net.history = History(json.loads(state["history"]))
    return net
