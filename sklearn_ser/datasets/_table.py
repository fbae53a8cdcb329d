"""Corpora from tables: one's own recordings and spreadsheets of raters' answers."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from sklearn_ser.datasets._corpus import count_labels
from sklearn_ser.datasets._table_answers import find_repeats, read_answers
from sklearn_ser.datasets._table_classes import describe_rare
from sklearn_ser.datasets._table_columns import check_columns
from sklearn_ser.datasets._table_files import name_sheets
from sklearn_ser.datasets._table_joining import join_answers, join_tables, merge_same_files
from sklearn_ser.datasets._table_labels import check_mapping
from sklearn_ser.datasets._table_recordings import describe_unknown, locate_files
from sklearn_ser.datasets._table_remarks import Remarks
from sklearn_ser.datasets._table_sources import list_sources, read_sources
from sklearn_ser.datasets._table_text import show, to_text
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.speech._ids import get_ids
from sklearn_ser.utils._messages import say_count
from sklearn_ser.utils._params import validate_params
from sklearn_ser.utils._typing import AnyPath, Labels

DESCR = """\
{title}
{line}
{n} recordings{speakers}, with {n_answers} answers{raters}.
Consensus: {counts}; {none} recordings without consensus.
"""


@validate_params(
    {
        "recordings": [str, PathLike, pd.DataFrame, None],
        "ratings": [str, PathLike, pd.DataFrame, list, None],
        "root": [str, PathLike, None],
        "columns": [Mapping, None],
        "labels": [Mapping, None],
        "target_classes": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def load_table(
    recordings: AnyPath | pd.DataFrame | None,
    ratings: AnyPath | pd.DataFrame | Sequence[AnyPath | pd.DataFrame] | None = None,
    *,
    root: AnyPath | None = None,
    columns: Mapping[str, str | Sequence[str] | None] | None = None,
    labels: Mapping[Any, Any] | None = None,
    target_classes: Labels | None = None,
) -> Bunch:
    """Load one's own recordings, and a table of raters' answers.

    Parameters
    ----------
    recordings : str, path-like, DataFrame or None
        A table with one row per recording; see Notes for formats and columns. Or a folder, of
        which every recording is taken; or None if `ratings` name the files.
    ratings : str, path-like, DataFrame or list of these, default=None
        A table with one row per answer, with a column of labels and mostly one of raters; or a
        table with one row per recording and a column for each rater. None means that `recordings`
        has the answers, too. Answers are joined to recordings by name, never by position. With
        several tables, such as one of each rater, all answers count.
    root : str or path-like, default=None
        Folder that files are in. By default that of the table of recordings; for a DataFrame, the
        working directory.
    columns : dict of role to column, default=None
        Columns that are not found by their usual names. Roles are "file", "start", "end",
        "channel", "speaker", "session", "rater", "label", and "raters" for the list of columns of
        raters in a table with one row per recording. None as a column means that there is none. A
        list of names is for tables that call it differently.
    labels : dict of spelling to label, default=None
        How to read some answers, such as ``{"hapy": "happy"}``; None means no answer.
    target_classes : sequence of str, default=None
        The labels to learn; None means all of them.

    Returns
    -------
    Bunch
        ``data`` : DataFrame with ``file`` (an absolute path), ``start``, ``end``, ``channel``,
        ``speaker`` and ``session``, as far as the tables have them, and all other columns of the
        table of recordings under their own names.
        ``ratings`` : Ratings. A recording without answers stays, unrated.
        ``target`` : consensus labels of the raters, None where there is none.
        ``target_names`` : list of the classes.
        ``DESCR`` : description of the corpus; its title is the name of the table.

    Raises
    ------
    FileNotFoundError
        If there is no such table or folder.
    ImportError
        If a format needs a package that is not installed: openpyxl or pyarrow.
    ValueError
        If a table cannot be read, or it is not clear what its columns are; if columns cannot be
        raters, no answer is of a known recording, or tables contradict each other on who speaks.

    Warns
    -----
    UserWarning
        About everything that was corrected or left out, and what may be wrong, with the table and
        the rows that it is on; one warning covers everything.

    See Also
    --------
    summarize_corpus : Count what a corpus has.
    load_audformat : The same for databases of audformat.

    Notes
    -----
    A table is a CSV file (separated by commas, semicolons or tabs, in UTF-8, UTF-16 or
    Windows-1252), a parquet file, or the first sheet with cells of an ``.xlsx`` file (needs
    openpyxl). Its first row that is not empty is the header. Speakers, sessions, raters and labels
    are text: the number 1 is "1", and "01" stays "01".

    Columns are found by their usual names, such as file, filename, path, clip or utterance;
    speaker, actor or participant; rater, annotator, worker or listener; label, emotion, answer or
    category. In a table with one row per recording, all columns but those of the recording are
    raters, unless ``columns={"raters": [...]}`` names them. Votes and other summaries of the
    raters are refused.

    A column of durations beside one of starts stands for the ends.

    Names of recordings may differ by case, folders and extension, if only one recording can be
    meant. A file is not taken from another folder than the table names. Labels that differ only by
    case or spaces are the same. Cells that are empty or hold "?", "-", "n/a", "NA" and the like
    are no answer; "none" and "other" are labels. A rater may give a recording several labels, in
    several rows, or in a cell with commas, semicolons, "/", "|", "+", "&", "and" or line breaks
    between them, if each is a label by itself; the same label counts once. A cell that is more
    frequent than its parts is a label of its own.

    A speaker or session that only one of the tables knows is taken from there; if both do, they
    must be the same.

    Labels that look like typing errors, and classes that hardly any recording has in a corpus
    where others are frequent, are named with the `labels` that merge or drop them, and learned as
    they are.

    Valence, arousal and dominance are scores, which this package does not learn.

    Examples
    --------
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from sklearn_ser.datasets import load_emodb_sample, load_table
    >>> files = load_emodb_sample().data["file"][:2].tolist()
    >>> recordings = pd.DataFrame({"file": files, "speaker": ["03", "03"]})
    >>> names = [Path(file).stem for file in files]
    >>> answers = pd.DataFrame({"clip": names, "E1": ["happy", "sad"], "E2": ["happy", None]})
    >>> corpus = load_table(recordings, answers)
    >>> corpus.ratings[0]
    {'E1': ('happy',), 'E2': ('happy',)}
    >>> corpus.target.tolist()
    ['happy', 'sad']
    """
    given, mapping = check_columns(columns), check_mapping(labels)
    remarks = Remarks()
    several = list(ratings) if isinstance(ratings, (list, tuple)) else [ratings]
    if not several or (len(several) > 1 and recordings is None):
        raise ValueError(
            "ratings must be a table, or a list of at least one, with recordings given; got "
            f"{len(several)} tables and {'no' if recordings is None else 'a table of'} recordings."
        )
    table, answering = read_sources(recordings, several, remarks)
    with name_sheets(table, *answering):
        pairs = [
            list_sources(table, one, given, mapping, ratings is None, remarks) for one in answering
        ]
        said = read_answers([listed for _, listed in pairs], mapping, remarks)
        parts = [
            join_answers(table, one, data, answers, remarks)
            for one, (data, _), answers in zip(answering, pairs, said, strict=True)
        ]
    names = [one.name for one in answering]
    data, answers = join_tables(names, parts, remarks)
    on_recordings = remarks.of(table.name)
    folder = table.folder if table.folder is not None else answering[0].folder
    where = _find_root(root, folder)
    files = locate_files(
        data["file"], where, root is not None or folder is not None, on_recordings
    )
    data["file"] = [files[name] for name in data["file"]]
    data, answers = merge_same_files(table.name, data, answers, on_recordings)
    describe_unknown(data, table is answering[0] and "rater" in pairs[0][1].roles, on_recordings)
    find_repeats(answers, remarks)
    unrated = data["file"][~data.index.isin(answers["sample"])]
    if len(unrated):
        shown = show((Path(file).name for file in unrated), most=3)
        count = say_count(len(unrated), "recording has", "recordings have")
        on_recordings.append(f"{count} no answers ({shown})")
    made = _rate(data, answers, target_classes, remarks.of(*names))
    remarks.warn(stacklevel=3)
    files_read = [one.name for one in (table, *answering) if one.folder is not None]
    return make_corpus(files_read[0] if files_read else "own recordings", data, made)


def make_corpus(title, data, ratings):
    """Return a corpus with a description.

    Parameters
    ----------
    title : str
    data : DataFrame
    ratings : Ratings

    Returns
    -------
    Bunch
    """
    target = ratings.consensus()
    n_speakers = data["speaker"].nunique() if "speaker" in data else 0
    n_raters = len(ratings.annotators)
    return Bunch(
        data=data,
        ratings=ratings,
        target=target,
        target_names=ratings.classes.tolist(),
        DESCR=DESCR.format(
            title=title,
            line="-" * len(title),
            n=len(data),
            speakers=f" of {n_speakers} speakers" if n_speakers else "",
            n_answers=len(ratings.values),
            raters=f" of {n_raters} raters" if n_raters else "",
            counts=count_labels(target),
            none=int(sum(label is None for label in target)),
        ),
    )


def _find_root(root, folder):
    if root is not None:
        return Path(os.path.abspath(os.path.expanduser(root)))
    return Path.cwd() if folder is None else folder


def _rate(data, answers, target_classes, remarks):
    """Return ratings with ids; warnings about classes become remarks."""
    if target_classes is not None:
        target_classes = [to_text(label) for label in target_classes]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ratings = Ratings.from_long(
            answers,
            sample="sample",
            annotator="rater",
            samples=range(len(data)),
            target_classes=target_classes,
        )
    if target_classes is None and all(map(str.isdecimal, ratings.labels.tolist())):
        remarks.append(
            f"the labels are numbers, {show(ratings.labels)}, and are learned as classes: pass "
            "labels={'1': ...} to name them; scores such as valence are not learned"
        )
    remarks += [str(warning.message).rstrip(".") for warning in caught]
    if target_classes is None:
        speakers = data["speaker"].tolist() if "speaker" in data else None
        classes, consensus = ratings.classes.tolist(), ratings.consensus()
        describe_rare(answers["label"].tolist(), classes, consensus, speakers, remarks)
    return ratings.with_ids(get_ids(data))
