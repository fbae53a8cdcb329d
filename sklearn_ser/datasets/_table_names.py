"""Match the names of recordings in one place with those in another, never by position."""

import difflib
import re
from collections import Counter
from functools import lru_cache
from urllib.parse import unquote

from sklearn_ser.datasets._files import AUDIO
from sklearn_ser.datasets._table_text import show
from sklearn_ser.utils._messages import join_names, say_count
from sklearn_ser.utils._text import fold

# Extensions that are no part of a name: of files that libsndfile reads, and others.
READABLE = (
    *AUDIO,
    *(".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".opus", ".oga", ".sph"),
)
UNREADABLE = (
    *(".m4a", ".aac", ".wma", ".amr", ".3gp", ".mp4", ".webm", ".mkv", ".avi", ".mov", ".mpg"),
)
EXTENSIONS = (*READABLE, *UNREADABLE)


def match_names(names, recordings, other_folders=True):
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
    other_folders : bool, default=True
        Whether a recording in another folder may be meant. Otherwise, folders may be missing on
        one side, and those that both sides have must be the same.

    Returns
    -------
    found : dict of str to int
        Place of the recording of each name that has one.
    ambiguous : dict of str to list of int
        Places of the recordings that a name could mean; a single one if several different names
        could mean it.
    """
    found, ambiguous = {}, {}
    left = list(dict.fromkeys(names))
    for get_key in (str, _normalise, _get_path, _get_unquoted):
        places = _group(recordings, get_key)
        for name in left:
            group = places.get(get_key(name), [])
            if len(group) == 1:
                found[name] = group[0]
            elif group:
                ambiguous[name] = group
        left = [name for name in left if name not in found and name not in ambiguous]
    for get_key in (_get_stem, _get_number):
        guesses = _match_loosely(left, recordings, get_key, found, ambiguous)
        if other_folders:
            _match_guesses(guesses, recordings, found, ambiguous)
        left = [name for name in left if name not in found and name not in ambiguous]
    _refuse_rivals(recordings, found, ambiguous)
    return found, ambiguous


def describe_matches(found, recordings):
    """Return remarks on names that were matched in spite of more than a missing part or case.

    Parameters
    ----------
    found : dict of str to int
        As `match_names` returns it.
    recordings : sequence of str

    Returns
    -------
    list of str
    """
    remarks, spelt = [], {}
    for name, place in found.items():
        spelt.setdefault(place, {}).setdefault(_normalise(name), name)
    loose = [name for name, place in found.items() if not _is_tail(name, recordings[place])]
    if loose:
        shown = [f"{show([name])} as {show([recordings[found[name]]])}" for name in loose[:3]]
        count = say_count(
            len(loose),
            "name of a recording differs by folders or zeros and was taken for the only one that "
            "is",
            "names of recordings differ by folders or zeros and were taken for the only ones that "
            "are",
        )
        remarks.append(f"{count} alike ({join_names([*shown, *loose[3:]], most=3)})")
    several = [(place, names) for place, names in spelt.items() if len(names) > 1]
    if several:
        shown = [f"{show([recordings[p]])} as {show(n.values(), 3)}" for p, n in several[:3]]
        count = say_count(len(several), "recording is", "recordings are")
        remarks.append(
            f"{count} named in several ways, which were taken as the same ({'; '.join(shown)})"
        )
    return remarks


def describe_ambiguous(ambiguous, recordings):
    """Return which recordings names could mean, in a message of bounded length.

    Parameters
    ----------
    ambiguous : dict of str to list of int
        As `match_names` returns it.
    recordings : sequence of str

    Returns
    -------
    str
        Such as ``"'a' may be 's1/a.wav', 's2/a.wav'"``.
    """
    return "; ".join(
        f"{show([name])} may be {show((recordings[p] for p in places), most=2)}"
        for name, places in list(ambiguous.items())[:3]
    )


def is_same_path(name, recording):
    """Return whether two paths differ at most by case, slashes and extension."""
    return _get_path(name) == _get_path(recording)


def find_similar(name, recordings):
    """Return the recording whose name is most like a name, or None.

    Names with other numbers are of other recordings, however alike they are.
    """
    stem = _get_stem(name)
    stems = {_get_stem(recording): recording for recording in recordings}
    stems = {s: each for s, each in stems.items() if _list_numbers(s) == _list_numbers(stem)}
    near = difflib.get_close_matches(stem, stems, 1, 0.7)
    return stems[near[0]] if near else None


def describe_unmatched(unmatched, recordings):
    """Return names, bounded in number, each with the recording that may be meant."""
    shown = []
    for name in unmatched[:3]:
        similar = find_similar(name, recordings)
        shown.append(show([name]) + (f" (similar: {show([similar])})" if similar else ""))
    return join_names([*shown, *unmatched[3:]], most=3)


def _match_loosely(names, recordings, get_key, found, ambiguous):
    """Match names by a part of them; return those of which only the folders are others."""
    places, guesses = _group(recordings, get_key), {}
    for name in names:
        group = places.get(get_key(name), []) if get_key(name) is not None else []
        inside = [place for place in group if _have_same_folders(name, recordings[place])]
        if len(inside) == 1:
            found[name] = inside[0]
        elif len(inside or group) > 1:
            ambiguous[name] = inside or group
        elif group:
            guesses[name] = group[0]
    return guesses


def _match_guesses(guesses, recordings, found, ambiguous):
    """Match names in spite of other folders, but only if nobody else means the recording.

    A folder that the other side has as well is not one that was merely renamed.
    """
    taken, counts = set(found.values()), Counter(guesses.values())
    inside = {_get_folder(recording) for recording in recordings}
    named = {_get_folder(name) for name in found}
    for name, place in guesses.items():
        if _is_known(_get_folder(name), inside) or _is_known(
            _get_folder(recordings[place]), named
        ):
            continue
        if counts[place] > 1:
            ambiguous[name] = [place]
        elif place not in taken:
            found[name] = place


def _is_known(folder, folders):
    return folder in folders or any(
        other and _ends_alike(folder, other) for other in folders if folder
    )


def _refuse_rivals(recordings, found, ambiguous):
    """Make names ambiguous that mean the same recording, and cannot be the same file."""
    groups = {}
    for name, place in found.items():
        groups.setdefault(place, []).append(name)
    for place, names in groups.items():
        paths = sorted({_get_path(name) for name in names}, key=len)
        # Of paths that all end alike, each is the end of the next longer one.
        if all(map(_ends_alike, paths, paths[1:])):
            continue
        for name in names:
            if not is_same_path(name, recordings[place]):
                ambiguous[name] = [found.pop(name)]


def _group(recordings, get_key):
    places = {}
    for place, recording in enumerate(recordings):
        key = get_key(recording)
        if key is not None:
            places.setdefault(key, []).append(place)
    return places


def _normalise(name):
    """Return a path by which names are equal that some system or spreadsheet takes as equal."""
    text = fold(name).replace("\\", "/")
    return "/".join(part for part in text.split("/") if part not in ("", "."))


@lru_cache(maxsize=1 << 16)
def _get_path(name):
    """Return a normalised path without the extension."""
    path = _normalise(name)
    for extension in EXTENSIONS:
        if path.endswith(extension):
            return path.removesuffix(extension)
    return path


def _get_unquoted(name):
    """Return a path in which "%20" is a space, as in addresses of web pages."""
    return _get_path(unquote(name))


def _get_stem(name):
    return _get_path(name).rpartition("/")[2]


def _get_number(name):
    stem = _get_stem(name)
    return int(stem) if stem.isascii() and stem.isdigit() else None


def _list_numbers(stem):
    return [int(digits) for digits in re.findall(r"[0-9]+", stem)]


def _get_folder(name):
    return _get_path(name).rpartition("/")[0]


def _have_same_folders(name, recording):
    """Return whether the folders of two paths are the same, as far as both have them."""
    one, other = _get_folder(name), _get_folder(recording)
    return not one or not other or _ends_alike(one, other)


def _is_tail(name, recording):
    """Return whether one of two paths is the other with more folders in front."""
    return _ends_alike(_get_unquoted(name), _get_unquoted(recording))


def _ends_alike(path, other):
    return f"/{path}".endswith(f"/{other}") or f"/{other}".endswith(f"/{path}")
