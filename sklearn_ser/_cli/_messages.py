"""Messages of functions, in the words of the command line."""

import ast
import re
import shlex
import warnings
from contextlib import contextmanager

_SETTINGS = re.compile(r"\b(columns|labels)=(\{[^{}]*\})")


@contextmanager
def in_words_of_options():
    """Let errors and warnings name options where functions name their parameters."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except ValueError as error:
            # Errors on characters are not made of a text.
            kind = ValueError if isinstance(error, UnicodeError) else type(error)
            raise kind(translate(str(error))) from error
        finally:
            said = [(translate(_list_remarks(each.message)), each.category) for each in caught]
    for text, category in said:
        warnings.warn(text, category, stacklevel=4)


def _list_remarks(warning):
    """Return the text of a warning, with each remark in a line of its own if it holds several."""
    return "\n".join(getattr(warning, "remarks", [str(warning)]))


def translate(text):
    """Return a message with ``--columns file=NAME`` for ``columns={'file': ...}``, and so on."""
    text = re.sub(r"\bpass (root|ratings)\b", r"pass --\1", text)
    text = text.replace("must be a table or a DataFrame;", "must be a table;")
    text = text.replace("pass target_classes", "pass --classes")
    text = text.replace("group by speaker or session", "hold out speakers with --groups speaker")
    trusted = "pass --encoder with the one that you trust, or --allow encoder"
    text = text.replace("pass allow=('encoder',)", trusted)
    text = re.sub(r"\ballow=\('(\w+)',\)", r"--allow \1", text)
    text = text.replace("allow_shared_speakers=True", "--allow-shared-speakers")
    # Words of Python.
    text = re.sub(r"\s*The attribute `failures` of this error lists all of them\.", "", text)
    return _SETTINGS.sub(_translate_settings, text)


def _translate_settings(match):
    try:
        pairs = ast.literal_eval(match[2])
    except (SyntaxError, ValueError):
        return match[0]
    if not isinstance(pairs, dict):
        return match[0]
    return " ".join([f"--{match[1]}", *(f"{_show(k)}={_show(v)}" for k, v in pairs.items())])


def _show(value):
    if value is None:
        return ""
    if isinstance(value, list):
        return "NAME,NAME" if value == [...] else ",".join(map(_show, value))
    return "NAME" if value is ... else shlex.quote(str(value))
