"""Members of an ensemble: one clone of an estimator per view, all trained in parallel."""

import warnings

from sklearn_ser.classifiers._routing import combine_weights, take_params
from sklearn_ser.classifiers._soft_fit import can_learn_shares, fit_soft
from sklearn_ser.classifiers._views import find_encoder_parameter, restrict
from sklearn_ser.utils._messages import join_names, naming
from sklearn_ser.utils._parallel import run_parallel
from sklearn_ser.utils._random import clone_with_seed


def choose_material(estimator, n_copies):
    """Return what an estimator learns: "ratings", "shares" of ratings or "labels".

    Parameters
    ----------
    estimator : estimator
        With a target encoder, it learns ratings.
    n_copies : int
        The most rows that samples, repeated once per class, may have.

    Returns
    -------
    {"ratings", "shares", "labels"}
    """
    if find_encoder_parameter(estimator) is not None:
        return "ratings"
    return "shares" if can_learn_shares(estimator, n_copies) else "labels"


def has_differences(view, material):
    """Return whether a view holds anything to learn, that is, two different targets."""
    learned = view.labels if material == "labels" else view.targets
    return len(learned) > 0 and bool((learned != learned[0]).any())


def keep_different(views, material):
    """Return the views that hold something to learn, and warn about the others."""
    idle = [view for view in views if not has_differences(view, material)]
    if idle:
        found = [f"{view.name} ({len(view.rows)} samples with a target)" for view in idle]
        warnings.warn(
            f"no member for {join_names(found)}: their targets do not differ.",
            UserWarning,
            stacklevel=5,
        )
    return [view for view in views if has_differences(view, material)]


def train_members(estimator, material, views, parts, X, lengths, *, params, seed, n_jobs):
    """Train one member per view on each part of the samples.

    All members are trained in one parallel run, the longest training first, so that no process has
    to wait for the end of a part.

    Parameters
    ----------
    estimator : estimator
    material : {"ratings", "shares", "labels"}
        What it learns.
    views : list of View
    parts : list of ndarray of int
        Rows of the samples in each part.
    X : Sequences or ndarray, of length n_samples
    lengths : ndarray of int of shape (n_samples,)
        Number of frames of each sample, used to estimate how long each training takes.
    params : dict
        Parameters of ``fit``, such as weights of the samples.
    seed : int or None
        Sets every ``random_state`` of every member; None keeps those of the estimator.
    n_jobs : int or None

    Returns
    -------
    list of dict
        The fitted members of each part, by the name of their view. A view without anything to
        learn in a part has no member there.
    """
    chosen = {}
    for number, part in enumerate(parts):
        for view in views:
            seen = restrict(view, part)
            if has_differences(seen, material):
                chosen[number, view.name] = seen
    fits = []
    for view in chosen.values():
        member, own = clone_with_seed(estimator, seed), take_params(params, view.rows, len(X))
        fits.append((member, material, view, X, own, view.rows))
    sizes = [int(lengths[view.rows].sum()) for view in chosen.values()]
    fitted = run_parallel(_fit, fits, sizes, n_jobs)
    members = [{} for _ in parts]
    for (number, name), member in zip(chosen, fitted, strict=True):
        members[number][name] = member
    return members


def _fit(member, material, view, X, params, rows):
    with naming(f"in the member {view.name}"):
        return _learn(member, material, view, X, params, rows)


def _learn(member, material, view, X, params, rows):
    if material == "shares":
        weights = combine_weights(params, len(rows)) if params else None
        return fit_soft(member, X[rows], view.targets, view.encoder.classes, weights)
    if material == "labels":
        return member.fit(X[rows], view.labels, **params)
    member.set_params(**{find_encoder_parameter(member): view.encoder})
    return member.fit(X[rows], view.ratings, **params)
