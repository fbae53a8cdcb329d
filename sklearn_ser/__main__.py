"""``python -m sklearn_ser``."""

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


if __name__ == "__main__":
    warnings.showwarning = WarningPrinter()
    sys.exit(main())
