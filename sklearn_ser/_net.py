"""Training and applying networks: the one file that imports skorch."""

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from tqdm.auto import tqdm

from sklearn_ser._batches import Batches, bucketed
from sklearn_ser.nn import SoftCrossEntropy

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamax": torch.optim.Adamax,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}


class AfterEpoch(Callback):
    """Calls a function with the network, in evaluation mode, when an epoch has ended."""

    def __init__(self, function):
        self.function = function

    def on_epoch_end(self, net, **kwargs):
        """Call it."""
        net.module_.eval()
        self.function(net)


class ProgressBar(Callback):
    """A bar over epochs that shows the losses."""

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        self.bar_ = tqdm(total=net.max_epochs, unit="epoch", leave=False)

    def on_epoch_end(self, net, **kwargs):
        """Advance by one epoch."""
        losses = {name: net.history[-1].get(name) for name in ("train_loss", "valid_loss")}
        shown = {name: f"{loss:.3f}" for name, loss in losses.items() if loss is not None}
        self.bar_.set_postfix(shown, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        """Close the bar."""
        self.bar_.close()
        del self.bar_


def resolve_device(device):
    """Return the torch device that ``"auto"``, ``"cpu"`` or ``"cuda"`` stands for."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device='cuda' needs a GPU that torch can use, and there is none.")
    return device


def train(
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
        Fitted, in evaluation mode; ``history`` holds the losses.
    """
    device = resolve_device(device)
    weights, dropout, order = (int(s) for s in np.random.SeedSequence(seed).generate_state(3))
    callbacks = []
    if after_epoch is not None:
        callbacks.append(("after_epoch", AfterEpoch(after_epoch)))
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
    # What served training alone does not travel with the model.
    net.module_.use_generator(None)
    net.module_.eval()
    # Not by set_params: skorch would draw the weights anew.
    net.train_split = None
    net.module__generator = None
    net.callbacks, net.callbacks_ = None, []
    return net


def _silent(text):
    """Early stopping has nothing to say that the history does not hold."""


def apply(net, examples, method="forward"):
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
    for rows in bucketed(examples.lengths, net.batch_size):
        inputs = {name: part.to(net.device) for name, part in examples.inputs(rows).items()}
        with torch.inference_mode():
            output = function(**inputs)
        yield rows, output.cpu().numpy()


def outputs(net, examples, method="forward"):
    """Return a network's output on every sample, in order; see `apply`."""
    result = None
    for rows, output in apply(net, examples, method):
        if result is None:
            result = np.empty((len(examples), *output.shape[1:]), dtype=output.dtype)
        result[rows] = output
    return result
