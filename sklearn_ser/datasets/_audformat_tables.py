"""Find out what the columns of a database of audformat hold: raters' labels, and people."""

import os
from typing import NamedTuple

import pandas as pd

from sklearn_ser.datasets._table_text import read_known, show
from sklearn_ser.utils._arrays import to_plain
from sklearn_ser.utils._messages import join_names, say_count

# Raters that count or imitate people, whose own answers are better.
DERIVED = ("machine", "vote")
# Types of schemes that are no labels.
SCORES = ("float", "time", "date", "object")


class Scheme(NamedTuple):
    """Labels of a scheme, and what the database says about each of them."""

    labels: list
    names: dict  # of label to name, if labels are codes
    fields: dict  # of label to dict


def read_scheme(database, name):
    """Return the labels of a scheme.

    Parameters
    ----------
    database : audformat.Database
    name : str or None

    Returns
    -------
    Scheme
        Empty if the scheme lists no labels.
    """
    labels = None if name is None else database.schemes[name].labels
    if isinstance(labels, str):  # a table of the database
        rows = database[labels].df
        fields = {
            to_plain(label): row.dropna().to_dict()
            for label, row in rows.astype(object).iterrows()
        }
        return Scheme(list(fields), {}, fields)
    if isinstance(labels, dict):
        fields = {label: value for label, value in labels.items() if isinstance(value, dict)}
        names = {label: value for label, value in labels.items() if isinstance(value, str)}
        return Scheme(list(labels), names, fields)
    return Scheme(list(labels or ()), {}, {})


def find_raters(database, table, columns, people):
    """Find the columns of a table that hold labels by raters.

    Parameters
    ----------
    database : audformat.Database
    table : str
    columns : list of str, or None
        As the user names them.
    people : set of str
        Names of columns and schemes that hold speakers or sessions.

    Returns
    -------
    dict of column to str or None
        Names of the raters; None if the only column has none.

    Raises
    ------
    ValueError
        If columns are unknown or hold no labels, or it is not clear which ones are raters.
    """
    known = database[table].columns
    if columns is not None:
        absent = [name for name in columns if name not in known]
        if absent or not columns:
            raise ValueError(
                f"columns must be of table {table!r}, which has {show(known, most=10)}; got "
                f"{show(absent)}."
            )
        odd = [name for name in columns if not _has_labels(database, known[name])]
        if odd:
            raise ValueError(
                f"columns {show(odd)} of table {table!r} hold no labels, but numbers or times; "
                "scores such as valence are not learned."
            )
        return _name_raters(known, list(columns))
    listed = [
        name
        for name, column in known.items()
        if _has_labels(database, column) and not {name, column.scheme_id} & people
    ]
    rated = [name for name in listed if known[name].rater_id is not None]
    own = [n for n in rated if database.raters[known[n].rater_id].type not in DERIVED]
    chosen = own or rated or [n for n in listed if known[n].scheme_id is not None] or listed
    schemes = {}
    for name in chosen:
        schemes.setdefault(known[name].scheme_id, []).append(name)
    if len(schemes) == 1:
        return _name_raters(known, chosen)
    have = ", ".join(
        f"{show([name])} ({column.scheme_id or 'no scheme'})"
        for name, column in list(known.items())[:10]
    )
    if not schemes:
        raise ValueError(
            f"table {table!r} has no column of labels; its columns and their schemes are {have}. "
            "Scores such as valence are not learned."
        )
    raise ValueError(
        f"table {table!r} has labels of several schemes; its columns and their schemes are "
        f"{have}: pass columns, those that raters filled."
    )


def read_labels(database, table, columns, field):
    """Return the labels in columns, and the classes of their schemes.

    Parameters
    ----------
    database : audformat.Database
    table : str
    columns : iterable of str
    field : str or None
        Field of the scheme's labels to take in place of the label.

    Returns
    -------
    frame : DataFrame of categories, one column per column
    classes : list of labels
        Empty if the schemes list none.
    """
    said, classes = {}, {}
    for name in columns:
        column = database[table].columns[name]
        scheme = read_scheme(database, column.scheme_id)
        names = dict(scheme.names)
        if field is not None:
            names = {label: about.get(field) for label, about in scheme.fields.items()}
            if not any(value is not None for value in names.values()):
                fields = {key for about in scheme.fields.values() for key in about}
                raise ValueError(
                    f"labels must be a field of the scheme's labels, {show(sorted(fields))}; got "
                    f"{field!r}."
                )
        classes |= {names.get(label, label): None for label in scheme.labels}
        cells = database[table].df[name].astype(object)
        said[name] = cells.map(lambda cell, names=names: names.get(cell, cell), na_action="ignore")
    classes.pop(None, None)
    return pd.DataFrame(said), list(classes)


