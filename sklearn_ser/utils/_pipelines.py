"""Estimators inside of pipelines, searches and others."""

from sklearn.pipeline import Pipeline


def find_inner(estimator, name):
    """Return the estimator inside pipelines and searches that has an attribute.

    Parameters
    ----------
    estimator : estimator
        Pipelines and searches may be nested; they are fitted.
    name : str
        Name of the attribute, such as "predict_annotators".

    Returns
    -------
    steps : list of transformers
        To be applied to X before the estimator.
    inner : estimator
        The first one that has the attribute, or else the innermost one.
    """
    steps = []
    while not hasattr(estimator, name):
        if isinstance(estimator, Pipeline):
            steps += [step for _, step in estimator.steps[:-1] if hasattr(step, "transform")]
            estimator = estimator.steps[-1][1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            break
    return steps, estimator


def find_parts(estimator, classes):
    """Return the estimators of some classes among an estimator and its parameters, each once.

    Parameters
    ----------
    estimator : estimator
    classes : type or tuple of types

    Returns
    -------
    list of estimator
    """
    parts = [estimator, *estimator.get_params().values()]
    return list({id(part): part for part in parts if isinstance(part, classes)}.values())


def require_inner(estimator, name):
    """Return the same as `find_inner`; raise a TypeError if no estimator has the attribute."""
    steps, inner = find_inner(estimator, name)
    if not hasattr(inner, name):
        raise TypeError(f"the classifier must have {name}, got {type(inner).__name__}.")
    return steps, inner
