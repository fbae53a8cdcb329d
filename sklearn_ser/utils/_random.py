"""Random numbers that leave the global state alone."""

import numpy as np
from sklearn.base import clone


def as_generator(random_state):
    """Return a generator of our own.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        None is seeded by the operating system: scikit-learn's helper would hand out the global
        generator, and using it would change what others draw.

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
    """Draw a seed that numpy, scikit-learn and torch all take."""
    return int(rng.integers(2**31))


def clone_with_seed(estimator, seed):
    """Return a clone of an estimator, every ``random_state`` in which is the seed, unless None."""
    model = clone(estimator)
    if seed is not None:
        model.set_params(**dict.fromkeys(_get_random_states(model), seed))
    return model


def draw_own_seed(estimator):
    """Draw a seed from an estimator's own ``random_state``; None if it has none, or only None."""
    # From a clone, so that no generator of the user's is advanced.
    own = [state for state in _get_random_states(clone(estimator)).values() if state is not None]
    return draw_seed(as_generator(own[0])) if own else None


def _get_random_states(estimator):
    """Return every ``random_state`` in an estimator, by the name of the parameter."""
    params = estimator.get_params()
    return {name: params[name] for name in params if name.split("__")[-1] == "random_state"}
