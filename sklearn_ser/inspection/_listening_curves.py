"""Attention and emotion profiles, as a page draws them over time."""

import numpy as np

from sklearn_ser.utils._messages import join_names

# Points of a curve: no more than pixels can tell apart.
MOST_POINTS = 300


def check_curves(attention, profile, frames, n_samples, n_classes):
    """Validate curves over time of all samples.

    Parameters
    ----------
    attention : sequence of array-like of shape (n_frames_i,), or None
    profile : sequence of array-like of shape (n_segments_i, n_classes), or None
    frames : Sequences or Segments, or None
        What the curves were computed from.
    n_samples, n_classes : int

    Returns
    -------
    list of ndarray, or None
        None if there are no curves, and for samples without one.

    Raises
    ------
    ValueError
        If both are given, one without frames, or a profile without classes; if there is not one
        curve per sample, or not one row per frame and column per class; these samples are listed.
        Also if values are not finite, or the frames have no times in seconds.
    """
    if attention is None and profile is None:
        return None
    if attention is not None and profile is not None:
        raise ValueError("a page shows attention or a profile; both were given.")
    if profile is not None and n_classes == 0:
        raise ValueError("classes must name the columns of profile, such as classifier.classes_.")
    name, curves = ("attention", attention) if profile is None else ("profile", profile)
    if frames is None:
        raise ValueError(
            f"{name} needs frames=, the Sequences or Segments that it was computed from, whose "
            "times place it over the waveform."
        )
    if len(curves) != n_samples or len(frames) != n_samples:
        raise ValueError(
            f"{name} and frames must have one entry per sample of audio: {n_samples}, got "
            f"{len(curves)} and {len(frames)}."
        )
    curves = [None if curve is None else np.asarray(curve, dtype=float) for curve in curves]
    shape = () if name == "attention" else (n_classes,)
    said = "(n_frames,)" if name == "attention" else f"(n_segments, {n_classes})"
    wrong = [
        f"{i} ({curve.shape}, for {len(frames.times(i))} times)"
        for i, curve in enumerate(curves)
        if curve is not None and curve.shape != (len(frames.times(i)), *shape)
    ]
    if wrong:
        raise ValueError(
            f"{name} must have shape {said}, with one row for each of the frames; not for samples "
            f"{join_names(wrong)}."
        )
    wrong = [i for i, c in enumerate(curves) if c is not None and not np.isfinite(c).all()]
    if wrong:
        raise ValueError(f"{name} must be finite; not for samples {join_names(wrong)}.")
    return curves


def describe_curve(curve, times):
    """Return a curve as a page reads it.

    Parameters
    ----------
    curve : ndarray of shape (n_frames,) or (n_segments, n_classes), or None
        Attention becomes relative to its mean.
    times : ndarray of shape (n_frames, 2)
        Start and end of each frame or segment, in seconds.

    Returns
    -------
    dict or None
        With ``kind``, and ``times`` and ``values`` of points that are means of frames.
    """
    if curve is None or len(curve) == 0:
        return None
    is_attention = curve.ndim == 1
    if is_attention:
        curve = curve / curve.mean() if curve.mean() > 0 else curve
    n_points = min(len(curve), MOST_POINTS)
    starts = np.arange(n_points) * len(curve) // n_points
    lengths = np.diff(starts, append=len(curve))
    centres = np.add.reduceat(times.mean(axis=1), starts) / lengths
    values = (np.add.reduceat(curve, starts, axis=0).T / lengths).T
    return {
        "kind": "attention" if is_attention else "profile",
        "times": centres.round(3).tolist(),
        "values": values.round(3).tolist(),
    }
