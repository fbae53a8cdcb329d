"""Join answers with recordings by name, and by start and end where there are several parts."""

from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_ser.datasets._table_columns import PARTS
from sklearn_ser.datasets._table_names import (
    describe_ambiguous,
    describe_matches,
    describe_unmatched,
    match_names,
)
from sklearn_ser.datasets._table_people import combine_people, describe_contradictions
from sklearn_ser.datasets._table_text import show
from sklearn_ser.utils._messages import join_names, say_count, say_rows

# Times are the same if they differ by less than half a millisecond: tables round them.
DECIMALS = 3


def join_answers(table, answering, data, answers, remarks):
    """Return samples, and answers with the ``sample``, ``table`` and ``row`` that each is of."""
    remarks = remarks.of(answering.name)
    names = data["file"].drop_duplicates().tolist()
    asked = answers["file"].unique().tolist()
    found, ambiguous = match_names(asked, names)
    lost = [name for name in asked if name not in found]
    several = {name: places for name, places in ambiguous.items() if len(places) > 1}
    if several:
        raise ValueError(
            f"{answering.name}: {say_count(len(several), 'name')} may mean several recordings of "
            f"{table.name} ({describe_ambiguous(several, names)}). Write them with their folder "
            "and extension."
        )
    if ambiguous:
        raise ValueError(
            f"{answering.name}: {say_count(len(ambiguous), 'name')} may mean the same recordings "
            f"of {table.name} as other names ({describe_ambiguous(ambiguous, names)}). Write them "
            "with the same folders in both."
        )
    if len(lost) == len(asked):
        raise ValueError(
            f"{answering.name}: no name is one of a recording in {table.name}: the answers name "
            f"{show(asked, most=3)}, the recordings are "
            f"{show(names, most=3)}. If another column has the names, pass "
            "columns={'file': ...}."
        )
    if lost:
        count = say_count(len(lost), "name that is", "names that are")
        rows = say_rows(answers.index[answers["file"].isin(lost)])
        remarks.append(
            f"answers on {count} not in {table.name} are left out: "
            f"{describe_unmatched(lost, names)} ({rows})"
        )
    remarks += describe_matches(found, names)
    answers = answers[answers["file"].isin(found)].copy()
    answers["place"] = answers["file"].map(found)
    answers["table"], answers["row"] = answering.name, answers.index
    place = {name: i for i, name in enumerate(names)}
    data["place"] = data["file"].map(place)
    parts = [name for name in PARTS if name in answers.columns]
    new = [name for name in parts if name not in data.columns]
    times = [name for name in ("start", "end") if name in new]
    # Columns without any start or end are the same as none.
    if len(new) < len(parts) and answers[times].notna().any(axis=None):
        raise ValueError(
            f"{table.name} and {answering.name} must both have start and end, or only one of them."
        )
    if new:
        data = _cut(data, answers, new)
    return _find_samples(table, answering, data, answers, remarks)


def join_tables(names, parts, remarks):
    """Return the recordings and all answers of several tables of answers.

    Parameters
    ----------
    names : list of str
        Of the tables of answers.
    parts : list of (data, answers)
        As returned by `join_answers`.
    remarks : Remarks

    Returns
    -------
    data, answers : DataFrame

    Raises
    ------
    ValueError
        If tables are on different parts, or contradict each other on who is speaking.
    """
    # A column of parts without any start or end is the same as none.
    keys = [
        _make_keys(data.reindex(columns=["file", *PARTS]).rename(columns={"file": "place"}), PARTS)
        for data, _ in parts
    ]
    if any(own != keys[0] for own in keys):
        raise ValueError(
            "all tables of ratings must be on the same parts of recordings, or on whole ones; not "
            + join_names(f"{n} ({len(own)} parts)" for n, own in zip(names, keys, strict=True))
            + "."
        )
    tables = [data for data, _ in parts]
    data = tables[0]
    for role in ("speaker", "session"):
        known = [
            (name, table[role].tolist())
            for name, table in zip(names, tables, strict=True)
            if role in table.columns
        ]
        if any(role in table.columns for table in tables[1:]):
            people = combine_people(known, role, data["file"], remarks)
            data[role] = pd.Series(people, data.index, dtype=object)
    return data, pd.concat([answers for _, answers in parts], ignore_index=True)


