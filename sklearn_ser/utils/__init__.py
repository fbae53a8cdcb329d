"""Tools that know nothing about speech. Saved files refer to the names exported here."""

from sklearn_ser.utils._ids import SampleIds
from sklearn_ser.utils._ragged import Ragged
from sklearn_ser.utils._saving import new_instance

__all__ = ["Ragged", "SampleIds", "new_instance"]
