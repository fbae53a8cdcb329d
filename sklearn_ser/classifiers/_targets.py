"""Make training targets with a target encoder, and compute class weights."""

import math
from numbers import Real

import numpy as np
from sklearn.base import clone

from sklearn_ser.targets import HardTargetEncoder, SoftTargetEncoder, has_target
from sklearn_ser.utils._kinds import check_same_kind, list_values, show_labels
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
            f"no sample has a target: the target classes are {list_values(classes)}, the "
            f"labels {list_values(ratings.labels)}, and there are {len(ratings.values)} "
            "ratings."
        )
    if len(np.unique(used.argmax(axis=1))) == 1 and (used == used[0]).all():
        raise ValueError(
            "at least two classes are needed, got 1 class: the samples that have a target "
            f"({len(used)} of {len(targets)}) are all {show_labels([classes[used[0].argmax()]])}."
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
        If a weight is no finite number of at least 0, all training samples have weight 0, a key
        is a label of another kind than the classes, or a dict names labels that are not among the
        classes while it lacks some of the classes.
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, dict):
        weights = _order_class_weights(class_weight, classes)
        if not (weights * targets.sum(axis=0)).any():
            raise ValueError(
                "class_weight must be above 0 for at least one class of the training samples, "
                f"got {class_weight!r}."
            )
        return weights
    if sample_weight is None:
        sample_weight = np.ones(len(targets))
    mass = (targets * sample_weight[:, None]).sum(axis=0)
    # A class whose targets are all 0 has no sample to weight.
    return sample_weight.sum() / (len(mass) * np.where(mass > 0, mass, np.inf))


def _order_class_weights(class_weight, classes):
    """Return the weights of a dict in the order of the classes, by the rule of scikit-learn.

    A fold may lack a class that the dict names, so labels that are not among the classes are
    ignored if all classes have a weight. If some have none, such a label is taken for a mistake.
    """
    check_same_kind(classes, list(class_weight), "the classes", "the keys of class_weight")
    bad = [
        f"{show_labels([label])}: {weight!r}"
        for label, weight in class_weight.items()
        if not _is_weight(weight)
    ]
    if bad:
        raise ValueError(
            "class_weight must have finite numbers of at least 0 as weights; not for "
            f"{join_names(bad)}."
        )
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    lacking = [label for label in labels if label not in class_weight]
    if unknown and lacking:
        raise ValueError(
            f"class_weight names {show_labels(unknown)}, but the classes are "
            f"{list_values(labels)}. Labels that do not occur may only be named if every "
            f"class has a weight; there is none for {show_labels(lacking)}."
        )
    return np.array([float(class_weight.get(label, 1.0)) for label in labels])


def _is_weight(value):
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        return False
    try:
        return 0 <= float(value) < math.inf
    except OverflowError:  # of an integer
        return False
