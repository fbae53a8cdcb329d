"""Training callbacks: a check of the loss, and a progress bar."""

import numpy as np
from skorch.callbacks import Callback
from tqdm.auto import tqdm


class FiniteLoss(Callback):
    """Raise an error when the loss becomes infinite or NaN."""

    def on_batch_end(self, net, batch=None, training=True, **kwargs):
        """Check the loss of the batch."""
        epoch = net.history[-1]
        loss = epoch["batches"][-1]["train_loss" if training else "valid_loss"]
        if not np.isfinite(loss):
            raise ValueError(
                f"the {'training' if training else 'held-out'} loss became {loss} in epoch "
                f"{epoch['epoch']}, batch {len(epoch['batches'])}. Try a lower lr (it is "
                f"{net.lr}), or features of a smaller scale (SequenceScaler)."
            )


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
