"""Tools that know nothing of speech; what is public here is what saved files name."""

from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._saving import new_instance

__all__ = ["Ragged", "new_instance"]
