"""Label files of MSP-Podcast and WHiSER, in the formats of their releases."""

import csv
import io
import json
import re
from typing import NamedTuple

from sklearn_ser.datasets._files import read_text
from sklearn_ser.utils._messages import join_names

# Letters of the consensus; "X" means no agreement.
LETTERS = {
    "A": "anger",
    "S": "sadness",
    "H": "happiness",
    "U": "surprise",
    "F": "fear",
    "D": "disgust",
    "C": "contempt",
    "N": "neutral",
    "O": "other",
    "X": None,
}
# Words that workers chose from, for the one primary emotion and for the secondary ones.
PRIMARY = {
    "Angry": "anger",
    "Sad": "sadness",
    "Happy": "happiness",
    "Surprise": "surprise",
    "Fear": "fear",
    "Disgust": "disgust",
    "Contempt": "contempt",
    "Neutral": "neutral",
    "Other": "other",
}
SECONDARY = PRIMARY | {
    "Amused": "amused",
    "Annoyed": "annoyed",
    "Concerned": "concerned",
    "Confused": "confused",
    "Depressed": "depressed",
    "Disappointed": "disappointed",
    "Excited": "excited",
    "Frustrated": "frustration",
}
UNKNOWN = ("", "unknown", "nan", "none")
OTHER = re.compile(r"other\b", re.IGNORECASE)
WORKER = re.compile(r"WORKER\w+")
SCORES = {"A": "EmoAct", "V": "EmoVal", "D": "EmoDom"}
# Releases differ in the name of a column.
RENAMED = {"WorkerID": "Worker", "Workers": "Worker"}


class Clip(NamedTuple):
    """A recording, as in the consensus labels."""

    name: str
    consensus: str | None
    speaker: str | None
    gender: str | None
    split: str | None
    arousal: float
    valence: float
    dominance: float


class Answer(NamedTuple):
    """The labels that a worker gave a recording: the primary one first; none if it is missing."""

    name: str
    worker: str
    labels: list


def read_clips(path):
    """Read ``labels_consensus.csv``, ``labels_consensus.json`` or ``labels.txt``.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Clip

    Raises
    ------
    ValueError
        If the file is a pointer of Git LFS, lacks columns or has lines that cannot be read.
    """
    clips, bad = [], []
    for place, row in _read_rows(path, ["FileName", "EmoClass"]):
        if row is not None and "Worker" in row:
            continue
        clip = None if row is None else _make_clip(row)
        clips.append(clip) if clip else bad.append(place)
    _check(path, bad, f"a file and a letter among {', '.join(LETTERS)}")
    return clips


def read_answers(path, *, secondary):
    """Read ``labels_detailed.csv``, ``labels_detailed.json`` or ``labels.txt``.

    Parameters
    ----------
    path : Path
    secondary : bool
        Whether to read the secondary emotions.

    Returns
    -------
    list of Answer

    Raises
    ------
    ValueError
        If the file is a pointer of Git LFS, lacks columns or has lines that cannot be read.
    """
    answers, bad = [], []
    for place, row in _read_rows(path, ["FileName", "Worker", "EmoClass_Major"]):
        if row is not None and "Worker" not in row:
            continue
        answer = None if row is None else _make_answer(row, secondary)
        answers.append(answer) if answer else bad.append(place)
    _check(path, bad, "a file, a worker and emotions of the corpus")
    return answers


def read_splits(path):
    """Read ``Partitions.txt``, and return a dict of the split of each file."""
    splits, bad = {}, []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        fields = [field.strip() for field in line.split(";") if field.strip()]
        if len(fields) == 2:
            splits[fields[1]] = fields[0]
        elif fields:
            bad.append(f"line {number}")
    _check(path, bad, "a split and a file")
    return splits


def _check(path, bad, what):
    if bad:
        raise ValueError(
            f"{path} must have {what} in every row; {len(bad)} cannot be read: {join_names(bad)}."
        )


def _make_clip(row):
    letter = row["EmoClass"].upper()
    if letter not in LETTERS or not row["FileName"]:
        return None
    try:
        scores = [float(row.get(name) or "nan") for name in SCORES.values()]
    except ValueError:
        return None
    speaker, gender, split = (
        None if row.get(name, "").lower() in UNKNOWN else row[name]
        for name in ("SpkrID", "Gender", "Split_Set")
    )
    if speaker is not None:
        # 7, 007 and 7.0, as in tables that were edited, are one person.
        speaker = re.sub(r"^0+(?=\d)|\.0+$", "", speaker)
    gender = gender and gender.lower()
    return Clip(row["FileName"], LETTERS[letter], speaker, gender, split, *scores)


