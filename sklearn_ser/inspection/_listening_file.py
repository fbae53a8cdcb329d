"""Join the parts of a page to one HTML file that loads nothing, and write it."""

import base64
import functools
import hashlib
import json
import os
import re
from importlib.resources import files
from string import Template

from sklearn_ser.utils._files import open_atomically
from sklearn_ser.utils._messages import join_names

# In the order in which they are joined.
SCRIPTS = ["state.js", "list.js", "sound.js", "drawing.js", "pane.js", "start.js"]
# How the data of a page begin, and by which byte they have begun in any case.
BEGIN = '<script id="data" type="application/json">{"page_of":'
LONGEST_START = 1_000_000


def to_json(value):
    """Return a value as JSON that may stand in HTML: it has no "<", and only ASCII characters."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def name_store(title, annotator, choices, records):
    """Return the name under which a browser keeps what was set on a page.

    It is the same for a page that is written again with the same title, annotator, samples and
    labels to choose from, so that choices are kept, also if a model has changed its mind.
    """
    names = ("sample", "file", "start", "end", "channel")
    clips = sorted(to_json([record[name] for name in names]) for record in records)
    own = [title, annotator, sorted(choices), clips]
    return f"sklearn_ser {_shorten(to_json(own))}"


def name_choice(record, sound):
    """Return the name under which a browser keeps the choice of a clip, after that of the store.

    Browsers keep the choices of all pages on a disk in one place, and two corpora may name their
    files alike: a choice is that of one sound.

    Parameters
    ----------
    record : dict
        What is said of the clip.
    sound : str
        What tells its sound from all others.
    """
    return _shorten(to_json([record["sample"], record["file"], sound]))


def write_pages(path, head, clips, max_bytes):
    """Write clips as one page, or as several that are not too large.

    A page is written when it is full, so that memory is used for one page only.

    Parameters
    ----------
    path : str
        Of the first page; a number is added to the names of others.
    head : dict
        What all pages say.
    clips : iterable of (dict, str)
        What is said of each clip, and its sound in base64.
    max_bytes : int
        Size of the largest page.

    Returns
    -------
    list of str
        Paths of the pages.

    Raises
    ------
    ValueError
        If a clip is too large for a page of its own. No page with it is written.
    FileExistsError
        If a page would replace a file that is no such page. No page from there on is written.
    """
    _check_replaceable(path, 1)
    empty = len(_make_page(head, [], [])) + 1000  # for the names of pages
    paths, records, sounds, size = [], [], [], empty
    for record, sound in clips:
        # A sound comes with a tag, and a record with a comma.
        text, tag = to_json(record), _make_tag(record["sample"], sound)
        n_bytes = len(text) + len(tag) + 2
        if empty + n_bytes > max_bytes:
            raise ValueError(
                f"max_bytes must hold a page with one clip; sample {record['sample']} "
                f"({join_names([record['name']])}, {record['seconds']:.0f} s) needs "
                f"{empty + n_bytes} bytes, got {max_bytes}. Cut long recordings into parts, with "
                "columns start and end, or set max_bytes higher."
            )
        if records and size + n_bytes > max_bytes:
            _write_page(path, paths, head, records, sounds, is_last=False)
            records, sounds, size = [], [], empty
        records.append(text)
        sounds.append(tag)
        size += n_bytes
    _write_page(path, paths, head, records, sounds, is_last=True)
    _remove_pages_after(path, len(paths))
    return paths


def _write_page(path, paths, head, records, sounds, *, is_last):
    """Write one page, and append its path to those of the pages before it."""
    number = len(paths) + 1
    own, after = _name_page(path, number), _name_page(path, number + 1)
    if not is_last:
        _check_replaceable(path, number + 1)
    # The mark comes first; see BEGIN.
    head = (
        {"page_of": _make_mark(path, number)}
        | head
        | {
            "name": os.path.splitext(os.path.basename(own))[0],
            "previous": os.path.basename(paths[-1]) if paths else None,
            "next": None if is_last else os.path.basename(after),
        }
    )
    with open_atomically(own) as file:
        file.write(_make_page(head, records, sounds).encode("ascii"))
    paths.append(own)


def _name_page(path, number):
    stem, extension = os.path.splitext(path)
    return path if number == 1 else f"{stem}-{number}{extension}"


def _make_mark(path, number):
    """Return what tells a page from those of other calls: the first page, and its own number."""
    return [os.path.basename(path), number]


def _read_mark(path):
    """Return the mark of a page; None if there is no listening page at this path."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        start = file.read(LONGEST_START).decode("ascii", errors="replace")
    _, begin, rest = start.partition(BEGIN)
    try:
        return json.JSONDecoder().raw_decode(rest)[0] if begin else None
    except ValueError:
        return None


def _check_replaceable(path, number):
    """Raise an error if a page would replace anything but an earlier page in its place."""
    own = _name_page(path, number)
    if not os.path.exists(own) or (os.path.isfile(own) and os.path.getsize(own) == 0):
        return
    mark = _read_mark(own)
    # Whoever names a page may replace it; that further ones have its name is our choice.
    is_own = mark is not None if number == 1 else mark == _make_mark(path, number)
    if not is_own:
        kind = "listening page" if number == 1 else "further page of an earlier call"
        raise FileExistsError(
            f"a page must not replace a file that is no {kind}: {own}. Move that file, or write "
            "the page to another path."
        )


def _remove_pages_after(path, n_pages):
    """Remove the further pages that an earlier and longer run wrote to the same path."""
    folder, name = os.path.split(path)
    stem, extension = os.path.splitext(name)
    pattern = re.compile(rf"{re.escape(stem)}-([1-9][0-9]*){re.escape(extension)}")
    for other in os.listdir(folder):
        found = pattern.fullmatch(other)
        number = int(found[1]) if found else 0
        stale = os.path.join(folder, other)
        if number > n_pages and _read_mark(stale) == _make_mark(path, number):
            os.remove(stale)


def _make_tag(sample, sound):
    return f'<script type="text/plain" id="sound-{sample}">{sound}</script>' if sound else ""


def _make_page(head, records, sounds):
    """Return a page as text; records are JSON, and sounds are tags."""
    template, style, script = _read_parts()
    data = to_json(head)
    return template.substitute(
        # Nothing may be loaded, and only this style and this script may run.
        policy="; ".join(
            [
                "default-src 'none'",
                f"script-src '{_hash(script)}'",
                f"style-src '{_hash(style)}'",
                "media-src blob:",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        ),
        style=style,
        script=script,
        data=f'{data[:-1]},"clips":[{",".join(records)}]}}',
        sounds="\n".join(filter(None, sounds)),
    )


@functools.cache
def _read_parts():
    folder = files("sklearn_ser.inspection") / "listening"
    page, style, *scripts = (
        (folder / name).read_text(encoding="utf-8") for name in ["page.html", "page.css", *SCRIPTS]
    )
    # A function of its own keeps the names of the script out of those of the page.
    script = '(() => {\n"use strict";\n' + "\n".join(scripts) + "})();"
    return Template(page), style, script


def _shorten(text):
    """Return a short name that no other text has."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _hash(text):
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
