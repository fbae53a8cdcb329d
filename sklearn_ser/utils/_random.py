"""Random numbers that leave the global state untouched."""

import numpy as np
from sklearn.base import clone


def as_generator(random_state):
    """Turn a seed or generator into a generator.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        With None, the operating system seeds the generator. scikit-learn's `check_random_state`
        would return the global one, and drawing from it would change the numbers of others.

    Returns
    -------
    numpy.random.Generator
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**32, dtype=np.uint64)
    return np.random.default_rng(random_state)


def draw_seed(rng):
    """Draw an integer that numpy, scikit-learn and torch accept as a seed."""
    return int(rng.integers(2**31))


def clone_with_seed(estimator, seed):
    """Clone an estimator, and set every ``random_state`` in it to a seed.

    Parameters
    ----------
    estimator : BaseEstimator
    seed : int or None
        None leaves each ``random_state`` unchanged.

    Returns
    -------
    BaseEstimator
        The unfitted clone.
    """
    model = clone(estimator)
    if seed is not None:
        model.set_params(**dict.fromkeys(_get_random_states(model), seed))
    return model


def draw_own_seed(estimator):
    """Draw a seed from an estimator's ``random_state``; return None if it is None or missing."""
    # Draw from a clone, so that the user's generator is not advanced.
    own = [state for state in _get_random_states(clone(estimator)).values() if state is not None]
    return draw_seed(as_generator(own[0])) if own else None


def _get_random_states(estimator):
    """Return every ``random_state`` in an estimator, by the name of the parameter."""
    params = estimator.get_params()
    return {name: params[name] for name in params if name.split("__")[-1] == "random_state"}
