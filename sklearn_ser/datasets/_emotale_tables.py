"""Tables of EmoTale: what raters answered, and who speaks."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_ser.datasets._files import read_text
from sklearn_ser.utils._messages import join_names

EMOTIONS = {"A": "anger", "B": "boredom", "H": "happiness", "N": "neutral", "S": "sadness"}
LANGUAGES = {"DK": "Danish", "EN": "English"}
GENDERS = {"F": "female", "M": "male"}
SCORES = {"A": "arousal", "V": "valence", "D": "dominance"}
# The speakers are 001 and 003 to 019.
NAME = re.compile(
    r"(?P<language>DK|EN)_(?P<speaker>00[13-9]|01\d)_(?P<emotion>[ABHNS])_(?P<text>[1-5])"
)
ACTED = "gt_emotion"


def get_clip(name):
    """Return the official name of a recording, or None if it is not one."""
    clip = Path(name.replace("\\", "/")).stem.upper()
    return clip if NAME.fullmatch(clip) else None


def parse_clip(clip):
    """Return what the name of a recording says, as a dict."""
    match = NAME.fullmatch(clip)
    return {
        "speaker": match["speaker"],
        "language": LANGUAGES[match["language"]],
        "text": match["text"],
        "emotion": EMOTIONS[match["emotion"]],
    }


def read_answers(path):
    """Read the answers of all raters.

    Parameters
    ----------
    path : Path

    Returns
    -------
    labels : DataFrame of shape (n_clips, n_raters)
        Emotions, with NaN where a rater gave none. The index has the official names, sorted.
    scores : DataFrame of shape (n_clips, 3)
        Means over raters, from 1 to 5, with the same index.

    Raises
    ------
    ValueError
        If columns are missing or there twice, or lines cannot be read.
    """
    header, rows = _read_rows(path)
    raters = [name.removesuffix("_cat") for name in header if name.endswith("_cat")]
    columns = [f"{rater}_{score}" for rater in raters for score in SCORES]
    _check_columns(path, header, ["file", *columns] if raters else ["file", "a1_cat"])
    answers, bad = {}, []
    for line, row in rows:
        answer = None if row is None else _parse_answer(row, raters)
        if answer is None or answer[0] in answers:
            bad.append(line)
        else:
            answers[answer[0]] = answer[1:]
    if bad:
        raise ValueError(
            f"{path}: lines must have as many fields as the header, a file that is named like "
            "DK_001_A_1.wav and that no other line has, for every rater nothing or a letter of "
            f"{', '.join(EMOTIONS)} and scores from 1 to 5, and in {ACTED}, if there is such a "
            f"column, the letter in the file's name; not for lines {join_names(bad)}."
        )
    clips = sorted(answers)
    labels = [answers[clip][0] for clip in clips]
    scores = [answers[clip][1] for clip in clips]
    labels = pd.DataFrame(labels, index=clips, columns=raters, dtype=object)
    return (
        labels.astype(pd.CategoricalDtype(list(EMOTIONS.values()))),
        pd.DataFrame(scores, index=clips, columns=list(SCORES.values()), dtype=float),
    )


def read_speakers(path):
    """Read gender and age of the speakers.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to dict
        ``gender`` (None if it is not stated) and ``age`` in years, by speaker.

    Raises
    ------
    ValueError
        If columns are missing or there twice, or lines cannot be read.
    """
    header, rows = _read_rows(path)
    _check_columns(path, header, ["speaker", "gender", "age"])
    speakers, bad = {}, []
    for line, row in rows:
        # A table that was edited may have lost the zeros in front of numbers.
        name = None if row is None else row["speaker"].zfill(3)
        age = np.nan if row is None else _parse_number(row["age"], 1, 120)
        gender = "" if row is None else row["gender"].upper()
        if name is None or name in speakers or age is None or gender not in ("", *GENDERS):
            bad.append(line)
        else:
            speakers[name] = {"gender": GENDERS.get(gender), "age": age}
    if bad:
        raise ValueError(
            f"{path}: lines must have as many fields as the header, a speaker whom no other line "
            f"has, a gender (F, M or nothing) and an age (1 to 120 or nothing); not for lines "
            f"{join_names(bad)}."
        )
    return speakers


def _parse_answer(row, raters):
    """Return the name of a clip, the raters' labels and their mean scores, or None."""
    clip = get_clip(row["file"])
    letters = [row[f"{rater}_cat"].upper() for rater in raters]
    scores = {
        name: [_parse_number(row[f"{rater}_{letter}"], 1, 5) for rater in raters]
        for letter, name in SCORES.items()
    }
    known = {"": np.nan, **EMOTIONS}
    is_read = (
        clip is not None
        and all(letter in known for letter in letters)
        and None not in [score for given in scores.values() for score in given]
        and row.get(ACTED, "").upper() in ("", NAME.fullmatch(clip)["emotion"])
    )
    if not is_read:
        return None
    means = [_average(given) for given in scores.values()]
    return clip, [known[letter] for letter in letters], means


def _average(scores):
    given = [score for score in scores if not np.isnan(score)]
    return np.mean(given) if given else np.nan


def _parse_number(text, low, high):
    """Return a number, NaN for an empty cell, or None if it is no number within the limits."""
    if not text:
        return np.nan
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if low <= number <= high else None


def _read_rows(path):
    """Return the header, and the number and the fields of each line, or None in their place."""
    text = read_text(path)
    # Danish spreadsheets separate fields by semicolons, since their decimals have commas.
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    rows = []
    for fields in reader:
        if any(field.strip() for field in fields):
            is_whole = len(fields) == len(header)
            row = dict(zip(header, map(str.strip, fields), strict=True)) if is_whole else None
            rows.append((reader.line_num, row))
    return header, rows


def _check_columns(path, header, needed):
    missing = [name for name in needed if name not in header]
    if missing:
        raise ValueError(f"{path} must have the columns {missing}, too; it has {header}.")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise ValueError(f"{path} must have each column once; not {repeated}.")
