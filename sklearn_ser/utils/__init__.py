"""Tools that know nothing of speech. The names exported here are those that saved files use."""

from sklearn_ser.utils._ids import SampleIds
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._saving import new_instance

__all__ = ["Ragged", "SampleIds", "new_instance"]
