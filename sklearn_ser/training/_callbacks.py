"""Training callbacks: a check of loss and weights, and a progress bar."""

import numpy as np
from skorch.callbacks import Callback
from tqdm.auto import tqdm

from sklearn_ser.training._finite import find_infinite_weights
from sklearn_ser.utils._messages import join_names


class FiniteLoss(Callback):
    """Raise an error when the loss, or a weight after an epoch, becomes infinite or NaN."""

    def on_batch_end(self, net, batch=None, training=True, **kwargs):
        """Check the loss of the batch."""
        epoch = net.history[-1]
        loss = epoch["batches"][-1]["train_loss" if training else "valid_loss"]
        if not np.isfinite(loss):
            raise ValueError(
                f"the {'training' if training else 'held-out'} loss became {loss} in epoch "
                f"{epoch['epoch']}, batch {len(epoch['batches'])}. {_advise(net)}"
            )

    def on_epoch_end(self, net, **kwargs):
        """Check the weights: the last step of the last epoch shows in no loss."""
        bad = find_infinite_weights(net.module_.state_dict())
        if bad:
            raise ValueError(
                f"weights became infinite or NaN in epoch {net.history[-1]['epoch']}: "
                f"{join_names(bad)}. {_advise(net)}"
            )


def _advise(net):
    return f"Try a lower lr (it is {net.lr}), or features of a smaller scale (SequenceScaler)."


class ProgressBar(Callback):
    """Show a progress bar over epochs, with the losses."""

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
