"""Remarks on tables: what was corrected or left out, and what may be wrong."""

import warnings


class Remarks:
    """Remarks on the tables of a corpus, in the order in which they were made.

    Parameters
    ----------
    table : str, default=""
        Name of the table that remarks are on.
    entries : list of (table, text), default=None
        What was remarked upon so far, also on other tables.
    """

    def __init__(self, table="", entries=None):
        self._table = table
        self._entries = [] if entries is None else entries

    def of(self, *tables):
        """Return an object that adds remarks on one or several other tables to the same list."""
        return Remarks(", ".join(dict.fromkeys(tables)), self._entries)

    def append(self, text):
        """Add a remark, unless it is there."""
        if (self._table, text) not in self._entries:
            self._entries.append((self._table, text))

    def __iadd__(self, texts):
        for text in texts:
            self.append(text)
        return self

    def warn(self, stacklevel):
        """Warn of everything in one UserWarning, which holds single remarks as ``remarks``."""
        if not self._entries:
            return
        texts = {}
        for table, text in self._entries:
            texts.setdefault(table, []).append(text)
        message = " ".join(f"{table}: {'; '.join(own)}." for table, own in texts.items())
        warning = UserWarning(message)
        warning.remarks = [f"{table}: {text}." for table, own in texts.items() for text in own]
        warnings.warn(warning, stacklevel=stacklevel + 1)
