"""Convert trained networks to arrays, strings and numbers, and back."""

import json
from numbers import Integral

import torch
from skorch import NeuralNet
from skorch.history import History

from sklearn_ser.nn.device import choose_available
from sklearn_ser.nn.losses import SoftCrossEntropy
from sklearn_ser.training._finite import check_weights_finite


def get_state(net):
    """Return a trained network as arrays, strings and numbers; see `restore_network`."""
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
        "device": str(net.device),
    }


def take_part(net, part, module_class, module_params):
    """Return a part of a trained network as a network of its own.

    Parameters
    ----------
    net : NeuralNet
    part : str
        Name of an attribute of the module.
    module_class : type
        That of the part.
    module_params : dict

    Returns
    -------
    NeuralNet
    """
    weights = getattr(net.module_, part).state_dict()
    state = get_state(net)
    state["module_params"] = module_params
    state["weights"] = {name: tensor.cpu().numpy() for name, tensor in weights.items()}
    return restore_network(module_class, state)


def restore_network(module_class, state):
    """Restore a network from its state, in evaluation mode.

    A network that was trained on a GPU is placed on another of the same type, or on the CPU, if
    this machine does not have the same one.

    Parameters
    ----------
    module_class : type
        A torch module.
    state : dict
        As returned by `get_state`.

    Returns
    -------
    NeuralNet

    Raises
    ------
    ValueError
        If the weights do not fit the module, or are infinite or NaN, or the batch size is invalid.
    """
    _check_sizes(module_class, state)
    # On "meta" no weights are drawn, and no memory is allocated before the shapes are checked.
    with torch.device("meta"):
        net = NeuralNet(
            module_class,
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
        raise ValueError(f"the weights of {module_class.__name__} must be {wanted}, got {found}.")
    check_weights_finite(weights, "the network cannot be restored")
    net.device = choose_available(state["device"])
    net.module_.to_empty(device=net.device)
    net.module_.load_state_dict(weights)
    net.module_.eval()
    net.history = History(json.loads(state["history"]))
    return net


def _check_sizes(module_class, state):
    """Raise ValueError for more layers than weights, before they are made, and for no batches."""
    n_weights, batch_size = len(state["weights"]), state["batch_size"]
    for name, value in state["module_params"].items():
        if isinstance(value, (list, tuple)) and len(value) > n_weights:
            raise ValueError(
                f"{name} of {module_class.__name__} must have at most as many layers as there are "
                f"weights, {n_weights}, got {len(value)}."
            )
    if not isinstance(batch_size, Integral) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"batch_size must be an integer of at least 1, got {batch_size!r}.")
