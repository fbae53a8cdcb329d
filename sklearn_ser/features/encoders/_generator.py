"""Networks leave torch's generator of random numbers as it is."""

import contextlib

from sklearn_ser.utils._forks import make_lock

_LOCK = make_lock()


@contextlib.contextmanager
def preserve_generator():
    """Restore the state of torch's generator after a block, which one thread at a time runs.

    transformers draws random weights before it reads the trained ones, and random numbers that
    decide which layers to drop in training. All threads share the generator.
    """
    import torch

    with _LOCK, torch.random.fork_rng(devices=[]):
        yield
