"""Make training targets with a target encoder, and compute class weights."""

import numpy as np
from sklearn.base import clone

from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder, has_target
from sklearn_ser.utils._messages import join_names


def choose_encoder(encoder, ratings):
    """Return the encoder, or the default for these ratings if it is None."""
    if encoder is not None:
        return encoder
    has_one_each = ratings.lengths.max(initial=0) <= 1
    return HardTargetEncoder() if has_one_each else SoftTargetEncoder()


def clone_with_encoder(estimator, encoder):
    """Return a clone of an estimator with another target encoder.

    If the encoder is None, the clone keeps its own; if it has none, it learns the consensus.
    """
    if encoder is None:
        encoder = estimator.target_encoder
    encoder = HardTargetEncoder() if encoder is None else clone(encoder)
    return clone(estimator).set_params(target_encoder=encoder)


def fit_targets(encoder, ratings):
    """Fit a clone of an encoder, and check that there is something to learn.

    Parameters
    ----------
    encoder : target encoder
    ratings : Ratings

    Returns
    -------
    encoder : target encoder
        The fitted clone.
    classes : ndarray
        Sorted, as scikit-learn's scorers need them; the encoder may have another order.
    targets : ndarray of float64 of shape (n_samples, n_classes)
        Columns as in `classes`. A row of NaN marks a sample to leave out.

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
            "at least two classes are needed, got 1 class: the samples that have a target "
            f"({len(used)} of {len(targets)}) are all {classes.tolist()[used[0].argmax()]!r}."
        )
    return encoder, classes, targets


def compute_class_weights(class_weight, classes, targets, sample_weight=None):
    """Return the factor on the loss of each class.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        See `NetworkClassifier`.
    classes : ndarray of shape (n_classes,)
    targets : ndarray of shape (n_rows, n_classes)
        The training targets, for "balanced".
    sample_weight : ndarray of float64 of shape (n_rows,), default=None
        Their weights; None means 1.

    Returns
    -------
    ndarray of float64 of shape (n_classes,)

    Raises
    ------
    ValueError
        If a dict names an unknown class.
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, dict):
        unknown = [label for label in class_weight if label not in classes]
        if unknown:
            raise ValueError(
                f"class_weight names {join_names(unknown)}, but the classes are "
                f"{classes.tolist()}."
            )
        return np.array([class_weight.get(label, 1.0) for label in classes])
    if sample_weight is None:
        sample_weight = np.ones(len(targets))
    mass = (targets * sample_weight[:, None]).sum(axis=0)
    # A class whose targets are all 0 has no sample to weight.
    return sample_weight.sum() / (len(mass) * np.where(mass > 0, mass, np.inf))