def _cut(data, answers, parts):
    """Return the segments that the answers are on, in place of whole recordings."""
    segments = answers[["place", *parts]].drop_duplicates()
    segments = segments.sort_values(["place", *parts], key=pd.to_numeric, na_position="first")
    return data.merge(segments, how="left", on="place")


def _find_samples(table, answering, data, answers, remarks):
    """Return answers with the row of the data that each is of, and what was left out."""
    parts = [name for name in PARTS if name in answers.columns and name in data.columns]
    rows = {}
    for row, key in enumerate(_make_keys(data, parts)):
        rows.setdefault(key, []).append(row)
    keys = _make_keys(answers, parts)
    several = {key[0] for key in keys if len(rows.get(key, ())) > 1}
    if several:
        names = answers["file"][answers["place"].isin(several)].unique()
        raise ValueError(
            f"{table.name} has several parts of the same file, and {answering.name} must say "
            f"by start and end which one is meant; not for {show(names, most=3)}."
        )
    answers["sample"] = [rows.get(key, [-1])[0] for key in keys]
    lost = answers["sample"] < 0
    if lost.any():
        texts = [
            f"{show([row['file']])} from {row.get('start')} to {row.get('end')} s"
            for _, row in answers[lost].head(3).iterrows()
        ]
        count = say_count(
            int(lost.sum()),
            f"answer is on a part of a file that is not in {table.name}, and is",
            f"answers are on parts of files that are not in {table.name}, and are",
        )
        rows = say_rows(answers.index[lost])
        remarks.append(f"{count} left out ({join_names(dict.fromkeys(texts))}; {rows})")
    answers = answers[~lost]
    if answers.empty:
        raise ValueError(
            f"{answering.name}: no part of a file is one in {table.name}; start and end must be "
            "the same in both, in seconds."
        )
    for role in ("speaker", "session"):
        if role in answers.columns:
            people = _take_people(answering, answers, role, len(data))
            if role in data.columns:
                sources = [(table.name, data[role]), (answering.name, people)]
                people = combine_people(sources, role, data["file"], remarks)
            data[role] = pd.Series(people, data.index, dtype=object)
    return data.drop(columns="place"), answers


def _take_people(answering, answers, role, n_samples):
    known = answers[answers[role].notna()].drop_duplicates(["sample", role])
    odd = known[known.duplicated("sample", keep=False)]
    if len(odd):
        said = {}
        for row, file, person in zip(odd.index, odd["file"], odd[role], strict=True):
            said.setdefault(file, []).append(f"{show([person])} in row {row}")
        said = {file: join_names(texts, most=3) for file, texts in said.items()}
        raise ValueError(
            f"{answering.name}: all answers on a recording must have the same {role}; not for "
            f"{describe_contradictions(said)}. If the column means something else, pass "
            f"columns={{{role!r}: None}} to ignore it."
        )
    names = np.full(n_samples, None, dtype=object)
    names[known["sample"]] = known[role]
    return names


def _make_keys(frame, parts):
    columns = [
        pd.to_numeric(frame[name]).astype(float).round(DECIMALS).fillna(-1) for name in parts
    ]
    return list(zip(frame["place"], *columns, strict=True))


def merge_same_files(table, data, answers, remarks):
    """Return data and answers in which no recording comes twice under different names."""
    key = [name for name in ("file", *PARTS) if name in data.columns]
    if not data.duplicated(key).any():
        return data, answers
    groups = data.groupby(key, sort=False, dropna=False)
    data = data.copy()
    for role in ("speaker", "session"):
        if role in data.columns:
            odd = data[groups[role].transform("nunique") > 1]
            if len(odd):
                said = odd.groupby("file", sort=False)[role].unique()
                shown = {Path(file).name: show(people, 3) for file, people in said.items()}
                raise ValueError(
                    f"{table}: rows that mean the same recording must have the same {role}; not "
                    f"for {describe_contradictions(shown)}."
                )
            # It may be stated under one of the names only.
            data[role] = data[role].where(data[role].notna(), groups[role].transform("first"))
    number = groups.ngroup()
    again = data.loc[data.duplicated(key), "file"]
    count = say_count(
        len(again), "recording has several names and is", "recordings have several names and are"
    )
    remarks.append(f"{count} taken once ({show((Path(f).name for f in again), most=3)})")
    answers = answers.assign(sample=number.to_numpy()[answers["sample"]])
    return data.drop_duplicates(key).reset_index(drop=True), answers
