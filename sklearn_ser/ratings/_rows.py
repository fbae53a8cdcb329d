"""One sample's ratings as a dict: the form of `Ratings` in a numpy array.

Parts of scikit-learn convert y to an array. Dicts survive that, cannot be mistaken for labels, and
carry the vocabularies, which must not change when samples are sliced.
"""

from collections import namedtuple

import numpy as np

from sklearn_ser.ratings._codes import ANONYMOUS, NO_LABEL
from sklearn_ser.ratings._readers import merge
from sklearn_ser.ratings._values import list_cell, read_column
from sklearn_ser.ratings._vocabulary import encode_with
from sklearn_ser.utils._ids import make_ids
from sklearn_ser.utils._kinds import find_kinds
from sklearn_ser.utils._saving import SavedByName


class Anonymous(SavedByName, namedtuple("Anonymous", ["number"])):
    """Key of a rater without identity in `SampleRatings`; ``number`` counts them per sample."""

    __slots__ = ()


class Origin(
    SavedByName, namedtuple("Origin", ["annotators", "labels", "target_classes", "ids_are_range"])
):
    """The attributes that a sample's ratings share with all others of the same `Ratings`."""

    __slots__ = ()


class SampleRatings(SavedByName, dict):
    """One sample's ratings, ``{annotator: (label, ...)}``.

    Attributes
    ----------
    origin : Origin
        Shared attributes of the `Ratings` that the sample was taken from.
    own_consensus : int or None
        Code of a consensus that is not computed from the ratings (-1 is none); None if the
        `Ratings` had no such consensus.
    sample_id : object
        None if the `Ratings` had no ids.
    """

    __slots__ = ("origin", "own_consensus", "sample_id")


def decode_sample(codes, origin, own_consensus, sample_id):
    """Return the pairs of annotator and label of one sample as `SampleRatings`."""
    row = SampleRatings()
    row.origin, row.own_consensus, row.sample_id = origin, own_consensus, sample_id
    for annotator, label in codes:
        # Anonymous raters come first, so that the row's length numbers them.
        name = Anonymous(len(row)) if annotator == ANONYMOUS else origin.annotators.item(annotator)
        row[name] = (*row.get(name, ()), origin.labels.item(label))
    return row


def read_rows(rows):
    """Read one dict per sample.

    Parameters
    ----------
    rows : sequence of dict or SampleRatings

    Returns
    -------
    read : tuple
        As returned by the readers of tables.
    target_classes : tuple or None
    own_consensus : ndarray of int32 of shape (n_samples,), or None
        None unless every row has one.
    ids : SampleIds or None
        None unless every row has one.

    Raises
    ------
    ValueError
        If the rows come from ratings with different target classes, or may hold counts.
    """
    made = [row for row in rows if isinstance(row, SampleRatings)]
    # Rows of the same ratings share their vocabularies, which are read once.
    shared = {(id(row.origin.annotators), id(row.origin.labels)): row.origin for row in made}
    origins = list(shared.values())
    targets = {row.origin.target_classes for row in made}
    if len(targets) > 1:
        raise ValueError(f"ratings must have the same target classes, got {list(targets)}.")

    if not made:
        _check_no_counts(rows)
    sample, annotator, label = [], [], []
    for i, row in enumerate(rows):
        for name, said in row.items():
            said = list_cell(said)
            sample += [i] * len(said)
            annotator += [None if isinstance(name, Anonymous) else name] * len(said)
            label += said
    # The vocabularies hold those of the origins, too, of which the rows may be a part.
    vocabularies = [(origin.annotators, origin.labels) for origin in origins]
    read = merge(len(rows), sample, annotator, label, vocabularies)
    labels = read[-1]
    own_consensus = None
    if made and len(made) == len(rows) and all(row.own_consensus is not None for row in made):
        found = [
            None if row.own_consensus == NO_LABEL else row.origin.labels.item(row.own_consensus)
            for row in made
        ]
        own_consensus = encode_with(found, labels).astype(np.int32)
    ids = None
    if made and len(made) == len(rows) and all(row.sample_id is not None for row in made):
        are_range = all(row.origin.ids_are_range for row in made)
        ids = make_ids([row.sample_id for row in made], len(made), are_range)
    return read, targets.pop() if targets else None, own_consensus, ids


def _check_no_counts(rows):
    """Raise a ValueError if dicts hold only numbers, which may be counts of raters by class."""
    kinds = find_kinds(read_column([cell for row in rows for cell in row.values()]))
    if max(map(len, rows)) > 1 and kinds and kinds <= {"numbers", "booleans"}:
        raise ValueError(
            "y of dicts of numbers is ambiguous as ratings: it may hold counts or labels of "
            "annotators. Use Ratings.from_counts for the number of raters per class, or tuples "
            "for the labels of annotators: {annotator: (label,)}."
        )
