"""Parameter constraints from a private module of scikit-learn, which only this file imports."""

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_params,
)

__all__ = ["HasMethods", "Interval", "Options", "StrOptions", "validate_params"]
