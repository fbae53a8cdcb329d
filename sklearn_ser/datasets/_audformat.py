"""Corpora from databases of audformat."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._audformat_sources import open_database
from sklearn_ser.datasets._audformat_tables import (
    find_people,
    find_raters,
    list_columns,
    read_labels,
)
from sklearn_ser.datasets._table import make_corpus
from sklearn_ser.datasets._table_text import show
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.speech._ids import get_ids
from sklearn_ser.utils._messages import say_count
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath, Labels

if TYPE_CHECKING:
    import audformat

SESSION = "session"
# Columns that would be taken for what they are not.
RESERVED = ("signal", "channel", "start", "end", "speaker", "session")


@validate_params(
    {
        "table": [str],
        "columns": [list, tuple, str, None],
        "speaker": [str, None],
        "labels": [Mapping, str, None],
        "target_classes": ["array-like", None],
        "root": [str, PathLike, None],
        "version": [str, None],
        "media": [str, list, tuple, None],
        "cache_root": [str, PathLike, None],
    },
    prefer_skip_nested_validation=True,
)
def load_audformat(
    database: audformat.Database | AnyPath,
    table: str,
    *,
    columns: str | Sequence[str] | None = None,
    speaker: str | None = "speaker",
    labels: Mapping[Any, Any] | str | None = None,
    target_classes: Labels | None = None,
    root: AnyPath | None = None,
    version: str | None = None,
    media: str | Sequence[str] | None = None,
    cache_root: AnyPath | None = None,
) -> Bunch:
    """Load a table of a database in audformat.

    Parameters
    ----------
    database : audformat.Database, str or path-like
        A database in memory; a folder that contains ``db.yaml``; or the name of a database that
        is published for audb, which then downloads the table and its files.
    table : str
        A filewise or segmented table. Each of its rows becomes an utterance.
    columns : str or list of str, default=None
        Columns that raters filled. By default those that have a rater, without raters that are
        machines or votes if there are people; or else the only column of labels, a gold standard.
    speaker : str, default="speaker"
        Name of a column, or of the scheme of a column, in this or another table, that has the
        speakers. None means that they are unknown. A column or scheme "session" is found likewise.
    labels : dict of label to label, or str, default=None
        What to rename labels to; None means no answer. Or a field of the labels of the scheme that
        is taken in place of the label.
    target_classes : sequence of labels, default=None
        The labels to learn; None means those of the scheme, in its order.
    root : str or path-like, default=None
        Folder that files are in; None means that of the database.
    version : str, default=None
        Of a published database; None means the latest one.
    media : str or list of str, default=None
        Regular expression or list of the media files to download of a published database, to
        which the corpus is then limited; None means all files of the table.
    cache_root : str or path-like, default=None
        Where audb keeps what it downloads; None means its own default.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file`` (an absolute path), ``start`` and ``end`` in seconds if
        the table is segmented, ``speaker`` and ``session`` if they are known, all other columns of
        the table, and what the scheme of speakers says about them, such as ``gender``.
        ``ratings`` : Ratings by the raters of the columns, or anonymous if the only column has no
        rater.
        ``target`` : consensus labels of the raters, None where there is none.
        ``target_names`` : list of the classes.
        ``DESCR`` : description of the corpus.

    Raises
    ------
    FileNotFoundError
        If there is no database in a folder.
    ImportError
        If audformat or audb is needed and not installed.
    ValueError
        If a table or columns are unknown or hold no labels, it is not clear which columns are
        raters or who speaks in a file, or audb knows no such database or version.

    Warns
    -----
    UserWarning
        If speakers are unknown or others in another table, files are missing, or rows have no
        answers.

    See Also
    --------
    load_table : The same for spreadsheets.
    sklearn_ser.interop.from_audformat : The ratings of a table alone.

    Examples
    --------
    >>> import audformat
    >>> from sklearn_ser.datasets import load_audformat, load_emodb_sample
    >>> files = load_emodb_sample().data["file"][:2]
    >>> database = audformat.Database("mine")
    >>> database.schemes["emotion"] = audformat.Scheme(labels=["happy", "sad"])
    >>> database.raters["E1"] = audformat.Rater()
    >>> database["emotion"] = audformat.Table(audformat.filewise_index(files))
    >>> database["emotion"]["E1"] = audformat.Column(scheme_id="emotion", rater_id="E1")
    >>> database["emotion"]["E1"].set(["sad", "happy"])
    >>> database["emotion"]["speaker"] = audformat.Column()
    >>> database["emotion"]["speaker"].set(["03", "08"])
    >>> corpus = load_audformat(database, "emotion")
    >>> corpus.ratings[0], corpus.data["speaker"].tolist(), corpus.target_names
    ({'E1': ('sad',)}, ['03', '08'], ['happy', 'sad'])
    """
    columns = [columns] if isinstance(columns, str) else columns

    def find_tables(header):
        return _list_tables(header, table, (speaker, SESSION))

    database, tables = open_database(database, find_tables, version, media, cache_root)
    people = {speaker, SESSION} - {None}
    raters = find_raters(database, table, columns, people)
    data = _list_samples(database, table, root)
    used = {*raters}
    remarks: list[str] = []
    for role, name in (("speaker", speaker), (SESSION, SESSION)):
        used |= _add_people(database, table, role, name, tables[1:], data, remarks)
    for name, values in database[table].df.items():
        if name not in used and name not in data and name not in RESERVED:
            data[name] = values.to_numpy(object)
    ratings = _rate(database, table, raters, labels, target_classes)
    ratings = ratings.with_ids(get_ids(data))
    remarks += _find_gaps(data, ratings, speaker)
    title = f"{database.name}, table {table}"
    if remarks:
        warnings.warn(f"{title}: {'; '.join(remarks)}.", UserWarning, stacklevel=3)
    return make_corpus(title, data, ratings)


def _list_tables(database, table, names):
    """Return the tables that are needed: that of the samples, and those that know people."""
    if table not in database.tables:
        misc = " (a misc table, without files)" if table in database.misc_tables else ""
        raise ValueError(
            f"table must be one of {show(database.tables, most=10)}; got {table!r}{misc}."
        )
    others = sorted(database.tables, key=lambda other: (other != "files", other))
    return [
        table,
        *(
            other
            for other in others
            if other != table
            and any(list_columns(database, other, name) for name in names if name is not None)
        ),
    ]


def _list_samples(database, table, root):
    """Return files as absolute paths, and times in seconds."""
    index = database[table].index
    folder = database.root if root is None else os.path.expanduser(root)
    files = [
        os.path.abspath(os.path.join(folder or "", file))
        for file in index.get_level_values("file")
    ]
    data = {"file": pd.Series(files, dtype=object)}
    if index.nlevels > 1:
        for name in ("start", "end"):
            data[name] = index.get_level_values(name).total_seconds().to_numpy(float)
    return pd.DataFrame(data)


def _add_people(database, table, role, name, tables, data, remarks):
    """Add speakers or sessions, and what is known about them; return the columns that they are."""
    if name is None:
        return set()
    people, fields, contradictions = find_people(database, table, name, tables)
    remarks += contradictions
    if people is None:
        return set()
    named = people.where(people.notna(), None).tolist()
    data[role] = pd.Series(named, dtype=object)
    about = {str(person): known for person, known in fields.items()}
    for field in dict.fromkeys(field for known in about.values() for field in known):
        if field not in data and field not in database[table].columns:
            data[field] = [about.get(person, {}).get(field) for person in named]
    return set(list_columns(database, table, name))


def _rate(database, table, raters, labels, target_classes):
    """Return the ratings of the columns of raters."""
    field = labels if isinstance(labels, str) else None
    frame, classes = read_labels(database, table, raters, field)
    if isinstance(labels, Mapping):
        known = {*classes, *(label for _, column in frame.items() for label in column.dropna())}
        unknown = [label for label in labels if label not in known]
        if unknown:
            raise ValueError(
                f"labels must rename labels of the table, {show(sorted(known, key=str), 10)}; got "
                f"{show(unknown)}."
            )
        frame = frame.apply(
            lambda column: column.map(lambda cell: labels.get(cell, cell), na_action="ignore")
        )
        classes = list(dict.fromkeys(labels.get(label, label) for label in classes))
        classes = [label for label in classes if label is not None]
    if classes:
        frame = frame.astype(pd.CategoricalDtype(classes))
    if target_classes is None:
        target_classes = classes or None
    (first, *others) = raters.values()
    if first is None and not others:
        return Ratings.from_labels(frame.iloc[:, 0].array, target_classes=target_classes)
    return Ratings.from_wide(
        frame.set_axis(list(raters.values()), axis=1).reset_index(drop=True),
        target_classes=target_classes,
    )


def _find_gaps(data, ratings, speaker):
    """Return remarks on speakers, files and answers that are missing."""
    remarks = []
    if "speaker" not in data:
        where = "" if speaker is None else f": no table has a column or scheme {speaker!r}"
        remarks.append(f"the speakers are unknown{where}")
    else:
        unknown = data["file"][data["speaker"].isna()]
        if len(unknown):
            names = show((os.path.basename(file) for file in unknown), 3)
            count = say_count(len(unknown), "utterance is", "utterances are")
            several = "s" if len(unknown) > 1 else ""
            remarks.append(f"the speaker{several} of {count} unknown ({names})")
    missing = [file for file in data["file"].unique() if not os.path.isfile(file)]
    if missing:
        names = show((os.path.basename(file) for file in missing), 3)
        folder = os.path.dirname(missing[0])
        count = say_count(len(missing), "file does not exist", "files do not exist")
        remarks.append(f"{count} ({names}), such as in {folder}")
    unrated = data["file"][np.asarray(ratings.lengths) == 0]
    if len(unrated):
        names = show((os.path.basename(file) for file in unrated), 3)
        count = say_count(len(unrated), "utterance has", "utterances have")
        remarks.append(f"{count} no answers ({names})")
    return remarks
