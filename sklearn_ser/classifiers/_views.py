"""Views of the ratings, which define what each ensemble member learns from which samples."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from sklearn_ser.ratings._counting import count_rated_samples
from sklearn_ser.ratings._ratings import Ratings
from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder, has_target
from sklearn_ser.utils._messages import join_names

CROWD_HARD, CROWD_SOFT = "crowd-hard", "crowd-soft"


class Encoders(NamedTuple):
    """Target encoders of the three kinds of views, all with the same sorted classes."""

    hard: BaseEstimator  # of the consensus
    soft: BaseEstimator  # of all ratings
    annotator: BaseEstimator  # of the ratings of one annotator


class View(NamedTuple):
    """The samples that have a target, their ratings as one member sees them, and the targets."""

    name: Any  # CROWD_HARD, CROWD_SOFT or the annotator
    encoder: BaseEstimator
    rows: NDArray  # of the n_rows samples
    ratings: Ratings  # of n_rows
    targets: NDArray  # of shape (n_rows, n_classes)

    @property
    def labels(self):
        """The class with the highest target, for each row."""
        return self.encoder.classes[self.targets.argmax(axis=1)]


def find_encoder_parameter(estimator):
    """Return the name of the parameter that holds an estimator's target encoder, or None."""
    names = [
        name
        for name in estimator.get_params(deep=True)
        if name == "target_encoder" or name.endswith("__target_encoder")
    ]
    return min(names, key=len, default=None)


def choose_encoders(ratings, estimator, soft_encoder, default):
    """Make the encoders of an ensemble from that of its estimator.

    Parameters
    ----------
    ratings : Ratings
        Their target classes are used, unless the estimator's encoder specifies others.
    estimator : estimator
    soft_encoder : target encoder or None
        If None, the encoder of the annotators.
    default : target encoder
        That of the annotators if the estimator has none.

    Returns
    -------
    Encoders
    """
    name = find_encoder_parameter(estimator)
    own = None if name is None else estimator.get_params(deep=True)[name]
    if isinstance(own, HardTargetEncoder):
        # An annotator who gave a sample two labels has no consensus; soft targets keep both.
        hard, annotator = own, SoftTargetEncoder(classes=own.classes)
    else:
        hard, annotator = HardTargetEncoder(), default if own is None else own
    soft = annotator if soft_encoder is None else soft_encoder
    classes = ratings.classes if annotator.classes is None else np.asarray(annotator.classes)
    # Sorted, so that probabilities of all members have the same columns.
    classes = np.unique(classes)
    return Encoders(*(clone(one).set_params(classes=classes) for one in (hard, soft, annotator)))


def make_view(name, encoder, ratings):
    """Make the targets of one member, and keep the samples that have a target."""
    targets = clone(encoder).fit(ratings).transform(ratings)
    rows = np.flatnonzero(has_target(targets))
    return View(name, encoder, rows, ratings[rows], targets[rows])


def choose_annotators(ratings, classes, annotators, min_ratings):
    """Return the annotators who get a member.

    Parameters
    ----------
    ratings : Ratings
    classes : ndarray of labels
    annotators : "auto" or sequence of annotators
        "auto" means all who gave one of the classes to at least `min_ratings` samples.
    min_ratings : int

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If an annotator is unknown.
    """
    known = ratings.annotators.tolist()
    if isinstance(annotators, str):
        n_rated = count_rated_samples(ratings, classes.tolist())
        return [name for name, n in zip(known, n_rated, strict=True) if n >= min_ratings]
    own = dict(zip(known, known, strict=True))
    unknown = [name for name in annotators if name not in own]
    if unknown:
        raise ValueError(
            f"annotators {join_names(unknown)} are not among those of the ratings: "
            f"{join_names(known)}."
        )
    return [own[name] for name in annotators]


def restrict(view, rows):
    """Return a view of those samples that are among the given rows, in the order of the rows."""
    rows = rows[np.isin(rows, view.rows)]
    places = np.searchsorted(view.rows, rows)
    return view._replace(rows=rows, ratings=view.ratings[places], targets=view.targets[places])
