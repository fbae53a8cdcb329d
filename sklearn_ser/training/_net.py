"""Train and apply networks."""

import warnings
from numbers import Integral

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, LRScheduler

from sklearn_ser.nn.device import resolve_device
from sklearn_ser.nn.losses import SoftCrossEntropy
from sklearn_ser.training._batches import Batches, make_batches
from sklearn_ser.training._callbacks import FiniteLoss, ProgressBar
from sklearn_ser.training._finite import explain_outputs
from sklearn_ser.utils._arrays import find_infinite
from sklearn_ser.utils._random import as_generator, draw_seed

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamax": torch.optim.Adamax,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}


class Training:
    """Training of one network, from new weights unless weights are given.

    `run` trains to the end. To act after every epoch, iterate over it instead, within a ``with``
    statement, which starts and ends the training::

        with Training(...) as training:
            for net in training:
                ...  # one epoch has passed; the targets of `train` may be replaced here

    With `valid`, the iteration stops after `patience` epochs without a lower loss on it (or a
    higher score: see `watch`), and the best weights are restored at the end. An interrupt
    (Ctrl-C), during an epoch or after it, ends the training early with a warning; before the end
    of the first epoch, it is raised.

    All randomness comes from generators made from `seed`; global generators are neither read nor
    advanced.

    Parameters
    ----------
    module_class : type
        A torch module that takes ``generator`` and has ``use_generator``.
    module_params : dict
    train : Examples
    valid : Examples or None, default=None
        Held-out examples.
    seed : int, RandomState instance, Generator or None
    optimizer : one of OPTIMIZERS
    lr, weight_decay : float
    batch_size, max_epochs, patience : int
    device : str or torch.device
        See `resolve_device`.
    verbose : bool
    lr_decay : tuple of (float, int), default=None
        A factor on the learning rate, and the number of epochs between its applications.
    state : dict, default=None
        The weights to start from, as returned by ``module_.state_dict()``.
    criterion : type, default=SoftCrossEntropy
        The loss of what the module returns and the targets.
    watch : str, default="valid_loss"
        Which entry of the history decides when to stop. Any other is a score (higher is better),
        which is recorded while iterating, in every epoch.

    Attributes
    ----------
    net : NeuralNet
        Its ``history`` holds the losses. After the training it is in evaluation mode.

    Raises
    ------
    ValueError
        While training, if the loss or a weight becomes infinite or NaN.
    """

    def __init__(
        self,
        module_class,
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
        criterion=SoftCrossEntropy,
        watch="valid_loss",
    ):
        device = resolve_device(device)
        seeds = np.random.SeedSequence(check_seed(seed)).generate_state(3)
        weights, dropout, order = map(int, seeds)
        callbacks = [("finite_loss", FiniteLoss())]
        if lr_decay is not None:
            factor, every = lr_decay
            callbacks.append(("lr_decay", LRScheduler("StepLR", gamma=factor, step_size=every)))
        if verbose:
            callbacks.append(("progress", ProgressBar()))
        self.train = train
        self._has_begun = self._may_iterate = False
        # Called here and not by skorch, so that it decides after all work of an epoch is done.
        self.stopping = None
        if valid is not None:
            self.stopping = EarlyStopping(
                monitor=watch,
                lower_is_better=watch == "valid_loss",
                patience=patience,
                threshold=0,
                load_best=True,
                sink=_say_nothing,
            )
        self.net = NeuralNet(
            module_class,
            criterion=criterion,
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
        self.net.initialize()
        if state is not None:
            self.net.module_.load_state_dict(state)
        self.net.module_.use_generator(torch.Generator(device).manual_seed(dropout))

    def run(self):
        """Train to the end, and return the network."""
        with self:
            for _ in self:
                pass
        return self.net

    def __enter__(self):
        if self._has_begun:
            raise RuntimeError("a training can run only once; start another one.")
        self._has_begun = self._may_iterate = True
        self.net.notify("on_train_begin", X=self.train, y=None)
        if self.stopping is not None:
            self.stopping.on_train_begin(self.net)
        return self

    def __iter__(self):
        if not self._may_iterate:
            raise RuntimeError("a training is iterated once, inside of its with statement.")
        self._may_iterate = False
        net = self.net
        for _ in range(net.max_epochs):
            net.fit_loop(self.train, epochs=1)
            net.module_.eval()
            yield net
            if self._end_epoch():
                return

    def _end_epoch(self):
        """Mark the epoch as complete, and return whether to stop."""
        self.net.history.record("complete", True)
        try:
            if self.stopping is not None:
                self.stopping.on_epoch_end(self.net)
        except KeyboardInterrupt:  # skorch's signal to stop
            return True
        return False

    def __exit__(self, kind, error, trace):
        if kind is not None and not issubclass(kind, KeyboardInterrupt):
            return False
        net = self.net
        if kind is None:
            if not net.history:
                raise RuntimeError("no epoch was trained; iterate over the training.")
            if "complete" not in net.history[-1]:
                # The loop was left by break, after all work of this epoch.
                self._end_epoch()
        if self.stopping is not None:
            self.stopping.on_train_end(net)
        net.notify("on_train_end", X=self.train, y=None)
        _drop_unfinished(net.history, net.max_epochs)
        # Drop what only training needs; it is not kept with the model.
        net.module_.use_generator(None)
        net.module_.eval()
        # Not by set_params, with which skorch would draw new weights.
        net.train_split = None
        net.module__generator = None
        net.callbacks, net.callbacks_ = None, []
        return True

    @property
    def is_best(self):
        """Bool: True if the weights of the last epoch are, so far, the ones to keep."""
        if self.stopping is None:
            return True
        sign = 1 if self.stopping.lower_is_better else -1
        *earlier, last = self.net.history[:, self.stopping.monitor]
        return all(sign * last < sign * value for value in earlier)


def check_seed(seed):
    """Return a seed as an integer, drawn if it is a generator or None."""
    if isinstance(seed, (np.random.RandomState, np.random.Generator)) or seed is None:
        return draw_seed(as_generator(seed))
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise ValueError(
            "seed must be an integer of at least 0, a RandomState, a Generator or None, got "
            f"{seed!r}."
        )
    return int(seed)


def _drop_unfinished(history, max_epochs):
    """Remove the epoch in which training was interrupted from a history, with a warning."""
    if not history or "complete" not in history[-1]:
        del history[-1:]
        if not history:
            # Nothing usable was learned.
            raise KeyboardInterrupt
        warnings.warn(
            f"training was interrupted after {len(history)} of {max_epochs} epochs; the model "
            "is what had been learned by then.",
            UserWarning,
            stacklevel=2,
        )


def _say_nothing(text):
    """Print nothing: the history holds all that early stopping would say."""


def iterate_outputs(net, examples, method="forward"):
    """Yield a network's outputs batch by batch, from short examples to long ones.

    Parameters
    ----------
    net : NeuralNet
    examples : Examples
    method : str, default="forward"
        A method of the module that takes the same inputs as ``forward``.

    Yields
    ------
    rows : ndarray of int of shape (n_rows,)
        Indices of the examples.
    output : ndarray of shape (n_rows, ...)

    Raises
    ------
    ValueError
        After the last batch, if outputs are infinite or NaN. It names these samples and the likely
        cause.
    """
    bad = []
    function = getattr(net.module_, method)
    for rows in make_batches(examples.lengths, net.batch_size):
        inputs = {name: part.to(net.device) for name, part in examples.get_inputs(rows).items()}
        with torch.inference_mode():
            output = function(**inputs).cpu().numpy()
        bad.extend(rows[find_infinite(output)])
        yield rows, output
    if bad:
        raise explain_outputs(net, examples, np.sort(bad), method)


def compute_outputs(net, examples, method="forward"):
    """Return a network's output on every example, in order; see `iterate_outputs`.

    Returns
    -------
    ndarray of shape (n_examples, ...)

    Raises
    ------
    ValueError
        If outputs are infinite or NaN.
    """
    result = None
    for rows, output in iterate_outputs(net, examples, method):
        if result is None:
            result = np.empty((len(examples), *output.shape[1:]), dtype=output.dtype)
        result[rows] = output
    return result
