"""Tables of the answers to CREMA-D."""

import io
import re

import numpy as np
import pandas as pd

from sklearn_ser.datasets._files import read_text
from sklearn_ser.utils._messages import join_names

EMOTIONS = {
    "A": "anger",
    "D": "disgust",
    "F": "fear",
    "H": "happiness",
    "N": "neutral",
    "S": "sadness",
}
# The actors are 1001 to 1091. One recording is named ..._X, but ..._XX in the tables.
NAME = re.compile(
    r"(?P<speaker>10(?:0[1-9]|[1-8]\d|9[01]))_(?P<sentence>[A-Z]{3})_"
    r"(?P<emotion>A(?=NG)|D(?=IS)|F(?=EA)|H(?=AP)|N(?=EU)|S(?=AD))[A-Z]{2}_"
    r"(?P<level>LO|MD|HI|XX?)"
)


def get_clip(name):
    """Return the official name of a clip, or None if it is not one."""
    if NAME.fullmatch(name) is None:
        return None
    return f"{name}X" if name.endswith("_X") else name


def _read_table(path, columns):
    table = pd.read_csv(io.StringIO(read_text(path)), dtype=str, keep_default_na=False)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path} must have the columns {missing}, too; it has {list(table.columns)}."
        )
    # The index is the line in the file; the header is line 1.
    return table.set_axis(np.arange(2, len(table) + 2))


def read_responses(path, query):
    """Return a table with one row per answer, and remarks on invalid rows."""
    numeric = ["pos", "ttr", "queryType", "sessionNums", "respLevel"]
    table = _read_table(path, [*numeric, "localid", "clipName", "respEmo"])
    numbers = table[numeric].apply(pd.to_numeric, errors="coerce")
    valid = (
        numbers.notna().all(axis=1)
        & (numbers["ttr"] >= 0)
        & numbers["respLevel"].between(0, 100)
        & table["respEmo"].isin(list(EMOTIONS))
        & (table["localid"] != "")
    )
    # Practice trials used other clips, which do not belong to the corpus.
    practice = table["clipName"].str.endswith("practice")
    table["clipName"] = table["clipName"].map(get_clip)
    valid &= table["clipName"].notna()
    bad = table.index[~practice & ~valid]
    good = table[valid & (numbers["queryType"] == query)]
    in_time = numbers.loc[good.index].sort_values(["sessionNums", "pos"], kind="stable").index
    first = good.loc[in_time].drop_duplicates(["localid", "clipName"]).sort_index()
    answers = {
        "clip": first["clipName"],
        "annotator": first["localid"],
        "label": first["respEmo"].map(EMOTIONS).astype(pd.CategoricalDtype(EMOTIONS.values())),
    }
    return pd.DataFrame(answers), _describe_invalid(path, bad)


def read_votes(path, query):
    """Return a table with the vote counts of each clip, and remarks on invalid rows."""
    table = _read_table(path, [*EMOTIONS, "fileName"])
    # The first column numbers the rows: votes by voice from 100001, by face from 200001, by both
    # from 300001.
    modality = pd.to_numeric(table.iloc[:, 0], errors="coerce") // 100000
    votes = table[list(EMOTIONS)].apply(pd.to_numeric, errors="coerce")
    valid = votes.notna().all(axis=1) & (votes >= 0).all(axis=1) & modality.notna()
    practice = table["fileName"].str.endswith("practice")
    clips = table["fileName"].map(get_clip)
    valid &= clips.notna()
    pairs = pd.DataFrame({"clip": clips, "modality": modality})[valid]
    valid &= ~pairs.duplicated().reindex(valid.index, fill_value=False)
    bad = table.index[~practice & ~valid]
    used = valid & (modality == query)
    result = votes[used].astype(int).assign(clip=clips[used])
    return result.sort_values("clip"), _describe_invalid(path, bad)


def _describe_invalid(path, lines):
    if len(lines) == 0:
        return []
    return [
        f"{len(lines)} invalid row(s) of {path.name} are ignored, in lines {join_names(lines)}"
    ]
