"""Steps at the start of a pipeline that learn nothing, and so are the same in every fold."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from sklearn_ser.utils._cache import fingerprint
from sklearn_ser.utils._messages import naming


def share_stateless(estimators, data, n_jobs, verbose, place=""):
    """Compute the first steps that learn nothing, once for all estimators that share them.

    Parameters
    ----------
    estimators : dict of str to estimator
    data : container of length n_samples
    n_jobs, verbose
        See `apply_stateless`.
    place : str, default=""
        Added to the note on errors, such as ``", corpus 'a'"``.

    Returns
    -------
    inputs : dict of (str or None) to container
        The data as they are after the steps that have this fingerprint; None means no steps.
    parts : dict of str to (str or None, estimator)
        For each estimator, the key of its input, and its remaining steps.
    """
    inputs, parts = {}, {}
    for name, estimator in estimators.items():
        fixed, rest = split_off_stateless(estimator)
        key = None if fixed is None else fingerprint(fixed)
        if key not in inputs:
            inputs[key] = data
            if fixed is not None:
                with naming(f"in the first steps of estimator {name!r}{place}"):
                    inputs[key] = apply_stateless(fixed, data, n_jobs, verbose)
        parts[name] = (key, rest)
    return inputs, parts


def split_off_stateless(estimator):
    """Split a pipeline into the transformers at its start that learn nothing, and the rest.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    fixed : Pipeline or None
        None if the estimator is no pipeline, or its first step learns something.
    rest : estimator
        The remaining pipeline, or its last step.
    """
    if not isinstance(estimator, Pipeline):
        return None, estimator
    steps = estimator.steps
    n_fixed = 0
    while n_fixed < len(steps) - 1 and _learns_nothing(steps[n_fixed][1]):
        n_fixed += 1
    if n_fixed == 0:
        return None, estimator
    fixed, rest = Pipeline(steps[:n_fixed]), steps[n_fixed:]
    rest = rest[0][1] if len(rest) == 1 else Pipeline(rest, memory=estimator.memory)
    return clone(fixed), rest


def _learns_nothing(step):
    return hasattr(step, "transform") and not get_tags(step).requires_fit


def apply_stateless(fixed, data, n_jobs, verbose):
    """Apply transformers that learn nothing.

    Parameters
    ----------
    fixed : Pipeline
        As returned by `split_off_stateless`.
    data : container of length n_samples
    n_jobs : int or None
        For the transformers whose own ``n_jobs`` is None.
    verbose : bool
        Whether to set ``verbose`` of the transformers that have it.

    Returns
    -------
    The output of the last transformer.
    """
    for step in fixed.named_steps.values():
        own, wanted = step.get_params(deep=False), {}
        if n_jobs is not None and own.get("n_jobs", 1) is None:
            wanted["n_jobs"] = n_jobs
        if verbose and "verbose" in own:
            wanted["verbose"] = True
        step.set_params(**wanted)
    return fixed.fit_transform(data)
