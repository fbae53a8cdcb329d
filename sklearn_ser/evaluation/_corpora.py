"""Validate corpora to train and test on, and tell their speakers apart."""

import copy
import os
import warnings
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_ser.evaluation._arguments import (
    check_groups,
    check_speakers,
    get_column,
    get_data,
    get_title,
    make_splits,
)
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.speech._recordings import as_table
from sklearn_ser.speech._speaker import AlteredSpeaker
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._kinds import list_names, list_values, show_labels
from sklearn_ser.utils._messages import join_names, naming


class Source(NamedTuple):
    """The parts of a corpus that an evaluation needs.

    Parameters
    ----------
    data : container of length n_samples
    ratings : Ratings of length n_samples
    speakers : ndarray of object of shape (n_samples,), or None
    title : str
    """

    data: Any
    ratings: Ratings
    speakers: NDArray | None
    title: str

    @property
    def persons(self):
        """Set of all known speakers."""
        if self.speakers is None:
            return set()
        return {person for person in get_persons(self.speakers) if not pd.isna(person)}


def read_corpora(corpora):
    """Validate corpora, and return a dict of str to Source."""
    if not isinstance(corpora, Mapping) or not corpora or hasattr(corpora, "ratings"):
        got = "one corpus" if hasattr(corpora, "ratings") else type(corpora).__name__
        raise TypeError(f"corpora must be a dict of names and corpora; got {got}.")
    odd = [repr(name) for name in corpora if not isinstance(name, str)]
    if odd:
        raise TypeError(f"names of corpora must be text; got {join_names(odd)}.")
    sources = {}
    for name, corpus in corpora.items():
        with naming(f"in corpus {name!r}"):
            data, ratings = get_data(corpus)
            check_samples(data, ratings)
            speakers = get_column(data, "speaker", required=False)
            sources[name] = Source(data, ratings, speakers, get_title(corpus))
    return sources


def list_pairs(names, train, test, within):
    """Return the pairs of corpora to train and test on, as asked for.

    Parameters
    ----------
    names : list of str
    train, test : str, iterable of str, or None
    within : bool
        Whether a corpus may be both.

    Returns
    -------
    list of (str, str)
    """
    sides = []
    for argument, given in (("train", train), ("test", test)):
        given = names if given is None else list_names(given)
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(
                f"{argument} must name corpora among {list_values(names)}, got "
                f"{list_values(unknown)}."
            )
        sides.append([name for name in names if name in given])
    pairs = [(a, b) for a, b in product(*sides) if within or a != b]
    if not pairs:
        raise ValueError(
            "there must be two corpora, one to train and another to test on; got "
            f"{list_values(sides[0])} to train and {list_values(sides[1])} to test on. To "
            "cross-validate within a corpus, pass within='speaker'."
        )
    return pairs


def choose_classes(pairs, ratings, present):
    """Return the target classes of every pair.

    Parameters
    ----------
    pairs : list of (str, str)
    ratings : dict of str to Ratings
    present : dict of str to set
        The target classes that are the consensus of some sample.

    Returns
    -------
    dict of (str, str) to tuple
        Of two corpora, those that are present in both, sorted. Of one, its own.

    Raises
    ------
    ValueError
        If there are fewer than two classes; all such pairs are listed.
    """
    classes, problems = {}, {}
    for train, test in pairs:
        shared = present[train] & present[test]
        if len(shared) < 2:
            known = {name: show_labels(sorted(present[name]), 10) for name in (train, test)}
            have = "; ".join(f"{name}: {shown or 'none'}" for name, shown in known.items())
            names = " and ".join(map(repr, known))
            # Both orders of a pair have the same problem.
            problem = f"{show_labels(sorted(shared)) or 'none'} of {names} ({have})"
            problems.setdefault(frozenset(known), problem)
        own = ratings[train].classes.tolist() if train == test else sorted(shared)
        classes[train, test] = tuple(own)
    if problems:
        raise ValueError(
            "corpora must share at least two classes that samples of both have as their "
            f"consensus; got {join_names(problems.values(), most=3)}. Map labels that mean the "
            "same to one name: labels={...}."
        )
    return classes


