"""Check that columns hold labels: a wide table mixes raters with all else that is known."""

import re
from collections import Counter

import numpy as np
import pandas as pd

from sklearn_ser.datasets._table_columns import ABOUT, is_less_usual, normalise
from sklearn_ser.datasets._table_text import read_texts, show
from sklearn_ser.utils._text import fold

# A column of text holds no labels if so many of at least so many answers are different.
DIFFERENT = 0.9
FEWEST = 10
# Nobody's label has so many words.
MOST_WORDS = 6
DATE = re.compile(r"\d{4}-\d\d-\d\d( |T|$)|\d{1,2}[./]\d{1,2}[./]\d{4}")
# Columns that raters are not called, without spaces, signs and case.
NO_RATERS = set(
    "comment comments note notes remark remarks confidence certainty intensity valence arousal "
    "dominance gender sex age language duration length text transcript transcription sentence "
    "date time timestamp consensus majority gold intended acted intendedemotion actedemotion "
    "target final majorityvote majoritylabel majorityemotion consensuslabel consensusemotion "
    "finallabel finalemotion goldlabel goldstandard groundtruth truth vote votes plurality mode "
    "aggregate aggregated agreed agreement reference targetlabel targetemotion truelabel "
    "speaker session actor index nr no row corpus split set partition fold".split()
)


def check_columns_of_raters(table, names):
    """Raise a ValueError if columns that were taken for raters are called like something else.

    Parameters
    ----------
    table : Table
    names : list of str
    """
    odd = [name for name in names if normalise(name) in NO_RATERS]
    if odd:
        raise ValueError(refuse(table, f"{show(odd)} must be something else", names, odd))


def check_labels(table, column, answers):
    """Raise a ValueError if columns hold something else than labels.

    Parameters
    ----------
    table : Table
    column : str or None
        The column of labels; None if the table has a column for each rater.
    answers : DataFrame
        With ``rater`` and ``label``.
    """
    said = answers[answers["label"].notna()]
    if said.empty:
        raise ValueError(f"{table.name} has no answer of any rater.")
    if column is not None:
        odd = find_misfits({column: said["label"].tolist()})
        if odd:
            raise ValueError(
                f"{table.name}: column {show([column])} must hold labels, and {odd[column]}. If "
                "another column holds them, pass columns={'label': ...}."
            )
        return
    groups = said.groupby("rater", sort=False)["label"]
    by_column = {name: labels.tolist() for name, labels in groups}
    odd = find_misfits(by_column)
    if odd:
        reasons = [f"{show([name])} {reason}" for name, reason in list(odd.items())[:5]]
        if len(odd) > 5:
            reasons.append(f"{len(odd) - 5} more")
        raise ValueError(refuse(table, ", ".join(reasons), by_column, odd))


def refuse(table, reasons, names, odd):
    """Return a message on columns that are no raters, with the others as those that may be."""
    others = [name for name in names if name not in odd]
    listed = f"[{show(others, most=10)}]" if others else "[...]"
    return (
        f"{table.name}: without a column of labels, every column but those about the recording "
        f"must be a rater: {reasons}. Name the columns of raters, columns={{'raters': {listed}}}, "
        "or the column of labels, columns={'label': ...}."
    )


def find_misfits(by_column):
    """Find columns that hold something else than labels of one vocabulary.

    Parameters
    ----------
    by_column : dict of column to list of str

    Returns
    -------
    dict of column to str
        The reason.
    """
    odd, alone = {}, {}
    numbers = [n for n, labels in by_column.items() if labels and all(map(str.isdecimal, labels))]
    owners = Counter(label for labels in by_column.values() for label in set(labels))
    for name, labels in by_column.items():
        different = sorted(set(labels))
        fractions = [label for label in different if _is_fraction(label)]
        shares = [label for label in different if _is_percentage(label)]
        dates = [label for label in different if DATE.match(label)]
        wordy = [label for label in different if len(label.split()) > MOST_WORDS]
        if fractions:
            odd[name] = f"holds numbers with decimals, such as {fractions[0]}"
        elif shares:
            odd[name] = f"holds percentages, such as {shares[0]}"
        elif dates:
            odd[name] = f"holds dates, such as {show(dates, most=1)}"
        elif name in numbers and len(by_column) - len(numbers) > 1:
            odd[name] = f"holds numbers, where the others hold words, such as {show(different, 2)}"
        elif len(wordy) > len(different) / 2:
            odd[name] = f"holds free text, such as {show(wordy, most=1)}"
        elif len(labels) >= FEWEST and len(different) >= DIFFERENT * len(labels):
            odd[name] = f"has another answer in nearly every row, such as {show(different, 2)}"
        elif all(owners[label] == 1 for label in different) and (
            len(labels) >= FEWEST or 1 < len(different) == len(labels)
        ):
            alone[name] = f"shares no label with the others ({show(different, 3)})"
    # If no two raters agree on anything, the table does not tell who is the odd one.
    return odd | alone if len(by_column) - len(odd) - len(alone) > 1 else odd


