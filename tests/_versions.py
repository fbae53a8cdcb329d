"""What depends on the version of scikit-learn, of which several are supported."""

import sklearn
from packaging.version import Version


def has_scikit_learn(least):
    """Return whether the installed scikit-learn has at least a version."""
    return Version(sklearn.__version__) >= Version(least)
