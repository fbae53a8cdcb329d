"""``python -m sklearn_ser``: the commands in a process of their own."""

import glob
import os
import sys
import warnings

from sklearn_ser._cli import main


class WarningPrinter:
    """Print remarks as one line each, without the code that they came from, and each once."""

    def __init__(self):
        self._seen = set()

    def __call__(self, message, category, filename, lineno, file=None, line=None):
        """Print a warning to stderr; called in place of ``warnings.showwarning``."""
        for text in str(message).splitlines():
            if text not in self._seen:
                self._seen.add(text)
                print(f"warning: {text}", file=sys.stderr)


def print_any_character():
    """Print characters that stdout lacks as their codes, as stderr does.

    Otherwise, a label or the name of a file would end a command after hours of work: output into a
    file has 256 characters on Windows, and 128 in the locale C.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def expand_patterns(arguments):
    """Replace patterns such as ``new/*.wav`` by the files that match, which Windows leaves to us.

    Parameters
    ----------
    arguments : list of str

    Returns
    -------
    list of str
        Patterns that no file matches stay what they are.
    """
    expanded = []
    for argument in arguments:
        is_pattern = "*" in argument or "?" in argument
        matches = sorted(glob.glob(os.path.expanduser(argument))) if is_pattern else []
        expanded += matches or [argument]
    return expanded


if __name__ == "__main__":
    print_any_character()
    if os.name == "nt":
        sys.argv[1:] = expand_patterns(sys.argv[1:])
    warnings.showwarning = WarningPrinter()
    sys.exit(main())
