"""Labels as people type them: spellings, blanks and typing errors."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from sklearn_ser.datasets._table_text import BLANK, show, strip, to_text
from sklearn_ser.utils._messages import join_names, say_count, say_rows
from sklearn_ser.utils._text import fold

# Labels that are read as they are, and may have been meant as no answer.
DOUBTFUL = {
    *("none", "nothing", "no answer", "no label", "skip", "skipped", "unsure", "not sure"),
    *("don't know", "dont know", "can't tell", "cannot tell", "keine angabe", "k.a."),
}
# A label is taken for a typing error of another that is so many times as frequent.
MORE_FREQUENT = 5
# That often is enough if the other one is there once, and is no short word.
FEWEST = 3
SHORTEST = 3  # letters: of shorter labels, any differ by one or two
SHORT = 5  # letters: in words that are no longer, two letters are too many
MOST_LABELS = 500  # of more, pairs are not compared


def check_mapping(labels):
    """Return the spellings that the user maps to labels, as text.

    Raises
    ------
    TypeError
        If this is no dict of spellings to labels, or None.
    """
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise TypeError(
            f"labels must be a dict such as {{'hapy': 'happy'}}, got {type(labels).__name__}."
        )
    return {to_text(old) or "": to_text(new) or None for old, new in labels.items()}


def read_labels(cells, mapping, places, remarks):
    """Read answers.

    Parameters
    ----------
    cells : sequence
    mapping : dict of str to str or None
        As `check_mapping` returns it. Spellings are looked up as they are, or else by case.
    places : list of (table, row)
        Where each cell is.
    remarks : Remarks
        What is unusual is appended.

    Returns
    -------
    list of str or None
        One label per cell; None where there is no answer.
    """
    texts = [to_text(cell) for cell in cells]
    folded = {fold(old): new for old, new in mapping.items()}
    said, blank, used = [], [], set()
    for text in texts:
        blank.append([])
        if text is None:
            said.append(None)
        elif text in mapping or fold(text) in folded:
            used.add(fold(text))
            said.append(mapping[text] if text in mapping else folded[fold(text)])
        elif fold(text) in BLANK:
            blank[-1] = [text] * bool(text)
            said.append(None)
        else:
            said.append(text)
    for table, (found, rows) in group_places(blank, places).items():
        shown = show(text for text, _ in Counter(found).most_common())
        count = say_count(
            len(found), f"answer such as {shown} was", f"answers such as {shown} were"
        )
        remarks.of(table).append(f"{count} read as no answer ({say_rows(rows)})")
    tables = [table for table, _ in places]
    unused = [old for old in mapping if fold(old) not in used]
    if unused:
        remarks.of(*tables).append(f"labels has spellings that nobody used: {show(unused)}")
    merged = merge_spellings(said, cells, "labels", remarks, tables)
    _describe_odd(merged, mapping, places, remarks)
    return merged


def _describe_odd(labels, mapping, places, remarks):
    """Append remarks on labels that may be no answer, or typing errors."""
    counts = Counter(label for label in labels if label is not None)
    doubtful = {label for label in counts if fold(label) in DOUBTFUL and label not in mapping}
    for table, (found, _) in _find(doubtful, labels, places):
        shown = show(dict.fromkeys(found))
        remarks.of(table).append(
            f"{shown} was read as a label; if it means no answer, pass "
            f"labels={{{show(found[:1])}: None}}"
        )
    numbers = {label for label in counts if label.isdecimal()}
    if len(numbers) < len(counts):
        for table, (found, rows) in _find(numbers, labels, places):
            shown = show(sorted(set(found), key=int))
            remarks.of(table).append(
                f"labels are numbers in some cells, {shown}, and words in others: pass "
                f"labels={{{show(found[:1])}: ...}} to name them ({say_rows(rows)})"
            )
    typos = find_typos(counts)
    for table, (found, rows) in _find(typos, labels, places):
        pairs = [f"{show([text])}: {show([typos[text]])}" for text in dict.fromkeys(found)]
        shown = ", ".join(pairs[:5])
        remarks.of(table).append(
            f"labels that may be typing errors: pass labels={{{shown}}} to correct them "
            f"({say_rows(rows)})"
        )


def _find(some, labels, places):
    return group_places([[label] * (label in some) for label in labels], places).items()


def group_places(lists, places):
    """Return texts by the table that they are in, with the rows.

    Parameters
    ----------
    lists : list of list of str
        The texts in each place.
    places : list of (table, row)

    Returns
    -------
    dict of str to (list of str, list of row)
    """
    found = {}
    for texts, (table, row) in zip(lists, places, strict=True):
        if texts:
            own = found.setdefault(table, ([], []))
            own[0].extend(texts)
            own[1].append(row)
    return found


def merge_spellings(texts, cells, what, remarks, tables=None):
    """Return texts in which those that differ only by case or spaces are spelt the same way.

    Parameters
    ----------
    texts : sequence of str or None
    cells : sequence
        The cells that they are from, with the spaces around them.
    what : str
        What they are, for messages.
    remarks : Remarks
    tables : list of str, default=None
        The name of the table of each cell, if they are of several tables.

    Returns
    -------
    list of str or None
        In the spelling that is the most frequent.
    """
    groups = {}
    for text, count in Counter(text for text in texts if text is not None).items():
        groups.setdefault(fold(text), {})[text] = count
    best = {
        key: min(group, key=lambda text: (-group[text], text)) for key, group in groups.items()
    }
    merged = [None if text is None else best[fold(text)] for text in texts]
    changed = {}
    for place, (text, cell, kept) in enumerate(zip(texts, cells, merged, strict=True)):
        spaced = isinstance(cell, str) and strip(cell) == text and cell != text
        if text is not None and (text != kept or spaced):
            own = changed.setdefault(None if tables is None else tables[place], Counter())
            own[cell if spaced else text, kept] += 1
    for table, counts in changed.items():
        pairs = [f"{show([old])} as {show([new])} ({n})" for (old, new), n in counts.most_common()]
        (remarks if table is None else remarks.of(table)).append(
            f"{what} that differ only by case or spaces are the same: {join_names(pairs, most=5)}"
        )
    return merged


def find_typos(counts):
    """Find rare labels that differ by a letter or two from one that is much more frequent.

    Also those that differ by signs only, such as a full stop, from one that is more frequent.

    Parameters
    ----------
    counts : dict of str to int

    Returns
    -------
    dict of str to str
        The frequent label by the rare one.
    """
    typos = {}
    if len(counts) > MOST_LABELS:
        return typos
    # Labels that differ by signs are seldom different ones, however frequent both are.
    signs = defaultdict(list)
    for label, n in counts.items():
        signs[_keep_letters(label)].append((n, label))
    signs[""] = []
    for rare, count in counts.items():
        near = [
            (measure_distance(fold(rare), fold(other)), -n, other)
            for other, n in counts.items()
            if n >= (FEWEST if count == 1 and len(rare) > SHORT else MORE_FREQUENT * count)
            and is_typo(rare, other)
        ]
        alike = signs[_keep_letters(rare)]
        near += [(0, -n, other) for n, other in alike if (-n, other) < (-count, rare)]
        if near:
            typos[rare] = min(near)[2]
    return typos


def is_typo(text, label):
    """Return whether a text differs from a label by as few letters as a typing error does."""
    # Codes and numbered labels differ by little, and on purpose.
    if len(text) < SHORTEST or not any(map(str.isalpha, text)) or _differ_in_digits(text, label):
        return False
    most = 2 if len(text) > SHORT else 1
    return abs(len(label) - len(text)) <= 2 and (
        0 < measure_distance(fold(text), fold(label)) <= most
    )


def _keep_letters(text):
    if text.isdecimal():
        return str(int(text))
    letters = "".join(character for character in fold(text) if character.isalnum())
    return letters if any(map(str.isalpha, letters)) else ""


def _differ_in_digits(text, label):
    one, other = (re.sub(r"\D", "", each) for each in (text, label))
    return one != other


def measure_distance(a, b):
    """Return how many letters must be added, dropped, replaced or swapped with the next one."""
    before, last = [], list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