def split_by_speaker(name, source, ratings, within):
    """Return the splits of one corpus, with no speaker on both sides."""
    if isinstance(within, str) and within != "speaker":
        raise ValueError(
            f"within must be 'speaker', a number of folds or a splitter, got {within!r}."
        )
    with naming(f"in corpus {name!r}"):
        groups = check_groups(source.data, "speaker")
        cv = None if isinstance(within, str) else within
        splits = make_splits(cv, groups, ratings.consensus().astype(str))
        check_speakers(splits, source.speakers, allowed=False)
    return splits


def check_recordings(pairs, sources):
    """Find recordings that two corpora have in common.

    Raises
    ------
    ValueError
        If the corpora of a pair have the same files.

    Warns
    -----
    UserWarning
        If most recordings of a corpus have a namesake by the speaker of the same name in another.
    """
    files = {name: _list_files(source) for name, source in sources.items()}
    same, alike = [], []
    for a, b in dict.fromkeys(tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1]):
        common = sorted(files[a][path].file for path in files[a].keys() & files[b].keys())
        if common:
            same.append(f"{a!r} and {b!r} share {len(common)} ({join_names(common, 2)})")
        names = [
            {(own.stem, own.person) for own in files[name].values() if not pd.isna(own.person)}
            for name in (a, b)
        ]
        both = sorted((stem for stem, _ in set.intersection(*names)), key=str)
        if both and len(both) > min(map(len, names)) / 2:
            alike.append(f"{a!r} and {b!r} have {len(both)} ({join_names(both, 2)})")
    if same:
        raise ValueError(
            "corpora must have no recordings in common, or a model would be tested on what it was "
            f"trained on: {join_names(same)}."
        )
    if alike:
        warnings.warn(
            "two corpora have recordings with the same name by a speaker of the same name: "
            f"{join_names(alike)}. If they are copies of the same recordings, the scores are of "
            "what a model was trained on.",
            UserWarning,
            stacklevel=3,
        )


class File(NamedTuple):
    """A recording of a corpus."""

    file: str  # as the corpus names it
    person: Any  # None or NaN if unknown

    @property
    def stem(self):
        """Str: its name without folder and extension."""
        return Path(self.file).stem


def _list_files(source):
    """Return a dict of the files of a corpus, by their real paths.

    One file has many paths: relative ones, with ``..`` or ``~``, and links.
    """
    persons = get_persons(source.speakers)
    found = {}
    for row, file in enumerate(_get_files(source.data)):
        if pd.isna(file):
            continue
        file = os.fspath(file)
        path = os.path.normcase(os.path.realpath(os.path.expanduser(file)))
        found[path] = File(file, None if persons is None else persons[row])
    return found


def _get_files(data):
    """Return the file of each row of the data of a corpus; missing where there is a waveform."""
    table = as_table(data)
    if table is None:
        is_row = isinstance(data, (list, tuple, pd.Series, pd.Index, np.ndarray))
        are_paths = is_row and all(isinstance(item, (str, os.PathLike)) for item in data)
        return list(data) if are_paths else []
    if "file" not in table:
        return []
    return table["file"].where(table["signal"].isna()) if "signal" in table else table["file"]


def rename_speakers(X, heard, corpus):
    """Rename the speakers of a corpus whose names occur in another corpus.

    They are different people: a scaler must not use the statistics of one for the other.

    Parameters
    ----------
    X : container of length n_samples
    heard : set
        The speakers of the other corpus.
    corpus : str

    Returns
    -------
    container of length n_samples
    """
    speakers = get_column(X, "speaker", required=False)
    if speakers is None or heard.isdisjoint(get_persons(speakers)):
        return X
    column = speakers.copy()
    for row, speaker in enumerate(speakers):
        if speaker not in heard:
            continue
        person = f"{getattr(speaker, 'person', speaker)} ({corpus})"
        is_altered = hasattr(speaker, "person")
        column[row] = (
            AlteredSpeaker.from_voice(person, f"{speaker.voice} ({corpus})")
            if is_altered
            else person
        )
    if isinstance(X, pd.DataFrame):
        return X.assign(speaker=column)
    X = copy.copy(X)
    X.speaker = column
    return X
