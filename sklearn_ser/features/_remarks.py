"""Remarks on recordings from which features were extracted: warn of them, and pass them on."""

import contextlib
from contextvars import ContextVar

from sklearn_ser.features._errors import list_remarks

# Texts on recordings of which every user is warned, by the kind of remark.
_SAID = {
    "clipped": "exceed [-1, 1], and what exceeds it was clipped",
    "cancelled": (
        "have channels that cancel each other in their mean (a column 'channel' selects one)"
    ),
}

_observed = ContextVar("observed", default=None)


@contextlib.contextmanager
def observe_remarks():
    """Collect the remarks on all recordings from which features are extracted in the block.

    Yields
    ------
    dict of int to tuple of Remark
        By the row of the recording in X; recordings without remarks are left out.
    """
    found = {}
    token = _observed.set(found)
    try:
        yield found
    finally:
        _observed.reset(token)


def pass_on_remarks(outcomes):
    """Give the remarks on recordings to whoever observes them.

    Parameters
    ----------
    outcomes : list of Outcome
    """
    found = _observed.get()
    if found is not None:
        found |= {i: outcome.remarks for i, outcome in enumerate(outcomes) if outcome.remarks}


def describe_remarks(outcomes, clips):
    """Return what to warn the user of, one text per kind of remark.

    Parameters
    ----------
    outcomes : list of Outcome
    clips : list of Clip

    Returns
    -------
    list of str
    """
    texts = []
    for kind, said in _SAID.items():
        found = [
            (i, clips[i].file, remark.detail)
            for i, outcome in enumerate(outcomes)
            for remark in outcome.remarks
            if remark.kind == kind
        ]
        if found:
            texts.append(f"{len(found)} of {len(clips)} recordings {said}: {list_remarks(found)}.")
    return texts
