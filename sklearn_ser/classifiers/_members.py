"""The members of an ensemble of views: which there are, and their training side by side."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder, has_target
from sklearn_ser.utils._messages import join_names
from sklearn_ser.utils._parallel import run_parallel
from sklearn_ser.utils._random import clone_with_seed

CROWD_HARD, CROWD_SOFT = "crowd-hard", "crowd-soft"


class View(NamedTuple):
    """What one member learns: some samples, and its own targets for them."""

    name: object  # CROWD_HARD, CROWD_SOFT or the annotator
    ratings: object  # Ratings of all samples, as this member sees them
    encoder: object


def encoder_parameter(estimator):
    """Name of the parameter that holds the estimator's target encoder, or None."""
    names = [
        name
        for name in estimator.get_params(deep=True)
        if name == "target_encoder" or name.endswith("__target_encoder")
    ]
    return min(names, key=len, default=None)


def views(ratings, estimator, crowd, annotators, min_ratings, soft_encoder):
    """Return the encoder of the consensus, and what each member learns.

    Annotators of whom nothing can be learned have no view; a warning names them.
    """
    name = encoder_parameter(estimator)
    own = None if name is None else estimator.get_params(deep=True)[name]
    hard = HardTargetEncoder()
    if isinstance(own, HardTargetEncoder):
        hard, own = own, SoftTargetEncoder(classes=own.classes)
    elif own is None:
        own = SoftTargetEncoder()
    soft = own if soft_encoder is None else soft_encoder
    classes = ratings.classes if own.classes is None else np.asarray(own.classes)
    classes = np.unique(classes)

    def for_classes(encoder):
        return clone(encoder).set_params(classes=classes)

    hard = for_classes(hard)
    made = {
        CROWD_HARD: View(CROWD_HARD, ratings, hard),
        CROWD_SOFT: View(CROWD_SOFT, ratings, for_classes(soft)),
    }
    chosen = [made[f"crowd-{kind}"] for kind in crowd]
    for annotator in _annotators(ratings, classes, annotators, min_ratings):
        chosen.append(View(annotator, ratings.select(annotator), for_classes(own)))
    return hard, chosen


def _annotators(ratings, classes, annotators, min_ratings):
    """Annotators who rated enough samples, or those named, if there is something to learn."""
    known = ratings.annotators.tolist()
    n_rated, n_classes = _rated(ratings, classes)
    if isinstance(annotators, str):
        chosen = [i for i in range(len(known)) if n_rated[i] >= min_ratings]
    else:
        unknown = [name for name in annotators if name not in set(known)]
        if unknown:
            raise ValueError(
                f"annotators {join_names(unknown)} are not among those of the ratings: "
                f"{join_names(known)}."
            )
        place = {name: i for i, name in enumerate(known)}
        chosen = [place[name] for name in annotators]
    # With one class, or none, there is nothing to tell apart.
    idle = [i for i in chosen if n_classes[i] < 2]
    if idle:
        told = [f"{known[i]!r} ({n_rated[i]} ratings, {n_classes[i]} classes)" for i in idle]
        warnings.warn(
            "no member for annotators who gave fewer than two target classes: "
            f"{join_names(told)}.",
            UserWarning,
            stacklevel=4,
        )
    return [known[i] for i in chosen if n_classes[i] >= 2]


def _rated(ratings, classes):
    """How many samples each annotator gave a target class, and how many classes they used."""
    annotator, place = ratings.values[:, 0], ratings._places(classes.tolist())
    used = (place >= 0) & (annotator >= 0)
    n_annotators = len(ratings.annotators)
    pairs = np.unique(np.column_stack([annotator[used], ratings._sample[used]]), axis=0)
    kinds = np.unique(np.column_stack([annotator[used], place[used]]), axis=0)
    return (
        np.bincount(pairs[:, 0], minlength=n_annotators),
        np.bincount(kinds[:, 0], minlength=n_annotators),
    )


class Task(NamedTuple):
    """One fit: a member on some rows; `frames` says how long it will take."""

    estimator: object
    rows: np.ndarray
    y: object
    frames: int


def task(view, estimator, rows, lengths, seed):
    """What it takes to fit a view on some rows; None if they hold nothing to learn."""
    encoder = clone(view.encoder).fit(view.ratings)
    targets = encoder.transform(view.ratings[rows])
    used = has_target(targets)
    targets, rows = targets[used], rows[used]
    if len(rows) == 0 or (targets == targets[0]).all():
        return None
    member, name = clone_with_seed(estimator, seed), encoder_parameter(estimator)
    if name is None:
        # An estimator that knows no ratings learns the label that leads.
        labels = encoder.classes_[targets.argmax(axis=1)]
        if len(set(labels.tolist())) < 2:
            return None
        y = labels
    else:
        member.set_params(**{name: view.encoder})
        y = view.ratings[rows]
    return Task(member, rows, y, int(lengths[rows].sum()))


def fit_all(tasks, X, n_jobs):
    """Fit all tasks side by side; each takes the rows it needs."""
    arguments = [(task.estimator, X, task.rows, task.y) for task in tasks]
    return run_parallel(_fit, arguments, [task.frames for task in tasks], n_jobs)


def _fit(estimator, X, rows, y):
    return estimator.fit(X[rows], y)
