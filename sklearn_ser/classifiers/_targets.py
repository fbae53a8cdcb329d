"""Targets for training, of what a target encoder gives."""

import numpy as np
from sklearn.base import clone

from sklearn_ser.targets import HardTargetEncoder, has_target


def clone_with_encoder(estimator, encoder):
    """Return a clone that learns by an encoder; by None, by its own or else from the consensus."""
    if encoder is None:
        encoder = estimator.target_encoder
    encoder = HardTargetEncoder() if encoder is None else clone(encoder)
    return clone(estimator).set_params(target_encoder=encoder)


def fit_targets(encoder, ratings):
    """Fit an encoder, and make sure that there is something to learn.

    Parameters
    ----------
    encoder : target encoder
        Left as it is.
    ratings : Ratings

    Returns
    -------
    encoder : target encoder
        Fitted.
    classes : ndarray
        Sorted: scikit-learn's scorers rely on it, while an encoder keeps the order it was given.
    targets : ndarray of float64 of shape (n_samples, n_classes)
        Columns as in `classes`; a row of NaN is a sample to leave out.

    Raises
    ------
    ValueError
        If no sample has a target, or all targets are one class.
    """
    encoder = clone(encoder).fit(ratings)
    classes, order = np.unique(encoder.classes_, return_index=True)
    targets = encoder.transform(ratings)[:, order]
    used = targets[has_target(targets)]
    if len(used) == 0:
        raise ValueError(
            f"no sample has a target: the target classes are {classes.tolist()}, the labels "
            f"{ratings.labels.tolist()}, and there are {len(ratings.values)} ratings."
        )
    if len(np.unique(used.argmax(axis=1))) == 1 and (used == used[0]).all():
        raise ValueError(
            f"at least two classes are needed: the targets of all {len(used)} samples are one "
            f"class, {classes[used[0].argmax()]!r}."
        )
    return encoder, classes, targets
