"""Tables about fitted estimators, from all folds."""

import pickle
from collections.abc import Mapping

import joblib
import pandas as pd

PLACE = ["estimator", "seed", "fold"]


def name_inspection(inspect):
    """Return what a cache knows a function by; a ValueError says that it has no name."""
    try:
        return joblib.hash(inspect)
    except (AttributeError, pickle.PicklingError) as error:
        raise ValueError(
            "with memory, inspect must be a function of a module, which has a name; got "
            f"{inspect}."
        ) from error


def inspect_fitted(inspect, estimator):
    """Return the tables that a function makes of a fitted estimator.

    Parameters
    ----------
    inspect : callable
    estimator : fitted classifier

    Returns
    -------
    dict of str to DataFrame
        An index that has a name becomes columns.

    Raises
    ------
    TypeError
        If the function returns anything but a dict of names and DataFrames.
    ValueError
        If a table has a column that tells where a fit belongs.
    """
    tables = inspect(estimator)
    if not isinstance(tables, Mapping) or not all(
        isinstance(table, pd.DataFrame) for table in tables.values()
    ):
        raise TypeError(
            f"inspect must return a dict of names and DataFrames; got {_describe(tables)}."
        )
    return {name: _prepare(name, table) for name, table in tables.items()}


def _describe(tables):
    if not isinstance(tables, Mapping):
        return type(tables).__name__
    return "a dict with " + ", ".join(sorted({type(t).__name__ for t in tables.values()}))


def _prepare(name, table):
    if any(level is not None for level in table.index.names):
        table = table.reset_index()
    table = table.reset_index(drop=True)
    taken = [column for column in PLACE if column in table]
    if taken:
        raise ValueError(
            f"tables of inspect must not have the columns {PLACE}, which are added; {name!r} has "
            f"{taken}."
        )
    return table


def join_details(found):
    """Join the tables of all fits.

    Parameters
    ----------
    found : list of (dict, dict of str to DataFrame)
        The place of each fit (with its estimator, seed and fold), and its tables.

    Returns
    -------
    dict of str to DataFrame
        With the columns ``estimator``, ``seed`` and ``fold`` in front.
    """
    parts = {}
    for place, tables in found:
        for name, table in tables.items():
            where = pd.DataFrame({key: [place[key]] * len(table) for key in PLACE})
            parts.setdefault(name, []).append(pd.concat([where, table], axis=1))
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}


def average_details(table):
    """Average a table of details over folds and seeds.

    Parameters
    ----------
    table : DataFrame
        As `join_details` returns it.

    Returns
    -------
    DataFrame
        The estimator, all other columns that are not numbers, and the means of the numbers; one
        row per estimator and combination of these columns, in the order of their first row.
    """
    table = table.drop(columns=["seed", "fold"])
    numbers = table.select_dtypes("number").columns
    keys = [name for name in table if name not in numbers]
    return table.groupby(keys, sort=False, dropna=False)[list(numbers)].mean().reset_index()
