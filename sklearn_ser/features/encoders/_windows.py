"""Cut recordings that are longer than a network's context, and group what shares a run of it."""

import math
from typing import NamedTuple

# Inputs share a run with masks if none is shorter than this share of the longest.
NEARLY_EQUAL = 0.9


class Window(NamedTuple):
    """A part of a recording, in samples, and how many of its frames to keep at most."""

    start: int
    stop: int
    n_frames: int


def cut_windows(n_samples, longest, hop, *, overlap, shortest):
    """Cut a recording into windows whose frames, joined, are those of the whole recording.

    Parameters
    ----------
    n_samples : int
    longest : int
        Samples per window; a multiple of `hop`.
    hop : int
        Samples from the start of one frame to the start of the next.
    overlap : int
        Samples that a window shares with the next one, since frames are longer than `hop`. They
        make additional frames, which are dropped.
    shortest : int
        Fewer samples than this make no frame. At least `overlap`.

    Returns
    -------
    list of Window
        The last one may be longer than `longest`, by less than `shortest`.
    """
    starts = [0, *range(longest, n_samples - shortest + 1, longest)]
    windows = [Window(start, start + longest + overlap, longest // hop) for start in starts[:-1]]
    # Padding makes frames without any sound.
    n_frames = max(1, math.ceil((n_samples - starts[-1]) / hop))
    return [*windows, Window(starts[-1], n_samples, n_frames)]


def group_by_length(lengths, most, masked):
    """Group inputs that can share a run of the network.

    Parameters
    ----------
    lengths : list of int
    most : int
        The largest size of a group.
    masked : bool
        Whether inputs of a group may differ a little in length; otherwise all are equal.

    Returns
    -------
    list of list of int
        Indices of inputs; every input is in one group.
    """
    groups = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        least = lengths[groups[-1][0]] * (NEARLY_EQUAL if masked else 1) if groups else 0
        if groups and len(groups[-1]) < most and lengths[row] >= least:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
