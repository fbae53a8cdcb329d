"""Settings of openSMILE: everything that the frames of a signal depend on."""

import re
from importlib.resources import files
from numbers import Real
from pathlib import Path
from typing import NamedTuple

from sklearn_ser.speech._audio import SAMPLING_RATE


class Settings(NamedTuple):
    """Everything that the frames of a signal depend on: equal settings give equal frames."""

    config: str  # the text of a .conf, or the name of a set that openSMILE ships
    path: str | None  # of the .conf
    levels: tuple  # their features are joined
    options: tuple  # (name, value) pairs
    clip_hnr: float | None
    version: str  # of openSMILE


OWN_CONFIG = str(files("sklearn_ser.features.opensmile") / "lld.conf")
# Level and options of each set that this package's own configuration computes.
OWN = {
    "chou2019": ("lld_dede", {"frameSize": 0.06, "pitchSize": 0.06, "hnr": 0}),
    "ando2018": ("lld_dede", {"frameSize": 0.025, "pitchSize": 0.04, "hnr": 1}),
    "fujioka2020": ("lld_de", {"frameSize": 0.025, "pitchSize": 0.04, "hnr": 0}),
}
SHIPPED = ("emobase", "ComParE_2016")
# Seconds between frames of lld.conf, unless options say otherwise, and of openSMILE's own sets.
USUAL_STEP = 0.01
FUNCTIONALS = (*SHIPPED, "eGeMAPSv02", "GeMAPSv01b")


def resolve_settings(feature_set, level, options, clip_hnr):
    """Return the settings of a set of low-level descriptors.

    Parameters
    ----------
    feature_set : str or path-like
        Name of a set, or path to a .conf.
    level : str or None
    options : dict or None
    clip_hnr : float or None
        In dB.

    Returns
    -------
    Settings

    Raises
    ------
    ImportError
        If openSMILE is not installed.
    ValueError
        If there is no such set, level or option.
    """
    opensmile = import_opensmile()

    given = dict(options or {})
    if feature_set in OWN:
        path, text = OWN_CONFIG, Path(OWN_CONFIG).read_text(encoding="utf-8")
        # Users do not set sink and source.
        known = set(re.findall(r"\\cm\[(\w+)\{", text)) - {"sink", "source"}
        if set(given) - known:
            raise ValueError(
                f"options must be among {sorted(known)}, got {sorted(set(given) - known)}."
            )
        no_numbers = {name: value for name, value in given.items() if not isinstance(value, Real)}
        if no_numbers:
            raise ValueError(f"options must be numbers, got {no_numbers}.")
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
                "with a .conf of your own, feature_level must be the name of its sink level, got "
                "None."
            )
        text, path, levels = path.read_text(encoding="utf-8"), str(path.resolve()), (level,)
    if path is not None and not re.search(r"^\\\{(?!\\cm)", text, re.MULTILINE):
        # Only source and sink are included, so that the text names all levels.
        _check_level(levels[0], re.findall(r"writer\.dmLevel\s*=\s*(\S+)", text))
    pairs = tuple(sorted((name, str(value)) for name, value in given.items()))
    return Settings(text, path, levels, pairs, clip_hnr, opensmile.__version__)


def resolve_functionals(feature_set):
    """Return the settings of one of openSMILE's own sets of functionals.

    Parameters
    ----------
    feature_set : str
        One of `FUNCTIONALS`.

    Returns
    -------
    Settings

    Raises
    ------
    ImportError
        If openSMILE is not installed.
    """
    opensmile = import_opensmile()

    return Settings(feature_set, None, ("func",), (), None, opensmile.__version__)


def get_frame_step(settings):
    """Return the time from one frame to the next.

    Parameters
    ----------
    settings : Settings
        Of low-level descriptors.

    Returns
    -------
    float or None
        In seconds. None for any other configuration than those of this package and openSMILE's
        own sets: its frame step may be anywhere in the files that it includes.
    """
    if settings.path is None:
        return USUAL_STEP
    if settings.path != OWN_CONFIG:
        return None
    # openSMILE rounds the step to whole samples, halves to even; 0 has another meaning to it.
    step = float(dict(settings.options).get("frameStep", USUAL_STEP))
    n_samples = round(step * SAMPLING_RATE)
    return n_samples / SAMPLING_RATE if n_samples > 0 else None


def import_opensmile():
    """Return the module ``opensmile``, or say how to install it."""
    try:
        import opensmile
    except ImportError as error:
        raise ImportError(
            "openSMILE is needed for these features: pip install opensmile (free for research and "
            "personal use only); SegmentLogMel and TransformerFrames work without it"
        ) from error
    return opensmile


def _check_level(level, known):
    # Some unknown levels make openSMILE crash, and Python with it.
    if level is not None and level not in known:
        raise ValueError(f"feature_level must be one of {known}, got {level!r}.")
