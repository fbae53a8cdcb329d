"""The command line: from recordings and raters' answers to a model in use."""

from sklearn_ser._cli._main import main

__all__ = ["main"]
