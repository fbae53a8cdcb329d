"""Compute the frames of one signal with openSMILE."""

import re

import numpy as np

from sklearn_ser.features.opensmile._settings import OWN_CONFIG, import_opensmile
from sklearn_ser.speech._audio import SAMPLING_RATE
from sklearn_ser.speech._errors import AudioError
from sklearn_ser.utils._forks import make_lock
from sklearn_ser.utils._interrupts import defer_interrupt
from sklearn_ser.utils._messages import join_names

# The longest frame of any named set, in seconds; a shorter signal would have no frame.
SHORTEST = 0.06

# Threads must not share openSMILE's objects (audeering/opensmile#20).
_LOCK = make_lock()

# openSMILE objects that are kept, by settings; the last ones were used last. Starting one takes
# longer than a short clip.
_kept: dict[tuple, tuple] = {}
MOST_KEPT = 8
# Seconds of sound that all of them hold, which take 4 MB of memory per second.
MOST_HELD = 60


def compute_frames(signal, settings):
    """Compute the frames of a signal.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n,)
        At 16 kHz, within [-1, 1). A signal shorter than 60 ms is padded with silence.
    settings : Settings

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_features)

    Raises
    ------
    AudioError
        If the signal is shorter than a frame of this configuration, or openSMILE fails on it.
    """
    missing = int(SHORTEST * SAMPLING_RATE) - len(signal)
    if missing > 0:
        signal = np.pad(signal, (0, missing))
    with _LOCK, defer_interrupt():
        extractors = _get_extractors(settings)
        parts = [extractor(signal) for extractor in extractors]
        _drop_extractors()
    n_frames = min(map(len, parts))
    if n_frames == 0:
        raise AudioError("is shorter than one frame of this configuration")
    frames = np.concatenate([part[:n_frames] for part in parts], axis=1)
    if settings.clip_hnr is not None:
        _clip_hnr(frames, _list_names(extractors), settings.clip_hnr)
    return frames


def get_feature_names(settings):
    """Return the names of all features, in order.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If openSMILE does not start with these settings.
    """
    with _LOCK:
        return _list_names(_get_extractors(settings))


def _list_names(extractors):
    return [name for extractor in extractors for name in extractor.names]


def _get_extractors(settings):
    """Return one extractor per level, and note that these were used last."""
    extractors = _kept.pop(settings, None) or _make_extractors(settings)
    _kept[settings] = extractors
    _drop_extractors()
    return extractors


def _drop_extractors():
    """Drop extractors that have not been used for the longest time, until few enough are left."""
    while len(_kept) > MOST_KEPT or _count_held() > MOST_HELD * SAMPLING_RATE:
        del _kept[next(iter(_kept))]


def _count_held():
    return sum(extractor.n_held for extractors in _kept.values() for extractor in extractors)


def _make_extractors(settings):
    opensmile = import_opensmile()

    from sklearn_ser.features.opensmile._extractor import CONFIGS, Extractor

    config = settings.path
    if config is None:
        config = CONFIGS / f"{opensmile.FeatureSet[settings.config].value}.conf"
    options = dict(settings.options)
    ring = _compute_ring(options) if config == OWN_CONFIG else None
    try:
        return tuple(
            Extractor(config, level, options, SAMPLING_RATE, ring) for level in settings.levels
        )
    except ValueError as error:
        raise ValueError(
            f"openSMILE does not start with level {join_names(settings.levels)} and options "
            f"{dict(settings.options)}: {error}"
        ) from error


def _compute_ring(options):
    """Return how many samples to keep for our own configuration.

    That is twice its look-ahead, plus half a second.
    """
    usual = {"frameSize": 0.025, "pitchSize": 0.04, "frameStep": 0.01, "smaWin": 3}
    size, pitch, step, smoothed = (float(options.get(k, v)) for k, v in usual.items())
    ahead = max(size, pitch) + (smoothed + 16) * step
    return int((0.5 + 2 * ahead) * SAMPLING_RATE)


def _clip_hnr(frames, names, limit):
    """Limit the harmonics-to-noise ratio in place, and recompute its deltas."""
    for column, name in enumerate(names):
        if re.fullmatch(r"HNRdBacf(_sma)?", name):
            frames[:, column] = frames[:, column].clip(-limit, limit)
            if f"{name}_de" in names:
                frames[:, names.index(f"{name}_de")] = compute_delta(frames[:, column])


def compute_delta(contour):
    """Return the slope of a regression over five frames, as openSMILE computes it.

    Parameters
    ----------
    contour : ndarray of shape (n_frames,)
        The first and the last frame are repeated.

    Returns
    -------
    ndarray of shape (n_frames,)
    """
    before_2, before, _, after, after_2 = np.lib.stride_tricks.sliding_window_view(
        np.pad(contour, 2, mode="edge"), len(contour)
    )
    return ((after - before) + 2 * (after_2 - before_2)) / 10