def find_people(database, table, name, tables):
    """Return the speakers of the rows of a table, from it or else from another one.

    The first table that knows a speaker counts.

    Parameters
    ----------
    database : audformat.Database
    table : str
    name : str
        Of a column or of a scheme.
    tables : sequence of str
        Tables that may have such a column, by preference.

    Returns
    -------
    people : Series of str, or None
        Missing where nobody is known; None if no table has such a column.
    fields : dict of speaker to dict
        What the scheme says about each.
    remarks : list of str
        Which tables contradict each other.

    Raises
    ------
    ValueError
        If the rows are whole files of which another table has several speakers.
    """
    index = database[table].index
    found, fields, remarks = None, {}, []
    for other in (table, *tables):
        for column in list_columns(database, other, name):
            values = database[other].df[column].astype(object)
            values = pd.Series(read_known(values), values.index, dtype=object)
            fields |= read_scheme(database, database[other].columns[column].scheme_id).fields
            if other != table:
                unknown = index if found is None else index[found.isna()]
                _check_whole(table, other, name, unknown, values)
                values = _align(values, index)
            if found is None:
                found = values
                continue
            odd = index[(found.notna() & values.notna() & (found != values)).to_numpy()]
            if len(odd):
                first = os.path.basename(odd.get_level_values("file")[0])
                said = show((found[odd[0]], values[odd[0]]))
                remarks.append(
                    f"the {name} of {say_count(len(odd), 'utterance')} is another one in table "
                    f"{other!r} and is not taken from there ({show([first])}: {said})"
                )
            found = found.where(found.notna(), values)
    return found, fields, remarks


def _align(values, index):
    """Return the values of a table for the rows of another one, which may be files or segments."""
    files = index.get_level_values("file")
    if values.index.nlevels == 1:
        return values.reindex(files).set_axis(index)
    if index.nlevels > 1:
        return values.reindex(index)
    known = values.dropna()
    return known.groupby(level="file").first().reindex(files).set_axis(index)


def _check_whole(table, other, name, index, values):
    """Raise a ValueError if segments of files that are wanted as a whole have several people."""
    if index.nlevels > 1 or values.index.nlevels == 1:
        return
    known = values[values.index.get_level_values("file").isin(index)].dropna()
    people = known.groupby(level="file").unique()
    several = people[people.map(len) > 1]
    if len(several):
        shown = [f"{show([file])} ({show(who, 3)})" for file, who in several.head(3).items()]
        raise ValueError(
            f"table {table!r} is of whole files, and table {other!r} has several people in column "
            f"or scheme {name!r} for {join_names([*shown, *several.index[3:]], most=3)}: load a "
            f"table of segments, or pass speaker=None if they are not needed."
        )


def list_columns(database, table, name):
    """Return the columns of a table with a name, or else with a scheme of this name."""
    columns = database[table].columns
    if name in columns:
        return [name]
    return [column for column, about in columns.items() if about.scheme_id == name]


def _name_raters(known, columns):
    """Return the rater of each column; the column's name if raters have several columns."""
    raters = [known[name].rater_id for name in columns]
    if len(columns) == 1:
        return {columns[0]: raters[0]}
    unique = None not in raters and len(set(raters)) == len(raters)
    return dict(zip(columns, raters if unique else columns, strict=True))


def _has_labels(database, column):
    if column.scheme_id is None:
        return column.get().dtype == object or isinstance(
            column.get().dtype, (pd.CategoricalDtype, pd.StringDtype)
        )
    scheme = database.schemes[column.scheme_id]
    return scheme.labels is not None or scheme.dtype not in (*SCORES, "int", "bool")
