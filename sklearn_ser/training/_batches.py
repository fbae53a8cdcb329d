"""Batches of samples of similar length, padded at the end."""

import numpy as np
import torch

from sklearn_ser.utils._ragged import gather

# Lengths are changed at random by up to this share before they are sorted: enough for batches to
# differ between epochs, but so little that batches contain little padding.
BLUR = 0.1


def pad(sequences, rows):
    """Return samples as one padded batch.

    The padding repeats the last frame. Networks must ignore it.

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
    time = np.minimum(np.arange(lengths.max()), lengths[:, None] - 1)  # (n_rows, n_frames)
    x = np.take(sequences.values, starts[:, None] + time, axis=0)  # (n_rows, n_frames, n_features)
    return {"x": torch.from_numpy(x), "lengths": torch.from_numpy(lengths)}


class Examples(torch.utils.data.Dataset):
    """Sequences and their targets, in the form that skorch trains on.

    Parameters
    ----------
    sequences : Sequences
    targets : ndarray of shape (n_samples, n_classes), default=None
        Already multiplied by the weights of classes and samples. None if the network is only
        applied.

    Attributes
    ----------
    lengths : ndarray of int of shape (n_examples,)
        Number of frames of each example.
    n_samples : int
    targets : Tensor of float32 of shape (n_examples, n_classes), or None
    """

    def __init__(self, sequences, targets=None):
        self.sequences = sequences
        self.lengths = sequences.lengths
        self.n_samples = len(sequences)
        self.targets = None
        if targets is not None:
            self.set_targets(targets)

    def set_targets(self, targets):
        """Replace the targets of the samples; this may be done between epochs."""
        self.targets = torch.as_tensor(targets, dtype=torch.float32)

    def __len__(self):
        return len(self.lengths)

    def get_samples(self, rows):
        """Return the sample of each of some examples: here, its own number."""
        return rows

    def get_inputs(self, rows):
        """Return the arguments of the network's ``forward`` for some examples, by name."""
        return pad(self.sequences, rows)

    def get_batch(self, rows):
        """Return the inputs and the targets of some examples."""
        return self.get_inputs(rows), self.targets[torch.from_numpy(rows)]


class SegmentExamples(Examples):
    """Segments of some samples and their targets; each segment is one example.

    The frames are not copied until a batch is taken.

    Parameters
    ----------
    segments : Segments
    rows : ndarray of int
        The samples whose segments are used.
    targets : ndarray of shape (n_rows, n_classes), default=None
        Targets of the samples. Every segment gets those of its sample; see also
        `set_segment_targets`.
    """

    def __init__(self, segments, rows, targets=None):
        positions, _ = gather(segments.segment_offsets, rows)
        self.windows = segments.windows()
        self.starts = segments.segment_starts[positions]
        # All lengths are equal, so sorting by length leaves the examples shuffled.
        self.lengths = np.full(len(positions), segments.segment_length)
        self.n_segments = segments.n_segments[rows]
        self.n_samples = len(rows)
        self.targets = None
        if targets is not None:
            self.set_targets(targets)

    def set_targets(self, targets):
        """Replace the targets of the samples, and with them those of all their segments."""
        self.set_segment_targets(np.repeat(targets, self.n_segments, axis=0))

    def set_segment_targets(self, targets):
        """Replace the targets of the segments, of shape (n_examples, n_classes)."""
        super().set_targets(targets)

    def get_samples(self, rows):
        """Return the sample of each of some segments, counted among those that were given."""
        return np.repeat(np.arange(self.n_samples), self.n_segments)[rows]

    def get_inputs(self, rows):
        """Return a copy of some segments as ``x``, with one channel."""
        x = torch.from_numpy(self.windows[self.starts[rows]])  # (n_rows, n_frames, n_bands)
        return {"x": x[:, None]}  # (n_rows, 1, n_frames, n_bands)


class RatedExamples(Examples):
    """Examples and every rating of each, for networks that compute the loss of ratings.

    Parameters
    ----------
    examples : Examples
    ratings : Ragged of length n_examples
        One row ``(annotator, label)`` of numbers per rating.
    weights : ndarray of shape (n_ratings,)
        Of the ratings.
    """

    def __init__(self, examples, ratings, weights):
        self.examples = examples
        self.lengths = examples.lengths
        self.ratings = ratings
        self.weights = weights.astype(np.float32)

    def get_inputs(self, rows):
        """Return the arguments of the network's ``forward`` for some examples, by name."""
        return self.examples.get_inputs(rows)

    def get_batch(self, rows):
        """Return the inputs of some examples, and their ratings as `RatingLoss` takes them."""
        positions, offsets = gather(self.ratings.offsets, rows)
        annotator, label = torch.from_numpy(self.ratings.values[positions]).long().unbind(dim=1)
        ratings = {
            "sample": torch.from_numpy(np.repeat(np.arange(len(rows)), np.diff(offsets))),
            "annotator": annotator,
            "label": label,
            "weight": torch.from_numpy(self.weights[positions]),
        }
        return self.get_inputs(rows), ratings


class Batches:
    """Iterate over examples in batches of similar length.

    Parameters
    ----------
    examples : Examples
    batch_size : int
    rng : numpy.random.Generator, default=None
        Shuffles examples among those of similar length, and the order of the batches, again for
        each iteration. With None, batches go from short to long examples.
    """

    def __init__(self, examples, batch_size, rng=None):
        self.examples = examples
        self.batch_size = batch_size
        self.rng = rng

    def __len__(self):
        return -(-len(self.examples) // self.batch_size)

    def __iter__(self):
        for rows in make_batches(self.examples.lengths, self.batch_size, self.rng):
            yield self.examples.get_batch(rows)


def make_batches(lengths, batch_size, rng=None):
    """Divide examples into batches of similar length; see `Batches`."""
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
