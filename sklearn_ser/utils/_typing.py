"""Argument types that several parts share; those of X and y are defined next to their checks."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

import joblib
import numpy as np
from numpy.typing import NDArray


class Splitter(Protocol):
    """An object that splits as scikit-learn's cross-validators do."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterable[Any]:
        """Yield the rows to train on and the rows to test on."""


AnyPath: TypeAlias = str | os.PathLike[str]
CrossValidation: TypeAlias = int | Splitter | Iterable[Any] | None
Labels: TypeAlias = Sequence[Any] | NDArray
Memory: TypeAlias = AnyPath | joblib.Memory | None
RandomState: TypeAlias = int | np.random.RandomState | np.random.Generator | None
