"""What does not depend on the split is done once: the leading steps that learn nothing."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags


def split_off_stateless(estimator):
    """Part a pipeline into the leading transformers that learn nothing, and the rest.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    fixed : Pipeline or None
    rest : estimator
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
    """Apply transformers that learn nothing, with as many processes and as much talk as asked."""
    for step in fixed.named_steps.values():
        own, wanted = step.get_params(deep=False), {}
        if n_jobs is not None and own.get("n_jobs", 1) is None:
            wanted["n_jobs"] = n_jobs
        if verbose and "verbose" in own:
            wanted["verbose"] = True
        step.set_params(**wanted)
    return fixed.fit_transform(data)
