"""The version of scikit-learn, for tests that expect other things of older ones."""

import sklearn
from packaging.version import Version


def has_scikit_learn(least):
    """Return whether the installed scikit-learn is this version or a newer one."""
    return Version(sklearn.__version__) >= Version(least)
