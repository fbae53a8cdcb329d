"""Recordings that nobody has rated yet, as a corpus."""

from pathlib import Path

import pandas as pd

from sklearn_ser.datasets._recordings_table import GIVEN, load_recordings, read_source
from sklearn_ser.datasets._table import make_corpus
from sklearn_ser.datasets._table_columns import ABOUT, check_columns, find_roles
from sklearn_ser.datasets._table_remarks import Remarks
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.speech._ids import get_ids


def has_answers(recordings, columns=None):
    """Return whether a table of recordings has, or is said to have, a column of answers.

    Parameters
    ----------
    recordings : str or path-like
        A table, or a folder, which has none.
    columns : dict of role to column, default=None

    Returns
    -------
    bool
    """
    path, given = Path(recordings).expanduser(), check_columns(columns)
    if path.is_dir():
        return False
    if given.keys() & {"label", "rater", "raters"}:
        return True
    table = read_source(path, Remarks())
    roles = find_roles(table, given, (*ABOUT, "rater", "label"), ("rater",), [])
    return bool(roles.keys() & {"label", "rater"})


def load_unrated(recordings, *, root=None, columns=None, target_classes=None):
    """Load recordings that nobody has rated yet, as a corpus.

    Parameters
    ----------
    recordings, root, columns
        See `load_recordings`.
    target_classes : sequence of str, default=None

    Returns
    -------
    Bunch
        As `load_table` returns it, with ratings that are empty.
    """
    data = load_recordings(recordings, root, columns).drop(columns=GIVEN)
    path = Path(recordings).expanduser()
    title = f"{path.resolve().name}/" if path.is_dir() else path.name
    no_answers = pd.DataFrame({"sample": [], "label": []}).astype({"sample": int, "label": object})
    ratings = Ratings.from_long(
        no_answers, samples=range(len(data)), annotator=None, target_classes=target_classes
    )
    return make_corpus(title, data, ratings.with_ids(get_ids(data)))
