"""Open a database of audformat: from memory, from a folder, or as it was published for audb."""

import os
from pathlib import Path

from sklearn_ser.datasets._files import describe_folder
from sklearn_ser.datasets._table_text import show
from sklearn_ser.utils._messages import shorten

HEADER = "db.yaml"


def open_database(database, find_tables, version, media, cache_root):
    """Return a database with the tables that are needed.

    Parameters
    ----------
    database : audformat.Database, str or path-like
    find_tables : callable
        Takes a database without the contents of its tables, and returns the names of those that
        are needed, first the one with the samples.
    version, media, cache_root
        As in `load_audformat`.

    Returns
    -------
    database : audformat.Database
    tables : list of str

    Raises
    ------
    FileNotFoundError
        If there is no database in a folder.
    ImportError
        If audformat or audb are needed and not installed.
    TypeError
        If this is no database.
    ValueError
        If audb knows no such database, or the arguments for audb are given without need.
    """
    is_path = isinstance(database, (str, os.PathLike))
    if not is_path and not hasattr(database, "schemes"):
        raise TypeError(
            "database must be an audformat.Database, a folder, or the name of a published "
            f"database; got {type(database).__name__}."
        )
    folder = Path(database).expanduser() if is_path else None
    if is_path and _is_name(database, folder):
        return _load_published(os.fspath(database), find_tables, version, media, cache_root)
    settings = {"version": version, "media": media, "cache_root": cache_root}
    given = [name for name, value in settings.items() if value is not None]
    if given:
        raise ValueError(
            f"{', '.join(given)} are for databases that are published for audb; database is "
            f"{'a folder' if is_path else 'in memory'}."
        )
    if is_path:
        if not (folder / HEADER).is_file():
            raise FileNotFoundError(
                f"there is no {HEADER} in {folder}. {describe_folder(folder)} For a published "
                "database, pass its name alone."
            )
        database = _import("audformat", "a folder").Database.load(str(folder), load_data=False)
    tables = find_tables(database)
    if is_path:
        for name in [*tables, *database.misc_tables]:
            database[name].load(str(folder / f"db.{name}"))
    return database, tables


def _is_name(database, folder):
    """Return whether this is a name and no path."""
    text = os.fspath(database)
    is_plain = not any(mark in text for mark in (os.sep, "/", "~")) and text not in (".", "..")
    return isinstance(database, str) and is_plain and not folder.exists()


def _import(name, what):
    try:
        return __import__(name)
    except ImportError:
        raise ImportError(f"loading {what} needs {name}: pip install {name}.") from None


def _load_published(name, find_tables, version, media, cache_root):
    audb = _import("audb", f"the published database {name!r}")
    where = {"cache_root": None if cache_root is None else os.fspath(cache_root)}
    try:
        known = audb.versions(name)
    except Exception as error:  # of many types, without a network or rights
        raise ValueError(
            f"{name!r} is no folder, and audb cannot look for it: {shorten(error)}"
        ) from error
    if version is None and known:
        version = known[-1]
    if version not in known:
        hosts = show((r.name for r in audb.config.REPOSITORIES), most=5)
        raise ValueError(
            f"{name!r} is no folder, and audb knows no such database in the repositories {hosts}."
            if not known
            else f"{name!r} has the versions {show(known, most=10)}; got {show([version])}."
        )
    where |= {"version": version}
    tables = find_tables(audb.info.header(name, **where))
    where |= {"tables": tables, "verbose": False}
    if media is None:
        # Other tables may describe many more files.
        database = audb.load(name, only_metadata=True, full_path=False, **where)
        media = database[tables[0]].files.unique().tolist()
    return audb.load(name, media=media, **where), tables
