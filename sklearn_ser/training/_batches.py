"""Ragged batches: samples of near-equal length together, padded at the end."""

import numpy as np
import torch

from sklearn_ser.utils._ragged import gather

# Lengths are blurred by up to this share before they are sorted: wide enough that batches differ
# from epoch to epoch, narrow enough that little of a batch is padding.
BLUR = 0.1


def pad(sequences, rows):
    """Take samples as one padded batch.

    The padding repeats the last frame; networks must not let it matter.

    Parameters
    ----------
    sequences : Sequences
    rows : ndarray of int of shape (n_rows,)

    Returns
    -------
    dict
        ``x`` : Tensor of shape (n_rows, n_frames, n_features), and ``lengths`` : Tensor of int64
        of shape (n_rows,).
    """
    starts = sequences.offsets[rows]
    lengths = sequences.offsets[rows + 1] - starts
    time = np.minimum(np.arange(lengths.max()), lengths[:, None] - 1)
    x = np.take(sequences.values, starts[:, None] + time, axis=0)
    return {"x": torch.from_numpy(x), "lengths": torch.from_numpy(lengths)}


class Examples(torch.utils.data.Dataset):
    """Sequences and their targets, as far as skorch wants to know a data set.

    Parameters
    ----------
    sequences : Sequences
    targets : ndarray of shape (n_samples, n_classes), default=None
        Weights of classes and samples are factors on them. None where there is nothing to learn.
    """

    def __init__(self, sequences, targets=None):
        self.sequences = sequences
        self.lengths = sequences.lengths
        self.targets = None
        if targets is not None:
            self.set_targets(targets)

    def set_targets(self, targets):
        """Replace the targets of the samples, between epochs too."""
        self.targets = torch.as_tensor(targets, dtype=torch.float32)

    def __len__(self):
        return len(self.lengths)

    def inputs(self, rows):
        """Return what the network gets to see of some samples, by the names of its arguments."""
        return pad(self.sequences, rows)

    def batch(self, rows):
        """Return the inputs and the targets of some samples."""
        return self.inputs(rows), self.targets[torch.from_numpy(rows)]


class SegmentExamples(Examples):
    """Segments of some samples and their targets; the frames stay where they are.

    Parameters
    ----------
    segments : Segments
    rows : ndarray of int
        Which samples.
    targets : ndarray of shape (n_rows, n_classes), default=None
        Of the samples: each segment has those of its own. See `set_segment_targets`.
    """

    def __init__(self, segments, rows, targets=None):
        positions, _ = gather(segments.segment_offsets, rows)
        self.windows = segments.windows()
        self.starts = segments.segment_starts[positions]
        # All equal: bucketing by length leaves them shuffled.
        self.lengths = np.full(len(positions), segments.segment_length)
        self.n_segments = segments.n_segments[rows]
        self.targets = None
        if targets is not None:
            self.set_targets(targets)

    def set_targets(self, targets):
        """Replace the targets of the samples, and so of all of their segments."""
        self.set_segment_targets(np.repeat(targets, self.n_segments, axis=0))

    def set_segment_targets(self, targets):
        """Replace the targets of the segments: of shape (n_segments_of_rows, n_classes)."""
        super().set_targets(targets)

    def inputs(self, rows):
        """Copy some segments out, with one channel: ``x`` of shape (n_rows, 1, n_frames, n)."""
        return {"x": torch.from_numpy(self.windows[self.starts[rows]])[:, None]}


class Batches:
    """Iterate over a data set in batches bucketed by length.

    Parameters
    ----------
    examples : Examples
    batch_size : int
    rng : numpy.random.Generator, default=None
        Shuffles samples among neighbours in length, and the order of the batches, anew each time;
        None goes from short to long.
    """

    def __init__(self, examples, batch_size, rng=None):
        self.examples = examples
        self.batch_size = batch_size
        self.rng = rng

    def __len__(self):
        return -(-len(self.examples) // self.batch_size)

    def __iter__(self):
        for rows in make_batches(self.examples.lengths, self.batch_size, self.rng):
            yield self.examples.batch(rows)


def make_batches(lengths, batch_size, rng=None):
    """Cut samples into batches of near-equal length; see `Batches`."""
    if rng is None:
        order = np.argsort(lengths, kind="stable")
    else:
        order = rng.permutation(len(lengths))
        blurred = lengths[order] * rng.uniform(1 - BLUR, 1 + BLUR, len(lengths))
        order = order[np.argsort(blurred, kind="stable")]
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    if rng is not None:
        rng.shuffle(batches)
    return batches
