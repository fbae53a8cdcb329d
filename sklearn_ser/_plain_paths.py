"""Paths in what is kept of an estimator."""

import os


class PlainPaths:
    """Keeps paths among its parameters as strings: objects of one system are no other's."""

    def __getstate__(self):
        state = super().__getstate__()
        return {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in state.items()
        }
