"""Names of speakers, sessions and raters in tables, each spelt in one way."""

import re

import numpy as np

from sklearn_ser.datasets._table_labels import merge_spellings
from sklearn_ser.datasets._table_text import is_empty, read_known, show
from sklearn_ser.utils._text import fold


def read_people(cells, what, remarks):
    """Return names of speakers or sessions as text; None where they are unknown."""
    cells = list(cells)
    return merge_people(read_known(cells), cells, f"{what}s", remarks)


def merge_people(names, cells, what, remarks, tables=None):
    """Return names of people, each spelt in one way; see `merge_spellings`.

    Names that are the same number, such as "01" and "1", or that differ by signs and zeros only,
    such as "S1" and "s_01", stay different and are remarked upon.
    """
    merged = merge_spellings(names, cells, what, remarks, tables)
    groups = {}
    for place, name in enumerate(merged):
        if name is not None:
            groups.setdefault(_get_key(name), {}).setdefault(name, place)
    several = [group for group in groups.values() if len(group) > 1]
    numbers = [group for group in several if all(map(str.isdecimal, group))]
    others = [group for group in several if group not in numbers]
    for found, reason in ((numbers, "numbers are equal"), (others, "names are alike")):
        alike = {name: place for group in found for name, place in group.items()}
        if alike:
            named = remarks if tables is None else remarks.of(*(tables[p] for p in alike.values()))
            named.append(
                f"{what} are taken as different people though their {reason}: {show(alike)}; if "
                "they are the same, write them the same way"
            )
    return merged


def combine_people(sources, role, files, remarks):
    """Return the speakers or sessions that any of several tables knows.

    Parameters
    ----------
    sources : list of (table, list of str or None)
        The name of each table, and what it says of each recording.
    role : {"speaker", "session"}
    files : sequence of str
        The name of each recording.
    remarks : Remarks

    Returns
    -------
    list of str or None
        The one in the first table that knows it.

    Raises
    ------
    ValueError
        If tables contradict each other.
    """
    tables = [table for table, _ in sources]
    said = [None if is_empty(name) else name for _, names in sources for name in names]
    origins = [table for table, names in sources for _ in names]
    spelt = merge_spellings(said, said, f"{role}s", remarks, origins)
    columns = np.reshape(np.array(spelt, dtype=object), (len(sources), -1)).tolist()
    taken, origins, odd = [], [], {}
    for file, *names in zip(files, *columns, strict=True):
        pairs = zip(tables, names, strict=True)
        known = [(table, name) for table, name in pairs if not is_empty(name)]
        if len({_get_key(name) for _, name in known}) > 1:
            odd.setdefault(file, ", ".join(f"{show([n])} in {table}" for table, n in known))
        origin, name = known[0] if known else (tables[0], None)
        taken.append(name)
        origins.append(origin)
    if odd:
        raise ValueError(
            f"{' and '.join(dict.fromkeys(tables))} must have the same {role} for a recording; "
            f"not for {describe_contradictions(odd)}. Correct one of them, or rename its column "
            "if it means something else."
        )
    return merge_people(taken, taken, f"{role}s", remarks, origins)


def describe_contradictions(odd, most=3):
    """Return which recordings are contradictory, with what is said of each.

    Parameters
    ----------
    odd : dict of str to str
        What is said of each recording.
    most : int, default=3

    Returns
    -------
    str
        Such as ``"'a.wav' ('01' in one.csv, '02' in other.csv) and 2 more"``.
    """
    shown = [f"{show([file])} ({text})" for file, text in list(odd.items())[:most]]
    more = f" and {len(odd) - most} more" if len(odd) > most else ""
    return ", ".join(shown) + more


def _get_key(name):
    """Return the words and numbers of a name; spreadsheets take zeros from numbers."""
    parts = re.findall(r"\d+|[^\W\d_]+", fold(name))
    return tuple(int(part) if part.isdecimal() else part for part in parts) or fold(name)
