"""Cut recordings that are longer than a network's context into windows."""

from typing import NamedTuple


class Window(NamedTuple):
    """A part of a recording, in samples, and how many frames to keep (None keeps all)."""

    start: int
    stop: int
    n_frames: int | None


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
        Fewer samples than this make no frame.

    Returns
    -------
    list of Window
    """
    if n_samples <= longest:
        return [Window(0, n_samples, None)]
    starts = [0, *range(longest, n_samples - shortest + 1, longest)]
    ends = [min(start + longest + overlap, n_samples) for start in starts[:-1]]
    windows = [
        Window(start, end, longest // hop) for start, end in zip(starts[:-1], ends, strict=True)
    ]
    return [*windows, Window(starts[-1], n_samples, None)]
