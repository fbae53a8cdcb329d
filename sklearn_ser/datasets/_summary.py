"""Count what a corpus has, before anything is trained."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile
from sklearn.utils import Bunch

from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.speech._errors import AudioError
from sklearn_ser.speech._file_kinds import check_file, explain_file
from sklearn_ser.speech._recordings import parse_column
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._messages import shorten

N_THREADS = 8
# Bytes at the beginning and at the end of a file by which copies are found.
N_BYTES = 1 << 16
# What libsndfile gives if a header states no length is close to 2**63.
MOST_FRAMES = 2**62
# Files with problems that are listed, and characters of what is said of each.
MOST_FILES = 20
LONGEST = 200
# Tables round the ends of parts, in seconds.
TOLERANCE = 0.01


class Header(NamedTuple):
    """Facts about a file that need no decoding."""

    size: int | None = None  # in bytes; None if there is no such file
    seconds: float | None = None  # None if it cannot be read as audio
    sampling_rate: int | None = None
    problem: str | None = None  # why nothing can be heard


def summarize_corpus(corpus: Bunch) -> dict[str, pd.DataFrame]:
    """Count what a corpus has: recordings, speakers, raters, labels, and what is missing.

    Only the headers of files are read, and of files of the same size the first and last bytes.

    Parameters
    ----------
    corpus : Bunch
        With ``data`` and ``ratings``, as every loader returns it.

    Returns
    -------
    dict of str to DataFrame
        "Corpus" : one row per count, in the column ``value``: utterances, hours (NaN if no length
        is known), speakers, sessions, raters and answers; Krippendorff's alpha; ``ties``,
        utterances whose raters have no consensus; ``unrated``; ``unknown speakers``;
        ``missing files``, ``unreadable files`` and ``duplicate recordings``, files with the same
        contents as others; ``parts outside files``, with a start or an end after the end of their
        file, of which only what is inside counts as hours.
        "Labels" : one row per label: its answers and their share, the utterances that have it as
        consensus, and whether it is a class to learn.
        "Raters" : one row per named rater: utterances, answers, ``weight`` (the correlation with
        all others, from 0 to 1) and the most frequent label.
        "Speakers" : one row per known speaker: utterances, minutes, and the consensus labels.
        "Files" : only if files are missing, cannot be read or have no samples: one row for each of
        the first 20, with the ``problem``, and one that counts all others.

    Raises
    ------
    ValueError
        If data and ratings differ in length.

    Examples
    --------
    >>> from sklearn_ser.datasets import load_emodb_sample, summarize_corpus
    >>> tables = summarize_corpus(load_emodb_sample())
    >>> tables["Corpus"]["value"][["utterances", "speakers", "missing files"]].tolist()
    [188, 10, 0]
    """
    data, ratings = corpus.data, check_ratings(corpus.ratings)
    if len(data) != len(ratings):
        raise ValueError(
            f"data and ratings must be of the same samples; got {len(data)} and {len(ratings)}."
        )
    headers = _read_headers(data)
    seconds, outside = _measure(data, headers, getattr(corpus, "sampling_rate", None))
    consensus = ratings.consensus()
    agreement = ratings.agreement()
    speakers = _list_speakers(data)
    tables = {
        "Corpus": _count(data, ratings, consensus, agreement, headers, seconds, outside, speakers),
        "Labels": _count_labels(ratings, consensus),
        "Raters": _count_raters(agreement.annotators),
        "Speakers": _count_speakers(speakers, seconds, ratings, consensus),
    }
    problems = {file: header.problem for file, header in headers.items() if header.problem}
    return tables | ({"Files": _list_problems(problems)} if problems else {})


def _count(data, ratings, consensus, agreement, headers, seconds, outside, speakers):
    answered = ratings.lengths > 0
    named = agreement.annotators
    unresolved = np.array([label is None for label in consensus], dtype=bool)
    counts = {
        "utterances": len(data),
        "hours": np.nan if np.isnan(seconds).all() else float(np.nansum(seconds)) / 3600,
        "speakers": len({speaker for speaker in speakers if speaker is not None}),
    }
    if "session" in data:
        counts["sessions"] = int(data["session"].nunique())
    counts |= {
        "raters": len(named),
        "answers": len(ratings.values),
        "answers per utterance": len(ratings.values) / len(data) if len(data) else np.nan,
        "alpha": agreement.alpha,
        "ties": int((answered & unresolved).sum()),
        "unrated": int((~answered).sum()),
        "unknown speakers": sum(speaker is None for speaker in speakers),
    }
    if headers:
        known = headers.values()
        counts |= {
            "missing files": sum(header.size is None for header in known),
            "unreadable files": sum(h.size is not None and h.seconds is None for h in known),
            "duplicate recordings": _count_copies(headers),
        }
    if {"start", "end"} & set(data.columns):
        counts["parts outside files"] = outside
    return pd.DataFrame({"value": pd.Series(counts, dtype=object)})


def _count_labels(ratings, consensus):
    labels = [*ratings.labels.tolist()]
    labels += [label for label in ratings.classes.tolist() if label not in labels]
    given = ratings.counts(labels).sum(axis=0)
    agreed = pd.Series(consensus, dtype=object).value_counts()
    classes = set(ratings.classes.tolist())
    table = pd.DataFrame(
        {
            "answers": given,
            "share": given / max(given.sum(), 1),
            "consensus": [int(agreed.get(label, 0)) for label in labels],
            "class": [label in classes for label in labels],
        },
        index=pd.Index(labels, name="label"),
    )
    return table.sort_values("answers", ascending=False, kind="stable")


def _count_raters(annotators):
    shares = annotators.drop(columns=["n_samples", "n_ratings", "weight"])
    most = shares.idxmax(axis=1) if len(shares) and shares.shape[1] else None
    return pd.DataFrame(
        {
            "utterances": annotators["n_samples"],
            "answers": annotators["n_ratings"],
            "weight": annotators["weight"],
            "most frequent": pd.Series(most, annotators.index, dtype=object),
        }
    ).rename_axis("rater")


def _count_speakers(speakers, seconds, ratings, consensus):
    known = np.array([speaker is not None for speaker in speakers], dtype=bool)
    names = pd.Series([str(speaker) for speaker in speakers], name="speaker")[known]
    groups = names.groupby(names)
    table = pd.DataFrame({"utterances": groups.size()})
    minutes = pd.Series(seconds / 60)[known].groupby(names).sum(min_count=1)
    table["minutes"] = minutes.reindex(table.index)
    table["rated"] = pd.Series(ratings.lengths > 0)[known].groupby(names).sum()
    agreed = pd.Series(consensus, dtype=object)[known]
    for label in ratings.classes.tolist():
        table[label] = (agreed == label).groupby(names).sum()
    return table.rename_axis("speaker")


def _list_problems(problems):
    """Return a table of files and what is wrong with them, of which the first are listed."""
    shown = dict(list(problems.items())[:MOST_FILES])
    if len(problems) > MOST_FILES:
        shown[f"{len(problems) - MOST_FILES:,} more"] = "..."
    return pd.DataFrame({"problem": pd.Series(shown, dtype=object)}).rename_axis("file")


def _list_speakers(data):
    """Return the person of each sample; None where unknown."""
    if "speaker" not in data:
        return [None] * len(data)
    return [None if pd.isna(person) else person for person in get_persons(data["speaker"])]


def _read_headers(data):
    """Return what the headers of all files state, by file; empty if the data have none."""
    if "file" not in data:
        return {}
    files = list(dict.fromkeys(os.fspath(file) for file in data["file"].dropna()))
    # Waiting for a disk or a network takes most of the time.
    with ThreadPoolExecutor(N_THREADS) as pool:
        return dict(zip(files, pool.map(_read_header, files), strict=True))


def _read_header(file):
    path = os.path.expanduser(file)
    try:
        size = check_file(path).st_size
    except AudioError as error:
        size = 0 if _is_file(path) else None
        return Header(size, problem=str(error))
    try:
        info = soundfile.info(path)
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        return Header(size, problem=_explain(path, error))
    if not 0 <= info.frames < MOST_FRAMES or not info.samplerate:
        return Header(size, np.nan)
    problem = None if info.frames else "has no samples"
    return Header(size, info.frames / info.samplerate, info.samplerate, problem)


def _is_file(path):
    try:
        return os.path.isfile(path)
    except ValueError:  # a null byte
        return False


def _explain(path, error):
    try:
        said = explain_file(path)
    except OSError:
        said = None
    return f"cannot be read as audio: {said or shorten(error, LONGEST)}"


def _measure(data, headers, sampling_rate):
    """Return the length of each sample in seconds, NaN where unknown, and how many are outside.

    Only what is inside of the file counts.
    """
    whole = np.full(len(data), np.nan)
    if "file" in data:
        known = {file: header.seconds for file, header in headers.items()}
        for row, file in enumerate(data["file"]):
            if not pd.isna(file):
                length = known[os.fspath(file)]
                whole[row] = np.nan if length is None else length
    if "signal" in data and sampling_rate:
        for row, signal in enumerate(data["signal"]):
            if hasattr(signal, "__len__"):
                whole[row] = len(signal) / sampling_rate
    start, end = (np.array(parse_column(data, n)[0], dtype=float) for n in ("start", "end"))
    start, last = np.nan_to_num(start), np.where(np.isnan(end), whole, end)
    # Of files of unknown length, parts are taken to be inside.
    limit = np.where(np.isnan(whole), np.inf, whole)
    outside = (start >= limit) | (last > limit + TOLERANCE)
    seconds = np.minimum(last, limit) - np.minimum(start, limit)
    return np.maximum(seconds, 0), int(outside.sum())


def _count_copies(headers):
    """Return how many files have the same contents as another one."""
    by_size = {}
    for file, header in headers.items():
        if header.size is not None:
            by_size.setdefault(header.size, []).append(file)
    alike = [file for files in by_size.values() if len(files) > 1 for file in files]
    with ThreadPoolExecutor(N_THREADS) as pool:
        digests = [digest for digest in pool.map(_digest, alike) if digest is not None]
    return len(digests) - len(set(digests))


def _digest(file):
    """Return the size of a file, and a digest of its beginning and its end."""
    try:
        with open(os.path.expanduser(file), "rb") as opened:
            head = opened.read(N_BYTES)
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(N_BYTES, size - N_BYTES))
            return size, hashlib.blake2b(head + opened.read(N_BYTES)).digest()
    except OSError:
        return None
