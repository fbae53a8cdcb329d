"""Labels as people type them: spellings, blanks and typing errors."""

import re
from collections import Counter
from collections.abc import Mapping

from sklearn_ser.datasets._table_text import BLANK, show, strip, to_text
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._text import fold

# Between several labels in a cell.
SEPARATORS = re.compile(r"[,;|/+&]")
# Labels that are read as they are, and may have been meant as no answer.
DOUBTFUL = ("none", "nothing")
# A label is taken for a typing error of another that is so many times as frequent.
MORE_FREQUENT = 5
SHORTEST = 3  # letters: of shorter labels, any differ by one or two
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


def read_labels(cells, mapping, remarks):
    """Read answers.

    Parameters
    ----------
    cells : sequence
    mapping : dict of str to str or None
        As `check_mapping` returns it. Spellings are looked up as they are, or else by case.
    remarks : list of str
        What is unusual is appended.

    Returns
    -------
    list of str or None
        One label per cell; None where there is no answer.
    """
    texts = [to_text(cell) for cell in cells]
    folded = {fold(old): new for old, new in mapping.items()}
    said, blank, used = [], Counter(), set()
    for text in texts:
        if text is None:
            said.append(None)
        elif text in mapping or fold(text) in folded:
            used.add(fold(text))
            said.append(mapping[text] if text in mapping else folded[fold(text)])
        elif fold(text) in BLANK:
            if text:
                blank[text] += 1
            said.append(None)
        else:
            said.append(text)
    if blank:
        shown = show(text for text, _ in blank.most_common())
        remarks.append(f"{blank.total():,} answers such as {shown} were read as no answer")
    unused = [old for old in mapping if fold(old) not in used]
    if unused:
        remarks.append(f"labels has spellings that nobody used: {show(unused)}")
    merged = merge_spellings(said, cells, "labels", remarks)
    counts = Counter(label for label in merged if label is not None)
    doubtful = [label for label in counts if fold(label) in DOUBTFUL and label not in mapping]
    if doubtful:
        remarks.append(
            f"{show(doubtful)} was read as a label; if it means no answer, pass "
            f"labels={{{show(doubtful[:1])}: None}}"
        )
    typos = find_typos(counts)
    if typos:
        shown = ", ".join(f"{show([a])}: {show([b])}" for a, b in list(typos.items())[:5])
        remarks.append(
            f"labels that may be typing errors: pass labels={{{shown}}} to correct them"
        )
    return merged


def split_labels(lists, mapping, remarks):
    """Split cells that hold several labels, such as "happy, sad", if each is a label by itself.

    Parameters
    ----------
    lists : list of list
        The labels in each cell.
    mapping : dict of str to str or None
        Spellings that the user maps are not split.
    remarks : list of str

    Returns
    -------
    list of list
    """
    texts = {cell for cells in lists for cell in cells if isinstance(cell, str)}
    single = {fold(text) for text in (*texts, *mapping) if not SEPARATORS.search(text)}
    whole = {*map(fold, mapping), *BLANK}
    parts = {}
    for text in texts:
        found = [strip(part) for part in SEPARATORS.split(text) if strip(part)]
        if len(found) > 1 and fold(text) not in whole and single.issuperset(map(fold, found)):
            parts[text] = found
    if not parts:
        return lists
    n_split = sum(isinstance(cell, str) and cell in parts for cells in lists for cell in cells)
    remarks.append(
        f"{n_split:,} cells with several labels were split, such as {show(sorted(parts), 2)}"
    )
    return [[part for cell in cells for part in _split_cell(cell, parts)] for cells in lists]


def _split_cell(cell, parts):
    return parts.get(cell, [cell]) if isinstance(cell, str) else [cell]


def merge_spellings(texts, cells, what, remarks):
    """Return texts in which those that differ only by case or spaces are spelt the same way.

    Parameters
    ----------
    texts : sequence of str or None
    cells : sequence
        The cells that they are from, with the spaces around them.
    what : str
        What they are, for messages.
    remarks : list of str

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
    changed = Counter()
    for text, cell, kept in zip(texts, cells, merged, strict=True):
        spaced = isinstance(cell, str) and strip(cell) == text and cell != text
        if text is not None and (text != kept or spaced):
            changed[cell if spaced else text, kept] += 1
    if changed:
        pairs = [
            f"{show([old])} as {show([new])} ({n})" for (old, new), n in changed.most_common()
        ]
        remarks.append(
            f"{what} that differ only by case or spaces are the same: {join_names(pairs, most=5)}"
        )
    return merged


def merge_people(names, cells, what, remarks):
    """Return names of people, each spelt in one way; see `merge_spellings`.

    Names that are the same number, such as "01" and "1", stay different and are remarked upon.
    """
    merged = merge_spellings(names, cells, what, remarks)
    numbers = {}
    for name in dict.fromkeys(merged):
        if name is not None and name.isdecimal():
            numbers.setdefault(int(name), []).append(name)
    alike = [name for group in numbers.values() if len(group) > 1 for name in group]
    if alike:
        remarks.append(
            f"{what} are taken as different people though their numbers are equal: {show(alike)}; "
            "if they are the same, write them the same way"
        )
    return merged


def find_typos(counts):
    """Find rare labels that differ by a letter or two from one that is much more frequent.

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
    for rare, count in counts.items():
        if len(rare) < SHORTEST or not any(map(str.isalpha, rare)):
            continue
        near = [
            (measure_distance(fold(rare), fold(other)), -n, other)
            for other, n in counts.items()
            if n >= MORE_FREQUENT * count and abs(len(other) - len(rare)) <= 2
        ]
        # In short words, two letters are too many.
        most = 2 if len(rare) > 5 else 1
        near = sorted(pair for pair in near if 0 < pair[0] <= most)
        if near:
            typos[rare] = near[0][2]
    return typos


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
