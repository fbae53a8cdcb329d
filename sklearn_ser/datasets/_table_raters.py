"""Check that columns hold labels: a wide table mixes raters with all else that is known."""

from collections import Counter

import numpy as np

from sklearn_ser.datasets._table_columns import ABOUT, normalise
from sklearn_ser.datasets._table_text import fold, read_texts, show

# A column of text holds no labels if so many of at least so many answers are different.
DIFFERENT = 0.9
FEWEST = 10
# Nobody's label has so many words.
MOST_WORDS = 6
# Columns with these names hold votes for them, if the cells are numbers.
EMOTIONS = set(
    "angry anger happy happiness joy sad sadness neutral neutrality fear fearful afraid disgust "
    "disgusted surprise surprised contempt bored boredom calm excited excitement frustrated "
    "frustration other".split()
)
# Columns that raters are not called, without spaces, signs and case.
NO_RATERS = set(
    "comment comments note notes remark remarks confidence certainty intensity valence arousal "
    "dominance gender sex age language duration length text transcript transcription sentence "
    "date time timestamp consensus majority gold intended acted intendedemotion actedemotion "
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
        raise ValueError(_refuse(table, f"{show(odd)} must be something else", names, odd))


def check_no_votes(table, by_column):
    """Raise a ValueError if columns are labels, with the number of votes for each.

    Parameters
    ----------
    table : Table
    by_column : dict of column to list of str or None
        The answers in each row.
    """
    answers = [label for labels in by_column.values() for label in labels if label is not None]
    if len(by_column) < 2 or not all(map(str.isdecimal, answers)):
        return
    emotions = [name for name in by_column if normalise(name) in EMOTIONS]
    rows = list(zip(*by_column.values(), strict=False))
    sums = {sum(int(label or 0) for label in row) for row in rows}
    # The codes of raters' labels do not add up to the same in every row.
    constant = len(by_column) > 2 and len(rows) >= FEWEST and len(sums) == 1 < len(set(rows))
    if len(emotions) > 1 or constant:
        raise ValueError(
            f"{table.name}: columns {show(by_column)} look like numbers of votes for each label, "
            "not like raters. Read them with Ratings.from_counts; or if they are raters, name "
            "them: columns={'raters': [...]}."
        )


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
        raise ValueError(_refuse(table, ", ".join(reasons), by_column, odd))


def _refuse(table, reasons, names, odd):
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
    owners = Counter(label for labels in by_column.values() for label in set(labels))
    for name, labels in by_column.items():
        different = sorted(set(labels))
        fractions = [label for label in different if _is_fraction(label)]
        wordy = [label for label in different if len(label.split()) > MOST_WORDS]
        if fractions:
            odd[name] = f"holds numbers with decimals, such as {fractions[0]}"
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


def _is_fraction(label):
    try:
        number = float(label)
    except ValueError:
        return False
    return bool(np.isfinite(number)) and not number.is_integer()
