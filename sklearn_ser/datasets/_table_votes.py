"""Check that columns are raters, and no votes of theirs."""

from collections import Counter

import pandas as pd

from sklearn_ser.datasets._table_columns import normalise
from sklearn_ser.datasets._table_raters import FEWEST, refuse
from sklearn_ser.datasets._table_text import is_empty, show
from sklearn_ser.utils._text import fold

# A column that is empty in so many ties of all others, and nowhere else, is their vote.
FEWEST_TIES = 3
# Columns with these names hold votes for them, if the cells are numbers.
EMOTIONS = set(
    "angry anger happy happiness joy sad sadness neutral neutrality fear fearful afraid disgust "
    "disgusted surprise surprised contempt bored boredom calm excited excitement frustrated "
    "frustration other".split()
)
# What marks one of several columns of labels.
MARKS = set("true false yes no y n x 1 0".split())


def check_no_votes(table, by_column):
    """Raise a ValueError if columns are labels, with the number of votes for each.

    Parameters
    ----------
    table : Table
    by_column : dict of column to list of str or None
        The answers in each row.
    """
    answers = [label for labels in by_column.values() for label in labels if label is not None]
    are_numbers = all(map(str.isdecimal, answers))
    if len(by_column) < 2 or not (are_numbers or {*map(fold, answers)} <= MARKS):
        return
    emotions = [name for name in by_column if normalise(name) in EMOTIONS]
    rows = list(zip(*by_column.values(), strict=False))
    sums = {sum(int(label or 0) for label in row) for row in rows} if are_numbers else set()
    # The codes of raters' labels do not add up to the same in every row.
    constant = len(by_column) > 2 and len(rows) >= FEWEST and len(sums) == 1 < len(set(rows))
    if len(emotions) > 1 or constant:
        raise ValueError(
            f"{table.name}: columns {show(by_column)} look like numbers of votes for each label, "
            "not like raters. Read them with Ratings.from_counts; or if they are raters, name "
            "them: columns={'raters': [...]}."
        )


def check_no_consensus(table, by_column):
    """Raise a ValueError if a column is the vote of the others, which is no further rater.

    Parameters
    ----------
    table : Table
    by_column : dict of column to Series of str or None
        The answers, by row.
    """
    single = {
        name: labels[~labels.index.duplicated(keep=False)] for name, labels in by_column.items()
    }
    rows = pd.DataFrame(single, dtype=object).to_numpy()
    odd = [name for place, name in enumerate(single) if _is_vote(rows, place)]
    if odd and len(single) > 2:
        reasons = f"{show(odd)} equals the vote of the others in every row"
        raise ValueError(refuse(table, reasons, by_column, odd))


def _is_vote(rows, place):
    """Return whether a column is the vote of the others, which is empty or one of them in ties.

    Where all others agree, so may any rater; the rest must be many.
    """
    decided = empty = 0
    for row in rows:
        labels = [None if is_empty(label) else label for label in row]
        own = labels.pop(place)
        votes = Counter(label for label in labels if label is not None)
        if votes.total() < 2:
            continue
        most = max(votes.values())
        top = [label for label, count in votes.items() if count == most]
        if own not in top and not (own is None and len(top) > 1):
            return False
        decided += len(top) == 1 < len(votes)
        empty += own is None
    return decided >= FEWEST or empty >= FEWEST_TIES
