"""Weights of samples on their way from a classifier to the estimators inside of it."""

from inspect import signature

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.metadata_routing import (
    MetadataRequest,
    MetadataRouter,
    MethodMapping,
    _raise_for_params,
    _routing_enabled,
    process_routing,
)

from sklearn_ser.classifiers._sample_weight import check_sample_weight


def make_router(owner, parts, *, consumes=False):
    """Return the routing of a classifier that trains other estimators.

    Parameters
    ----------
    owner : classifier
    parts : dict of str to estimator
        The estimators that it trains.
    consumes : bool, default=False
        Whether its ``fit`` uses weights itself, too. Its ``score`` always does.

    Returns
    -------
    MetadataRouter
    """
    router = MetadataRouter(owner=owner)
    own = owner._get_metadata_request()
    if not consumes:
        # Without its fit: fit only passes weights on, but score uses them.
        score, own = own.score, MetadataRequest(owner=owner)
        own.score = score
    router.add_self_request(own)
    for name, part in parts.items():
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router.add(method_mapping=mapping, **{name: part})
    return router


def request_weights(estimator):
    """Request weights for an estimator that the user did not choose; return the estimator."""
    return estimator.set_fit_request(sample_weight=True) if _routing_enabled() else estimator


def route_weights(owner, parts, sample_weight, params, n_samples):
    """Return what the ``fit`` of each part of a classifier gets besides X and y.

    Parameters
    ----------
    owner : classifier
        Its ``get_metadata_routing`` decides if metadata routing is enabled. Otherwise, weights go
        to every part.
    parts : dict of str to estimator
    sample_weight : array-like of shape (n_samples,), number or None
    params : dict
        What else ``fit`` got; must be empty if metadata routing is disabled.
    n_samples : int

    Returns
    -------
    dict of str to dict
        Parameters of ``fit`` by part; empty dicts if there are no weights.

    Raises
    ------
    TypeError
        If there are weights, and a part does not accept them.
    ValueError
        If the weights are invalid, or `params` are given without metadata routing.
    """
    if sample_weight is not None:
        sample_weight = check_sample_weight(sample_weight, n_samples)
        names = {name: find_weight_parameter(part) for name, part in parts.items()}
        odd = [_name_last(part) for name, part in parts.items() if names[name] is None]
        if odd:
            raise TypeError(
                f"sample_weight was given, but {odd[0]} does not accept it: an estimator needs "
                f"sample_weight in its fit, if {type(owner).__name__} is to train it on weighted "
                "samples."
            )
    if _routing_enabled():
        given = {} if sample_weight is None else {"sample_weight": sample_weight}
        routed = process_routing(owner, "fit", **given, **params)
        return {name: dict(routed[name]["fit"]) for name in parts}
    _raise_for_params(params, owner, "fit")
    if sample_weight is None:
        return {name: {} for name in parts}
    return {name: {names[name]: sample_weight} for name in parts}


def _name_last(estimator):
    is_pipeline = isinstance(estimator, Pipeline)
    return _name_last(estimator.steps[-1][1]) if is_pipeline else type(estimator).__name__


def find_weight_parameter(estimator):
    """Return the parameter of ``fit`` that weights the samples, or None if there is none.

    Of a pipeline, it is that of the last step. A ``fit`` that takes any parameter, such as that
    of a search, passes weights on.
    """
    if isinstance(estimator, Pipeline) and not _routing_enabled():
        name, last = estimator.steps[-1]
        inner = find_weight_parameter(last)
        return None if inner is None else f"{name}__{inner}"
    params = signature(estimator.fit).parameters.values()
    accepts = any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in params)
    return "sample_weight" if accepts else None


def combine_weights(params, n_samples):
    """Return the weights of samples that are among the parameters of ``fit``.

    Parameters
    ----------
    params : dict
        As returned by `route_weights`, for one part.
    n_samples : int

    Returns
    -------
    ndarray of float64 of shape (n_samples,)
        All 1 if there are none.
    """
    weights = np.ones(n_samples)
    for name, values in params.items():
        if name.split("__")[-1] == "sample_weight":
            weights = weights * check_sample_weight(values, n_samples)
    return weights


def take_params(params, rows, n_samples):
    """Return parameters of ``fit`` for some samples; those without one value per sample stay.

    Weights that are all 1 are left out, since a random forest that gets weights draws other
    samples, even if all weights are equal.

    Parameters
    ----------
    params : dict
    rows : ndarray of int
    n_samples : int

    Returns
    -------
    dict
    """
    taken = {
        name: _safe_indexing(values, rows) if _has_one_each(values, n_samples) else values
        for name, values in params.items()
    }
    return {name: values for name, values in taken.items() if not _are_ones(name, values)}


def _are_ones(name, values):
    is_weight = name.split("__")[-1] == "sample_weight" and np.ndim(values) == 1
    return is_weight and bool((np.asarray(values) == 1).all())


def _has_one_each(values, n_samples):
    return hasattr(values, "__len__") and not isinstance(values, str) and len(values) == n_samples
