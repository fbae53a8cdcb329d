"""Types of what users pass, where several parts have it in common; the doors have their own."""

import os
from collections.abc import Iterable
from typing import Any, TypeAlias

import joblib
import numpy as np
from sklearn.model_selection import BaseCrossValidator

AnyPath: TypeAlias = str | os.PathLike[str]
Memory: TypeAlias = AnyPath | joblib.Memory | None
RandomState: TypeAlias = int | np.random.RandomState | np.random.Generator | None
CrossValidation: TypeAlias = int | BaseCrossValidator | Iterable[Any] | None
