"""Members of an ensemble: one clone of an estimator per view, all trained in parallel."""

from sklearn_ser.classifiers._routing import take_params
from sklearn_ser.classifiers._views import find_encoder_parameter, restrict
from sklearn_ser.utils._parallel import run_parallel
from sklearn_ser.utils._random import clone_with_seed


def has_differences(view, estimator):
    """Return whether a view holds anything to learn, that is, two different targets."""
    learns_labels = find_encoder_parameter(estimator) is None
    learned = view.labels if learns_labels else view.targets
    return len(learned) > 0 and bool((learned != learned[0]).any())


def train_members(estimator, views, parts, X, lengths, *, params, seed, n_jobs):
    """Train one member per view on each part of the samples.

    All members are trained in one parallel run, the longest training first, so that no process has
    to wait for the end of a part.

    Parameters
    ----------
    estimator : estimator
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
            if has_differences(seen, estimator):
                chosen[number, view.name] = seen
    fits = []
    for view in chosen.values():
        own = take_params(params, view.rows, len(X))
        fits.append((*_make_member(estimator, view, seed), X, own, view.rows))
    sizes = [int(lengths[view.rows].sum()) for view in chosen.values()]
    fitted = run_parallel(_fit, fits, sizes, n_jobs)
    members = [{} for _ in parts]
    for (number, name), member in zip(chosen, fitted, strict=True):
        members[number][name] = member
    return members


def _make_member(estimator, view, seed):
    """Return an unfitted member, and its y: ratings, or labels if it has no target encoder."""
    member, name = clone_with_seed(estimator, seed), find_encoder_parameter(estimator)
    if name is None:
        return member, view.labels
    return member.set_params(**{name: view.encoder}), view.ratings


def _fit(member, y, X, params, rows):
    return member.fit(X[rows], y, **params)
