"""Join ratings by the ids of their samples."""

import warnings
from collections import Counter

import numpy as np

from sklearn_ser.ratings._codes import NO_LABEL
from sklearn_ser.utils._ids import make_ids
from sklearn_ser.utils._messages import join_names


def find_rows(ratings, ids, key, allow_dropped):
    """Return where the samples with some ids are; see `Ratings.reindex`.

    Returns
    -------
    rows : ndarray of int of shape (n_ids,)
        -1 where the ratings have no such sample.
    wanted : SampleIds of length n_ids
    """
    if ratings.ids is None:
        raise ValueError("these ratings have no ids to join by; see with_ids.")
    names = getattr(ids, "ids", ids)
    if names is None:
        raise ValueError(f"{type(ids).__name__} to join with has no ids; see with_ids.")
    wanted = make_ids(names, len(ids))
    own, other = (
        [key(i) if key is not None else i for i in names] for names in (ratings.ids, wanted)
    )
    place = {name: row for row, name in enumerate(own)}
    if len(place) < len(own):
        twice = sorted(str(name) for name, n in Counter(own).items() if n > 1)
        raise ValueError(f"ids must differ to join by them; not {join_names(twice)}.")
    dropped = place.keys() - set(other)
    if dropped and not allow_dropped:
        problem = (
            f"{len(dropped)} rated samples are not among ids: "
            f"{join_names(sorted(map(str, dropped)))}"
        )
        if len(dropped) == len(own):
            raise ValueError(
                f"{problem}. That is all of them; ids are {join_names(other[:2])}, and so on. If "
                "the same samples have other names there, pass key, such as "
                "key=lambda file: Path(file).stem."
            )
        raise ValueError(f"{problem}. If they may be dropped, pass allow_dropped=True.")
    if own and other and len(dropped) == len(own):
        warnings.warn(
            f"no sample of these ratings is among ids: they have {join_names(own[:2])}, ids are "
            f"{join_names(other[:2])}, and so on.",
            UserWarning,
            stacklevel=3,
        )
    return np.array([place.get(name, -1) for name in other], dtype=np.intp), wanted


def take_rows(ratings, own_consensus, rows):
    """Return codes of samples by row; -1 is a sample without ratings.

    Returns
    -------
    values, offsets, own_consensus
    """
    present = rows >= 0
    taken = ratings[rows[present]]
    lengths = np.zeros(len(rows), dtype=np.int64)
    lengths[present] = taken.lengths
    own = None
    if own_consensus is not None:
        own = np.full(len(rows), NO_LABEL, dtype=np.int32)
        own[present] = own_consensus[rows[present]]
    return taken.values, np.concatenate([[0], np.cumsum(lengths)]), own