def describe_strangers(by_column):
    """Return a remark on columns taken for raters of whom no two ever use the same label.

    Parameters
    ----------
    by_column : dict of column to Series of str or None
        The answers, by row.

    Returns
    -------
    list of str
        Empty if any two share a label, or there are few answers.
    """
    said = {name: labels.dropna().tolist() for name, labels in by_column.items()}
    said = {name: labels for name, labels in said.items() if labels}
    owners = Counter(label for labels in said.values() for label in set(labels))
    if len(said) < 2 or max(owners.values()) > 1 or min(map(len, said.values())) < FEWEST:
        return []
    shown = [f"{show([name])} ({show(sorted(set(labels)), 3)})" for name, labels in said.items()]
    return [
        "columns were taken for raters though no two of them share a label, "
        f"{'; '.join(shown[:3])}"
        ": pass columns={'raters': [...]} if some are none"
    ]


def find_alike(table, roles):
    """Return the columns without a role that share labels with the column of labels.

    Parameters
    ----------
    table : Table
    roles : dict of role to column

    Returns
    -------
    list of str
    """
    labels = {fold(text) for text in read_texts(table.rows[roles["label"]]) if text}
    alike = []
    for name in table.rows.columns:
        if name not in roles.values() and name not in ABOUT:
            texts = {fold(text) for text in read_texts(table.rows[name]) if text}
            if len(texts) > 1 and len(texts & labels) >= len(texts) / 2:
                alike.append(name)
    return alike


def find_rivals(table, roles):
    """Return the columns that may hold the labels of a table with raters, beside the usual one.

    They are called like labels; or they differ between the raters of a recording, where the usual
    column never does: then that one has what was intended.

    Parameters
    ----------
    table : Table
    roles : dict of role to column
        With "rater" and "label".

    Returns
    -------
    list of str
    """
    label = roles["label"]
    files = read_texts(table.rows[roles["file"]]) if "file" in roles else []
    may_be_intended = bool(files) and not _differs(table, label, files)
    return [
        name
        for name in find_alike(table, roles)
        if is_less_usual(name, "label", label)
        or (
            may_be_intended
            and normalise(name) not in (*NO_RATERS, "before", "after")
            and _differs(table, name, files)
        )
    ]


def _differs(table, name, files):
    """Return whether a column has several values in rows on the same file."""
    texts = pd.Series(read_texts(table.rows[name]), dtype=object)
    return bool((texts.groupby(pd.Series(files, dtype=object)).nunique() > 1).any())


def find_raters(table, roles):
    """Return the columns without a role that look like raters': they have labels in common.

    Parameters
    ----------
    table : Table
    roles : dict of role to column

    Returns
    -------
    list of str
        Empty if no two columns are alike.
    """
    names = [
        name
        for name in table.rows.columns
        if name not in (*roles.values(), *ABOUT) and normalise(name) not in NO_RATERS
    ]
    said = {name: [t for t in read_texts(table.rows[name]) if t] for name in names}
    fits = {name: texts for name, texts in said.items() if not find_misfits({name: texts})}
    said = {name: {*map(fold, texts)} for name, texts in fits.items()}
    return [
        name
        for name, own in said.items()
        if own
        and any(
            len(own & labels) >= max(len(own), len(labels)) / 2
            for other, labels in said.items()
            if other != name
        )
    ]


def describe_raters(raters):
    """Return a remark on columns taken for raters, if some are called like each other.

    Parameters
    ----------
    raters : list of str

    Returns
    -------
    list of str
        Empty if all names are alike, such as "E1" and "E2", or all are different.
    """
    kinds = Counter(re.sub(r"\d+", "", normalise(name)) for name in raters)
    others = {name: re.sub(r"\.\d+$", "", name) for name in raters}
    again = [name for name, other in others.items() if name != other in raters]
    if again:
        return [
            f"columns {show(again)} were taken for raters of their own, and may be second columns "
            "of the same raters, which pandas names so: rename them, or pass "
            "columns={'raters': [...]}"
        ]
    if len(kinds) < 2 or max(kinds.values()) < 2:
        return []
    return [
        f"columns {show(raters, most=10)} were taken for raters: pass columns={{'raters': [...]}} "
        "if some are none"
    ]


def _is_percentage(label):
    try:
        return label.endswith("%") and bool(np.isfinite(float(label[:-1].replace(",", "."))))
    except ValueError:
        return False


def _is_fraction(label):
    try:
        number = float(label)
    except ValueError:
        return False
    return bool(np.isfinite(number)) and not number.is_integer()
