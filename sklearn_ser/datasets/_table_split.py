"""Split cells of tables that hold several labels."""

import re
from collections import Counter

from sklearn_ser.datasets._table_labels import group_places, is_typo
from sklearn_ser.datasets._table_text import BLANK, show, strip
from sklearn_ser.utils._messages import say_count, say_rows
from sklearn_ser.utils._text import fold

# Between several labels in a cell, with or without spaces; the last ones are of Chinese.
SEPARATORS = re.compile(r"[,;|/+&\n\uff0c\uff1b\u3001]|\sand\s", re.IGNORECASE)
MOST_LABELS = 500  # with more, typing errors are not looked for


def split_labels(lists, mapping, places, remarks):
    """Split cells that hold several labels, such as "happy, sad", if each is a label by itself.

    A part may have a typing error if another part has none. A cell stays as it is if it is a
    label itself, more frequent than each of its parts.

    Parameters
    ----------
    lists : list of list
        The labels in each cell.
    mapping : dict of str to str or None
        Spellings that the user maps are not split.
    places : list of (table, row)
        Where each cell is.
    remarks : Remarks

    Returns
    -------
    list of list
    """
    cells = [cell for cells in lists for cell in cells if isinstance(cell, str)]
    counts = Counter(map(fold, cells))
    texts = {text for text in cells if len(_cut(text)) > 1}
    single = {text for text in counts if len(_cut(text)) < 2} | {
        fold(text) for text in mapping if len(_cut(text)) < 2
    }
    whole = {*map(fold, mapping), *BLANK}
    parts, kept, odd = {}, [], []
    for text in texts - {text for text in texts if fold(text) in whole}:
        found = _cut(text)
        known = [part for part in found if fold(part) in single]
        if not known:
            continue
        if counts[fold(text)] > max(counts[fold(part)] for part in known):
            kept.append(text)
        elif all(part in known or _is_near(part, single) for part in found):
            parts[text] = found
        else:
            odd.append(text)
    for said, these, more in (
        ("{} with several labels {} split, such as {}", parts, ""),
        (
            "{} with a separator {} read as one label, since it is more frequent than its parts, "
            "such as {}",
            kept,
            "",
        ),
        (
            "{} with a separator {} read as one label, since not all parts are labels, such as {}",
            odd,
            ": pass labels={...: ...} if another one is meant",
        ),
    ):
        found = group_places([[c for c in cells if c in these] for cells in lists], places)
        for table, (texts, rows) in found.items():
            n = say_count(len(texts), "cell")
            verb = "was" if len(texts) == 1 else "were"
            text = said.format(n, verb, show(sorted(set(texts)), 2))
            remarks.of(table).append(f"{text} ({say_rows(rows)}){more}")
    return [[part for cell in cells for part in _split_cell(cell, parts)] for cells in lists]


def _cut(text):
    return [strip(part) for part in SEPARATORS.split(text) if strip(part)]


def _split_cell(cell, parts):
    return parts.get(cell, [cell]) if isinstance(cell, str) else [cell]


def _is_near(part, single):
    return len(single) <= MOST_LABELS and any(is_typo(part, other) for other in single)
