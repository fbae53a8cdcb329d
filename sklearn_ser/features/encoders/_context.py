"""Networks whose context has a fixed length, and how to shorten it."""

import copy


def find_fixed_context(network):
    """Return the number of positions if a network takes inputs of one length only, or None.

    Such a network, as Whisper's, adds a table of positions to its input.
    """
    from torch.nn import Embedding

    table = getattr(network, "embed_positions", None)
    n_positions = getattr(network.config, "max_source_positions", None)
    return n_positions if isinstance(table, Embedding) else None


def shorten_context(network, n_frames, n_fixed):
    """Return a network that shares all weights, but has a context of only the first frames."""
    if n_frames == n_fixed:
        return network
    from torch.nn import Embedding

    positions = network.embed_positions.weight[:n_frames].detach()
    short = copy.copy(network)
    short._modules = {**network._modules, "embed_positions": Embedding.from_pretrained(positions)}
    short.config = copy.copy(network.config)
    short.config.max_source_positions = n_frames
    return short