def _make_answer(row, secondary):
    first = row["EmoClass_Major"]
    labels = ["other"] if OTHER.match(first) else _parse_words(first, PRIMARY)
    more = _parse_words(row.get("EmoClass_Second", ""), SECONDARY) if secondary else []
    if (
        labels is None
        or more is None
        or len(labels) > 1
        or not (row["FileName"] and row["Worker"])
    ):
        return None
    # Without a primary emotion there is no answer.
    return Answer(row["FileName"], row["Worker"], list(dict.fromkeys(labels and labels + more)))


def _parse_words(text, known):
    """Return the labels in a cell, or None if one is unknown.

    Whoever chose "Other" could type any text, such as "Other-tired, sad", which may contain
    commas. It counts as "other"; only words that are spelled as the corpus spells them are labels
    of their own after it.
    """
    labels, is_free = [], False
    for word in filter(None, map(str.strip, text.split(","))):
        if OTHER.match(word):
            labels.append("other")
            is_free = True
        elif word in known or (not is_free and word.capitalize() in known):
            labels.append(known[word if word in known else word.capitalize()])
        elif not is_free:
            return None
    return labels


def _read_rows(path, columns):
    """Yield the place and the fields of each row, or None in place of fields."""
    text = read_text(path)
    if path.suffix.lower() == ".csv":
        return _read_csv(path, text, columns)
    return _read_json(path, text) if path.suffix.lower() == ".json" else _read_txt(text)


def _read_csv(path, text, columns):
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [RENAMED.get(name.strip(), name.strip()) for name in next(reader, [])]
    has_detail = "EmoDetail" in header  # a column with lines as in labels.txt
    needed = ["FileName"] if has_detail else columns
    missing = [name for name in needed if name not in header]
    if missing:
        raise ValueError(f"{path} must have the columns {missing}, too; it has {header}.")
    start = reader.line_num + 1
    for fields in _read_fields(path, reader):
        place, start = f"line {start}", reader.line_num + 1
        if len(fields) == len(header):
            row = dict(zip(header, map(str.strip, fields), strict=True))
            answer = _parse_answer(row["EmoDetail"]) if has_detail else {}
            yield place, None if answer is None else row | answer
        elif fields:
            yield place, None


def _read_fields(path, reader):
    try:
        yield from reader
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}.") from None


def _read_txt(text):
    name = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        if WORKER.match(line):
            answer = _parse_answer(line)
            yield place, None if answer is None else {"FileName": name, **answer}
            continue
        fields, scores = _split(line)
        name = fields[0]
        is_read = len(fields) == 2 and len(scores) == len(SCORES)
        yield place, {"FileName": name, "EmoClass": fields[1], **scores} if is_read else None


def _parse_answer(line):
    """Return the fields of "WORKER0000001; Happy; Happy,Excited; A:6; V:5; D:5;", or None."""
    (worker, *fields), scores = _split(line)
    if not WORKER.fullmatch(worker) or not fields or len(scores) != len(SCORES):
        return None
    primary, *more = fields
    # Only text that was typed has further semicolons.
    if OTHER.match(primary) and len(more) > 1:
        more.insert(0, "Other")
    return {"Worker": worker, "EmoClass_Major": primary, "EmoClass_Second": ",".join(more)}


def _split(line):
    """Return the fields of a line, and the three scores at its end, by their names."""
    fields = [field.strip() for field in line.strip().removesuffix(";").split(";")]
    scores = {}
    while len(fields) > 1 and fields[-1][:1] in SCORES and fields[-1][1:2] == ":":
        field = fields.pop()
        scores[SCORES[field[0]]] = field[2:].strip()
    return fields, scores


def _read_json(path, text):
    try:
        entries = dict(json.loads(text))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} must be a JSON object with one entry per file: {error}"
        ) from None
    for name, entry in entries.items():
        entry = entry[0] if isinstance(entry, list) and len(entry) == 1 else entry
        if not isinstance(entry, dict):
            yield name, None
        elif "consensus" in path.stem.lower() or "concensus" in path.stem.lower():
            yield name, {"FileName": name, "EmoClass": "", **_make_texts(entry)}
        else:
            # Workers are the keys of an entry, or a list in it.
            workers = entry.get("Workers", entry)
            if isinstance(workers, list):
                workers = {str(one.get("Name", "")): one for one in workers}
            for worker, answer in workers.items():
                row = {"FileName": name, "Worker": worker.strip(), "EmoClass_Major": ""}
                is_read = isinstance(answer, dict)
                yield f"{name}, {worker}", row | _make_texts(answer) if is_read else None


def _make_texts(entry):
    return {name: "" if value is None else str(value).strip() for name, value in entry.items()}
