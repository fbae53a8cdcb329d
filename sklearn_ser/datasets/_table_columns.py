"""Find the columns of tables by their usual names, or as the user names them."""

import difflib
import re
from collections.abc import Mapping

from sklearn_ser.datasets._table_text import show
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._text import fold

PARTS = ("start", "end", "channel")
ABOUT = ("file", *PARTS, "speaker", "session")
ROLES = (*ABOUT, "rater", "label", "raters")

# Names of columns, by preference, without spaces, signs and case, and without "id" and the like.
USUAL = {
    "file": (
        "file filename filepath path pathname filepathname wav wave wavfile wavname wavpath audio "
        "audiofile audiofilename audiopath soundfile fname files filenames",
        "clip utterance utt recording sample stimulus stimuli item sound segment turn audioclip "
        "soundclip",
        "name id key",
    ),
    "start": ("start starttime begin begintime onset onsettime starts startsec tmin xmin",),
    "end": ("end endtime stop stoptime ends endsec tmax xmax",),
    "channel": ("channel audiochannel chan",),
    "speaker": ("speaker spk spkr talker actor", "subject participant person"),
    "session": ("session", "dialog dialogue conversation"),
    "rater": (
        "rater annotator worker evaluator listener coder judge labeler labeller assessor",
        "participant subject respondent user",
    ),
    "label": (
        "label labels emotion emotions emotionlabel",
        "answer category class rating response choice annotation emo vote judgment judgement "
        "emotioncategory emotionclass perceivedemotion",
    ),
}
SUFFIX = re.compile(r"(id|ids|name|code|number|no|nr)$")
# Times that are not in seconds would be read as such.
OTHER_UNITS = re.compile(
    r"(start|begin|onset|end|stop|offset)(time)?(ms|msec|millis\w*|samples?)$"
)
# In place of an end, if there is a start.
DURATIONS = set(
    "duration durations durationsec durationseconds dur durs dursec length lengths lengthsec "
    "lengthseconds".split()
)
OTHER_DURATIONS = re.compile(r"(duration|dur|length)(ms|msec|millis\w*|samples?)$")


def check_columns(columns):
    """Return the columns that the user names, as a list for each role.

    Raises
    ------
    TypeError
        If this is no dict, or values are not names.
    ValueError
        If roles are unknown.
    """
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise TypeError(
            f"columns must be a dict such as {{'file': 'Clip'}}, got {type(columns).__name__}."
        )
    unknown = [role for role in columns if role not in ROLES]
    if unknown:
        raise ValueError(
            f"columns must be given by the roles {join_names(ROLES)}; got {show(unknown)}."
        )
    given = {}
    for role, names in columns.items():
        names = [] if names is None else [names] if isinstance(names, (str, int)) else names
        if not isinstance(names, (list, tuple)):
            raise TypeError(
                f"columns must be names of columns; got {type(names).__name__} for {role!r}."
            )
        given[role] = [str(name).strip() for name in names]
    return given


def check_named(given, table, answering):
    """Raise a ValueError if columns that the user names are not in the tables.

    Parameters
    ----------
    given : dict of role to list of str
    table, answering : Table
        Of recordings, and of answers, which has the columns of raters and labels.
    """
    tables = [table] if table is answering else [table, answering]
    known = {
        role: [
            name for one in (tables if role in ABOUT else [answering]) for name in one.rows.columns
        ]
        for role in given
    }
    if given.get("raters") == []:
        raise ValueError("columns must name at least one column of raters; got none.")
    absent = [
        f"{show([name])} ({role})"
        for role, names in given.items()
        for name in names
        if name not in known[role]
    ]
    if absent:
        have = "; ".join(f"{t.name} has {show(t.rows.columns, most=10)}" for t in tables)
        near = [
            match
            for role, names in given.items()
            for name in names
            if name not in known[role]
            for match in difflib.get_close_matches(name, known[role], 1)
        ]
        hint = f" Did you mean {show(dict.fromkeys(near))}?" if near else ""
        raise ValueError(f"columns names {join_names(absent)}, and {have}.{hint}")


def find_roles(table, given, roles, clear, problems):
    """Find which column of a table has which role.

    Parameters
    ----------
    table : Table
    given : dict of role to list of str
        As `check_columns` returns it. Names that the table does not have are passed over, since
        another table may have them.
    roles : sequence of str
    clear : sequence of str
        Roles of which only the first usual names count: a "participant" may speak or listen.
    problems : list of str
        What is ambiguous is appended.

    Returns
    -------
    dict of role to column
        With "duration" if there is a start, no end, and such a column.
    """
    names = list(table.rows.columns)
    found, claimed = {}, {name for listed in given.values() for name in listed}
    for role in roles:
        present = [name for name in given.get(role, ()) if name in names]
        if not present and given.get(role) != []:
            present = _find_usual(role, [n for n in names if n not in claimed], role in clear)
        if role == "end" and not present and normalise(found.get("start", "")) == "onset":
            present = [name for name in names if normalise(name) == "offset"]
        if len(present) > 1:
            problems.append(
                f"columns {show(present)} of {table.name} may all be the {role}: pass "
                f"columns={{{role!r}: {show(present[:1])}}} or another of them"
            )
        if present:
            found[role] = present[0]
            claimed.add(present[0])
    odd = [name for name in names if OTHER_UNITS.match(normalise(name)) and name not in claimed]
    if odd and "start" not in found and "start" not in given:
        problems.append(
            f"columns {show(odd)} of {table.name} look like times that are not in seconds: "
            "convert them, or pass columns={'start': None} to ignore them"
        )
    if "start" in found and "end" not in found and given.get("end") != []:
        free = [name for name in names if name not in claimed]
        lengths = [name for name in free if normalise(name) in DURATIONS]
        odd = [name for name in free if OTHER_DURATIONS.match(normalise(name))]
        if lengths:
            found["duration"] = lengths[0]
        elif odd:
            problems.append(
                f"columns {show(odd)} of {table.name} look like durations that are not in "
                "seconds: convert them, or pass columns={'end': None} to ignore them"
            )
        if len(lengths) > 1:
            problems.append(
                f"columns {show(lengths)} of {table.name} may all be the duration: leave one of "
                "them, or pass columns={'end': None} to ignore them"
            )
    return found


def is_of_recordings(name):
    """Return whether the name of a column is a usual one for names of recordings."""
    return bool(_find_usual("file", [name], False))


def is_less_usual(name, role, other):
    """Return whether a name is a usual one of a role, but not preferred as much as another is."""
    return bool(_find_usual(role, [name], False)) and _find_usual(role, [name, other], False) == [
        other
    ]


def _find_usual(role, names, first_only):
    tiers = USUAL[role][:1] if first_only else USUAL[role]
    for tier in tiers:
        usual = set(tier.split())
        present = [
            name
            for name in names
            if normalise(name) in usual or SUFFIX.sub("", normalise(name)) in usual
        ]
        if present:
            return present
    return []


def normalise(name):
    """Return the letters and digits of a name of a column, without regard to case."""
    return "".join(character for character in fold(str(name)) if character.isalnum())
