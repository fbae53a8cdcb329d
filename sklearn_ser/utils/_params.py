"""scikit-learn's private module of parameter constraints, imported in this file alone."""

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_params,
)

__all__ = ["HasMethods", "Interval", "Options", "StrOptions", "validate_params"]
