"""What `cross_evaluate` takes, checked."""

from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from sklearn_ser.ratings._check import check_ratings
from sklearn_ser.splits._cross_fitting import list_splits
from sklearn_ser.splits._speakers import get_persons
from sklearn_ser.utils._messages import join_names


def get_data(corpus):
    """Return data and ratings of a corpus."""
    for name in ("data", "ratings"):
        if not hasattr(corpus, name):
            raise TypeError(
                "corpus must have data and ratings, as loaders return it; "
                f"{type(corpus).__name__} has no {name}."
            )
    return corpus.data, check_ratings(corpus.ratings)


def get_title(corpus):
    """Return the first line of what a corpus says of itself."""
    lines = (getattr(corpus, "DESCR", None) or "").strip().splitlines()
    return lines[0] if lines else "corpus"


def describe_cv(cv):
    """Say what is held out at a time."""
    if cv is None:
        return "one group at a time"
    return "whole groups" if isinstance(cv, Integral) else type(cv).__name__


def check_seeds(seeds):
    """Return seeds as a list of int."""
    found = np.asarray(seeds)
    if found.shape == (0,):
        raise ValueError("at least one seed is needed, got none.")
    if found.ndim != 1 or found.dtype.kind not in "iu" or len(set(found.tolist())) != len(seeds):
        raise ValueError(f"seeds must be a sequence of different integers, got {seeds!r}.")
    return found.tolist()


def get_column(data, name, *, required=True):
    """Return what is known of samples: a column of a table, or an attribute of Sequences."""
    if isinstance(data, pd.DataFrame):
        if name in data.columns:
            return data[name].to_numpy(object)
        known = data.columns.tolist()
    else:
        found = getattr(data, name, None)
        if found is not None:
            return np.asarray(found, dtype=object)
        known = [key for key in ("speaker", "session") if getattr(data, key, None) is not None]
    if required:
        raise ValueError(f"the data have no {name!r} to group by; they have {known}.")
    return None


def check_groups(data, groups):
    """Return the group of every sample, of a column or as given; of speakers, the persons."""
    if isinstance(groups, str):
        groups = get_column(data, groups)
    groups = get_persons(groups)
    absent = [i for i, group in enumerate(groups) if pd.isna(group)]
    if absent:
        raise ValueError(
            f"every sample must have a group; none have samples {join_names(absent)}."
        )
    return groups


def make_splits(cv, groups, labels):
    """Splits into training and test rows; ratings are not shown to splitters that would ask."""
    if cv is None:
        cv = LeaveOneGroupOut()
    elif isinstance(cv, Integral):
        cv = GroupKFold(int(cv))
    return list_splits(cv, np.zeros(len(groups)), labels, groups)


def check_speakers(splits, speakers, allowed):
    """Return whether speakers are on both sides, or may be; an error if that is not allowed."""
    speakers = get_persons(speakers)
    if speakers is None or any(pd.isna(speaker) for speaker in speakers):
        problem = "it cannot be told whether speakers are on both sides: some are unknown"
    else:
        found = []
        for fold, (train, test) in enumerate(splits):
            both = sorted(set(speakers[train]) & set(speakers[test]), key=str)
            if both:
                found.append(f"fold {fold} ({join_names(both)})")
        if not found:
            return False
        problem = f"speakers are on both sides of {join_names(found)}"
    if not allowed:
        raise ValueError(
            f"{problem}. What a model knows of a voice is then taken for what it knows of "
            "emotion; group by speaker or session, or pass allow_shared_speakers=True."
        )
    return True
