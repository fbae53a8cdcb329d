"""Find the columns of tables by their usual names, or as the user names them."""

import difflib
import re
from collections.abc import Mapping

from sklearn_ser.utils._kinds import list_values
from sklearn_ser.utils._messages import join_names

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
    "speaker": ("speaker spk spkr talker", "actor subject participant person"),
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
            f"columns must be given by the roles {join_names(ROLES)}; got {list_values(unknown)}."
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


def check_named(given, tables):
    """Raise a ValueError if columns that the user names are in none of the tables."""
    known = [name for table in tables for name in table.rows.columns]
    absent = [f"{n!r} ({role})" for role, names in given.items() for n in names if n not in known]
    if absent:
        have = "; ".join(f"{t.name} has {list_values(t.rows.columns)}" for t in tables)
        near = [
            match
            for role, names in given.items()
            for name in names
            if name not in known
            for match in difflib.get_close_matches(name, known, 1)
        ]
        hint = f" Did you mean {join_names(map(repr, dict.fromkeys(near)))}?" if near else ""
        raise ValueError(f"columns names {join_names(absent)}, and {have}.{hint}")


def find_roles(table, given, roles, skipped=(), problems=None):
    """Find which column of a table has which role.

    Parameters
    ----------
    table : Table
    given : dict of role to list of str
        As `check_columns` returns it. Names that the table does not have are passed over, since
        another table may have them.
    roles : sequence of str
    skipped : sequence of str
        Roles that have only their first usual names in this table.
    problems : list of str
        What is ambiguous is appended.

    Returns
    -------
    dict of role to column
    """
    names = list(table.rows.columns)
    found, claimed = {}, {name for listed in given.values() for name in listed}
    for role in roles:
        present = [name for name in given.get(role, ()) if name in names]
        if not present and given.get(role) != []:
            present = _find_usual(role, [n for n in names if n not in claimed], role in skipped)
        if role == "end" and not present and _normalise(found.get("start", "")) == "onset":
            present = [name for name in names if _normalise(name) == "offset"]
        if len(present) > 1:
            problems.append(
                f"columns {list_values(present)} of {table.name} may all be the {role}: pass "
                f"columns={{{role!r}: {present[0]!r}}} or another of them"
            )
        if present:
            found[role] = present[0]
            claimed.add(present[0])
    odd = [name for name in names if OTHER_UNITS.match(_normalise(name)) and name not in claimed]
    if odd and "start" not in found and "start" not in given:
        problems.append(
            f"columns {list_values(odd)} of {table.name} look like times that are not in seconds: "
            "convert them, or pass columns={'start': None} to ignore them"
        )
    return found


def _find_usual(role, names, first_only):
    tiers = USUAL[role][:1] if first_only else USUAL[role]
    for tier in tiers:
        usual = set(tier.split())
        present = [
            name
            for name in names
            if _normalise(name) in usual or SUFFIX.sub("", _normalise(name)) in usual
        ]
        if present:
            return present
    return []


def _normalise(name):
    return "".join(character for character in str(name).casefold() if character.isalnum())
