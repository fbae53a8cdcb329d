from ._inspect import FileContents, inspect_file
from ._saved import load, save
from ._types import TRUSTED

__all__ = ["TRUSTED", "FileContents", "inspect_file", "load", "save"]
