"""One sample's ratings as a dict: what numpy makes of `Ratings`, and the way back.

scikit-learn turns y into an array here and there. Dicts survive that, cannot be mistaken for
labels, and carry the vocabulary that slicing must keep.
"""

from collections import namedtuple

import numpy as np

from sklearn_ser.ratings._readers import ANONYMOUS, encode, encode_with
from sklearn_ser.utils._saving import SavedByName


class Anonymous(SavedByName, namedtuple("Anonymous", ["number"])):
    """Key of a rater whose identity is unknown: the ``number``-th of one utterance."""

    __slots__ = ()


class Origin(SavedByName, namedtuple("Origin", ["annotators", "labels", "target_classes"])):
    """What a sample's ratings share with those of all others, named as in `Ratings`."""

    __slots__ = ()


class SampleRatings(SavedByName, dict):
    """One sample's ratings, ``{annotator: (label, ...)}``, with the vocabulary they came from."""

    __slots__ = ("origin", "own_consensus")


def _with_origin(items, origin, own_consensus):
    row = SampleRatings(items)
    row.origin, row.own_consensus = origin, own_consensus
    return row


def decode_sample(codes, origin, own_consensus):
    """Decode one sample's pairs of annotator and label."""
    row = {}
    for annotator, label in codes:
        # Unknown raters come first, so that the row's length numbers them.
        name = Anonymous(len(row)) if annotator == ANONYMOUS else origin.annotators.item(annotator)
        row[name] = (*row.get(name, ()), origin.labels.item(label))
    return _with_origin(row, origin, own_consensus)


def read_rows(rows):
    """Read one dict a sample.

    Returns
    -------
    read : tuple
        As of the readers of tables.
    target_classes : tuple or None
    consensus : list or None
        If every row knows a consensus that is not computed from the ratings.

    Raises
    ------
    ValueError
        If the rows come from ratings with different target classes.
    """
    made = [row for row in rows if isinstance(row, SampleRatings)]
    origins = list({id(row.origin): row.origin for row in made}.values())
    targets = {origin.target_classes for origin in origins}
    if len(targets) > 1:
        raise ValueError(f"ratings must have the same target classes, got {list(targets)}.")

    sample, annotator, label = [], [], []
    for i, row in enumerate(rows):
        for name, said in row.items():
            said = said if isinstance(said, (tuple, list)) else (said,)
            sample += [i] * len(said)
            annotator += [None if isinstance(name, Anonymous) else name] * len(said)
            label += said
    # The vocabularies hold what the rows say and what the ratings they came from could say.
    _, annotators = encode(annotator + [n for origin in origins for n in origin.annotators])
    _, labels = encode(label + [n for origin in origins for n in origin.labels.tolist()])
    read = (
        len(rows),
        np.array(sample, dtype=np.intp),
        encode_with(annotator, annotators),
        encode_with(label, labels),
        annotators,
        labels,
    )
    consensus = None
    if made and len(made) == len(rows) and all(row.own_consensus is not None for row in made):
        consensus = [
            None if row.own_consensus < 0 else row.origin.labels.item(row.own_consensus)
            for row in made
        ]
    return read, targets.pop() if targets else None, consensus
