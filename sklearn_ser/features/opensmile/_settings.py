"""openSMILE: what is computed from a signal, and the computing; nothing of files or caches."""

import functools
import re
import threading
from importlib.resources import files
from numbers import Real
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sklearn_ser.speech._audio import SAMPLING_RATE, AudioError
from sklearn_ser.utils._messages import join_names


class Settings(NamedTuple):
    """Everything that the frames of a signal depend on; equal settings, equal frames."""

    config: str  # the text of a .conf, or the name of a set that openSMILE ships
    path: str | None  # of the .conf
    levels: tuple  # joined feature by feature
    options: tuple  # (name, value) pairs
    clip_hnr: float | None
    version: str  # of openSMILE


OWN_CONFIG = str(files("sklearn_ser.features.opensmile") / "lld.conf")
# Level of it, and options.
OWN = {
    "chou2019": ("lld_dede", {"frameSize": 0.06, "pitchSize": 0.06, "hnr": 0}),
    "ando2018": ("lld_dede", {"frameSize": 0.025, "pitchSize": 0.04, "hnr": 1}),
    "fujioka2020": ("lld_de", {"frameSize": 0.025, "pitchSize": 0.04, "hnr": 0}),
}
SHIPPED = ("emobase", "ComParE_2016")
FUNCTIONALS = (*SHIPPED, "eGeMAPSv02", "GeMAPSv01b")

# The longest frame of any set above, in seconds: a shorter signal has no frame at all.
SHORTEST = 0.06

# openSMILE's objects are no safe thing to share between threads (audeering/opensmile#20).
_LOCK = threading.Lock()


def resolve_settings(feature_set, level, options, clip_hnr):
    """Resolve a feature set by name or path.

    Raises
    ------
    ValueError
        If there is no such set, level or option.
    """
    opensmile = _opensmile()

    given = dict(options or {})
    if feature_set in OWN:
        path, text = OWN_CONFIG, Path(OWN_CONFIG).read_text(encoding="utf-8")
        # Sink and source are openSMILE's own affair.
        known = set(re.findall(r"\\cm\[(\w+)\{", text)) - {"sink", "source"}
        if set(given) - known:
            raise ValueError(
                f"options must be among {sorted(known)}, got {sorted(set(given) - known)}."
            )
        words = {name: value for name, value in given.items() if not isinstance(value, Real)}
        if words:
            raise ValueError(f"options must be numbers, got {words}.")
        usual, preset = OWN[feature_set]
        levels, given = (level or usual,), preset | given
    elif feature_set in SHIPPED:
        if given:
            raise ValueError(f"openSMILE's own set {feature_set!r} takes no options, got {given}.")
        text, path = feature_set, None
        levels = ("lld", "lld_de") if level is None else (level,)
        _check_level(level, ["lld", "lld_de"])
    else:
        path = Path(feature_set).expanduser()
        if not path.is_file():
            sets = [*OWN, *SHIPPED]
            raise ValueError(
                f"feature_set must be one of {sets} or a path to a .conf; there is no file "
                f"{str(feature_set)!r}."
            )
        if level is None:
            raise ValueError(
                "a .conf of your own needs feature_level, the name of its sink level."
            )
        text, path, levels = path.read_text(encoding="utf-8"), str(path.resolve()), (level,)
    if path is not None and not re.search(r"^\\\{(?!\\cm)", text, re.MULTILINE):
        # Nothing is included but source and sink: all levels are in the text.
        _check_level(levels[0], re.findall(r"writer\.dmLevel\s*=\s*(\S+)", text))
    pairs = tuple(sorted((name, str(value)) for name, value in given.items()))
    return Settings(text, path, levels, pairs, clip_hnr, opensmile.__version__)


def resolve_functionals(feature_set):
    """Return the settings of one of openSMILE's own sets of functionals."""
    opensmile = _opensmile()

    return Settings(feature_set, None, ("func",), (), None, opensmile.__version__)


def _opensmile():
    try:
        import opensmile
    except ImportError as error:
        raise ImportError(
            "openSMILE is needed for these features: pip install opensmile (free for research and "
            "personal use only); SegmentLogMel and TransformerFrames do without"
        ) from error
    return opensmile


def _check_level(level, known):
    # Some unknown levels make openSMILE crash, and Python with it.
    if level is not None and level not in known:
        raise ValueError(f"feature_level must be one of {known}, got {level!r}.")


@functools.lru_cache(maxsize=8)
def _extractors(settings):
    """One extractor a level; made once a process, since that costs more than a short clip."""
    opensmile = _opensmile()

    from sklearn_ser.features.opensmile._extractor import CONFIGS, Extractor

    config = settings.path
    if config is None:
        config = CONFIGS / f"{opensmile.FeatureSet[settings.config].value}.conf"
    options = dict(settings.options)
    ring = _ring(options) if config == OWN_CONFIG else None
    try:
        return tuple(
            Extractor(config, level, options, SAMPLING_RATE, ring) for level in settings.levels
        )
    except ValueError as error:
        raise ValueError(
            f"openSMILE does not start with level {join_names(settings.levels)} and options "
            f"{dict(settings.options)}: {error}"
        ) from error


def _ring(options):
    """Samples to keep for our own configuration: twice what it looks ahead, and some."""
    usual = {"frameSize": 0.025, "pitchSize": 0.04, "frameStep": 0.01, "smaWin": 3}
    size, pitch, step, smoothed = (float(options.get(k, v)) for k, v in usual.items())
    ahead = max(size, pitch) + (smoothed + 16) * step
    return int((0.5 + 2 * ahead) * SAMPLING_RATE)


def get_feature_names(settings):
    """Names of all columns, in order."""
    with _LOCK:
        return [name for extractor in _extractors(settings) for name in extractor.names]


def extract(signal, settings):
    """Compute the frames of a signal.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n,)
        At 16 kHz, within [-1, 1).
    settings : Settings

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_features)

    Raises
    ------
    AudioError
        If the signal is shorter than a frame of this configuration.
    """
    missing = int(SHORTEST * SAMPLING_RATE) - len(signal)
    if missing > 0:
        signal = np.pad(signal, (0, missing))
    with _LOCK:
        parts = [extractor(signal) for extractor in _extractors(settings)]
    n_frames = min(map(len, parts))
    if n_frames == 0:
        raise AudioError("is shorter than one frame of this configuration")
    frames = np.concatenate([part[:n_frames] for part in parts], axis=1)
    if settings.clip_hnr is not None:
        _clip_hnr(frames, get_feature_names(settings), settings.clip_hnr)
    return frames


def _clip_hnr(frames, names, limit):
    """Limit the harmonics-to-noise ratio, and take its deltas from what is left."""
    for column, name in enumerate(names):
        if re.fullmatch(r"HNRdBacf(_sma)?", name):
            frames[:, column] = frames[:, column].clip(-limit, limit)
            if f"{name}_de" in names:
                frames[:, names.index(f"{name}_de")] = compute_delta(frames[:, column])


def compute_delta(contour):
    """Slope of a regression over five frames, the first and last repeated, as openSMILE has it."""
    before_2, before, _, after, after_2 = np.lib.stride_tricks.sliding_window_view(
        np.pad(contour, 2, mode="edge"), len(contour)
    )
    return ((after - before) + 2 * (after_2 - before_2)) / 10
