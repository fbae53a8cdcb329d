"""Match the names of recordings in one place with those in another, never by position."""

import difflib
import unicodedata
from collections import Counter

from sklearn_ser.datasets._files import AUDIO
from sklearn_ser.datasets._table_text import show
from sklearn_ser.utils._messages import join_names

# Extensions that are no part of a name: of files that libsndfile reads, and others.
READABLE = (
    *AUDIO,
    *(".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".opus", ".oga", ".sph"),
)
UNREADABLE = (
    *(".m4a", ".aac", ".wma", ".amr", ".3gp", ".mp4", ".webm", ".mkv", ".avi", ".mov", ".mpg"),
)
EXTENSIONS = (*READABLE, *UNREADABLE)


def match_names(names, recordings):
    """Find the recording that each name means.

    A name may be a path as in `recordings`; or it may differ by case, slashes and composed
    characters, by its extension, by the folders before it, or by the zeros that spreadsheets take
    from numbers. A looser way is tried only where the stricter ones find nothing, and only taken
    if no other recording and no other name could be meant.

    Parameters
    ----------
    names : iterable of str
    recordings : sequence of str
        All different.

    Returns
    -------
    found : dict of str to int
        Place of the recording of each name that has one.
    ambiguous : dict of str to list of int
        Places of the recordings that a name could mean.
    """
    found, ambiguous = {}, {}
    left = list(dict.fromkeys(names))
    for get_key in (str, _normalise, _get_path):
        places = _group(recordings, get_key)
        for name in left:
            group = places.get(get_key(name), [])
            if len(group) == 1:
                found[name] = group[0]
            elif group:
                ambiguous[name] = group
        left = [name for name in left if name not in found and name not in ambiguous]
    for get_key in (_get_stem, _get_number):
        _match_loosely(left, recordings, get_key, found, ambiguous)
        left = [name for name in left if name not in found and name not in ambiguous]
    return found, ambiguous


def find_nearest(name, recordings):
    """Return the recording whose name is most like a name, or None."""
    stems = {_get_stem(recording): recording for recording in recordings}
    near = difflib.get_close_matches(_get_stem(name), stems, 1, 0.7)
    return stems[near[0]] if near else None


def describe_unmatched(unmatched, recordings):
    """Return names, bounded in number, each with the recording that may be meant."""
    shown = []
    for name in unmatched[:3]:
        nearest = find_nearest(name, recordings)
        shown.append(show([name]) + (f" (nearest: {show([nearest])})" if nearest else ""))
    return join_names([*shown, *unmatched[3:]], most=3)


def _match_loosely(names, recordings, get_key, found, ambiguous):
    """Match names by a part of them; folders that both sides have should be the same."""
    places, guesses = _group(recordings, get_key), {}
    for name in names:
        group = places.get(get_key(name), []) if get_key(name) is not None else []
        inside = [place for place in group if _is_tail(_get_path(name), recordings[place])]
        if len(inside) == 1:
            found[name] = inside[0]
        elif len(inside or group) > 1:
            ambiguous[name] = inside or group
        elif group:
            guesses[name] = group[0]
    # In spite of other folders, but only if nobody else means this recording.
    taken, counts = set(found.values()), Counter(guesses.values())
    for name, place in guesses.items():
        if counts[place] > 1:
            ambiguous[name] = [place]
        elif place not in taken:
            found[name] = place


def _group(recordings, get_key):
    places = {}
    for place, recording in enumerate(recordings):
        key = get_key(recording)
        if key is not None:
            places.setdefault(key, []).append(place)
    return places


def _normalise(name):
    """Return a path by which names are equal that some system or spreadsheet takes as equal."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").casefold()
    return "/".join(part for part in text.split("/") if part not in ("", "."))


def _get_path(name):
    """Return a normalised path without the extension."""
    path = _normalise(name)
    for extension in EXTENSIONS:
        if path.endswith(extension):
            return path.removesuffix(extension)
    return path


def _get_stem(name):
    return _get_path(name).rpartition("/")[2]


def _get_number(name):
    stem = _get_stem(name)
    return int(stem) if stem.isascii() and stem.isdigit() else None


def _is_tail(path, recording):
    """Return whether one of two paths is the other with more folders in front."""
    other = _get_path(recording)
    return f"/{path}".endswith(f"/{other}") or f"/{other}".endswith(f"/{path}")
