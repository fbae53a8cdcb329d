"""Train networks, and apply them."""

import warnings

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, LRScheduler

from sklearn_ser.nn.device import resolve_device
from sklearn_ser.nn.losses import SoftCrossEntropy
from sklearn_ser.training._batches import Batches, make_batches
from sklearn_ser.training._callbacks import AfterEpoch, FiniteLoss, ProgressBar

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamax": torch.optim.Adamax,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}


def train_network(
    module,
    module_params,
    train,
    valid=None,
    *,
    seed,
    optimizer,
    lr,
    weight_decay,
    batch_size,
    max_epochs,
    patience,
    device,
    verbose,
    lr_decay=None,
    state=None,
    after_epoch=None,
):
    """Train a network, from fresh weights if none are given.

    All randomness comes from generators made from `seed`; no global one is read or advanced.

    Parameters
    ----------
    module : type
        A torch module that takes ``generator`` and has ``use_generator``.
    module_params : dict
    train, valid : Examples
        With `valid`, training stops after `patience` epochs without a lower loss on it, and the
        best weights are restored.
    seed : int
    optimizer : one of OPTIMIZERS
    lr, weight_decay : float
    batch_size, max_epochs, patience : int
    device : str
    verbose : bool
    lr_decay : tuple of (float, int), default=None
        The factor on the learning rate, and after how many epochs it comes each time.
    state : dict, default=None
        The weights to start from, as of ``module_.state_dict()``.
    after_epoch : callable, default=None
        Called with the net after every epoch, before it is decided whether to stop; it may change
        the targets of `train`.

    Returns
    -------
    NeuralNet
        Fitted, in evaluation mode; ``history`` holds the losses. An interrupt (Ctrl-C) after the
        first epoch ends training early, with a warning.

    Raises
    ------
    ValueError
        If the loss becomes infinite or NaN.
    """
    device = resolve_device(device)
    weights, dropout, order = (int(s) for s in np.random.SeedSequence(seed).generate_state(3))
    callbacks = [("finite_loss", FiniteLoss()), ("after_epoch", AfterEpoch(after_epoch))]
    if lr_decay is not None:
        factor, every = lr_decay
        callbacks.append(("lr_decay", LRScheduler("StepLR", gamma=factor, step_size=every)))
    if valid is not None:
        stopping = EarlyStopping(patience=patience, threshold=0, load_best=True, sink=_silent)
        callbacks.append(("early_stopping", stopping))
    if verbose:
        callbacks.append(("progress", ProgressBar()))
    net = NeuralNet(
        module,
        criterion=SoftCrossEntropy,
        optimizer=OPTIMIZERS[optimizer],
        optimizer__weight_decay=weight_decay,
        lr=lr,
        max_epochs=max_epochs,
        batch_size=batch_size,
        iterator_train=Batches,
        iterator_train__rng=np.random.default_rng(order),
        iterator_valid=Batches,
        train_split=None if valid is None else (lambda dataset: (dataset, valid)),
        callbacks=callbacks,
        callbacks__print_log=None,
        device=device,
        verbose=0,
        **{f"module__{name}": value for name, value in module_params.items()},
        module__generator=torch.Generator().manual_seed(weights),
    )
    net.initialize()
    if state is not None:
        net.module_.load_state_dict(state)
    net.module_.use_generator(torch.Generator(device).manual_seed(dropout))
    net.partial_fit(train)
    _drop_unfinished(net.history, max_epochs)
    # What served training alone does not travel with the model.
    net.module_.use_generator(None)
    net.module_.eval()
    # Not by set_params: skorch would draw the weights anew.
    net.train_split = None
    net.module__generator = None
    net.callbacks, net.callbacks_ = None, []
    return net


def _drop_unfinished(history, max_epochs):
    """Leave out of a history the epoch in which training was interrupted, with a warning."""
    if not history or "complete" not in history[-1]:
        del history[-1:]
        if not history:
            # Nothing was learned that could be of use.
            raise KeyboardInterrupt
        warnings.warn(
            f"training was interrupted after {len(history)} of {max_epochs} epochs; the model is "
            "what it had learned until then.",
            UserWarning,
            stacklevel=2,
        )


def _silent(text):
    """Early stopping has nothing to say that the history does not hold."""


def iterate_outputs(net, examples, method="forward"):
    """Yield a network's output on every sample, batch by batch, from short to long.

    Parameters
    ----------
    net : NeuralNet
    examples : Examples
    method : str, default="forward"
        Of the module; takes what `examples` gives.

    Yields
    ------
    rows : ndarray of int
    output : ndarray with one row for each of `rows`
    """
    function = getattr(net.module_, method)
    for rows in make_batches(examples.lengths, net.batch_size):
        inputs = {name: part.to(net.device) for name, part in examples.inputs(rows).items()}
        with torch.inference_mode():
            output = function(**inputs)
        yield rows, output.cpu().numpy()


def compute_outputs(net, examples, method="forward"):
    """Return a network's output on every sample, in order; see `apply`."""
    result = None
    for rows, output in iterate_outputs(net, examples, method):
        if result is None:
            result = np.empty((len(examples), *output.shape[1:]), dtype=output.dtype)
        result[rows] = output
    return result
