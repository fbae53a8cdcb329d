"""Tools that know nothing of speech. Only `new_instance` is public, since pickles name it."""

from sklearn_ser.utils._saving import new_instance

__all__ = ["new_instance"]
