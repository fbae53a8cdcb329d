"""Checks of the arguments of a listening page."""

import io
import os
import warnings

import pandas as pd

from sklearn_ser.inspection._listening_samples import name_label
from sklearn_ser.inspection._listening_scores import SORTS
from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.ratings._names import read_classes
from sklearn_ser.speech._ids import check_samples
from sklearn_ser.utils._kinds import check_same_kind, show_labels


def check_path(path):
    """Return the path of a page as text; its folder must exist."""
    path = os.path.abspath(os.path.expanduser(os.fspath(path)))
    if not os.path.isdir(os.path.dirname(path)):
        raise FileNotFoundError(f"the folder of path does not exist: {os.path.dirname(path)}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"path must be a file, such as page.html; {path} is a folder.")
    return path


def choose_ratings(own, ratings, audio, n_samples):
    """Return the ratings of all samples; None if there are none.

    Parameters
    ----------
    own : Ratings or None
        Of the samples to listen to.
    ratings : any form that `check_ratings` accepts, or None
        As given beside the samples.
    audio : recordings
    n_samples : int
        Number of recordings.
    """
    if own is not None and ratings is not None:
        raise ValueError("ratings are given twice: samples have ratings of their own.")
    given = own if ratings is None else ratings
    if given is None:
        return None
    checked = check_ratings(given)
    if len(checked) != n_samples:
        raise ValueError(
            f"audio and ratings must be of the same samples; got {n_samples} recordings and "
            f"ratings of {len(checked)} samples."
        )
    check_samples(audio, given)
    return checked


def check_annotator(annotator, ratings):
    """Raise an error if choices could not be told from the answers of a rater."""
    if not isinstance(annotator, str) or not annotator.strip():
        raise ValueError(f"annotator must be a name, got {annotator!r}.")
    raters = [] if ratings is None else list(map(name_label, ratings.annotators))
    if annotator.strip() in raters:
        raise ValueError(
            f"annotator must not be one of the raters, whose answers would be mixed up with the "
            f"choices; got {annotator!r}."
        )


def choose_sort(sort, scores):
    """Return by what clips are sorted: as given, or the first that is known."""
    known = [name for name in SORTS if name in scores or name == "order"]
    if sort is None:
        return known[0]
    if sort not in SORTS:
        raise ValueError(f"sort must be one of {SORTS}, got {sort!r}.")
    if sort not in known:
        raise ValueError(
            f"sort must be one of {known} for these samples, got {sort!r}: suspicion needs a "
            "label and probabilities (or the table of `suspects`), error needs a label and a "
            "prediction, disagreement needs ratings, and uncertainty needs probabilities."
        )
    return sort


def choose_labels(choices, ratings, clips):
    """Return the labels that can be chosen, as text.

    Parameters
    ----------
    choices : sequence of labels, or None
    ratings : Ratings or None
    clips : Clips

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If there are none, or they are of another kind than those of the ratings.

    Warns
    -----
    UserWarning
        If reading the CSV file would change one.
    """
    if choices is not None:
        choices = read_classes(choices, "choices")
        if ratings is not None:
            check_same_kind(ratings.labels, choices, "labels of the ratings", "choices")
        found = list(choices)
    else:
        found = [] if ratings is None else [*ratings.classes.tolist(), *ratings.labels.tolist()]
        found += [*clips.classes, *clips.labels, *clips.predictions]
    names = [name for name in dict.fromkeys(map(name_label, found)) if name is not None]
    if not names:
        raise ValueError("choices must name the labels to choose from: samples have no labels.")
    is_text = ratings is None or ratings.labels.dtype.kind in "UO"
    changed = [name for name in names if is_text and _read_back(name) != name]
    if changed:
        warnings.warn(
            f"pandas.read_csv changes labels that look like numbers or missing values: "
            f"{show_labels(changed)}. Read the file that the page saves with "
            'pd.read_csv(path, dtype={"label": str}, keep_default_na=False).',
            UserWarning,
            stacklevel=3,
        )
    return names


def _read_back(name):
    """Return what `pandas.read_csv` makes of a label."""
    text = pd.DataFrame({"label": [name]}).to_csv(index=False)
    return pd.read_csv(io.StringIO(text))["label"][0]
